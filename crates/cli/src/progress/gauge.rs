// SPDX-License-Identifier: Apache-2.0
//! What commands to a card and its answers say of how far the reading or writing of a file is.

use simstrap_apdu::{Command, Fcp, Instruction};
use simstrap_policy::bootstrap_data::{HEADER_LEN, used_length};

/// Follows what is done with the file that is selected.
///
/// Offsets stand in the header of a command, in the clear also within a secure channel; what the
/// card tells of the size of the file does not, there.
#[derive(Debug, Default)]
pub(super) struct Gauge {
    /// Size of the file, where the card tells.
    size: Option<usize>,
    /// Where in it the first look went.
    start: Option<usize>,
    /// Bytes in use, by the header at that place.
    used: Option<usize>,
    extent: Option<Extent>,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) phase: Phase,
    /// Bytes that are done.
    pub(super) done: usize,
    /// All there are, where that is known.
    pub(super) total: Option<usize>,
}

/// What is done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Reading,
    Writing,
    /// Reading what was written.
    ReadingBack,
}

impl Gauge {
    /// Takes in an exchange; how far it is now, if that was another step.
    pub(super) fn take(&mut self, command: &[u8], response: &[u8]) -> Option<Extent> {
        let command = Command::from_bytes(command).ok()?;
        let (data, status) = response.split_last_chunk::<2>()?;
        let is_open = !command.class.is_secured();
        match command.instruction {
            Instruction::SELECT => *self = Self::default(),
            Instruction::GET_RESPONSE => {}
            Instruction::READ_BINARY | Instruction::UPDATE_BINARY if command.p1 & 0x80 == 0 => {
                let is_write = command.instruction == Instruction::UPDATE_BINARY;
                let moved = if is_write { command.data } else { data };
                let has_moved = *status == [0x90, 0x00] || !data.is_empty();
                let moved = if is_open && has_moved { moved } else { &[] };
                let offset = usize::from(u16::from_be_bytes([command.p1, command.p2]));
                return self.step(is_write, offset, moved);
            }
            _ => return None,
        }
        if is_open && let Ok(fcp) = Fcp::from_bytes(data) {
            self.size = fcp.size;
        }
        None
    }

