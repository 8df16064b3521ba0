// SPDX-License-Identifier: Apache-2.0
//! A transport that counts, where others can look at the count.

use std::cell::Cell;
use std::rc::Rc;

use simstrap_policy::bootstrap_data::scp03::apdu::{QuirkSet, Transport};

/// Counts the exchanges that go over a transport.
#[derive(Debug)]
pub(crate) struct Counted<T> {
    transport: T,
    exchanges: Rc<Cell<u64>>,
}

impl<T> Counted<T> {
    /// Starts at zero.
    pub(crate) fn new(transport: T) -> Self {
        Self { transport, exchanges: Rc::default() }
    }

    /// The count, as it goes on.
    pub(crate) fn exchanges(&self) -> Rc<Cell<u64>> {
        Rc::clone(&self.exchanges)
    }
}

impl<T: Transport> Transport for Counted<T> {
    type Error = T::Error;

    async fn transmit(
        &mut self,
        command: &[u8],
        response: &mut [u8],
    ) -> Result<usize, Self::Error> {
        self.exchanges.set(self.exchanges.get().saturating_add(1));
        self.transport.transmit(command, response).await
    }

    fn max_response_data(&self) -> usize {
        self.transport.max_response_data()
    }

    fn max_command_data(&self) -> usize {
        self.transport.max_command_data()
    }

    fn quirks(&self) -> QuirkSet {
        self.transport.quirks()
    }
}
