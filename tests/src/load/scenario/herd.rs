//! Everybody comes back at once.

use std::time::{Duration, Instant};

use clap::Args;
use serde_json::json;

use super::super::Trouble;
use super::super::histogram::Histogram;
use super::super::process::Choices;
use super::super::report::Report;
use super::stage::{Patience, Stage, add_times};
use super::{Run, float};
use crate::server::address_of_its_own;

/// A crowd whose server is killed and started again.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Herd {
    /// How many there are
    #[arg(long, value_name = "N", default_value_t = 2000)]
    pub connections: usize,

    /// How many are in each room
    #[arg(long, value_name = "M", default_value_t = 10)]
    pub members: usize,
}

impl Herd {
    pub(super) fn run(&self, run: &Run<'_>) -> Result<Report, Trouble> {
        if run.host.running.is_some() {
            return Err("the herd kills its server: it is not for one that others use".into());
        }
        let settings = vec![
            ("connections", json!(self.connections)),
            ("members", json!(self.members)),
        ];
        let mut report = Report::new("herd", run.kind, settings);
        let choices = Choices {
            listen: Some(address_of_its_own()),
            ..Choices::default()
        };
        let mut stage = Stage::set(run, choices)?;
        stage.gather(self.connections, self.members.max(1))?;
        stage.target.end();
        self.all_lose_it(&mut stage)?;
        stage.crowd.forget_server();
        stage.target = run.host.start(run.kind, choices)?;
        let before = stage.target.usage();
        let began = Instant::now();
        stage.crowd.arrivals = Histogram::default();
        let tries = self.all_come_back(&mut stage, began)?;
        let time = began.elapsed();
        stage.calm_down()?;
        let count = float(u64::try_from(self.connections)?);
        report.add("all_back_ms", time.as_secs_f64() * 1e3);
        report.add("tries_per_connection", float(tries) / count);
        if let (Some(before), Some(after)) = (before, stage.target.usage()) {
            let used = after.since(&before).cpu();
            report.add("cpu_us_per_connection", used.as_secs_f64() * 1e6 / count);
        }
        add_times(&mut report, &stage.crowd.arrivals);
        Ok(report)
    }

    fn all_lose_it(&self, stage: &mut Stage<'_>) -> Result<(), Trouble> {
        let mut lost = 0;
        let mut patience = Patience::new("everybody has noticed that the server is gone");
        while lost < self.connections {
            stage.crowd.turn(Duration::from_millis(50))?;
            let gone = stage.crowd.take_gone().len();
            lost += gone;
            patience.check(gone > 0)?;
        }
        Ok(())
    }

    /// How many connections it took.
    fn all_come_back(&self, stage: &mut Stage<'_>, began: Instant) -> Result<u64, Trouble> {
        let mut tries = 0;
        let mut back = 0;
        let mut outside: Vec<usize> = (0..self.connections).collect();
        let mut patience = Patience::new("everybody is back");
        while back < self.connections {
            for peer in outside.drain(..) {
                stage.crowd.add_again(peer, began)?;
                tries += 1;
            }
            stage.crowd.turn(Duration::from_millis(50))?;
            let arrived = stage.crowd.take_arrived().len();
            back += arrived;
            patience.check(arrived > 0)?;
            // Whoever was sent away tries again at once, as a badly behaved client would.
            outside = stage.crowd.take_gone();
            stage.tell(|| format!("{back} of {} are back", self.connections));
        }
        Ok(tries)
    }
}