    fn step(&mut self, is_write: bool, offset: usize, moved: &[u8]) -> Option<Extent> {
        let start = *self.start.get_or_insert(offset);
        let position = offset.checked_sub(start)?;
        let before = self.extent;
        let phase = match before.map(|extent| extent.phase) {
            _ if is_write => Phase::Writing,
            Some(Phase::Writing | Phase::ReadingBack) => Phase::ReadingBack,
            _ => Phase::Reading,
        };
        if phase == Phase::Reading && position == 0 {
            self.used = moved.first_chunk::<HEADER_LEN>().map(|header| used_length(*header));
        }
        let room = self.size.map(|size| size.saturating_sub(start));
        let total = match (phase, before) {
            (Phase::Reading, _) => match (self.used, room) {
                (Some(used), Some(room)) => Some(used.min(room)),
                (used, _) => used,
            },
            (Phase::Writing, _) => room,
            // As much as was written.
            (Phase::ReadingBack, Some(Extent { phase: Phase::Writing, done, .. })) => Some(done),
            (Phase::ReadingBack, before) => before.and_then(|extent| extent.total),
        };
        // The header of a file is written once more after everything else.
        let done = before.filter(|extent| extent.phase == phase).map_or(0, |extent| extent.done);
        let done = done.max(position + moved.len());
        let extent = Extent { phase, done, total };
        self.extent = Some(extent);
        Some(extent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What SELECT answers of a transparent file of 8 KiB.
    const FCP: [u8; 14] = [0x62, 10, 0x82, 2, 0x41, 0x21, 0x80, 2, 0x20, 0, 0x8A, 0, 0x90, 0x00];

    const OK: [u8; 2] = [0x90, 0x00];

    fn read(gauge: &mut Gauge, class: u8, offset: u16, data: &[u8]) -> Option<Extent> {
        let [p1, p2] = offset.to_be_bytes();
        gauge.take(&[class, 0xB0, p1, p2, 0], &[data, &OK].concat())
    }

    fn write(gauge: &mut Gauge, offset: u16, data: &[u8]) -> Option<Extent> {
        let [p1, p2] = offset.to_be_bytes();
        let length = u8::try_from(data.len()).unwrap();
        gauge.take(&[&[0x00, 0xD6, p1, p2, length], data].concat(), &OK)
    }

    fn extent(phase: Phase, done: usize, total: impl Into<Option<usize>>) -> Option<Extent> {
        Some(Extent { phase, done, total: total.into() })
    }

    #[test]
    fn of_a_file_that_is_read_the_header_tells_how_much_there_is() {
        let mut gauge = Gauge::default();
        assert_eq!(gauge.take(&[0x00, 0xA4, 0, 4, 2, 0x64, 0x32, 0], &FCP), None);
        // 3,000 bytes after the header.
        let first = [&[0, 1, 0x0B, 0xB8][..], &[1; 252]].concat();
        assert_eq!(read(&mut gauge, 0, 0, &first), extent(Phase::Reading, 256, 3004));
        assert_eq!(read(&mut gauge, 0, 256, &[1; 256]), extent(Phase::Reading, 512, 3004));
        // One that was never written has no more than its size; the data may begin within it.
        gauge.take(&[0x00, 0xA4, 0, 4, 2, 0x64, 0x32], &[0x61, 0x0C]);
        gauge.take(&[0x00, 0xC0, 0, 0, 0x0C], &FCP);
        assert_eq!(read(&mut gauge, 0, 1024, &[0xFF; 256]), extent(Phase::Reading, 256, 7168));
        // Another file, of which the card tells no size.
        gauge.take(&[0x00, 0xA4, 0, 4, 2, 0x64, 0x32], &OK);
        assert_eq!(read(&mut gauge, 0, 0, &first), extent(Phase::Reading, 256, 3004));
    }

    #[test]
    fn what_is_written_is_read_back() {
        let mut gauge = Gauge::default();
        gauge.take(&[0x00, 0xA4, 0, 4, 2, 0x64, 0x32, 0], &FCP);
        read(&mut gauge, 0, 0, &[0, 1, 0x0B, 0xB8]);
        assert_eq!(write(&mut gauge, 0, &[0xFF; 4]), extent(Phase::Writing, 4, 8192));
        assert_eq!(write(&mut gauge, 4, &[1; 200]), extent(Phase::Writing, 204, 8192));
        assert_eq!(write(&mut gauge, 0, &[0; 4]), extent(Phase::Writing, 204, 8192));
        assert_eq!(read(&mut gauge, 0, 0, &[0; 100]), extent(Phase::ReadingBack, 100, 204));
        assert_eq!(read(&mut gauge, 0, 100, &[0; 104]), extent(Phase::ReadingBack, 204, 204));
    }

    #[test]
    fn within_a_secure_channel_offsets_are_what_there_is() {
        let mut gauge = Gauge::default();
        gauge.take(&[0x04, 0xA4, 0, 4, 2, 0x64, 0x32, 0], &FCP);
        assert_eq!(read(&mut gauge, 0x04, 0, &[0x62; 248]), extent(Phase::Reading, 0, None));
        assert_eq!(read(&mut gauge, 0x04, 239, &[0x62; 248]), extent(Phase::Reading, 239, None));
    }

    #[test]
    fn whatever_else_there_is_moves_nothing() {
        let mut gauge = Gauge::default();
        for command in [&[][..], &[0x00], &[0x00, 0xB0, 0x80, 0, 0], &[0x00, 0xB2, 1, 4, 0]] {
            assert_eq!(gauge.take(command, &OK), None, "{command:?}");
        }
        assert_eq!(gauge.take(&[0x00, 0xB0, 0, 0, 0], &[0x90]), None, "no status word");
        let refused = gauge.take(&[0x00, 0xB0, 0x7F, 0xFF, 0], &[0x69, 0x82]);
        assert_eq!(refused, extent(Phase::Reading, 0, None));
        assert_eq!(read(&mut gauge, 0, 0, &[0; 9]), None, "before the first look");
    }
}
