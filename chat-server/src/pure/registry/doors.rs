//! Who may come in.

use std::collections::BTreeMap;

use chat_proto::ids::{Invitation, PublicKey};
use chat_proto::name::RoomName;

use super::value::{digest_of, is_digest, read_key, write_key};
use crate::history::fact::{Fact, FactKind};

/// Invitations that can be used at a time.
pub const INVITATIONS_MAX: usize = 1_000;

/// Keys that one invitation can let in.
pub const INVITATION_USES_MAX: u32 = 10_000;

/// Digits of its digest by which the operator calls an invitation.
const SHORT_DIGITS: usize = 8;

/// Whom the server lets in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// Everybody who is not banned.
    #[default]
    Open,
    /// Keys that were invited, and who comes from a trusted place.
    Invited,
}

/// Who stands at the door.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Guest {
    pub(crate) key: Option<PublicKey>,
    /// What an invitation lets in by. It is compared by its digest, and kept nowhere.
    pub(crate) invitation: Option<Invitation>,
    /// Whether everybody from there is welcome.
    pub(crate) is_trusted_place: bool,
}

/// Somebody may come in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Admission {
    /// What has to be kept before.
    pub(crate) facts: Vec<Fact>,
    /// The room that the invitation is for, if one was used.
    pub(crate) room: Option<RoomName>,
}

/// Why somebody may not come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeptOut {
    Banned,
    NotInvited,
    /// An invitation lets in a key, and there is none.
    KeyNeeded,
    InvitationInvalid,
}

/// An invitation to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InvitationOrder {
    pub(crate) invitation: Invitation,
    pub(crate) uses: u32,
    pub(crate) for_ms: u64,
    pub(crate) room: Option<RoomName>,
}

/// What an invitation still allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) uses_left: u32,
    pub(crate) until_unix_ms: u64,
    pub(crate) made_unix_ms: u64,
    pub(crate) room: Option<RoomName>,
}

/// A key that was let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) since_unix_ms: u64,
    /// The short digest of the invitation.
    pub(crate) by: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ban {
    until_unix_ms: u64,
    since_unix_ms: u64,
}

/// Members, invitations and bans.
#[derive(Debug, Default)]
pub(crate) struct Doors {
    members: BTreeMap<PublicKey, Member>,
    /// By the digests of their secrets.
    invitations: BTreeMap<String, Terms>,
    bans: BTreeMap<PublicKey, Ban>,
}

impl Doors {
    /// Whether somebody may come in, and what has to be kept before.
    ///
    /// # Errors
    /// [`KeptOut`], if not.
    pub(crate) fn admit(&self, guest: &Guest, access: Access, unix_ms: u64) -> Result<Admission, KeptOut> {
        let is_welcome = access == Access::Open || guest.is_trusted_place;
        let Some(key) = &guest.key else {
            return match guest.invitation {
                _ if is_welcome => Ok(Admission::default()),
                Some(_) => Err(KeptOut::KeyNeeded),
                None => Err(KeptOut::NotInvited),
            };
        };
        if self.is_banned(key, unix_ms) {
            return Err(KeptOut::Banned);
        }
        if self.members.contains_key(key) {
            return Ok(Admission::default());
        }
        match guest
            .invitation
            .and_then(|invitation| self.use_up(&invitation, key, unix_ms))
        {
            Some(admission) => Ok(admission),
            None if is_welcome => Ok(Admission::default()),
            None if guest.invitation.is_some() => Err(KeptOut::InvitationInvalid),
            None => Err(KeptOut::NotInvited),
        }
    }

    fn use_up(&self, invitation: &Invitation, key: &PublicKey, unix_ms: u64) -> Option<Admission> {
        let digest = digest_of(invitation);
        let found = self.invitations.get(&digest)?;
        if found.until_unix_ms <= unix_ms {
            return None;
        }
        let left = Terms {
            uses_left: found.uses_left - 1,
            ..found.clone()
        };
        let member = Member {
            since_unix_ms: unix_ms,
            by: short(&digest).to_owned(),
        };
        let room = found.room.clone();
        let left = (left.uses_left > 0).then(|| left.to_value());
        let facts = vec![
            Fact::of(FactKind::Invitation, digest, left),
            Fact::of(FactKind::Member, write_key(key), Some(member.to_value())),
        ];
        Some(Admission { facts, room })
    }

    /// What has to be kept so that there is this invitation; those that have expired go. Nothing if there are too many.
    pub(crate) fn invite(&self, order: &InvitationOrder, unix_ms: u64) -> Option<Vec<Fact>> {
        let expired = self
            .invitations
            .iter()
            .filter(|(_, found)| found.until_unix_ms <= unix_ms);
        let mut facts: Vec<Fact> = expired
            .map(|(digest, _)| Fact::of(FactKind::Invitation, digest, None))
            .collect();
        if self.invitations.len() - facts.len() >= INVITATIONS_MAX {
            return None;
        }
        let terms = Terms {
            uses_left: order.uses.clamp(1, INVITATION_USES_MAX),
            until_unix_ms: unix_ms.saturating_add(order.for_ms),
            made_unix_ms: unix_ms,
            room: order.room.clone(),
        };
        facts.push(Fact::of(
            FactKind::Invitation,
            digest_of(&order.invitation),
            Some(terms.to_value()),
        ));
        Some(facts)
    }

