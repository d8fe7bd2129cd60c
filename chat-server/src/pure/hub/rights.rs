//! What somebody is in a room, and what it may do there for that.
//!
//! What was asked for and is not kept yet takes away at once, and gives nothing: only who may do something whatever becomes
//! of it does. Nobody is told of it, either.

use chat_proto::ids::{PublicKey, Seq};
use chat_proto::list::Extra;
use chat_proto::message::ToldRoles;
use chat_proto::name::RoomName;
use chat_proto::text::Note;

use super::Hub;
use super::person::{PersonId, Place};
use crate::history::fact::FactKind;
use crate::pure::access::{self, Denied, Standing, Who, Wish, decide};
use crate::pure::fold::NameKey;
use crate::pure::registry::{Roles, Topics};
use crate::pure::room::Room;

impl Hub {
    /// What somebody with this key, or with none, is in a room now.
    pub(super) fn standing(&self, room: &RoomName, key: Option<&PublicKey>) -> Standing {
        key.map_or(Standing::Stranger, |key| {
            self.registry.roles.standing(room, key, self.unix_ms)
        })
    }

    /// What it was before each change that is not kept yet. The first of these is what is kept.
    pub(super) fn standings_before(
        &self,
        room: &RoomName,
        key: Option<&PublicKey>,
    ) -> impl Iterator<Item = Standing> {
        let before = key.map(|key| {
            self.unsettled
                .before(FactKind::Role, || Roles::take_back(room, key))
        });
        let facts = before.into_iter().flatten();
        facts.map(|fact| Roles::standing_by(fact, room, self.unix_ms))
    }

    /// What somebody is in a room as far as it is kept.
    pub(super) fn kept_standing(&self, room: &RoomName, key: Option<&PublicKey>) -> Standing {
        let kept = self.standings_before(room, key).next();
        kept.unwrap_or_else(|| self.standing(room, key))
    }

    /// Tells, with a list of names, what those are in the room who have them, as far as it is kept. Nothing is looked for in
    /// a room in which nobody is anything.
    pub(super) fn tell_roles<'a>(
        &self,
        room: &RoomName,
        names: impl Iterator<Item = &'a NameKey>,
        extra: &mut Extra,
    ) {
        let mut names = (0..).zip(names).peekable();
        if names.peek().is_none() || !self.registry.roles.knows(room) {
            return;
        }
        let top = self.rooms.get(room).and_then(Room::top);
        let roles = names.map(|(index, name)| {
            let key = self.devices(name).find_map(|id| self.person(id).owner);
            (index, self.kept_standing(room, key.as_ref()).role())
        });
        let told = ToldRoles {
            at: top.map_or(Seq::ZERO, |top| top.seq),
            roles: roles.collect(),
        };
        assert!(
            told.insert_into(extra),
            "roles fit beside a topic, a role and a mark"
        );
    }

    /// What a room is about as far as it is kept.
    pub(super) fn kept_topic(&self, room: &RoomName) -> Option<Note> {
        let mut before = self.unsettled.before(FactKind::Topic, || Topics::set(room, ""));
        match before.next() {
            Some(kept) => kept.value.as_deref().map(Note::new),
            None => self.registry.topics.get(room).cloned(),
        }
    }

    /// Whether somebody may do something in a room, whatever becomes of what is not kept yet.
    pub(super) fn may(&self, id: PersonId, room: &RoomName, wish: Wish) -> Result<(), Denied> {
        let key = self.person(id).owner.as_ref();
        let mut standings = self.standings_before(room, key);
        standings.try_for_each(|standing| self.may_as(standing, id, room, wish))?;
        self.may_as(self.standing(room, key), id, room, wish)
    }

    /// Whether somebody may join a room as far as it is kept.
    pub(super) fn may_join(&self, id: PersonId, room: &RoomName) -> Result<(), Denied> {
        let standing = self.kept_standing(room, self.person(id).owner.as_ref());
        self.may_as(standing, id, room, Wish::Join)
    }

    /// Whether somebody may join a room if all is kept that was asked for.
    pub(super) fn may_join_soon(&self, id: PersonId, room: &RoomName) -> bool {
        let standing = self.standing(room, self.person(id).owner.as_ref());
        self.may_as(standing, id, room, Wish::Join).is_ok()
    }

    fn may_as(&self, standing: Standing, id: PersonId, room: &RoomName, wish: Wish) -> Result<(), Denied> {
        let person = self.person(id);
        let place = access::Place {
            privacy: room.privacy(),
            is_owned: self.registry.roles.is_owned(room),
        };
        let who = Who {
            standing,
            has_key: person.owner.is_some(),
            is_in: matches!(person.places.get(room), Some(Place::In { .. })),
        };
        decide(place, who, wish)
    }
}
