//! The bodies of what the server says.

use serde::{Deserialize, Serialize};

use super::{Acted, Code, EXTRA_ACT, EXTRA_EMPTIES, EXTRA_UNPROVEN, Kind, Role, Storage};
use crate::ids::{LogId, MessageId, Position, PublicKey, Secret, Seq};
use crate::limits::{
    MEMBERS_PAGE_MAX, PAGE_RECORDS_MAX, PRESENCE_NAMES_MAX, RECORD_NUMBERS_BYTES_MAX, ROOMS_PAGE_MAX,
};
use crate::list::{Extra, List};
use crate::name::{RoomName, UserName};
use crate::text::{Note, Text};

/// Body of [`ServerMessage::Welcome`](super::ServerMessage::Welcome).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// The version that both sides speak from here on.
    pub version: u16,
    /// The name under which the client is known here.
    pub name: UserName,
    /// To be shown in the next hello after this connection died.
    pub resume: Secret,
    /// What "stored" means on this server.
    pub storage: Storage,
    /// The server pings after so long without a byte from the client.
    pub ping_interval_ms: u32,
    /// The server gives up after so long without a byte either way.
    pub idle_timeout_ms: u32,
    /// The longest text that the server takes.
    pub text_bytes_max: u32,
    /// So many `Say`s may be unanswered; beyond that the server stops reading.
    pub says_in_flight_max: u32,
    /// So many rooms may be joined at once.
    pub rooms_max: u32,
    /// Ids of messages are known for as long as the records are kept; and so many ids of each room, at least, longer.
    pub dedupe_ids: u32,
    /// Ids are known for so long, at least, also if their records are kept shorter.
    pub dedupe_ms: u64,
    /// The server's wall clock, in milliseconds since 1970-01-01 UTC.
    pub now_unix_ms: u64,
    /// What later versions add.
    pub extra: Extra,
}

/// Body of [`ServerMessage::Refused`](super::ServerMessage::Refused). Its shape is fixed for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Why, for programs.
    pub code: Code,
    /// Why, for people.
    pub text: Note,
    /// If the code allows to come back: not before so long.
    pub come_back_after_ms: u32,
}

impl Refused {
    /// A refusal with its reason.
    #[must_use]
    pub fn new(code: Code, text: impl AsRef<str>, come_back_after_ms: u32) -> Self {
        Self {
            code,
            text: Note::new(text),
            come_back_after_ms,
        }
    }
}

/// Body of [`ServerMessage::Joined`](super::ServerMessage::Joined).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    /// The number of the request.
    pub request: u32,
    /// The room, as it is written.
    pub room: RoomName,
    /// The room's last message.
    pub position: Position,
    /// The first number that will be told; what is already stored comes at once, as `Said`.
    pub next: Seq,
    /// Whether the client's own position was found.
    pub resumed: Resumed,
    /// The version of the presence that `count` and `members` show. Who arrived in this very moment, the
    /// client included, is told by the next [`Presence`].
    pub presence_version: u64,
    /// How many are in the room.
    pub count: u32,
    /// The first page of members, if the room is small enough to have names told.
    pub members: List<UserName, MEMBERS_PAGE_MAX>,
    /// What later versions add.
    pub extra: Extra,
}

/// How a client's position stands to the room's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Resumed {
    /// What follows it is sent, without hole or double.
    Exact,
    /// Some of what follows it is no longer kept: a `Missed` tells which, then the rest is sent.
    Trimmed {
        /// The first number that is still kept.
        first_kept: Seq,
    },
    /// This log does not know the position: the last messages are sent, and the client draws a break.
    Diverged,
}

/// Body of [`ServerMessage::Left`](super::ServerMessage::Left).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// The number of the request.
    pub request: u32,
    /// The room.
    pub room: RoomName,
}

/// One message as the log keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its number in the room: 1, 2, 3, …
    pub seq: Seq,
    /// Its author's id for it.
    pub id: MessageId,
    /// Its author.
    pub author: UserName,
    /// When it was stored, by the server's clock, in milliseconds since 1970-01-01 UTC; to be shown, never to be sorted by.
    pub at_unix_ms: u64,
    /// What sort of message it is.
    pub kind: Kind,
    /// What was said.
    pub text: Text,
    /// What later versions add.
    pub extra: Extra,
}

