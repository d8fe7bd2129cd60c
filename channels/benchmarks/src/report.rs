//! The tables and the plot, from the stored results.

mod plot;
mod tables;

use crate::adapters::OURS;
use crate::registry::Registry;
use crate::remarks;
use crate::results::{self, Instructions, Memory, Row, Timing};
use crate::workloads::limit;
use std::fs;
use std::io;

/// One peer's figure in one workload, whatever was measured.
struct Figure<'a> {
    workload: &'a str,
    peer: &'a str,
    value: f64,
    /// The ratio to the best peer that counts.
    to_best: f64,
    to_limit: Option<f64>,
}

impl Figure<'_> {
    fn counts(&self) -> bool {
        remarks::reason(self.peer, self.workload).is_none()
    }
}

/// Writes `results/tables.md` and `results/plot.svg`.
///
/// # Errors
///
/// If results cannot be read, or the files cannot be written.
pub(crate) fn write(registry: &Registry) -> io::Result<()> {
    let timings: Vec<Timing> = results::load()?;
    let instructions: Vec<Instructions> = results::load()?;
    let memory: Vec<Memory> = results::load()?;
    let times = times(&timings);
    let counts = counts(&instructions);
    let workloads = registry.workloads();
    let mut text = String::from("# Measured\n");
    tables::summary(&mut text, &times, &counts);
    tables::times(&mut text, &workloads, &timings);
    tables::instructions(&mut text, &workloads, &counts);
    tables::memory(&mut text, &memory);
    tables::remarks(&mut text, &times);
    for (file, content) in [("tables.md", text), ("plot.svg", plot::draw(&workloads, &times))] {
        fs::write(results::path(file), content)?;
        println!("{}", results::path(file).display());
    }
    let missing = [
        (times.is_empty(), Timing::FILE),
        (counts.is_empty(), Instructions::FILE),
        (memory.is_empty(), Memory::FILE),
    ];
    for (_, file) in missing.iter().filter(|(missing, _)| *missing) {
        println!("nothing is measured yet for {file}");
    }
    Ok(())
}

fn times(timings: &[Timing]) -> Vec<Figure<'_>> {
    timings
        .iter()
        .map(|timing| Figure {
            workload: &timing.workload,
            peer: &timing.peer,
            value: timing.median_ns,
            to_best: timing.to_best,
            to_limit: timing.to_limit,
        })
        .collect()
}

/// Instructions with their ratios, which need no rounds.
fn counts(instructions: &[Instructions]) -> Vec<Figure<'_>> {
    let figure = |row: &Instructions| -> (f64, Option<f64>) {
        let others = instructions.iter().filter(|other| other.workload == row.workload);
        let counting = others
            .clone()
            .filter(|other| other.peer != OURS && remarks::reason(&other.peer, &other.workload).is_none());
        let least = counting.map(|other| other.count).fold(f64::INFINITY, f64::min);
        let limit = others.clone().find(|other| other.peer == limit::NAME);
        (row.count / least, limit.map(|limit| row.count / limit.count))
    };
    instructions
        .iter()
        .map(|row| {
            let (to_best, to_limit) = figure(row);
            Figure {
                workload: &row.workload,
                peer: &row.peer,
                value: row.count,
                to_best,
                to_limit,
            }
        })
        .collect()
}

/// The geometric mean, and how many ratios went into it; nothing without any.
fn geometric_mean(ratios: impl Iterator<Item = f64>) -> Option<(f64, usize)> {
    let logarithms: Vec<f64> = ratios.map(f64::ln).collect();
    let count = logarithms.len();
    (count > 0).then(|| ((logarithms.iter().sum::<f64>() / count as f64).exp(), count))
}
