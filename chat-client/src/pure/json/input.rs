//! Commands as JSON, one object on each line of input.
//!
//! Every object has `"do"`, the name of the command, and may have `"v":1`, the version of this format. A line is read
//! strictly, because a field that is passed over would be something that is not done: an unknown command, field or
//! version is an error, and nothing of the line is done. Ids are hexadecimal in strings, as in events. Whoever gives
//! `id`, 32 digits made at random, can say the same again after a crash, and it is stored once; else one is made.
//!
//! | `do` | other fields; names in parentheses can be left out |
//! |---|---|
//! | `say` | `room`, `text`, (`kind`: 0 line, 1 action, 2 topic), (`id`) |
//! | `empty` | `room`, `seq`, (`id`) |
//! | `moderate` | `room`, `name`, `act` (one of `kick`, `ban`, `unban`, `mute`, `unmute`, `invite`, `promote`, `demote`), (`for_ms`; 0: for good), (`reason`), (`id`) |
//! | `join` | `room`, (`last`: so many of its last messages first) |
//! | `leave` | `room` |
//! | `history` | `room`, (`before` or `after`: the number of a message), (`limit`) |
//! | `search` | `room`, (`words`), (`author`), (`since`) and (`until`) in milliseconds since 1970, (`before`: the number of a message), (`limit`) |
//! | `members` | `room` |
//! | `mark` | `room`, `seq` |
//! | `create` | `room` |
//! | `open`, `whois`, `release` | `name` |
//! | `rooms` | (`mine`) |
//! | `away` | (`text`; without it we are back) |
//! | `finish` | |
//!
//! A line that is none of these is answered on standard error with one object: `v`, `error` (what is wrong, for
//! people) and `line` (its number, counted from 1).

use std::fmt;

use chat_proto::ids::{MessageId, Seq};
use chat_proto::limits::PAGE_RECORDS_MAX;
use chat_proto::message::{Act, Kind, Span};
use chat_proto::name::{RoomName, UserName};
use chat_proto::text::{Note, Text};
use serde::Deserialize;
use serde::de::{Deserializer, Error};
use serde_json::{Map, Value};

use super::{ACTS, JSON_VERSION, Object};
use crate::pure::link::{Command, Query};

/// The longest line: a text of the greatest length, each byte of it escaped, has room.
pub const JSON_LINE_BYTES_MAX: usize = 64 * 1024;

const _: () = assert!(
    6 * chat_proto::limits::TEXT_BYTES_MAX + 1024 <= JSON_LINE_BYTES_MAX,
    "whatever can be said can be written as JSON"
);

/// Why a line is no command. It is shown as one sentence; what strangers wrote in it is not made safe yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputError(String);

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InputError {}

/// Reads a line. `fresh` is the id of what it says, if it names none itself.
///
/// # Errors
/// [`InputError`]: nothing is to be done.
///
/// # Examples
/// ```
/// use chat_client::pure::json::input::parse;
/// use chat_client::pure::link::Command;
/// use chat_proto::ids::MessageId;
///
/// let fresh = MessageId([7; 16]);
/// let command = parse(r#"{"do":"say","room":"lobby","text":"hello"}"#, fresh)?;
/// assert!(matches!(command, Command::Say { id, .. } if id == fresh));
/// assert!(parse(r#"{"do":"sing"}"#, fresh).is_err());
/// # Ok::<(), chat_client::pure::json::input::InputError>(())
/// ```
pub fn parse(line: &str, fresh: MessageId) -> Result<Command, InputError> {
    let wrong = |error: serde_json::Error| InputError(error.to_string());
    let mut object: Map<String, Value> = serde_json::from_str(line).map_err(wrong)?;
    if let Some(version) = object.remove("v")
        && version != JSON_VERSION
    {
        return Err(InputError(format!(
            "this program reads commands of version {JSON_VERSION} only"
        )));
    }
    let wish: Wish = serde_json::from_value(Value::Object(object)).map_err(wrong)?;
    wish.into_command(fresh)
}

/// The object that tells what is wrong with a line, without a line end.
#[must_use]
pub fn error_to_json(line: u64, error: &str) -> String {
    let mut object = Object::new();
    object.number("v", JSON_VERSION).text("error", error);
    object.number("line", line);
    object.end()
}

