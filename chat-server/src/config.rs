//! What an operator can choose, and the command line that says so.

mod operator;

use std::error::Error;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use chat_proto::link::Host;
use clap::{Args, Parser, Subcommand};
use etcetera::BaseStrategy;
use ipnet::IpNet;

pub use self::operator::{INVITATION_FOR_MS, OperatorCommand, Running};

use crate::history::memory::MemoryLimits;
use crate::history::sqlite::{Retention, SqliteLimits};
use crate::pure::crowd::{CrowdLimits, is_loopback};
use crate::pure::hub::HubLimits;
use crate::pure::rate::Rate;
use crate::pure::registry::Access;
use crate::pure::session::SessionLimits;

/// The port where a chat is looked for if nobody says another.
pub const PORT_DEFAULT: u16 = 8000;

/// Where a link leads if nobody says another room: where clients go, too.
pub const ROOM_DEFAULT: &str = "lobby";

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
    /// The bounds of what comes from one address. Loopback is spared, and so is what comes from there from the rates of
    /// `session`, unless they say otherwise.
    pub crowd: CrowdLimits,
    /// The proxies that are believed. A connection from one of these addresses begins with a header of the PROXY
    /// protocol's version 2, and comes from where that says.
    pub proxies: Vec<IpNet>,
    /// Whether everybody who connects from this machine is welcome, invited or not. What comes through a tunnel that ends
    /// here comes from this machine.
    pub trusts_loopback: bool,
    /// The bounds of each connection.
    pub session: SessionLimits,
    /// The bounds of the rooms.
    pub hub: HubLimits,
    /// From where peers may speak without TLS.
    pub plain: Plain,
    /// The file with the server's key, made if it is not there. If no file is named, the key is in the data
    /// directory, and if there is none, in memory.
    pub key: Option<PathBuf>,
    /// The directory where history is kept, for one server at a time. If there is none, history is in memory.
    pub data: Option<PathBuf>,
    /// The bounds of what is remembered in memory.
    pub memory: MemoryLimits,
    /// The bounds of what is kept on disk.
    pub disk: SqliteLimits,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, PORT_DEFAULT).into(),
            connections_max: 10_000,
            greeting_max: 512,
            stop_timeout_ms: 5_000,
            crowd: CrowdLimits::default(),
            proxies: Vec::new(),
            trusts_loopback: true,
            session: SessionLimits::default(),
            hub: HubLimits::default(),
            plain: Plain::default(),
            key: None,
            data: None,
            memory: MemoryLimits::default(),
            disk: SqliteLimits::default(),
        }
    }
}

/// From where peers may speak without TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Plain {
    /// From this machine: all of 127.0.0.0/8, and `::1`. What comes through a tunnel that ends here comes from here.
    #[default]
    FromThisMachine,
    /// From everywhere: whoever is on the way can read and change everything.
    FromAnywhere,
    /// From nowhere.
    FromNowhere,
}

/// The command line.
#[derive(Clone, Debug, Parser)]
#[command(name = "chat-server", version, about = "A small chat server.", after_help = AFTER_HELP)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// What to do, if not to serve.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// How to serve.
    #[command(flatten)]
    pub serve: ServeArguments,
}

/// What the program can do besides serving.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Go through a data directory and tell what is damaged; a server may use it meanwhile
    Check {
        /// The directory; by default the one that a server would use
        #[arg(value_name = "DIR")]
        data: Option<PathBuf>,
    },
    /// Print the messages of a data directory as lines of JSON; a server may use it meanwhile
    Export {
        /// The directory; by default the one that a server would use
        #[arg(value_name = "DIR")]
        data: Option<PathBuf>,

        /// Only this room; may be given several times
        #[arg(long = "room", value_name = "ROOM")]
        rooms: Vec<String>,
    },
    /// What a running server does for its operator.
    #[command(flatten)]
    Operate(OperatorCommand),
}

