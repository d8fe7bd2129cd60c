//! Private rooms and conversations, and the list of rooms.

use std::ops::Bound;

use chat_proto::ids::PublicKey;
use chat_proto::limits::ROOMS_PAGE_MAX;
use chat_proto::list::List;
use chat_proto::message::{Code, Listed, Opened, RoomPage};
use chat_proto::name::{NameError, Privacy, RawName, RoomName, UserName};
use chat_proto::text::Note;
use sha2::{Digest, Sha256};

use super::commit::Then;
use super::person::PersonId;
use super::requests::fail;
use super::{Asker, Hub, Outputs, Reply};
use crate::pure::access::Standing;
use crate::pure::fold::name_key;
use crate::pure::registry::{CONVERSATIONS_PER_KEY_MAX, PRIVATE_ROOMS_PER_KEY_MAX, Role, Roles};
use crate::pure::room::Room;

/// Characters of the ending of a private room's name.
const ENDING_CHARS: usize = 4;

/// What an ending is written in: letters and digits that are not taken for each other.
const ENDING_ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// So many endings are tried until one is free.
const ENDING_TRIES: usize = 64;

/// Why somebody without a key is refused.
const KEY_NEEDED_TEXT: &str = "only people with a key can talk in private: connect with yours (--tls)";

impl Hub {
    /// Makes a private room, whose owner the asker is.
    pub(super) fn create(&mut self, asker: Asker, name: &RawName, out: &mut Outputs) {
        let Some(key) = self.person(asker.person).owner else {
            return fail(asker, Code::KEY_NEEDED, KEY_NEEDED_TEXT, out);
        };
        let made = self.registry.roles.count(&key, Privacy::Private, Standing::Owner);
        if made >= PRIVATE_ROOMS_PER_KEY_MAX {
            let text = "your key has made as many private rooms as it can";
            return fail(asker, Code::TOO_MANY_ROOMS, text, out);
        }
        let room = match RoomName::parse(name.as_str())
            .and_then(|name| self.unused_room_name(asker.person, &name))
        {
            Ok(Some(room)) => room,
            Ok(None) => {
                let text = "there are too many private rooms of this name: choose another one";
                return fail(asker, Code::REGISTRY_FULL, text, out);
            }
            Err(error) => return fail(asker, Code::ROOM_NAME_INVALID, &error.to_string(), out),
        };
        let owner = self.role(
            &key,
            Standing::Owner,
            self.person(asker.person).name.clone(),
            &room,
        );
        let facts = vec![Roles::grant(&room, &key, &owner)];
        self.person_mut(asker.person).steps_ahead += 1;
        self.keep(
            facts,
            Then::Opened {
                asker,
                room,
                to_announce: None,
            },
        );
    }

    /// A name that no private room has. Its ending is made of the asker's secret, which nobody else knows, and of a number
    /// that is not used again.
    fn unused_room_name(&mut self, id: PersonId, name: &RoomName) -> Result<Option<RoomName>, NameError> {
        let secret = self.person(id).secret;
        for _ in 0..ENDING_TRIES {
            let mut digest = Sha256::new();
            digest.update(b"chat private room");
            digest.update(secret.as_bytes());
            digest.update(self.number().to_be_bytes());
            let ending = digest.finalize();
            let letters = ending.iter().take(ENDING_CHARS);
            let ending: String = letters
                .map(|byte| char::from(ENDING_ALPHABET[usize::from(byte % 32)]))
                .collect();
            let room = RoomName::private(name, &ending)?;
            if !self.registry.roles.knows(&room) {
                return Ok(Some(room));
            }
        }
        Ok(None)
    }

    /// Begins or finds the conversation with somebody.
    pub(super) fn open(&mut self, asker: Asker, name: &RawName, out: &mut Outputs) {
        let Some(key) = self.person(asker.person).owner else {
            return fail(asker, Code::KEY_NEEDED, KEY_NEEDED_TEXT, out);
        };
        let name = match UserName::parse(name.as_str()) {
            Ok(name) => name,
            Err(error) => return fail(asker, Code::NAME_INVALID, &error.to_string(), out),
        };
        let found = self.registry.names.get(&name_key(&name));
        let Some(other) = found.filter(|name| !name.is_released) else {
            let text = "no key owns this name: conversations are between keys";
            return fail(asker, Code::NO_SUCH_PERSON, text, out);
        };
        let (other, other_name) = (other.owner, other.spelling.clone());
        if other == key {
            let text = "this name is yours: a conversation is with somebody else";
            return fail(asker, Code::NOT_ALLOWED, text, out);
        }
        let room = conversation(&key, &other);
        let roles = &self.registry.roles;
        let is_new = roles.get(&room, &other).is_none();
        if is_new && roles.count(&key, Privacy::Direct, Standing::Member) >= CONVERSATIONS_PER_KEY_MAX {
            let text = "your key is in as many conversations as it can be in";
            return fail(asker, Code::TOO_MANY_ROOMS, text, out);
        }
        let my_name = self.person(asker.person).name.clone();
        let facts = [(key, my_name), (other, other_name)]
            .map(|(key, name)| Roles::grant(&room, &key, &self.role(&key, Standing::Member, name, &room)));
        self.person_mut(asker.person).steps_ahead += 1;
        self.keep(
            facts.into(),
            Then::Opened {
                asker,
                room,
                to_announce: is_new.then_some(other),
            },
        );
    }

