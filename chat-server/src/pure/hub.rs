//! All rooms, and who is in them. The hub decides, the store numbers, the carrier carries.
//!
//! ```text
//!  requests ──▶ checked at once ──▶ steps that gather ──EndTurn──▶ one batch in flight ──▶ store
//!                     │                                                   │
//!                     ▼                                                   ▼ Committed
//!                answers that need no store              the batch's steps, in the order in which they were asked:
//!                                                        answers, and each room's turn
//! ```
//! - **One order**: what needs the store becomes a *step*, and so does what must come after a step of the same person
//!   (to leave after having spoken). A batch's steps are taken in order when the store has answered.
//! - **One batch is in flight.** Meanwhile the next one gathers, so that batches grow by themselves under load. It is
//!   bounded by the requests that peers may have unanswered.
//! - **A person is a client that is present under a name**, and speaks through one peer at a time. When another connection of
//!   the same client takes over, the person stays, with its rooms *held* for [`HubLimits::held_ms`] until the new peer joins
//!   them. Under a name that belongs to a key there may be several, all with this key.
//! - **What is kept is kept first.** Names, members, bans are [facts](crate::history::fact): the store keeps them before
//!   anybody is told. Meanwhile they take away at once, and give nothing; if they are refused, they are taken back.
//! - **Whoever has shown no key is marked**: what it says has [`EXTRA_UNPROVEN`](chat_proto::message::EXTRA_UNPROVEN) in its extra, put there here.
//! - **A message that is refused for now** blocks what its author says after it in that room, until it is said again or
//!   withdrawn: order survives retries.
//! - **Presence** is collected, and published at the end of a turn, after the messages that were said before.

mod reply;
mod request;

mod arrival;
mod operating;
mod person;

mod marks;
mod moderation;
mod people;
mod requests;
mod rights;
mod rooms;

mod commit;
mod entering;
mod saying;
mod unsettled;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use chat_proto::ids::PublicKey;
use chat_proto::list::Extra;
use chat_proto::name::RoomName;
use chat_proto::text::Note;

use self::arrival::Arrival;
use self::commit::Step;
use self::marks::Marking;
use self::person::Person;
pub(crate) use self::person::PersonId;
pub use self::reply::{Outputs, Reply};
pub use self::request::{Deed, HoldBack, Request};
pub(super) use self::requests::too_fast;
use self::unsettled::Unsettled;
use crate::history::fact::Fact;
use crate::history::{Draft, Outcome};
use crate::pure::fold::NameKey;
use crate::pure::registry::{Access, BadFact, Guest, Registry};
use crate::pure::room::Room;

/// One connection. Numbers are not used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId(pub u64);

/// The bounds of a hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HubLimits {
    /// So many rooms may one person be in.
    pub rooms_max: usize,
    /// In rooms with more members than this, presence is told as a count, without names.
    pub named_members_max: usize,
    /// A turn that has so many bytes is ended, and the next one begins.
    pub turn_bytes_max: usize,
    /// So long a room is held for a person that came back on another connection and has not joined it again.
    pub held_ms: u64,
    /// Whom the server lets in.
    pub access: Access,
    /// So many connections may be present with one key.
    pub connections_per_key_max: usize,
}

impl Default for HubLimits {
    fn default() -> Self {
        Self {
            rooms_max: 64,
            named_members_max: 512,
            turn_bytes_max: 256 * 1024,
            held_ms: 30_000,
            access: Access::Open,
            connections_per_key_max: 16,
        }
    }
}

/// What happened.
#[derive(Debug)]
pub enum Input<'a> {
    /// A peer asks for something.
    Request(PeerId, Request),
    /// For the moment there are no more requests: what has gathered goes out. Also given when
    /// [`next_deadline`](Hub::next_deadline) has passed.
    EndTurn,
    /// The store answered the batch that is in flight: one outcome for each `Op`, in order.
    Committed(&'a [Outcome]),
}

