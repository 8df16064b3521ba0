// SPDX-License-Identifier: Apache-2.0
//! The command line. No key and no PIN is ever an argument: other users of the machine see those.

mod doctor;
mod installing;
mod serving;
mod writing;

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

use simstrap_policy::bootstrap_data::reader::Digest;

use crate::device::Style;
use crate::format::Format;
use crate::network::Version;

use doctor::DOCTOR_HELP;
pub(crate) use doctor::DoctorArgs;
use installing::{COMPLETIONS_HELP, MAN_HELP};
pub(crate) use installing::{CompletionsArgs, ManArgs};
use serving::SERVE_HELP;
pub(crate) use serving::{CardServeArgs, FrontEndArgs, ReadyFormat};
pub(crate) use writing::CardWriteArgs;
use writing::WRITE_HELP;

/// LwM2M Bootstrap from Smartcard: read, decode, encode and try out bootstrap data on cards.
#[derive(Debug, Parser)]
#[command(
    name = "simstrap",
    version,
    long_version = LONG_VERSION,
    propagate_version = true,
    after_help = MAIN_HELP
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read the bootstrap data of a card and show it
    #[command(after_help = READ_HELP)]
    Read(ReadArgs),
    /// Show the bootstrap data in a file
    #[command(after_help = DECODE_HELP)]
    Decode(DecodeArgs),
    /// Make a bootstrap file from TOML, JSON or SenML JSON
    #[command(after_help = ENCODE_HELP)]
    Encode(EncodeArgs),
    /// Tell whether the data on a card is still the one with a digest
    #[command(after_help = CHECK_HELP)]
    Check(CheckArgs),
    /// Play a device that lives with a card: bootstrap, register, update, until stopped
    #[command(after_help = RUN_HELP)]
    Run(RunArgs),
    /// Make and serve virtual cards, write to cards
    #[command(after_help = CARD_HELP)]
    Card(CardArgs),
    /// Play the life of a card on the virtual card, step by step
    #[command(after_help = DEMO_HELP)]
    Demo,
    /// Tell which readers, modems and cards are there, and what stands in the way
    #[command(after_help = DOCTOR_HELP)]
    Doctor(DoctorArgs),
    /// Print what completes command lines in a shell
    #[command(after_help = COMPLETIONS_HELP)]
    Completions(CompletionsArgs),
    /// Write manual pages, one for each command
    #[command(after_help = MAN_HELP)]
    Man(ManArgs),
}

/// The version, and what is built in.
const LONG_VERSION: &str = if cfg!(feature = "pcsc") {
    concat!(env!("CARGO_PKG_VERSION"), "\nfeatures: +pcsc\ncards: virtual, at, at+tcp, pcsc")
} else {
    concat!(env!("CARGO_PKG_VERSION"), "\nfeatures: -pcsc\ncards: virtual, at, at+tcp")
};

/// `simstrap read`.
#[derive(Debug, Args)]
pub(crate) struct ReadArgs {
    #[command(flatten)]
    pub(crate) card: CardOptions,
    #[command(flatten)]
    pub(crate) show: ShowArgs,
    /// Give verdicts and the plan under this policy; by default all is applied that is in order
    #[arg(long, value_name = "POLICY.toml")]
    pub(crate) policy: Option<PathBuf>,
    /// Give the plan of the device that keeps its state in this directory (simstrap run --state);
    /// by default that of a device that has never seen a card
    #[arg(long, value_name = "DIR")]
    pub(crate) state: Option<PathBuf>,
}

/// Which card, and how to read it.
#[derive(Debug, Args)]
pub(crate) struct CardOptions {
    /// Which card: `virtual` (the built-in sample card), `virtual:FILE.toml`, `pcsc` (the only
    /// reader with a card), `pcsc:NAME` (a part of its name), `at:PATH[@BAUD]` (a modem on a
    /// serial line), `at+tcp:HOST:PORT`
    #[arg(long, value_name = "SPEC")]
    pub(crate) card: Option<String>,
    /// How the modem lets others to its card
    #[arg(long, value_enum, value_name = "MODE", default_value_t)]
    pub(crate) at_mode: ModemMode,
    /// How long reader or modem may take for one command
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub(crate) timeout: Duration,
    /// Write down what goes to the card and back: a log, or a capture for Wireshark if the name
    /// ends in .pcap. PINs and what may hold keys are masked
    #[arg(long, value_name = "FILE")]
    pub(crate) trace: Option<PathBuf>,
    /// Send the same to Wireshark, as GSMTAP packets; the port is 4729 unless told otherwise
    #[arg(long, value_name = "HOST[:PORT]")]
    pub(crate) gsmtap: Option<String>,
    /// Mask nothing in a trace
    #[arg(long)]
    pub(crate) trace_secrets: bool,
    /// Read through an SCP03 secure channel, with the keys in this file
    #[arg(long, value_name = "KEYS.toml")]
    pub(crate) scp03: Option<PathBuf>,
    /// File with the PIN, or `-` to be asked for it
    #[arg(long, value_name = "FILE")]
    pub(crate) pin_file: Option<PathBuf>,
    /// Try the PIN even if that is its last try before it is blocked
    #[arg(long, requires = "pin_file")]
    pub(crate) pin_last_try: bool,
}

