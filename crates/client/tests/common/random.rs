// SPDX-License-Identifier: Apache-2.0
//! Random numbers that are the same on every machine.

/// A generator of numbers (xorshift64*), so that a seed gives the same life anywhere.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// A number below a bound.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % bound
    }

    pub(crate) fn index(&mut self, bound: usize) -> usize {
        usize::try_from(self.below(bound as u64)).unwrap()
    }

    /// Some servers, at least one; 0 is the bootstrap server.
    pub(crate) fn servers(&mut self) -> Vec<i64> {
        let all = [0, 1, 2, 3].into_iter();
        let mut servers: Vec<i64> = all.filter(|_| self.below(2) == 0).collect();
        if servers.is_empty() {
            servers.push(1);
        }
        servers
    }
}