/// How to serve.
#[derive(Clone, Debug, Args)]
pub struct ServeArguments {
    /// Listen here; port 0 lets the machine choose
    #[arg(long, value_name = "ADDR:PORT", default_value_t = Config::default().listen)]
    pub listen: SocketAddr,

    /// Keep history in this directory [default: the user's data directory]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,

    /// Keep history in memory: it is gone when the server stops
    #[arg(long, conflicts_with = "data")]
    pub memory: bool,

    /// Keep the server's key in this file [default: in the data directory]
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,

    /// Demand TLS even from this machine
    #[arg(long, conflicts_with = "plain_from_anywhere")]
    pub no_plain: bool,

    /// Let other machines speak without TLS, for everybody on the way to read
    #[arg(long)]
    pub plain_from_anywhere: bool,

    /// Let in: open, or invited [default: open on loopback with no proxy]
    #[arg(long, value_name = "WHOM", value_parser = access)]
    pub access: Option<Access>,

    /// Where links find this machine [default: its own name]
    #[arg(long, value_name = "HOST", value_parser = Host::parse)]
    pub public_host: Option<Host>,

    /// Let in so many people; the next ones wait at the door
    #[arg(long, value_name = "N", default_value_t = Config::default().connections_max, value_parser = at_least_one)]
    pub connections: usize,

    /// Let so many connections of one address be there at once
    #[arg(long, value_name = "N", default_value_t = CrowdLimits::default().connections_max)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub per_address: u32,

    /// Let one connection make so many requests a second
    #[arg(long, value_name = "N", default_value_t = SessionLimits::default().requests.per_second)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub per_second: u32,

    /// Let these limits hold for this machine, too
    #[arg(long)]
    pub limit_loopback: bool,

    /// Believe PROXY headers (v2) from this address or network; repeatable
    #[arg(long, value_name = "ADDR", value_parser = network)]
    pub proxy_from: Vec<IpNet>,

    /// On disk, keep messages for so many days [default: for ever]
    #[arg(long, value_name = "DAYS", conflicts_with = "memory")]
    pub keep_days: Option<u32>,

    /// On disk, keep so many messages of each room [default: all]
    #[arg(long, value_name = "N", conflicts_with = "memory")]
    pub keep_messages: Option<u64>,

    /// On disk, keep so many mebibytes of each room's texts [default: all]
    #[arg(long, value_name = "MIB", conflicts_with = "memory")]
    pub keep_mib: Option<u32>,
}

const AFTER_HELP: &str = "\
When it is ready, the server says `listening on ADDR:PORT` on stderr.
If the limit of open files is too low for the connections, it says on stderr how many it lets in.
SIGINT and SIGTERM stop it: everybody is told goodbye, and what was accepted is answered.

Exit codes:
  0  stopped as asked; nothing is damaged
  1  could not start: the address is in use or not allowed, for example
  2  the command line makes no sense
  3  `check` has found damage";

/// After a silence a connection can make so many times what `--per-second` says.
const REQUESTS_AT_ONCE_TIMES: u32 = 5;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

