//! The two clocks that what decides is told about.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Counts from when the server was bound.
#[derive(Clone, Copy)]
pub(crate) struct Clock {
    start: Instant,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self {
            start: Instant::now(),
        }
    }

    /// Milliseconds since the start; never goes back.
    pub(crate) fn now_ms(self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).expect("2^64 milliseconds are 500 million years")
    }
}

/// Milliseconds since 1970-01-01 UTC; goes where the machine's clock is set to, and is only ever shown.
pub(crate) fn unix_ms() -> u64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX)
}
