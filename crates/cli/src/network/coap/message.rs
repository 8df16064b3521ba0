// SPDX-License-Identifier: Apache-2.0
//! Messages: `coap-lite` reads and writes them; what RFC 7252 forbids beyond that is found here.
#![warn(clippy::arithmetic_side_effects)]

use std::fmt;

use coap_lite::{CoapOption, MessageClass, MessageType, Packet};

/// A CoAP message. `Debug` shows no payload, which may hold keys.
#[derive(Clone)]
pub(crate) struct Message(Packet);

/// The type of a message (RFC 7252 §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// To be acknowledged.
    Confirmable,
    /// Not to be acknowledged.
    NonConfirmable,
    /// Acknowledges a confirmable message.
    Acknowledgement,
    /// Rejects a message.
    Reset,
}

/// A method or response code: `0.02`, `4.04`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Code(u8);

impl Code {
    /// No request and no response.
    pub(crate) const EMPTY: Self = Self(0x00);
    /// GET.
    pub(crate) const GET: Self = Self(0x01);
    /// POST.
    pub(crate) const POST: Self = Self(0x02);
    /// PUT.
    pub(crate) const PUT: Self = Self(0x03);
    /// DELETE.
    pub(crate) const DELETE: Self = Self(0x04);
    /// 2.02 Deleted.
    pub(crate) const DELETED: Self = Self(0x42);
    /// 2.04 Changed.
    pub(crate) const CHANGED: Self = Self(0x44);
    /// 2.05 Content.
    pub(crate) const CONTENT: Self = Self(0x45);
    /// 4.00 Bad Request.
    pub(crate) const BAD_REQUEST: Self = Self(0x80);
    /// 4.01 Unauthorized.
    pub(crate) const UNAUTHORIZED: Self = Self(0x81);
    /// 4.02 Bad Option.
    pub(crate) const BAD_OPTION: Self = Self(0x82);
    /// 4.04 Not Found.
    pub(crate) const NOT_FOUND: Self = Self(0x84);
    /// 4.05 Method Not Allowed.
    pub(crate) const METHOD_NOT_ALLOWED: Self = Self(0x85);
    /// 4.06 Not Acceptable.
    pub(crate) const NOT_ACCEPTABLE: Self = Self(0x86);
    /// 4.13 Request Entity Too Large.
    pub(crate) const TOO_LARGE: Self = Self(0x8D);
    /// 4.15 Unsupported Content-Format.
    pub(crate) const UNSUPPORTED_FORMAT: Self = Self(0x8F);
    /// 5.00 Internal Server Error.
    pub(crate) const INTERNAL_SERVER_ERROR: Self = Self(0xA0);

    /// The digit before the dot: 0 is a request, 2 to 5 are responses.
    #[must_use]
    pub(crate) const fn class(self) -> u8 {
        self.0 >> 5
    }

    /// Whether it is a method.
    #[must_use]
    pub(crate) const fn is_request(self) -> bool {
        self.class() == 0 && self.0 != 0
    }

    /// Whether it is a response.
    #[must_use]
    pub(crate) const fn is_response(self) -> bool {
        matches!(self.class(), 2 | 4 | 5)
    }

    /// Whether it is a response that says yes.
    #[must_use]
    pub(crate) const fn is_success(self) -> bool {
        self.class() == 2
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.class(), self.0 & 0x1F)
    }
}

/// A content format by its number (RFC 7252 §12.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ContentFormat(pub(crate) u16);

impl ContentFormat {
    /// `text/plain`.
    pub(crate) const TEXT: Self = Self(0);
    /// `application/link-format`.
    pub(crate) const LINKS: Self = Self(40);
    /// `application/vnd.oma.lwm2m+tlv`.
    pub(crate) const TLV: Self = Self(11542);
}

/// A request that is to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// The method.
    pub(crate) method: Code,
    /// Uri-Path, segment by segment.
    pub(crate) path: Vec<String>,
    /// Uri-Query, item by item.
    pub(crate) query: Vec<String>,
    /// The payload and its format.
    pub(crate) payload: Option<(ContentFormat, Vec<u8>)>,
}

/// A response that is to be sent. `Debug` shows no payload.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The response code.
    pub(crate) code: Code,
    /// The payload and its format.
    pub(crate) payload: Option<(ContentFormat, Vec<u8>)>,
}

