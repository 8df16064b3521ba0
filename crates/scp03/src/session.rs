// SPDX-License-Identifier: Apache-2.0
//! An open session: protecting commands, checking responses (SCP03 §5.3–§5.6, §6.2.4–§6.2.7).

mod error;

pub use error::{SessionEnd, SessionError};

use core::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use crate::apdu::{ChannelNumber, Command, Instruction, Response, StatusWord};
use crate::crypto::{BLOCK_LEN, Block, Cipher, Mac};
use crate::derivation::SessionKeys;
use crate::{Achieved, CommandCounter, PendingStatus};

/// An open session: pure functions over its keys and counters, without I/O or heap.
///
/// Every command that [`wrap`](Self::wrap) protects must be answered, by
/// [`unwrap`](Self::unwrap), before the next: the two sides count together. A session ends with
/// the first response that does not check out and with the first exchange that does not come to
/// an end, and its keys are wiped then. It cannot be mended; open another.
///
/// Only [`CardAuthenticated::open`](crate::CardAuthenticated::open) makes one.
pub struct Session {
    achieved: Achieved,
    state: State,
}

#[expect(
    clippy::large_enum_variant,
    reason = "without a heap there is no box; a session has one state and is seldom moved"
)]
enum State {
    Open(Open),
    Ended(SessionEnd),
}

/// Keys and counters.
struct Open {
    encryption: Cipher,
    mac: Mac,
    response_mac: Mac,
    chaining: Block,
    commands: u128,
    counter: CommandCounter,
    pending: PendingStatus,
    awaiting_response: bool,
}

/// What a session starts from.
pub(crate) struct Start<'a> {
    pub(crate) keys: &'a SessionKeys,
    pub(crate) chaining: Block,
    pub(crate) counter: CommandCounter,
    pub(crate) pending: PendingStatus,
}

impl Session {
    /// The longest data field of a protected command in bytes: what a buffer must hold.
    pub const MAX_WRAPPED: usize = 255;

    pub(crate) fn new(achieved: Achieved, start: &Start<'_>) -> Self {
        Self {
            achieved,
            state: State::Open(Open {
                encryption: Cipher::new(&start.keys.encryption),
                mac: Mac::new(&start.keys.mac),
                response_mac: Mac::new(&start.keys.response_mac),
                chaining: start.chaining,
                commands: 0,
                counter: start.counter,
                pending: start.pending,
                awaiting_response: false,
            }),
        }
    }

    /// What this session is.
    #[must_use]
    pub const fn achieved(&self) -> &Achieved {
        &self.achieved
    }

    /// How the session ended, `None` while it is open.
    #[must_use]
    pub const fn end(&self) -> Option<SessionEnd> {
        match &self.state {
            State::Open(_) => None,
            State::Ended(end) => Some(*end),
        }
    }

    /// Ends the session, because an exchange failed or was given up: the card may or may not
    /// have counted the command. A session that has ended already stays as it is.
    pub fn abandon(&mut self) {
        self.end_with(SessionEnd::Interrupted);
    }

