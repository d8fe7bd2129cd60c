//! What keys are in rooms. A room that not everybody may know of is there as long as somebody is something in it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use chat_proto::ids::PublicKey;
use chat_proto::name::{Privacy, RoomName, UserName};

use super::value::{read_key, write_key};
use crate::history::fact::{Fact, FactKind};
use crate::pure::access::Standing;

/// Keys that are something in one room, those that are muted or banned included.
pub const ROLES_PER_ROOM_MAX: usize = 1_000;

/// Private rooms that one key can have made.
pub const PRIVATE_ROOMS_PER_KEY_MAX: usize = 32;

/// Public rooms that one key can own. In further ones that it makes nobody is the owner.
pub const PUBLIC_ROOMS_PER_KEY_MAX: usize = 16;

/// Conversations that one key can be in when it begins another one.
pub const CONVERSATIONS_PER_KEY_MAX: usize = 512;

/// What a key is in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Role {
    pub(crate) standing: Standing,
    /// 0 for good.
    pub(crate) until_unix_ms: u64,
    pub(crate) since_unix_ms: u64,
    /// The name under which the key became this.
    pub(crate) name: UserName,
}

/// The roles of all keys in all rooms.
#[derive(Debug, Default)]
pub(crate) struct Roles {
    by_room: BTreeMap<RoomName, BTreeMap<PublicKey, Role>>,
    by_key: BTreeMap<PublicKey, BTreeSet<RoomName>>,
}

impl Roles {
    /// What a key is in a room now.
    pub(crate) fn standing(&self, room: &RoomName, key: &PublicKey, unix_ms: u64) -> Standing {
        let role = self.get(room, key);
        role.map_or(Standing::Stranger, |role| role.at(unix_ms, room.privacy()))
    }

    /// What a fact makes of its key in a room.
    pub(crate) fn standing_by(fact: &Fact, room: &RoomName, unix_ms: u64) -> Standing {
        let role = fact.value.as_deref().and_then(Role::from_value);
        role.map_or(Standing::Stranger, |role| role.at(unix_ms, room.privacy()))
    }

    pub(crate) fn get(&self, room: &RoomName, key: &PublicKey) -> Option<&Role> {
        self.by_room.get(room)?.get(key)
    }

    /// Whether anybody is anything in the room.
    pub(crate) fn knows(&self, room: &RoomName) -> bool {
        self.by_room.contains_key(room)
    }

    /// Whether the room has an owner.
    pub(crate) fn is_owned(&self, room: &RoomName) -> bool {
        let mut roles = self.by_room.get(room).into_iter().flat_map(BTreeMap::values);
        roles.any(|role| role.standing == Standing::Owner)
    }

    /// Whether the room has as many roles as it can have.
    fn is_full(&self, room: &RoomName) -> bool {
        self.by_room
            .get(room)
            .is_some_and(|roles| roles.len() >= ROLES_PER_ROOM_MAX)
    }

    /// The other one in a conversation.
    pub(crate) fn other_than(&self, key: &PublicKey, room: &RoomName) -> Option<(&PublicKey, &Role)> {
        self.by_room.get(room)?.iter().find(|(found, _)| *found != key)
    }

    /// The rooms in which a key is something, by their names, after this one.
    pub(crate) fn rooms_of(
        &self,
        key: &PublicKey,
        after: Option<&RoomName>,
    ) -> impl Iterator<Item = &RoomName> {
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let rooms = self.by_key.get(key).into_iter();
        rooms.flat_map(move |rooms| rooms.range::<RoomName, _>((after, Bound::Unbounded)))
    }

    /// In how many rooms of a sort a key is this.
    pub(crate) fn count(&self, key: &PublicKey, privacy: Privacy, standing: Standing) -> usize {
        self.rooms_of(key, None)
            .filter(|room| room.privacy() == privacy)
            .filter(|room| self.get(room, key).is_some_and(|role| role.standing == standing))
            .count()
    }

    /// What has to be kept so that a key is this in a room.
    pub(crate) fn grant(room: &RoomName, key: &PublicKey, role: &Role) -> Fact {
        Fact {
            value: (role.standing != Standing::Stranger).then(|| role.to_value()),
            ..Self::take_back(room, key)
        }
    }

    /// What has to be kept so that a key is nothing in a room.
    pub(crate) fn take_back(room: &RoomName, key: &PublicKey) -> Fact {
        Fact {
            object: write_key(key),
            ..Fact::of(FactKind::Role, room.as_str(), None)
        }
    }

    /// What has to be kept so that a key is this in a room from now on; what has ended there goes. Nothing if the room has
    /// as many roles as it can have.
    pub(crate) fn appoint(&self, room: &RoomName, key: &PublicKey, role: &Role) -> Option<Vec<Fact>> {
        let mut facts = self.forget_ended(room, key, role.since_unix_ms);
        if facts.is_empty() && self.get(room, key).is_none() && self.is_full(room) {
            return None;
        }
        facts.push(Self::grant(room, key, role));
        Some(facts)
    }

    /// What has to be kept so that a key owns a room, and whoever owned it keeps order there. Nothing if it owns the room
    /// already, or if the room has as many roles as it can have.
    pub(crate) fn give(
        &self,
        room: &RoomName,
        key: &PublicKey,
        name: &UserName,
        unix_ms: u64,
    ) -> Option<Vec<Fact>> {
        let owners = self.by_room.get(room).into_iter().flatten();
        let owners = owners.filter(|(_, role)| role.standing == Standing::Owner);
        let role = |standing, name: &UserName| Role {
            standing,
            until_unix_ms: 0,
            since_unix_ms: unix_ms,
            name: name.clone(),
        };
        let owner = role(Standing::Owner, name);
        let mut facts = self.appoint(room, key, &owner)?;
        for (other, before) in owners {
            if other == key {
                return None;
            }
            facts.push(Self::grant(room, other, &role(Standing::Operator, &before.name)));
        }
        Some(facts)
    }

