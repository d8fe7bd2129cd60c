//! Instructions for one operation, counted by callgrind: exact, so no rounds and no ratios in time are needed.
//!
//! Each case runs twice, with few and with more operations, in a process of its own; what starting up costs is the same
//! in both and vanishes in the difference.

use crate::options::Options;
use crate::registry::{Case, Registry, Threads};
use crate::results::{self, Instructions};
use std::env;
use std::io;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Multiples of every peer's block of slots and of every burst.
const FEW: u64 = 64 * 64;
const MORE: u64 = 3 * FEW;
/// For the workload of a million: between two doublings of what a queue's buffer holds.
const FEW_OF_A_MILLION: u64 = 140_000;
const MORE_OF_A_MILLION: u64 = 250_000;

/// Counts what the options name, prints it, and keeps it unless some peers were left out.
///
/// # Errors
///
/// If valgrind cannot be started or fails, or the results cannot be stored.
pub(crate) fn run(registry: &Registry, options: &Options) -> io::Result<()> {
    let mut cases: Vec<&Case> = Vec::new();
    for workload in options.workloads(registry) {
        let single = |case: &&Case| case.threads == Threads::One;
        cases.extend(options.cases(registry, workload).into_iter().filter(single));
    }
    let next = AtomicUsize::new(0);
    let work = || {
        let mut counted = Vec::new();
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            let row = count(case)?;
            println!("{:36} {:16} {:8.1}", row.workload, row.peer, row.count);
            counted.push(row);
        }
        Ok(counted)
    };
    let workers = thread::available_parallelism()?.get();
    let parts: Vec<io::Result<Vec<Instructions>>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("no worker panics"))
            .collect()
    });
    let mut rows = Vec::new();
    for part in parts {
        rows.extend(part?);
    }
    let place = |row: &Instructions| {
        cases
            .iter()
            .position(|case| case.peer == row.peer && case.workload == row.workload)
    };
    rows.sort_by_key(place);
    if options.all_peers() {
        results::store(rows, &registry.workloads())
    } else {
        Ok(())
    }
}

/// Runs one case in this process, for callgrind to watch.
pub(crate) fn run_case(
    registry: &Registry,
    workload: &str,
    peer: &str,
    operations: u64,
) -> Result<(), String> {
    let case = registry
        .cases
        .iter()
        .find(|case| case.workload == workload && case.peer == peer);
    let case = case.ok_or_else(|| format!("{peer} does not take part in {workload}"))?;
    (case.run)(operations);
    Ok(())
}

fn count(case: &Case) -> io::Result<Instructions> {
    let (few, more) = match case.fixed_operations {
        None => (FEW, MORE),
        Some(_) => (FEW_OF_A_MILLION, MORE_OF_A_MILLION),
    };
    let difference = callgrind(case, more)? - callgrind(case, few)?;
    Ok(Instructions {
        workload: case.workload.clone(),
        peer: case.peer.to_owned(),
        count: difference / (more - few) as f64,
    })
}

/// All instructions of a process that runs that many operations.
fn callgrind(case: &Case, operations: u64) -> io::Result<f64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe()?)
        .args(["run-case", &case.workload, case.peer, &operations.to_string()])
        .output()
        .map_err(|error| io::Error::other(format!("valgrind does not start ({error}): install it")))?;
    let report = String::from_utf8_lossy(&output.stderr);
    let collected = report.lines().find_map(|line| line.split_once("Collected :"));
    let number = collected.and_then(|(_, number)| number.trim().parse().ok());
    match number {
        Some(number) if output.status.success() => Ok(number),
        Some(_) | None => Err(io::Error::other(format!(
            "{} of {} failed:\n{report}",
            case.workload, case.peer
        ))),
    }
}
