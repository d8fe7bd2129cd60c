//! The two clocks that what decides is told about.
//!
//! They are read for whatever happens to a connection, so on Linux they are the coarse ones: they stand still between
//! two of the kernel's ticks (1 to 10 ms) and cost a tenth. All deadlines are far longer.

use std::time::Duration;

/// Counts from when the server was bound.
#[derive(Clone, Copy)]
pub(crate) struct Clock {
    start: Duration,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self {
            start: reading::monotonic(),
        }
    }

    /// Milliseconds since the start; never goes back.
    pub(crate) fn now_ms(self) -> u64 {
        let since_start = reading::monotonic().saturating_sub(self.start);
        u64::try_from(since_start.as_millis()).expect("2^64 milliseconds are 500 million years")
    }
}

/// Milliseconds since 1970-01-01 UTC; goes where the machine's clock is set to, and is only ever shown.
pub(crate) fn unix_ms() -> u64 {
    u64::try_from(reading::since_1970().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(target_os = "linux")]
mod reading {
    use std::time::Duration;

    use rustix::time::{ClockId, clock_gettime};

    pub(super) fn monotonic() -> Duration {
        read(ClockId::MonotonicCoarse)
    }

    pub(super) fn since_1970() -> Duration {
        read(ClockId::RealtimeCoarse)
    }

    /// A clock that shows a time before its zero is taken to show zero.
    fn read(clock: ClockId) -> Duration {
        Duration::try_from(clock_gettime(clock)).unwrap_or_default()
    }
}

#[cfg(not(target_os = "linux"))]
mod reading {
    use std::sync::LazyLock;
    use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

    static START: LazyLock<Instant> = LazyLock::new(Instant::now);

    pub(super) fn monotonic() -> Duration {
        START.elapsed()
    }

    pub(super) fn since_1970() -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }
}
