// SPDX-License-Identifier: Apache-2.0
//! Memory that is cut off, wears out, or was never written.

use simstrap_bootstrap_data::scp03::apdu::blocking;

use super::*;

const SLOT: usize = 64;

/// Two slots of flash; a write can be cut after some bytes, of which nobody is told.
#[derive(Debug, Clone)]
struct Flash {
    slots: [Vec<u8>; 2],
    cut_after: Option<usize>,
    fault: Option<Fault>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    ReadFails,
    WriteFails,
    /// The slot keeps what it has, and nobody is told.
    WriteProtected,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the flash does not answer")]
struct Dead;

impl Flash {
    fn new(fill: u8) -> Self {
        Self::of_size(SLOT, fill)
    }

    fn of_size(size: usize, fill: u8) -> Self {
        Self { slots: [vec![fill; size], vec![fill; size]], cut_after: None, fault: None }
    }

    /// Whole slots of these generations, each with its generation for content.
    fn with_generations(generations: [u32; 2]) -> Self {
        let slots = generations.map(|generation| {
            let bytes = generation.to_be_bytes();
            let header = [bytes, [0, 0, 0, 4]].concat();
            let mut slot = [&header[..], &bytes, &checksum(&header, &bytes)].concat();
            slot.resize(SLOT, 0xFF);
            slot
        });
        Self { slots, ..Self::new(0xFF) }
    }
}

impl Memory for Flash {
    type Error = Dead;

    fn slot_size(&self) -> usize {
        self.slots[0].len()
    }

    async fn read(&mut self, slot: Slot, offset: usize, buffer: &mut [u8]) -> Result<(), Dead> {
        if self.fault == Some(Fault::ReadFails) {
            return Err(Dead);
        }
        buffer.copy_from_slice(&self.slots[slot as usize][offset..offset + buffer.len()]);
        Ok(())
    }