    /// A role without an end. Who has it already has had it since then.
    fn role(&self, key: &PublicKey, standing: Standing, name: UserName, room: &RoomName) -> Role {
        let before = self.registry.roles.get(room, key);
        Role {
            standing,
            until_unix_ms: 0,
            since_unix_ms: before.map_or(self.unix_ms, |role| role.since_unix_ms),
            name,
        }
    }

    pub(super) fn opened(
        &mut self,
        asker: Asker,
        room: &RoomName,
        to_announce: Option<PublicKey>,
        out: &mut Outputs,
    ) {
        let request = asker.request;
        let key = self.person(asker.person).owner;
        let listed = self.listed(room, key.as_ref());
        self.reply(asker, Reply::Opened(Box::new(Opened { request, listed })), out);
        if let Some(other) = to_announce {
            self.announce(room, &other, out);
        }
    }

    /// Tells all connections of a key that they can join a room.
    pub(super) fn announce(&self, room: &RoomName, key: &PublicKey, out: &mut Outputs) {
        for id in self.devices_of_key(key) {
            let peer = self.person(id).peer;
            if self.peers.contains_key(&peer) {
                let listed = Box::new(self.listed(room, Some(key)));
                out.replies.push((peer, Reply::Announced(listed)));
            }
        }
    }

    pub(super) fn list(&self, asker: Asker, mine: bool, after: Option<&RoomName>, out: &mut Outputs) {
        let key = self.person(asker.person).owner;
        let mut rooms: Vec<Listed> = if mine {
            let key = key.as_ref();
            let rooms = key
                .into_iter()
                .flat_map(|key| self.registry.roles.rooms_of(key, after));
            let with_role = rooms.filter(|room| match self.kept_standing(room, key) {
                Standing::Member | Standing::Operator | Standing::Owner | Standing::Muted => true,
                Standing::Stranger | Standing::Banned => false,
            });
            let page = with_role.take(ROOMS_PAGE_MAX + 1);
            page.map(|room| self.listed(room, key)).collect()
        } else {
            let after = after.map_or(Bound::Unbounded, Bound::Excluded);
            let rooms = self.rooms.range::<RoomName, _>((after, Bound::Unbounded));
            let public = rooms
                .filter(|(room, state)| room.privacy() == Privacy::Public && state.count() > 0)
                .take(ROOMS_PAGE_MAX + 1);
            public.map(|(room, _)| self.listed(room, key.as_ref())).collect()
        };
        let has_more = rooms.len() > ROOMS_PAGE_MAX;
        rooms.truncate(ROOMS_PAGE_MAX);
        let page = RoomPage {
            request: asker.request,
            rooms: List::from_first(rooms),
            has_more,
        };
        out.replies.push((asker.peer, Reply::RoomPage(Box::new(page))));
    }

    /// A room, as it is listed for somebody who may know of it.
    pub(super) fn listed(&self, room: &RoomName, key: Option<&PublicKey>) -> Listed {
        Listed {
            room: room.clone(),
            with: key.and_then(|key| self.talks_with(room, key)),
            role: self.kept_standing(room, key).role(),
            count: self.rooms.get(room).map_or(0, Room::count),
            topic: self.kept_topic(room).unwrap_or_else(|| Note::new("")),
        }
    }

    /// Under which name somebody sees a conversation: the one by which it was begun, as long as it belongs to the other.
    fn talks_with(&self, room: &RoomName, key: &PublicKey) -> Option<UserName> {
        if room.privacy() != Privacy::Direct {
            return None;
        }
        let names = &self.registry.names;
        let (other, role) = self.registry.roles.other_than(key, room)?;
        let began_as = names.get(&name_key(&role.name));
        let still_its = began_as.filter(|name| name.owner == *other);
        let any = || names.of(other).find(|name| !name.is_released);
        still_its.or_else(any).map(|name| name.spelling.clone())
    }
}

/// The conversation of two keys: the same for both.
pub(super) fn conversation(one: &PublicKey, other: &PublicKey) -> RoomName {
    let (first, second) = (one.min(other), one.max(other));
    let digest = Sha256::new()
        .chain_update(first.0)
        .chain_update(second.0)
        .finalize();
    let pair = digest.first_chunk().expect("a digest has 32 bytes");
    RoomName::direct(pair)
}
