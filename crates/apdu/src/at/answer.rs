// SPDX-License-Identifier: Apache-2.0
//! Reading the answers that carry a response of the card, or a session.
#![warn(clippy::arithmetic_side_effects)]

use super::error::MalformedAnswer;
use crate::ChannelNumber;

/// What a modem makes of the number of digits that it declares. It stays the same for all its
/// answers; a line that was cut short is told by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LengthRule {
    /// The digits, as the specification wants it.
    Digits,
    /// The digits and the quotes.
    Quotes,
    /// The digits without the status word.
    WithoutStatus,
    /// Bytes.
    Bytes,
    /// None is declared.
    Undeclared,
}

/// A response of the card in the answer of a modem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decoded {
    /// Bytes written.
    pub(super) length: usize,
    /// What the declared length counts.
    pub(super) rule: LengthRule,
    /// Whether the digits are in quotes.
    pub(super) quoted: bool,
}

/// Reads `<length>,"<digits>"`, or as much of it as the modem sends, into `response`.
pub(super) fn decode(value: &str, response: &mut [u8]) -> Result<Decoded, MalformedAnswer> {
    let (declared, digits) = match value.split_once(',') {
        Some((declared, digits)) => {
            (Some(declared.trim().parse().map_err(|_| MalformedAnswer::Length)?), digits.trim())
        }
        None => (None, value.trim()),
    };
    let (digits, quoted) = match digits.strip_prefix('"') {
        // A line without the closing quote was cut short.
        Some(rest) => (rest.strip_suffix('"').ok_or(MalformedAnswer::CutShort)?.trim(), true),
        None => (digits, false),
    };
    let rule = rule(declared, digits.len(), quoted)?;
    if digits.len() < 4 {
        return Err(MalformedAnswer::CutShort);
    }
    let length = digits.len() / 2;
    let target = response.get_mut(..length).ok_or(MalformedAnswer::TooLong { length })?;
    for (place, pair) in target.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        let digit = |index: usize| pair.get(index).and_then(|d| char::from(*d).to_digit(16));
        let byte = digit(0).zip(digit(1)).map(|(high, low)| (high << 4) | low);
        *place =
            byte.and_then(|byte| u8::try_from(byte).ok()).ok_or(MalformedAnswer::NotHexadecimal)?;
    }
    Ok(Decoded { length, rule, quoted })
}

fn rule(
    declared: Option<usize>,
    digits: usize,
    quoted: bool,
) -> Result<LengthRule, MalformedAnswer> {
    if !digits.is_multiple_of(2) {
        return Err(MalformedAnswer::CutShort);
    }
    let Some(declared) = declared else {
        return Ok(LengthRule::Undeclared);
    };
    match declared {
        _ if declared == digits => Ok(LengthRule::Digits),
        _ if quoted && declared.checked_sub(2) == Some(digits) => Ok(LengthRule::Quotes),
        _ if declared.checked_add(4) == Some(digits) => Ok(LengthRule::WithoutStatus),
        _ if declared.checked_mul(2) == Some(digits) => Ok(LengthRule::Bytes),
        _ if declared > digits => Err(MalformedAnswer::CutShort),
        _ => Err(MalformedAnswer::Length),
    }
}

/// The longest name of a session kept, as long as a 64-bit number in hexadecimal digits.
const MAX_SESSION: usize = 16;

/// A session of `AT+CCHO`, as the modem writes it: the number of the channel, or a handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Session {
    text: [u8; MAX_SESSION],
    length: usize,
}

impl Session {
    /// Reads the answer of `AT+CCHO`.
    pub(super) fn from_answer(value: &str) -> Result<Self, MalformedAnswer> {
        let value = value.trim().trim_matches('"');
        let is_name = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_hexdigit());
        let mut text = [0; MAX_SESSION];
        match text.get_mut(..value.len()) {
            Some(target) if is_name => target.copy_from_slice(value.as_bytes()),
            _ => return Err(MalformedAnswer::Session),
        }
        Ok(Self { text, length: value.len() })
    }

    /// The channel to name in the class byte. Modems put in themselves what belongs there
    /// (27.007 §8.45), or call a session by the number of its channel and pass commands on as they
    /// are; those with handles can only be of the first kind.
    pub(super) fn channel(&self) -> ChannelNumber {
        self.as_str().parse().ok().and_then(ChannelNumber::new).unwrap_or(ChannelNumber::BASIC)
    }

    /// As the modem wrote it.
    pub(super) fn as_str(&self) -> &str {
        let text = self.text.get(..self.length).unwrap_or_default();
        core::str::from_utf8(text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ft_03_a_declared_length_beyond_all_bounds_is_an_error() {
        for declared in [usize::MAX, usize::MAX - 3, usize::MAX / 2 + 1] {
            let answer = format!("{declared},\"9000\"");
            assert_eq!(decode(&answer, &mut [0; 2]), Err(MalformedAnswer::CutShort), "{answer}");
        }
    }
}
