// SPDX-License-Identifier: Apache-2.0
//! Random bytes for card challenges.

use simstrap_scp03::{RandomError, os_random};

/// Where random bytes come from.
#[derive(Clone)]
pub(crate) enum Random {
    /// From the operating system.
    System,
    /// The same in every run, and as predictable: SplitMix64 in this state.
    Seeded(u64),
}

impl Random {
    pub(crate) fn fill(&mut self, target: &mut [u8]) -> Result<(), RandomError> {
        match self {
            Self::System => os_random(target),
            Self::Seeded(state) => {
                for chunk in target.chunks_mut(size_of::<u64>()) {
                    for (byte, random) in chunk.iter_mut().zip(next(state).to_be_bytes()) {
                        *byte = random;
                    }
                }
                Ok(())
            }
        }
    }
}

const fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first numbers published for this seed.
    #[test]
    fn the_generator_is_splitmix64() {
        let mut state = 1_234_567;
        let numbers: [u64; 3] = std::array::from_fn(|_| next(&mut state));
        let published =
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!(numbers, published);
    }

    #[test]
    fn a_seed_gives_the_same_bytes_again_and_other_bytes_next() {
        let draw = |random: &mut Random| {
            let mut bytes = [0; 20];
            random.fill(&mut bytes).unwrap();
            bytes
        };
        let mut random = Random::Seeded(7);
        let first = draw(&mut random);
        assert_eq!(draw(&mut Random::Seeded(7)), first);
        assert_ne!(draw(&mut random), first);
        assert_ne!(draw(&mut Random::System), draw(&mut Random::System));
    }
}
