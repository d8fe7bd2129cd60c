//! Who may what in a room. All that concerns a room is decided here, and nowhere else.
//!
//! | | public, nobody's | public, owned | private | conversation of two |
//! |---|---|---|---|---|
//! | to join, listen, speak | everybody | everybody but the banned | its members | the two |
//! | to set the topic | everybody in it | its operators | its operators | the two |
//! | to empty what others said | nobody | its operators | its operators | nobody |
//! | to moderate | nobody | its operators | its operators | nobody |
//!
//! - The owner is an operator who names the others: who made the room, or whom the server's operator has given it to.
//!   Operators act on everybody but each other and the owner.
//! - Whoever is banned is kept out, whoever is muted listens. Both have an end, after which it is as if they had not been:
//!   who was muted in a private room is its member again, who was banned from it is a stranger.
//! - To a stranger a private room, a conversation of others and a room that is not there are the same, in each answer.

use chat_proto::message::{Act, Code, Role};
use chat_proto::name::{Privacy, RoomName};

/// Public rooms that never have an owner by being there first: whoever comes to a server comes there.
const COMMON_ROOMS: [&str; 1] = ["lobby"];

/// What somebody is in a room now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Somebody like everybody else.
    Stranger,
    /// Has a place in a private room or a conversation.
    Member,
    /// Keeps order.
    Operator,
    /// Made the room, and names its operators.
    Owner,
    /// May listen, but not speak.
    Muted,
    /// Kept out.
    Banned,
}

impl Standing {
    pub(crate) const ALL: [Self; 6] = [
        Self::Stranger,
        Self::Member,
        Self::Operator,
        Self::Owner,
        Self::Muted,
        Self::Banned,
    ];

    /// As people are told.
    pub(crate) const fn role(self) -> Role {
        match self {
            Self::Stranger => Role::NONE,
            Self::Member => Role::MEMBER,
            Self::Operator => Role::OPERATOR,
            Self::Owner => Role::OWNER,
            Self::Muted => Role::MUTED,
            Self::Banned => Role::BANNED,
        }
    }

    /// As it is kept.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Stranger => "none",
            Self::Member => "member",
            Self::Operator => "operator",
            Self::Owner => "owner",
            Self::Muted => "muted",
            Self::Banned => "banned",
        }
    }

    /// What is kept so.
    pub(crate) fn parse(kept: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.as_str() == kept)
    }

    /// What it is at a time, if it has an end then (0 for none).
    pub(crate) const fn at(self, unix_ms: u64, until_unix_ms: u64, privacy: Privacy) -> Self {
        match self {
            _ if until_unix_ms == 0 || unix_ms < until_unix_ms => self,
            Self::Muted => usual(privacy),
            Self::Stranger | Self::Member | Self::Operator | Self::Owner | Self::Banned => Self::Stranger,
        }
    }

    /// Whether it keeps order.
    pub(crate) const fn is_operator(self) -> bool {
        match self {
            Self::Operator | Self::Owner => true,
            Self::Stranger | Self::Member | Self::Muted | Self::Banned => false,
        }
    }
}

/// What those are in a room who are neither above nor below others.
const fn usual(privacy: Privacy) -> Standing {
    match privacy {
        Privacy::Public => Standing::Stranger,
        Privacy::Private | Privacy::Direct => Standing::Member,
    }
}

/// A room, as far as it matters here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) privacy: Privacy,
    pub(crate) is_owned: bool,
}

/// Somebody, as far as it matters here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Who {
    pub(crate) standing: Standing,
    pub(crate) has_key: bool,
    /// Whether it has joined the room.
    pub(crate) is_in: bool,
}

/// What somebody wants to do in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// To come in, at whatever position.
    Join,
    /// To go, or to give up what was refused.
    Leave,
    /// To see its history or its members, or to look for something.
    Listen,
    /// To say something, or to empty what one has said.
    Say,
    /// To say what it is about.
    Topic,
    /// To empty what others have said.
    EmptyOthers,
    /// To have it kept how far one has read.
    Mark,
    /// To keep order: before anybody is told whether there is the person that is meant.
    Moderate,
    /// To do something to somebody.
    Act(Act, Target),
}

/// To whom something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A key, and what it is in the room.
    Key(Standing),
    /// Somebody who is there without a key.
    Unproven,
}

/// Why not: for programs and for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Denied(pub(crate) Code, pub(crate) &'static str);

/// Whether somebody may do what it wants to do.
///
/// # Errors
/// Why not.
pub(crate) fn decide(place: Place, who: Who, wish: Wish) -> Result<(), Denied> {
    let Place { privacy, is_owned } = place;
    if wish == Wish::Join {
        return may_join(privacy, who.standing);
    }
    if !who.is_in {
        return Err(outside(privacy));
    }
    if wish == Wish::Leave {
        return Ok(());
    }
    // It may still be in the room in the moment in which it is put out.
    may_join(privacy, who.standing)?;
    let is_muted = who.standing == Standing::Muted;
    match wish {
        Wish::Join | Wish::Leave | Wish::Listen => Ok(()),
        Wish::Say | Wish::Topic if is_muted => Err(Denied(
            Code::MUTED,
            "an operator of this room has muted you: you may listen",
        )),
        Wish::Say => Ok(()),
        Wish::Topic if is_owned => only_operators(who.standing),
        Wish::Topic => Ok(()),
        Wish::EmptyOthers => only_operators(who.standing),
        Wish::Mark if who.has_key => Ok(()),
        Wish::Mark => Err(Denied(
            Code::KEY_NEEDED,
            "what you have read is kept for a key: connect with yours",
        )),
        Wish::Moderate => may_moderate(privacy, who.standing),
        Wish::Act(act, target) => may_act(privacy, who.standing, act, target),
    }
}

