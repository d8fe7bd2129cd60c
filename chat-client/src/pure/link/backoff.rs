//! How long to wait before the next try.

use chat_proto::message::Failed;

/// The first wait is at most this long.
pub const FIRST_DELAY_MS: u64 = 250;

/// No wait is longer, unless the server asked for more.
pub const DELAY_MAX_MS: u64 = 30_000;

/// Whoever has no patience has it tried again at once, but no sooner than so long after the last try began.
pub const RETRY_PAUSE_MS: u64 = 1_000;

/// The server is not obeyed when it asks to come back, or to try again, later than this.
pub const COME_BACK_MAX_MS: u64 = 60 * 60 * 1000;

const _: () = assert!(FIRST_DELAY_MS <= DELAY_MAX_MS, "waits grow");
const _: () = assert!(RETRY_PAUSE_MS < DELAY_MAX_MS, "having no patience is of use");

/// Waits that grow: each is drawn from nothing up to a bound that doubles, so that those who lost the same server
/// come back spread out.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Backoff {
    tries: u32,
}

impl Backoff {
    /// The next wait.
    pub(super) fn next_delay_ms(&mut self, random: &mut Random) -> u64 {
        let bound_ms = FIRST_DELAY_MS
            .saturating_mul(1 << self.tries.min(31))
            .min(DELAY_MAX_MS);
        self.tries = self.tries.saturating_add(1);
        random.below(bound_ms + 1)
    }

    /// The next wait after this refusal: not shorter than the server asks, unless that is beyond [`COME_BACK_MAX_MS`].
    pub(super) fn retry_ms(&mut self, failed: &Failed, random: &mut Random) -> u64 {
        self.next_delay_ms(random).max(asked_wait_ms(failed))
    }

    /// It worked: the next wait is a short one.
    pub(super) const fn reset(&mut self) {
        self.tries = 0;
    }
}

/// How long the server asks to wait before the next try, as far as it is obeyed.
pub(super) fn asked_wait_ms(failed: &Failed) -> u64 {
    u64::from(failed.wait_ms).min(COME_BACK_MAX_MS)
}

/// Numbers that look random, always the same from the same seed (SplitMix64). Good for spreading, not for secrets.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_of_a_wait_doubles_up_to_the_longest() {
        let mut longest = [0; 12];
        for seed in 0..2000 {
            let (mut backoff, mut random) = (Backoff::default(), Random::new(seed));
            for longest in &mut longest {
                *longest = backoff.next_delay_ms(&mut random).max(*longest);
            }
        }
        for (tries, longest) in longest.into_iter().enumerate() {
            let bound = (FIRST_DELAY_MS << tries).min(DELAY_MAX_MS);
            assert!(
                (bound * 9 / 10..=bound).contains(&longest),
                "try {tries}: {longest}"
            );
        }
    }

    #[test]
    fn after_a_success_waits_are_short_again() {
        let (mut backoff, mut random) = (Backoff::default(), Random::new(7));
        for _ in 0..100 {
            backoff.next_delay_ms(&mut random);
        }
        backoff.reset();
        assert!(backoff.next_delay_ms(&mut random) <= FIRST_DELAY_MS);
    }

    #[test]
    fn two_seeds_wait_differently() {
        let waits = |seed| {
            let (mut backoff, mut random) = (Backoff::default(), Random::new(seed));
            std::array::from_fn::<_, 8, _>(|_| backoff.next_delay_ms(&mut random))
        };
        assert_ne!(waits(1), waits(2));
        assert_eq!(waits(1), waits(1));
    }
}
