// SPDX-License-Identifier: Apache-2.0
//! A logical channel of the card, and what it takes to get one whole response
//! (102 221 §7.3, §8.7, §11.1.17).

use crate::wiped::Wiped;
use crate::{
    CardChannel, ChannelError, ChannelNumber, Command, EncodeError, ErrorKind, ExpectedLength,
    Instruction, Quirk, QuirkSet, Response, StatusKind, StatusWord, Transport, TransportError,
    TransportErrorKind,
};

/// The most exchanges one command may take: 65,536 bytes in pieces of 256, and the few repeats
/// that `6C xx` asks for. A card that never stops saying `61 xx` is cut off here.
pub const MAX_EXCHANGES_PER_COMMAND: usize = 256 + 4;

/// CLA INS P1 P2 Lc, 255 bytes of data, Le: the longest command in the short form, the only one
/// that modems and most readers carry.
const MAX_COMMAND: usize = 4 + 1 + 255 + 1;

/// A logical channel over a transport.
///
/// It is created closed. [`open`](Self::open) asks the card for a channel; this and the
/// closing are the only commands that ever go to the basic channel, so that a modem's own session
/// there is not disturbed. When a future of this type is dropped half-way, the channel number
/// stays known: [`close`](Self::close) still closes it, and `open` closes it first.
#[derive(Debug)]
pub struct LogicalChannel<T> {
    transport: T,
    number: Option<ChannelNumber>,
    quirks: QuirkSet,
}

impl<T> LogicalChannel<T> {
    /// A closed channel over `transport`.
    #[must_use]
    pub const fn new(transport: T) -> Self {
        Self { transport, number: None, quirks: QuirkSet::EMPTY }
    }

    /// The basic channel, which is always open: for programs that have the card to themselves.
    #[must_use]
    pub const fn basic(transport: T) -> Self {
        Self { transport, number: Some(ChannelNumber::BASIC), quirks: QuirkSet::EMPTY }
    }

    /// The number the card gave, `None` while closed.
    #[must_use]
    pub const fn number(&self) -> Option<ChannelNumber> {
        self.number
    }

    /// The transport below.
    #[must_use]
    pub const fn transport(&mut self) -> &mut T {
        &mut self.transport
    }

    /// Gives the transport back. A channel that is still open stays open on the card.
    #[must_use]
    pub fn into_transport(self) -> T {
        self.transport
    }
}

impl<T: Transport> LogicalChannel<T> {
    /// Opens a channel and returns the number the card chose, 1 to 19.
    ///
    /// # Errors
    /// [`LogicalChannelError::NoChannel`] when the card refuses one, for example because all are
    /// taken (`6A 81`, `68 81`); any other when the exchange fails.
    pub async fn open(&mut self) -> Result<ChannelNumber, LogicalChannelError<T::Error>> {
        match self.close().await {
            Ok(()) | Err(LogicalChannelError::NotClosed { .. }) => {}
            Err(error) => return Err(error),
        }
        // The answer takes three bytes. The rest is for a modem that opens channels itself and
        // selects the master file on them, to which some cards answer at length.
        let mut buffer = [0; 258];
        let command = Command::open_channel();
        let response = self.exchange_on(ChannelNumber::BASIC, &command, &mut buffer).await?;
        if !response.status.is_success_or_warning() {
            return Err(LogicalChannelError::NoChannel { status: response.status });
        }
        let number = match *response.data {
            [number] => ChannelNumber::new(number).filter(|n| *n != ChannelNumber::BASIC),
            _ => None,
        };
        let number = number.ok_or(LogicalChannelError::ChannelNumber)?;
        self.number = Some(number);
        Ok(number)
    }

    /// Closes the channel, if one is open. It counts as closed once the card has answered,
    /// whatever the answer; when no answer arrives, its number stays known for another try.
    ///
    /// # Errors
    /// [`LogicalChannelError::NotClosed`] when the card refuses; any other when the exchange
    /// fails.
    pub async fn close(&mut self) -> Result<(), LogicalChannelError<T::Error>> {
        let Some(number) = self.number else {
            return Ok(());
        };
        if number == ChannelNumber::BASIC {
            return Ok(());
        }
        let mut buffer = [0; 8];
        let command = Command::close_channel(number);
        let status = self.exchange_on(ChannelNumber::BASIC, &command, &mut buffer).await?.status;
        self.number = None;
        match status {
            status if status.is_success_or_warning() => Ok(()),
            status => Err(LogicalChannelError::NotClosed { number, status }),
        }
    }

