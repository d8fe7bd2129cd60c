//! What can be chosen: by programs, and on the command line.

pub(crate) mod known_servers;

mod file;
mod print;
mod secure;
mod server;
mod servers;
mod settings;
mod task;
mod word;

#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::fmt::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use chat_proto::ids::Invitation;
use chat_proto::link::Link;
use chat_proto::name::{NameError, RoomName, UserName};
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser};

use crate::pure::filter::Exit;
use known_servers::KnownServers;

pub use file::{FileError, FileErrorKind, SETTINGS_BYTES_MAX, read_settings, settings_path};
pub use known_servers::{KnownServersError, ServerName};
pub use print::Print;
pub use secure::{AGENT_TIMEOUT, Agent, IdentityFile, Secure};
pub use servers::ServersTask;
pub use settings::{Settings, SettingsError};
pub use task::{Task, TaskError};
pub use word::Word;

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
    /// What TLS needs; without it only a server on this machine is spoken to, and in the clear.
    pub secure: Option<Secure>,
    /// Shown to a server that lets in who is invited, until it has let us in once.
    pub invitation: Option<Invitation>,
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
            secure: None,
            invitation: None,
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
    /// What to do, if not to chat.
    #[command(subcommand)]
    pub task: Option<Task>,

    /// Your name; without it you are asked, and in a pipe the first line of input is the name. And a link, which begins
    /// with chat://, or `-`: the first line of input is the link
    #[arg(value_name = "NAME] [LINK", num_args = 0..=2, value_parser = word::parse)]
    words: Vec<Word>,

    /// The server: HOST or HOST:PORT, or the short name of one that you have met; see `chat-client servers`
    #[arg(long, value_name = "SERVER", default_value = SERVER_DEFAULT, value_parser = server::parse)]
    pub server: String,

    /// A room to join; what you say goes to the first one
    #[arg(long = "room", value_name = "ROOM", default_value = ROOM_DEFAULT, value_parser = parse_room)]
    pub rooms: Vec<RoomName>,

    /// Show so many of each room's last messages first
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = parse_last)]
    pub last: u32,

    /// How long to look for a server that was lost
    #[arg(long, value_name = "SECONDS", default_value_t = GIVE_UP_S_DEFAULT, value_parser = parse_seconds)]
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

    /// Be known by this Ed25519 key of OpenSSH; if it is a public one, ssh-agent has the private half and signs [default:
    /// one made at first use]
    #[arg(long, value_name = "FILE")]
    pub identity: Option<PathBuf>,

    /// Speak TLS also with a server on this machine; with others it is always spoken
    #[arg(long)]
    pub tls: bool,

    /// The name, if one was given.
    #[arg(skip)]
    pub name: Option<UserName>,

    /// The link that was [followed](Self::follow).
    #[arg(skip)]
    link: Option<Link>,

    /// `--server` was given.
    #[arg(skip)]
    has_server: bool,

    /// `--room` was given.
    #[arg(skip)]
    has_rooms: bool,

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
    /// It names a server that can't be found.
    Server(KnownServersError),
    /// It contradicts itself.
    Usage(UsageError),
}

/// Why a command line has no meaning. It is shown as one sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsageError {
    /// There are two names, or two links.
    OneTooMany,
    /// Both `--server` and a link are there.
    TwoServers,
    /// There is no home, so there is no place for a key.
    NoHome,
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OneTooMany => "one name and one link are enough",
            Self::TwoServers => "a link says where the server is: leave --server out",
            Self::NoHome => "there is no home directory, so there is no place to keep a key: set HOME",
        })
    }
}

