//! Steps: what waits for the store, or for what waits for it.

use std::collections::BTreeSet;

use chat_proto::ids::{MessageId, Seq};
use chat_proto::list::Extra;
use chat_proto::message::{Code, Done, From, Joined, Left, Said, Stored};
use chat_proto::name::RoomName;

use super::arrival::Arrival;
use super::operating::Ordered;
use super::person::{PersonId, Place};
use super::requests::{fail, fail_after_refused};
use super::unsettled::Ticket;
use super::{Asker, Hub, Outputs, PeerId, Reply};
use crate::history::fact::Fact;
use crate::history::{Draft, EmptiedBy, Op, Outcome, Refusal};

/// What is said when something can't be kept beside all that is kept already.
pub(super) const REGISTRY_FULL_TEXT: &str =
    "the server can't keep more for now: its operator can raise the limit";

/// Something that is done in its turn. Some ask the store, and are taken with its outcome.
#[derive(Debug)]
pub(super) enum Step {
    Append {
        asker: Asker,
        room: RoomName,
        draft: Draft,
        /// The message that is emptied with it: then this is the notice that says so.
        empties: Option<Seq>,
    },
    Locate {
        asker: Asker,
        room: RoomName,
        from: From,
        question: u64,
    },
    Forget {
        room: RoomName,
    },
    /// Somebody is present once this is kept, or, if there is nothing to keep, once what was asked for before is settled.
    Arrive {
        arrival: Box<Arrival>,
        facts: Vec<Fact>,
        ticket: Ticket,
    },
    /// Something is so once it is kept.
    Keep {
        facts: Vec<Fact>,
        ticket: Ticket,
        then: Then,
    },
    Leave {
        person: PersonId,
        room: RoomName,
        /// Nobody, if the person only did not come back in time.
        asker: Option<Asker>,
    },
    Depart {
        person: PersonId,
        /// Unless the person speaks through another one by then.
        peer: PeerId,
    },
}

/// Who was refused a message for now, and in which room: the first of a batch, which holds back the others. It may be refused
/// because of one that another device of the same person said.
type Refused = BTreeSet<(PersonId, RoomName)>;

/// What follows once facts are kept.
#[derive(Debug)]
pub(super) enum Then {
    /// Whoever asked is told.
    Done(Asker),
    /// The operator is told.
    Answer(Box<Ordered>),
}

impl Step {
    /// What the store is asked.
    fn op(&self) -> Option<Op> {
        match self {
            Self::Append {
                room,
                draft,
                empties: None,
                ..
            } => Some(Op::Append {
                room: room.clone(),
                draft: draft.clone(),
            }),
            Self::Append {
                room,
                draft,
                empties: Some(seq),
                ..
            } => Some(Op::Empty {
                room: room.clone(),
                seq: *seq,
                by: EmptiedBy::Author,
                notice: draft.clone(),
            }),
            Self::Locate { room, from, .. } => Some(Op::Locate {
                room: room.clone(),
                from: *from,
            }),
            Self::Forget { room } => Some(Op::Forget { room: room.clone() }),
            Self::Arrive { facts, .. } | Self::Keep { facts, .. } if !facts.is_empty() => {
                Some(Op::Keep { facts: facts.clone() })
            }
            Self::Arrive { .. } | Self::Keep { .. } | Self::Leave { .. } | Self::Depart { .. } => None,
        }
    }
}

impl Hub {
    /// Sends what has gathered, unless a batch is in flight. Steps for which the store is not needed are taken at once.
    pub(super) fn send_batch(&mut self, out: &mut Outputs) {
        while self.in_flight.is_none() && !self.gathering.is_empty() {
            let steps = std::mem::take(&mut self.gathering);
            out.batch.extend(steps.iter().filter_map(Step::op));
            if out.batch.is_empty() {
                self.take_steps(steps, &[], out);
            } else {
                self.in_flight = Some(steps);
            }
        }
    }

