//! Who is present: to arrive, to take over, to depart.
//!
//! ```text
//!  Arrive ──▶ may it come in? ──▶ is the name free for it? ──▶ nothing to keep ─────────────▶ Arrived
//!                  │                        │                  a name, a member ──▶ store ──▶ Arrived
//!                  ▼                        ▼
//!               Denied                   Denied
//! ```
//! Whoever has no key is as present as everybody else, under a name that no key owns and that nobody else has now. Under a
//! name that a key owns there may be several at once, all with this key: the person's devices.

use chat_proto::ids::{Instance, PublicKey, Secret};
use chat_proto::message::Code;
use chat_proto::name::{Privacy, RoomName, UserName};
use chat_proto::text::Note;

use super::commit::{REGISTRY_FULL_TEXT, Step};
use super::person::{Person, PersonId, Place};
use super::{Hub, Outputs, PeerId, Reply};
use crate::history::fact::Fact;
use crate::history::{Outcome, Refusal};
use crate::pure::access::Standing;
use crate::pure::fold::{NameKey, name_key, one_script};
use crate::pure::registry::{Admission, Guest, KeptOut, Role, Taken};
use crate::pure::room_map::RoomMap;

/// A peer that wants to be present.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    pub(super) peer: PeerId,
    pub(super) name: UserName,
    pub(super) instance: Instance,
    pub(super) resume: Option<Secret>,
    pub(super) secret: Secret,
    pub(super) guest: Guest,
}

impl Arrival {
    fn into_person(self, key: NameKey) -> Person {
        Person {
            name: self.name,
            key,
            owner: self.guest.key,
            instance: self.instance,
            secret: self.secret,
            peer: self.peer,
            steps_ahead: 0,
            held_until_ms: None,
            places: RoomMap::new(),
        }
    }
}

/// Why somebody can't be present, for programs and for people.
struct Denial(Code, Note);

impl Denial {
    fn new(code: Code, text: impl AsRef<str>) -> Self {
        Self(code, Note::new(text))
    }
}

impl Hub {
    pub(super) fn arrive(&mut self, arrival: Arrival, out: &mut Outputs) {
        let facts = match self.check(&arrival) {
            Ok(facts) => facts,
            Err(denial) => return deny(arrival.peer, denial, out),
        };
        // What somebody with a key is let in by may be asked for and not kept yet.
        let waits = !facts.is_empty() || arrival.guest.key.is_some() && !self.unsettled.is_empty();
        if waits {
            self.wait_for_store(arrival, facts);
        } else {
            self.come_in(arrival, out);
        }
    }

    fn wait_for_store(&mut self, arrival: Arrival, facts: Vec<Fact>) {
        self.arriving.insert(arrival.peer);
        let ticket = self.unsettled.put(&mut self.registry, &facts);
        let arrival = Box::new(arrival);
        self.gathering.push(Step::Arrive {
            arrival,
            facts,
            ticket,
        });
    }

    /// What has to be kept before somebody can be present.
    fn check(&self, arrival: &Arrival) -> Result<Vec<Fact>, Denial> {
        let Arrival { name, guest, .. } = arrival;
        let admission = self.registry.doors.admit(guest, self.limits.access, self.unix_ms);
        let Admission { mut facts, room } = admission.map_err(kept_out)?;
        one_script(name).map_err(|mixed| Denial::new(Code::NAME_INVALID, mixed.to_string()))?;
        let names = &self.registry.names;
        let taken = match &guest.key {
            Some(key) => names.take(name, key, self.unix_ms),
            None => names.borrow(name).map(|()| None),
        };
        facts.extend(taken.map_err(|taken| name_taken(name, taken))?);
        if let (Some(room), Some(key)) = (&room, &guest.key) {
            facts.extend(self.place_for(key, name, room));
        }
        if self.to_take_over_from(arrival).is_none() {
            self.check_place(arrival)?;
        }
        Ok(facts)
    }