/// What somebody is told of a room that it is not in. Of a room that not everybody may know of, it is what is told of one that
/// is not there.
pub(crate) const fn outside(privacy: Privacy) -> Denied {
    match privacy {
        Privacy::Public => Denied(Code::NOT_IN_ROOM, "join the room first"),
        Privacy::Private | Privacy::Direct => {
            Denied(Code::NO_SUCH_ROOM, "there is no such room, or it is not for you")
        }
    }
}

fn may_join(privacy: Privacy, standing: Standing) -> Result<(), Denied> {
    match (privacy, standing) {
        (Privacy::Private | Privacy::Direct, Standing::Stranger | Standing::Banned) => Err(outside(privacy)),
        (Privacy::Public, Standing::Banned) => Err(Denied(
            Code::BANNED,
            "an operator of this room keeps you out of it",
        )),
        (
            _,
            Standing::Stranger | Standing::Member | Standing::Operator | Standing::Owner | Standing::Muted,
        ) => Ok(()),
    }
}

const fn only_operators(standing: Standing) -> Result<(), Denied> {
    if standing.is_operator() {
        return Ok(());
    }
    no("only an operator of this room can do this")
}

const fn no(text: &'static str) -> Result<(), Denied> {
    Err(Denied(Code::NOT_ALLOWED, text))
}

fn may_moderate(privacy: Privacy, standing: Standing) -> Result<(), Denied> {
    if privacy == Privacy::Direct {
        return no("nobody keeps order in a conversation of two");
    }
    only_operators(standing)
}

fn may_act(privacy: Privacy, standing: Standing, act: Act, target: Target) -> Result<(), Denied> {
    may_moderate(privacy, standing)?;
    if after(act, privacy).is_none() && act != Act::KICK {
        return Err(Denied(
            Code::UNKNOWN_REQUEST,
            "this server does not know this act",
        ));
    }
    if matches!(act, Act::PROMOTE | Act::DEMOTE) && standing != Standing::Owner {
        return no("only the room's owner names its operators");
    }
    let target = match target {
        Target::Key(target) => target,
        Target::Unproven if act == Act::KICK => return Ok(()),
        Target::Unproven => {
            let text = "somebody without a key can only be kicked: anybody can come back under this name";
            return Err(Denied(Code::KEY_NEEDED, text));
        }
    };
    match target {
        Standing::Owner => no("nobody acts on the room's owner"),
        Standing::Operator if standing != Standing::Owner => no("only the room's owner acts on operators"),
        Standing::Stranger | Standing::Member | Standing::Operator | Standing::Muted | Standing::Banned => {
            makes_sense(privacy, act, target)
        }
    }
}

/// Whether there is something to change.
fn makes_sense(privacy: Privacy, act: Act, target: Standing) -> Result<(), Denied> {
    use Standing::{Banned, Member, Muted, Operator, Owner, Stranger};
    match (act, target) {
        (Act::KICK | Act::BAN, _) => Ok(()),
        (Act::UNBAN, Banned) | (Act::UNMUTE, Muted) | (Act::DEMOTE, Operator) => Ok(()),
        (Act::UNBAN, _) => no("nobody keeps this person out of this room"),
        (Act::UNMUTE, _) => no("this person is not muted"),
        (Act::DEMOTE, _) => no("this person is no operator"),
        (_, Banned) => no("this person is banned: unban it first"),
        (Act::INVITE, _) if privacy == Privacy::Public => no("everybody can join this room"),
        (Act::INVITE, Stranger) => Ok(()),
        (Act::INVITE, Member | Operator | Owner | Muted) => no("this person has a place here already"),
        (_, Stranger) if privacy != Privacy::Public => no("this person has no place here: invite it first"),
        (Act::PROMOTE, Muted) => no("this person is muted: unmute it first"),
        (Act::PROMOTE, Operator) => no("this person is an operator already"),
        (_, Stranger | Member | Operator | Owner | Muted) => Ok(()),
    }
}

/// What an act makes of somebody; nothing if it changes nothing for good, or is not known.
pub(crate) const fn after(act: Act, privacy: Privacy) -> Option<Standing> {
    match act {
        Act::BAN => Some(Standing::Banned),
        Act::UNBAN => Some(Standing::Stranger),
        Act::MUTE => Some(Standing::Muted),
        Act::UNMUTE | Act::DEMOTE => Some(usual(privacy)),
        Act::INVITE => Some(Standing::Member),
        Act::PROMOTE => Some(Standing::Operator),
        _ => None,
    }
}

/// Whether an act has an end, if one is given.
pub(crate) const fn may_end(act: Act) -> bool {
    matches!(act, Act::BAN | Act::MUTE)
}

/// Whether a public room is somebody's who makes it.
pub(crate) fn can_be_owned(room: &RoomName) -> bool {
    room.privacy() == Privacy::Public && !COMMON_ROOMS.contains(&room.as_str())
}

#[cfg(test)]
mod tests;
