// SPDX-License-Identifier: Apache-2.0
//! Any handler of the crate `apdu` as a transport.

use core::fmt;

use apdu_core::{HandleError, Handler};

use crate::{Transport, TransportError, TransportErrorKind};

/// A transport over an [`apdu_core::Handler`], which the crate `apdu` re-exports.
///
/// The handler gets finished command bytes, so its own encoding of commands plays no part.
pub struct HandlerTransport<H> {
    handler: H,
}

impl<H: Handler> HandlerTransport<H> {
    /// A transport over `handler`.
    pub const fn new(handler: H) -> Self {
        Self { handler }
    }
}

impl<H> fmt::Debug for HandlerTransport<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandlerTransport").finish_non_exhaustive()
    }
}

impl<H: Handler> Transport for HandlerTransport<H> {
    type Error = HandlerError;

    async fn transmit(
        &mut self,
        command: &[u8],
        response: &mut [u8],
    ) -> Result<usize, HandlerError> {
        self.handler.handle(command, response).map_err(|error| match error {
            HandleError::NotEnoughBuffer(needed) => HandlerError::ResponseTooLong { needed },
            error @ HandleError::Nfc(_) => HandlerError::Failed(format!("{error}")),
        })
    }
}

/// Why a handler gave no response.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HandlerError {
    /// The response is longer than the buffer.
    #[error("the response takes {needed} bytes, more than were asked for")]
    ResponseTooLong {
        /// Bytes of the response.
        needed: usize,
    },
    /// The handler failed, in its own words.
    #[error("{0}")]
    Failed(String),
}

impl TransportError for HandlerError {
    fn kind(&self) -> TransportErrorKind {
        TransportErrorKind::Other
    }
}

#[cfg(test)]
mod tests {
    use apdu_core::HandlerInCtx;

    use super::*;
    use crate::{LogicalChannel, blocking};

    struct Reader;

    impl HandlerInCtx<()> for Reader {
        fn handle_in_ctx(&self, (): (), command: &[u8], response: &mut [u8]) -> apdu_core::Result {
            assert_eq!(command, [0x00, 0x70, 0x00, 0x00, 0x01]);
            let answer = [0x03, 0x90, 0x00];
            let target = response
                .get_mut(..answer.len())
                .ok_or(HandleError::NotEnoughBuffer(answer.len()))?;
            target.copy_from_slice(&answer);
            Ok(answer.len())
        }
    }

    impl Handler for Reader {}

    #[test]
    fn a_handler_serves_as_a_transport() {
        let mut channel = LogicalChannel::new(HandlerTransport::new(Reader));
        let number = blocking::run(channel.open()).unwrap().unwrap();
        assert_eq!(number.to_u8(), 3);
    }

    #[test]
    fn a_response_that_does_not_fit_is_an_error() {
        let mut transport = HandlerTransport::new(Reader);
        let command = [0x00, 0x70, 0x00, 0x00, 0x01];
        let result = blocking::run(transport.transmit(&command, &mut [0; 2])).unwrap();
        assert_eq!(result, Err(HandlerError::ResponseTooLong { needed: 3 }));
    }
}
