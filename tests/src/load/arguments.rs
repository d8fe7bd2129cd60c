//! The command line of the load tool.

use std::env;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::Trouble;
use super::process::{Cores, Host};
use super::scenario::{Measuring, Scenario};
use super::serve::Serve;
use super::wire::Kind;

/// The command line.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "chat-load",
    about = "Loads a chat server, and tells how fast it is, what it uses and whether anything was lost.",
    after_help = AFTER_HELP
)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,

    /// What holds for all scenarios.
    #[command(flatten)]
    pub choices: Choices,
}

/// What to do.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Run a scenario against one server.
    #[command(flatten)]
    Run(Scenario),

    /// Run a scenario against ours, tokio's and the epoll loop in turn; print medians and ratios
    Compare {
        /// Each server's turns
        #[arg(long, value_name = "N", default_value_t = 5)]
        rounds: usize,

        /// What to run.
        #[command(subcommand)]
        scenario: Scenario,
    },

    /// Check readers' journals against an exported log; each fault is a line, and the exit code 1
    Verify {
        /// The log: a JSON object for each record, as `said` events have it
        #[arg(long, value_name = "FILE")]
        log: PathBuf,

        /// The log may begin later than with number 1: older records were trimmed
        #[arg(long)]
        trimmed: bool,

        /// What each reader wrote: `chat-client --json`
        #[arg(value_name = "JOURNAL")]
        journals: Vec<PathBuf>,
    },

    /// Be a server; scenarios start it by themselves
    Serve(Serve),
}

/// What holds for all scenarios.
#[derive(Clone, Debug, Args)]
pub struct Choices {
    /// One JSON object for each result instead of a table
    #[arg(long, global = true)]
    pub json: bool,

    /// Which server to measure
    #[arg(long = "target", value_enum, global = true, default_value_t = Kind::Chat)]
    pub kind: Kind,

    /// Aim at a server that runs already
    #[arg(long, value_name = "ADDR:PORT", global = true)]
    pub server: Option<SocketAddr>,

    /// Its process, so that what it uses can be told
    #[arg(long, value_name = "PID", global = true, requires = "server")]
    pub server_process: Option<u32>,

    /// The core of the server
    #[arg(long, value_name = "CORE", global = true, default_value_t = 0)]
    pub server_core: usize,

    /// The core of the load
    #[arg(long, value_name = "CORE", global = true, default_value_t = 1)]
    pub load_core: usize,

    /// Let the machine choose the cores
    #[arg(long, global = true)]
    pub no_pin: bool,

    /// chat: keep history on disk, each server in a new directory inside this one
    #[arg(long, value_name = "DIR", global = true, conflicts_with = "server")]
    pub on_disk: Option<PathBuf>,

    /// How to measure.
    #[command(flatten)]
    pub measuring: Measuring,
}

const AFTER_HELP: &str = "\
Scenarios run the server on core 0 and the load on core 1, over loopback. Progress is on stderr.
tests/LOAD.md says what each figure means.

Exit codes:
  0  everything was measured, and nothing was lost, doubled or made up
  1  something was, or could not be measured
  2  the command line makes no sense";

impl Choices {
    /// How servers are started: this very program is each of them.
    ///
    /// # Errors
    /// If the machine does not tell where this program lies.
    pub fn host(&self) -> Result<Host, Trouble> {
        let cores = Cores {
            server: self.server_core,
            load: self.load_core,
        };
        Ok(Host {
            program: env::current_exe()?,
            cores: if self.no_pin { None } else { cores.if_there() },
            on_disk: self.on_disk.clone(),
            running: self.server.map(|address| (address, self.server_process)),
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_help_of_each_command_fits_a_terminal() {
        let mut command = Arguments::command();
        command.build();
        for part in command.get_subcommands_mut() {
            let help = part.render_help().to_string();
            let too_wide: Vec<&str> = help.lines().filter(|line| line.chars().count() > 120).collect();
            assert!(too_wide.is_empty(), "{too_wide:#?}");
        }
    }

    #[test]
    fn a_scenario_can_be_run_and_compared_with_the_same_words() {
        let run = Arguments::try_parse_from(["chat-load", "fanout", "--shallow", "--json"]).unwrap();
        assert!(run.choices.json);
        let Command::Run(Scenario::Fanout(alone)) = run.command else {
            panic!("a fan-out was asked for");
        };
        let words = ["chat-load", "compare", "--rounds", "3", "fanout", "--shallow"];
        let compared = Arguments::try_parse_from(words).unwrap();
        let Command::Compare {
            rounds: 3,
            scenario: Scenario::Fanout(compared),
        } = compared.command
        else {
            panic!("three rounds of fan-out were asked for");
        };
        assert_eq!(alone, compared);
    }
}
