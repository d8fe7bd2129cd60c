//! The time that is shown.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The wall clock, but for that it neither goes back nor stands still, whoever sets it: what waits for a time waits for
/// no longer than that.
#[derive(Debug)]
pub(crate) struct WallClock {
    /// Since the beginning of 1970.
    now: Duration,
    looked_at: Instant,
}

impl WallClock {
    pub(crate) fn new() -> Self {
        let mut clock = Self {
            now: Duration::ZERO,
            looked_at: Instant::now(),
        };
        clock.now_ms();
        clock
    }

    /// The time in milliseconds since the beginning of 1970.
    pub(crate) fn now_ms(&mut self) -> u64 {
        self.look(Instant::now(), SystemTime::now())
    }

    fn look(&mut self, at: Instant, wall: SystemTime) -> u64 {
        let passed = at.saturating_duration_since(self.looked_at);
        let wall = wall.duration_since(UNIX_EPOCH).unwrap_or_default();
        self.now = wall.max(self.now.saturating_add(passed));
        self.looked_at = at;
        u64::try_from(self.now.as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: u64 = 3_600_000;

    #[test]
    fn a_clock_that_is_set_back_goes_on_from_where_it_was() {
        let begin = Instant::now();
        let wall = |ms| UNIX_EPOCH + Duration::from_millis(ms);
        let mut clock = WallClock {
            now: Duration::ZERO,
            looked_at: begin,
        };
        assert_eq!(clock.look(begin, wall(2 * HOUR_MS)), 2 * HOUR_MS);
        let mut now_ms = 0;
        // Each look is too early for another millisecond, but all of them are not.
        for look in 1..=4_000 {
            let at = begin + Duration::from_micros(500 * look);
            now_ms = clock.look(at, wall(HOUR_MS + look / 2));
        }
        assert_eq!(now_ms, 2 * HOUR_MS + 2_000);
        let set = clock.look(begin + Duration::from_secs(3), wall(5 * HOUR_MS));
        assert_eq!(set, 5 * HOUR_MS, "it follows the wall clock forward");
    }
}
