//! What a [`Link`](super::Link) tells.

use chat_proto::ids::{LogId, MessageId, Position, PublicKey, Seq};
use chat_proto::message::{Code, Listed, Record, Resumed, Role, Span, Storage};
use chat_proto::name::{RoomName, UserName};
use chat_proto::text::Note;

use super::{Query, Unsent, Wanted};
use crate::pure::roles::RolesOf;

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
        /// The same in the words of the system or of whoever was to sign, for people; empty if they say nothing.
        why: String,
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
        /// What those of them are who own the room, keep order there or may not speak.
        roles: RolesOf,
        /// The room's topic; empty if it has none.
        topic: Note,
        /// What we are in it.
        role: Role,
        /// The last message that we have read, through whatever connection; `None` if the server does not know.
        read: Option<Seq>,
    },
    /// We are out of a room.
    Left {
        /// The room.
        room: RoomName,
    },
    /// Somebody put us out of a room, whether we were in it here or had a place in it. It is not joined again by itself;
    /// what was wanted there ends in [`Event::Failed`], but for what is on its way, which may be stored yet.
    Removed {
        /// The room.
        room: RoomName,
        /// Why, for programs.
        code: Code,
        /// Why, for people.
        text: Note,
    },
    /// The room that we wanted to [create](super::Command::Create) or [open](super::Command::Open) is there, and can be
    /// joined.
    Opened {
        /// The room.
        listed: Listed,
    },
    /// Somebody let us into a private room, or began a conversation with us: it can be joined.
    Announced {
        /// The room.
        listed: Listed,
    },
    /// The rooms, by their names: our own after each welcome, others as asked for.
    Rooms {
        /// Whether they are those in which we have a role.
        mine: bool,
        /// The rooms.
        list: Vec<Listed>,
        /// Whether these are all; if not, they are too many, or the server listed them twice.
        whole: bool,
    },
    /// The same person has read this far in a room, through another connection.
    Marked {
        /// The room.
        room: RoomName,
        /// The last message that was read.
        seq: Seq,
    },
    /// Who somebody is, as asked for.
    Person {
        /// The name, in its owner's spelling.
        name: UserName,
        /// The key that owns the name; `None` if no key does.
        key: Option<PublicKey>,
        /// Through so many connections the person is present; 0 if it is not.
        connections: u32,
        /// What the person left to be told while away; empty if it is not away.
        away: Note,
    },
    /// The server knows that we are away, or back. Told once, though it is said again after a loss.
    Away {
        /// What who asks is told; empty for being back.
        text: Note,
    },
    /// A name is no longer our key's.
    Released {
        /// The name.
        name: UserName,
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
    /// What we said is stored, or the notice that something was emptied or done to somebody.
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
        /// What those of them who came are, if they own the room, keep order there or may not speak.
        roles: RolesOf,
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
        /// What those of them are who own the room, keep order there or may not speak.
        roles: RolesOf,
    },
    /// There was no connection for too long. Nothing follows.
    GaveUp {
        /// What was said and is not known to be stored.
        unsent: Vec<Unsent>,
    },
    /// Everything that was said is stored, and the connection ended as [`Finish`](super::Command::Finish) asked. Nothing follows.
    Finished,
}

/// Why there is no connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It could not be made.
    Unreachable,
    /// It could not be made, because nobody has signed with our key in time.
    Unsigned,
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
