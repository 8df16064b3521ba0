// SPDX-License-Identifier: Apache-2.0
//! EF AODF: the directory of authentication objects (PKCS#15 §6.8).

use super::{DirectoryError, Node, Nodes};

/// The PINs an EF AODF lists, in order.
#[derive(Debug, Clone)]
pub struct AuthenticationObjects<'a> {
    nodes: Nodes<'a>,
}

/// One PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuthenticationObject<'a> {
    /// Its identifier, which data objects refer to.
    pub auth_id: Option<&'a [u8]>,
    /// Key reference for VERIFY PIN, where the card gives one.
    pub reference: Option<u8>,
}

impl<'a> AuthenticationObjects<'a> {
    /// The entries of a file, whole or with its padding.
    #[must_use]
    pub const fn new(file: &'a [u8]) -> Self {
        Self { nodes: Nodes::new(file) }
    }
}

impl<'a> Iterator for AuthenticationObjects<'a> {
    type Item = Result<AuthenticationObject<'a>, DirectoryError>;

    fn next(&mut self) -> Option<Self::Item> {
        const SEQUENCE: u8 = 0x30;
        let pin =
            self.nodes.find(|node| node.as_ref().map_or(true, |node| node.tag == SEQUENCE))?;
        Some(pin.and_then(|node| AuthenticationObject::from_node(&node)))
    }
}

impl<'a> AuthenticationObject<'a> {
    /// `{ 30 common, 30 { 04 authId }, A1 { 30 { flags, type, lengths, 80 pinReference … } } }`.
    fn from_node(node: &Node<'a>) -> Result<Self, DirectoryError> {
        const OCTET_STRING: u8 = 0x04;
        const TYPE_ATTRIBUTES: u8 = 0xA1;
        const PIN_REFERENCE: u8 = 0x80;
        let mut object = Self { auth_id: None, reference: None };
        for part in node.children() {
            let part = part?;
            if part.tag != TYPE_ATTRIBUTES {
                if let Some(id) = part.child(OCTET_STRING)? {
                    object.auth_id = Some(id.value);
                }
            } else if let Some(attributes) = part.children().next().transpose()? {
                let reference = attributes.child(PIN_REFERENCE)?;
                object.reference = reference.and_then(|r| r.value.last().copied());
            }
        }
        Ok(object)
    }
}
