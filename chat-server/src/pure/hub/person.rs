//! Somebody who is present under a name.

use chat_proto::ids::{Instance, MessageId, PublicKey, Secret};
use chat_proto::name::UserName;

use super::PeerId;
use crate::pure::fold::NameKey;
use crate::pure::room_map::RoomMap;

/// A person. Numbers are not used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PersonId(pub(crate) u64);

/// One client of somebody's, under a name.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) name: UserName,
    pub(super) key: NameKey,
    /// The key that owns the name; nothing if anybody could be here under it.
    pub(super) owner: Option<PublicKey>,
    pub(super) instance: Instance,
    /// Of the peer's connection: whoever shows it takes over.
    pub(super) secret: Secret,
    /// Through whom the person speaks, or spoke last.
    pub(super) peer: PeerId,
    /// So many steps were asked for and not taken yet. What must come after them becomes a step too.
    pub(super) steps_ahead: usize,
    /// When the rooms that are held for the person are left.
    pub(super) held_until_ms: Option<u64>,
    /// The rooms that the person is in or will be in, if the store lets it, once all steps so far are taken.
    pub(super) places: RoomMap<Place>,
}

/// How a person stands to a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The store is asked. The number tells this question from others about the same room.
    Joining { question: u64 },
    /// In, by the peer's own wish.
    In {
        /// The message that was refused for now, and holds back the later ones.
        blocked_on: Option<MessageId>,
    },
    /// In, or being let in, by the wish of an earlier peer whom this one has taken over from. The peer itself is told
    /// nothing, until it joins.
    Held {
        /// What the earlier peer had asked the store and was not told yet.
        question: Option<u64>,
    },
}

impl Place {
    /// Whether the place will not be, if the store says no to this question.
    pub(super) fn rests_on(self, asked: u64) -> bool {
        match self {
            Self::Joining { question } => question == asked,
            Self::In { .. } => false,
            Self::Held { question } => question == Some(asked),
        }
    }
}
