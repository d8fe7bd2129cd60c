//! An ordinary conversation, while others try to make it stop.

use std::fmt;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::super::Trouble;
use super::super::attackers::{Attackers, Numbers};
use super::super::histogram::Histogram;
use super::super::process::{Choices, Usage};
use super::super::report::{Report, median};
use super::super::wire::Kind;
use super::stage::Stage;
use super::talk::spread;
use super::{Run, float};

/// Pairs of runs with and without attackers.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Attack {
    /// How many are in the room; the limits for an address hold for them too
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=32))]
    pub members: u16,

    /// How many of them talk, in turn
    #[arg(long, value_name = "S", default_value_t = 10)]
    pub senders: usize,

    /// Messages a second; the server takes 20 from each sender
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: u32,

    /// How long the attack lasts; its first half is not measured
    #[arg(long, value_name = "SECONDS", default_value = "24", value_parser = super::seconds)]
    pub time: Duration,

    /// Attackers who send a byte a second
    #[arg(long, value_name = "N", default_value_t = 2000)]
    pub tricklers: usize,

    /// Attackers who open and close connections
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub openers: usize,

    /// Connections a second that they open together
    #[arg(long, value_name = "N", default_value_t = 2000)]
    pub openings: u32,

    /// Attackers who send garbage
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub babblers: usize,

    /// Attackers who join the room and never read
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub deaf: usize,

    /// Pairs of runs
    #[arg(long, value_name = "N", default_value_t = 7)]
    pub pairs: usize,
}

/// What one run of a pair found.
struct Half {
    p50_us: f64,
    p99_us: f64,
    max_us: f64,
    /// In the time that is measured.
    grown_kib: Option<f64>,
    /// From before the attack until its end.
    grown_in_all_kib: Option<f64>,
    attempts_per_second: f64,
    /// The server's share of its core, in the time that is measured.
    busy: Option<f64>,
    lost: u64,
    doubled: u64,
    strange: u64,
}

impl fmt::Display for Half {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            p50_us,
            p99_us,
            max_us,
            attempts_per_second,
            ..
        } = self;
        write!(
            f,
            "p50 {p50_us:.0} us, p99 {p99_us:.0} us, at most {max_us:.0} us; {attempts_per_second:.0} connections tried a second"
        )
    }
}

impl Attack {
    pub(super) fn run(&self, run: &Run<'_>) -> Result<Report, Trouble> {
        if run.kind != Kind::Chat {
            return Err("only our server has limits against attackers".into());
        }
        let (mut peace, mut war) = (Vec::new(), Vec::new());
        for pair in 0..self.pairs {
            // The one that comes first is not always the same.
            for attacked in [pair % 2 == 0, pair % 2 != 0] {
                let (what, pairs) = (if attacked { "with" } else { "without" }, self.pairs);
                (run.progress)(&format!("pair {} of {pairs}: {what} attackers", pair + 1));
                let half = self.half(run, attacked)?;
                (run.progress)(&half.to_string());
                if attacked { &mut war } else { &mut peace }.push(half);
            }
        }
        Ok(self.report(run, &peace, &war))
    }