impl Record {
    /// The most bytes that it takes in a page. The records of one page add up to at most
    /// [`FRAME_BYTES_MAX`](crate::limits::FRAME_BYTES_MAX) less
    /// [`PAGE_HEADER_BYTES_MAX`](crate::limits::PAGE_HEADER_BYTES_MAX).
    #[must_use]
    pub fn wire_bytes_max(&self) -> usize {
        RECORD_NUMBERS_BYTES_MAX + self.author.as_str().len() + self.text.len() + self.extra.wire_bytes_max()
    }

    /// Where a reader is who has seen everything up to here.
    #[must_use]
    pub const fn position(&self, log: LogId) -> Position {
        Position {
            log,
            seq: self.seq,
            id: self.id,
        }
    }

    /// The message that was emptied, if this is the notice that says so. It is an earlier one of the same room.
    #[must_use]
    pub fn empties(&self) -> Option<Seq> {
        let number = self.extra.get(EXTRA_EMPTIES)?.try_into().ok()?;
        let seq = Seq(u64::from_be_bytes(number));
        let is_earlier = Seq::ZERO < seq && seq < self.seq;
        (self.kind == Kind::MODERATION && is_earlier).then_some(seq)
    }

    /// What was done to whom, if this is the notice of an act of moderation.
    #[must_use]
    pub fn acted(&self) -> Option<Acted> {
        let acted = Acted::from_bytes(self.extra.get(EXTRA_ACT)?)?;
        (self.kind == Kind::MODERATION).then_some(acted)
    }

    /// Whether its author had no key that owns the name: anybody could have said it under this name.
    #[must_use]
    pub fn is_unproven(&self) -> bool {
        self.extra.get(EXTRA_UNPROVEN).is_some()
    }
}

/// Body of [`ServerMessage::Said`](super::ServerMessage::Said).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The room.
    pub room: RoomName,
    /// The message.
    pub record: Record,
}

/// Body of [`ServerMessage::Stored`](super::ServerMessage::Stored).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// The number of the request.
    pub request: u32,
    /// The room.
    pub room: RoomName,
    /// The message.
    pub id: MessageId,
    /// Its number, the same however often it is said again.
    pub seq: Seq,
}

/// Body of [`ServerMessage::Withdrawn`](super::ServerMessage::Withdrawn).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {
    /// The number of the request.
    pub request: u32,
    /// The room.
    pub room: RoomName,
    /// The message.
    pub id: MessageId,
}

/// Body of [`ServerMessage::Presence`](super::ServerMessage::Presence). Names are told as far as they fit; whoever finds that they do not add
/// up to `count`, or that a version is missing, asks for the members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// The room.
    pub room: RoomName,
    /// One more than the version before.
    pub version: u64,
    /// How many are in the room now.
    pub count: u32,
    /// Who came.
    pub arrived: List<UserName, PRESENCE_NAMES_MAX>,
    /// Who left.
    pub left: List<UserName, PRESENCE_NAMES_MAX>,
    /// What later versions add.
    pub extra: Extra,
}

/// Body of [`ServerMessage::MemberPage`](super::ServerMessage::MemberPage).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberPage {
    /// The number of the request.
    pub request: u32,
    /// The room.
    pub room: RoomName,
    /// The version of the presence that this page shows; pages of two versions do not belong together.
    pub presence_version: u64,
    /// How many are in the room.
    pub count: u32,
    /// The page, counted from 0.
    pub page: u32,
    /// How many pages there are.
    pub pages: u32,
    /// Its names, in the order of the whole list.
    pub members: List<UserName, MEMBERS_PAGE_MAX>,
    /// What later versions add.
    pub extra: Extra,
}

/// Body of [`ServerMessage::Page`](super::ServerMessage::Page).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The number of the request.
    pub request: u32,
    /// The room.
    pub room: RoomName,
    /// The log that the numbers belong to.
    pub log: LogId,
    /// The first number that is still kept; one more than the last number if nothing is.
    pub first_kept: Seq,
    /// The number of the room's last message.
    pub last: Seq,
    /// The records, in the order of their numbers.
    pub records: List<Record, PAGE_RECORDS_MAX>,
}

