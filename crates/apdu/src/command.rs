// SPDX-License-Identifier: Apache-2.0
//! Command APDUs: header, data field, expected length (ISO 7816-4 §5.1).

use core::fmt;

use crate::{ChannelNumber, Class, FileId, Path, PinReference, Sfi};

/// A command APDU that borrows its data field.
///
/// The constructors leave the class on the basic channel: the channel a command is sent through puts
/// its own number in. `Debug` shows header and lengths, never the data, which may hold a PIN or a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Command<'a> {
    /// Class: origin, channel, protection.
    pub class: Class,
    /// What the card shall do.
    pub instruction: Instruction,
    /// First parameter.
    pub p1: u8,
    /// Second parameter.
    pub p2: u8,
    /// Data field, 0 to 65,535 bytes.
    pub data: &'a [u8],
    /// The most response bytes the card may send; `None` when none are expected.
    pub expected: Option<ExpectedLength>,
}

/// What SELECT shall answer with (102 221 §11.1.1, P2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SelectReturn {
    /// The file control parameters (`04`).
    Fcp,
    /// Nothing (`0C`).
    Nothing,
}

impl<'a> Command<'a> {
    const fn interindustry(instruction: Instruction, p1: u8, p2: u8) -> Self {
        Self { class: Class::INTERINDUSTRY, instruction, p1, p2, data: &[], expected: None }
    }

    const fn with_data(self, data: &'a [u8]) -> Self {
        Self { data, ..self }
    }

    /// The same command with another expected length.
    #[must_use]
    pub const fn expecting(self, expected: Option<ExpectedLength>) -> Self {
        Self { expected, ..self }
    }

    const fn select(p1: u8, data: &'a [u8], answer: SelectReturn) -> Self {
        let (p2, expected) = match answer {
            SelectReturn::Fcp => (0x04, Some(ExpectedLength::MAX_SHORT)),
            SelectReturn::Nothing => (0x0C, None),
        };
        Self::interindustry(Instruction::SELECT, p1, p2).with_data(data).expecting(expected)
    }

    /// SELECT by file identifier; the identifier's bytes are borrowed.
    #[must_use]
    pub const fn select_by_id(id: &'a FileId, answer: SelectReturn) -> Self {
        Self::select(0x00, id.as_bytes(), answer)
    }

    /// SELECT by AID (application identifier, 5–16 bytes; a card also takes its beginning).
    #[must_use]
    pub const fn select_by_aid(aid: &'a [u8], answer: SelectReturn) -> Self {
        Self::select(0x04, aid, answer)
    }

    /// SELECT by path: from the MF when the path begins with `3F00` (which is then left out, as
    /// the command wants it), else from the current DF, where `7FFF` stands for the current ADF.
    #[must_use]
    pub fn select_by_path(path: &'a Path, answer: SelectReturn) -> Self {
        match path.from_mf() {
            Some(relative) => Self::select(0x08, relative, answer),
            None if path.starts_at_adf() => Self::select(0x08, path.as_bytes(), answer),
            None => Self::select(0x09, path.as_bytes(), answer),
        }
    }

    /// READ BINARY from the current file, at an offset of at most 7FFF.
    ///
    /// `None` when the offset is larger.
    #[must_use]
    pub const fn read_binary(offset: u16, expected: ExpectedLength) -> Option<Self> {
        match offset_parameters(offset) {
            Some((p1, p2)) => Some(
                Self::interindustry(Instruction::READ_BINARY, p1, p2).expecting(Some(expected)),
            ),
            None => None,
        }
    }

    /// READ BINARY by short file identifier; the file becomes the current one.
    #[must_use]
    pub const fn read_binary_by_sfi(sfi: Sfi, offset: u8, expected: ExpectedLength) -> Self {
        Self::interindustry(Instruction::READ_BINARY, 0x80 | sfi.to_u8(), offset)
            .expecting(Some(expected))
    }