impl ServeArguments {
    /// The configuration that they ask for.
    ///
    /// # Errors
    /// [`NoHome`] if history would be kept in the user's data directory, and there is none.
    pub fn into_config(self) -> Result<Config, NoHome> {
        let data = match (self.memory, self.data) {
            (true, _) => None,
            (false, Some(directory)) => Some(directory),
            (false, None) => Some(default_data()?),
        };
        let retention = Retention {
            age_ms: self.keep_days.map(|days| u64::from(days) * DAY_MS),
            records_max: self.keep_messages,
            bytes_max: self.keep_mib.map(|mib| u64::from(mib) << 20),
        };
        let plain = match (self.no_plain, self.plain_from_anywhere) {
            (true, _) => Plain::FromNowhere,
            (false, true) => Plain::FromAnywhere,
            (false, false) => Plain::FromThisMachine,
        };
        let usual = if is_loopback(self.listen.ip()) && self.proxy_from.is_empty() {
            Access::Open
        } else {
            Access::Invited
        };
        Ok(Config {
            listen: self.listen,
            plain,
            key: self.key,
            connections_max: self.connections,
            crowd: CrowdLimits {
                connections_max: self.per_address,
                loopback: self.limit_loopback,
                ..CrowdLimits::default()
            },
            proxies: self.proxy_from,
            session: SessionLimits {
                requests: Rate {
                    per_second: self.per_second,
                    at_once: self.per_second * REQUESTS_AT_ONCE_TIMES,
                },
                ..SessionLimits::default()
            },
            hub: HubLimits {
                access: self.access.unwrap_or(usual),
                ..HubLimits::default()
            },
            data,
            disk: SqliteLimits {
                retention,
                ..SqliteLimits::default()
            },
            ..Config::default()
        })
    }
}

/// The directory that a server uses if it is not told another.
///
/// # Errors
/// [`NoHome`] if the user has no home.
pub fn default_data() -> Result<PathBuf, NoHome> {
    let directories = etcetera::choose_base_strategy().map_err(|_| NoHome)?;
    Ok(directories.data_dir().join("chat-server"))
}

/// The user has no home, so there is no place to keep anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoHome;

impl fmt::Display for NoHome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is no home directory: say where history is kept with --data, or keep it in memory with --memory")
    }
}

impl Error for NoHome {}

fn access(argument: &str) -> Result<Access, String> {
    match argument {
        "open" => Ok(Access::Open),
        "invited" => Ok(Access::Invited),
        _ => Err("say open or invited".to_owned()),
    }
}

