//! What can be chosen: by programs, and on the command line.

mod file;
mod print;
mod settings;

use std::ffi::OsString;
use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

use chat_proto::name::{NameError, RoomName, UserName};
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser};

use crate::pure::filter::Exit;

pub use file::{FileError, FileErrorKind, SETTINGS_BYTES_MAX, read_settings, settings_path};
pub use print::Print;
pub use settings::{Settings, SettingsError};

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
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
pub struct Arguments {
    /// What to print, if not to chat.
    #[command(subcommand)]
    pub print: Option<Print>,

    /// Your name; without it you are asked, and in a pipe the first line of input is the name
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

    /// On a terminal: lines, not the full screen
    #[arg(long)]
    pub plain: bool,

    /// Read settings from this file [default: the user's; see `chat-client config`]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// What the file of settings says.
    #[arg(skip)]
    pub settings: Settings,
}

/// Why a command line can't be followed.
#[derive(Debug)]
pub enum ArgumentsError {
    /// It is wrong, or asks for help.
    Line(clap::Error),
    /// The settings are.
    File(FileError),
}

impl Arguments {
    /// Reads a command line with the program's name in front, and the file of settings. What the line says counts
    /// most, then what the file says, then the defaults.
    ///
    /// Scripts must do the same for everybody: without a terminal only the server, and how long it is looked for, are
    /// taken from the file.
    ///
    /// # Errors
    /// [`ArgumentsError`].
    pub fn read(line: impl IntoIterator<Item = OsString>, is_terminal: bool) -> Result<Self, ArgumentsError> {
        let matches = Self::command()
            .try_get_matches_from(line)
            .map_err(ArgumentsError::Line)?;
        let mut arguments = Self::from_arg_matches(&matches).map_err(ArgumentsError::Line)?;
        if arguments.print.is_none() {
            let settings = read_settings(arguments.config.as_deref()).map_err(ArgumentsError::File)?;
            arguments.fill_in(settings, &matches, is_terminal);
        }
        Ok(arguments)
    }

    /// Takes from the settings what the command line leaves open.
    fn fill_in(&mut self, settings: Settings, matches: &ArgMatches, is_terminal: bool) {
        let is_open = |id: &str| matches.value_source(id) != Some(ValueSource::CommandLine);
        if is_open("server") {
            self.server.clone_from(&settings.server);
        }
        if is_open("give_up") {
            self.give_up = settings.give_up;
        }
        if is_terminal {
            if is_open("name") {
                self.name.clone_from(&settings.name);
            }
            if is_open("rooms") {
                self.rooms.clone_from(&settings.rooms);
            }
            if is_open("last") {
                self.last = settings.last;
            }
        }
        self.settings = settings;
    }
}

/// How it is called, for example.
const EXAMPLES: [(&str, &str); 5] = [
    ("chat-client alice", "talk in the lobby"),
    (
        "chat-client alice --server chat.example.org:8000",
        "somewhere else",
    ),
    (
        "make 2>&1 | chat-client builder --room builds",
        "say each line of a build",
    ),
    (
        "chat-client logger --room lobby --last 100 < /dev/null",
        "show what was said",
    ),
    ("chat-client reader --json | jq .text", "for programs"),
];

/// What it does without a terminal.
const IN_A_PIPE: &str =
    "With input or output in a pipe each line of input is said, and each message is one line of output.";

fn after_help() -> String {
    let mut help = String::from("Examples:\n");
    for (example, meaning) in EXAMPLES {
        writeln!(help, "  {example:<54}  {meaning}").expect("a string can always be written");
    }
    writeln!(help, "\n{IN_A_PIPE}\n\nExit codes:").expect("a string can always be written");
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

    /// The command line with this file of settings.
    fn read(arguments: &[&str], file: &str, is_terminal: bool) -> Arguments {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        std::fs::write(&path, file).unwrap();
        let line = [&["chat-client", "--config", path.to_str().unwrap()], arguments].concat();
        Arguments::read(line.into_iter().map(OsString::from), is_terminal).unwrap()
    }

    const FILE: &str =
        "name = 'bob'\nserver = 'host:1'\nrooms = ['den', 'attic']\nlast = 50\ngive_up = 5\nbell = false";

    #[test]
    fn the_file_says_what_the_line_leaves_open() {
        let arguments = read(&[], FILE, true);
        assert_eq!(arguments.name, UserName::parse("bob").ok());
        assert_eq!(arguments.server, "host:1");
        assert_eq!(arguments.rooms.len(), 2);
        assert_eq!((arguments.last, arguments.give_up), (50, 5));
        assert!(!arguments.settings.bell);
        let line = [
            "alice",
            "--server",
            "127.0.0.1:8000",
            "--room",
            "lobby",
            "--last",
            "0",
            "--give-up",
            "60",
        ];
        let arguments = read(&line, FILE, true);
        assert_eq!(arguments.name, UserName::parse("alice").ok());
        assert_eq!(arguments.server, SERVER_DEFAULT);
        assert_eq!(arguments.rooms, [RoomName::parse("lobby").unwrap()]);
        assert_eq!((arguments.last, arguments.give_up), (0, 60));
    }

    #[test]
    fn a_script_takes_only_its_server_from_the_file() {
        let arguments = read(&[], FILE, false);
        assert_eq!((arguments.server.as_str(), arguments.give_up), ("host:1", 5));
        assert_eq!((arguments.name, arguments.last), (None, 0));
        assert_eq!(arguments.rooms, [RoomName::parse("lobby").unwrap()]);
    }

    #[test]
    fn the_defaults_of_the_line_are_those_of_the_file() {
        let (line, file) = (parse(&[]).unwrap(), Settings::default());
        assert_eq!(line.name, file.name);
        assert_eq!(line.server, file.server);
        assert_eq!(line.rooms, file.rooms);
        assert_eq!((line.last, line.give_up), (file.last, file.give_up));
    }

    #[test]
    fn what_can_be_printed_is_asked_for_by_a_word() {
        assert_eq!(parse(&["config"]).unwrap().print, Some(Print::Config));
        assert!(parse(&["completions", "zsh"]).unwrap().print.is_some());
        assert_eq!(parse(&["man"]).unwrap().print, Some(Print::Man));
        assert!(parse(&["completions"]).is_err());
        assert!(parse(&["alice", "man"]).is_err());
        // Who is called so says it after the options.
        let arguments = parse(&["--", "man"]).unwrap();
        assert_eq!(
            (arguments.print, arguments.name),
            (None, UserName::parse("man").ok())
        );
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
        for (example, meaning) in EXAMPLES {
            assert!(
                help.contains(&format!("  {example}")) && help.contains(meaning),
                "{help}"
            );
        }
    }
}
