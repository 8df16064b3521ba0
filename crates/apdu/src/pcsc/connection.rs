// SPDX-License-Identifier: Apache-2.0
//! A connection to a card: made when needed, shared, given up without touching the card.

use std::ffi::{CStr, CString};

use pcsc::{Context, Disposition, Protocol, Protocols, Scope, ShareMode};
use zeroize::Zeroizing;

use super::reader::{CardState, card_state, choose};
use super::{PcscError, ReaderChoice};

/// The longest response in the short form, and its status word.
const MAX_RESPONSE: usize = 256 + 2;

/// A connection to the card of a reader.
pub(super) struct Connection {
    choice: ReaderChoice,
    /// The reader that served last.
    used: Option<CString>,
    connected: Option<Connected>,
}

struct Connected {
    context: Context,
    reader: CString,
    /// `None` only while it is being dropped.
    card: Option<pcsc::Card>,
    protocol: Protocol,
}

impl Connection {
    pub(super) const fn new(choice: ReaderChoice) -> Self {
        Self { choice, used: None, connected: None }
    }

    /// One command and its response, over the connection there is or a new one.
    pub(super) fn transmit(&mut self, command: &[u8]) -> Result<Zeroizing<Vec<u8>>, PcscError> {
        let mut connected = match self.connected.take() {
            Some(connected) => connected,
            None => Connected::new(&self.choice, self.used.as_deref())?,
        };
        self.used = Some(connected.reader.clone());
        match connected.transmit(command) {
            Ok(response) => {
                self.connected = Some(connected);
                Ok(response)
            }
            Err(error) => {
                let (error, is_good) = connected.explain(error);
                if is_good {
                    self.connected = Some(connected);
                }
                Err(error)
            }
        }
    }
}

impl Connected {
    fn new(choice: &ReaderChoice, used: Option<&CStr>) -> Result<Self, PcscError> {
        let context = Context::establish(Scope::User)?;
        let reader = choose(&context, choice, used)?;
        let card = context.connect(&reader, ShareMode::Shared, Protocols::ANY)?;
        let mut connected = Self { context, reader, card: Some(card), protocol: Protocol::T1 };
        connected.protocol = connected.negotiated()?;
        Ok(connected)
    }

    /// The protocol that the service chose, by the card's answer to reset.
    fn negotiated(&self) -> Result<Protocol, PcscError> {
        let card = self.card.as_ref().ok_or(PcscError::Ended)?;
        Ok(card.status2_owned()?.protocol2().unwrap_or(Protocol::T1))
    }

    fn transmit(&self, command: &[u8]) -> Result<Zeroizing<Vec<u8>>, pcsc::Error> {
        let card = self.card.as_ref().ok_or(pcsc::Error::InvalidHandle)?;
        let command = match self.protocol {
            Protocol::T0 => without_expected_length(command),
            _ => command,
        };
        let mut buffer = Zeroizing::new([0; MAX_RESPONSE]);
        let response = card.transmit(command, buffer.as_mut_slice())?;
        Ok(Zeroizing::new(response.to_vec()))
    }

    /// What a failure means for the card, by the state of the reader, and whether the connection
    /// is good for another command.
    fn explain(&mut self, error: pcsc::Error) -> (PcscError, bool) {
        let state = card_state(&self.context, &self.reader);
        match (error, state) {
            (_, Err(error)) => (error.into(), false),
            (_, Ok(CardState::NoReader)) => (PcscError::ReaderGone, false),
            (_, Ok(CardState::Absent)) => (PcscError::NoCard, false),
            (_, Ok(CardState::Mute)) => (PcscError::MuteCard, false),
            (pcsc::Error::ResetCard, Ok(CardState::Present)) => {
                (PcscError::CardReset, self.reconnect().is_ok())
            }
            // Taken out and put in again, perhaps another one.
            (
                pcsc::Error::RemovedCard | pcsc::Error::NoSmartcard | pcsc::Error::UnpoweredCard,
                Ok(CardState::Present),
            ) => (PcscError::CardReset, false),
            (error, Ok(CardState::Present)) => (error.into(), false),
        }
    }

    /// Goes on after a reset by another program, without another one.
    fn reconnect(&mut self) -> Result<(), PcscError> {
        let card = self.card.as_mut().ok_or(PcscError::Ended)?;
        card.reconnect(ShareMode::Shared, Protocols::ANY, Disposition::LeaveCard)?;
        self.protocol = self.negotiated()?;
        Ok(())
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        // Left to itself the card would be reset, under the hands of others.
        if let Some(card) = self.card.take()
            && let Err((card, _)) = card.disconnect(Disposition::LeaveCard)
        {
            // Dropping it would try to reset the card.
            std::mem::forget(card);
        }
    }
}

/// A command with data as T=0 carries it: the expected length is left out, and `61 xx` tells what
/// there is to fetch (ISO 7816-3 §12.2.5).
fn without_expected_length(command: &[u8]) -> &[u8] {
    match *command {
        [_, _, _, _, lc, .., _] if lc > 0 && command.len() == usize::from(lc) + 6 => {
            command.split_last().map_or(command, |(_, rest)| rest)
        }
        _ => command,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t0_commands_with_data_have_no_expected_length() {
        let select = [0x00, 0xA4, 0x00, 0x04, 0x02, 0x3F, 0x00, 0x00];
        assert_eq!(without_expected_length(&select), &select[..7]);
        for unchanged in [&select[..7], &[0x00, 0xB0, 0x00, 0x00, 0x00], &[0x80, 0xF2, 0x00, 0x0C]]
        {
            assert_eq!(without_expected_length(unchanged), unchanged);
        }
    }
}
