//! What a [`Link`](super::Link) is told and what it tells.

use chat_proto::ids::{Instance, Invitation, LogId, MessageId, Position, PublicKey, Seq};
use chat_proto::limits::PAGE_RECORDS_MAX;
use chat_proto::message::{Code, Kind, Record, Resumed, Span, Storage};
use chat_proto::name::{RoomName, UserName};
use chat_proto::text::{Note, Text};

/// Who a [`Link`](super::Link) is, and how patient.
#[derive(Clone, Debug)]
pub struct LinkOptions {
    /// The name to be known under.
    pub name: UserName,
    /// Made at random by each process.
    pub instance: Instance,
    /// The rooms to join from the start, each with so many of its last messages.
    pub rooms: Vec<(RoomName, u32)>,
    /// Shown with each hello.
    pub invitation: Option<Invitation>,
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
            rooms: Vec::new(),
            invitation: None,
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
    /// Say something in a room that is joined or about to be. Ends in [`Event::Stored`] or [`Event::Failed`].
    Say {
        /// The room.
        room: RoomName,
        /// Made at random for this message.
        id: MessageId,
        /// What sort of message it is.
        kind: Kind,
        /// What is said; not empty.
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
    /// Say nothing more: once every room was joined and everything said is stored, end the connection. Ends in
    /// [`Event::Finished`].
    Finish,
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
    /// Make a connection, and drop the one before if there is one; the answer is [`Input::Connected`] or [`Input::Lost`].
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

/// What happened. Names, texts and notes come from strangers: whoever shows them passes them through
/// [`visible`](chat_proto::visible::visible).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The server let us in, for the first time or again.
    Welcomed {
        /// The name under which we are known.
        name: UserName,
        /// What "stored" means on this server.
        storage: Storage,
    },
    /// The server does not want us, and trying again would not help. Nothing follows.
    Refused {
        /// Why, for programs.
        code: Code,
        /// Why, for people.
        text: Note,
        /// What was said and is not known to be stored.
        unsent: Vec<Unsent>,
    },
    /// The server shows a key, and is from now on known by it. Before a connection is used for the first time.
    Pinned {
        /// The key.
        server_key: PublicKey,
        /// The form in which people compare it.
        fingerprint: String,
    },
    /// The server is not who it was, or we can't show who we are. Nothing was sent. Nothing follows.
    Untrusted {
        /// Why, for people.
        reason: String,
        /// What was said and is not known to be stored.
        unsent: Vec<Unsent>,
    },
    /// There is no connection; it is tried again.
    Lost {
        /// Why.
        cause: Cause,
        /// When it is tried again.
        retry_in_ms: u64,
    },
    /// We are in a room.
    Joined {
        /// The room.
        room: RoomName,
        /// Whether we were in it before and come back after a loss.
        again: bool,
        /// How what follows joins what was told before.
        resumed: Resumed,
        /// The room's last message; what of it was asked for comes as [`Event::Said`].
        position: Position,
        /// How many were in the room, without us if we just came.
        count: u32,
        /// Who, as far as it is known by now.
        members: Vec<UserName>,
    },
    /// We are out of a room.
    Left {
        /// The room.
        room: RoomName,
    },
    /// Somebody, perhaps we, said something. Each number of a room is told once, in order: so, or as
    /// [`Emptied`](Self::Emptied).
    Said {
        /// The room.
        room: RoomName,
        /// The message.
        record: Record,
    },
    /// An earlier message was emptied: whoever keeps or shows its text is to forget it. Told where the notice stands in
    /// the log, also to those who come back later; who was told the message after that got it without its text.
    Emptied {
        /// The room.
        room: RoomName,
        /// The message that was emptied.
        seq: Seq,
        /// Who did it.
        by: UserName,
        /// The number of the notice itself.
        notice: Seq,
        /// The id of the notice.
        id: MessageId,
        /// When, by the server's clock, in milliseconds since 1970-01-01 UTC.
        at_unix_ms: u64,
    },
    /// What we said is stored, or the notice that something was emptied.
    Stored {
        /// The room.
        room: RoomName,
        /// The message, or the notice.
        id: MessageId,
        /// Its number.
        seq: Seq,
    },
    /// Something was not granted.
    Failed {
        /// What.
        what: Wanted,
        /// Why, for programs.
        code: Code,
        /// Why, for people; empty if it was not the server that refused.
        text: Note,
        /// When it is tried again; `None`: not at all.
        retry_in_ms: Option<u64>,
    },
    /// Others came into a room or left it.
    Presence {
        /// The room.
        room: RoomName,
        /// Who came.
        arrived: Vec<UserName>,
        /// Who left.
        left: Vec<UserName>,
        /// How many are there now. In a large room this may be all that is told.
        count: u32,
    },
    /// These messages of a room can no longer be had.
    Missed {
        /// The room.
        room: RoomName,
        /// The first number.
        from: Seq,
        /// The last number.
        to: Seq,
    },
    /// The room's log is another one than before, or went back: what follows does not join what was told.
    Broke {
        /// The room.
        room: RoomName,
    },
    /// A page of history, as asked for.
    Page {
        /// The room.
        room: RoomName,
        /// What was asked for.
        span: Span,
        /// The log that the numbers belong to.
        log: LogId,
        /// The first number that is still kept; one more than the last number if nothing is.
        first_kept: Seq,
        /// The number of the room's last message.
        last: Seq,
        /// The records, as the server sent them.
        records: Vec<Record>,
    },
    /// What was found, as asked for.
    Found {
        /// The room.
        room: RoomName,
        /// What was asked for.
        query: Query,
        /// The log that the numbers belong to.
        log: LogId,
        /// Everything up to this number was searched; if it is less than `last`, what is newer will be found later.
        searched: Seq,
        /// The number of the room's last message.
        last: Seq,
        /// The records, the newest first, as the server sent them.
        records: Vec<Record>,
    },
    /// Who is in a room, as asked for.
    Members {
        /// The room.
        room: RoomName,
        /// How many.
        count: u32,
        /// Who; nobody if they are too many to be kept.
        members: Vec<UserName>,
    },
    /// There was no connection for too long. Nothing follows.
    GaveUp {
        /// What was said and is not known to be stored.
        unsent: Vec<Unsent>,
    },
    /// Everything that was said is stored, and the connection ended as [`Command::Finish`] asked. Nothing follows.
    Finished,
}

/// Why there is no connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It could not be made.
    Unreachable,
    /// It ended without a word.
    Ended,
    /// Nothing was heard from the server for too long.
    Silent,
    /// What answered does not speak our protocol, or broke it.
    Nonsense,
    /// The server ended it, or did not let us in, for now.
    Sent {
        /// Why, for programs.
        code: Code,
        /// Why, for people.
        text: Note,
    },
}

