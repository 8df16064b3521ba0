// SPDX-License-Identifier: Apache-2.0
use core::convert::Infallible;

use simstrap_bootstrap_data::scp03::apdu::blocking;

use super::*;

const SLOT: usize = 64;

/// Two slots of flash; a write can be cut after some bytes, and reports that or not.
#[derive(Debug, Clone)]
struct Flash {
    slots: [Vec<u8>; 2],
    cut_after: Option<usize>,
}

impl Flash {
    fn new(fill: u8) -> Self {
        Self { slots: [vec![fill; SLOT], vec![fill; SLOT]], cut_after: None }
    }
}

impl Memory for Flash {
    type Error = Infallible;

    fn slot_size(&self) -> usize {
        SLOT
    }

    async fn read(
        &mut self,
        slot: Slot,
        offset: usize,
        buffer: &mut [u8],
    ) -> Result<(), Infallible> {
        buffer.copy_from_slice(&self.slots[slot as usize][offset..offset + buffer.len()]);
        Ok(())
    }

    async fn write(&mut self, slot: Slot, bytes: &[u8]) -> Result<(), Infallible> {
        let slot = &mut self.slots[slot as usize];
        slot.fill(0xFF);
        let length = self.cut_after.unwrap_or(bytes.len()).min(bytes.len());
        slot[..length].copy_from_slice(&bytes[..length]);
        Ok(())
    }
}

fn load(flash: &Flash) -> Option<Vec<u8>> {
    blocking::run(TwoSlotStore::new(flash.clone()).load()).unwrap().unwrap()
}

fn save(flash: &mut Flash, bytes: &[u8]) -> Result<(), TwoSlotError<Infallible>> {
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
fn ft_02_generations_wrap_around() {
    assert!(is_after(1, 0) && is_after(0, u32::MAX) && is_after(5, u32::MAX - 5));
    assert!(!is_after(0, 1) && !is_after(u32::MAX, 0) && !is_after(7, 7));
}

#[test]
fn ft_03_what_does_not_fit_is_refused_before_anything_is_written() {
    let mut flash = Flash::new(0xFF);
    save(&mut flash, b"old").unwrap();
    let room = SLOT - HEADER - CHECKSUM;
    let error = save(&mut flash, &vec![1; room + 1]).unwrap_err();
    assert_eq!(error, TwoSlotError::NoRoom { length: room + 1, room });
    assert_eq!(load(&flash).unwrap(), b"old");
    save(&mut flash, &vec![1; room]).unwrap();
}
