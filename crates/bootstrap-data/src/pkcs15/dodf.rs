// SPDX-License-Identifier: Apache-2.0
//! EF DODF: the directory of data objects (PKCS#15 §6.7).

use core::fmt;

use super::odf::InlineDirectory;
use super::{BOOTSTRAP_OID, DirectoryError, DirectoryErrorKind, FilePath, Node, Nodes};

/// The entries of an EF DODF, in order.
#[derive(Debug, Clone)]
pub struct DataObjects<'a> {
    nodes: Nodes<'a>,
}

/// One entry of an EF DODF.
#[derive(Debug, Clone, Copy)]
pub struct DataObject<'a> {
    /// Label for people.
    pub label: Option<&'a str>,
    /// Name of the application the data is for.
    pub application_name: Option<&'a str>,
    /// Content of the object identifier, doubly encoded or not.
    oid: Option<&'a [u8]>,
    /// Whether a PIN is needed to read it.
    pub private: bool,
    /// Whether it may be written.
    pub modifiable: bool,
    /// Which authentication object guards it.
    pub auth_id: Option<&'a [u8]>,
    /// Where its value is.
    pub value: DataValue<'a>,
}

/// Where the value of a data object is. `Debug` does not show a value that stands here.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum DataValue<'a> {
    /// In a file.
    File(FilePath<'a>),
    /// Right here.
    Direct(&'a [u8]),
    /// Somewhere this crate cannot read, such as a URL.
    Unsupported,
}

/// How an object identifier is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OidEncoding {
    /// As it must be.
    Right,
    /// As an object identifier inside an object identifier, found in cards that follow an
    /// example printed in the specification.
    Double,
}

impl<'a> DataObjects<'a> {
    /// The entries of a file, whole or with its padding.
    #[must_use]
    pub const fn new(file: &'a [u8]) -> Self {
        Self { nodes: Nodes::new(file) }
    }

    /// The entries that stand in EF ODF itself.
    #[must_use]
    pub const fn inline(directory: &InlineDirectory<'a>) -> Self {
        Self { nodes: directory.objects.children() }
    }
}

impl<'a> Iterator for DataObjects<'a> {
    type Item = Result<DataObject<'a>, DirectoryError>;

    /// The next opaque or OID data object; entries of other kinds are passed over. Where the value
    /// is gets looked at for the bootstrap object only.
    fn next(&mut self) -> Option<Self::Item> {
        self.nodes.find_map(|node| node.and_then(|node| DataObject::from_node(&node)).transpose())
    }
}

impl<'a> DataObject<'a> {
    const SEQUENCE: u8 = 0x30;
    const OID_DATA_OBJECT: u8 = 0xA1;

    /// Whether it is the LwM2M bootstrap data, and how its identifier is encoded.
    #[must_use]
    pub fn bootstrap_oid(&self) -> Option<OidEncoding> {
        const OID_IN_OID: [u8; 2] = [0x06, 4];
        match self.oid? {
            oid if oid == BOOTSTRAP_OID => Some(OidEncoding::Right),
            oid if oid.strip_prefix(&OID_IN_OID) == Some(&BOOTSTRAP_OID) => {
                Some(OidEncoding::Double)
            }
            _ => None,
        }
    }

    fn from_node(node: &Node<'a>) -> Result<Option<Self>, DirectoryError> {
        if node.tag != Self::SEQUENCE && node.tag != Self::OID_DATA_OBJECT {
            return Ok(None);
        }
        let mut parts = node.children();
        let mut next = |name| {
            parts.next().transpose()?.ok_or(DirectoryErrorKind::Missing(name).at(node.offset))
        };
        let common = next("common object attributes")?;
        let class = next("common data object attributes")?;
        let attributes = next("type attributes")?;
        let mut object = Self::from_attributes(&common, &class)?;
        let value = if node.tag == Self::OID_DATA_OBJECT {
            object.take_oid(&attributes)?
        } else {
            attributes.children().next().transpose()?
        };
        if let Some(value) = value.filter(|_| object.bootstrap_oid().is_some()) {
            object.value = DataValue::from_node(&value)?;
        }
        Ok(Some(object))
    }

    /// Label, flags and authentication id; application name and identifier.
    fn from_attributes(common: &Node<'a>, class: &Node<'a>) -> Result<Self, DirectoryError> {
        const UTF8_STRING: u8 = 0x0C;
        const BIT_STRING: u8 = 0x03;
        const OCTET_STRING: u8 = 0x04;
        const PRIVATE: u8 = 0x80;
        const MODIFIABLE: u8 = 0x40;
        let text = |node: Node<'a>| core::str::from_utf8(node.value).ok();
        let flags = match common.child(BIT_STRING)?.map(|flags| flags.value) {
            Some(&[_unused_bits, flags, ..]) => flags,
            _ => 0,
        };
        Ok(Self {
            label: common.child(UTF8_STRING)?.and_then(text),
            application_name: class.child(UTF8_STRING)?.and_then(text),
            oid: class.child(OBJECT_IDENTIFIER)?.map(|oid| oid.value),
            private: flags & PRIVATE != 0,
            modifiable: flags & MODIFIABLE != 0,
            auth_id: common.child(OCTET_STRING)?.map(|id| id.value),
            value: DataValue::Unsupported,
        })
    }

    /// `{ 30 { 06 oid, value } }`: takes the identifier of an OID data object and gives its value.
    fn take_oid(&mut self, attributes: &Node<'a>) -> Result<Option<Node<'a>>, DirectoryError> {
        let sequence = attributes
            .child(Self::SEQUENCE)?
            .ok_or(DirectoryErrorKind::Missing("identifier and value").at(attributes.offset))?;
        let mut value = None;
        for part in sequence.children() {
            let part = part?;
            if part.tag == OBJECT_IDENTIFIER {
                self.oid = Some(part.value);
            } else {
                value = Some(part);
            }
        }
        Ok(value)
    }
}

const OBJECT_IDENTIFIER: u8 = 0x06;

impl<'a> DataValue<'a> {
    /// A path, or the value itself as an octet string in `A0` (`ObjectValue`, PKCS#15 §6.1.7).
    fn from_node(node: &Node<'a>) -> Result<Self, DirectoryError> {
        const PATH: u8 = 0x30;
        const DIRECT: u8 = 0xA0;
        const OCTET_STRING: u8 = 0x04;
        Ok(match node.tag {
            PATH => Self::File(FilePath::from_sequence(node)?),
            DIRECT => match node.child(OCTET_STRING)? {
                Some(value) => Self::Direct(value.value),
                None => Self::Unsupported,
            },
            _ => Self::Unsupported,
        })
    }
}

impl fmt::Debug for DataValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Direct(value) => write!(f, "Direct({} bytes)", value.len()),
            Self::Unsupported => f.write_str("Unsupported"),
        }
    }
}