/// What was not granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// To say this in a room.
    Say {
        /// The room.
        room: RoomName,
        /// The message.
        id: MessageId,
    },
    /// To empty a message.
    Empty {
        /// The room.
        room: RoomName,
        /// The id of the notice.
        id: MessageId,
        /// The message.
        seq: Seq,
    },
    /// To join a room.
    Join {
        /// The room.
        room: RoomName,
    },
    /// To leave a room that was never joined.
    Leave {
        /// The room.
        room: RoomName,
    },
    /// A page of a room's history.
    History {
        /// The room.
        room: RoomName,
    },
    /// To find something in a room. If the connection was lost before the answer came, the code is [`Code::IDLE`].
    Search {
        /// The room.
        room: RoomName,
        /// What was looked for.
        query: Query,
    },
    /// To know who is in a room.
    Members {
        /// The room.
        room: RoomName,
    },
}

impl Wanted {
    /// The room in which it was wanted.
    #[must_use]
    pub const fn room(&self) -> &RoomName {
        match self {
            Self::Say { room, .. }
            | Self::Empty { room, .. }
            | Self::Join { room }
            | Self::Leave { room }
            | Self::History { room }
            | Self::Search { room, .. }
            | Self::Members { room } => room,
        }
    }
}

/// Something that was said and is not known to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsent {
    /// The room.
    pub room: RoomName,
    /// The message, or the notice that something was emptied.
    pub id: MessageId,
    /// What it is.
    pub content: Content,
}

/// What is to come into a room's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Something that is said.
    Text {
        /// What sort of message it is.
        kind: Kind,
        /// What is said.
        text: Text,
    },
    /// The notice that a message was emptied, and with it that the message is.
    Emptying {
        /// The message.
        seq: Seq,
    },
}
