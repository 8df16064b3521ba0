// SPDX-License-Identifier: Apache-2.0
//! The card that was named on the command line, and how to read it.

use simstrap_apdu::at::{AtMode, AtOptions};
use simstrap_apdu::trace::Secrets;
use simstrap_policy::bootstrap_data::BootstrapDataRef;
use simstrap_policy::bootstrap_data::reader::{
    CardReading, ReadOptions, SecureChannelOptions, read_card,
};
use simstrap_policy::bootstrap_data::scp03::apdu::blocking::{self, WouldWait};
use simstrap_policy::bootstrap_data::scp03::apdu::{Cost, LastTry, Metered, Pin, Transport};
use simstrap_policy::bootstrap_data::scp03::{Configuration, RandomError, StaticKeys, os_random};
use simstrap_policy::bootstrap_data::writer::{
    AdministrativePin, WriteError, WriteOptions, Writing, write_card,
};

use crate::args::{CardOptions, ModemMode};
use crate::card_spec::CardSpec;
use crate::card_transport::CardTransport;
use crate::error::Error;
use crate::progress::Shown;
use crate::{keys_file, message, pin, trace};

/// What is said where nobody named a card.
pub(crate) const SAMPLE_NOTE: &str =
    "this is the built-in sample card; for another, --card virtual:CARD.toml";

/// A way to a card on which every exchange is counted and shown.
type CardLine<'t> = Metered<Shown<&'t mut CardTransport>>;

/// A way to a card, with the keys and the PIN for it.
pub(crate) struct CardAccess {
    pub(crate) spec: CardSpec,
    /// Whether nobody named a card, so that it is the sample card.
    pub(crate) is_default: bool,
    pub(crate) transport: CardTransport,
    pub(crate) keys: Option<Configuration<StaticKeys>>,
    pub(crate) pin: Option<Pin>,
    pub(crate) last_try: LastTry,
}

impl CardAccess {
    /// Opens the card that the options name; without one the built-in sample card.
    pub(crate) fn open(options: &CardOptions) -> Result<Self, Error> {
        let spec = match &options.card {
            Some(spec) => CardSpec::parse(spec).map_err(Error::CardSpec)?,
            None => CardSpec::Sample,
        };
        let keys = options.scp03.as_deref().map(keys_file::read).transpose()?;
        let pin = options.pin_file.as_deref().map(pin::read).transpose()?;
        let last_try = if options.pin_last_try { LastTry::Use } else { LastTry::Keep };
        let secrets = if options.trace_secrets { Secrets::Shown } else { Secrets::Masked };
        let way = spec.open(at_options(options))?;
        // Last, so that a trace of before stays where there is nothing to trace.
        let recorders = trace::recorders(options)?;
        let transport = CardTransport::traced(way, recorders, secrets);
        Ok(Self { spec, is_default: options.card.is_none(), transport, keys, pin, last_try })
    }

    /// Says that it is the sample card, and how to name another, where nobody named one.
    pub(crate) fn note_sample(&self) {
        if self.is_default {
            message::note(SAMPLE_NOTE);
        }
    }

    /// Reads the card, and says what it cost. When another program resets the card meanwhile, or
    /// the modem turns out to take shorter lines than thought, it is read once more.
    pub(crate) fn read(&mut self) -> Result<(CardReading, Cost), Error> {
        let (read, cost) = self.work(
            None,
            |line, options| blocking::run(read_card(line, &mut options.read)),
            |error, is_shorter| is_shorter || error.is_card_reset(),
        )?;
        Ok((read.map_err(Error::Card)?, cost))
    }

    /// Writes to the card, and says what it cost. When the modem turns out to take shorter lines
    /// than thought, it is written once more.
    pub(crate) fn write(
        &mut self,
        data: &BootstrapDataRef<'_>,
        administrative_pin: Option<AdministrativePin<'_>>,
    ) -> Result<(Writing, Cost), Error> {
        let (written, cost) = self.work(
            administrative_pin,
            |line, options| blocking::run(write_card(line, data, options)),
            // A PIN that was rejected is not tried again.
            |error, is_shorter| {
                use WriteError::{Find, ReadBack, Write};
                is_shorter && matches!(error, Write { .. } | ReadBack(_) | Find(_))
            },
        )?;
        Ok((written.map_err(|error| Error::Write(Box::new(error)))?, cost))
    }

    /// Works on the card, and says what it cost. What fails is done once more where `is_curable`
    /// says so of the error, and of whether the line takes less at a time than it did before.
    fn work<R, E>(
        &mut self,
        administrative_pin: Option<AdministrativePin<'_>>,
        mut work: impl FnMut(
            &mut CardLine<'_>,
            &mut WriteOptions<'_>,
        ) -> Result<Result<R, E>, WouldWait>,
        is_curable: impl FnOnce(&E, bool) -> bool,
    ) -> Result<(Result<R, E>, Cost), Error> {
        let mut line = Metered::new(Shown::new(&mut self.transport));
        let mut random = os_random;
        let (keys, pin) = (self.keys.as_ref(), self.pin.as_ref());
        let read = read_options(keys, pin, self.last_try, &mut random);
        let mut options = WriteOptions { read, administrative_pin };
        let carried = carries(&line);
        let mut worked = work(&mut line, &mut options);
        if let Ok(Err(error)) = &worked
            && is_curable(error, carries(&line) != carried)
        {
            worked = work(&mut line, &mut options);
        }
        let cost = line.cost();
        drop(line);
        self.warn_of_trace();
        Ok((worked.map_err(Error::NeverAnswers)?, cost))
    }

    fn warn_of_trace(&mut self) {
        if let Some(error) = self.transport.take_trace_failure() {
            message::warn(format!("the trace is not whole: {error}"));
        }
    }
}

/// How to read a card: through a secure channel, where there are keys for it.
pub(crate) fn read_options<'o>(
    keys: Option<&'o Configuration<StaticKeys>>,
    pin: Option<&'o Pin>,
    last_try: LastTry,
    random: &'o mut dyn FnMut(&mut [u8]) -> Result<(), RandomError>,
) -> ReadOptions<'o> {
    let secure_channel = keys.map(|configuration| SecureChannelOptions { configuration, random });
    ReadOptions { pin, last_try, secure_channel }
}

/// How much a transport carries at a time.
fn carries(transport: &impl Transport) -> (usize, usize) {
    (transport.max_command_data(), transport.max_response_data())
}

const fn at_options(options: &CardOptions) -> AtOptions {
    let mode = match options.at_mode {
        ModemMode::Csim => AtMode::Csim,
        ModemMode::Cgla => AtMode::Cgla,
        ModemMode::Auto => AtMode::Auto,
    };
    AtOptions { mode, timeout: options.timeout }
}
