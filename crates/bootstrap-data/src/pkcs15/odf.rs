// SPDX-License-Identifier: Apache-2.0
//! EF ODF: the directory of directories (PKCS#15 §6.2).

use super::{DirectoryError, DirectoryErrorKind, FilePath, Node, Nodes};

/// The entries of EF ODF, in order.
///
/// Several directories of one kind stand in the order of their priority.
#[derive(Debug, Clone)]
pub struct Directories<'a> {
    nodes: Nodes<'a>,
}

/// One entry of EF ODF.
#[derive(Debug, Clone, Copy)]
pub struct Directory<'a> {
    /// What it is a directory of.
    pub kind: DirectoryKind,
    /// Where it is.
    pub target: DirectoryTarget<'a>,
}

/// What a directory lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DirectoryKind {
    /// Data objects (`A7`).
    DataObjects,
    /// Authentication objects (`A8`): PINs.
    AuthenticationObjects,
}

/// Where a directory is.
#[derive(Debug, Clone, Copy)]
pub enum DirectoryTarget<'a> {
    /// In a file.
    File(FilePath<'a>),
    /// Right here: entries that are read as those of a file, with offsets of this one.
    Inline(InlineDirectory<'a>),
}

/// Entries that stand in EF ODF itself.
#[derive(Debug, Clone, Copy)]
pub struct InlineDirectory<'a> {
    pub(super) objects: Node<'a>,
}

impl<'a> Directories<'a> {
    /// The entries of a file, whole or with its padding.
    #[must_use]
    pub const fn new(file: &'a [u8]) -> Self {
        Self { nodes: Nodes::new(file) }
    }
}

impl<'a> Iterator for Directories<'a> {
    type Item = Result<Directory<'a>, DirectoryError>;

    /// The next directory of data or authentication objects; those of keys, certificates and
    /// others are passed over.
    fn next(&mut self) -> Option<Self::Item> {
        self.nodes.find_map(|node| node.and_then(|node| Directory::from_node(&node)).transpose())
    }
}

impl<'a> Directory<'a> {
    fn from_node(node: &Node<'a>) -> Result<Option<Self>, DirectoryError> {
        const SEQUENCE: u8 = 0x30;
        const OBJECTS: u8 = 0xA0;
        let kind = match node.tag {
            0xA7 => DirectoryKind::DataObjects,
            0xA8 => DirectoryKind::AuthenticationObjects,
            _ => return Ok(None),
        };
        let inner = node.children().next().transpose()?;
        let target = match inner {
            Some(path) if path.tag == SEQUENCE => {
                DirectoryTarget::File(FilePath::from_sequence(&path)?)
            }
            Some(objects) if objects.tag == OBJECTS => {
                DirectoryTarget::Inline(InlineDirectory { objects })
            }
            _ => return Err(DirectoryErrorKind::Missing("path").at(node.offset)),
        };
        Ok(Some(Self { kind, target }))
    }
}