    /// Sends one command and follows `61 xx`, `6C xx` and a refused Le to the whole response.
    async fn exchange_on<'b>(
        &mut self,
        channel: ChannelNumber,
        command: &Command<'_>,
        buffer: &'b mut [u8],
    ) -> Result<Response<'b>, LogicalChannelError<T::Error>> {
        let mut attempt = command.on_channel(channel);
        if is_case_4(&attempt) && self.quirks.contains(Quirk::ExpectedLengthRefused) {
            attempt = attempt.expecting(None);
        }
        let mut filled = 0;
        let mut repeated = false;
        let mut length_left_out = false;
        for _ in 0..MAX_EXCHANGES_PER_COMMAND {
            let free = buffer.get_mut(filled..).unwrap_or_default();
            let (length, status) = self.transmit(&attempt, free).await?;
            if length_left_out && status != StatusWord::WRONG_LENGTH {
                self.quirks.insert(Quirk::ExpectedLengthRefused);
            }
            match status.kind() {
                StatusKind::MoreData(waiting) => {
                    if length > 0 && attempt.instruction != Instruction::GET_RESPONSE {
                        self.quirks.insert(Quirk::DataBeforeMoreData);
                    }
                    if status.to_bytes()[0] == 0x9F {
                        self.quirks.insert(Quirk::MoreDataOf2g);
                    }
                    filled += length;
                    attempt = get_response(waiting, buffer.len(), filled, command.instruction)?
                        .on_channel(channel);
                    repeated = false;
                }
                StatusKind::WrongExpectedLength(right) if !repeated => {
                    if attempt.instruction == Instruction::GET_RESPONSE {
                        self.quirks.insert(Quirk::GetResponseWrongLength);
                    }
                    let room = ExpectedLength::short_for(buffer.len().saturating_sub(filled + 2));
                    attempt = attempt.expecting(room.map(|room| room.min(right)));
                    repeated = true;
                }
                // SELECT comes first on every card and can be repeated; for other commands `67 00`
                // can mean something else, and a protected one may have been counted.
                _ if status == StatusWord::WRONG_LENGTH
                    && !repeated
                    && attempt.instruction == Instruction::SELECT
                    && is_case_4(&attempt)
                    && !attempt.class.is_secured() =>
                {
                    attempt = attempt.expecting(None);
                    repeated = true;
                    length_left_out = true;
                }
                _ => {
                    let keeps_data = status.is_success_or_warning() || command.class.is_secured();
                    let end = if keeps_data { filled + length } else { 0 };
                    let data = buffer.get(..end).unwrap_or_default();
                    return Ok(Response { data, status });
                }
            }
        }
        Err(LogicalChannelError::Endless { during: command.instruction })
    }

    /// One exchange: the number of data bytes at the front of `response`, and the status word.
    async fn transmit(
        &mut self,
        command: &Command<'_>,
        response: &mut [u8],
    ) -> Result<(usize, StatusWord), LogicalChannelError<T::Error>> {
        let during = command.instruction;
        let capacity = response.len().saturating_sub(2);
        let announced = command.expected.map_or(0, |length| length.to_u32() as usize);
        if during == Instruction::GET_RESPONSE && announced > capacity {
            return Err(LogicalChannelError::ResponseTooLong { during, capacity });
        }
        let mut bytes = Wiped::<MAX_COMMAND>::new();
        let bytes = command
            .write_to(&mut bytes)
            .map_err(|source| LogicalChannelError::Command { during, source })?;
        let length = self.transport.transmit(bytes, response).await.map_err(|source| {
            if matches!(source.kind(), TransportErrorKind::NoCard | TransportErrorKind::CardReset) {
                self.number = self.number.filter(|number| *number == ChannelNumber::BASIC);
            }
            LogicalChannelError::Transport { during, source }
        })?;
        let bytes = response
            .get(..length)
            .ok_or(LogicalChannelError::ResponseTooLong { during, capacity })?;
        let response = Response::from_bytes(bytes)
            .ok_or(LogicalChannelError::ShortResponse { during, length })?;
        Ok((response.data.len(), response.status))
    }
}

