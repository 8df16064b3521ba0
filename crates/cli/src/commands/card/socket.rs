// SPDX-License-Identifier: Apache-2.0
//! Where the commands for a served card come from: standard input and a control socket.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread;

use simstrap_virtual_card::SharedCard;

use super::control::{Reply, execute};

/// The longest command: its name and a path.
const MAX_LINE: u64 = 8192;

/// The most clients of the control socket at a time; further ones are turned away.
const MAX_CLIENTS: usize = 16;

/// What the commands work on, and where to say that the serving is to end.
#[derive(Clone)]
pub(super) struct Console {
    pub(super) card: SharedCard,
    pub(super) quit: Sender<()>,
}

impl Console {
    /// Carries out the lines of one client, until it goes or says `quit`.
    pub(super) fn serve(&self, input: impl Read, mut output: impl Write) -> io::Result<()> {
        let mut input = BufReader::new(input);
        while let Some(line) = next_line(&mut input, MAX_LINE)? {
            if !line.trim().is_empty() {
                let reply = execute(&self.card, &line);
                // What is told and the end come in this order, whoever is faster.
                let told = write!(output, "{reply}").and_then(|()| output.flush());
                if matches!(reply, Reply::Quit) {
                    let _over = self.quit.send(());
                    return told;
                }
                told?;
            }
        }
        Ok(())
    }
}

/// The next line, of which no more than the longest is kept: the end of one that is longer is no
/// command of its own. What is no text does not end the commands. `None` at the end of the input.
pub(in crate::commands) fn next_line(
    input: &mut impl BufRead,
    longest: u64,
) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    if input.take(longest).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    if line.last() != Some(&b'\n') {
        input.skip_until(b'\n')?;
    }
    Ok(Some(String::from_utf8_lossy(&line).into_owned()))
}

/// A control socket; a Unix socket has a name, which goes with it.
#[derive(Debug)]
pub(super) struct ControlSocket {
    pub(super) address: String,
    path: Option<PathBuf>,
}

impl ControlSocket {
    /// Listens on a loopback address or on a Unix socket: a name with a slash.
    pub(super) fn open(address: &str, console: Console) -> Result<Self, ControlError> {
        if address.contains('/') {
            return Self::open_path(Path::new(address), console);
        }
        let mut addresses = address.to_socket_addrs().map_err(ControlError::Io)?;
        let loopback = addresses.find(|address| address.ip().is_loopback());
        let listener = TcpListener::bind(loopback.ok_or(ControlError::NotLoopback)?)?;
        let address = listener.local_addr()?.to_string();
        serve_each(console, move || {
            let (stream, _) = listener.accept()?;
            Ok((stream.try_clone()?, stream))
        })?;
        Ok(Self { address, path: None })
    }

    #[cfg(unix)]
    fn open_path(path: &Path, console: Console) -> Result<Self, ControlError> {
        use std::fs::{self, Permissions, set_permissions};
        use std::os::unix::fs::{FileTypeExt, PermissionsExt};
        use std::os::unix::net::{UnixListener, UnixStream};

        let listener = UnixListener::bind(path).or_else(|error| {
            // One that nobody listens on any more was left behind.
            let abandoned = error.kind() == io::ErrorKind::AddrInUse
                && UnixStream::connect(path)
                    .is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
                && fs::symlink_metadata(path)?.file_type().is_socket();
            if !abandoned {
                return Err(error);
            }
            fs::remove_file(path)?;
            UnixListener::bind(path)
        })?;
        let socket = Self { address: path.display().to_string(), path: Some(path.to_owned()) };
        set_permissions(path, Permissions::from_mode(0o600))?;
        serve_each(console, move || {
            let (stream, _) = listener.accept()?;
            Ok((stream.try_clone()?, stream))
        })?;
        Ok(socket)
    }

    #[cfg(not(unix))]
    fn open_path(_: &Path, _: Console) -> Result<Self, ControlError> {
        Err(ControlError::Io(io::ErrorKind::Unsupported.into()))
    }
}

impl Drop for ControlSocket {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            // Whoever removed it meanwhile did what was to be done.
            let _removed = std::fs::remove_file(path);
        }
    }
}

/// A thread that accepts clients, and one for each of them.
fn serve_each<R, W>(
    console: Console,
    accept: impl Fn() -> io::Result<(R, W)> + Send + 'static,
) -> io::Result<()>
where
    R: Read + Send + 'static,
    W: Write + Send + 'static,
{
    let clients = Arc::new(());
    let run = move || {
        loop {
            let Ok((input, output)) = accept() else {
                // Out of descriptors, most likely: a client that goes gives some back.
                thread::sleep(std::time::Duration::from_millis(50));
                continue;
            };
            let ticket = Arc::clone(&clients);
            if Arc::strong_count(&ticket) > MAX_CLIENTS + 1 {
                continue;
            }
            let console = console.clone();
            let serve = move || {
                let _gone = console.serve(input, output);
                drop(ticket);
            };
            let _refused = thread::Builder::new().name("control-client".to_owned()).spawn(serve);
        }
    };
    thread::Builder::new().name("control".to_owned()).spawn(run).map(drop)
}

/// Why there is no control socket.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ControlError {
    /// Others could command the card.
    #[error("it is not on the loopback interface")]
    NotLoopback,
    /// The operating system says so.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl ControlError {
    /// What to do about it.
    pub(crate) fn help(&self) -> &'static str {
        match self {
            Self::NotLoopback => "give 127.0.0.1:PORT, or the path of a Unix socket with a /",
            Self::Io(error) if error.kind() == io::ErrorKind::AddrInUse => {
                "choose another one, or port 0"
            }
            Self::Io(_) => "give 127.0.0.1:0, or the path of a Unix socket with a /",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ft_03_the_end_of_a_line_that_is_too_long_is_no_command_and_neither_is_what_is_no_text() {
        let long = [&[b'x'; 10][..], b"pull\n\xFF\xFE\npull\nins"].concat();
        let mut input = &long[..];
        let mut lines = Vec::new();
        while let Some(line) = next_line(&mut input, 10).unwrap() {
            lines.push(line);
        }
        assert_eq!(lines, ["xxxxxxxxxx", "\u{FFFD}\u{FFFD}\n", "pull\n", "ins"]);
    }
}