    /// Protects a command. The protected data field is written to the front of `buffer`, of
    /// which [`MAX_WRAPPED`](Self::MAX_WRAPPED) bytes are always enough.
    ///
    /// The class keeps its channel number, on which the MAC does not depend; the expected
    /// length stays what it is, the number of plain bytes.
    ///
    /// # Errors
    /// [`SessionError`] when the session has ended, ends here because the last command was never
    /// answered, or cannot carry the command; in the last case it stays open.
    pub fn wrap<'b>(
        &mut self,
        command: &Command<'_>,
        buffer: &'b mut [u8],
    ) -> Result<Command<'b>, SessionError> {
        let Achieved { level, mode, .. } = self.achieved;
        if self.is_awaiting_response() {
            self.abandon();
        }
        let open = self.open()?;
        refuse(command)?;
        let plain_len = command.data.len();
        let encrypted = level.encrypts_commands() && plain_len > 0;
        let text_len = if encrypted { (plain_len / BLOCK_LEN + 1) * BLOCK_LEN } else { plain_len };
        let needed = text_len + mode.field_len();
        let lc = u8::try_from(needed).map_err(|_| SessionError::CommandTooLong {
            length: plain_len,
            max: level.max_command_data(mode, Self::MAX_WRAPPED),
        })?;
        let available = buffer.len();
        let too_small = SessionError::BufferTooSmall { needed, available };
        let data = buffer.get_mut(..needed).ok_or(too_small)?;
        let (text, mac) = data.split_at_mut_checked(text_len).ok_or(too_small)?;
        pad(command.data, text);
        open.count(!command.data.is_empty());
        if encrypted {
            let iv = open.iv(Direction::Command);
            open.encryption.encrypt_cbc(&iv, text);
        }
        let class = command.class.secured();
        let header = [
            class.on_channel(ChannelNumber::BASIC).to_byte(),
            command.instruction.0,
            command.p1,
            command.p2,
            lc,
        ];
        open.chaining = open.mac.compute(&[&open.chaining, &header, text]);
        for (to, from) in mac.iter_mut().zip(&open.chaining) {
            *to = *from;
        }
        open.awaiting_response = true;
        Ok(Command {
            class,
            instruction: command.instruction,
            p1: command.p1,
            p2: command.p2,
            data,
            expected: command.expected,
        })
    }

    /// Checks the response to the last command, decrypts it in place and gives the plain
    /// response. `data` is the data field as it arrived.
    ///
    /// Status words that are neither success nor warning come unprotected, by the protocol;
    /// whoever stands in between can forge them. They never come with data from here.
    ///
    /// # Errors
    /// [`SessionError`] when the response is not what the card protected. The session has ended
    /// then, and `data` is wiped.
    pub fn unwrap<'b>(
        &mut self,
        data: &'b mut [u8],
        status: StatusWord,
    ) -> Result<Response<'b>, SessionError> {
        match self.check(data, status) {
            Ok(plain_len) => {
                Ok(Response { data: data.get(..plain_len).unwrap_or_default(), status })
            }
            Err(error) => {
                data.zeroize();
                if let Some(end) = error.ends() {
                    self.end_with(end);
                }
                Err(error)
            }
        }
    }

    /// Checks and decrypts in place; the number of plain bytes at the front.
    fn check(&mut self, data: &mut [u8], status: StatusWord) -> Result<usize, SessionError> {
        let Achieved { level, mode, .. } = self.achieved;
        let open = self.open()?;
        if !core::mem::take(&mut open.awaiting_response) {
            return Err(SessionError::NoCommand);
        }
        match Claim::of(status) {
            Claim::Nonsense => return Err(SessionError::Status { status }),
            Claim::SecureMessagingRefused => return Err(SessionError::Rejected { status }),
            Claim::Error if data.is_empty() => return Ok(0),
            Claim::Error | Claim::Done if !level.authenticates_responses() => {
                let done = status.is_success_or_warning();
                return Ok(if done { data.len() } else { 0 });
            }
            // An error that comes with data is no bare status word: it must check out too.
            Claim::Error | Claim::Done => {}
        }
        let length = data.len();
        let unprotected = SessionError::Unprotected { length, mode };
        let text_len = length.checked_sub(mode.field_len()).ok_or(unprotected)?;
        let (text, mac) = data.split_at_mut_checked(text_len).ok_or(unprotected)?;
        if !open.verify(text, mac, status) {
            return Err(SessionError::ResponseMac);
        }
        if !status.is_success_or_warning() {
            return Ok(0);
        }
        if !level.encrypts_responses() || text.is_empty() {
            return Ok(text_len);
        }
        if !text_len.is_multiple_of(BLOCK_LEN) {
            return Err(SessionError::CiphertextLength { length: text_len });
        }
        let iv = open.iv(Direction::Response);
        open.encryption.decrypt_cbc(&iv, text);
        unpadded_len(text).ok_or(SessionError::Padding)
    }

    /// Whether a command was protected whose response has not been checked.
    pub(crate) const fn is_awaiting_response(&self) -> bool {
        matches!(self.state, State::Open(Open { awaiting_response: true, .. }))
    }

    const fn open(&mut self) -> Result<&mut Open, SessionError> {
        match &mut self.state {
            State::Open(open) => Ok(open),
            State::Ended(end) => Err(SessionError::Ended { end: *end }),
        }
    }

    /// Dropping the open state wipes the keys.
    fn end_with(&mut self, end: SessionEnd) {
        if matches!(self.state, State::Open(_)) {
            self.state = State::Ended(end);
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("achieved", &self.achieved)
            .field("end", &self.end())
            .finish_non_exhaustive()
    }
}

