//! Steps: what waits for the store, or for what waits for it.

use chat_proto::ids::PublicKey;
use chat_proto::message::{Code, Done, Failed, From, Left};
use chat_proto::name::RoomName;

use super::arrival::Arrival;
use super::entering::Entry;
use super::marks::Marking;
use super::operating::{Giving, Ordered};
use super::person::PersonId;
use super::requests::{fail, fail_after_refused};
use super::saying::{Refused, Saying};
use super::unsettled::Ticket;
use super::{Asker, Hub, Outputs, PeerId, Reply};
use crate::history::fact::Fact;
use crate::history::{Draft, Op, Outcome, Refusal};
use crate::pure::access::Denied;

/// What is said when something can't be kept beside all that is kept already.
pub(super) const REGISTRY_FULL_TEXT: &str =
    "the server can't keep more for now: its operator can raise the limit";

/// Something that is done in its turn. Some ask the store, and are taken with its outcome.
#[derive(Debug)]
pub(super) enum Step {
    Append(Saying),
    /// Something may not be said. If it was said before, it is answered as it was then.
    Recall {
        asker: Asker,
        room: RoomName,
        draft: Draft,
        denied: Denied,
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
    /// A room has another owner once that is said in it.
    Give(Box<Giving>),
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

/// What follows once facts are kept.
#[derive(Debug)]
pub(super) enum Then {
    /// Whoever asked is told.
    Done(Asker),
    /// Somebody is let into a room, as its owner if that is kept.
    Enter(Box<Entry>),
    /// A room can be joined, and somebody else is told so.
    Opened {
        asker: Asker,
        room: RoomName,
        to_announce: Option<PublicKey>,
    },
    /// It is known how far somebody has read.
    Marked {
        key: PublicKey,
        room: RoomName,
        marking: Marking,
    },
    /// The operator is told.
    Answer(Box<Ordered>),
}

impl Step {
    /// What the store is asked.
    fn op(&self) -> Option<Op> {
        match self {
            Self::Append(saying) => Some(saying.op()),
            Self::Recall { room, draft, .. } => Some(Op::Recall {
                room: room.clone(),
                draft: draft.clone(),
            }),
            Self::Locate { room, from, .. } => Some(Op::Locate {
                room: room.clone(),
                from: *from,
            }),
            Self::Give(giving) => Some(Op::Act {
                room: giving.room.clone(),
                notice: giving.notice.clone(),
                facts: giving.facts.clone(),
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
        while self.in_flight.is_none() {
            self.send_marks(out);
            if self.gathering.is_empty() {
                return;
            }
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
                Step::Give(giving) => self.given(*giving, outcome(), out),
                Step::Append(saying) => {
                    self.person_mut(saying.asker.person).steps_ahead -= 1;
                    self.appended(saying, outcome(), &mut refused, out);
                }
                Step::Recall {
                    asker,
                    room,
                    draft,
                    denied,
                } => {
                    self.person_mut(asker.person).steps_ahead -= 1;
                    self.recalled(asker, room, draft.id, denied, outcome(), out);
                }
                Step::Locate {
                    asker,
                    room,
                    from,
                    question,
                } => {
                    self.person_mut(asker.person).steps_ahead -= 1;
                    self.located(asker, room, from, question, outcome(), out);
                }
                Step::Forget { .. } => assert_eq!(outcome(), Outcome::Forgotten, "a store answers each op"),
                Step::Leave { person, room, asker } => {
                    self.person_mut(person).steps_ahead -= 1;
                    self.left(person, room, asker, out);
                }
                // If a step was followed by another one, the person stays for that one.
                Step::Depart { person, peer } if self.speaks_through(person, peer) => {
                    self.depart(person, peer, out);
                }
                Step::Depart { .. } => {}
            }
        }
        assert!(outcomes.next().is_none(), "a store answers each op once");
    }

    fn speaks_through(&self, id: PersonId, peer: PeerId) -> bool {
        self.persons.get(&id).is_some_and(|person| person.peer == peer)
    }

    fn left(&mut self, id: PersonId, room: RoomName, asker: Option<Asker>, out: &mut Outputs) {
        self.exit(id, &room, out);
        if let Some(asker) = asker {
            let request = asker.request;
            self.reply(asker, Reply::Left(Left { request, room }), out);
        }
    }

    /// The store has answered what was asked with these facts.
    pub(super) fn settle(&mut self, ticket: Ticket, outcome: Option<Outcome>) {
        if matches!(outcome, None | Some(Outcome::Kept | Outcome::Appended { .. })) {
            self.unsettled.kept(ticket);
        } else {
            self.unsettled.refused(&mut self.registry, ticket);
        }
    }

    fn kept(&mut self, then: Then, outcome: Outcome, out: &mut Outputs) {
        let asker = match then {
            Then::Answer(ordered) => return self.ordered(*ordered, outcome, out),
            Then::Enter(entry) => {
                self.person_mut(entry.person()).steps_ahead -= 1;
                return self.let_in(*entry, out);
            }
            Then::Marked { key, room, marking } => return self.marked(&key, room, marking, outcome, out),
            Then::Done(asker) | Then::Opened { asker, .. } => asker,
        };
        self.person_mut(asker.person).steps_ahead -= 1;
        if let Outcome::Refused(refusal) = outcome {
            return self.reply_refused(asker, refusal, out);
        }
        match then {
            Then::Opened {
                room, to_announce, ..
            } => self.opened(asker, &room, to_announce, out),
            Then::Done(_) | Then::Enter(_) | Then::Marked { .. } | Then::Answer(_) => {
                let request = asker.request;
                self.reply(asker, Reply::Done(Done { request }), out);
            }
        }
    }

    /// Tells the asker why not, unless it is gone.
    pub(super) fn reply_denied(&self, asker: Asker, Denied(code, text): Denied, out: &mut Outputs) {
        self.reply(asker, Reply::Failed(Failed::new(asker.request, code, text)), out);
    }

    pub(super) fn reply_refused(&self, asker: Asker, refusal: Refusal, out: &mut Outputs) {
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
    pub(super) fn reply(&self, asker: Asker, reply: Reply, out: &mut Outputs) {
        if self.peers.contains_key(&asker.peer) {
            out.replies.push((asker.peer, reply));
        }
    }
}
