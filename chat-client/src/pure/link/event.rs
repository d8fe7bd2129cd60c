//! What a [`Link`](super::Link) is told and what it tells.

use chat_proto::ids::{Instance, LogId, MessageId, Position, Seq};
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
    /// Tell who is in a room. Ends in [`Event::Members`] or [`Event::Failed`].
    Members {
        /// The room.
        room: RoomName,
    },
    /// Say nothing more: once every room was joined and everything said is stored, end the connection. Ends in
    /// [`Event::Finished`].
    Finish,
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
    /// Somebody, perhaps we, said something. Each number of a room is told once, in order.
    Said {
        /// The room.
        room: RoomName,
        /// The message.
        record: Record,
    },
    /// What we said is stored.
    Stored {
        /// The room.
        room: RoomName,
        /// The message.
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
    /// To know who is in a room.
    Members {
        /// The room.
        room: RoomName,
    },
}

/// Something that was said and is not known to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsent {
    /// The room.
    pub room: RoomName,
    /// The message.
    pub id: MessageId,
    /// What sort of message it is.
    pub kind: Kind,
    /// What was said.
    pub text: Text,
}
