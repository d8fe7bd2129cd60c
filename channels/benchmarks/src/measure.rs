//! The two clocks of a sample: the wall's, and the processor time of all threads of this process.

use rustix::time::{ClockId, clock_gettime};
use std::time::{Duration, Instant};

/// What one run of a workload took.
#[derive(Clone, Copy)]
pub(crate) struct Sample {
    pub(crate) operations: u64,
    pub(crate) wall: Duration,
    pub(crate) processor: Duration,
}

impl Sample {
    /// Nanoseconds of the wall's clock for one operation.
    pub(crate) fn wall_ns(&self) -> f64 {
        nanoseconds(self.wall) / self.operations as f64
    }

    /// Nanoseconds of processor time for one operation.
    pub(crate) fn processor_ns(&self) -> f64 {
        nanoseconds(self.processor) / self.operations as f64
    }
}

/// Running clocks.
pub(crate) struct Stopwatch {
    processor: Duration,
    wall: Instant,
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self {
            processor: processor_time(),
            wall: Instant::now(),
        }
    }

    /// Reads the clocks after that many operations.
    pub(crate) fn stop(self, operations: u64) -> Sample {
        let wall = self.wall.elapsed();
        Sample {
            operations,
            wall,
            processor: processor_time() - self.processor,
        }
    }
}

fn nanoseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e9
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(time).expect("processor time is not negative")
}
