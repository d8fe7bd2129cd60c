//! Times, interleaved: in each round every peer of a workload runs one short sample, in an order that is shuffled anew.

use crate::adapters::OURS;
use crate::executors::{counting_wakes, pin_thread};
use crate::options::Options;
use crate::registry::{Case, Registry};
use crate::remarks;
use crate::results::{self, Timing};
use crate::workloads::limit;
use std::io;
use std::time::Duration;

/// How long a sample lasts.
const SAMPLE: Duration = Duration::from_micros(2500);
/// Samples for counting wakes, which are not timed.
const COUNTED_SAMPLES: u64 = 3;

/// Measures what the options name, prints it, and keeps it unless some peers were left out.
///
/// # Errors
///
/// If the results cannot be stored.
pub(crate) fn run(registry: &Registry, options: &Options) -> io::Result<()> {
    pin_thread(0);
    let mut shuffle = Shuffle(options.seed | 1);
    let order = registry.workloads();
    for workload in options.workloads(registry) {
        let cases = options.cases(registry, workload);
        if cases.is_empty() {
            continue;
        }
        let rows = measure(&cases, options.rounds, &mut shuffle);
        print(workload, &rows);
        if options.all_peers() {
            results::store(rows, &order)?;
        }
    }
    Ok(())
}

/// One workload, all its peers.
fn measure(cases: &[&Case], rounds: usize, shuffle: &mut Shuffle) -> Vec<Timing> {
    let operations: Vec<u64> = cases.iter().map(|case| calibrate(case)).collect();
    let mut wall = vec![Vec::with_capacity(rounds); cases.len()];
    let mut processor = wall.clone();
    let mut order: Vec<usize> = (0..cases.len()).collect();
    for _ in 0..rounds {
        shuffle.shuffle(&mut order);
        for &index in &order {
            let sample = (cases[index].run)(operations[index]);
            wall[index].push(sample.wall_ns());
            processor[index].push(sample.processor_ns());
        }
    }
    let medians: Vec<f64> = wall.iter().map(|samples| median(samples)).collect();
    let best = best(cases, &medians);
    let limit = cases.iter().position(|case| case.peer == limit::NAME);
    let timing = |index: usize| {
        let case: &Case = cases[index];
        let samples: &[f64] = &wall[index];
        Timing {
            workload: case.workload.clone(),
            peer: case.peer.to_owned(),
            rounds,
            median_ns: rounded(medians[index]),
            min_ns: rounded(samples.iter().copied().fold(f64::INFINITY, f64::min)),
            max_ns: rounded(samples.iter().copied().fold(0.0, f64::max)),
            processor_ns: rounded(median(&processor[index])),
            wakes: rounded(wakes(case, operations[index])),
            to_best: rounded(ratio(samples, &wall[best])),
            to_limit: limit.map(|limit| rounded(ratio(samples, &wall[limit]))),
        }
    };
    (0..cases.len()).map(timing).collect()
}

/// The fastest of the peers that count; ours does not stand for itself here. Where nobody else counts, the fastest of all.
fn best(cases: &[&Case], medians: &[f64]) -> usize {
    let counts = |index: &usize| {
        let case = cases[*index];
        case.peer != OURS && remarks::reason(case.peer, &case.workload).is_none()
    };
    let fastest = |a: &usize, b: &usize| medians[*a].total_cmp(&medians[*b]);
    let counting = (0..cases.len()).filter(counts).min_by(fastest);
    counting
        .or_else(|| (0..cases.len()).min_by(fastest))
        .expect("a workload has a peer")
}

/// How many operations last about as long as a sample should.
fn calibrate(case: &Case) -> u64 {
    if let Some(operations) = case.fixed_operations {
        return operations;
    }
    let mut operations = 256;
    loop {
        let sample = (case.run)(operations);
        if sample.wall * 5 >= SAMPLE {
            let wanted = SAMPLE.as_nanos() * u128::from(sample.operations) / sample.wall.as_nanos().max(1);
            return u64::try_from(wanted).expect("a sample is short").max(64);
        }
        operations *= 4;
    }
}

fn wakes(case: &Case, operations: u64) -> f64 {
    let count = || counting_wakes(|| (case.run)(operations));
    let (done, wakes) = (0..COUNTED_SAMPLES)
        .map(|_| count())
        .fold((0, 0), |(done, wakes), (sample, more)| {
            (done + sample.operations, wakes + more)
        });
    wakes as f64 / done as f64
}

/// The median of the ratios of what was measured in the same rounds.
fn ratio(samples: &[f64], base: &[f64]) -> f64 {
    let ratios: Vec<f64> = samples
        .iter()
        .zip(base)
        .map(|(sample, base)| sample / base)
        .collect();
    median(&ratios)
}

fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 {
        sorted[middle]
    } else {
        f64::midpoint(sorted[middle - 1], sorted[middle])
    }
}

/// To three decimals: what is beyond them is noise.
fn rounded(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

fn print(workload: &str, timings: &[Timing]) {
    let mut sorted: Vec<&Timing> = timings.iter().collect();
    sorted.sort_by(|a, b| a.median_ns.total_cmp(&b.median_ns));
    println!("{workload}");
    for timing in sorted {
        let remark =
            remarks::reason(&timing.peer, workload).map_or(String::new(), |reason| format!("  ({reason})"));
        println!(
            "  {:16} {:10.1} ns  {:6.2} x  {:10.1} .. {:<10.1} cpu {:10.1} ns  {:.3} wakes{remark}",
            timing.peer,
            timing.median_ns,
            timing.to_best,
            timing.min_ns,
            timing.max_ns,
            timing.processor_ns,
            timing.wakes,
        );
    }
}

/// A small generator of random numbers (xorshift64) for the order of a round.
struct Shuffle(u64);

impl Shuffle {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn shuffle(&mut self, order: &mut [usize]) {
        for last in (1..order.len()).rev() {
            let places = last as u64 + 1;
            let place = usize::try_from(self.next() % places).expect("it is below the length");
            order.swap(last, place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{median, ratio};

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
    }

    #[test]
    fn ratios_are_taken_round_by_round() {
        assert_eq!(ratio(&[2.0, 40.0, 6.0], &[1.0, 10.0, 3.0]), 2.0);
    }
}