impl<T: Transport> CardChannel for LogicalChannel<T> {
    type Error = LogicalChannelError<T::Error>;

    async fn exchange<'b>(
        &mut self,
        command: &Command<'_>,
        buffer: &'b mut [u8],
    ) -> Result<Response<'b>, Self::Error> {
        let number =
            self.number.ok_or(LogicalChannelError::Closed { during: command.instruction })?;
        let response = self.exchange_on(number, command, buffer).await?;
        // The card was reset, or another, unseen: a channel that is not open is nobody's to close,
        // and its number may be another's soon.
        if response.status == StatusWord::CHANNEL_NOT_SUPPORTED && number != ChannelNumber::BASIC {
            self.number = None;
        }
        Ok(response)
    }

    fn max_response_data(&self) -> usize {
        self.transport.max_response_data()
    }

    fn max_command_data(&self) -> usize {
        self.transport.max_command_data()
    }

    fn quirks(&self) -> QuirkSet {
        self.quirks.union(self.transport.quirks())
    }
}

/// Why a logical channel gave no response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LogicalChannelError<E> {
    /// The transport failed.
    #[error("{during}: the card could not be reached")]
    Transport {
        /// The command that was sent.
        during: Instruction,
        /// What the transport says.
        source: E,
    },
    /// The card sent fewer than the two bytes of a status word.
    #[error("{during}: the card answered {length} bytes, fewer than the two of a status word")]
    ShortResponse {
        /// The command that was sent.
        during: Instruction,
        /// Length of the answer in bytes, 0 or 1.
        length: usize,
    },
    /// The card sent, or announced, more than was asked for.
    #[error("{during}: the card has more than the {capacity} bytes that were asked for")]
    ResponseTooLong {
        /// The command that was sent.
        during: Instruction,
        /// Data bytes there was room for.
        capacity: usize,
    },
    /// The card never stopped announcing more data.
    #[error("{during}: no end after {MAX_EXCHANGES_PER_COMMAND} exchanges for one command")]
    Endless {
        /// The command that was sent.
        during: Instruction,
    },
    /// The card gives no logical channel.
    #[error(
        "the card gives no logical channel: {status}; \
         close those that other programs left open, or restart the card"
    )]
    NoChannel {
        /// Its status word.
        status: StatusWord,
    },
    /// The card opened a channel, but what it said is no number from 1 to 19.
    #[error("MANAGE CHANNEL: the card gave no channel number from 1 to 19")]
    ChannelNumber,
    /// The card did not close the channel.
    #[error("the card did not close logical channel {number}: {status}")]
    NotClosed {
        /// The channel.
        number: ChannelNumber,
        /// The card's status word.
        status: StatusWord,
    },
    /// The channel is not open: never opened, closed, or lost with the card.
    #[error("{during}: the logical channel is not open")]
    Closed {
        /// The command that was to be sent.
        during: Instruction,
    },
    /// The command does not fit the short form.
    #[error("{during}: the command cannot be sent")]
    Command {
        /// The command that was to be sent.
        during: Instruction,
        /// Why.
        source: EncodeError,
    },
}

impl<E: TransportError> ChannelError for LogicalChannelError<E> {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Transport { source, .. } => ErrorKind::Transport(source.kind()),
            Self::NoChannel { status } | Self::NotClosed { status, .. } => {
                ErrorKind::Refused(*status)
            }
            Self::ShortResponse { .. }
            | Self::ResponseTooLong { .. }
            | Self::Endless { .. }
            | Self::ChannelNumber => ErrorKind::Protocol,
            Self::Closed { .. } | Self::Command { .. } => ErrorKind::Usage,
        }
    }
}

/// GET RESPONSE for as much of what is waiting as there is room for.
fn get_response<E>(
    waiting: ExpectedLength,
    capacity: usize,
    filled: usize,
    during: Instruction,
) -> Result<Command<'static>, LogicalChannelError<E>> {
    let capacity = capacity.saturating_sub(2);
    match ExpectedLength::short_for(capacity.saturating_sub(filled)) {
        Some(room) => Ok(Command::get_response(room.min(waiting))),
        None => Err(LogicalChannelError::ResponseTooLong { during, capacity }),
    }
}

/// A command with data and an expected length; some cards take it only without the latter.
fn is_case_4(command: &Command<'_>) -> bool {
    !command.data.is_empty() && command.expected.is_some()
}
