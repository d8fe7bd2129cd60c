//! Measures times, instructions and memory, and writes the report.

use std::env;
use std::process::ExitCode;

#[cfg(feature = "count-allocations")]
#[global_allocator]
static ALLOCATOR: channels_benchmarks::CountingAllocator = channels_benchmarks::CountingAllocator;

fn main() -> ExitCode {
    channels_benchmarks::run(env::args().skip(1))
}
