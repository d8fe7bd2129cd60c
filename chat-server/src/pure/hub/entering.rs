//! Into a room and out of it.
//!
//! ```text
//!  Join ──▶ may it? ──▶ Locate ──store──▶ may it still? ──▶ is it the room's first? ──no──▶ Joined
//!              │                               │                └─yes─▶ owner ──store──▶ Joined
//!              ▼                               ▼
//!           Failed                          Failed
//! ```
//! What is asked of the store takes a while, in which somebody can be put out: so it is asked twice, and again while it
//! depends on what is not kept yet.

use chat_proto::ids::{LogId, Position, Seq};
use chat_proto::list::Extra;
use chat_proto::message::{Code, EXTRA_MARK, EXTRA_ROLE, EXTRA_TOPIC, From, Joined, Resumed};
use chat_proto::name::{Privacy, RoomName};

use super::commit::{Step, Then};
use super::person::{PersonId, Place};
use super::requests::{fail, fail_denied};
use super::{Asker, Hub, Outputs, Reply};
use crate::history::Outcome;
use crate::history::fact::Fact;
use crate::pure::access::{Standing, can_be_owned, outside};
use crate::pure::registry::{PUBLIC_ROOMS_PER_KEY_MAX, Role, Roles};
use crate::pure::room::Room;

/// Somebody whom nothing keeps out of a room any more.
#[derive(Debug)]
pub(super) struct Entry {
    asker: Asker,
    room: RoomName,
    question: u64,
    top: Position,
    next: Seq,
    resumed: Resumed,
}

impl Entry {
    pub(super) const fn person(&self) -> PersonId {
        self.asker.person
    }
}

impl Hub {
    pub(super) fn join(&mut self, asker: Asker, room: RoomName, from: From, out: &mut Outputs) {
        if let Err(denied) = self.may_join(asker.person, &room)
            && !self.may_join_soon(asker.person, &room)
        {
            return fail_denied(asker, denied, out);
        }
        // All who are in a room share its name.
        let room = self
            .rooms
            .get_key_value(&room)
            .map_or(room, |(known, _)| known.clone());
        let question = self.number();
        let rooms_max = self.limits.rooms_max;
        let person = self.person_mut(asker.person);
        let is_held = match person.places.get(&room) {
            Some(Place::Joining { .. } | Place::In { .. }) => {
                return fail(asker, Code::ALREADY_IN_ROOM, "you are in this room already", out);
            }
            Some(Place::Held { .. }) => true,
            None => false,
        };
        if !is_held && person.places.len() >= rooms_max {
            return fail(asker, Code::TOO_MANY_ROOMS, "leave another room first", out);
        }
        person.places.insert(room.clone(), Place::Joining { question });
        self.rooms.entry(room.clone()).or_default().expect_one();
        self.locate(asker, room, from, question);
    }

    fn locate(&mut self, asker: Asker, room: RoomName, from: From, question: u64) {
        self.person_mut(asker.person).steps_ahead += 1;
        self.gathering.push(Step::Locate {
            asker,
            room,
            from,
            question,
        });
    }

    pub(super) fn leave(&mut self, asker: Asker, room: RoomName, out: &mut Outputs) {
        match self.person(asker.person).places.get(&room) {
            Some(Place::In { .. } | Place::Held { .. }) => {
                self.leave_place(asker.person, room, Some(asker), out)
            }
            Some(Place::Joining { .. }) | None => fail_denied(asker, outside(room.privacy()), out),
        }
    }

    /// Leaves after all that the person asked for before. Whoever asked to leave is told.
    pub(super) fn leave_place(
        &mut self,
        id: PersonId,
        room: RoomName,
        asker: Option<Asker>,
        out: &mut Outputs,
    ) {
        let person = self.person_mut(id);
        person.places.remove(&room);
        person.steps_ahead += 1;
        let step = Step::Leave {
            person: id,
            room,
            asker,
        };
        if person.steps_ahead > 1 {
            self.gathering.push(step);
        } else {
            self.take_steps(vec![step], &[], out);
        }
    }

    pub(super) fn located(
        &mut self,
        asker: Asker,
        room: RoomName,
        from: From,
        question: u64,
        outcome: Outcome,
        out: &mut Outputs,
    ) {
        let (top, next, resumed) = match outcome {
            Outcome::Located {
                top, next, resumed, ..
            } => (top, next, resumed),
            Outcome::Refused(refusal) => {
                self.turn_back(asker, &room, question, out);
                return self.reply_refused(asker, refusal, out);
            }
            Outcome::Appended { .. }
            | Outcome::Known { .. }
            | Outcome::Unknown
            | Outcome::Forgotten
            | Outcome::Kept => {
                unreachable!("the outcome of a locate is none of these")
            }
        };
        if let Err(denied) = self.may_join(asker.person, &room) {
            self.turn_back(asker, &room, question, out);
            return self.reply_denied(asker, denied, out);
        }
        if !self.may_join_soon(asker.person, &room) {
            return self.locate(asker, room, from, question);
        }
        let entry = Entry {
            asker,
            room,
            question,
            top,
            next,
            resumed,
        };
        match self.claim(&entry) {
            Some(fact) => {
                self.person_mut(asker.person).steps_ahead += 1;
                self.keep_first(vec![fact], Then::Enter(Box::new(entry)));
            }
            None => self.let_in(entry, out),
        }
    }