/// All rooms. See the module's documentation.
#[derive(Debug)]
pub struct Hub {
    limits: HubLimits,
    /// The times at which the input comes that is being handled.
    now_ms: u64,
    unix_ms: u64,
    registry: Registry,
    unsettled: Unsettled,
    /// On the heap, because a table has far more places than there are persons.
    persons: HashMap<PersonId, Box<Person>>,
    /// Peers that have arrived and are neither gone nor taken over from.
    peers: HashMap<PeerId, PersonId>,
    /// Peers whose arrival waits for the store.
    arriving: HashSet<PeerId>,
    names: BTreeSet<(NameKey, PersonId)>,
    /// What people who are away leave to be told. Only looked up in, never walked through.
    away: HashMap<NameKey, Note>,
    rooms: BTreeMap<RoomName, Room>,
    /// Rooms that have something to tell at the end of the turn. In order, so that the same input has the same output.
    to_tell: BTreeSet<RoomName>,
    gathering: Vec<Step>,
    to_mark: BTreeMap<(PublicKey, RoomName), Marking>,
    in_flight: Option<Vec<Step>>,
    /// For whom rooms are held, by the time at which they are left.
    held: BTreeSet<(u64, PersonId)>,
    /// For persons and questions.
    next_number: u64,
}

impl Hub {
    /// A hub without rooms, for a store that keeps these facts.
    ///
    /// # Errors
    /// [`BadFact`], if one of them can't be understood.
    pub fn new(limits: HubLimits, facts: &[Fact]) -> Result<Self, BadFact> {
        Ok(Self {
            limits,
            now_ms: 0,
            unix_ms: 0,
            registry: Registry::new(facts)?,
            unsettled: Unsettled::default(),
            persons: HashMap::new(),
            peers: HashMap::new(),
            arriving: HashSet::new(),
            names: BTreeSet::new(),
            away: HashMap::new(),
            rooms: BTreeMap::new(),
            to_tell: BTreeSet::new(),
            gathering: Vec::new(),
            to_mark: BTreeMap::new(),
            in_flight: None,
            held: BTreeSet::new(),
            next_number: 0,
        })
    }

    /// Decides what follows from `input`, and adds it to `out`.
    ///
    /// # Panics
    /// If outcomes come that nobody waits for, or not one for each `Op` of the batch.
    pub fn handle(&mut self, now_ms: u64, unix_ms: u64, input: Input<'_>, out: &mut Outputs) {
        (self.now_ms, self.unix_ms) = (now_ms, unix_ms);
        match input {
            Input::Request(peer, request) => self.request(peer, request, out),
            Input::EndTurn => {
                self.leave_held(out);
                self.send_batch(out);
                self.tell(out);
            }
            Input::Committed(outcomes) => {
                let steps = self
                    .in_flight
                    .take()
                    .expect("outcomes come for a batch that is in flight");
                self.take_steps(steps, outcomes, out);
                self.send_batch(out);
                self.tell(out);
            }
        }
    }

    /// When something has to be done though nobody asks: give [`Input::EndTurn`] then.
    #[must_use]
    pub fn next_deadline(&self) -> Option<u64> {
        self.held.first().map(|(until_ms, _)| *until_ms)
    }

    fn request(&mut self, peer: PeerId, request: Request, out: &mut Outputs) {
        match request {
            Request::Arrive {
                name,
                instance,
                resume,
                secret,
                key,
                invitation,
                is_trusted_place,
            } => {
                let guest = Guest {
                    key,
                    invitation,
                    is_trusted_place,
                };
                let arrival = Arrival {
                    peer,
                    name,
                    instance,
                    resume,
                    secret,
                    guest,
                };
                self.arrive(arrival, out);
            }
            Request::Operate { order, random } => self.operate(peer, order, random, out),
            asked @ (Request::Join { .. }
            | Request::Leave { .. }
            | Request::Say { .. }
            | Request::Empty { .. }
            | Request::HoldBack(_)
            | Request::Withdraw { .. }
            | Request::Members { .. }
            | Request::Release { .. }
            | Request::Create { .. }
            | Request::Open { .. }
            | Request::Moderate { .. }
            | Request::Mark { .. }
            | Request::Rooms { .. }
            | Request::Whois { .. }
            | Request::Away { .. }
            | Request::Depart) => match self.peers.get(&peer) {
                Some(&person) => self.request_of(person, peer, asked, out),
                // Gone, taken over or dismissed: its last requests are nobody's. Or not there yet, and it can only depart.
                None => {
                    self.arriving.remove(&peer);
                }
            },
        }
    }

