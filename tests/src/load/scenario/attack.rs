//! An ordinary conversation, while others try to make it stop.

use std::fmt;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::super::Trouble;
use super::super::attackers::{Attackers, Numbers};
use super::super::histogram::Histogram;
use super::super::process::{Choices, Usage};
use super::super::report::Report;
use super::super::wire::Kind;
use super::pair::{Half, Pairs, middle};
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

/// What is found besides what the room notices.
struct Siege {
    /// From before the attack until its end.
    grown_kib: Option<f64>,
    attempts_per_second: f64,
    /// The server's share of its core, in the time that is measured.
    busy: Option<f64>,
}

impl fmt::Display for Siege {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.0} connections tried a second", self.attempts_per_second)
    }
}

impl Attack {
    pub(super) fn run(&self, run: &Run<'_>) -> Result<Report, Trouble> {
        if run.kind != Kind::Chat {
            return Err("only our server has limits against attackers".into());
        }
        let pairs = Pairs::run(self.pairs, "attackers", run.progress, |attacked| {
            self.half(run, attacked)
        })?;
        Ok(self.report(run, &pairs))
    }

    fn half(&self, run: &Run<'_>, attacked: bool) -> Result<Half<Siege>, Trouble> {
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
        let halfway = stage.target.usage();
        stage.crowd.ledger.latencies = Histogram::default();
        stage.pace_for(self.time / 2, interval, &speakers)?;
        let times = stage.crowd.ledger.latencies.clone();
        let after = stage.target.usage();
        let attempts = attackers.as_ref().map_or(0, Attackers::connections_tried);
        drop(attackers);
        stage.drain()?;
        let grown_kib = |since: &Option<_>| {
            let both = since.as_ref().zip(after.as_ref());
            both.map(|(since, after): (&Usage, &Usage)| float(after.since(since).resident_bytes) / 1024.0)
        };
        let used = halfway.as_ref().zip(after.as_ref());
        let used = used.map(|(halfway, after)| after.since(halfway).cpu());
        let siege = Siege {
            grown_kib: grown_kib(&before),
            busy: used.map(|cpu| cpu.as_secs_f64() / (self.time / 2).as_secs_f64()),
            attempts_per_second: float(attempts) / self.time.as_secs_f64(),
        };
        Ok(Half::of(&stage, &times, grown_kib(&halfway), siege))
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

    fn report(&self, run: &Run<'_>, pairs: &Pairs<Siege>) -> Report {
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
        pairs.add_times(&mut report);
        let Pairs { with, without } = pairs;
        report.add_if_known("p99_without_us", middle(without, |half| Some(half.p99_us)));
        pairs.add_stalls_and_growth(&mut report);
        report.add_if_known("rss_of_attack_kib", middle(with, |half| half.more.grown_kib));
        report.add_if_known(
            "attempts_per_second",
            middle(with, |half| Some(half.more.attempts_per_second)),
        );
        report.add_if_known("server_busy", middle(with, |half| half.more.busy));
        report.add_if_known("server_busy_without", middle(without, |half| half.more.busy));
        pairs.add_faults(&mut report);
        report
    }
}