    /// Takes steps in order, those that asked the store with its outcomes.
    pub(super) fn take_steps(&mut self, steps: Vec<Step>, outcomes: &[Outcome], out: &mut Outputs) {
        let mut outcomes = outcomes.iter().copied();
        let mut outcome = || outcomes.next().expect("a store answers each op");
        let mut refused = Refused::new();
        for step in steps {
            match step {
                Step::Arrive {
                    arrival,
                    facts,
                    ticket,
                } => {
                    let outcome = (!facts.is_empty()).then(&mut outcome);
                    self.settle(ticket, outcome);
                    self.arrival_settled(*arrival, outcome, out);
                }
                Step::Keep { ticket, then, .. } => {
                    let outcome = outcome();
                    self.settle(ticket, Some(outcome));
                    self.kept(then, outcome, out);
                }
                Step::Append {
                    asker, room, draft, ..
                } => {
                    self.person_mut(asker.person).steps_ahead -= 1;
                    self.appended(asker, room, draft, outcome(), &mut refused, out);
                }
                Step::Locate {
                    asker,
                    room,
                    question,
                    ..
                } => {
                    self.person_mut(asker.person).steps_ahead -= 1;
                    self.located(asker, room, question, outcome(), out);
                }
                Step::Forget { .. } => assert_eq!(outcome(), Outcome::Forgotten, "a store answers each op"),
                Step::Leave { person, room, asker } => {
                    self.person_mut(person).steps_ahead -= 1;
                    self.exit(person, &room, out);
                    if let Some(asker) = asker {
                        let request = asker.request;
                        self.reply(asker, Reply::Left(Left { request, room }), out);
                    }
                }
                Step::Depart { person, peer } => {
                    if self
                        .persons
                        .get(&person)
                        .is_some_and(|person| person.peer == peer)
                    {
                        self.remove_person(person, out);
                    }
                }
            }
        }
        assert!(outcomes.next().is_none(), "a store answers each op once");
    }

    /// The store has answered what was asked with these facts.
    fn settle(&mut self, ticket: Ticket, outcome: Option<Outcome>) {
        if matches!(outcome, None | Some(Outcome::Kept)) {
            self.unsettled.kept(ticket);
        } else {
            self.unsettled.refused(&mut self.registry, ticket);
        }
    }

    fn kept(&mut self, then: Then, outcome: Outcome, out: &mut Outputs) {
        match then {
            Then::Answer(ordered) => self.ordered(*ordered, outcome, out),
            Then::Done(asker) => {
                self.person_mut(asker.person).steps_ahead -= 1;
                if let Outcome::Refused(refusal) = outcome {
                    return self.reply_refused(asker, refusal, out);
                }
                let request = asker.request;
                self.reply(asker, Reply::Done(Done { request }), out);
            }
        }
    }

    fn appended(
        &mut self,
        asker: Asker,
        room: RoomName,
        draft: Draft,
        outcome: Outcome,
        refused: &mut Refused,
        out: &mut Outputs,
    ) {
        let id = draft.id;
        let seq = match outcome {
            Outcome::Appended { seq, at_unix_ms } => {
                let record = draft.into_record(seq, at_unix_ms);
                self.publish(
                    Said {
                        room: room.clone(),
                        record,
                    },
                    out,
                );
                seq
            }
            Outcome::Known { seq } => seq,
            Outcome::Refused(refusal) => {
                self.reply_refused(asker, refusal, out);
                let is_first = refusal.is_for_now() && refused.insert((asker.person, room.clone()));
                if is_first {
                    self.block(asker.person, &room, id, out);
                }
                return;
            }
            Outcome::Located { .. } | Outcome::Forgotten | Outcome::Kept => {
                unreachable!("the outcome of an append is none of these")
            }
        };
        let request = asker.request;
        self.reply(
            asker,
            Reply::Stored(Stored {
                request,
                room,
                id,
                seq,
            }),
            out,
        );
    }

    fn publish(&mut self, said: Said, out: &mut Outputs) {
        let room = said.room.clone();
        if let Some(state) = self.rooms.get_mut(&room) {
            if let Some(turn) = state.say(said, self.limits.turn_bytes_max) {
                out.turns.push((room.clone(), turn.into()));
            }
            self.to_tell.insert(room);
        }
    }

