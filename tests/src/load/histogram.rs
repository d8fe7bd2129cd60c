//! Times, counted in buckets that are at most 1.6 % wide.

/// Buckets for each doubling.
const STEPS: usize = 1 << STEPS_LOG2;

const STEPS_LOG2: usize = 6;

/// One row of steps for each doubling of a `u64` that has more bits than the steps, and one below.
const BUCKETS: usize = (64 - STEPS_LOG2 + 1) * STEPS;

/// How often something took how long, in nanoseconds.
#[derive(Clone, Debug)]
pub struct Histogram {
    counts: Box<[u64]>,
    count: u64,
    max_ns: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            counts: vec![0; BUCKETS].into(),
            count: 0,
            max_ns: 0,
        }
    }
}

impl Histogram {
    /// Counts one.
    pub fn record(&mut self, ns: u64) {
        self.counts[bucket(ns)] += 1;
        self.count += 1;
        self.max_ns = self.max_ns.max(ns);
    }

    /// How many were counted.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The longest of all, exactly.
    #[must_use]
    pub const fn max_ns(&self) -> u64 {
        self.max_ns
    }

    /// So many of a thousand took no longer than this; nothing if none was counted.
    #[must_use]
    pub fn quantile_ns(&self, per_mille: u64) -> Option<u64> {
        let wanted = (self.count * per_mille).div_ceil(1000).max(1);
        let mut seen = 0;
        let found = self.counts.iter().position(|count| {
            seen += count;
            seen >= wanted
        })?;
        Some(upper_bound(found).min(self.max_ns))
    }
}

/// Small numbers have a bucket each; then each doubling has [`STEPS`].
const fn bucket(ns: u64) -> usize {
    let row = (u64::BITS - ns.leading_zeros()) as usize;
    if row <= STEPS_LOG2 {
        return step(ns);
    }
    let doublings = row - STEPS_LOG2;
    doublings * STEPS + step((ns >> (doublings - 1)) & (STEPS as u64 - 1))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the caller keeps it below the number of steps"
)]
const fn step(low_bits: u64) -> usize {
    low_bits as usize
}

/// The longest time that falls into a bucket.
const fn upper_bound(bucket: usize) -> u64 {
    let (doublings, step) = (bucket / STEPS, (bucket % STEPS) as u64);
    if doublings == 0 {
        return step;
    }
    // Of the last bucket the sum below is 2^64: it ends with the numbers.
    let width = 1 << (doublings - 1);
    ((STEPS as u64 + step) << (doublings - 1)) | (width - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_falls_into_a_bucket_that_ends_at_most_a_sixtieth_later() {
        let mut ns = 1;
        while ns < u64::MAX / 3 {
            let end = upper_bound(bucket(ns));
            assert!(
                end >= ns && end - ns <= ns / (STEPS as u64 - 4),
                "{ns} ends at {end}"
            );
            ns = ns * 3 / 2 + 1;
        }
        assert_eq!(upper_bound(bucket(u64::MAX)), u64::MAX);
    }

    #[test]
    fn quantiles_are_those_of_what_was_counted() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.quantile_ns(500), None);
        for ns in 1..=1000 {
            histogram.record(ns);
        }
        assert_eq!(histogram.count(), 1000);
        assert_eq!(histogram.max_ns(), 1000);
        assert_eq!(histogram.quantile_ns(1), Some(1));
        assert!((500..=508).contains(&histogram.quantile_ns(500).unwrap()));
        assert!((990..=1000).contains(&histogram.quantile_ns(990).unwrap()));
        assert_eq!(histogram.quantile_ns(1000), Some(1000));
    }
}
