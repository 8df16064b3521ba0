// SPDX-License-Identifier: Apache-2.0
//! The arguments of `simstrap card write`.

use std::path::PathBuf;

use clap::Args;

use super::CardOptions;

/// `simstrap card write`.
#[derive(Debug, Args)]
pub(crate) struct CardWriteArgs {
    /// What to write: a bootstrap file, or a description of one as `encode` takes it
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) card: CardOptions,
    /// File with the administrative PIN ADM1, four to eight characters or 16 hexadecimal digits, or `-`
    /// to be asked for it
    #[arg(long, value_name = "FILE")]
    pub(crate) adm_pin_file: Option<PathBuf>,
    /// Try ADM1 even if that is its last try before it is blocked
    #[arg(long, requires = "adm_pin_file")]
    pub(crate) adm_last_try: bool,
}

pub(crate) const WRITE_HELP: &str = "\
The first bytes of the file are made void first and written last: a writing that breaks off leaves
a file without data, never half of it.
A virtual card forgets it when the command ends, unless it is one that `card serve` serves.

Exit codes: 0 done, 1 usage or unexpected, 2 data malformed or inconsistent,
            4 no card or no bootstrap file on it, 5 the card could not be written

Example:
  simstrap read --format toml --show-secrets > accounts.toml
  simstrap card write accounts.toml --adm-pin-file adm.txt";
