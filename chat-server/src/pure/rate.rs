//! How much of something may happen in a time.
//!
//! A `Bucket` holds one number, the time at which it will be full again, so it costs eight bytes wherever it stands, and
//! nothing while nobody looks: the generic cell rate algorithm (ITU-T I.371), which is a token bucket told by its clock.

/// So much in a second, and so much at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// What comes back in each second. At least 1.
    pub per_second: u32,
    /// What is there after a long silence. At least 1.
    pub at_once: u32,
}

const NS_PER_MS: u64 = 1_000_000;
const NS_PER_S: u64 = 1_000_000_000;

impl Rate {
    /// More than one connection carries.
    pub const UNLIMITED: Self = Self {
        per_second: u32::MAX,
        at_once: u32::MAX,
    };

    const fn ns(self, amount: u32) -> u64 {
        amount as u64 * NS_PER_S / at_least_one(self.per_second)
    }

    const fn capacity_ns(self) -> u64 {
        self.at_once as u64 * NS_PER_S / at_least_one(self.per_second)
    }
}

const fn at_least_one(per_second: u32) -> u64 {
    if per_second == 0 { 1 } else { per_second as u64 }
}

/// What is left of a [`Rate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bucket {
    full_at_ns: u64,
}

impl Bucket {
    /// A full one.
    pub(crate) const fn new() -> Self {
        Self { full_at_ns: 0 }
    }

    /// Takes so much, or nothing and tells in how many milliseconds it is there. More than [`Rate::at_once`] is never there:
    /// it is taken once the bucket is full.
    pub(crate) fn take(&mut self, now_ms: u64, rate: Rate, amount: u32) -> Result<(), u32> {
        let capacity_ns = rate.capacity_ns();
        let cost_ns = rate.ns(amount).min(capacity_ns);
        let missing_ns = (self.owed_ns(now_ms) + cost_ns).saturating_sub(capacity_ns);
        if missing_ns > 0 {
            return Err(in_ms(missing_ns));
        }
        self.spend(now_ms, rate, amount);
        Ok(())
    }

    /// Takes so much whether it is there or not: what is missing has to come back first.
    pub(crate) fn spend(&mut self, now_ms: u64, rate: Rate, amount: u32) {
        self.full_at_ns = (now_ms * NS_PER_MS + self.owed_ns(now_ms)).saturating_add(rate.ns(amount));
    }

    /// In how many milliseconds something is there again; 0 if something is.
    pub(crate) fn wait_ms(&self, now_ms: u64, rate: Rate) -> u32 {
        match self.owed_ns(now_ms) {
            0 => 0,
            owed_ns => in_ms(owed_ns.saturating_sub(rate.capacity_ns())),
        }
    }

    /// Whether it is as a new one.
    pub(crate) fn is_full(&self, now_ms: u64) -> bool {
        self.owed_ns(now_ms) == 0
    }

    const fn owed_ns(&self, now_ms: u64) -> u64 {
        self.full_at_ns.saturating_sub(now_ms * NS_PER_MS)
    }
}

/// Rounded up: who waits so long finds it there.
fn in_ms(ns: u64) -> u32 {
    u32::try_from(ns.div_ceil(NS_PER_MS)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RATE: Rate = Rate {
        per_second: 10,
        at_once: 3,
    };

    #[test]
    fn what_is_there_at_once_is_there_and_then_it_comes_back_evenly() {
        let mut bucket = Bucket::new();
        let taken: Vec<_> = (0..4).map(|_| bucket.take(5_000, RATE, 1)).collect();
        assert_eq!(taken, [Ok(()), Ok(()), Ok(()), Err(100)]);
        assert_eq!(bucket.take(5_099, RATE, 1), Err(1));
        assert_eq!(bucket.take(5_100, RATE, 1), Ok(()));
        assert_eq!(bucket.take(5_100, RATE, 1), Err(100));
    }

    #[test]
    fn a_silence_fills_it_and_no_more() {
        let mut bucket = Bucket::new();
        assert_eq!(bucket.take(0, RATE, 3), Ok(()));
        assert!(!bucket.is_full(299));
        assert!(bucket.is_full(300));
        let taken = (0..9).filter(|_| bucket.take(1_000_000, RATE, 1).is_ok()).count();
        assert_eq!(taken, 3);
    }

    #[test]
    fn what_was_spent_beyond_it_is_waited_for() {
        let mut bucket = Bucket::new();
        bucket.spend(0, RATE, 3);
        assert_eq!(bucket.wait_ms(0, RATE), 0);
        bucket.spend(0, RATE, 10);
        assert_eq!(bucket.wait_ms(0, RATE), 1_000);
        assert_eq!(bucket.wait_ms(1_000, RATE), 0);
    }

    #[test]
    fn more_than_it_ever_holds_is_taken_when_it_is_full() {
        let mut bucket = Bucket::new();
        assert_eq!(bucket.take(0, RATE, 100), Ok(()));
        assert_eq!(bucket.take(0, RATE, 1), Err(9_800));
    }

    #[test]
    fn without_a_limit_nothing_is_waited_for() {
        let mut bucket = Bucket::new();
        for _ in 0..10_000 {
            assert_eq!(bucket.take(0, Rate::UNLIMITED, 1), Ok(()));
            bucket.spend(0, Rate::UNLIMITED, 16 * 1024);
        }
        assert_eq!(bucket.wait_ms(0, Rate::UNLIMITED), 0);
    }

    proptest! {
        #[test]
        fn in_any_time_no_more_is_granted_than_the_rate_allows(
            per_second in 1_u32..1_000,
            at_once in 1_u32..100,
            steps in proptest::collection::vec((0_u64..500, 1_u32..4), 1..200),
        ) {
            let rate = Rate { per_second, at_once };
            let mut bucket = Bucket::new();
            let (mut now_ms, mut granted) = (0, 0);
            for (wait_ms, amount) in steps {
                now_ms += wait_ms;
                let amount = amount.min(at_once);
                match bucket.take(now_ms, rate, amount) {
                    Ok(()) => granted += u64::from(amount),
                    Err(missing_ms) => {
                        prop_assert!(missing_ms > 0);
                        let mut later = bucket;
                        prop_assert_eq!(later.take(now_ms + u64::from(missing_ms), rate, amount), Ok(()));
                    }
                }
                // One more, because a share of a nanosecond is rounded down for each.
                let allowed = u64::from(at_once) + now_ms * u64::from(per_second) / 1_000 + 1;
                prop_assert!(granted <= allowed, "{} > {}", granted, allowed);
            }
        }
    }
}