    /// READ RECORD, record numbers counting from 1; `None` for the file means the current one.
    #[must_use]
    pub const fn read_record(record: u8, file: Option<Sfi>, expected: ExpectedLength) -> Self {
        const ABSOLUTE: u8 = 0x04;
        let p2 = match file {
            Some(sfi) => (sfi.to_u8() << 3) | ABSOLUTE,
            None => ABSOLUTE,
        };
        Self::interindustry(Instruction::READ_RECORD, record, p2).expecting(Some(expected))
    }

    /// UPDATE BINARY of the current file, at an offset of at most 7FFF.
    ///
    /// `None` when the offset is larger.
    #[must_use]
    pub const fn update_binary(offset: u16, data: &'a [u8]) -> Option<Self> {
        match offset_parameters(offset) {
            Some((p1, p2)) => {
                Some(Self::interindustry(Instruction::UPDATE_BINARY, p1, p2).with_data(data))
            }
            None => None,
        }
    }

    /// VERIFY PIN with the padded value.
    #[must_use]
    pub const fn verify_pin(reference: PinReference, padded: &'a [u8; 8]) -> Self {
        Self::pin_tries(reference).with_data(padded)
    }

    /// VERIFY PIN without a value: asks for the tries left, changes nothing.
    #[must_use]
    pub const fn pin_tries(reference: PinReference) -> Self {
        Self::interindustry(Instruction::VERIFY_PIN, 0x00, reference.to_u8())
    }

    /// MANAGE CHANNEL: asks the card for a logical channel.
    #[must_use]
    pub const fn open_channel() -> Self {
        Self::interindustry(Instruction::MANAGE_CHANNEL, 0x00, 0x00)
            .expecting(Some(ExpectedLength::ONE))
    }

    /// MANAGE CHANNEL: closes a logical channel.
    #[must_use]
    pub const fn close_channel(channel: ChannelNumber) -> Self {
        Self::interindustry(Instruction::MANAGE_CHANNEL, 0x80, channel.to_u8())
    }

    /// STATUS without data: a sign of life.
    #[must_use]
    pub const fn status() -> Self {
        Self { class: Class::PROPRIETARY, ..Self::interindustry(Instruction::STATUS, 0x00, 0x0C) }
    }

    /// GET RESPONSE: fetches bytes that a `61 xx` announced.
    #[must_use]
    pub const fn get_response(expected: ExpectedLength) -> Self {
        Self::interindustry(Instruction::GET_RESPONSE, 0x00, 0x00).expecting(Some(expected))
    }

    /// The same command on a logical channel.
    #[must_use]
    pub const fn on_channel(self, channel: ChannelNumber) -> Self {
        Self { class: self.class.on_channel(channel), ..self }
    }

    const fn is_extended(&self) -> bool {
        self.data.len() > 255 || matches!(self.expected, Some(length) if !length.is_short())
    }

    /// Length of the encoded command, in bytes.
    #[must_use]
    pub const fn encoded_len(&self) -> usize {
        let (lc, le) = match (self.is_extended(), self.data.is_empty()) {
            (false, empty) => (if empty { 0 } else { 1 }, 1),
            (true, true) => (0, 3),
            (true, false) => (3, 2),
        };
        HEADER_LEN + lc + self.data.len() + if self.expected.is_some() { le } else { 0 }
    }

