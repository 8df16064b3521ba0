// SPDX-License-Identifier: Apache-2.0
//! The arguments of `simstrap card serve`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use simstrap_virtual_card::front::{ModemQuirk, UnknownModemQuirk};

/// `simstrap card serve`.
#[derive(Debug, Args)]
pub(crate) struct CardServeArgs {
    /// Description of the card, as `card new` writes it; without it the built-in sample card
    #[arg(value_name = "CARD.toml")]
    pub(crate) image: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) front_ends: FrontEndArgs,
    /// Let the modem deviate like this, besides what CARD.toml says of it; repeatable
    #[arg(long, value_name = "NAME", value_parser = modem_quirk)]
    pub(crate) modem_quirk: Vec<ModemQuirk>,
    /// Take commands here too: a loopback HOST:PORT, or the path of a Unix socket
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) control: Option<String>,
    /// How to say that a front end is ready
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ReadyFormat,
}

/// Where the card is served.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(crate) struct FrontEndArgs {
    /// Put it into the PC/SC reader of a vpcd; without an address into that on this machine
    #[arg(long, value_name = "HOST:PORT", num_args = 0..=1, default_missing_value = VPCD, value_parser = address)]
    pub(crate) vpcd: Option<String>,
    /// Put it into a modem on a serial line, with this name for it
    #[arg(long, value_name = "LINK")]
    pub(crate) at_pty: Option<PathBuf>,
    /// Put it into a modem on a TCP socket, for one client at a time; port 0 lets the system choose
    /// one
    #[arg(long, value_name = "HOST:PORT", value_parser = address)]
    pub(crate) at_tcp: Option<String>,
}

/// How to say that a front end is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ReadyFormat {
    /// A line for people
    #[default]
    Text,
    /// A line of JSON: {"front_end":"at-tcp","address":"127.0.0.1:5000"}
    Json,
}

/// Where a vpcd as it is installed waits for its card.
const VPCD: &str = "127.0.0.1:35963";

fn address(text: &str) -> Result<String, &'static str> {
    let port = text.rsplit_once(':').map(|(_, port)| port.parse::<u16>());
    match port {
        Some(Ok(_)) => Ok(text.to_owned()),
        _ => Err("this is no HOST:PORT; CARD.toml stands before the options"),
    }
}

fn modem_quirk(name: &str) -> Result<ModemQuirk, UnknownModemQuirk> {
    ModemQuirk::from_name(name)
}

pub(crate) const SERVE_HELP: &str = "\
Commands on standard input and on the control socket, each answered by a line `ok ...` or
`error: ...`:
  pull                  takes the card out
  insert                puts it in again
  swap CARD.toml        puts another card in its place
  update FILE           new bootstrap data, over the air: a bootstrap file or a description of one
  deactivate, activate  takes the data out of use, and into use again
  reset                 resets the card
  fault KIND [at N]     makes exchange N go wrong, by default the next one; `help` names the kinds
  log                   the exchanges so far, as `ok N` and N lines
  quit                  ends; so does Ctrl-C, the end of standard input does not

In the background: < /dev/null

Example:
  simstrap card serve CARD.toml --at-pty modem";