    fn half(&self, run: &Run<'_>, attacked: bool) -> Result<Half, Trouble> {
        let interval = Duration::from_secs(1) / self.rate;
        let members = usize::from(self.members);
        let speakers = spread(self.senders, members);
        let choices = Choices {
            limit_loopback: true,
            ..Choices::default()
        };
        let mut stage = Stage::set(run, choices)?;
        stage.gather(members, members)?;
        stage.pace_for(run.measuring.warm_up, interval, &speakers)?;
        let before = stage.target.usage();
        let attackers = if attacked {
            let (server, wire) = (stage.target.address, stage.wire());
            Some(Attackers::begin(server, self.numbers(), wire)?)
        } else {
            None
        };
        stage.pace_for(self.time / 2, interval, &speakers)?;
        let middle = stage.target.usage();
        stage.crowd.ledger.latencies = Histogram::default();
        stage.pace_for(self.time / 2, interval, &speakers)?;
        let times = stage.crowd.ledger.latencies.clone();
        let after = stage.target.usage();
        let attempts = attackers.as_ref().map_or(0, Attackers::connections_tried);
        drop(attackers);
        stage.drain()?;
        let quantile = |per_mille| float(times.quantile_ns(per_mille).unwrap_or(0)) / 1e3;
        let grown_kib = |since: &Option<_>| {
            let both = since.as_ref().zip(after.as_ref());
            both.map(|(since, after): (&Usage, &Usage)| float(after.since(since).resident_bytes) / 1024.0)
        };
        let used = middle.as_ref().zip(after.as_ref());
        let used = used.map(|(middle, after)| after.since(middle).cpu());
        Ok(Half {
            p50_us: quantile(500),
            p99_us: quantile(990),
            max_us: float(times.max_ns()) / 1e3,
            grown_kib: grown_kib(&middle),
            grown_in_all_kib: grown_kib(&before),
            busy: used.map(|cpu| cpu.as_secs_f64() / (self.time / 2).as_secs_f64()),
            attempts_per_second: float(attempts) / self.time.as_secs_f64(),
            lost: stage.crowd.ledger.lost,
            doubled: stage.crowd.ledger.doubled,
            strange: stage.crowd.ledger.strange,
        })
    }

    const fn numbers(&self) -> Numbers {
        Numbers {
            tricklers: self.tricklers,
            openers: self.openers,
            openings_per_second: self.openings,
            babblers: self.babblers,
            deaf: self.deaf,
        }
    }

    fn report(&self, run: &Run<'_>, peace: &[Half], war: &[Half]) -> Report {
        let settings = vec![
            ("members", json!(self.members)),
            ("messages_a_second", json!(self.rate)),
            ("tricklers", json!(self.tricklers)),
            ("openers", json!(self.openers)),
            ("babblers", json!(self.babblers)),
            ("deaf", json!(self.deaf)),
            ("time_s", json!(self.time.as_secs_f64())),
            ("pairs", json!(self.pairs)),
        ];
        let mut report = Report::new("attack", run.kind, settings);
        let ratios = |of: fn(&Half) -> f64| {
            let pairs = war.iter().zip(peace);
            median(pairs.map(|(with, without)| of(with) / of(without)).collect())
        };
        report.add_if_known("p50_ratio", ratios(|half| half.p50_us));
        report.add_if_known("p99_ratio", ratios(|half| half.p99_us));
        let middle = |halves: &[Half], of: fn(&Half) -> f64| median(halves.iter().map(of).collect());
        report.add_if_known("p50_us", middle(war, |half| half.p50_us));
        report.add_if_known("p99_us", middle(war, |half| half.p99_us));
        report.add_if_known("p99_without_us", middle(peace, |half| half.p99_us));
        let stall_ms = |halves: &[Half]| halves.iter().map(|half| half.max_us).fold(0.0, f64::max) / 1e3;
        report.add("greatest_stall_ms", stall_ms(war));
        report.add("greatest_stall_without_ms", stall_ms(peace));
        let grown =
            |halves: &[Half], of: fn(&Half) -> Option<f64>| median(halves.iter().filter_map(of).collect());
        report.add_if_known("rss_growth_kib", grown(war, |half| half.grown_kib));
        report.add_if_known("rss_growth_without_kib", grown(peace, |half| half.grown_kib));
        report.add_if_known("rss_of_attack_kib", grown(war, |half| half.grown_in_all_kib));
        report.add_if_known(
            "attempts_per_second",
            middle(war, |half| half.attempts_per_second),
        );
        let busy = |halves: &[Half]| median(halves.iter().filter_map(|half| half.busy).collect());
        report.add_if_known("server_busy", busy(war));
        report.add_if_known("server_busy_without", busy(peace));
        let all = || war.iter().chain(peace);
        report.add("lost", float(all().map(|half| half.lost).sum()));
        report.add("doubled", float(all().map(|half| half.doubled).sum()));
        report.add("strange", float(all().map(|half| half.strange).sum()));
        report
    }
}