impl std::error::Error for UsageError {}

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
        if arguments.task.is_none() {
            let settings = read_settings(arguments.config.as_deref()).map_err(ArgumentsError::File)?;
            let link = arguments.take_words().map_err(ArgumentsError::Usage)?;
            arguments.fill_in(settings, &matches, is_terminal);
            match link {
                Some(link) => arguments.follow(link).map_err(ArgumentsError::Usage)?,
                // It says where the server is, once it is read.
                None if arguments.wants_link() && !arguments.has_server => {}
                None => arguments.find_server()?,
            }
        }
        Ok(arguments)
    }

    /// Puts the address of a server in the place of its short name.
    fn find_server(&mut self) -> Result<(), ArgumentsError> {
        if !server::is_address(&self.server) {
            let secure = Secure::of_user(None).ok_or(ArgumentsError::Usage(UsageError::NoHome))?;
            let found = KnownServers::at(&secure.known_servers).find(&self.server);
            self.server = found.map_err(ArgumentsError::Server)?.address;
        }
        Ok(())
    }

    /// Finds the name and the link among the words.
    fn take_words(&mut self) -> Result<Option<Link>, UsageError> {
        let (mut name, mut link) = (None, None);
        for word in &self.words {
            let is_one_too_many = match word {
                Word::Name(word) => name.replace(word.clone()).is_some(),
                Word::Link(word) => link.replace(Link::clone(word)).is_some(),
                Word::LinkInInput => self.words.iter().any(|word| matches!(word, Word::Link(_))),
            };
            if is_one_too_many {
                return Err(UsageError::OneTooMany);
            }
        }
        self.name = name;
        Ok(link)
    }

    /// Whether the first line of input is a link, to be [followed](Self::follow).
    #[must_use]
    pub fn wants_link(&self) -> bool {
        self.words.contains(&Word::LinkInInput)
    }

    /// Goes where a link leads: to its server, and into its room before all others.
    ///
    /// # Errors
    /// [`UsageError`] if another server was asked for.
    pub fn follow(&mut self, link: Link) -> Result<(), UsageError> {
        if self.has_server {
            return Err(UsageError::TwoServers);
        }
        self.server = link.server();
        if !self.has_rooms {
            self.rooms.clear();
        }
        self.rooms.retain(|room| *room != link.room);
        self.rooms.insert(0, link.room.clone());
        self.link = Some(link);
        Ok(())
    }

    /// All of it, for somebody of this name.
    ///
    /// # Errors
    /// If TLS is asked for, and there is no home to keep its keys in.
    pub fn options(&self, name: UserName) -> Result<Options, UsageError> {
        let mut options = Options::new(self.server.clone(), name).give_up(Duration::from_secs(self.give_up));
        for room in &self.rooms {
            options = options.room(room.clone(), self.last);
        }
        let asks_for_tls = self.link.is_some() || self.tls || self.identity.is_some();
        options.secure = match Secure::of_user(self.identity.as_deref()) {
            None if asks_for_tls => return Err(UsageError::NoHome),
            secure => secure,
        };
        if let Some(secure) = &mut options.secure {
            secure.always = self.tls;
            secure.server_key = self.link.as_ref().map(|link| link.server_key);
            options.invitation = self.link.as_ref().and_then(|link| link.invitation);
        }
        Ok(options)
    }

    /// Takes from the settings what the command line leaves open.
    fn fill_in(&mut self, settings: Settings, matches: &ArgMatches, is_terminal: bool) {
        let is_open = |id: &str| matches.value_source(id) != Some(ValueSource::CommandLine);
        (self.has_server, self.has_rooms) = (!is_open("server"), !is_open("rooms"));
        if is_open("server") {
            self.server.clone_from(&settings.server);
        }
        if is_open("give_up") {
            self.give_up = settings.give_up;
        }
        if is_terminal {
            if self.name.is_none() {
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
const EXAMPLES: [(&str, &str); 8] = [
    ("chat-client alice", "talk in the lobby"),
    (
        "chat-client alice chat://chat.example.org:8000/…",
        "where a link leads to",
    ),
    (
        "chat-client alice --server chat.example.org:8000",
        "somewhere else",
    ),
    (
        "chat-client alice --server chat",
        "there again: a server that you have met has a short name",
    ),
    (
        "chat-client servers",
        "the servers that you have met, and their short names",
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

fn parse_room(name: &str) -> Result<RoomName, NameError> {
    RoomName::parse(name.strip_prefix('#').unwrap_or(name))
}

fn parse_last(count: &str) -> Result<u32, String> {
    let count = count.parse().ok().filter(|count| *count <= LAST_MAX);
    count.ok_or_else(|| format!("write a number from 0 to {LAST_MAX}"))
}

fn parse_seconds(seconds: &str) -> Result<u64, &'static str> {
    seconds.parse().map_err(|_| "write a number of seconds")
}
