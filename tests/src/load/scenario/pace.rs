//! Talking at a steady rate, and how long it takes until it is heard.

use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use super::super::Trouble;
use super::super::process::Choices;
use super::super::report::Report;
use super::stage::{Stage, Window};
use super::talk::spread;
use super::{Run, float};

/// Two in a room.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Echo {
    /// Messages a second
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: u32,
}

/// Many in a room.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Latency {
    /// How many are in the room
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub members: usize,

    /// How many of them talk, in turn
    #[arg(long, value_name = "S", default_value_t = 10)]
    pub senders: usize,

    /// Deliveries a second: messages times members
    #[arg(long, value_name = "N", default_value_t = 40_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: u32,
}

impl Echo {
    pub(super) fn run(&self, run: &Run<'_>) -> Result<Report, Trouble> {
        let interval = Duration::from_secs(1) / self.rate;
        let settings = vec![("messages_a_second", json!(self.rate))];
        // Only what the one who talks hears is its own.
        pace(run, ("echo", settings), 2, interval, &[0], |peer| peer == 0)
    }
}

impl Latency {
    pub(super) fn run(&self, run: &Run<'_>) -> Result<Report, Trouble> {
        let members = u64::try_from(self.members)?;
        let interval = Duration::from_secs_f64(float(members) / f64::from(self.rate));
        let settings = vec![
            ("members", json!(self.members)),
            ("senders", json!(self.senders)),
            ("deliveries_a_second", json!(self.rate)),
        ];
        let speakers = spread(self.senders, self.members);
        pace(
            run,
            ("latency", settings),
            self.members,
            interval,
            &speakers,
            |_| true,
        )
    }
}

fn pace(
    run: &Run<'_>,
    (name, settings): (&'static str, Vec<(&'static str, Value)>),
    members: usize,
    interval: Duration,
    speakers: &[usize],
    is_timed: impl Fn(usize) -> bool,
) -> Result<Report, Trouble> {
    let mut report = Report::new(name, run.kind, settings);
    let mut stage = Stage::set(run, Choices::default())?;
    stage.gather(members, members)?;
    stage.calm_down()?;
    stage.crowd.time_only(is_timed);
    stage.pace_for(run.measuring.warm_up, interval, speakers)?;
    let window = Window::open(&mut stage)?;
    stage.pace_for(run.measuring.seconds, interval, speakers)?;
    window.close(&stage, &mut report)?;
    stage.drain()?;
    stage.add_faults(&mut report);
    Ok(report)
}
