//! Chance that can be repeated.

use std::ops::RangeInclusive;

/// A generator that gives the same numbers for the same seed (splitmix64).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// A generator of its own for each seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number of a range.
    pub const fn within(&mut self, range: RangeInclusive<u64>) -> u64 {
        *range.start() + self.next() % (*range.end() - *range.start() + 1)
    }

    /// A size from 1 to `most`; `most` is at least 1.
    ///
    /// # Panics
    /// Never: a remainder of a `usize` is one.
    pub fn size(&mut self, most: usize) -> usize {
        let most = u64::try_from(most).expect("a usize has at most 64 bits");
        usize::try_from(self.within(1..=most)).expect("no more than a usize")
    }

    /// `true` so many times in a hundred.
    pub const fn percent(&mut self, chance: u64) -> bool {
        self.next() % 100 < chance
    }

    /// Sixteen bytes.
    pub fn bytes(&mut self) -> [u8; 16] {
        let high = u128::from(self.next()) << 64;
        (high | u128::from(self.next())).to_be_bytes()
    }
}
