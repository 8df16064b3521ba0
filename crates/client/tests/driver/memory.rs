// SPDX-License-Identifier: Apache-2.0
//! Power that is cut at a change to memory, and the stores that have to live with it.

use std::cell::Cell;
use std::convert::Infallible;
use std::fmt;
use std::fs;
use std::rc::Rc;

use simstrap_client::policy::{FileStore, MAX_SLOT, Memory, Slot, Store, TwoSlotStore};
use tempfile::TempDir;

/// Power is gone, a server does not answer, or a store failed.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) &'static str);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Failure {}

/// What becomes of a record that is being stored when power is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Crash {
    /// Nothing of it is stored.
    Before,
    /// A part of it is.
    Torn,
    /// All of it, but nobody is told.
    After,
}

impl Crash {
    pub(crate) const ALL: [Self; 3] = [Self::Before, Self::Torn, Self::After];
}

/// How many changes to memory are left before power is cut, and how many points before whoever
/// waits for them loses patience.
#[derive(Debug, Clone)]
pub(crate) struct Power(Rc<Cell<(Option<usize>, Crash)>>, Rc<Cell<Option<usize>>>);

impl Power {
    pub(crate) fn new() -> Self {
        Self(Rc::new(Cell::new((None, Crash::Before))), Rc::default())
    }

    /// Something that is done with the stack or the store never ends: the one after so many
    /// points, of which each thing has one before and one after it.
    pub(crate) fn stall_after(&self, points: usize) {
        self.1.set(Some(points));
    }

    /// Nothing stalls any more.
    pub(crate) fn resume(&self) {
        self.1.set(None);
    }

    pub(crate) fn is_about_to_stall(&self) -> bool {
        self.1.get().is_some()
    }

    pub(crate) async fn point(&self) {
        match self.1.get() {
            None => {}
            Some(0) => {
                self.1.set(None);
                std::future::pending::<()>().await;
            }
            Some(left) => self.1.set(Some(left - 1)),
        }
    }

    pub(crate) fn cut_after(&self, changes: usize, crash: Crash) {
        self.0.set((Some(changes), crash));
    }

    pub(crate) fn is_cut(&self) -> bool {
        self.0.get().0 == Some(0)
    }

    pub(crate) fn restore(&self) {
        self.0.set((None, Crash::Before));
    }

    /// A change to the memory of the stack.
    pub(crate) fn change(&self) -> Result<(), Failure> {
        match self.store() {
            None => Ok(()),
            Some(_) => Err(Failure("power is cut")),
        }
    }

    /// A record is stored; what becomes of it if power is cut. Once it is cut, nothing more is.
    fn store(&self) -> Option<Crash> {
        let (left, crash) = self.0.get();
        match left? {
            0 => {
                self.0.set((Some(0), Crash::Before));
                Some(crash)
            }
            left => {
                self.0.set((Some(left - 1), crash));
                None
            }
        }
    }
}

/// Which store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One that keeps the bytes as they are.
    Simple,
    /// Two slots of flash.
    TwoSlot,
    /// A file.
    File,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Simple, Self::TwoSlot, Self::File];
}

/// A store, and the power it needs.
#[derive(Debug)]
pub(crate) struct PoweredStore {
    power: Power,
    inner: Inner,
}

#[derive(Debug)]
enum Inner {
    Simple(Option<Vec<u8>>),
    TwoSlot(TwoSlotStore<Flash>),
    File { store: FileStore, _directory: TempDir },
}

/// Two slots; a write can be torn.
#[derive(Debug)]
struct Flash {
    slots: [Vec<u8>; 2],
    torn: bool,
}

impl Memory for Flash {
    type Error = Infallible;

    fn slot_size(&self) -> usize {
        MAX_SLOT
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
        let length = if self.torn { bytes.len() / 2 } else { bytes.len() };
        self.slots[slot as usize].fill(0xFF);
        self.slots[slot as usize][..length].copy_from_slice(&bytes[..length]);
        Ok(())
    }
}

impl PoweredStore {
    pub(crate) fn new(kind: Kind, power: Power) -> Self {
        let inner = match kind {
            Kind::Simple => Inner::Simple(None),
            Kind::TwoSlot => {
                let slots = [(); 2].map(|()| vec![0xFF; MAX_SLOT]);
                Inner::TwoSlot(TwoSlotStore::new(Flash { slots, torn: false }))
            }
            Kind::File => {
                let directory = tempfile::tempdir().unwrap();
                let store = FileStore::new(directory.path().join("record"));
                Inner::File { store, _directory: directory }
            }
        };
        Self { power, inner }
    }

    /// The same with these bytes in it, whoever wrote them.
    pub(crate) fn holding(self, bytes: &[u8]) -> Self {
        Self { inner: Inner::Simple(Some(bytes.to_vec())), ..self }
    }

    async fn keep(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        match &mut self.inner {
            Inner::Simple(kept) => *kept = Some(bytes.to_vec()),
            Inner::TwoSlot(store) => {
                store.save(bytes).await.map_err(|_| Failure("the flash failed"))?;
            }
            Inner::File { store, .. } => {
                store.save(bytes).await.map_err(|_| Failure("the disk failed"))?;
            }
        }
        Ok(())
    }

    /// Power is cut half-way.
    async fn tear(&mut self, bytes: &[u8]) {
        match &mut self.inner {
            // Such a store is whole by itself.
            Inner::Simple(_) => {}
            Inner::TwoSlot(store) => {
                let slots = [(); 2].map(|()| Vec::new());
                let flash = Flash { slots, torn: false };
                let mut flash = std::mem::replace(store, TwoSlotStore::new(flash)).into_memory();
                flash.torn = true;
                let mut torn = TwoSlotStore::new(flash);
                torn.save(bytes).await.unwrap_err();
                let mut flash = torn.into_memory();
                flash.torn = false;
                *store = TwoSlotStore::new(flash);
            }
            Inner::File { store, .. } => {
                let next_to_it = store.path().with_extension("new");
                fs::write(next_to_it, &bytes[..bytes.len() / 2]).unwrap();
            }
        }
    }
}

impl Store for PoweredStore {
    type Error = Failure;

    async fn load(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        match &mut self.inner {
            Inner::Simple(kept) => Ok(kept.clone()),
            Inner::TwoSlot(store) => store.load().await.map_err(|_| Failure("the flash failed")),
            Inner::File { store, .. } => store.load().await.map_err(|_| Failure("the disk failed")),
        }
    }

    async fn save(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.power.point().await;
        match self.power.store() {
            None => {
                self.keep(bytes).await?;
                self.power.point().await;
                return Ok(());
            }
            Some(Crash::Before) => {}
            Some(Crash::Torn) => self.tear(bytes).await,
            Some(Crash::After) => self.keep(bytes).await?,
        }
        Err(Failure("power is cut"))
    }
}
