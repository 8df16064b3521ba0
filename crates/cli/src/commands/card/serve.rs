// SPDX-License-Identifier: Apache-2.0
//! `simstrap card serve`: the virtual card in a reader and behind a modem.

use std::path::Path;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;
use std::{io, thread};

use simstrap_virtual_card::front::{FrontEnd, FrontEndError, ModemQuirkSet};
use simstrap_virtual_card::{CardDescription, SharedCard, VirtualCard};

use super::socket::{Console, ControlSocket};
use crate::args::{CardServeArgs, FrontEndArgs, ReadyFormat};
use crate::commands::Outcome;
use crate::error::Error;
use crate::{message, output};

/// How often it is looked after the front ends.
const ROUND: Duration = Duration::from_millis(200);

/// Serves until told to end.
pub(in crate::commands) fn run(args: &CardServeArgs) -> Result<Outcome, Error> {
    let (card, mut quirks) = card(args.image.as_deref())?;
    quirks.extend(args.modem_quirk.iter().copied());
    let (quit, ended) = mpsc::channel();
    let console = Console { card: card.clone(), quit };
    let on_signal = console.quit.clone();
    ctrlc::set_handler(move || {
        let _over = on_signal.send(());
    })
    .map_err(Error::Signals)?;
    let front_ends = start(&args.front_ends, &card, &quirks)?;
    let control = match &args.control {
        Some(address) => {
            let opened = ControlSocket::open(address, console.clone());
            Some(opened.map_err(|source| Error::Control { address: address.clone(), source })?)
        }
        None => None,
    };
    for front_end in &front_ends {
        announce(args.format, front_end.kind(), front_end.address())?;
    }
    if let Some(control) = &control {
        announce(args.format, "control", &control.address)?;
    }
    let standard_input = console.clone();
    thread::Builder::new()
        .name("standard-input".to_owned())
        // Its end, or a closed output, ends the commands and not the serving.
        .spawn(move || drop(standard_input.serve(io::stdin(), io::stdout())))
        .map_err(|source| Error::FrontEnd(FrontEndError::Thread(source)))?;
    watch(front_ends, &ended)
}

/// The card, and the deviations of the modem in front of it.
fn card(image: Option<&Path>) -> Result<(SharedCard, ModemQuirkSet), Error> {
    let made = image.map_or_else(CardDescription::sample, CardDescription::from_file);
    made.and_then(|mut description| {
        let card = VirtualCard::new(&description)?;
        Ok((SharedCard::new(card), std::mem::take(&mut description.modem)))
    })
    .map_err(|source| Error::Description {
        path: image.unwrap_or(Path::new("the built-in description")).to_owned(),
        source,
    })
}

fn start(
    args: &FrontEndArgs,
    card: &SharedCard,
    quirks: &ModemQuirkSet,
) -> Result<Vec<FrontEnd>, Error> {
    let mut front_ends = Vec::new();
    if let Some(address) = &args.at_tcp {
        front_ends.push(FrontEnd::at_tcp(card.clone(), quirks.clone(), address));
    }
    if let Some(link) = &args.at_pty {
        front_ends.push(at_pty(card, quirks, link));
    }
    if let Some(address) = &args.vpcd {
        front_ends.push(FrontEnd::vpcd(card.clone(), address));
    }
    front_ends.into_iter().collect::<Result<_, _>>().map_err(Error::FrontEnd)
}

#[cfg(unix)]
fn at_pty(
    card: &SharedCard,
    quirks: &ModemQuirkSet,
    link: &Path,
) -> Result<FrontEnd, FrontEndError> {
    FrontEnd::at_pty(card.clone(), quirks.clone(), link)
}

#[cfg(not(unix))]
fn at_pty(_: &SharedCard, _: &ModemQuirkSet, _: &Path) -> Result<FrontEnd, FrontEndError> {
    Err(FrontEndError::Pty(io::ErrorKind::Unsupported.into()))
}

fn announce(format: ReadyFormat, kind: &str, address: &str) -> Result<(), Error> {
    output::print(&match format {
        ReadyFormat::Text => format!("{kind} ready on {address}\n"),
        ReadyFormat::Json => {
            format!("{}\n", serde_json::json!({ "front_end": kind, "address": address }))
        }
    })
}

/// Waits for the end; a client that was turned away is told, and a front end that gave up, without
/// any of which the serving ends.
fn watch(mut front_ends: Vec<FrontEnd>, ended: &Receiver<()>) -> Result<Outcome, Error> {
    loop {
        match ended.recv_timeout(ROUND) {
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return Ok(Outcome::Done),
            Err(RecvTimeoutError::Timeout) => {}
        }
        let mut last = None;
        front_ends.retain(|front_end| {
            while let Some(client) = front_end.next_turned_away() {
                let (kind, address) = (front_end.kind(), front_end.address());
                message::note(format_args!(
                    "{kind} on {address} turned {client} away: another client has the line"
                ));
            }
            let running = front_end.is_running();
            if !running {
                let (kind, address) = (front_end.kind(), front_end.address());
                message::warn(format_args!("{kind} on {address} gave up: the other side is gone"));
                last = Some((kind, address.to_owned()));
            }
            running
        });
        if let (true, Some((kind, address))) = (front_ends.is_empty(), last) {
            return Err(Error::FrontEndGone { kind, address });
        }
    }
}