    /// Writes the command into `buffer`, in the short form where it fits, else in the extended
    /// form, and returns its bytes.
    ///
    /// # Errors
    /// [`EncodeError`] when the data field is longer than 65,535 bytes or the buffer too small;
    /// nothing is written then.
    pub fn write_to<'b>(&self, buffer: &'b mut [u8]) -> Result<&'b [u8], EncodeError> {
        let extended = self.is_extended();
        let length = u16::try_from(self.data.len())
            .map_err(|_| EncodeError::DataTooLong { length: self.data.len() })?;
        let needed = self.encoded_len();
        let available = buffer.len();
        let target =
            buffer.get_mut(..needed).ok_or(EncodeError::BufferTooSmall { needed, available })?;
        let mut rest = &mut *target;
        put(&mut rest, &[self.class.to_byte(), self.instruction.0, self.p1, self.p2]);
        let [length_high, length_low] = length.to_be_bytes();
        if length > 0 {
            if extended {
                put(&mut rest, &[0x00, length_high]);
            }
            put(&mut rest, &[length_low]);
            put(&mut rest, self.data);
        }
        if let Some(expected) = self.expected {
            let [high, low] = expected.to_wire();
            match (extended, length > 0) {
                (false, _) => put(&mut rest, &[low]),
                (true, true) => put(&mut rest, &[high, low]),
                (true, false) => put(&mut rest, &[0x00, high, low]),
            }
        }
        Ok(target)
    }

    /// Reads an encoded command, short or extended.
    ///
    /// # Errors
    /// [`DecodeError`] when the class is one this crate does not know or the lengths do not
    /// agree.
    pub fn from_bytes(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let (&[class, instruction, p1, p2], body) = bytes
            .split_first_chunk::<HEADER_LEN>()
            .ok_or(DecodeError::Lengths { length: bytes.len() })?;
        let class = Class::from_byte(class).ok_or(DecodeError::Class { class })?;
        let (data, expected) =
            split_body(body).ok_or(DecodeError::Lengths { length: bytes.len() })?;
        Ok(Self { class, instruction: Instruction(instruction), p1, p2, data, expected })
    }
}

/// CLA INS P1 P2.
const HEADER_LEN: usize = 4;

/// P1 and P2 of an offset in the current file: 15 bits, since bit 8 of P1 marks an SFI.
const fn offset_parameters(offset: u16) -> Option<(u8, u8)> {
    let [p1, p2] = offset.to_be_bytes();
    if p1 & 0x80 == 0 { Some((p1, p2)) } else { None }
}

/// Takes the next bytes of `rest`, whose length the caller has made sure of.
fn put(rest: &mut &mut [u8], bytes: &[u8]) {
    if let Some(target) = rest.split_off_mut(..bytes.len()) {
        target.copy_from_slice(bytes);
    }
}

/// Data field and expected length of the four command cases in both forms (ISO 7816-4 §5.1).
fn split_body(body: &[u8]) -> Option<(&[u8], Option<ExpectedLength>)> {
    match *body {
        [] => Some((&[], None)),
        [le] => Some((&[], Some(ExpectedLength::from_short(le)))),
        [0x00, high, low] => Some((&[], Some(ExpectedLength::from_extended([high, low])))),
        [0x00, high, low, ref rest @ ..] => {
            let length = usize::from(u16::from_be_bytes([high, low]));
            let (data, trailer) = rest.split_at_checked(length)?;
            match *trailer {
                _ if length == 0 => None,
                [] => Some((data, None)),
                [high, low] => Some((data, Some(ExpectedLength::from_extended([high, low])))),
                _ => None,
            }
        }
        [0x00, ..] => None,
        [length, ref rest @ ..] => {
            let (data, trailer) = rest.split_at_checked(usize::from(length))?;
            match *trailer {
                [] => Some((data, None)),
                [le] => Some((data, Some(ExpectedLength::from_short(le)))),
                _ => None,
            }
        }
    }
}

impl fmt::Debug for Command<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Command")
            .field("class", &format_args!("{:02X}", self.class.to_byte()))
            .field("instruction", &self.instruction)
            .field("p1", &format_args!("{:02X}", self.p1))
            .field("p2", &format_args!("{:02X}", self.p2))
            .field("data_length", &self.data.len())
            .field("expected", &self.expected.map(ExpectedLength::to_u32))
            .finish()
    }
}

/// The instruction byte.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Instruction(pub u8);

impl Instruction {
    /// VERIFY PIN.
    pub const VERIFY_PIN: Self = Self(0x20);
    /// INITIALIZE UPDATE (GlobalPlatform).
    pub const INITIALIZE_UPDATE: Self = Self(0x50);
    /// MANAGE CHANNEL.
    pub const MANAGE_CHANNEL: Self = Self(0x70);
    /// EXTERNAL AUTHENTICATE.
    pub const EXTERNAL_AUTHENTICATE: Self = Self(0x82);
    /// SELECT.
    pub const SELECT: Self = Self(0xA4);
    /// READ BINARY.
    pub const READ_BINARY: Self = Self(0xB0);
    /// READ RECORD.
    pub const READ_RECORD: Self = Self(0xB2);
    /// GET RESPONSE.
    pub const GET_RESPONSE: Self = Self(0xC0);
    /// UPDATE BINARY.
    pub const UPDATE_BINARY: Self = Self(0xD6);
    /// STATUS.
    pub const STATUS: Self = Self(0xF2);

