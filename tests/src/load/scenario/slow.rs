//! One of many stops reading.

use std::fmt;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::super::Trouble;
use super::super::histogram::Histogram;
use super::super::process::Choices;
use super::super::report::Report;
use super::pair::{Half, Pairs};
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

/// From the sleeper's first read until it had everything.
struct CaughtUp {
    ms: f64,
}

impl fmt::Display for CaughtUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "then everything was told in {:.0} ms", self.ms)
    }
}

impl Slow {
    pub(super) fn run(&self, run: &Run<'_>) -> Result<Report, Trouble> {
        let pairs = Pairs::run(self.pairs, "a sleeper", run.progress, |with_sleeper| {
            self.half(run, with_sleeper)
        })?;
        Ok(self.report(run, &pairs))
    }

    fn half(&self, run: &Run<'_>, with_sleeper: bool) -> Result<Half<CaughtUp>, Trouble> {
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
        let caught_up = CaughtUp {
            ms: (stage.crowd.age() - woken).as_secs_f64() * 1e3,
        };
        let grown_kib = grown.map(|(before, after)| float(after.since(&before).resident_bytes) / 1024.0);
        Ok(Half::of(&stage, &times, grown_kib, caught_up))
    }

    fn report(&self, run: &Run<'_>, pairs: &Pairs<CaughtUp>) -> Report {
        let settings = vec![
            ("members", json!(self.members)),
            ("messages_a_second", json!(self.rate)),
            ("sleep_s", json!(self.sleep.as_secs_f64())),
            ("pairs", json!(self.pairs)),
        ];
        let mut report = Report::new("slow", run.kind, settings);
        pairs.add_times(&mut report);
        pairs.add_stalls_and_growth(&mut report);
        let caught_up_ms = pairs.with.iter().map(|half| half.more.ms);
        report.add("caught_up_ms", caught_up_ms.fold(0.0, f64::max));
        pairs.add_faults(&mut report);
        report
    }
}