    /// What has to be kept so that whoever makes a public room owns it. It finds nobody there, and nothing that was said.
    fn claim(&self, entry: &Entry) -> Option<Fact> {
        let Entry { room, top, .. } = entry;
        let person = self.person(entry.person());
        let key = person.owner?;
        let roles = &self.registry.roles;
        let is_new =
            top.seq == Seq::ZERO && !roles.knows(room) && self.rooms.get(room).is_some_and(Room::has_nobody);
        let may_own_more = roles.count(&key, Privacy::Public, Standing::Owner) < PUBLIC_ROOMS_PER_KEY_MAX;
        let role = Role {
            standing: Standing::Owner,
            until_unix_ms: 0,
            since_unix_ms: self.unix_ms,
            name: person.name.clone(),
        };
        (is_new && can_be_owned(room) && may_own_more).then(|| Roles::grant(room, &key, &role))
    }

    /// Somebody is not let into a room. If it was held for it, it is left, too.
    fn turn_back(&mut self, asker: Asker, room: &RoomName, question: u64, out: &mut Outputs) {
        let state = self
            .rooms
            .get_mut(room)
            .expect("a room stays while somebody is expected");
        state.expect_one_less();
        let person = self
            .persons
            .get_mut(&asker.person)
            .expect("a person stays until its last step is taken");
        if person
            .places
            .get(room)
            .is_some_and(|place| place.rests_on(question))
        {
            person.places.remove(room);
            state.exit(asker.person, &person.key);
            self.to_tell.insert(room.clone());
        }
        self.remove_if_empty(room, out);
    }

    pub(super) fn let_in(&mut self, entry: Entry, out: &mut Outputs) {
        if !self.person(entry.person()).places.contains(&entry.room) {
            // It has left again, through another connection.
            return self.turn_back(entry.asker, &entry.room, entry.question, out);
        }
        let Entry {
            asker,
            room,
            question,
            top,
            next,
            resumed,
        } = entry;
        let state = self
            .rooms
            .get_mut(&room)
            .expect("a room stays while somebody is expected");
        state.expect_one_less();
        state.reach(top);
        let extra = self.joined_extra(asker.person, &room, top.log);
        let state = self.rooms.get_mut(&room).expect("it was here just now");
        let person = self
            .persons
            .get_mut(&asker.person)
            .expect("a person stays until its last step is taken");
        state.enter(asker.person, &person.key, &person.name);
        if let Some(place) = person.places.get_mut(&room)
            && place.rests_on(question)
        {
            match place {
                Place::Joining { .. } | Place::In { .. } => *place = Place::In { blocked_on: None },
                Place::Held { question } => *question = None,
            }
        }
        let joined = Joined {
            request: asker.request,
            room: room.clone(),
            position: top,
            next,
            resumed,
            presence_version: state.presence_version(),
            count: state.count(),
            members: state.first_members(self.limits.named_members_max),
            extra,
        };
        self.to_tell.insert(room);
        self.reply(asker, Reply::Joined(Box::new(joined)), out);
    }

    /// What there is to tell about a room, and about somebody in it.
    fn joined_extra(&self, id: PersonId, room: &RoomName, log: LogId) -> Extra {
        let mut extra = Extra::new();
        let mut insert = |key, value: &[u8]| {
            assert!(
                extra.insert(key, value),
                "a topic, a role and a mark fit an extra"
            );
        };
        if let Some(topic) = self.kept_topic(room) {
            insert(EXTRA_TOPIC, topic.as_str().as_bytes());
        }
        let owner = self.person(id).owner;
        let standing = self.kept_standing(room, owner.as_ref());
        if standing != Standing::Stranger {
            insert(EXTRA_ROLE, &standing.role().0.to_be_bytes());
        }
        if let Some(read) = owner.and_then(|key| self.registry.marks.get(&key, room, log)) {
            insert(EXTRA_MARK, &read.0.to_be_bytes());
        }
        if let Some(state) = self.rooms.get(room)
            && state.has_names_told(self.limits.named_members_max)
        {
            self.tell_roles(room, state.keys_of_page(0), &mut extra);
        }
        extra
    }
}
