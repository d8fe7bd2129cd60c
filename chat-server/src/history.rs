//! The border to the stores: who numbers, remembers and gives back what was said.
//!
//! A store takes batches of [`Op`]s, commits each batch as one, and answers each `Op` with one [`Outcome`], in order. It
//! alone numbers a room's messages: 1, 2, 3 … in each log, without a hole, and no number is used twice. What was
//! refused has used none. Old records may go (`first_kept` says where the kept ones begin), numbers stay.
//!
//! Everything here is plain and synchronous; `io/history` carries it to and from whoever asks.

pub mod fact;
pub mod memory;
pub mod sqlite;

#[cfg(test)]
mod conformance;
#[cfg(test)]
pub(crate) mod fixtures;

use chat_proto::ids::{LogId, MessageId, Position, Seq};
use chat_proto::list::Extra;
use chat_proto::message::{EXTRA_UNPROVEN, From, Kind, Record, Resumed, Span};
use chat_proto::name::{RoomName, UserName};
use chat_proto::text::{Note, Text};

use self::fact::Fact;

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
    /// Take the text out of a stored message, and store a notice that says so, in one. A notice itself can't be emptied.
    Empty {
        /// The room.
        room: RoomName,
        /// The message.
        seq: Seq,
        /// Whose right it is.
        by: EmptiedBy,
        /// Said by whoever does it.
        notice: Draft,
    },
    /// Store a notice and keep what it changes, in one, unless the notice is stored already.
    Act {
        /// The room.
        room: RoomName,
        /// Said by whoever does it.
        notice: Draft,
        /// What is so from now on; no two in the same place.
        facts: Vec<Fact>,
    },
    /// Say whether something is stored already, and store nothing: what may not be said any more may have been said before.
    Recall {
        /// The room.
        room: RoomName,
        /// What would be said.
        draft: Draft,
    },
    /// Keep facts, all or none.
    Keep {
        /// What is so from now on; no two in the same place.
        facts: Vec<Fact>,
    },
    /// Nobody is in the room: drop its log if it never had a record. One that had may go when its place is needed for
    /// another room, until somebody asks for this one again. Who comes back then finds another log.
    Forget {
        /// The room.
        room: RoomName,
    },
}

impl Op {
    /// The room that it is about, if it is about one.
    #[must_use]
    pub const fn room(&self) -> Option<&RoomName> {
        match self {
            Self::Append { room, .. }
            | Self::Locate { room, .. }
            | Self::Empty { room, .. }
            | Self::Act { room, .. }
            | Self::Recall { room, .. }
            | Self::Forget { room } => Some(room),
            Self::Keep { .. } => None,
        }
    }

    /// What it would append to the room's log, if anything.
    #[must_use]
    pub const fn draft(&self) -> Option<&Draft> {
        match self {
            Self::Append { draft, .. }
            | Self::Empty { notice: draft, .. }
            | Self::Act { notice: draft, .. } => Some(draft),
            Self::Locate { .. } | Self::Forget { .. } | Self::Recall { .. } | Self::Keep { .. } => None,
        }
    }

    /// The room and the author of what it would append: of these, the order is kept.
    fn said_by(&self) -> Option<(&RoomName, &UserName)> {
        Some((self.room()?, &self.draft()?.author))
    }
}

/// By whose right a message is emptied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmptiedBy {
    /// Its author's, who must be the author of the notice too, and no more and no less [proven](Draft::is_unproven):
    /// who has shown no key is not taken for the owner of the name, nor the other way round.
    Author,
    /// An operator's.
    Operator,
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
    /// Whether its author has shown no key that owns the name.
    #[must_use]
    pub fn is_unproven(&self) -> bool {
        self.extra.get(EXTRA_UNPROVEN).is_some()
    }

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
    /// It is not stored, as far as is known.
    Unknown,
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
    /// The facts are stored.
    Kept,
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
    /// No such message is kept, or it is empty already.
    NothingToEmpty,
    /// The message is somebody else's.
    NotTheAuthor,
    /// The facts do not fit beside those that are kept. Nothing that is said has to wait for them.
    RegistryFull,
}

impl Refusal {
    /// Whether the same may be granted later, and what its author says after it has to wait until then.
    #[must_use]
    pub const fn is_for_now(self) -> bool {
        match self {
            Self::AfterRefused | Self::Full | Self::RoomsFull => true,
            Self::IdReused | Self::NothingToEmpty | Self::NotTheAuthor | Self::RegistryFull => false,
        }
    }
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

/// What is looked for in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchRequest {
    /// The room.
    pub room: RoomName,
    /// Words that are all in the text; none matches every text.
    pub words: Note,
    /// Who said it, if that matters.
    pub author: Option<UserName>,
    /// Not said before, in milliseconds since 1970-01-01 UTC.
    pub since_unix_ms: Option<u64>,
    /// Said before.
    pub until_unix_ms: Option<u64>,
    /// Only messages before this number.
    pub before: Seq,
    /// At most so many records.
    pub records_max: usize,
    /// At most so many bytes, as for a [`PageRequest`].
    pub bytes_max: usize,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchAnswer {
    /// The log.
    pub log: LogId,
    /// Everything up to this number was searched.
    pub searched: Seq,
    /// The number of the log's last message.
    pub last: Seq,
    /// The records, the newest first.
    pub records: Vec<Record>,
}

/// Why nothing was found, and that does not mean that there is nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoSearch {
    /// This store has no index.
    NoIndex,
    /// For now: the index can't be read.
    Unavailable,
    /// So many messages would have to be looked through that the search ended before it found one.
    TooMuch,
}

/// How a place stands to a log that ends at `top` and has records from `first_kept` on. `is_known` says whether the log has,
/// or may have had, the message at the place's position, if it has one.
fn located(top: Position, first_kept: Seq, from: From, is_known: bool) -> Outcome {
    let tail = |records: u64| {
        let next = Seq(top.seq.0.saturating_sub(records)).next();
        next.max(first_kept)
    };
    let (next, resumed) = match from {
        From::Tail(records) => (tail(u64::from(records)), Resumed::Exact),
        From::After(_) if !is_known => (tail(DIVERGED_RECORDS), Resumed::Diverged),
        From::After(Position { seq, .. }) if seq.next() < first_kept => {
            (seq.next(), Resumed::Trimmed { first_kept })
        }
        From::After(Position { seq, .. }) => (seq.next(), Resumed::Exact),
    };
    Outcome::Located {
        top,
        first_kept,
        next,
        resumed,
    }
}

/// Makes ids of logs: of a seed, and of how many there were.
#[derive(Clone, Copy, Debug)]
struct LogIds {
    seed: u64,
    made: u64,
}

impl LogIds {
    const fn new(seed: u64) -> Self {
        Self { seed, made: 0 }
    }

    const fn next(&mut self) -> LogId {
        self.made += 1;
        LogId(scrambled(self.seed ^ scrambled(self.made)))
    }
}

/// Each number becomes another one that looks like chance (the finish of SplitMix64).
const fn scrambled(number: u64) -> u64 {
    let mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
