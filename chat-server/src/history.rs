//! The border to the stores: who numbers, remembers and gives back what was said.
//!
//! A store takes batches of [`Op`]s, commits each batch as one, and answers each `Op` with one [`Outcome`], in order. It
//! alone numbers a room's messages: 1, 2, 3 … in each log, without a hole, and no number is used twice. What was
//! refused has used none. Old records may go (`first_kept` says where the kept ones begin), numbers stay.
//!
//! Everything here is plain and synchronous; `io/history` carries it to and from whoever asks.

pub mod memory;

#[cfg(test)]
mod conformance;
#[cfg(test)]
pub(crate) mod fixtures;

use chat_proto::ids::{LogId, MessageId, Position, Seq};
use chat_proto::list::Extra;
use chat_proto::message::{From, Kind, Record, Resumed, Span};
use chat_proto::name::{RoomName, UserName};
use chat_proto::text::Text;

/// So many of the last records are told to somebody whose position this log does not know.
pub const DIVERGED_RECORDS: u64 = 50;

/// One thing to do. An ordered batch of them is committed as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// Store what somebody says, unless it is stored already.
    Append {
        /// The room.
        room: RoomName,
        /// What is said.
        draft: Draft,
    },
    /// Say how a place stands to the room's log. An empty log is made if there is none.
    Locate {
        /// The room.
        room: RoomName,
        /// The place.
        from: From,
    },
    /// Nobody is in the room: drop its log if it never had a record. One that had may go when its place is needed for
    /// another room, until somebody asks for this one again. Who comes back then finds another log.
    Forget {
        /// The room.
        room: RoomName,
    },
}

/// A record to be: what its author decides about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Its author's id for it.
    pub id: MessageId,
    /// Its author.
    pub author: UserName,
    /// What sort of message it is.
    pub kind: Kind,
    /// What is said.
    pub text: Text,
    /// What later versions add.
    pub extra: Extra,
}

impl Draft {
    /// The record that this becomes under a number.
    #[must_use]
    pub fn into_record(self, seq: Seq, at_unix_ms: u64) -> Record {
        Record {
            seq,
            id: self.id,
            author: self.author,
            at_unix_ms,
            kind: self.kind,
            text: self.text,
            extra: self.extra,
        }
    }
}

/// What became of one [`Op`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is stored.
    Appended {
        /// Its number.
        seq: Seq,
        /// When it was stored.
        at_unix_ms: u64,
    },
    /// The same id was stored before, by the same author with the same kind and text.
    Known {
        /// Its number.
        seq: Seq,
    },
    /// Nothing was done.
    Refused(Refusal),
    /// How the place stands to the log.
    Located {
        /// The log's last message.
        top: Position,
        /// The first number that is still kept; one more than the top if none is.
        first_kept: Seq,
        /// The first number that is to be told. Less than `first_kept` only if `resumed` is `Trimmed`.
        next: Seq,
        /// Whether the place was found.
        resumed: Resumed,
    },
    /// It is known that nobody is in the room.
    Forgotten,
}

/// Why nothing was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The id belongs to another author or another text.
    IdReused,
    /// An earlier append of the same author in the same room was refused for now, in the same batch.
    AfterRefused,
    /// For now: nothing can be stored.
    Full,
    /// For now: there can't be another room, because somebody is in each.
    RoomsFull,
}

/// Which records are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// The room.
    pub room: RoomName,
    /// Which part of its log.
    pub span: Span,
    /// At most so many records.
    pub records_max: usize,
    /// At most so many bytes, each record counted as [`Record::wire_bytes_max`]; but at least one record, if one is
    /// wanted and there.
    pub bytes_max: usize,
}

/// Some of a log's records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageAnswer {
    /// The log.
    pub log: LogId,
    /// The first number that is still kept; one more than `last` if none is.
    pub first_kept: Seq,
    /// The number of the log's last message.
    pub last: Seq,
    /// The records, in the order of their numbers, without a hole.
    pub records: Vec<Record>,
}
