//! The load tool: how fast the server is, how much it uses, and whether anything is lost. `tests/LOAD.md` is its manual.
//!
//! A [`Scenario`] is run against a server in a process of its own, of one [`Kind`]: ours, or one of the two baselines that tell
//! what its figures mean on any machine. One thread plays all peers. What was found is a [`Report`]; several of them
//! make a [`Comparison`].
//!
//! | module | what it does |
//! |---|---|
//! | `wire` | the languages of the servers |
//! | `crowd` | plays the peers, and keeps account of what was said and heard |
//! | `attackers` | plays those who come to do harm |
//! | `process` | starts a server, and tells what it uses |
//! | [`serve`] | is the server, in that process |
//! | [`scenario`] | what is done to it |
//! | [`report`] | what was found |
//! | [`verify`] | checks journals of readers against an exported log |
//! | [`arguments`] | the command line |

pub mod arguments;
mod attackers;
mod crowd;
pub mod histogram;
pub mod process;
pub mod report;
pub mod scenario;
pub mod serve;
mod strace;
pub mod verify;
mod wire;

use std::error::Error;

pub use process::{Cores, Host};
pub use report::{Comparison, Report};
pub use scenario::{Measuring, Run, Scenario};
pub use wire::{Kind, TEXT_BYTES_MIN};

/// What kept a run from its end: nothing of it can be trusted.
pub type Trouble = Box<dyn Error + Send + Sync>;

/// Runs a scenario against all kinds of servers, one after the other, and that so many times.
///
/// # Errors
/// What ended a run.
pub fn compare(run: &Run<'_>, scenario: &Scenario, rounds: usize) -> Result<Comparison, Trouble> {
    let mut reports = Vec::new();
    for round in 1..=rounds {
        for kind in Kind::ALL {
            (run.progress)(&format!("round {round} of {rounds}: {}", kind.name()));
            reports.push(scenario.run(&Run { kind, ..*run })?);
        }
    }
    Ok(Comparison::of(reports))
}