    async fn write(&mut self, slot: Slot, bytes: &[u8]) -> Result<(), Dead> {
        match self.fault {
            Some(Fault::WriteFails) => return Err(Dead),
            Some(Fault::WriteProtected) => return Ok(()),
            _ => {}
        }
        let slot = &mut self.slots[slot as usize];
        slot.fill(0xFF);
        let length = self.cut_after.unwrap_or(bytes.len()).min(bytes.len());
        slot[..length].copy_from_slice(&bytes[..length]);
        Ok(())
    }
}

fn try_load(flash: &Flash) -> Result<Option<Vec<u8>>, TwoSlotError<Dead>> {
    blocking::run(TwoSlotStore::new(flash.clone()).load()).unwrap()
}

fn load(flash: &Flash) -> Option<Vec<u8>> {
    try_load(flash).unwrap()
}

fn save(flash: &mut Flash, bytes: &[u8]) -> Result<(), TwoSlotError<Dead>> {
    let mut store = TwoSlotStore::new(flash.clone());
    let saved = blocking::run(store.save(bytes)).unwrap();
    *flash = store.into_memory();
    saved
}

#[test]
fn ft_02_memory_that_was_never_written_holds_nothing() {
    for fill in [0x00, 0xFF, 0x5A] {
        assert_eq!(load(&Flash::new(fill)), None);
    }
}

#[test]
fn ft_02_a_write_torn_at_any_byte_leaves_the_old_or_the_new() {
    let mut points = 0;
    for saved_before in 1..=3_u8 {
        let mut before = Flash::new(0xFF);
        for round in 1..=saved_before {
            save(&mut before, &[round; 20]).unwrap();
        }
        let (old, new) = (vec![saved_before; 20], vec![0xEE; 30]);
        let written = HEADER + new.len() + CHECKSUM;
        for cut in 0..=written {
            let mut flash = Flash { cut_after: Some(cut), ..before.clone() };
            let saved = save(&mut flash, &new);
            let found = load(&flash).unwrap();
            assert_eq!(saved.is_ok(), found == new);
            assert_eq!(found, if cut == written { &new[..] } else { &old[..] }, "cut {cut}");
            flash.cut_after = None;
            save(&mut flash, b"after").unwrap();
            assert_eq!(load(&flash).unwrap(), b"after");
            points += 1;
        }
    }
    println!("{points} crash points");
}

#[test]
fn ft_02_a_byte_that_rots_costs_at_most_the_newest() {
    let mut whole = Flash::new(0xFF);
    save(&mut whole, b"old").unwrap();
    save(&mut whole, b"new").unwrap();
    for slot in 0..2 {
        for position in 0..HEADER + 3 + CHECKSUM {
            let mut flash = whole.clone();
            flash.slots[slot][position] ^= 0x10;
            assert_eq!(load(&flash).unwrap(), if slot == 0 { b"new" } else { b"old" });
        }
    }
}

#[test]
fn ft_02_the_later_generation_counts_also_after_they_wrap_around() {
    for (generations, newest, next) in [
        ([0, 1], 1, [2, 1]),
        ([1, 0], 1, [1, 2]),
        ([u32::MAX, 0], 0, [1, 0]),
        ([0, u32::MAX], 0, [0, 1]),
        ([u32::MAX, u32::MAX - 1], u32::MAX, [u32::MAX, 0]),
        ([7, 7], 7, [7, 8]),
    ] {
        let mut flash = Flash::with_generations(generations);
        assert_eq!(load(&flash).unwrap(), u32::to_be_bytes(newest), "{generations:?}");
        save(&mut flash, b"next").unwrap();
        assert_eq!(load(&flash).unwrap(), b"next");
        let kept = flash.slots.map(|slot| u32::from_be_bytes(*slot.first_chunk().unwrap()));
        assert_eq!(kept, next, "the older slot was written");
    }
}

#[test]
fn ft_02_a_slot_that_keeps_what_it_had_is_found_out() {
    let mut flash = Flash::new(0xFF);
    for bytes in [b"same", b"same"] {
        save(&mut flash, bytes).unwrap();
    }
    flash.fault = Some(Fault::WriteProtected);
    assert_eq!(save(&mut flash, b"same"), Err(TwoSlotError::NotKept), "only the generation tells");
    assert_eq!(save(&mut flash, b"else"), Err(TwoSlotError::NotKept));
    assert_eq!(load(&flash).unwrap(), b"same");
}

#[test]
fn ft_02_memory_that_fails_is_told_and_keeps_the_old() {
    let mut flash = Flash::new(0xFF);
    save(&mut flash, b"old").unwrap();
    flash.fault = Some(Fault::WriteFails);
    assert_eq!(save(&mut flash, b"new"), Err(TwoSlotError::Memory(Dead)));
    assert_eq!(load(&flash).unwrap(), b"old");
    flash.fault = Some(Fault::ReadFails);
    assert_eq!(try_load(&flash), Err(TwoSlotError::Memory(Dead)));
    assert_eq!(save(&mut flash, b"new"), Err(TwoSlotError::Memory(Dead)));
}

#[test]
fn ft_03_what_does_not_fit_is_refused_before_anything_is_written() {
    for (size, room) in [
        (SLOT, SLOT - HEADER - CHECKSUM),
        (MAX_SLOT, MAX_RECORD),
        (MAX_SLOT + 100, MAX_RECORD),
        (MAX_SLOT - 1, MAX_RECORD - 1),
        (HEADER + CHECKSUM, 0),
    ] {
        let mut flash = Flash::of_size(size, 0xFF);
        save(&mut flash, b"").unwrap();
        let length = room + 1;
        let error = save(&mut flash, &vec![1; length]).unwrap_err();
        assert_eq!(error, TwoSlotError::NoRoom { length, room });
        assert_eq!(load(&flash).unwrap(), b"");
        save(&mut flash, &vec![1; room]).unwrap();
        assert_eq!(load(&flash).unwrap(), vec![1; room]);
    }
    for size in [0, HEADER + CHECKSUM - 1] {
        let mut flash = Flash::of_size(size, 0xFF);
        assert_eq!(load(&flash), None);
        let error = save(&mut flash, b"").unwrap_err();
        assert_eq!(error, TwoSlotError::NoRoom { length: 0, room: 0 });
    }
}
