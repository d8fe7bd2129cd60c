//! What is done to a server, and what of it is measured.

mod attack;
mod crowds;
mod herd;
mod million;
mod pace;
mod pair;
mod slow;
mod stage;
mod talk;

use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::json;

use super::Trouble;
use super::process::Host;
use super::report::Report;
use super::wire::{Kind, TEXT_BYTES_MIN};
pub use attack::Attack;
pub use crowds::{Idle, Storm};
pub use herd::Herd;
pub use million::Million;
pub use pace::{Echo, Latency};
pub use slow::Slow;
pub use talk::{Fanout, Rooms};

/// The longest text that the load tool says: each kind of server takes it.
const TEXT_BYTES_MAX: u64 = 4096;

/// What is done.
#[derive(Clone, Debug, Subcommand)]
pub enum Scenario {
    /// Many in one room, some of whom talk without a pause
    Fanout(Fanout),
    /// Many small rooms, in which everybody talks without a pause
    Rooms(Rooms),
    /// Many who are there and say nothing: the server's memory and CPU
    Idle(Idle),
    /// Many who connect, join a small room and leave: the server's CPU for each
    Storm(Storm),
    /// Everybody reconnects at once to a server that was killed: the time until all are back
    Herd(Herd),
    /// Two in a room, one of whom talks at a steady rate: the time until it hears itself
    Echo(Echo),
    /// Many in one room, a steady rate of deliveries: the time until each is there
    Latency(Latency),
    /// One of many stops reading for a while: what the others notice, and whether it catches up
    Slow(Slow),
    /// An ordinary conversation, while others attack the server: what that does to it
    Attack(Attack),
    /// A room with a long history: the time that joining, pages, searches and one more message take
    Million(Million),
}

/// How to measure.
#[derive(Clone, Debug, Args)]
pub struct Measuring {
    /// Bytes of each text
    #[arg(long, value_name = "BYTES", global = true, default_value_t = 64,
          value_parser = clap::value_parser!(u64).range(TEXT_BYTES_MIN as u64..=TEXT_BYTES_MAX))]
    pub text_bytes: u64,

    /// Measure for so long
    #[arg(long, value_name = "SECONDS", global = true, default_value = "5", value_parser = seconds)]
    pub seconds: Duration,

    /// Let it run so long before
    #[arg(long, value_name = "SECONDS", global = true, default_value = "1", value_parser = seconds)]
    pub warm_up: Duration,

    /// Talking without a pause: let the load rest so long after each look
    #[arg(long, value_name = "MICROSECONDS", global = true, default_value_t = 0,
          value_parser = clap::value_parser!(u64).range(..=10_000))]
    pub pause_us: u64,

    /// chat: speak TLS 1.3, each peer with a key of its own
    #[arg(long, global = true)]
    pub tls: bool,

    /// Count system calls with strace: of such a run only the counts mean anything
    #[arg(long, global = true)]
    pub strace: bool,
}

fn seconds(argument: &str) -> Result<Duration, String> {
    let seconds: f64 = argument.parse().map_err(|_| "not a number".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

/// One run: where, what, how, and who hears of its progress.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// How servers are started.
    pub host: &'a Host,
    /// Which server.
    pub kind: Kind,
    /// How to measure.
    pub measuring: &'a Measuring,
    /// Is told what is going on.
    pub progress: &'a dyn Fn(&str),
}

impl Scenario {
    /// Runs it.
    ///
    /// # Errors
    /// What ended it.
    pub fn run(&self, run: &Run<'_>) -> Result<Report, Trouble> {
        let is_secured = run.measuring.tls;
        if is_secured && run.kind != Kind::Chat {
            return Err("only our server speaks TLS".into());
        }
        let mut report = self.run_on(run)?;
        if is_secured {
            report.settings.push(("tls", json!(true)));
        }
        Ok(report)
    }

    fn run_on(&self, run: &Run<'_>) -> Result<Report, Trouble> {
        match self {
            Self::Fanout(fanout) => fanout.run(run),
            Self::Rooms(rooms) => rooms.run(run),
            Self::Idle(idle) => idle.run(run),
            Self::Storm(storm) => storm.run(run),
            Self::Herd(herd) => herd.run(run),
            Self::Echo(echo) => echo.run(run),
            Self::Latency(latency) => latency.run(run),
            Self::Slow(slow) => slow.run(run),
            Self::Attack(attack) => attack.run(run),
            Self::Million(million) => million.run(run),
        }
    }
}

/// A count as a figure. (Beyond 2^53 it would be rounded; nothing here is counted that far.)
#[expect(clippy::cast_precision_loss, reason = "no run counts beyond 2^53")]
fn float(count: u64) -> f64 {
    count as f64
}