    /// What has to be kept so that a key that was invited to a private room has its place there. What it is there already
    /// it stays, banned or not; in a room that is gone, or full, it is nothing.
    fn place_for(&self, key: &PublicKey, name: &UserName, room: &RoomName) -> Vec<Fact> {
        let roles = &self.registry.roles;
        let is_stranger = self.standing(room, Some(key)) == Standing::Stranger;
        if room.privacy() != Privacy::Private || !roles.knows(room) || !is_stranger {
            return Vec::new();
        }
        let role = Role {
            standing: Standing::Member,
            until_unix_ms: 0,
            since_unix_ms: self.unix_ms,
            name: name.clone(),
        };
        roles.appoint(room, key, &role).unwrap_or_default()
    }

    /// Whether there is a place beside those who are present.
    fn check_place(&self, arrival: &Arrival) -> Result<(), Denial> {
        let mut others = self.devices(&name_key(&arrival.name)).map(|id| self.person(id));
        if others.any(|other| other.owner.is_none() || other.owner != arrival.guest.key) {
            return Err(Denial::new(
                Code::NAME_IN_USE,
                "somebody present has this name: choose another one, or come back later",
            ));
        }
        let Some(key) = &arrival.guest.key else {
            return Ok(());
        };
        if self.devices_of_key(key).count() >= self.limits.connections_per_key_max {
            return Err(Denial::new(
                Code::TOO_MANY_CONNECTIONS,
                "your key has as many connections as it may have: close one first",
            ));
        }
        Ok(())
    }

    /// What the peer arrived by is settled.
    pub(super) fn arrival_settled(&mut self, arrival: Arrival, outcome: Option<Outcome>, out: &mut Outputs) {
        if !self.arriving.remove(&arrival.peer) {
            // It has departed meanwhile; what was kept stays.
            return;
        }
        match outcome {
            Some(Outcome::Kept) => match self.check_place(&arrival) {
                Err(denial) if self.to_take_over_from(&arrival).is_none() => {
                    deny(arrival.peer, denial, out);
                }
                Ok(()) | Err(_) => self.come_in(arrival, out),
            },
            Some(Outcome::Refused(Refusal::RegistryFull)) => {
                deny(
                    arrival.peer,
                    Denial::new(Code::REGISTRY_FULL, REGISTRY_FULL_TEXT),
                    out,
                );
            }
            Some(_) => {
                let text = "nothing can be stored for now: come back later";
                deny(arrival.peer, Denial::new(Code::STORE_UNAVAILABLE, text), out);
            }
            // It waited for what had been asked for before, and is judged by what has become of that.
            None => match self.check(&arrival) {
                Ok(facts) if facts.is_empty() => self.come_in(arrival, out),
                Ok(facts) => self.wait_for_store(arrival, facts),
                Err(denial) => deny(arrival.peer, denial, out),
            },
        }
    }

    fn come_in(&mut self, mut arrival: Arrival, out: &mut Outputs) {
        let key = name_key(&arrival.name);
        if arrival.guest.key.is_some()
            && let Some(owned) = self.registry.names.get(&key)
        {
            // All devices of a person write the name alike.
            arrival.name = owned.spelling.clone();
        }
        if let Some(id) = self.to_take_over_from(&arrival) {
            return self.take_over(id, arrival, out);
        }
        let id = PersonId(self.number());
        self.peers.insert(arrival.peer, id);
        self.names.insert((key.clone(), id));
        let name = arrival.name.clone();
        out.replies.push((arrival.peer, Reply::Arrived { name }));
        self.persons.insert(id, Box::new(arrival.into_person(key)));
    }

    /// Who is present through an earlier connection of the same client.
    fn to_take_over_from(&self, arrival: &Arrival) -> Option<PersonId> {
        let resume = arrival.resume?;
        self.devices(&name_key(&arrival.name)).find(|id| {
            let present = self.person(*id);
            present.instance == arrival.instance
                && present.owner == arrival.guest.key
                && resume.matches(&present.secret)
        })
    }