    /// The invitations that can be used, by the short digests that the operator calls them by.
    pub(crate) fn invitations(&self, unix_ms: u64) -> impl Iterator<Item = (&str, &Terms)> {
        self.invitations
            .iter()
            .filter(move |(_, found)| found.until_unix_ms > unix_ms)
            .map(|(digest, found)| (short(digest), found))
    }

    /// What has to be kept so that the invitation that the operator calls so can't be used any more.
    pub(crate) fn revoke(&self, called: &str) -> Option<Fact> {
        let found = self.invitations.keys().find(|digest| short(digest) == called)?;
        Some(Fact::of(FactKind::Invitation, found, None))
    }

    /// The keys that were let in.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&PublicKey, &Member)> {
        self.members.iter()
    }

    /// What has to be kept so that the key is kept out until then, or for good (0). Bans that have ended go.
    pub(crate) fn ban(&self, key: &PublicKey, until_unix_ms: u64, unix_ms: u64) -> Vec<Fact> {
        let ended = self
            .bans
            .iter()
            .filter(|(found, ban)| *found != key && !ban.holds(unix_ms));
        let mut facts: Vec<Fact> = ended
            .map(|(key, _)| Fact::of(FactKind::Ban, write_key(key), None))
            .collect();
        let ban = Ban {
            until_unix_ms,
            since_unix_ms: unix_ms,
        };
        facts.push(Fact::of(FactKind::Ban, write_key(key), Some(ban.to_value())));
        facts
    }

    /// What has to be kept so that the key is kept out no more; nothing if it is not.
    pub(crate) fn unban(&self, key: &PublicKey) -> Option<Fact> {
        self.bans.get(key)?;
        Some(Fact::of(FactKind::Ban, write_key(key), None))
    }

    /// The keys that are kept out, and until when (0 for good).
    pub(crate) fn bans(&self, unix_ms: u64) -> impl Iterator<Item = (&PublicKey, u64)> {
        self.bans
            .iter()
            .filter(move |(_, ban)| ban.holds(unix_ms))
            .map(|(key, ban)| (key, ban.until_unix_ms))
    }

    fn is_banned(&self, key: &PublicKey, unix_ms: u64) -> bool {
        self.bans.get(key).is_some_and(|ban| ban.holds(unix_ms))
    }

    pub(super) fn put_member(&mut self, subject: &str, value: Option<&str>) -> Option<()> {
        let key = read_key(subject)?;
        match value {
            Some(value) => self.members.insert(key, Member::from_value(value)?),
            None => self.members.remove(&key),
        };
        Some(())
    }

    pub(super) fn put_invitation(&mut self, subject: &str, value: Option<&str>) -> Option<()> {
        if !is_digest(subject) {
            return None;
        }
        match value {
            Some(value) => self
                .invitations
                .insert(subject.to_owned(), Terms::from_value(value)?),
            None => self.invitations.remove(subject),
        };
        Some(())
    }

    pub(super) fn put_ban(&mut self, subject: &str, value: Option<&str>) -> Option<()> {
        let key = read_key(subject)?;
        match value {
            Some(value) => self.bans.insert(key, Ban::from_value(value)?),
            None => self.bans.remove(&key),
        };
        Some(())
    }

    pub(super) fn member_value(&self, subject: &str) -> Option<String> {
        self.members.get(&read_key(subject)?).map(Member::to_value)
    }

    pub(super) fn invitation_value(&self, subject: &str) -> Option<String> {
        self.invitations.get(subject).map(Terms::to_value)
    }

    pub(super) fn ban_value(&self, subject: &str) -> Option<String> {
        self.bans.get(&read_key(subject)?).copied().map(Ban::to_value)
    }
}

impl Member {
    fn to_value(&self) -> String {
        format!("{} {}", self.since_unix_ms, self.by)
    }

    fn from_value(value: &str) -> Option<Self> {
        let (since, by) = value.split_once(' ')?;
        Some(Self {
            since_unix_ms: since.parse().ok()?,
            by: by.to_owned(),
        })
    }
}

impl Terms {
    fn to_value(&self) -> String {
        let Self {
            uses_left,
            until_unix_ms,
            made_unix_ms,
            room,
        } = self;
        let room = room.as_ref().map_or("-", RoomName::as_str);
        format!("{uses_left} {until_unix_ms} {made_unix_ms} {room}")
    }

    fn from_value(value: &str) -> Option<Self> {
        let mut words = value.split(' ');
        let mut next = || words.next();
        let invitation = Self {
            uses_left: next()?.parse().ok().filter(|uses| *uses > 0)?,
            until_unix_ms: next()?.parse().ok()?,
            made_unix_ms: next()?.parse().ok()?,
            room: match next()? {
                "-" => None,
                room => Some(RoomName::parse(room).ok()?),
            },
        };
        next().is_none().then_some(invitation)
    }
}

impl Ban {
    const fn holds(self, unix_ms: u64) -> bool {
        self.until_unix_ms == 0 || self.until_unix_ms > unix_ms
    }

    fn to_value(self) -> String {
        format!("{} {}", self.until_unix_ms, self.since_unix_ms)
    }

    fn from_value(value: &str) -> Option<Self> {
        let (until, since) = value.split_once(' ')?;
        Some(Self {
            until_unix_ms: until.parse().ok()?,
            since_unix_ms: since.parse().ok()?,
        })
    }
}

/// As the operator calls an invitation.
pub(crate) fn short(digest: &str) -> &str {
    &digest[..SHORT_DIGITS]
}
