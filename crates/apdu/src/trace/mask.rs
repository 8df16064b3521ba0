// SPDX-License-Identifier: Apache-2.0
//! What of an exchange may be secret.

use zeroize::Zeroizing;

use super::{MASKED, Secrets};
use crate::{Class, Instruction};

/// INITIALIZE UPDATE and EXTERNAL AUTHENTICATE: challenges and cryptograms.
const HANDSHAKE: [Instruction; 2] = [Instruction(0x50), Instruction(0x82)];
const GET_CHALLENGE: Instruction = Instruction(0x84);
const STATUS: Instruction = Instruction(0xF2);
const MANAGE_CHANNEL: Instruction = Instruction(0x70);

/// Files without secrets: EF ICCID, EF DIR. The directories of PKCS#15 may hold the data itself.
const PUBLIC_FILES: [[u8; 2]; 2] = [[0x2F, 0xE2], [0x2F, 0x00]];

/// The short file identifier of EF DIR (102 221 §13.1), the only file of records that is read.
const SFI_DIR: u8 = 0x1E;

/// Masks exchanges. It follows which file is selected.
#[derive(Debug)]
pub(super) struct Mask {
    secrets: Secrets,
    /// The selected file is one of [`PUBLIC_FILES`].
    in_public_file: bool,
    /// Whether what the last command asked for may be shown; GET RESPONSE fetches more of it.
    asked_for_public: bool,
}

/// An exchange without what may be secret.
pub(super) struct Masked {
    pub(super) command: Zeroizing<Vec<u8>>,
    pub(super) response: Zeroizing<Vec<u8>>,
    pub(super) command_masked: bool,
    pub(super) response_masked: bool,
}

impl Mask {
    pub(super) const fn new(secrets: Secrets) -> Self {
        Self { secrets, in_public_file: false, asked_for_public: false }
    }

    pub(super) fn apply(&mut self, command: &[u8], response: &[u8]) -> Masked {
        let (command_public, response_public) = self.judge(command, response);
        let shown = self.secrets == Secrets::Shown;
        let mut masked = Masked {
            command: Zeroizing::new(command.to_vec()),
            response: Zeroizing::new(response.to_vec()),
            command_masked: false,
            response_masked: false,
        };
        if !(command_public || shown)
            && let Some(data) = data_field(&mut masked.command)
        {
            data.fill(MASKED);
            masked.command_masked = true;
        }
        let length = response.len().saturating_sub(2);
        if !(response_public || shown)
            && let Some(data @ [_, ..]) = masked.response.get_mut(..length)
        {
            data.fill(MASKED);
            masked.response_masked = true;
        }
        masked
    }

    /// Whether command and response may be shown.
    fn judge(&mut self, command: &[u8], response: &[u8]) -> (bool, bool) {
        let &[class, instruction, p1, p2, ..] = command else {
            return (false, false);
        };
        let secured = Class::from_byte(class).is_none_or(Class::is_secured);
        let instruction = Instruction(instruction);
        if instruction == Instruction::GET_RESPONSE {
            return (true, self.asked_for_public);
        }
        let (command_public, response_public) = match instruction {
            Instruction::SELECT => {
                let refused = !matches!(response, [.., 0x90 | 0x91 | 0x61 | 0x9F, _]);
                self.in_public_file = !secured && !refused && names_public_file(command);
                (true, true)
            }
            Instruction::READ_BINARY if p1 & 0x80 != 0 => {
                self.in_public_file = false;
                (true, false)
            }
            Instruction::READ_BINARY => (true, self.in_public_file),
            Instruction::READ_RECORD => {
                (true, !secured && (p2 >> 3 == SFI_DIR || (p2 >> 3 == 0 && self.in_public_file)))
            }
            MANAGE_CHANNEL => {
                self.in_public_file = false;
                (true, true)
            }
            STATUS | GET_CHALLENGE => (true, true),
            instruction if HANDSHAKE.contains(&instruction) => (true, true),
            _ => (false, false),
        };
        self.asked_for_public = response_public;
        (command_public, response_public)
    }
}

fn names_public_file(select: &[u8]) -> bool {
    let by_file = matches!(select, [_, _, 0x00 | 0x08 | 0x09, ..]);
    let length = select.get(4).map_or(0, |length| usize::from(*length));
    let id = select.get(5..5 + length).and_then(<[u8]>::last_chunk::<2>);
    by_file && id.is_some_and(|id| PUBLIC_FILES.contains(id))
}

/// The data field of a command in the short form, if it has one.
fn data_field(command: &mut [u8]) -> Option<&mut [u8]> {
    if command.len() <= 5 {
        return None;
    }
    let length = usize::from(*command.get(4)?);
    if command.len() < 5 + length {
        // No short form: nothing after the header is to be seen.
        return command.get_mut(5..);
    }
    command.get_mut(5..5 + length)
}
