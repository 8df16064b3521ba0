// SPDX-License-Identifier: Apache-2.0
//! The card that was named on the command line, and how to read it.

use simstrap_apdu::at::{AtMode, AtOptions};
use simstrap_apdu::trace::Secrets;
use simstrap_policy::bootstrap_data::BootstrapDataRef;
use simstrap_policy::bootstrap_data::reader::{
    CardReading, ReadOptions, SecureChannelOptions, read_card,
};
use simstrap_policy::bootstrap_data::scp03::apdu::{
    Cost, LastTry, Metered, Pin, Transport, blocking,
};
use simstrap_policy::bootstrap_data::scp03::{Configuration, StaticKeys, os_random};
use simstrap_policy::bootstrap_data::writer::{
    AdministrativePin, WriteError, WriteOptions, Writing, write_card,
};

use crate::args::{CardOptions, ModemMode};
use crate::card_spec::CardSpec;
use crate::card_transport::CardTransport;
use crate::error::Error;
use crate::progress::Shown;
use crate::{keys_file, message, pin, trace};

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

    /// Reads the card, and says what it cost. When another program resets the card meanwhile, or
    /// the modem turns out to take shorter lines than thought, it is read once more.
    pub(crate) fn read(&mut self) -> Result<(CardReading, Cost), Error> {
        let mut transport = Metered::new(Shown::new(&mut self.transport));
        let mut random = os_random;
        let secure_channel = self
            .keys
            .as_ref()
            .map(|configuration| SecureChannelOptions { configuration, random: &mut random });
        let mut options =
            ReadOptions { pin: self.pin.as_ref(), last_try: self.last_try, secure_channel };
        let carried = carries(&transport);
        let mut read = blocking::run(read_card(&mut transport, &mut options));
        if let Ok(Err(error)) = &read
            && (error.is_card_reset() || carries(&transport) != carried)
        {
            read = blocking::run(read_card(&mut transport, &mut options));
        }
        let cost = transport.cost();
        drop(transport);
        self.warn_of_trace();
        let read = read.map_err(Error::NeverAnswers)?;
        Ok((read.map_err(Error::Card)?, cost))
    }

    /// Writes to the card, and says what it cost. When the modem turns out to take shorter lines
    /// than thought, it is written once more.
    pub(crate) fn write(
        &mut self,
        data: &BootstrapDataRef<'_>,
        administrative_pin: Option<AdministrativePin<'_>>,
    ) -> Result<(Writing, Cost), Error> {
        let mut transport = Metered::new(Shown::new(&mut self.transport));
        let mut random = os_random;
        let secure_channel = self
            .keys
            .as_ref()
            .map(|configuration| SecureChannelOptions { configuration, random: &mut random });
        let read = ReadOptions { pin: self.pin.as_ref(), last_try: self.last_try, secure_channel };
        let mut options = WriteOptions { read, administrative_pin };
        let carried = carries(&transport);
        let mut written = blocking::run(write_card(&mut transport, data, &mut options));
        // A PIN that was rejected is not tried again.
        if let Ok(Err(WriteError::Write { .. } | WriteError::ReadBack(_) | WriteError::Find(_))) =
            written
            && carries(&transport) != carried
        {
            written = blocking::run(write_card(&mut transport, data, &mut options));
        }
        let cost = transport.cost();
        drop(transport);
        self.warn_of_trace();
        let written = written.map_err(Error::NeverAnswers)?;
        Ok((written.map_err(|error| Error::Write(Box::new(error)))?, cost))
    }

    fn warn_of_trace(&mut self) {
        if let Some(error) = self.transport.take_trace_failure() {
            message::warn(format!("the trace is not whole: {error}"));
        }
    }
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