    /// What the person says in the room after this message is refused too, until the message is said again: also what it
    /// has said already, if that was not sent yet.
    fn block(&mut self, person: PersonId, room: &RoomName, id: MessageId, out: &mut Outputs) {
        let mut blocked_on = Some(id);
        for step in std::mem::take(&mut self.gathering) {
            match step {
                Step::Append {
                    asker,
                    room: said_in,
                    draft,
                    empties,
                } if asker.person == person && said_in == *room => {
                    if blocked_on.is_some_and(|id| id != draft.id) {
                        self.person_mut(person).steps_ahead -= 1;
                        if self.peers.contains_key(&asker.peer) {
                            fail_after_refused(asker, out);
                        }
                    } else {
                        blocked_on = None;
                        self.gathering.push(Step::Append {
                            asker,
                            room: said_in,
                            draft,
                            empties,
                        });
                    }
                }
                other @ (Step::Append { .. }
                | Step::Locate { .. }
                | Step::Forget { .. }
                | Step::Arrive { .. }
                | Step::Keep { .. }
                | Step::Leave { .. }
                | Step::Depart { .. }) => self.gathering.push(other),
            }
        }
        if let Some(Place::In { blocked_on: place }) = self.person_mut(person).places.get_mut(room) {
            *place = blocked_on;
        }
    }

    fn located(&mut self, asker: Asker, room: RoomName, question: u64, outcome: Outcome, out: &mut Outputs) {
        let state = self
            .rooms
            .get_mut(&room)
            .expect("a room stays while somebody is expected");
        state.expect_one_less();
        let person = self
            .persons
            .get_mut(&asker.person)
            .expect("a person stays until its last step is taken");
        let rests_on_it = person
            .places
            .get(&room)
            .is_some_and(|place| place.rests_on(question));
        let (top, next, resumed) = match outcome {
            Outcome::Located {
                top, next, resumed, ..
            } => (top, next, resumed),
            Outcome::Refused(refusal) => {
                if rests_on_it {
                    // A room that was held is left, too.
                    person.places.remove(&room);
                    state.exit(asker.person, &person.key);
                    self.to_tell.insert(room.clone());
                }
                self.remove_if_empty(&room, out);
                return self.reply_refused(asker, refusal, out);
            }
            Outcome::Appended { .. } | Outcome::Known { .. } | Outcome::Forgotten | Outcome::Kept => {
                unreachable!("the outcome of a locate is none of these")
            }
        };
        state.advance(top.seq.next());
        state.enter(asker.person, &person.key, &person.name);
        if rests_on_it && let Some(place) = person.places.get_mut(&room) {
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
            extra: Extra::new(),
        };
        self.to_tell.insert(room);
        self.reply(asker, Reply::Joined(Box::new(joined)), out);
    }

    fn reply_refused(&self, asker: Asker, refusal: Refusal, out: &mut Outputs) {
        if !self.peers.contains_key(&asker.peer) {
            return;
        }
        match refusal {
            Refusal::IdReused => fail(asker, Code::ID_REUSED, "this id belongs to another message", out),
            Refusal::AfterRefused => fail_after_refused(asker, out),
            Refusal::Full => fail(
                asker,
                Code::STORE_UNAVAILABLE,
                "nothing can be stored for now: try again later",
                out,
            ),
            Refusal::NothingToEmpty => fail(
                asker,
                Code::NOTHING_TO_EMPTY,
                "no such message is kept, or it is empty already",
                out,
            ),
            Refusal::NotTheAuthor => fail(
                asker,
                Code::NOT_THE_AUTHOR,
                "this message is somebody else's",
                out,
            ),
            Refusal::RegistryFull => fail(asker, Code::REGISTRY_FULL, REGISTRY_FULL_TEXT, out),
            Refusal::RoomsFull => fail(
                asker,
                Code::ROOMS_FULL,
                "there can't be another room for now",
                out,
            ),
        }
    }

    /// Tells the asker, unless it is gone.
    fn reply(&self, asker: Asker, reply: Reply, out: &mut Outputs) {
        if self.peers.contains_key(&asker.peer) {
            out.replies.push((asker.peer, reply));
        }
    }
}