    /// What has to be kept so that other keys' bans and mutes that have ended are forgotten.
    fn forget_ended(&self, room: &RoomName, but: &PublicKey, unix_ms: u64) -> Vec<Fact> {
        let roles = self.by_room.get(room).into_iter().flatten();
        let ended = roles.filter(|(key, role)| {
            *key != but
                && role.standing != Standing::Stranger
                && self.standing(room, key, unix_ms) == Standing::Stranger
        });
        ended.map(|(key, _)| Self::take_back(room, key)).collect()
    }

    pub(super) fn put(&mut self, fact: &Fact) -> Option<()> {
        let (room, key) = place(fact)?;
        match &fact.value {
            Some(value) => {
                let role = Role::from_value(value)?;
                self.by_key.entry(key).or_default().insert(room.clone());
                self.by_room.entry(room).or_default().insert(key, role);
            }
            None => {
                remove(&mut self.by_room, &room, |roles| {
                    roles.remove(&key);
                    roles.is_empty()
                });
                remove(&mut self.by_key, &key, |rooms| {
                    rooms.remove(&room);
                    rooms.is_empty()
                });
            }
        }
        Some(())
    }

    pub(super) fn value(&self, fact: &Fact) -> Option<String> {
        let (room, key) = place(fact)?;
        self.get(&room, &key).map(Role::to_value)
    }
}

fn place(fact: &Fact) -> Option<(RoomName, PublicKey)> {
    Some((RoomName::parse(&fact.subject).ok()?, read_key(&fact.object)?))
}

/// Changes what is under a key, and removes it if nothing is left.
fn remove<K: Ord, V>(map: &mut BTreeMap<K, V>, key: &K, is_empty: impl FnOnce(&mut V) -> bool) {
    if map.get_mut(key).is_some_and(is_empty) {
        map.remove(key);
    }
}

impl Role {
    fn at(&self, unix_ms: u64, privacy: Privacy) -> Standing {
        self.standing.at(unix_ms, self.until_unix_ms, privacy)
    }

    fn to_value(&self) -> String {
        let Self {
            standing,
            until_unix_ms,
            since_unix_ms,
            name,
        } = self;
        format!("{} {until_unix_ms} {since_unix_ms} {name}", standing.as_str())
    }

    fn from_value(value: &str) -> Option<Self> {
        let mut words = value.splitn(4, ' ');
        let (standing, until, since) = (words.next()?, words.next()?, words.next()?);
        let standing = Standing::parse(standing)?;
        Some(Self {
            standing: (standing != Standing::Stranger).then_some(standing)?,
            until_unix_ms: until.parse().ok()?,
            since_unix_ms: since.parse().ok()?,
            name: UserName::parse(words.next()?).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::fixtures::{room, user};

    const KEY: PublicKey = PublicKey([1; 32]);

    fn role(standing: Standing, until_unix_ms: u64) -> Role {
        Role {
            standing,
            until_unix_ms,
            since_unix_ms: 5,
            name: user("alice"),
        }
    }

    #[test]
    fn a_role_is_read_as_it_was_written() {
        let (lobby, mut roles) = (room("lobby"), Roles::default());
        let fact = Roles::grant(&lobby, &KEY, &role(Standing::Muted, 9));
        assert_eq!(fact.value.as_deref(), Some("muted 9 5 alice"));
        roles.put(&fact).unwrap();
        assert_eq!(roles.get(&lobby, &KEY), Some(&role(Standing::Muted, 9)));
        assert_eq!(roles.value(&fact), fact.value);
        roles
            .put(&Roles::grant(&lobby, &KEY, &role(Standing::Stranger, 0)))
            .unwrap();
        assert!(!roles.knows(&lobby) && roles.by_key.is_empty());
    }

    #[test]
    fn a_role_that_makes_no_sense_is_found_out() {
        let whole = Roles::grant(&room("lobby"), &KEY, &role(Standing::Owner, 0));
        for value in [
            "king 0 5 alice",
            "none 0 5 alice",
            "owner 0 alice",
            "owner 0 5 a b",
            "",
        ] {
            let fact = Fact {
                value: Some(value.to_owned()),
                ..whole.clone()
            };
            assert_eq!(Roles::default().put(&fact), None, "{value}");
        }
        for (subject, object) in [("a b", whole.object.as_str()), ("lobby", "key")] {
            let fact = Fact {
                subject: subject.to_owned(),
                object: object.to_owned(),
                ..whole.clone()
            };
            assert_eq!(Roles::default().put(&fact), None, "{subject} {object}");
        }
    }

    #[test]
    fn what_has_ended_is_forgotten_when_something_begins() {
        let (lobby, mut roles) = (room("lobby"), Roles::default());
        for (number, standing, until) in [
            (1, Standing::Banned, 10),
            (2, Standing::Banned, 0),
            (3, Standing::Muted, 10),
            (4, Standing::Muted, 30),
            (5, Standing::Banned, 10),
        ] {
            let grant = Roles::grant(&lobby, &PublicKey([number; 32]), &role(standing, until));
            roles.put(&grant).unwrap();
        }
        let ended = roles.forget_ended(&lobby, &PublicKey([5; 32]), 20);
        let keys: Vec<_> = ended
            .iter()
            .map(|fact| read_key(&fact.object).unwrap().0[0])
            .collect();
        assert_eq!(keys, [1, 3]);
        assert!(ended.iter().all(|fact| fact.value.is_none()));
    }
}