/// How a modem lets others to its card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ModemMode {
    /// Whole commands: AT+CSIM
    Csim,
    /// Channels of the modem: AT+CCHO, AT+CGLA, AT+CCHC
    Cgla,
    /// Whichever works
    #[default]
    Auto,
}

/// The longest time that can be given: some cards take minutes.
const MAX_TIMEOUT: f64 = 3600.0;

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .filter(|seconds| *seconds > 0.0 && *seconds <= MAX_TIMEOUT)
        .map(Duration::from_secs_f64)
        .ok_or_else(|| format!("give seconds, more than 0 and at most {MAX_TIMEOUT}"))
}

/// `simstrap decode`.
#[derive(Debug, Args)]
pub(crate) struct DecodeArgs {
    /// The bootstrap file, at most 32 KiB, or `-` for standard input
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) show: ShowArgs,
    /// Give verdicts and the plan under this policy; by default all is applied that is in order
    #[arg(long, value_name = "POLICY.toml")]
    pub(crate) policy: Option<PathBuf>,
    /// Name every deviation from the format, instead of stopping at the first
    #[arg(long)]
    pub(crate) lenient: bool,
}

/// How to show bootstrap data.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// How to show it; `raw` is the file itself, keys included
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    /// Show keys and passwords too
    #[arg(long)]
    pub(crate) show_secrets: bool,
}

/// `simstrap encode`.
#[derive(Debug, Args)]
pub(crate) struct EncodeArgs {
    /// The description, as `decode --show-secrets` writes it, or `-` for standard input
    pub(crate) file: PathBuf,
    /// The bootstrap file to write, or `-` for standard output
    #[arg(short, long, value_name = "OUT")]
    pub(crate) output: PathBuf,
    /// Format of the description; by default its name or its content tells
    #[arg(long, value_enum)]
    pub(crate) from: Option<crate::input::Format>,
    /// Fill up with FF to this many bytes, the size of the file on the card
    #[arg(long, value_name = "BYTES")]
    pub(crate) size: Option<usize>,
}

/// `simstrap check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) card: CardOptions,
    /// SHA-256 of the used bytes, as `simstrap read` shows it
    #[arg(long, value_name = "SHA256", value_parser = parse_digest)]
    pub(crate) against: Digest,
    /// How to say it
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Style,
}

fn parse_digest(text: &str) -> Result<Digest, String> {
    let mut digest = [0; Digest::LEN];
    match hex::decode_to_slice(text, &mut digest) {
        Ok(()) => Ok(Digest::from_bytes(digest)),
        Err(_) => Err(format!(
            "a SHA-256 is {} hexadecimal digits, this is {} characters; simstrap read shows it",
            2 * Digest::LEN,
            text.chars().count()
        )),
    }
}

/// `simstrap run`.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) card: CardOptions,
    /// What the device wants of the data on the card; by default all that is in order
    #[arg(long, value_name = "POLICY.toml")]
    pub(crate) policy: Option<PathBuf>,
    /// Directory in which the device keeps what it holds, keys included; it is made for its owner
    /// only. By default nothing is kept
    #[arg(long, value_name = "DIR")]
    pub(crate) state: Option<PathBuf>,
    /// Bootstrap information that the device falls back on: a bootstrap file, or TOML, JSON or
    /// SenML JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) factory: Option<PathBuf>,
    /// The name of the device, for servers
    #[arg(
        long,
        value_name = "NAME",
        default_value = "simstrap",
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub(crate) endpoint: String,
    /// The version of LwM2M that the device names
    #[arg(long, value_enum, default_value_t)]
    pub(crate) lwm2m: Version,
    /// Talk to no server, but say what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Register, update once, de-register, and leave
    #[arg(long)]
    pub(crate) once: bool,
    /// How to tell what goes on
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Style,
}

/// `simstrap card`.
#[derive(Debug, Args)]
pub(crate) struct CardArgs {
    #[command(subcommand)]
    pub(crate) command: CardCommand,
}