    fn request_of(&mut self, person: PersonId, peer: PeerId, request: Request, out: &mut Outputs) {
        let asker = |request| Asker {
            person,
            peer,
            request,
        };
        match request {
            Request::Arrive { .. } | Request::Operate { .. } => unreachable!("they are nobody's yet"),
            Request::Join { request, room, from } => self.join(asker(request), room, from, out),
            Request::Leave { request, room } => self.leave(asker(request), room, out),
            Request::Say {
                request,
                room,
                id,
                kind,
                text,
                extra,
            } => {
                let author = self.person(person).name.clone();
                let draft = Draft {
                    id,
                    author,
                    kind,
                    text,
                    extra,
                };
                self.speak(asker(request), room, draft, out);
            }
            Request::Empty {
                request,
                room,
                seq,
                id,
            } => self.empty(asker(request), room, seq, id, out),
            Request::HoldBack(held) => self.hold_back(asker(held.request), held, out),
            Request::Withdraw { request, room, id } => self.withdraw(asker(request), room, id, out),
            Request::Members { request, room, page } => self.members(asker(request), room, page, out),
            Request::Release { request, name } => self.release(asker(request), &name, out),
            Request::Create { request, room } => self.create(asker(request), &room, out),
            Request::Open { request, name } => self.open(asker(request), &name, out),
            Request::Moderate { request, room, deed } => self.moderate(asker(request), room, &deed, out),
            Request::Mark { request, room, seq } => self.mark(asker(request), room, seq, out),
            Request::Rooms { request, mine, after } => self.list(asker(request), mine, after.as_ref(), out),
            Request::Whois { request, name } => self.whois(asker(request), &name, out),
            Request::Away { request, text } => self.go_away(asker(request), text, out),
            Request::Depart => self.depart(person, peer, out),
        }
    }

    /// A person is not in a room any more.
    fn exit(&mut self, id: PersonId, room: &RoomName, out: &mut Outputs) {
        let person = self.persons.get(&id).expect("only who is present leaves");
        if let Some(state) = self.rooms.get_mut(room) {
            state.exit(id, &person.key);
            self.to_tell.insert(room.clone());
            self.remove_if_empty(room, out);
        }
    }

    fn remove_if_empty(&mut self, room: &RoomName, out: &mut Outputs) {
        if self.rooms.get(room).is_some_and(Room::is_empty) {
            self.rooms.remove(room);
            out.emptied.push(room.clone());
            self.gathering.push(Step::Forget { room: room.clone() });
        }
    }

    /// Every room that has something to tell tells it.
    fn tell(&mut self, out: &mut Outputs) {
        while let Some(name) = self.to_tell.pop_first() {
            let named_members_max = self.limits.named_members_max;
            let Some(room) = self.rooms.get(&name) else {
                continue;
            };
            let mut extra = Extra::new();
            self.tell_roles(&name, room.keys_to_tell(named_members_max), &mut extra);
            let room = self.rooms.get_mut(&name);
            if let Some(turn) = room.and_then(|room| room.finish_turn(&name, named_members_max, extra)) {
                out.turns.push((name, Arc::new(turn)));
            }
        }
    }

    fn number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number
    }

    fn person(&self, id: PersonId) -> &Person {
        self.persons
            .get(&id)
            .expect("a person stays until its last step is taken")
    }

    fn person_mut(&mut self, id: PersonId) -> &mut Person {
        self.persons
            .get_mut(&id)
            .expect("a person stays until its last step is taken")
    }
}

/// Who asks what.
#[derive(Clone, Copy, Debug)]
struct Asker {
    person: PersonId,
    peer: PeerId,
    request: u32,
}
