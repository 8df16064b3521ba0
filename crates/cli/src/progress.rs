// SPDX-License-Identifier: Apache-2.0
//! How far a long reading or writing has come, on a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use simstrap_apdu::{QuirkSet, Transport};

/// A transport that shows on standard error how many bytes went over it: nothing where that is no
/// terminal, and nothing before it is worth looking at.
///
/// How many there will be only the card knows, and over a secure channel it does not say so here.
pub(crate) struct Shown<T> {
    transport: T,
    what: &'static str,
    bytes: usize,
    bar: Option<ProgressBar>,
}

/// Directories and a usual file are less than this, and read before anybody looks.
const SHOWN_FROM: usize = 2048;

impl<T> Shown<T> {
    /// Shows what is done over `transport` as `what`.
    pub(crate) const fn new(transport: T, what: &'static str) -> Self {
        Self { transport, what, bytes: 0, bar: None }
    }

    fn moved(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes < SHOWN_FROM {
            return;
        }
        let what = self.what;
        let bar = self.bar.get_or_insert_with(|| bar(what));
        bar.set_position(u64::try_from(self.bytes).unwrap_or(u64::MAX));
        bar.tick();
    }
}

fn bar(what: &'static str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}: {bytes}, {bytes_per_sec}") {
        bar.set_style(style);
    }
    bar.with_message(what)
}

impl<T> Drop for Shown<T> {
    /// What was shown makes room for the result.
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl<T: Transport> Transport for Shown<T> {
    type Error = T::Error;

    async fn transmit(
        &mut self,
        command: &[u8],
        response: &mut [u8],
    ) -> Result<usize, Self::Error> {
        let length = self.transport.transmit(command, response).await?;
        self.moved(command.len().saturating_add(length));
        Ok(length)
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