impl Answer {
    /// A response without a payload.
    #[must_use]
    pub(crate) const fn of(code: Code) -> Self {
        Self { code, payload: None }
    }

    /// 2.05 with a payload.
    #[must_use]
    pub(crate) const fn content(format: ContentFormat, payload: Vec<u8>) -> Self {
        Self { code: Code::CONTENT, payload: Some((format, payload)) }
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({})", self.code)
    }
}

/// A message that RFC 7252 calls malformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed {
    /// The message id to reject it by: only where it asks for an answer (§4.2, §4.3).
    pub(crate) reset: Option<u16>,
}

/// Critical options that are understood (Block only where the whole fits one block).
const KNOWN: [CoapOption; 7] = [
    CoapOption::UriHost,
    CoapOption::UriPort,
    CoapOption::UriPath,
    CoapOption::UriQuery,
    CoapOption::Accept,
    CoapOption::Block1,
    CoapOption::Block2,
];

/// The most segments of a path that are looked at: more than any resource of LwM2M has.
const MAX_SEGMENTS: usize = 8;

/// The longest segment of a path (RFC 7252 §5.10).
const MAX_SEGMENT: usize = 255;

impl Message {
    /// Reads a message.
    ///
    /// # Errors
    /// [`Malformed`] for anything RFC 7252 §3 forbids.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        let (first, id) = match *bytes {
            [first, _, high, low, ..] => (first, u16::from_be_bytes([high, low])),
            _ => return Err(Malformed { reset: None }),
        };
        let is_version_1 = first >> 6 == 1;
        let is_confirmable = (first >> 4) & 0b11 == 0;
        let malformed = Malformed { reset: (is_version_1 && is_confirmable).then_some(id) };
        if !is_version_1 {
            return Err(malformed);
        }
        let packet = Packet::from_bytes(bytes).map_err(|_| malformed)?;
        let message = Self(packet);
        if message.code() == Code::EMPTY {
            return if bytes.len() == 4 { Ok(message) } else { Err(malformed) };
        }
        // Every message has one encoding only: what reads as something else, a payload marker
        // without a payload for example, is malformed.
        match message.0.to_bytes_unlimited() {
            Ok(again) if again == bytes => Ok(message),
            _ => Err(malformed),
        }
    }

    /// Writes it; `None` when it is longer than a datagram may be.
    #[must_use]
    pub(crate) fn to_bytes(&self) -> Option<Vec<u8>> {
        self.0.to_bytes().ok()
    }

    /// An empty message: an acknowledgement, or a reset.
    #[must_use]
    pub(crate) fn empty(kind: Kind, id: u16) -> Self {
        Self::new(kind, Code::EMPTY, id, &[])
    }

    /// A request.
    #[must_use]
    pub(crate) fn request(kind: Kind, id: u16, token: &[u8], request: &Request) -> Self {
        let mut message = Self::new(kind, request.method, id, token);
        for segment in &request.path {
            message.0.add_option(CoapOption::UriPath, segment.clone().into_bytes());
        }
        for item in &request.query {
            message.0.add_option(CoapOption::UriQuery, item.clone().into_bytes());
        }
        message.set_payload(request.payload.as_ref());
        message
    }

    /// A response.
    #[must_use]
    pub(crate) fn response(kind: Kind, id: u16, token: &[u8], answer: &Answer) -> Self {
        let mut message = Self::new(kind, answer.code, id, token);
        message.set_payload(answer.payload.as_ref());
        message
    }

    fn new(kind: Kind, code: Code, id: u16, token: &[u8]) -> Self {
        let mut packet = Packet::new();
        packet.header.set_type(match kind {
            Kind::Confirmable => MessageType::Confirmable,
            Kind::NonConfirmable => MessageType::NonConfirmable,
            Kind::Acknowledgement => MessageType::Acknowledgement,
            Kind::Reset => MessageType::Reset,
        });
        packet.header.code = MessageClass::from(code.0);
        packet.header.message_id = id;
        packet.set_token(token.to_vec());
        Self(packet)
    }

    fn set_payload(&mut self, payload: Option<&(ContentFormat, Vec<u8>)>) {
        if let Some((format, payload)) = payload {
            let number = format.0.to_be_bytes();
            let skip = number.iter().take_while(|byte| **byte == 0).count();
            let number = number.get(skip..).unwrap_or_default();
            self.0.add_option(CoapOption::ContentFormat, number.to_vec());
            self.0.payload.clone_from(payload);
        }
    }

    /// Its type.
    #[must_use]
    pub(crate) fn kind(&self) -> Kind {
        match self.0.header.get_type() {
            MessageType::Confirmable => Kind::Confirmable,
            MessageType::NonConfirmable => Kind::NonConfirmable,
            MessageType::Acknowledgement => Kind::Acknowledgement,
            MessageType::Reset => Kind::Reset,
        }
    }

    /// Its code.
    #[must_use]
    pub(crate) fn code(&self) -> Code {
        Code(u8::from(self.0.header.code))
    }

    /// Its message id.
    #[must_use]
    pub(crate) const fn id(&self) -> u16 {
        self.0.header.message_id
    }

    /// Its token, at most 8 bytes.
    #[must_use]
    pub(crate) fn token(&self) -> &[u8] {
        self.0.get_token()
    }

    /// Its payload.
    #[must_use]
    pub(crate) fn payload(&self) -> &[u8] {
        &self.0.payload
    }

    /// Uri-Path; `None` when it is no text, or longer than any path of LwM2M.
    #[must_use]
    pub(crate) fn path(&self) -> Option<Vec<String>> {
        self.strings(CoapOption::UriPath)
    }

    /// Location-Path: as several options, or as one with slashes in it, as some servers send it.
    /// `None` when it is no text, longer than any path of LwM2M, or none that RFC 7252 §5.10.7
    /// allows: later requests would go somewhere else, or not at all.
    #[must_use]
    pub(crate) fn location(&self) -> Option<Vec<String>> {
        let options = self.strings(CoapOption::LocationPath)?;
        let segments = options.iter().flat_map(|option| option.split('/'));
        let segments: Vec<_> =
            segments.filter(|segment| !segment.is_empty()).map(str::to_owned).collect();
        let is_allowed = |segment: &String| {
            segment.len() <= MAX_SEGMENT && !matches!(segment.as_str(), "." | "..")
        };
        (segments.len() <= MAX_SEGMENTS && segments.iter().all(is_allowed)).then_some(segments)
    }

    /// Content-Format.
    #[must_use]
    pub(crate) fn content_format(&self) -> Option<ContentFormat> {
        self.number(CoapOption::ContentFormat).map(ContentFormat)
    }

    /// Accept.
    #[must_use]
    pub(crate) fn accept(&self) -> Option<ContentFormat> {
        self.number(CoapOption::Accept).map(ContentFormat)
    }

    /// Whether a critical option is not understood (§5.4.1).
    pub(super) fn has_unknown_critical_option(&self) -> bool {
        let known = |number: &u16| {
            let elective = number.is_multiple_of(2);
            let known = KNOWN.iter().any(|option| u16::from(*option) == *number);
            elective || known
        };
        !self.0.options().map(|(number, _)| number).all(known)
    }

    /// Whether it is one block of several.
    #[must_use]
    pub(crate) fn is_partial(&self) -> bool {
        let partial = |option| {
            let value = self.0.get_first_option(option);
            // The low 3 bits are the size of a block, all others are its number and "more".
            value.is_some_and(|value| match value.split_last() {
                Some((last, before)) => last & 0xF8 != 0 || before.iter().any(|byte| *byte != 0),
                None => false,
            })
        };
        partial(CoapOption::Block1) || partial(CoapOption::Block2)
    }

    fn strings(&self, option: CoapOption) -> Option<Vec<String>> {
        let values = self.0.get_option(option).into_iter().flatten();
        let strings: Option<Vec<_>> = values
            .take(MAX_SEGMENTS + 1)
            .map(|value| String::from_utf8(value.clone()).ok())
            .collect();
        strings.filter(|strings| strings.len() <= MAX_SEGMENTS)
    }

    fn number(&self, option: CoapOption) -> Option<u16> {
        match *self.0.get_first_option(option)?.as_slice() {
            [] => Some(0),
            [low] => Some(u16::from(low)),
            [high, low] => Some(u16::from_be_bytes([high, low])),
            _ => None,
        }
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("kind", &self.kind())
            .field("code", &self.code())
            .field("id", &self.id())
            .field("payload_length", &self.payload().len())
            .finish_non_exhaustive()
    }
}
