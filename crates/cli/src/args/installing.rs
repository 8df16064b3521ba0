// SPDX-License-Identifier: Apache-2.0
//! The arguments of `simstrap completions` and `simstrap man`.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

/// `simstrap completions`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// `simstrap man`.
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Where to put the pages, one for each command; the directory is made if it is not there
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,
}

pub(crate) const COMPLETIONS_HELP: &str = "\
Where shells look for it:
  bash        ~/.local/share/bash-completion/completions/simstrap
  zsh         a file _simstrap in a directory of $fpath
  fish        ~/.config/fish/completions/simstrap.fish
  powershell  a line in $PROFILE: simstrap completions powershell | Out-String | Invoke-Expression

Example:
  simstrap completions bash > simstrap.bash";

pub(crate) const MAN_HELP: &str = "\
To be found by `man simstrap`, the pages go to ~/.local/share/man/man1.

Example:
  simstrap man man1";
