// SPDX-License-Identifier: Apache-2.0
//! Compiles and runs C.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use simstrap_virtual_card::SharedCard;
use simstrap_virtual_card::front::{FrontEnd, ModemQuirkSet};

/// How a program is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compiler {
    Gcc,
    Clang,
    GccAsCpp,
    ClangAsCpp,
}

impl Compiler {
    pub(crate) const ALL: [Self; 4] = [Self::Gcc, Self::Clang, Self::GccAsCpp, Self::ClangAsCpp];

    fn command(self) -> Command {
        let (program, arguments, package): (_, &[_], _) = match self {
            Self::Gcc => ("gcc", &["-std=c99"], "gcc"),
            Self::Clang => ("clang", &["-std=c99"], "clang"),
            Self::GccAsCpp => ("g++", &["-x", "c++", "-std=c++11"], "g++"),
            Self::ClangAsCpp => ("clang++", &["-x", "c++", "-std=c++11"], "clang"),
        };
        let mut command = Command::new(needed(program, package));
        command.args(["-Wall", "-Wextra", "-Werror", "-pedantic", "-g"]).args(arguments);
        command
    }

    /// Compiles files, and links them with the static library into a program of this name.
    pub(crate) fn program(self, name: &str, sources: &[PathBuf], extra: &[&str]) -> PathBuf {
        let program = folder().join(format!("{name}-{self:?}"));
        let mut command = self.command();
        command.args(include_folders()).args(sources).args(extra);
        command.arg("-o").arg(&program);
        // Not a C++ source: the library comes after the language is back to what the name says.
        command.args(["-x", "none"]).arg(library());
        command.args(["-lpthread", "-ldl", "-lm"]);
        succeed(&mut command);
        program
    }
}

/// Runs to its end and must succeed; returns what it printed.
pub(crate) fn succeed(command: &mut Command) -> String {
    let output = run(command);
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{command:?}: {}\n{stdout}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    stdout
}

fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// A program that ends after a while, whatever it does.
pub(crate) fn bounded(program: &Path) -> Command {
    let mut command = Command::new(needed("timeout", "coreutils"));
    command.args(["--kill-after=5", "500"]).arg(program);
    // Leaks count, and undefined behaviour ends the program.
    command.env("ASAN_OPTIONS", "detect_leaks=1").env("UBSAN_OPTIONS", "halt_on_error=1");
    command
}

/// The same under valgrind, where every error and every leak fails.
pub(crate) fn under_valgrind(program: &Path) -> Command {
    let mut command = bounded(&needed("valgrind", "valgrind"));
    command.args(["--quiet", "--error-exitcode=9", "--leak-check=full"]);
    command.args(["--show-leak-kinds=all", "--errors-for-leak-kinds=all"]).arg(program);
    command
}

pub(crate) const SANITIZE: [&str; 2] =
    ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"];

/// A modem on a free port with this card.
pub(crate) fn modem(card: &SharedCard) -> FrontEnd {
    FrontEnd::at_tcp(card.clone(), ModemQuirkSet::default(), "127.0.0.1:0").unwrap()
}

/// A source of the example.
pub(crate) fn example(name: &str) -> PathBuf {
    root().join("examples/c").join(name)
}

/// A source of these tests.
pub(crate) fn own(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c").join(name)
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(crate) fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("capi");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// The static library, which Cargo has built beside this test.
fn library() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let library = own.parent().unwrap().join("libsimstrap.a");
    assert!(library.exists(), "{} is not there", library.display());
    library
}

fn include_folders() -> Vec<String> {
    let manifest = env!("CARGO_MANIFEST_DIR");
    vec![format!("-I{manifest}/include"), format!("-I{}", example("").display())]
}

pub(crate) fn needed(program: &str, package: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|path| path.exists())
        .unwrap_or_else(|| panic!("{program} is not there: apt-get install {package}"))
}
