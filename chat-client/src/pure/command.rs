//! The one table of commands, and what somebody means who types a line. In a pipe every line is said as it is.
//!
//! Whoever adds a command adds a row to [`COMMANDS`] and a variant to [`Command`]: parsing, completion, `/help`, the
//! manual page and the README read the same row.

mod given;
mod help;
mod nearest;
mod room;
mod show;
mod table;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use chat_proto::name::{NameError, RoomName, UserName};
use chat_proto::visible::visible;

use given::Given;

pub use help::{CHAPTERS, Chapter, HelpOn};
pub use nearest::nearest;
pub use room::{Ambiguous, TypedRoom};
pub use show::{help_text, markdown};
pub use table::COMMANDS;

/// A line that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Say this; it is no command.
    Say(String),
    /// Say what one does.
    Me(String),
    /// Say something to somebody alone.
    Msg {
        /// To whom.
        person: UserName,
        /// What.
        text: String,
    },
    /// Go to the conversation with somebody alone.
    Open(UserName),
    /// Go to a room.
    Join(TypedRoom),
    /// Make a private room.
    Create(RoomName),
    /// Leave a room; the one that is shown, if none is named.
    Part(Option<TypedRoom>),
    /// List the rooms, or those whose name has this part.
    Rooms(Option<String>),
    /// Tell what the room is about, or say it.
    Topic(Option<String>),
    /// Tell who is in the room.
    Who,
    /// Tell who somebody is: name, key, fingerprint.
    Whois(UserName),
    /// Let somebody into a room.
    Invite {
        /// Whom.
        person: UserName,
        /// Where; the room that is shown, if none is named.
        room: Option<TypedRoom>,
    },
    /// Send somebody out of the room.
    Kick {
        /// Whom.
        person: UserName,
        /// Why.
        reason: Option<String>,
    },
    /// Keep somebody out of the room.
    Ban {
        /// Whom.
        person: UserName,
        /// How long; for ever, if it isn't said.
        time: Option<Duration>,
        /// Why.
        reason: Option<String>,
    },
    /// Let somebody in again.
    Unban(UserName),
    /// Let somebody read and not speak.
    Mute {
        /// Whom.
        person: UserName,
        /// How long; for ever, if it isn't said.
        time: Option<Duration>,
        /// Why.
        reason: Option<String>,
    },
    /// Let somebody speak again.
    Unmute(UserName),
    /// Make somebody an operator of the room.
    Op(UserName),
    /// Make somebody no operator any more.
    Deop(UserName),
    /// Say that one is away, or, without a word, that one is back.
    Away(Option<String>),
    /// No longer show what somebody says, or show it again; without a name, tell who is ignored.
    Ignore(Option<UserName>),
    /// Be known under another name.
    Name(UserName),
    /// Give up a name that one's key owns.
    Release(UserName),
    /// Find messages of the room.
    Search(String),
    /// Empty a message of one's own: the last or chosen one, or the one with this number.
    Delete(Option<u64>),
    /// Empty the screen; nothing is forgotten.
    Clear,
    /// Try to connect now.
    Reconnect,
    /// Show the commands and all else, or tell of one thing.
    Help(Option<HelpOn>),
    /// Leave.
    Quit,
}

/// A row of the table.
#[derive(Clone, Copy)]
pub struct CommandRow {
    /// What is typed after the slash.
    pub name: &'static str,
    /// What may be typed instead.
    pub aliases: &'static [&'static str],
    /// What comes after it, in order. Those that can be left out come last.
    pub arguments: &'static [Argument],
    /// What it does, in one line.
    pub help: &'static str,
    /// How it is typed, for example.
    pub example: &'static str,
    /// Whether the line client knows it too; if not, only the full screen does.
    pub is_for_lines: bool,
    make: fn(&mut Given<'_>) -> Result<Command, CommandError>,
}

/// What comes after a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argument {
    /// What it is called in a help text.
    pub name: &'static str,
    /// What it is.
    pub kind: ArgumentKind,
    /// Whether it can be left out.
    pub is_optional: bool,
}