    /// All who are present under this name.
    pub(super) fn devices(&self, key: &NameKey) -> impl Iterator<Item = PersonId> + use<'_> {
        let (first, last) = ((key.clone(), PersonId(0)), (key.clone(), PersonId(u64::MAX)));
        self.names.range(first..=last).map(|(_, id)| *id)
    }

    /// All who are present with this key, under whichever of its names.
    pub(super) fn devices_of_key(&self, owner: &PublicKey) -> impl Iterator<Item = PersonId> + use<'_> {
        let owner = *owner;
        let keys: Vec<NameKey> = self
            .registry
            .names
            .of(&owner)
            .map(|name| name_key(&name.spelling))
            .collect();
        let devices = keys.into_iter().flat_map(|key| self.devices(&key));
        devices.filter(move |id| self.person(*id).owner == Some(owner))
    }

    /// The person goes on through another peer; nobody else notices.
    fn take_over(&mut self, id: PersonId, arrival: Arrival, out: &mut Outputs) {
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
        let name = person.name.clone();
        let until_ms = self.now_ms.saturating_add(self.limits.held_ms);
        if let Some(until_ms) = person.held_until_ms.replace(until_ms) {
            self.held.remove(&(until_ms, id));
        }
        self.held.insert((until_ms, id));
        if self.peers.remove(&old_peer).is_some() {
            out.replies.push((old_peer, Reply::TakenOver));
        }
        self.peers.insert(arrival.peer, id);
        out.replies.push((arrival.peer, Reply::Arrived { name }));
    }

    pub(super) fn depart(&mut self, id: PersonId, peer: PeerId, out: &mut Outputs) {
        self.peers.remove(&peer);
        if self.person(id).steps_ahead > 0 {
            self.gathering.push(Step::Depart { person: id, peer });
        } else {
            self.remove_person(id, out);
        }
    }

    /// Sends somebody away, and says why.
    pub(super) fn dismiss(&mut self, id: PersonId, code: Code, text: &Note, out: &mut Outputs) {
        let peer = self.person(id).peer;
        if self.peers.contains_key(&peer) {
            let text = text.clone();
            out.replies.push((peer, Reply::Dismissed { code, text }));
            self.depart(id, peer, out);
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
            self.names.remove(&(person.key.clone(), id));
            self.come_back_if_gone(&person.key);
            if let Some(until_ms) = person.held_until_ms {
                self.held.remove(&(until_ms, id));
            }
        }
    }

    /// Leaves the rooms that were held for people who did not join them again in time.
    pub(super) fn leave_held(&mut self, out: &mut Outputs) {
        while let Some(&(until_ms, id)) = self.held.first()
            && until_ms <= self.now_ms
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

fn deny(peer: PeerId, Denial(code, text): Denial, out: &mut Outputs) {
    out.replies.push((peer, Reply::Denied { code, text }));
}

fn kept_out(reason: KeptOut) -> Denial {
    match reason {
        KeptOut::Banned => Denial::new(Code::BANNED, "this server's operator keeps your key out"),
        KeptOut::NotInvited => Denial::new(
            Code::NOT_INVITED,
            "this server lets in who is invited: ask somebody inside for a link",
        ),
        KeptOut::KeyNeeded => Denial::new(
            Code::KEY_NEEDED,
            "an invitation lets in a key: connect with TLS, and bring yours",
        ),
        KeptOut::InvitationInvalid => Denial::new(
            Code::INVITATION_INVALID,
            "this invitation is used up, expired or revoked: ask for another link",
        ),
    }
}

fn name_taken(name: &UserName, taken: Taken) -> Denial {
    match taken {
        Taken::By(owned) if name_key(&owned) == name_key(name) => Denial::new(
            Code::NAME_OWNED,
            format!("the name {owned} belongs to another key: choose another one"),
        ),
        Taken::By(owned) => Denial::new(
            Code::NAME_OWNED,
            format!(
                "this name looks like {owned}, which belongs to another key: choose another one, or ask the operator to allow it"
            ),
        ),
        Taken::TooMany => Denial::new(
            Code::TOO_MANY_NAMES,
            "your key owns as many names as it can: use one of them, or release one",
        ),
    }
}
