//! What can be chosen: by programs, and on the command line.

use std::fmt::Write;
use std::time::Duration;

use chat_proto::name::{NameError, RoomName, UserName};
use clap::Parser;

use crate::pure::filter::Exit;

/// Where a server is looked for.
pub const SERVER_DEFAULT: &str = "127.0.0.1:8000";

/// Where lines are said.
pub const ROOM_DEFAULT: &str = "lobby";

/// How long a lost server is looked for, in seconds.
pub const GIVE_UP_S_DEFAULT: u64 = 60;

/// So many messages of a room can be asked for at its beginning.
pub const LAST_MAX: u32 = 1_000_000;

/// Which server, who, and where. See [`Client::connect`](crate::Client::connect).
///
/// # Examples
/// ```
/// use std::time::Duration;
///
/// use chat_client::Options;
/// use chat_proto::name::{NameError, RoomName, UserName};
///
/// let options = Options::new("127.0.0.1:8000", UserName::parse("echo")?)
///     .room(RoomName::parse("lobby")?, 10)
///     .give_up(Duration::from_secs(60));
/// assert_eq!(options.rooms.len(), 1);
/// # Ok::<(), NameError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    /// `HOST:PORT`.
    pub server: String,
    /// The name to be known under.
    pub name: UserName,
    /// The rooms to join from the start, each with so many of its last messages.
    pub rooms: Vec<(RoomName, u32)>,
    /// How long after a loss, or after the start, it still tries to connect; `None`: for ever.
    pub give_up: Option<Duration>,
}

impl Options {
    /// Somebody at a server, in no room yet, who never gives up.
    #[must_use]
    pub fn new(server: impl Into<String>, name: UserName) -> Self {
        Self {
            server: server.into(),
            name,
            rooms: Vec::new(),
            give_up: None,
        }
    }

    /// Joins this room from the start, and is told so many of its last messages.
    #[must_use]
    pub fn room(mut self, room: RoomName, tail: u32) -> Self {
        self.rooms.push((room, tail));
        self
    }

    /// Gives up so long after a loss, or after the start.
    #[must_use]
    pub const fn give_up(mut self, after: Duration) -> Self {
        self.give_up = Some(after);
        self
    }
}

/// The command line.
#[derive(Clone, Debug, Parser)]
#[command(name = "chat-client", version, about, after_help = after_help())]
pub struct Arguments {
    /// Your name; without it the first line of input is the name
    #[arg(value_parser = parse_user)]
    pub name: Option<UserName>,

    /// The server
    #[arg(long, value_name = "HOST:PORT", default_value = SERVER_DEFAULT, value_parser = parse_server)]
    pub server: String,

    /// A room to join; what you say goes to the first one
    #[arg(long = "room", value_name = "ROOM", default_value = ROOM_DEFAULT, value_parser = parse_room)]
    pub rooms: Vec<RoomName>,

    /// Show so many of each room's last messages first
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=i64::from(LAST_MAX)))]
    pub last: u32,

    /// How long to look for a server that was lost
    #[arg(long, value_name = "SECONDS", default_value_t = GIVE_UP_S_DEFAULT)]
    pub give_up: u64,

    /// Print one JSON object for each event
    #[arg(long)]
    pub json: bool,
}

fn after_help() -> String {
    let mut help = String::from(
        "Examples:\n  \
         chat-client alice                                   talk in the lobby\n  \
         chat-client alice --server chat.example.org:8000    somewhere else\n  \
         make 2>&1 | chat-client builder --room builds       say each line of a build\n  \
         chat-client logger --room lobby --last 100 < /dev/null   show what was said\n  \
         chat-client reader --json | jq .text                for programs\n\n\
         With input or output in a pipe each line of input is said, and each message is one line of output.\n\n\
         Exit codes:\n",
    );
    for (exit, meaning) in Exit::ALL {
        writeln!(help, "  {:<4} {meaning}", exit.code()).expect("a string can always be written");
    }
    help
}

fn parse_user(name: &str) -> Result<UserName, NameError> {
    UserName::parse(name)
}

fn parse_room(name: &str) -> Result<RoomName, NameError> {
    RoomName::parse(name.strip_prefix('#').unwrap_or(name))
}

/// A host and a port. Whether they exist is found out by connecting.
fn parse_server(server: &str) -> Result<String, String> {
    let has_port = server
        .rsplit_once(':')
        .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0));
    if !has_port {
        return Err("write it as HOST:PORT".into());
    }
    Ok(server.into())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(arguments: &[&str]) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from([&["chat-client"], arguments].concat())
    }

    #[test]
    fn the_command_line_has_the_promised_defaults() {
        let arguments = parse(&["alice"]).unwrap();
        assert_eq!(arguments.name, Some(UserName::parse("alice").unwrap()));
        assert_eq!(arguments.server, "127.0.0.1:8000");
        assert_eq!(arguments.rooms, [RoomName::parse("lobby").unwrap()]);
        assert_eq!(
            (arguments.last, arguments.give_up, arguments.json),
            (0, 60, false)
        );
        assert_eq!(parse(&[]).unwrap().name, None);
    }

    #[test]
    fn rooms_given_replace_the_default_and_keep_their_order() {
        let arguments = parse(&["--room", "#Den", "--room", "attic", "--last", "5"]).unwrap();
        assert_eq!(
            arguments.rooms,
            ["den", "attic"].map(|room| RoomName::parse(room).unwrap())
        );
        assert_eq!(arguments.last, 5);
    }

    #[test]
    fn what_can_not_be_right_is_refused_before_anything_is_done() {
        for wrong in [
            &["a b"][..],
            &[""],
            &["--server", "host"],
            &["--server", ":8000"],
            &["--server", "host:0"],
            &["--server", "host:70000"],
            &["--room", "-x"],
            &["--last", "-1"],
            &["--give-up", "soon"],
            &["alice", "bob"],
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn the_help_lists_each_exit_code_and_some_examples() {
        Arguments::command().debug_assert();
        let help = Arguments::command().render_long_help().to_string();
        for (exit, meaning) in Exit::ALL {
            assert!(
                help.contains(&format!("  {:<4} {meaning}", exit.code())),
                "{help}"
            );
        }
        assert!(help.contains("chat-client alice --server"), "{help}");
    }
}
