// SPDX-License-Identifier: Apache-2.0
//! Two places in turn: the one that is written is never the one that is good.

use alloc::vec;
use alloc::vec::Vec;

use sha2::{Digest, Sha256};

use super::Store;
use crate::MAX_RECORD;

/// The largest slot in bytes: header, record, checksum.
pub const MAX_SLOT: usize = HEADER + MAX_RECORD + CHECKSUM;

/// Generation and length.
const HEADER: usize = 4 + 4;
const CHECKSUM: usize = 8;

/// Memory with two slots of the same size, such as two sectors of flash or two keys of a
/// key-value store.
#[allow(async_fn_in_trait, reason = "single-core devices must not be forced to `Send` futures")]
pub trait Memory {
    /// What can go wrong.
    type Error: core::error::Error + 'static;

    /// Bytes of a slot; [`MAX_SLOT`] holds every record.
    fn slot_size(&self) -> usize;

    /// Fills `buffer` with the bytes of a slot from `offset` on. What was never written may read
    /// as anything.
    ///
    /// # Errors
    /// Whatever keeps them from being read.
    async fn read(
        &mut self,
        slot: Slot,
        offset: usize,
        buffer: &mut [u8],
    ) -> Result<(), Self::Error>;

    /// Replaces the content of a slot by `bytes`, erasing first where that is needed. A power cut
    /// may leave anything in this slot, but must not touch the other.
    ///
    /// # Errors
    /// Whatever keeps them from being written.
    async fn write(&mut self, slot: Slot, bytes: &[u8]) -> Result<(), Self::Error>;
}

/// One of two slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot {
    /// The first.
    First,
    /// The second.
    Second,
}

/// A [`Store`] over any [`Memory`] with two slots.
///
/// ```text
/// slot = generation (4)  length (4)  bytes  checksum (8)
/// ```
#[derive(Debug, Clone)]
pub struct TwoSlotStore<M> {
    memory: M,
}

/// What can go wrong with a [`TwoSlotStore`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TwoSlotError<E> {
    /// The memory failed.
    #[error("the memory failed")]
    Memory(#[source] E),
    /// The bytes do not fit into a slot.
    #[error("{length} bytes do not fit into a slot that has room for {room}")]
    NoRoom {
        /// Their number.
        length: usize,
        /// Bytes there is room for.
        room: usize,
    },
    /// What was written does not read back: the slot is worn out, or protected.
    #[error("the bytes do not read back from the slot they were written to")]
    NotKept,
}

/// What a slot holds.
struct Content {
    generation: u32,
    bytes: Vec<u8>,
}

impl<M: Memory> TwoSlotStore<M> {
    /// A store over this memory.
    #[must_use]
    pub const fn new(memory: M) -> Self {
        Self { memory }
    }

    /// Gives the memory back.
    #[must_use]
    pub fn into_memory(self) -> M {
        self.memory
    }

    /// The newest slot that is whole.
    async fn newest(&mut self) -> Result<Option<(Slot, Content)>, TwoSlotError<M::Error>> {
        let first = self.content(Slot::First).await?;
        let second = self.content(Slot::Second).await?;
        Ok(match (first, second) {
            (Some(first), Some(second)) if is_after(second.generation, first.generation) => {
                Some((Slot::Second, second))
            }
            (Some(first), _) => Some((Slot::First, first)),
            (None, second) => second.map(|second| (Slot::Second, second)),
        })
    }

    /// What a slot holds, if it is whole.
    async fn content(&mut self, slot: Slot) -> Result<Option<Content>, TwoSlotError<M::Error>> {
        let Some(room) = self.room() else { return Ok(None) };
        let mut header = [0; HEADER];
        self.memory.read(slot, 0, &mut header).await.map_err(TwoSlotError::Memory)?;
        let [g0, g1, g2, g3, length @ ..] = header;
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if length > room {
            return Ok(None);
        }
        let mut rest = vec![0; length + CHECKSUM];
        self.memory.read(slot, HEADER, &mut rest).await.map_err(TwoSlotError::Memory)?;
        let Some((bytes, kept)) = rest.split_last_chunk() else { return Ok(None) };
        if checksum(&header, bytes) != *kept {
            return Ok(None);
        }
        rest.truncate(length);
        Ok(Some(Content { generation: u32::from_be_bytes([g0, g1, g2, g3]), bytes: rest }))
    }

    /// Bytes of a record that a slot has room for; `None` when it has none even for an empty one.
    fn room(&self) -> Option<usize> {
        let room = self.memory.slot_size().checked_sub(HEADER + CHECKSUM)?;
        Some(room.min(MAX_RECORD))
    }
}

impl<M: Memory> Store for TwoSlotStore<M> {
    type Error = TwoSlotError<M::Error>;

    async fn load(&mut self) -> Result<Option<Vec<u8>>, Self::Error> {
        Ok(self.newest().await?.map(|(_, content)| content.bytes))
    }

    async fn save(&mut self, bytes: &[u8]) -> Result<(), Self::Error> {
        let (length, room) = (bytes.len(), self.room());
        let fits = room.is_some_and(|room| length <= room);
        let declared = u32::try_from(length).ok().filter(|_| fits);
        let room = room.unwrap_or(0);
        let declared = declared.ok_or(TwoSlotError::NoRoom { length, room })?;
        let (slot, generation) = match self.newest().await? {
            Some((Slot::First, content)) => (Slot::Second, content.generation.wrapping_add(1)),
            Some((Slot::Second, content)) => (Slot::First, content.generation.wrapping_add(1)),
            None => (Slot::First, 0),
        };
        let mut whole = Vec::with_capacity(HEADER + length + CHECKSUM);
        whole.extend_from_slice(&generation.to_be_bytes());
        whole.extend_from_slice(&declared.to_be_bytes());
        let sum = checksum(&whole, bytes);
        whole.extend_from_slice(bytes);
        whole.extend_from_slice(&sum);
        self.memory.write(slot, &whole).await.map_err(TwoSlotError::Memory)?;
        let kept = self.content(slot).await?;
        let whole = kept.is_some_and(|kept| kept.generation == generation && kept.bytes == bytes);
        if whole { Ok(()) } else { Err(TwoSlotError::NotKept) }
    }
}

/// Whether a generation comes after another; they wrap around.
const fn is_after(one: u32, other: u32) -> bool {
    let ahead = one.wrapping_sub(other);
    ahead != 0 && ahead < u32::MAX / 2
}

fn checksum(header: &[u8], bytes: &[u8]) -> [u8; CHECKSUM] {
    let whole: [u8; 32] = Sha256::new_with_prefix(header).chain_update(bytes).finalize().into();
    whole.first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;