    /// The name in the standards, `None` for an instruction this crate does not use.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::VERIFY_PIN => "VERIFY PIN",
            Self::INITIALIZE_UPDATE => "INITIALIZE UPDATE",
            Self::MANAGE_CHANNEL => "MANAGE CHANNEL",
            Self::EXTERNAL_AUTHENTICATE => "EXTERNAL AUTHENTICATE",
            Self::SELECT => "SELECT",
            Self::READ_BINARY => "READ BINARY",
            Self::READ_RECORD => "READ RECORD",
            Self::GET_RESPONSE => "GET RESPONSE",
            Self::UPDATE_BINARY => "UPDATE BINARY",
            Self::STATUS => "STATUS",
            _ => return None,
        })
    }
}

impl fmt::Display for Instruction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "instruction {:02X}", self.0),
        }
    }
}

impl fmt::Debug for Instruction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Le: the most response bytes a command asks for, 1 to 65,536.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExpectedLength(u32);

impl ExpectedLength {
    /// One byte.
    pub const ONE: Self = Self(1);
    /// The most the short form can ask for: 256 bytes.
    pub const MAX_SHORT: Self = Self(0x100);
    /// The most the extended form can ask for: 65,536 bytes.
    pub const MAX: Self = Self(0x1_0000);

    /// An expected length, `None` outside 1–65,536.
    #[must_use]
    pub const fn new(length: u32) -> Option<Self> {
        if length >= 1 && length <= Self::MAX.0 { Some(Self(length)) } else { None }
    }

    /// Le of one byte, where `00` stands for 256; also the count of a `61 xx` or `6C xx`.
    #[must_use]
    pub const fn from_short(byte: u8) -> Self {
        if byte == 0 { Self::MAX_SHORT } else { Self(byte as u32) }
    }

    /// Le of two bytes, where `0000` stands for 65,536.
    #[must_use]
    pub const fn from_extended(bytes: [u8; 2]) -> Self {
        match u16::from_be_bytes(bytes) {
            0 => Self::MAX,
            length => Self(length as u32),
        }
    }

    /// The number of bytes.
    #[must_use]
    pub const fn to_u32(self) -> u32 {
        self.0
    }

    /// The number of bytes, at most 256, as many as both the card and the buffer may hold.
    #[must_use]
    pub fn short_for(length: usize) -> Option<Self> {
        let length = u32::try_from(length).unwrap_or(u32::MAX).min(Self::MAX_SHORT.0);
        Self::new(length)
    }

    /// Whether one byte can carry it.
    #[must_use]
    pub const fn is_short(self) -> bool {
        self.0 <= Self::MAX_SHORT.0
    }

    /// The two low bytes of the number, in which 256 and 65,536 wrap to the zero they are
    /// written as.
    const fn to_wire(self) -> [u8; 2] {
        let [_, _, high, low] = self.0.to_be_bytes();
        [high, low]
    }
}

/// Why a command could not be encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// The data field is longer than an APDU can carry.
    #[error("a data field of {length} bytes is longer than the 65,535 bytes of an APDU")]
    DataTooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// The buffer does not hold the encoded command.
    #[error("the command needs a buffer of {needed} bytes, {available} are there")]
    BufferTooSmall {
        /// Bytes the command takes.
        needed: usize,
        /// Bytes the buffer has.
        available: usize,
    },
}

/// Why bytes are no command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The class byte is reserved, chained, or of another kind of secure messaging.
    #[error("class byte {class:02X} is not supported")]
    Class {
        /// The byte.
        class: u8,
    },
    /// Lc, the data and Le do not add up.
    #[error("the length fields do not agree with the {length} bytes of the command")]
    Lengths {
        /// Length of the whole command.
        length: usize,
    },
}

#[cfg(test)]
mod tests;
