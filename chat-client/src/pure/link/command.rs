//! What a [`Link`](super::Link) is told by its application and its carrier, and what it wants done.

use chat_proto::ids::{Instance, Invitation, MessageId, Seq};
use chat_proto::limits::PAGE_RECORDS_MAX;
use chat_proto::message::{Act, Kind, Span};
use chat_proto::name::{RoomName, UserName};
use chat_proto::text::{Note, Text};

use super::{Content, Event, Unsent};

/// Who a [`Link`](super::Link) is, and how patient.
#[derive(Clone, Debug)]
pub struct LinkOptions {
    /// The name to be known under.
    pub name: UserName,
    /// Made at random by each process.
    pub instance: Instance,
    /// What lets a new key in: shown until the server has let us in once.
    pub invitation: Option<Invitation>,
    /// The rooms to join from the start, each with so many of its last messages.
    pub rooms: Vec<(RoomName, u32)>,
    /// How long after a loss, or after the start, it still tries to connect; `None`: for ever.
    pub give_up_ms: Option<u64>,
    /// How long a connection and its welcome may take.
    pub connect_timeout_ms: u64,
    /// After so long without a byte from the server it is asked whether it is there.
    pub ping_interval_ms: u64,
    /// After so long without a byte from the server the connection is given up.
    pub idle_timeout_ms: u64,
}

impl LinkOptions {
    /// Somebody who joins no room yet, never gives up, and is as patient as most should be.
    #[must_use]
    pub const fn new(name: UserName, instance: Instance) -> Self {
        Self {
            name,
            instance,
            invitation: None,
            rooms: Vec::new(),
            give_up_ms: None,
            connect_timeout_ms: 15_000,
            ping_interval_ms: 20_000,
            idle_timeout_ms: 60_000,
        }
    }
}

