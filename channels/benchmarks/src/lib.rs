//! The `channels` crate and its peers, measured side by side. The README tells what is measured, how, and by which
//! commands.
#![expect(clippy::print_stdout, reason = "these programs print what they measure")]
#![expect(clippy::print_stderr, reason = "and they say what went wrong")]

mod adapters;
mod allocator;
mod executors;
mod instructions;
mod kinds;
mod measure;
mod memory;
mod message;
mod options;
mod registry;
mod remarks;
mod report;
mod results;
mod time;
mod workloads;

pub use allocator::CountingAllocator;

use options::Options;
use registry::{Registry, Threads};
use std::process::ExitCode;

const USAGE: &str = "usage:
  channels-benchmarks list
  channels-benchmarks time         [--workload GLOB] [--peer GLOB] [--rounds N] [--seed N]
  channels-benchmarks instructions [--workload GLOB] [--peer GLOB]
  channels-benchmarks report
  channels-benchmarks memory       [--workload GLOB] [--peer GLOB]   (built with --features count-allocations)";

/// Does what the words of a command line ask for.
pub fn run(words: impl Iterator<Item = String>) -> ExitCode {
    match dispatch(words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(mut words: impl Iterator<Item = String>) -> Result<(), String> {
    let command = words.next().ok_or(USAGE)?;
    let registry = adapters::registry();
    match command.as_str() {
        "list" => list(&registry),
        "time" => time::run(&registry, &Options::parse(words)?).map_err(|error| error.to_string())?,
        "memory" => memory::run(&registry, &Options::parse(words)?).map_err(|error| error.to_string())?,
        "instructions" => {
            instructions::run(&registry, &Options::parse(words)?).map_err(|error| error.to_string())?
        }
        "report" => report::write(&registry).map_err(|error| error.to_string())?,
        "run-case" => {
            let words: Vec<String> = words.collect();
            let [workload, peer, operations] = words.as_slice() else {
                return Err(USAGE.to_owned());
            };
            let operations = operations.parse().map_err(|_| USAGE)?;
            instructions::run_case(&registry, workload, peer, operations)?;
        }
        _ => return Err(USAGE.to_owned()),
    }
    Ok(())
}

fn list(registry: &Registry) {
    for workload in registry.workloads() {
        let cases: Vec<_> = registry
            .cases
            .iter()
            .filter(|case| case.workload == workload)
            .collect();
        let threads = if cases.iter().all(|case| case.threads == Threads::One) {
            ""
        } else {
            " (threads)"
        };
        let peers: Vec<&str> = cases.iter().map(|case| case.peer).collect();
        println!("{workload}{threads}: {}", peers.join(", "));
    }
}