/// What kind of thing comes after a command: completion offers what fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ArgumentKind {
    /// A room's name, with or without `#`.
    Room,
    /// A person's name, with or without `@`.
    Person,
    /// A single word.
    Word,
    /// A number with its unit: `30s`, `10m`, `2h`, `7d`, `2w`.
    Duration,
    /// A message's number, with or without `#`.
    Message,
    /// What `/help` tells of: a command's name, with or without `/`, a chapter or a key.
    Help,
    /// All the rest of the line.
    Text,
}

/// Why a line was not understood. It is not said either. Shown, it is a sentence that says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandError {
    /// There is no such command.
    Unknown {
        /// What was typed after the slash.
        name: String,
        /// What may have been meant.
        nearest: Option<&'static str>,
    },
    /// The command needs something more.
    Incomplete(&'static CommandRow),
    /// The command takes less.
    Surplus(&'static CommandRow),
    /// This is no name.
    Name(NameError),
    /// This is no length of time.
    Duration(String),
    /// This is no message's number.
    Message(String),
}

impl CommandRow {
    /// The command that is called so, by its name or an alias, in capitals or not.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        let is_meant = |known: &&str| known.eq_ignore_ascii_case(name);
        COMMANDS
            .iter()
            .find(|row| is_meant(&row.name) || row.aliases.iter().any(is_meant))
    }

    /// How it is typed: `/ban PERSON [TIME] [REASON]`.
    #[must_use]
    pub fn usage(&self) -> String {
        let mut usage = format!("/{}", self.name);
        for argument in self.arguments {
            usage.push(' ');
            usage.push_str(&argument.shown());
        }
        usage
    }
}

impl Argument {
    fn shown(&self) -> String {
        if self.is_optional {
            format!("[{}]", self.name)
        } else {
            self.name.into()
        }
    }
}

impl fmt::Debug for CommandRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CommandRow({})", self.usage())
    }
}

/// A name stands for one row.
impl PartialEq for CommandRow {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for CommandRow {}

/// Reads a line. What begins with a slash, blanks before it or not, is a command, and never said by mistake; `//text`
/// says `/text`.
///
/// # Errors
/// [`CommandError`].
///
/// # Examples
/// ```
/// use chat_client::pure::command::{Command, parse};
///
/// assert_eq!(parse("hello"), Ok(Command::Say("hello".into())));
/// assert_eq!(parse("/me waves"), Ok(Command::Me("waves".into())));
/// assert_eq!(parse("//etc/hosts"), Ok(Command::Say("/etc/hosts".into())));
/// let error = parse("/jion den").unwrap_err();
/// assert_eq!(error.to_string(), "there is no /jion; did you mean /join?");
/// ```
pub fn parse(line: &str) -> Result<Command, CommandError> {
    let Some(typed) = line.trim_start().strip_prefix('/') else {
        return Ok(Command::Say(line.into()));
    };
    if typed.starts_with('/') {
        return Ok(Command::Say(typed.into()));
    }
    let (name, rest) = typed.split_once(char::is_whitespace).unwrap_or((typed, ""));
    let row = CommandRow::find(name).ok_or_else(|| unknown(name))?;
    let mut given = Given::new(row, rest);
    let command = (row.make)(&mut given)?;
    given.end()?;
    Ok(command)
}

fn unknown(name: &str) -> CommandError {
    let names = COMMANDS
        .iter()
        .flat_map(|row| [row.name].into_iter().chain(row.aliases.iter().copied()));
    CommandError::Unknown {
        name: name.into(),
        nearest: nearest(name, names),
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown {
                name,
                nearest: Some(nearest),
            } => write!(f, "there is no /{}; did you mean /{nearest}?", visible(name)),
            Self::Unknown { name, nearest: None } => write!(
                f,
                "there is no /{0}; /help shows the commands, //{0} says it",
                visible(name)
            ),
            Self::Incomplete(row) => write!(f, "type it so: {}", row.usage()),
            Self::Surplus(row) => write!(f, "that is too much, type it so: {}", row.usage()),
            Self::Name(error) => error.fmt(f),
            Self::Duration(typed) => write!(
                f,
                "{} is no length of time: 30s, 10m, 2h, 7d and 2w are",
                visible(typed)
            ),
            Self::Message(typed) => write!(f, "{} is no message's number", visible(typed)),
        }
    }
}

impl std::error::Error for CommandError {}
