// SPDX-License-Identifier: Apache-2.0
//! From the keys a device holds to the keys of the card in front of it.

use core::fmt;

use crate::StaticKeys;
use crate::crypto::Mac;
use crate::derivation::counter_mode;

/// Gives the keys of a card.
///
/// [`StaticKeys`] is the simplest: the same keys for every card. Implement it to look keys up or
/// to derive them in a way of your own.
pub trait KeyDiversification {
    /// The keys of the card that sent this diversification data; `None` when there are none for
    /// such a card.
    fn card_keys(&self, data: &DiversificationData) -> Option<StaticKeys>;
}

/// What a card says of itself for the choice of its keys, 10 bytes (SCP03 §7.1.1.6).
///
/// It is not authenticated, and not secret.
pub type DiversificationData = [u8; 10];

impl KeyDiversification for StaticKeys {
    fn card_keys(&self, _: &DiversificationData) -> Option<StaticKeys> {
        Some(self.clone())
    }
}

impl<K: KeyDiversification> KeyDiversification for &K {
    fn card_keys(&self, data: &DiversificationData) -> Option<StaticKeys> {
        K::card_keys(self, data)
    }
}

/// Master keys from which every card's keys are derived by SP 800-108 in counter mode, the way
/// that card tools call "KDF3".
///
/// Block i of a key is CMAC(master key, i ‖ 00 00 00 n ‖ 00 ‖ diversification data), n being 1
/// for Key-ENC, 2 for Key-MAC and 3 for Key-DEK. No specification of GlobalPlatform prescribes
/// it: ask the issuer of the cards.
#[derive(Clone)]
pub struct Kdf3 {
    masters: StaticKeys,
}

impl Kdf3 {
    /// From the master keys, which are often three times the same.
    #[must_use]
    pub const fn new(masters: StaticKeys) -> Self {
        Self { masters }
    }
}

impl KeyDiversification for Kdf3 {
    fn card_keys(&self, data: &DiversificationData) -> Option<StaticKeys> {
        Some(self.masters.derived(|purpose, key| {
            let mut master = Mac::new(self.masters.key(purpose));
            let label = [0x00, 0x00, 0x00, purpose as u8, 0x00];
            counter_mode(&mut master, &[], [&label, data], key);
        }))
    }
}

impl fmt::Debug for Kdf3 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kdf3({}, redacted)", self.masters.length())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KeyPurpose;

    /// Key check values another implementation (GlobalPlatformPro) is tested with.
    #[test]
    fn derived_keys_have_the_check_values_others_get() {
        let master: [u8; 32] = core::array::from_fn(|at| 0x40 + u8::try_from(at).unwrap());
        let data = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
        for (length, expected) in [
            (16, ["E79C05", "D1BD77", "3FDE8C"]),
            (24, ["1DE8EA", "47C00C", "C04D76"]),
            (32, ["2972D2", "036F94", "5D57B8"]),
        ] {
            let master = &master[..length];
            let masters = StaticKeys::from_slices(master, master, master).unwrap();
            let keys = Kdf3::new(masters).card_keys(&data).unwrap();
            let values = [KeyPurpose::Enc, KeyPurpose::Mac, KeyPurpose::Dek]
                .map(|purpose| keys.check_value(purpose).to_string());
            assert_eq!(values, expected, "{length}");
        }
    }

    #[test]
    fn without_diversification_every_card_has_the_same_keys() {
        let keys = StaticKeys::from_slices(&[7; 24], &[8; 24], &[9; 24]).unwrap();
        let of_card = keys.card_keys(&[0xAA; 10]).unwrap();
        assert!([[7; 24], [8; 24], [9; 24]].iter().all(|key| of_card.contains(key)));
    }
}
