// SPDX-License-Identifier: Apache-2.0
//! How far a long reading or writing has come, on a terminal.

mod gauge;

use std::io;

use anstream::{AutoStream, ColorChoice};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use simstrap_apdu::{QuirkSet, Transport};

use gauge::{Extent, Gauge, Phase};

/// A transport that shows on standard error how far a file was read or written over it, and of
/// how much where the card tells: nothing where that is no terminal or does not want to be drawn
/// on, and nothing before it is worth looking at.
pub(crate) struct Shown<T> {
    transport: T,
    gauge: Gauge,
    bar: Option<(Phase, ProgressBar)>,
}

/// Directories and a usual file are less than this, and read before anybody looks.
const SHOWN_FROM: usize = 2048;

impl<T> Shown<T> {
    /// Shows what is done over `transport`.
    pub(crate) fn new(transport: T) -> Self {
        Self { transport, gauge: Gauge::default(), bar: None }
    }

    fn show(&mut self, Extent { phase, done, total }: Extent) {
        if self.bar.as_ref().is_some_and(|(shown, _)| *shown != phase) {
            self.clear();
        }
        // It measures the time from the start, also while it is not seen.
        let (_, bar) = self.bar.get_or_insert_with(|| (phase, hidden_bar(phase)));
        if bar.is_hidden() && done >= SHOWN_FROM && is_drawn_on() {
            set_style(bar, total);
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        bar.set_position(number(done));
        if total.is_none() {
            bar.tick();
        }
    }

    fn clear(&mut self) {
        if let Some((_, bar)) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

fn hidden_bar(phase: Phase) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    bar.with_message(match phase {
        Phase::Reading => "reading the card",
        Phase::Writing => "writing to the card",
        Phase::ReadingBack => "reading it back",
    })
}

fn set_style(bar: &ProgressBar, total: Option<usize>) {
    let template = match total {
        Some(_) => "{msg}: [{bar:20}] {bytes} of {total_bytes}, {eta} left",
        None => "{spinner} {msg}: {bytes}, {bytes_per_sec}",
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    if let Some(total) = total {
        bar.set_length(number(total));
    }
}

/// Whether standard error is a terminal that wants more than text: not with NO_COLOR, and not a
/// dumb one.
fn is_drawn_on() -> bool {
    AutoStream::choice(&io::stderr()) != ColorChoice::Never
}

fn number(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

impl<T> Drop for Shown<T> {
    /// What was shown makes room for the result.
    fn drop(&mut self) {
        self.clear();
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
        if let Some(extent) = self.gauge.take(command, response.get(..length).unwrap_or_default()) {
            self.show(extent);
        }
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
