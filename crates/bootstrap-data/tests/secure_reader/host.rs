// SPDX-License-Identifier: Apache-2.0
//! What the tests share: keys, a host that reads with them, and a look at what went over the wire.

use simstrap_bootstrap_data::reader::{
    CardReading, ReadError, ReadOptions, Reading, SecureChannelOptions, read, read_card,
};
use simstrap_bootstrap_data::scp03::apdu::{
    CardChannel, Class, FileError, LastTry, LogicalChannel, LogicalChannelError, Pin, Transport,
    blocking,
};
use simstrap_bootstrap_data::scp03::{
    Configuration, SecureChannelError, SecurityLevel, SessionError, StaticKeys,
};
use simstrap_virtual_card::{
    CardDescription, Exchange, Secret, SharedCard, VirtualCard, VirtualCardError,
};

pub(crate) type Error<E = VirtualCardError> = ReadError<LogicalChannelError<E>>;
pub(crate) type Outcome<E = VirtualCardError> = Result<CardReading, Error<E>>;

pub(crate) const INITIALIZE_UPDATE: u8 = 0x50;
pub(crate) const EXTERNAL_AUTHENTICATE: u8 = 0x82;
const MANAGE_CHANNEL: u8 = 0x70;
const GET_RESPONSE: u8 = 0xC0;

/// Key-ENC, Key-MAC and Key-DEK of this many bytes, which look like test data.
pub(crate) fn key_bytes(length: usize) -> [Vec<u8>; 3] {
    [0x40_u8, 0x60, 0x80].map(|first| (first..).take(length).collect())
}

pub(crate) fn keys(length: usize) -> StaticKeys {
    let [enc, mac, dek] = key_bytes(length);
    StaticKeys::from_slices(&enc, &mac, &dek).unwrap()
}

/// Gives the card these keys.
pub(crate) fn hold_keys(description: &mut CardDescription, length: usize) {
    let scp03 = description.scp03.as_mut().unwrap();
    let [enc, mac, dek] = key_bytes(length).map(Secret::new);
    (scp03.enc, scp03.mac, scp03.dek) = (enc, mac, dek);
}

/// The sample card with keys of 16 bytes, changed.
pub(crate) fn secure_card(change: impl FnOnce(&mut CardDescription)) -> SharedCard {
    crate::cards::sample(|description| {
        hold_keys(description, 16);
        change(description);
    })
}

/// Someone who reads through a secure channel.
pub(crate) struct Host {
    pub(crate) configuration: Configuration,
    pub(crate) pin: Option<Pin>,
}

impl Host {
    /// With the keys of [`secure_card`].
    pub(crate) fn new() -> Self {
        Self { configuration: Configuration::new(keys(16)), pin: None }
    }

    pub(crate) fn at(level: SecurityLevel) -> Self {
        let mut host = Self::new();
        host.configuration.level = level;
        host
    }

    /// Reads over a logical channel of its own.
    pub(crate) fn read_card<T: Transport>(&self, transport: T) -> Outcome<T::Error> {
        self.with_options(|options| blocking::run(read_card(transport, options)).unwrap())
    }

    /// Reads over this channel.
    pub(crate) fn read<C: CardChannel>(&self, channel: C) -> Result<Reading, ReadError<C::Error>> {
        self.with_options(|options| blocking::run(read(channel, options)).unwrap())
    }

    /// The challenges are the same for every host, the first as the second.
    pub(crate) fn with_options<T>(&self, use_them: impl FnOnce(&mut ReadOptions<'_>) -> T) -> T {
        let mut drawn = 0;
        let mut random = |challenge: &mut [u8]| {
            challenge.fill_with(|| {
                drawn += 1;
                0x10 | drawn
            });
            Ok(())
        };
        let secure_channel =
            SecureChannelOptions { configuration: &self.configuration, random: &mut random };
        use_them(&mut ReadOptions {
            pin: self.pin.as_ref(),
            last_try: LastTry::Keep,
            secure_channel: Some(secure_channel),
        })
    }
}

pub(crate) fn read_in_the_clear<T: Transport>(transport: T) -> Outcome<T::Error> {
    let mut options = ReadOptions::in_the_clear();
    blocking::run(read_card(transport, &mut options)).unwrap()
}

/// What the session says that a reading failed by.
pub(crate) fn session_error(error: &Error) -> SessionError {
    let (ReadError::File(error) | ReadError::Pin(error)) = error else { panic!("{error:?}") };
    match error {
        FileError::Channel { source: SecureChannelError::Session { source, .. }, .. } => *source,
        other => panic!("{other:?}"),
    }
}

/// Opens channels until the card gives this number, and leaves the others open.
pub(crate) fn channel(card: &SharedCard, wanted: u8) -> LogicalChannel<SharedCard> {
    if wanted == 0 {
        return LogicalChannel::basic(card.clone());
    }
    loop {
        let mut channel = LogicalChannel::new(card.clone());
        let number = blocking::run(channel.open()).unwrap().unwrap().to_u8();
        assert!(number <= wanted, "channel {wanted} was passed over");
        if number == wanted {
            return channel;
        }
    }
}

pub(crate) fn instruction(exchange: &Exchange) -> u8 {
    exchange.command.get(1).copied().unwrap_or_default()
}

/// Whether the exchange belongs to the session on its channel, and not to the operating system.
pub(crate) fn concerns_session(exchange: &Exchange) -> bool {
    !matches!(instruction(exchange), MANAGE_CHANNEL | GET_RESPONSE)
}

/// The exchanges after EXTERNAL AUTHENTICATE that should be protected.
pub(crate) fn in_session(card: &VirtualCard) -> impl Iterator<Item = &Exchange> {
    card.log()
        .iter()
        .skip_while(|exchange| instruction(exchange) != EXTERNAL_AUTHENTICATE)
        .skip(1)
        .filter(|exchange| concerns_session(exchange))
}

pub(crate) fn is_protected(exchange: &Exchange) -> bool {
    Class::from_byte(exchange.command[0]).unwrap().is_secured()
}

pub(crate) fn count(card: &SharedCard, of: u8) -> usize {
    card.lock().log().iter().filter(|exchange| instruction(exchange) == of).count()
}
