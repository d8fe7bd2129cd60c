//! The bodies of what a client says.

use serde::{Deserialize, Serialize};

use super::{Act, Kind};
use crate::ids::{Instance, MessageId, Position, Secret, Seq};
use crate::list::Extra;
use crate::name::{RawName, RoomName, UserName};
use crate::text::{Note, Text};

/// Body of [`ClientMessage::Hello`](super::ClientMessage::Hello). Its shape is fixed for ever, so that any two versions can refuse each other politely.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The oldest version that the client speaks.
    pub version_oldest: u16,
    /// The newest version that the client speaks.
    pub version_newest: u16,
    /// The name that the client would like to have.
    pub name: RawName,
    /// Made at random by each client process, and kept with its outbox.
    pub instance: Instance,
    /// The secret of the last [`Welcome`](super::Welcome), to take over the dead connection that it belonged to.
    pub resume: Option<Secret>,
    /// What later versions add.
    pub extra: Extra,
}

/// Body of [`ClientMessage::Join`](super::ClientMessage::Join).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Join {
    /// Echoed in the answer.
    pub request: u32,
    /// The room; a public room that does not exist is made.
    pub room: RawName,
    /// Where to begin.
    pub from: From,
    /// What later versions add.
    pub extra: Extra,
}

/// Where a client that joins wants to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum From {
    /// With the last so many messages; 0 for what is new only.
    Tail(u32),
    /// With what follows this position, which the client has reached before.
    After(Position),
}

/// Body of [`ClientMessage::Leave`](super::ClientMessage::Leave).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leave {
    /// Echoed in the answer.
    pub request: u32,
    /// The room.
    pub room: RoomName,
}

/// Body of [`ClientMessage::Say`](super::ClientMessage::Say).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Say {
    /// Echoed in the answer.
    pub request: u32,
    /// The room, which the client has joined.
    pub room: RoomName,
    /// Made at random by the client for this message; said again under the same id, it is stored once.
    pub id: MessageId,
    /// What sort of message it is.
    pub kind: Kind,
    /// What is said; not empty.
    pub text: Text,
    /// What later versions add; kept with the record.
    pub extra: Extra,
}

/// Body of [`ClientMessage::Withdraw`](super::ClientMessage::Withdraw).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdraw {
    /// Echoed in the answer.
    pub request: u32,
    /// The room in which it was said.
    pub room: RoomName,
    /// The message that was refused for now.
    pub id: MessageId,
}

/// Body of [`ClientMessage::History`](super::ClientMessage::History).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// Echoed in the answer.
    pub request: u32,
    /// The room, which the client has joined.
    pub room: RoomName,
    /// Which part of the log.
    pub span: Span,
    /// At most so many records; the server may give fewer.
    pub limit: u32,
}

/// A part of a room's log, seen from one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Span {
    /// The last records before this number; [`Seq::MAX`] for the last of all.
    Before(Seq),
    /// The first records after this number; [`Seq::ZERO`] for the first of all.
    After(Seq),
}

/// Body of [`ClientMessage::Members`](super::ClientMessage::Members).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Members {
    /// Echoed in the answer.
    pub request: u32,
    /// The room, which the client has joined.
    pub room: RoomName,
    /// The page, counted from 0.
    pub page: u32,
}

/// Body of [`ClientMessage::Empty`](super::ClientMessage::Empty). The room's log gets a notice of kind
/// [`MODERATION`](super::Kind::MODERATION), so that everybody learns of it in its place, also who comes back later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Empty {
    /// Echoed in the answer.
    pub request: u32,
    /// The room, which the client has joined.
    pub room: RoomName,
    /// The message that is to be emptied.
    pub seq: Seq,
    /// Made at random by the client for the notice; asked again under the same id, it is done once.
    pub id: MessageId,
}

/// Body of [`ClientMessage::Search`](super::ClientMessage::Search). What is left out matches everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Search {
    /// Echoed in the answer.
    pub request: u32,
    /// The room, which the client has joined.
    pub room: RoomName,
    /// Words that are all in the text, in any order, in capitals or not; the last one may be a beginning.
    pub words: Note,
    /// Who said it, in capitals or not.
    pub author: Option<UserName>,
    /// Not said before, in milliseconds since 1970-01-01 UTC.
    pub since_unix_ms: Option<u64>,
    /// Said before.
    pub until_unix_ms: Option<u64>,
    /// Only messages before this number; [`Seq::MAX`] for the newest.
    pub before: Seq,
    /// At most so many; the server may give fewer.
    pub limit: u32,
}

/// Body of [`ClientMessage::Create`](super::ClientMessage::Create).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Create {
    /// Echoed in the answer.
    pub request: u32,
    /// What the room is to be called; the server adds `+` in front and a random ending.
    pub room: RawName,
}

/// Body of [`ClientMessage::Open`](super::ClientMessage::Open).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// Echoed in the answer.
    pub request: u32,
    /// The other person, whose key owns this name.
    pub name: RawName,
}

/// Body of [`ClientMessage::Moderate`](super::ClientMessage::Moderate). The room's log gets a notice of kind
/// [`MODERATION`](super::Kind::MODERATION) that says who did it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moderate {
    /// Echoed in the answer.
    pub request: u32,
    /// The room, which the client has joined.
    pub room: RoomName,
    /// Made at random by the client for the notice; asked again under the same id, it is done once.
    pub id: MessageId,
    /// What is done.
    pub act: Act,
    /// To whom.
    pub name: RawName,
    /// For so long, in milliseconds; 0 for good.
    pub for_ms: u64,
    /// Why, for people; may be empty.
    pub reason: Note,
}

/// Body of [`ClientMessage::Mark`](super::ClientMessage::Mark).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Echoed in the answer.
    pub request: u32,
    /// The room, which the client has joined.
    pub room: RoomName,
    /// The last message that was read.
    pub seq: Seq,
}

/// Body of [`ClientMessage::Rooms`](super::ClientMessage::Rooms).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rooms {
    /// Echoed in the answer.
    pub request: u32,
    /// Only those in which I have a role: private rooms and direct conversations. Otherwise the public ones.
    pub mine: bool,
    /// Those that come after this one, by name.
    pub after: Option<RoomName>,
}

/// Body of [`ClientMessage::Whois`](super::ClientMessage::Whois).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whois {
    /// Echoed in the answer.
    pub request: u32,
    /// The person.
    pub name: RawName,
}

/// Body of [`ClientMessage::Away`](super::ClientMessage::Away).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Away {
    /// Echoed in the answer.
    pub request: u32,
    /// What who asks is told; empty for being back.
    pub text: Note,
}

/// Body of [`ClientMessage::Release`](super::ClientMessage::Release).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Echoed in the answer.
    pub request: u32,
    /// The name, which the client's key owns.
    pub name: RawName,
}