/// A command as it is written.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
enum Wish {
    Say {
        room: RoomName,
        text: Text,
        #[serde(default = "line")]
        kind: Kind,
        #[serde(default, deserialize_with = "id")]
        id: Option<MessageId>,
    },
    Empty {
        room: RoomName,
        seq: Seq,
        #[serde(default, deserialize_with = "id")]
        id: Option<MessageId>,
    },
    Moderate {
        room: RoomName,
        #[serde(deserialize_with = "act")]
        act: Act,
        name: UserName,
        #[serde(default)]
        for_ms: u64,
        #[serde(default = "nothing")]
        reason: Note,
        #[serde(default, deserialize_with = "id")]
        id: Option<MessageId>,
    },
    Join {
        room: RoomName,
        #[serde(default)]
        last: u32,
    },
    Leave {
        room: RoomName,
    },
    History {
        room: RoomName,
        before: Option<Seq>,
        after: Option<Seq>,
        limit: Option<u32>,
    },
    Search {
        room: RoomName,
        #[serde(default = "nothing")]
        words: Note,
        author: Option<UserName>,
        since: Option<u64>,
        until: Option<u64>,
        before: Option<Seq>,
        limit: Option<u32>,
    },
    Members {
        room: RoomName,
    },
    Mark {
        room: RoomName,
        seq: Seq,
    },
    Create {
        room: RoomName,
    },
    Open {
        name: UserName,
    },
    Whois {
        name: UserName,
    },
    Release {
        name: UserName,
    },
    Rooms {
        #[serde(default)]
        mine: bool,
    },
    Away {
        #[serde(default = "nothing")]
        text: Note,
    },
    // With braces, so that a field too many is an error here too.
    Finish {},
}

impl Wish {
    #[expect(clippy::too_many_lines, reason = "one arm for each row of the table")]
    fn into_command(self, fresh: MessageId) -> Result<Command, InputError> {
        Ok(match self {
            Self::Say { room, text, kind, id } => Command::Say {
                room,
                id: id.unwrap_or(fresh),
                kind,
                text,
            },
            Self::Empty { room, seq, id } => Command::Empty {
                room,
                id: id.unwrap_or(fresh),
                seq,
            },
            Self::Moderate {
                room,
                act,
                name,
                for_ms,
                reason,
                id,
            } => Command::Moderate {
                room,
                id: id.unwrap_or(fresh),
                act,
                name,
                for_ms,
                reason,
            },
            Self::Join { room, last } => Command::Join { room, tail: last },
            Self::Leave { room } => Command::Leave { room },
            Self::History {
                room,
                before,
                after,
                limit,
            } => Command::History {
                room,
                span: span(before, after)?,
                limit: limit.unwrap_or(RECORDS_DEFAULT),
            },
            Self::Search {
                room,
                words,
                author,
                since,
                until,
                before,
                limit,
            } => Command::Search {
                room,
                query: Query {
                    words,
                    author,
                    since_unix_ms: since,
                    until_unix_ms: until,
                    before: before.unwrap_or(Seq::MAX),
                    limit: limit.unwrap_or(RECORDS_DEFAULT),
                },
            },
            Self::Members { room } => Command::Members { room },
            Self::Mark { room, seq } => Command::Mark { room, seq },
            Self::Create { room } => Command::Create { room },
            Self::Open { name } => Command::Open { name },
            Self::Whois { name } => Command::Whois { name },
            Self::Release { name } => Command::Release { name },
            Self::Rooms { mine } => Command::Rooms { mine },
            Self::Away { text } => Command::Away { text },
            Self::Finish {} => Command::Finish,
        })
    }
}

/// So many records are asked for if nothing is said about it: as many as a page can have.
#[expect(clippy::cast_possible_truncation, reason = "a page has a few hundred")]
const RECORDS_DEFAULT: u32 = PAGE_RECORDS_MAX as u32;

fn span(before: Option<Seq>, after: Option<Seq>) -> Result<Span, InputError> {
    match (before, after) {
        (None, None) => Ok(Span::Before(Seq::MAX)),
        (Some(before), None) => Ok(Span::Before(before)),
        (None, Some(after)) => Ok(Span::After(after)),
        (Some(_), Some(_)) => Err(InputError("give before or after, not both".into())),
    }
}

const fn line() -> Kind {
    Kind::LINE
}

fn nothing() -> Note {
    Note::new("")
}

fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<MessageId>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let is_hex = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = u128::from_str_radix(&text, 16).ok().filter(|_| is_hex);
    let id = number.map(|number| MessageId(number.to_be_bytes()));
    match id.filter(|id| *id != MessageId::ZERO) {
        Some(id) => Ok(Some(id)),
        None => Err(D::Error::custom("an id is 32 hexadecimal digits, not all zero")),
    }
}

fn act<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Act, D::Error> {
    let text = String::deserialize(deserializer)?;
    let act = ACTS.iter().find(|(_, name)| *name == text);
    act.map(|(act, _)| *act)
        .ok_or_else(|| D::Error::custom("there is no such act"))
}

#[cfg(test)]
mod tests;
