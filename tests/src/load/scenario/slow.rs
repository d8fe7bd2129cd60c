//! One of many stops reading.

use std::fmt;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::super::Trouble;
use super::super::histogram::Histogram;
use super::super::process::Choices;
use super::super::report::{Report, median};
use super::stage::Stage;
use super::talk::spread;
use super::{Run, float};

/// Pairs of runs with and without a reader who sleeps.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Slow {
    /// How many are in the room, the sleeper included
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub members: usize,

    /// How many of them talk, in turn
    #[arg(long, value_name = "S", default_value_t = 10)]
    pub senders: usize,

    /// Messages a second; while the sleeper sleeps, history has to keep them
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: u32,

    /// The sleeper reads nothing for so long
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = super::seconds)]
    pub sleep: Duration,

    /// Pairs of runs
    #[arg(long, value_name = "N", default_value_t = 7)]
    pub pairs: usize,
}

/// What one run of a pair found.
struct Half {
    p50_us: f64,
    p99_us: f64,
    max_us: f64,
    grown_kib: Option<f64>,
    lost: u64,
    doubled: u64,
    strange: u64,
    caught_up_ms: f64,
}

impl fmt::Display for Half {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            p50_us,
            p99_us,
            max_us,
            caught_up_ms,
            ..
        } = self;
        write!(
            f,
            "p50 {p50_us:.0} us, p99 {p99_us:.0} us, at most {max_us:.0} us; then everything was told in {caught_up_ms:.0} ms"
        )
    }
}

impl Slow {
    pub(super) fn run(&self, run: &Run<'_>) -> Result<Report, Trouble> {
        let mut awake = Vec::new();
        let mut asleep = Vec::new();
        for pair in 0..self.pairs {
            // The one that comes first is not always the same.
            for with_sleeper in [pair % 2 == 0, pair % 2 != 0] {
                let (what, pairs) = (if with_sleeper { "with" } else { "without" }, self.pairs);
                (run.progress)(&format!("pair {} of {pairs}: {what} a sleeper", pair + 1));
                let half = self.half(run, with_sleeper)?;
                (run.progress)(&half.to_string());
                if with_sleeper { &mut asleep } else { &mut awake }.push(half);
            }
        }
        Ok(self.report(run, &awake, &asleep))
    }

    fn half(&self, run: &Run<'_>, with_sleeper: bool) -> Result<Half, Trouble> {
        let sleeper = self.members.saturating_sub(1);
        let interval = Duration::from_secs(1) / self.rate;
        let speakers = spread(self.senders, sleeper);
        let mut stage = Stage::set(run, Choices::default())?;
        stage.gather(self.members, self.members.max(1))?;
        stage.crowd.shrink_buffer(sleeper)?;
        stage.crowd.time_only(|peer| peer != sleeper);
        stage.pace_for(run.measuring.warm_up, interval, &speakers)?;
        stage.crowd.ledger.latencies = Histogram::default();
        let before = stage.target.usage();
        if with_sleeper {
            stage.crowd.put_to_sleep(sleeper)?;
        }
        stage.pace_for(self.sleep, interval, &speakers)?;
        let grown = before.zip(stage.target.usage());
        let times = stage.crowd.ledger.latencies.clone();
        if with_sleeper {
            stage.crowd.wake_up(sleeper)?;
        }
        let woken = stage.crowd.age();
        stage.drain()?;
        let quantile = |per_mille| float(times.quantile_ns(per_mille).unwrap_or(0)) / 1e3;
        Ok(Half {
            p50_us: quantile(500),
            p99_us: quantile(990),
            max_us: float(times.max_ns()) / 1e3,
            grown_kib: grown.map(|(before, after)| float(after.since(&before).resident_bytes) / 1024.0),
            lost: stage.crowd.ledger.lost,
            doubled: stage.crowd.ledger.doubled,
            strange: stage.crowd.ledger.strange,
            caught_up_ms: (stage.crowd.age() - woken).as_secs_f64() * 1e3,
        })
    }

    fn report(&self, run: &Run<'_>, awake: &[Half], asleep: &[Half]) -> Report {
        let settings = vec![
            ("members", json!(self.members)),
            ("messages_a_second", json!(self.rate)),
            ("sleep_s", json!(self.sleep.as_secs_f64())),
            ("pairs", json!(self.pairs)),
        ];
        let mut report = Report::new("slow", run.kind, settings);
        let ratios = |of: fn(&Half) -> f64| {
            let pairs = asleep.iter().zip(awake);
            median(pairs.map(|(with, without)| of(with) / of(without)).collect())
        };
        report.add_if_known("p50_ratio", ratios(|half| half.p50_us));
        report.add_if_known("p99_ratio", ratios(|half| half.p99_us));
        let middle = |halves: &[Half], of: fn(&Half) -> f64| median(halves.iter().map(of).collect());
        report.add_if_known("p50_us", middle(asleep, |half| half.p50_us));
        report.add_if_known("p99_us", middle(asleep, |half| half.p99_us));
        let stall_ms = |halves: &[Half]| halves.iter().map(|half| half.max_us).fold(0.0, f64::max) / 1e3;
        report.add("greatest_stall_ms", stall_ms(asleep));
        report.add("greatest_stall_without_ms", stall_ms(awake));
        let grown = |halves: &[Half]| median(halves.iter().filter_map(|half| half.grown_kib).collect());
        report.add_if_known("rss_growth_kib", grown(asleep));
        report.add_if_known("rss_growth_without_kib", grown(awake));
        let caught_up_ms = asleep.iter().map(|half| half.caught_up_ms).fold(0.0, f64::max);
        report.add("caught_up_ms", caught_up_ms);
        let all = || asleep.iter().chain(awake);
        report.add("lost", float(all().map(|half| half.lost).sum()));
        report.add("doubled", float(all().map(|half| half.doubled).sum()));
        report.add("strange", float(all().map(|half| half.strange).sum()));
        report
    }
}