/// Which way data goes.
#[derive(Clone, Copy)]
enum Direction {
    Command,
    Response,
}

impl Open {
    const fn count(&mut self, has_data: bool) {
        let counts = match self.counter {
            CommandCounter::Spec => true,
            CommandCounter::DataOnly => has_data,
        };
        if counts {
            self.commands = self.commands.wrapping_add(1);
        }
    }

    /// The initialization vector: the counter of the current command encrypted, marked for the
    /// way back (SCP03 §6.2.6, §6.2.7).
    fn iv(&self, direction: Direction) -> Block {
        let mut block = self.commands.to_be_bytes();
        if let (Direction::Response, [first, ..]) = (direction, &mut block) {
            *first = 0x80;
        }
        self.encryption.encrypt_block(&mut block);
        block
    }

    /// Checks the MAC of a response (SCP03 §6.2.5).
    fn verify(&mut self, text: &[u8], mac: &[u8], status: StatusWord) -> bool {
        let mut matches = |status: StatusWord| -> bool {
            let computed = self.response_mac.compute(&[&self.chaining, text, &status.to_bytes()]);
            let computed = computed.get(..mac.len()).unwrap_or_default();
            computed.ct_eq(mac).into()
        };
        let may_be_replaced = self.pending == PendingStatus::Replaced
            && matches!(status.to_bytes(), [0x91 | 0x92, _]);
        matches(status) || (may_be_replaced && matches(StatusWord::SUCCESS))
    }
}

impl Drop for Open {
    /// Cipher and MACs wipe themselves.
    fn drop(&mut self) {
        self.chaining.zeroize();
    }
}

/// What a status word says about the protection of the response that it ends.
enum Claim {
    /// Success or warning: protected.
    Done,
    /// An error: the bare status word.
    Error,
    /// The card did not accept the protection of the command (`69 87`, `69 88`), and by §5.6
    /// has ended the session.
    SecureMessagingRefused,
    /// No status word at all (ISO 7816-4 §5.1.3).
    Nonsense,
}

impl Claim {
    const fn of(status: StatusWord) -> Self {
        match status.to_bytes() {
            [0x62 | 0x63 | 0x90..=0x92, _] => Self::Done,
            [0x69, 0x87 | 0x88] => Self::SecureMessagingRefused,
            [0x61..=0x6F | 0x93..=0x9F, _] => Self::Error,
            _ => Self::Nonsense,
        }
    }
}

/// Refuses what would end the session on the card, is protected already, or takes an APDU of the
/// extended form: its Lc has three bytes, and the MAC is made here over a header with one.
const fn refuse(command: &Command<'_>) -> Result<(), SessionError> {
    const BY_AID: u8 = 0x04;
    let during = command.instruction;
    if command.class.is_secured() {
        return Err(SessionError::AlreadySecured { during });
    }
    if let Some(expected) = command.expected
        && !expected.is_short()
    {
        return Err(SessionError::ExpectedTooLong { during, length: expected.to_u32() });
    }
    match (during, command.p1) {
        (Instruction::SELECT, BY_AID) | (Instruction::INITIALIZE_UPDATE, _) => {
            Err(SessionError::WouldEnd { during })
        }
        _ => Ok(()),
    }
}

/// Writes the data and, where there is room behind it, padding (`80 00…`).
fn pad(data: &[u8], target: &mut [u8]) {
    let padding = core::iter::once(0x80).chain(core::iter::repeat(0x00));
    for (to, from) in target.iter_mut().zip(data.iter().copied().chain(padding)) {
        *to = from;
    }
}

/// The length without the padding; `None` when there is none in the last block.
fn unpadded_len(text: &[u8]) -> Option<usize> {
    let last = text.iter().rposition(|byte| *byte != 0x00)?;
    let in_last_block = last + BLOCK_LEN >= text.len();
    (text.get(last) == Some(&0x80) && in_last_block).then_some(last)
}

#[cfg(test)]
mod tests;