/// Body of [`ServerMessage::Found`](super::ServerMessage::Found).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The number of the request.
    pub request: u32,
    /// The room.
    pub room: RoomName,
    /// The log that the numbers belong to.
    pub log: LogId,
    /// Everything up to this number was searched; what is newer is not in the index yet.
    pub searched: Seq,
    /// The number of the room's last message.
    pub last: Seq,
    /// What was found, the newest first.
    pub records: List<Record, PAGE_RECORDS_MAX>,
}

/// Body of [`ServerMessage::Missed`](super::ServerMessage::Missed).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missed {
    /// The room.
    pub room: RoomName,
    /// The first number that can't be had.
    pub from: Seq,
    /// The last number that can't be had.
    pub to: Seq,
}

/// Body of [`ServerMessage::Failed`](super::ServerMessage::Failed). Nobody answers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// The number of the request.
    pub request: u32,
    /// Why, for programs.
    pub code: Code,
    /// Why, for people.
    pub text: Note,
    /// If the code is for now: not again before so long, in milliseconds; 0 if that is not known.
    pub wait_ms: u32,
}

impl Failed {
    /// A failure with its reason.
    #[must_use]
    pub fn new(request: u32, code: Code, text: impl AsRef<str>) -> Self {
        Self {
            request,
            code,
            text: Note::new(text),
            wait_ms: 0,
        }
    }
}

/// Body of [`ServerMessage::Goodbye`](super::ServerMessage::Goodbye): the last frame of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goodbye {
    /// Why, for programs.
    pub code: Code,
    /// Why, for people.
    pub text: Note,
    /// If the code allows to come back: not before so long.
    pub come_back_after_ms: u32,
}

impl Goodbye {
    /// A goodbye with its reason.
    #[must_use]
    pub fn new(code: Code, text: impl AsRef<str>, come_back_after_ms: u32) -> Self {
        Self {
            code,
            text: Note::new(text),
            come_back_after_ms,
        }
    }
}

/// Body of [`ServerMessage::Done`](super::ServerMessage::Done).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The number of the request.
    pub request: u32,
}

/// A room, as it is listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// The room.
    pub room: RoomName,
    /// If it is a direct conversation: the other person, under whose name it is shown.
    pub with: Option<UserName>,
    /// What the client is in it.
    pub role: Role,
    /// How many are in it now.
    pub count: u32,
    /// Its topic; empty if it has none.
    pub topic: Note,
}

/// Body of [`ServerMessage::Opened`](super::ServerMessage::Opened).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// The number of the request.
    pub request: u32,
    /// The room, which can be joined now.
    pub listed: Listed,
}

/// Body of [`ServerMessage::RoomPage`](super::ServerMessage::RoomPage).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomPage {
    /// The number of the request.
    pub request: u32,
    /// The rooms, by their names.
    pub rooms: List<Listed, ROOMS_PAGE_MAX>,
    /// Whether there are more after the last one.
    pub has_more: bool,
}

/// Body of [`ServerMessage::Person`](super::ServerMessage::Person).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The number of the request.
    pub request: u32,
    /// The name, in its owner's spelling.
    pub name: UserName,
    /// The key that owns the name; nothing if no key does.
    pub key: Option<PublicKey>,
    /// Through so many connections the person is present; 0 if it is not.
    pub connections: u32,
    /// What the person left to be told while away; empty if it is not away.
    pub away: Note,
}

/// Body of [`ServerMessage::Announced`](super::ServerMessage::Announced).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announced {
    /// The room, which can be joined now.
    pub listed: Listed,
}

/// Body of [`ServerMessage::Removed`](super::ServerMessage::Removed).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    /// The room.
    pub room: RoomName,
    /// Why, for programs.
    pub code: Code,
    /// Why, for people.
    pub text: Note,
}

/// Body of [`ServerMessage::Marked`](super::ServerMessage::Marked).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marked {
    /// The room.
    pub room: RoomName,
    /// The last message that was read.
    pub seq: Seq,
}
