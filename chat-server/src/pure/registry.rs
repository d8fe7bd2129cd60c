//! What the server knows for good: whose a name is, who may come in, what somebody is in a room.
//!
//! It stands on facts ([`Fact`]): it is built of those that are kept, says of each change which facts it makes, and is
//! told by `put` what is so from now on. It looks nothing up and keeps nothing itself.
//!
//! | kind | subject | value |
//! |---|---|---|
//! | `name` | the name, folded | its owner, since when, `owned` or `released`, its spelling |
//! | `allowed` | a name, folded | since when it may be taken though it looks like another |
//! | `member` | a key | since when it is let in, and by what |
//! | `invitation` | the digest of its secret | uses that are left, until when, made when, for which room (`-` for none) |
//! | `ban` | a key | until when (0 for good), since when |
//! | `role` | a room; its object is a key | what the key is there, until when (0 for good), since when, under which name |
//! | `topic` | a room | what it is about |
//! | `mark` | a key; its object is a room | the last number that was read, of which log, since when |
//!
//! Keys are written in base32, as in links, digests in hex, times in milliseconds since 1970-01-01 UTC.
//!
//! - A name belongs to the first key that takes it. A name that was released stays reserved for that key: in old messages
//!   it is still its owner who speaks. Only the operator can free it.
//! - A name that looks like one that belongs to another key can't be taken, unless the operator allows it.

mod doors;
mod names;

mod marks;
mod roles;
mod topics;

mod value;

#[cfg(test)]
mod tests;

use std::error::Error;
use std::fmt;

use crate::history::fact::{Fact, FactKind};

pub use self::doors::{Access, INVITATION_USES_MAX, INVITATIONS_MAX};
pub(crate) use self::doors::{Admission, Doors, Guest, InvitationOrder, KeptOut};
pub use self::marks::MARKS_PER_KEY_MAX;
pub(crate) use self::marks::{Mark, Marks};
pub use self::names::{NAMES_PER_KEY_MAX, RELEASED_PER_KEY_MAX};
pub(crate) use self::names::{Names, NotReleased, Taken};
pub use self::roles::{
    CONVERSATIONS_PER_KEY_MAX, PRIVATE_ROOMS_PER_KEY_MAX, PUBLIC_ROOMS_PER_KEY_MAX, ROLES_PER_ROOM_MAX,
};
pub(crate) use self::roles::{Role, Roles};
pub(crate) use self::topics::Topics;
pub(crate) use self::value::{read_key, write_key};

/// What the server knows for good.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    pub(crate) names: Names,
    pub(crate) doors: Doors,
    pub(crate) roles: Roles,
    pub(crate) topics: Topics,
    pub(crate) marks: Marks,
}

impl Registry {
    /// A registry of the facts that are kept.
    ///
    /// # Errors
    /// [`BadFact`], if one of them can't be understood. Who may come in is not decided by what is left.
    pub(crate) fn new(facts: &[Fact]) -> Result<Self, BadFact> {
        let mut registry = Self::default();
        for fact in facts {
            registry.put(fact)?;
        }
        Ok(registry)
    }

    /// This is so from now on.
    ///
    /// # Errors
    /// [`BadFact`], if it can't be understood; then nothing changes.
    pub(crate) fn put(&mut self, fact: &Fact) -> Result<(), BadFact> {
        let understood = match fact.kind {
            FactKind::Name => self.names.put_name(&fact.subject, fact.value.as_deref()),
            FactKind::Allowed => self.names.put_allowed(&fact.subject, fact.value.as_deref()),
            FactKind::Member => self.doors.put_member(&fact.subject, fact.value.as_deref()),
            FactKind::Invitation => self.doors.put_invitation(&fact.subject, fact.value.as_deref()),
            FactKind::Ban => self.doors.put_ban(&fact.subject, fact.value.as_deref()),
            FactKind::Role => self.roles.put(fact),
            FactKind::Topic => self.topics.put(fact),
            FactKind::Mark => self.marks.put(fact),
        };
        understood.ok_or_else(|| BadFact {
            kind: fact.kind,
            subject: fact.subject.clone(),
        })
    }

    /// The fact that stands in this one's place.
    pub(crate) fn in_place_of(&self, fact: &Fact) -> Fact {
        let value = match fact.kind {
            FactKind::Name => self.names.name_value(&fact.subject),
            FactKind::Allowed => self.names.allowed_value(&fact.subject),
            FactKind::Member => self.doors.member_value(&fact.subject),
            FactKind::Invitation => self.doors.invitation_value(&fact.subject),
            FactKind::Ban => self.doors.ban_value(&fact.subject),
            FactKind::Role => self.roles.value(fact),
            FactKind::Topic => self.topics.value(fact),
            FactKind::Mark => self.marks.value(fact),
        };
        Fact {
            value,
            ..fact.clone()
        }
    }
}

/// A fact that is kept and can't be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadFact {
    /// What it is about.
    pub kind: FactKind,
    /// Whom or what it concerns.
    pub subject: String,
}

impl fmt::Display for BadFact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "what is kept of {} {} makes no sense: mend or delete it in the table `facts`",
            self.kind.as_str(),
            self.subject.escape_debug()
        )
    }
}

impl Error for BadFact {}
