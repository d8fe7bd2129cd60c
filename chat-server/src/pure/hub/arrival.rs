//! Who is present: to arrive, to take over, to depart.

use chat_proto::ids::{Instance, Secret};
use chat_proto::message::Code;
use chat_proto::name::{RoomName, UserName};
use chat_proto::text::Note;

use super::commit::Step;
use super::person::{Person, PersonId, Place};
use super::{Hub, Outputs, PeerId, Reply};
use crate::pure::access::{NameKey, name_key};
use crate::pure::room_map::RoomMap;

/// A peer that wants to be present.
pub(super) struct Arrival {
    pub(super) peer: PeerId,
    pub(super) name: UserName,
    pub(super) instance: Instance,
    pub(super) secret: Secret,
}

impl Arrival {
    fn into_person(self, key: NameKey) -> Person {
        Person {
            name: self.name,
            key,
            instance: self.instance,
            secret: self.secret,
            peer: self.peer,
            steps_ahead: 0,
            held_until_ms: None,
            places: RoomMap::new(),
        }
    }
}

impl Hub {
    pub(super) fn arrive(
        &mut self,
        now_ms: u64,
        arrival: Arrival,
        resume: Option<Secret>,
        out: &mut Outputs,
    ) {
        let key = name_key(&arrival.name);
        let Some(&id) = self.names.get(&key) else {
            let id = PersonId(self.number());
            self.peers.insert(arrival.peer, id);
            self.names.insert(key.clone(), id);
            out.replies.push((arrival.peer, Reply::Arrived));
            self.persons.insert(id, Box::new(arrival.into_person(key)));
            return;
        };
        let present = self.person(id);
        let is_same = present.instance == arrival.instance
            && resume.is_some_and(|secret| secret.matches(&present.secret));
        if is_same {
            return self.take_over(now_ms, id, arrival, out);
        }
        let denied = Reply::Denied {
            code: Code::NAME_IN_USE,
            text: Note::new("somebody present has this name: choose another one, or come back later"),
        };
        out.replies.push((arrival.peer, denied));
    }

    /// The person goes on through another peer; nobody else notices.
    fn take_over(&mut self, now_ms: u64, id: PersonId, arrival: Arrival, out: &mut Outputs) {
        let person = self.persons.get_mut(&id).expect("a name is a person's");
        let old_peer = std::mem::replace(&mut person.peer, arrival.peer);
        let old_name = std::mem::replace(&mut person.name, arrival.name);
        person.secret = arrival.secret;
        for (room, place) in person.places.iter_mut() {
            let question = match *place {
                Place::Joining { question } => Some(question),
                Place::In { .. } => None,
                Place::Held { question } => question,
            };
            *place = Place::Held { question };
            if old_name != person.name {
                // The same name in other letters: that much is seen.
                let state = self
                    .rooms
                    .get_mut(room)
                    .expect("who has a place in a room keeps it");
                state.respell(&person.key, &person.name);
                self.to_tell.insert(room.clone());
            }
        }
        let until_ms = now_ms.saturating_add(self.limits.held_ms);
        if let Some(until_ms) = person.held_until_ms.replace(until_ms) {
            self.held.remove(&(until_ms, id));
        }
        self.held.insert((until_ms, id));
        if self.peers.remove(&old_peer).is_some() {
            out.replies.push((old_peer, Reply::TakenOver));
        }
        self.peers.insert(arrival.peer, id);
        out.replies.push((arrival.peer, Reply::Arrived));
    }

    pub(super) fn depart(&mut self, id: PersonId, peer: PeerId, out: &mut Outputs) {
        self.peers.remove(&peer);
        if self.person(id).steps_ahead > 0 {
            self.gathering.push(Step::Depart { person: id, peer });
        } else {
            self.remove_person(id, out);
        }
    }

    pub(super) fn remove_person(&mut self, id: PersonId, out: &mut Outputs) {
        let places = &mut self.person_mut(id).places;
        let rooms: Vec<RoomName> = places.iter().map(|(room, _)| room.clone()).collect();
        places.clear();
        for room in rooms {
            self.exit(id, &room, out);
        }
        if let Some(person) = self.persons.remove(&id) {
            self.names.remove(&person.key);
            if let Some(until_ms) = person.held_until_ms {
                self.held.remove(&(until_ms, id));
            }
        }
    }

    /// Leaves the rooms that were held for people who did not join them again in time.
    pub(super) fn leave_held(&mut self, now_ms: u64, out: &mut Outputs) {
        while let Some(&(until_ms, id)) = self.held.first()
            && until_ms <= now_ms
        {
            self.held.pop_first();
            let person = self.person_mut(id);
            person.held_until_ms = None;
            let is_held = |place: &Place| matches!(place, Place::Held { .. });
            let places = person.places.iter().filter(|(_, place)| is_held(place));
            let rooms: Vec<RoomName> = places.map(|(room, _)| room.clone()).collect();
            for room in rooms {
                self.leave_place(id, room, None, out);
            }
        }
    }
}