/// What to do with cards.
#[derive(Debug, Subcommand)]
pub(crate) enum CardCommand {
    /// Write a commented description of a virtual card, to start one's own from
    #[command(after_help = CARD_NEW_HELP)]
    New(CardNewArgs),
    /// Put a virtual card into a PC/SC reader or behind an AT modem
    #[command(after_help = SERVE_HELP)]
    Serve(CardServeArgs),
    /// Write bootstrap data to a card, with an administrative PIN or through SCP03
    #[command(after_help = WRITE_HELP)]
    Write(CardWriteArgs),
}

/// `simstrap card new`.
#[derive(Debug, Args)]
pub(crate) struct CardNewArgs {
    /// The file to write, or `-` for standard output
    #[arg(short, long, value_name = "CARD.toml")]
    pub(crate) output: PathBuf,
    /// Overwrite the file if it exists
    #[arg(long)]
    pub(crate) force: bool,
}

const MAIN_HELP: &str = "\
Exit codes: 0 done, 1 usage or unexpected, 2 data malformed or inconsistent, 3 changed,
            4 no card or no bootstrap data on it, 5 the card could not be read

Example:
  simstrap demo";

const READ_HELP: &str = "\
Exit codes: 0 done, 1 usage or unexpected, 2 data malformed or inconsistent,
            4 no card or no bootstrap data on it, 5 the card could not be read

KEYS.toml holds the key set of the card; only the three keys have to be there:
  enc = \"404142434445464748494a4b4c4d4e4f\"   # 16, 24 or 32 bytes, all alike
  mac = \"404142434445464748494a4b4c4d4e4f\"
  dek = \"404142434445464748494a4b4c4d4e4f\"
  key_version = 0x30                         # 0 = the card's first
  level = \"0x33\"                             # 0x01 0x03 0x11 0x13 0x33
  mode = \"auto\"                              # s8 | s16 | auto
  counter = \"spec\"                           # spec | data-only

Cards in readers and behind modems:
  --card pcsc                                # the only reader with a card in it
  --card pcsc:ACS                            # the one with ACS in its name
  --card at:/dev/ttyUSB2 --at-mode csim      # a modem on a serial line
  --card at:/dev/ttyS1@9600 --timeout 60     # slower
  --card at+tcp:localhost:5000               # over TCP
  --trace card.log, --trace card.pcap        # what goes to the card and back

Examples:
  simstrap read
  simstrap read --policy POLICY.toml
  simstrap read --card virtual:CARD.toml --scp03 KEYS.toml --format json";

const DECODE_HELP: &str = "\
Exit codes: 0 done, 1 usage or unexpected, 2 data malformed or inconsistent

Examples:
  simstrap decode bootstrap.bin --format hex
  simstrap decode bootstrap.bin --policy POLICY.toml
  simstrap read --format raw | simstrap decode -";

const CHECK_HELP: &str = "\
Exit codes: 0 the same data, 1 usage or unexpected, 3 other data,
            4 no card or no bootstrap data on it, 5 it could not be told

Example:
  simstrap check --against 3b76857cff543351c2c92036f7eb8133b6385530ee4e5f038491eea6cfdc42e8";

const ENCODE_HELP: &str = "\
Data that is inconsistent is written all the same, with exit code 2.

Exit codes: 0 done, 1 usage or unexpected, 2 data malformed or inconsistent

Example:
  simstrap read --format toml --show-secrets > accounts.toml
  simstrap encode accounts.toml -o bootstrap.bin --size 256";

const RUN_HELP: &str = "\
The device registers by CoAP over UDP, in the clear (security mode 3) or with DTLS and a pre-shared
key (mode 0). Ctrl-C de-registers and ends it.

Lines on standard input make things happen while it runs:
  update-now [ID]  an Update is due, of every registration or with this server
  hint             the modem says that the card may have changed
  stop             as Ctrl-C
and with a virtual card those of simstrap card serve:
  pull, insert     takes the card out, puts it in again
  update FILE      other data on the card: a bootstrap file, or TOML, JSON or SenML JSON
  swap CARD.toml   another card in its place
  help             all of them

Exit codes: 0 done, 1 usage or unexpected, 2 factory data malformed or inconsistent,
            5 with --once, when no server was reached because the card could not be read

Examples:
  simstrap run --once --dry-run
  simstrap run --dry-run --card virtual:CARD.toml --policy POLICY.toml --state DIR --once
  simstrap run --dry-run --factory accounts.toml --format json --once";

const CARD_HELP: &str = "\
Example:
  simstrap card new -o CARD.toml
  simstrap card serve CARD.toml --at-tcp 127.0.0.1:0";

const CARD_NEW_HELP: &str = "\
Example:
  simstrap card new -o CARD.toml
  simstrap read --card virtual:CARD.toml";

const DEMO_HELP: &str = "\
Example:
  simstrap demo";