fn network(argument: &str) -> Result<IpNet, String> {
    let address = argument
        .parse()
        .map(|address: IpAddr| IpNet::from(address.to_canonical()));
    let network = address.or_else(|_| argument.parse());
    let network = network.map_err(|_| "not an address, and no network like 10.0.0.0/8".to_owned())?;
    if network.addr().to_canonical() != network.addr() {
        return Err("an IPv4 network is written without IPv6".to_owned());
    }
    Ok(network)
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
        Arguments::try_parse_from(arguments)
            .map(|arguments| arguments.serve.into_config().expect("there is a home"))
    }

    #[test]
    fn in_memory_everything_else_is_the_default() {
        assert_eq!(parsed(&["--memory"]).unwrap(), Config::default());
    }

    #[test]
    fn without_arguments_history_is_kept() {
        let data = parsed(&[]).unwrap().data.unwrap();
        assert!(data.ends_with("chat-server"), "{}", data.display());
    }

    #[test]
    fn arguments_say_what_is_kept() {
        let config = parsed(&[
            "--data",
            "here",
            "--keep-days",
            "2",
            "--keep-messages",
            "5",
            "--keep-mib",
            "3",
        ])
        .unwrap();
        assert_eq!(config.data, Some("here".into()));
        let retention = Retention {
            age_ms: Some(2 * DAY_MS),
            records_max: Some(5),
            bytes_max: Some(3 << 20),
        };
        assert_eq!(config.disk.retention, retention);
    }

    #[test]
    fn arguments_say_where_to_listen_and_whom_to_let_in() {
        let config = parsed(&[
            "--listen",
            "[::1]:0",
            "--connections",
            "7",
            "--per-address",
            "3",
            "--per-second",
            "40",
            "--limit-loopback",
        ])
        .unwrap();
        assert_eq!(config.listen.to_string(), "[::1]:0");
        assert_eq!(config.connections_max, 7);
        assert_eq!(config.crowd.connections_max, 3);
        assert!(config.crowd.loopback);
        let rate = Rate {
            per_second: 40,
            at_once: 200,
        };
        assert_eq!(config.session.requests, rate);
        assert!(parsed(&["--per-second", "0"]).is_err());
    }

    #[test]
    fn arguments_say_who_may_speak_without_tls_and_where_the_key_is() {
        assert_eq!(parsed(&["--no-plain"]).unwrap().plain, Plain::FromNowhere);
        let config = parsed(&["--memory", "--key", "here", "--plain-from-anywhere"]).unwrap();
        assert_eq!(
            (config.plain, config.key),
            (Plain::FromAnywhere, Some("here".into()))
        );
        assert!(parsed(&["--no-plain", "--plain-from-anywhere"]).is_err());
    }

    #[test]
    fn beyond_loopback_only_who_is_invited_is_let_in_unless_the_operator_says_otherwise() {
        for (arguments, access) in [
            (&["--memory"][..], Access::Open),
            (&["--memory", "--listen", "[::1]:0"], Access::Open),
            (&["--memory", "--listen", "0.0.0.0:0"], Access::Invited),
            (&["--memory", "--listen", "[::]:0"], Access::Invited),
            (
                &["--memory", "--listen", "0.0.0.0:0", "--access", "open"],
                Access::Open,
            ),
            (&["--memory", "--access", "invited"], Access::Invited),
            (&["--memory", "--proxy-from", "::1"], Access::Invited),
        ] {
            assert_eq!(parsed(arguments).unwrap().hub.access, access, "{arguments:?}");
        }
        assert!(parsed(&["--memory", "--access", "friends"]).is_err());
    }

    #[test]
    fn a_proxy_is_an_address_or_a_network() {
        let arguments = ["192.0.2.7", "10.0.0.0/8", "::ffff:127.0.0.1", "2001:db8::/32"];
        let arguments = arguments.map(|proxy| format!("--proxy-from={proxy}"));
        let config = parsed(&arguments.each_ref().map(String::as_str)).unwrap();
        let expected = ["192.0.2.7/32", "10.0.0.0/8", "127.0.0.1/32", "2001:db8::/32"];
        assert_eq!(config.proxies, expected.map(|network| network.parse().unwrap()));
        for nonsense in ["here", "10.0.0.0/33", "::ffff:10.0.0.0/104"] {
            assert!(parsed(&["--proxy-from", nonsense]).is_err(), "{nonsense}");
        }
    }

    #[test]
    fn a_directory_can_be_checked_and_exported() {
        let command = |arguments: &[&str]| {
            let arguments = [&["chat-server"], arguments].concat();
            Arguments::try_parse_from(arguments).map(|arguments| arguments.command)
        };
        assert_eq!(command(&["check"]).unwrap(), Some(Command::Check { data: None }));
        let export = Command::Export {
            data: Some("here".into()),
            rooms: vec!["lobby".to_owned()],
        };
        assert_eq!(
            command(&["export", "here", "--room", "lobby"]).unwrap(),
            Some(export)
        );
        assert!(command(&["--memory", "check"]).is_err());
    }

    #[test]
    fn the_help_fits_a_terminal() {
        let help = Arguments::command().render_help().to_string();
        let too_wide: Vec<&str> = help.lines().filter(|line| line.chars().count() > 100).collect();
        assert!(too_wide.is_empty(), "{too_wide:#?}");
    }

    #[test]
    fn peers_are_told_the_bounds_that_hold() {
        let Config { session, hub, .. } = Config::default();
        assert_eq!(session.rooms_max as usize, hub.rooms_max);
    }

    #[test]
    fn arguments_that_make_no_sense_are_refused() {
        assert!(parsed(&["--listen", "somewhere"]).is_err());
        assert!(parsed(&["--connections", "0"]).is_err());
        assert!(parsed(&["--connections", "many"]).is_err());
        assert!(parsed(&["--per-address", "0"]).is_err());
        assert!(parsed(&["--memory", "--data", "here"]).is_err());
        assert!(parsed(&["--memory", "--keep-days", "3"]).is_err());
    }
}
