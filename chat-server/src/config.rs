//! What an operator can choose, and the command line that says so.

use std::net::{Ipv4Addr, SocketAddr};

use clap::Parser;

use crate::history::memory::MemoryLimits;
use crate::pure::hub::HubLimits;
use crate::pure::session::SessionLimits;

/// The port where a chat is looked for if nobody says another.
pub const PORT_DEFAULT: u16 = 8000;

/// Everything that can be chosen about a server.
///
/// # Examples
/// ```
/// use chat_server::Config;
///
/// let config = Config { connections_max: 50, ..Config::default() };
/// assert_eq!(config.listen.to_string(), "127.0.0.1:8000");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Where to listen. Port 0 lets the machine choose one.
    pub listen: SocketAddr,
    /// So many peers may be inside, that is, welcomed. The next ones wait at the door. Lowered to what the limit of open
    /// files allows.
    pub connections_max: usize,
    /// So many peers may be connected that have not been welcomed yet. When one more comes, the oldest of them goes.
    pub greeting_max: usize,
    /// So long a stop may take. What is still connected then is cut.
    pub stop_timeout_ms: u32,
    /// The bounds of each connection.
    pub session: SessionLimits,
    /// The bounds of the rooms.
    pub hub: HubLimits,
    /// The bounds of what is remembered.
    pub memory: MemoryLimits,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, PORT_DEFAULT).into(),
            connections_max: 10_000,
            greeting_max: 512,
            stop_timeout_ms: 5_000,
            session: SessionLimits::default(),
            hub: HubLimits::default(),
            memory: MemoryLimits::default(),
        }
    }
}

/// The command line.
#[derive(Clone, Debug, Parser)]
#[command(name = "chat-server", version, about = "A small chat server.", after_help = AFTER_HELP)]
pub struct Arguments {
    /// Listen here; port 0 lets the machine choose
    #[arg(long, value_name = "ADDR:PORT", default_value_t = Config::default().listen)]
    pub listen: SocketAddr,

    /// Keep history in memory: it is gone when the server stops (the default)
    #[arg(long)]
    pub memory: bool,

    /// Let in so many people; the next ones wait at the door
    #[arg(long, value_name = "N", default_value_t = Config::default().connections_max, value_parser = at_least_one)]
    pub connections: usize,
}

const AFTER_HELP: &str = "\
When it is ready, the server says `listening on ADDR:PORT` on stderr.
If the limit of open files is too low for the connections, it says on stderr how many it lets in.
SIGINT and SIGTERM stop it: everybody is told goodbye, and what was accepted is answered.

Exit codes:
  0  stopped as asked
  1  could not start: the address is in use or not allowed, for example
  2  the command line makes no sense";

impl Arguments {
    /// The configuration that they ask for.
    #[must_use]
    pub fn into_config(self) -> Config {
        // Memory is all there is so far.
        let Self {
            listen,
            memory: _,
            connections,
        } = self;
        Config {
            listen,
            connections_max: connections,
            ..Config::default()
        }
    }
}

fn at_least_one(argument: &str) -> Result<usize, String> {
    match argument.parse() {
        Ok(0) => Err("nobody could come in".to_owned()),
        Ok(number) => Ok(number),
        Err(_) => Err("not a number".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Config, clap::Error> {
        let arguments = [&["chat-server"], arguments].concat();
        Arguments::try_parse_from(arguments).map(Arguments::into_config)
    }

    #[test]
    fn without_arguments_everything_is_the_default() {
        assert_eq!(parsed(&[]).unwrap(), Config::default());
        assert_eq!(parsed(&["--memory"]).unwrap(), Config::default());
    }

    #[test]
    fn arguments_say_where_to_listen_and_whom_to_let_in() {
        let config = parsed(&["--listen", "[::1]:0", "--connections", "7"]).unwrap();
        assert_eq!(config.listen.to_string(), "[::1]:0");
        assert_eq!(config.connections_max, 7);
    }

    #[test]
    fn the_help_fits_a_terminal() {
        let help = Arguments::command().render_help().to_string();
        let too_wide: Vec<&str> = help.lines().filter(|line| line.chars().count() > 100).collect();
        assert!(too_wide.is_empty(), "{too_wide:#?}");
    }

    #[test]
    fn peers_are_told_the_bounds_that_hold() {
        let Config {
            session, hub, memory, ..
        } = Config::default();
        assert_eq!(session.rooms_max as usize, hub.rooms_max);
        assert_eq!(session.dedupe_ids as usize, memory.room_ids_max);
    }

    #[test]
    fn arguments_that_make_no_sense_are_refused() {
        assert!(parsed(&["--listen", "somewhere"]).is_err());
        assert!(parsed(&["--connections", "0"]).is_err());
        assert!(parsed(&["--connections", "many"]).is_err());
        assert!(parsed(&["--data", "here"]).is_err());
    }
}
