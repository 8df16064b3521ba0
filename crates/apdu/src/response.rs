// SPDX-License-Identifier: Apache-2.0
//! Response APDUs: data field and status word (ISO 7816-4 §5.1).

use core::fmt;

use crate::StatusWord;

/// A response APDU that borrows its data field.
///
/// `Debug` shows the length of the data, never the data, which may hold keys.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Response<'a> {
    /// Data field, 0 to 65,536 bytes.
    pub data: &'a [u8],
    /// Status word.
    pub status: StatusWord,
}

impl<'a> Response<'a> {
    /// Splits the bytes of a response; `None` when there are fewer than the two of the status
    /// word.
    #[must_use]
    pub fn from_bytes(bytes: &'a [u8]) -> Option<Self> {
        let (data, status) = bytes.split_last_chunk::<2>()?;
        Some(Self { data, status: StatusWord::from_bytes(*status) })
    }
}

impl fmt::Debug for Response<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("data_length", &self.data.len())
            .field("status", &self.status)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_than_two_bytes_are_no_response() {
        assert_eq!(Response::from_bytes(&[]), None);
        assert_eq!(Response::from_bytes(&[0x90]), None);
        let response = Response::from_bytes(&[0x01, 0x90, 0x00]).unwrap();
        assert_eq!((response.data, response.status), (&[0x01][..], StatusWord::SUCCESS));
    }
}
