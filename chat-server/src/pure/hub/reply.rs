//! What the hub has done, and what it tells a peer.

use std::sync::Arc;

use chat_proto::message::{
    Code, Done, Failed, Joined, Left, Listed, Marked, MemberPage, Opened, Person, Removed, RoomPage, Stored,
    Withdrawn,
};
use chat_proto::name::{RoomName, UserName};
use chat_proto::text::Note;

use super::PeerId;
use crate::history::Op;
use crate::pure::operator::Answer;
use crate::pure::turn::Turn;

/// What is to be done, in the order of the fields. The caller's: taken or cleared by it, and reused.
#[derive(Debug, Default)]
pub struct Outputs {
    /// For one peer each. A peer that is gone misses nothing.
    pub replies: Vec<(PeerId, Reply)>,
    /// For everybody who was let into the room ([`Reply::Joined`]) before.
    pub turns: Vec<(RoomName, Arc<Turn>)>,
    /// Rooms that nobody is in any more.
    pub emptied: Vec<RoomName>,
    /// To be committed, if it is not empty. Its outcomes come back as [`Input::Committed`](super::Input::Committed); until then this stays empty.
    pub batch: Vec<Op>,
}

/// What one peer is told: exactly one reply to each request but `Depart`, as long as the peer is neither gone nor taken
/// over nor dismissed, and at most one [`TakenOver`](Self::TakenOver) or [`Dismissed`](Self::Dismissed). What nobody asked for
/// is [news](Self::is_news), and [`Removed`](Self::Removed), which comes at most once for each [`Joined`](Self::Joined).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The name is the peer's.
    Arrived {
        /// The name, in its owner's spelling.
        name: UserName,
    },
    /// The name is not the peer's; the connection ends.
    Denied {
        /// Why, for programs.
        code: Code,
        /// Why, for people.
        text: Note,
    },
    /// The peer is in the room, and is to get the turns that come after this.
    Joined(Box<Joined>),
    /// The peer is out of the room.
    Left(Left),
    /// What the peer said is stored.
    Stored(Stored),
    /// What the peer gave up holds back nothing any more.
    Withdrawn(Withdrawn),
    /// A page of a room's members.
    MemberPage(Box<MemberPage>),
    /// The request could not be granted.
    Failed(Failed),
    /// What was asked for is done.
    Done(Done),
    /// The room is there, and can be joined.
    Opened(Box<Opened>),
    /// A page of the list of rooms.
    RoomPage(Box<RoomPage>),
    /// Who somebody is.
    Person(Box<Person>),
    /// Somebody put the peer out of a room. It gets no more of the room's turns.
    Removed(Box<Removed>),
    /// The peer can join this room now.
    Announced(Box<Listed>),
    /// The same person has read so far, through another peer.
    Marked(Marked),
    /// What the operator is told.
    Answered(Answer),
    /// The connection ends, and gets no more replies.
    Dismissed {
        /// Why, for programs.
        code: Code,
        /// Why, for people.
        text: Note,
    },
    /// Another connection of the same client is here; this one ends, and gets no more replies.
    TakenOver,
}

impl Reply {
    /// Whether nobody asked for it, and a peer that has too much to read already can do without: it finds the same by asking.
    #[must_use]
    pub const fn is_news(&self) -> bool {
        match self {
            Self::Announced(_) | Self::Marked(_) => true,
            Self::Arrived { .. }
            | Self::Denied { .. }
            | Self::Joined(_)
            | Self::Left(_)
            | Self::Stored(_)
            | Self::Withdrawn(_)
            | Self::MemberPage(_)
            | Self::Failed(_)
            | Self::Done(_)
            | Self::Opened(_)
            | Self::RoomPage(_)
            | Self::Person(_)
            | Self::Removed(_)
            | Self::Answered(_)
            | Self::Dismissed { .. }
            | Self::TakenOver => false,
        }
    }
}