/// What a [`Link`](super::Link) is told.
#[derive(Debug)]
pub enum Input<'a> {
    /// The connection that [`Action::Connect`] asked for stands.
    Connected,
    /// These bytes came from the server.
    Bytes(&'a [u8]),
    /// The connection ended, or could not be made.
    Lost,
    /// The same, and the system says why, for people.
    Failed(&'a str),
    /// No connection was made, because nobody has signed with our key in time: somebody may the next time. Why, for people.
    Unsigned(&'a str),
    /// No connection was made, because it would not be with whom it has to be, or we can't show who we are. Why, for
    /// people.
    Untrusted(&'a str),
    /// The application wants something.
    Command(Command),
    /// A deadline may have passed.
    Tick,
}

/// What an application wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Say something in a room that is joined or about to be; of kind [`TOPIC`](Kind::TOPIC) it is the room's new topic. Ends in [`Event::Stored`] or [`Event::Failed`].
    Say {
        /// The room.
        room: RoomName,
        /// Made at random for this message.
        id: MessageId,
        /// What sort of message it is.
        kind: Kind,
        /// What is said; empty only for no [topic](Kind::TOPIC).
        text: Text,
    },
    /// Take the text out of something that we said, in a room that is joined or about to be. In its order with what is
    /// said there, and kept like it. Ends in [`Event::Stored`], for the notice that says so, or in [`Event::Failed`];
    /// that it is done is also told as [`Event::Emptied`].
    Empty {
        /// The room.
        room: RoomName,
        /// Made at random for the notice.
        id: MessageId,
        /// The message that is to be emptied.
        seq: Seq,
    },
    /// Join a room. Ends in [`Event::Joined`] or [`Event::Failed`].
    Join {
        /// The room.
        room: RoomName,
        /// So many of its last messages are told first.
        tail: u32,
    },
    /// Leave a room, once everything that was said in it is stored. Ends in [`Event::Left`].
    Leave {
        /// The room.
        room: RoomName,
    },
    /// Fetch a page of a room's history. Ends in [`Event::Page`] or [`Event::Failed`].
    History {
        /// The room.
        room: RoomName,
        /// Which part of the log.
        span: Span,
        /// At most so many records.
        limit: u32,
    },
    /// Find what was said in a room. Ends in [`Event::Found`] or [`Event::Failed`], also if the connection is lost before
    /// the answer came.
    Search {
        /// The room.
        room: RoomName,
        /// What is looked for.
        query: Query,
    },
    /// Tell who is in a room. Ends in [`Event::Members`] or [`Event::Failed`].
    Members {
        /// The room.
        room: RoomName,
    },
    /// Do something to somebody in a room that is joined or about to be. In its order with what is said there, and kept
    /// like it. Ends in [`Event::Stored`], for the notice that says so, or in [`Event::Failed`].
    Moderate {
        /// The room.
        room: RoomName,
        /// Made at random for the notice.
        id: MessageId,
        /// What is done.
        act: Act,
        /// To whom.
        name: UserName,
        /// For so long; 0 for good.
        for_ms: u64,
        /// Why, for people; may be empty.
        reason: Note,
    },
    /// We have read this far in a room. The server is told the newest only, now and then, and again after a loss; that
    /// it knows is not told, a refusal is, as [`Event::Failed`].
    Mark {
        /// The room.
        room: RoomName,
        /// The last message that was read.
        seq: Seq,
    },
    /// Make a private room, called something like this, of which we are the owner. Ends in [`Event::Opened`], which tells
    /// what it is called, or in [`Event::Failed`], also if the connection is lost before the answer came: then the list
    /// of our own rooms shows whether it was made.
    Create {
        /// What it is to be called.
        room: RoomName,
    },
    /// Make or find the conversation with somebody. Ends in [`Event::Opened`] or [`Event::Failed`].
    Open {
        /// The other person.
        name: UserName,
    },
    /// List the rooms. Ends in [`Event::Rooms`] or [`Event::Failed`]. Our own are listed after each welcome without
    /// being asked for.
    Rooms {
        /// Only those in which we have a role: private rooms and direct conversations. Otherwise the public ones.
        mine: bool,
    },
    /// Tell who somebody is. Ends in [`Event::Person`] or [`Event::Failed`].
    Whois {
        /// The person.
        name: UserName,
    },
    /// We are away, or back. The server is told the newest, and after each loss again. Ends in [`Event::Away`] or
    /// [`Event::Failed`].
    Away {
        /// What who asks is told; empty for being back.
        text: Note,
    },
    /// Give up a name that our key owns. Ends in [`Event::Released`] or [`Event::Failed`], also if the connection is lost
    /// before the answer came.
    Release {
        /// The name.
        name: UserName,
    },
    /// Say nothing more: once every room was joined and everything said is stored, end the connection. Ends in
    /// [`Event::Finished`].
    Finish,
}

impl Command {
    /// What comes into the outbox, if this does.
    pub(crate) fn into_unsent(self) -> Option<Unsent> {
        let (room, id, content) = match self {
            Self::Say { room, id, kind, text } => (room, id, Content::Text { kind, text }),
            Self::Empty { room, id, seq } => (room, id, Content::Emptying { seq }),
            Self::Moderate {
                room,
                id,
                act,
                name,
                for_ms,
                reason,
            } => {
                let content = Content::Moderation {
                    act,
                    name,
                    for_ms,
                    reason,
                };
                (room, id, content)
            }
            Self::Join { .. }
            | Self::Leave { .. }
            | Self::History { .. }
            | Self::Search { .. }
            | Self::Members { .. }
            | Self::Mark { .. }
            | Self::Create { .. }
            | Self::Open { .. }
            | Self::Rooms { .. }
            | Self::Whois { .. }
            | Self::Away { .. }
            | Self::Release { .. }
            | Self::Finish => return None,
        };
        Some(Unsent { room, id, content })
    }
}

/// What is looked for in a room. What is left out matches everything.
///
/// # Examples
/// ```
/// use chat_client::pure::link::Query;
/// use chat_proto::name::{NameError, UserName};
///
/// let query = Query {
///     author: Some(UserName::parse("alice")?),
///     limit: 20,
///     ..Query::words("release notes")
/// };
/// assert_eq!(query.words.as_str(), "release notes");
/// # Ok::<(), NameError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Words that are all in the text, in any order, in capitals or not; the last one may be a beginning.
    pub words: Note,
    /// Who said it, in capitals or not.
    pub author: Option<UserName>,
    /// Not said before, in milliseconds since 1970-01-01 UTC.
    pub since_unix_ms: Option<u64>,
    /// Said before.
    pub until_unix_ms: Option<u64>,
    /// Only messages before this number; to go on, the number of the last one that was found.
    pub before: Seq,
    /// At most so many; the server may give fewer.
    pub limit: u32,
}

impl Query {
    /// The newest messages with these words, whoever said them and whenever. No words are in every message; words beyond
    /// [`NOTE_BYTES_MAX`](chat_proto::limits::NOTE_BYTES_MAX) are left out.
    #[must_use]
    pub fn words(words: &str) -> Self {
        Self {
            words: Note::new(words),
            author: None,
            since_unix_ms: None,
            until_unix_ms: None,
            before: Seq::MAX,
            limit: u32::try_from(PAGE_RECORDS_MAX).unwrap_or(u32::MAX),
        }
    }
}

/// What the carrier has to do with the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Make a connection, and drop the one before if there is one; the answer is [`Input::Connected`], or why there is none.
    Connect,
    /// Drop the connection, or the attempt to make one, without writing what is left; there is no answer.
    Disconnect,
    /// Write what is left, then close the write side; [`Input::Lost`] follows when the server has closed its own.
    CloseWriteSide,
}

/// What comes out of a [`Link`](super::Link). The caller's, to be reused: `handle` adds, the caller takes out.
#[derive(Debug, Default)]
pub struct Outputs {
    /// Frames to write to the connection, in order.
    pub bytes: Vec<u8>,
    /// What happened, in order.
    pub events: Vec<Event>,
    /// What to do with the connection, after `bytes` were taken.
    pub action: Option<Action>,
}
