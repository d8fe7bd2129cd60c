//! What is said in a room, and what changes with it.

use std::collections::BTreeSet;

use chat_proto::ids::{MessageId, PublicKey, Seq};
use chat_proto::list::Extra;
use chat_proto::message::{Code, EXTRA_EMPTIES, EXTRA_UNPROVEN, Kind, Said, Stored, Withdrawn};
use chat_proto::name::{RoomName, UserName};
use chat_proto::text::{Note, Text};

use super::commit::Step;
use super::moderation::Target;
use super::person::{PersonId, Place};
use super::requests::{fail_after_refused, fail_denied, too_fast};
use super::unsettled::Ticket;
use super::{Asker, HoldBack, Hub, Outputs, Reply};
use crate::history::fact::Fact;
use crate::history::{Draft, EmptiedBy, Op, Outcome};
use crate::pure::access::{Denied, Wish, outside};
use crate::pure::registry::Topics;

/// What changes together with what is said.
#[derive(Debug)]
pub(super) enum Change {
    Nothing,
    /// A message is emptied: what is said is the notice of it.
    Empties {
        seq: Seq,
        by: EmptiedBy,
    },
    /// What is so from now on: what is said is the notice of it, or the topic.
    Facts {
        facts: Vec<Fact>,
        effect: Effect,
    },
}

/// What else has to be done once it is stored.
#[derive(Clone, Debug)]
pub(super) enum Effect {
    Nothing,
    /// Somebody is put out of the room.
    Removes {
        target: Target,
        code: Code,
        text: Note,
    },
    /// Somebody can join the room from now on.
    Announces(PublicKey),
}

/// Who was refused a message for now, and in which room: the first of a batch, which holds back the others. It may be refused
/// because of one that another device of the same person said.
pub(super) type Refused = BTreeSet<(PersonId, RoomName)>;

/// Something on its way to the store.
#[derive(Debug)]
pub(super) struct Saying {
    pub(super) asker: Asker,
    room: RoomName,
    draft: Draft,
    change: Change,
    /// Of the facts that change with it, if any do.
    ticket: Option<Ticket>,
}

impl Saying {
    /// What the store is asked.
    pub(super) fn op(&self) -> Op {
        let (room, draft) = (self.room.clone(), self.draft.clone());
        match &self.change {
            Change::Nothing => Op::Append { room, draft },
            Change::Empties { seq, by } => Op::Empty {
                room,
                seq: *seq,
                by: *by,
                notice: draft,
            },
            Change::Facts { facts, .. } => Op::Act {
                room,
                notice: draft,
                facts: facts.clone(),
            },
        }
    }
}

impl Hub {
    pub(super) fn speak(&mut self, asker: Asker, room: RoomName, draft: Draft, out: &mut Outputs) {
        if draft.kind == Kind::TOPIC {
            let facts = vec![Topics::set(&room, draft.text.as_str())];
            let effect = Effect::Nothing;
            return self.say(
                asker,
                room,
                draft,
                Wish::Topic,
                Change::Facts { facts, effect },
                out,
            );
        }
        self.say(asker, room, draft, Wish::Say, Change::Nothing, out);
    }

    /// Empties a message: one's own, or as an operator somebody else's.
    pub(super) fn empty(&mut self, asker: Asker, room: RoomName, seq: Seq, id: MessageId, out: &mut Outputs) {
        let notice = emptied_notice(id, self.person(asker.person).name.clone(), seq);
        let is_operator = self.may(asker.person, &room, Wish::EmptyOthers).is_ok();
        let by = if is_operator {
            EmptiedBy::Operator
        } else {
            EmptiedBy::Author
        };
        self.say(asker, room, notice, Wish::Say, Change::Empties { seq, by }, out);
    }

    /// Says something, if that is allowed now. Otherwise it may have been said already, when it was.
    pub(super) fn say(
        &mut self,
        asker: Asker,
        room: RoomName,
        mut draft: Draft,
        wish: Wish,
        change: Change,
        out: &mut Outputs,
    ) {
        self.mark_unproven(asker.person, &mut draft);
        let allowed = self.may(asker.person, &room, wish);
        let person = self.person_mut(asker.person);
        let Some(Place::In { blocked_on }) = person.places.get_mut(&room) else {
            return fail_denied(asker, outside(room.privacy()), out);
        };
        if let Err(denied) = allowed {
            return self.recall(asker, room, draft, denied);
        }
        if blocked_on.is_some_and(|id| id != draft.id) {
            return fail_after_refused(asker, out);
        }
        *blocked_on = None;
        person.steps_ahead += 1;
        let ticket = if let Change::Facts { facts, .. } = &change {
            Some(self.unsettled.put(&mut self.registry, facts))
        } else {
            None
        };
        self.gathering.push(Step::Append(Saying {
            asker,
            room,
            draft,
            change,
            ticket,
        }));
    }

    /// Marks what somebody says who has shown no key.
    fn mark_unproven(&self, person: PersonId, draft: &mut Draft) {
        if self.person(person).owner.is_none() {
            let has_room = draft.extra.insert(EXTRA_UNPROVEN, b"");
            assert!(has_room, "a session leaves room for the server's own entry");
        }
    }

    /// Refuses to store something, unless it is stored already.
    pub(super) fn recall(&mut self, asker: Asker, room: RoomName, draft: Draft, denied: Denied) {
        self.person_mut(asker.person).steps_ahead += 1;
        self.gathering.push(Step::Recall {
            asker,
            room,
            draft,
            denied,
        });
    }

    /// What the person says in the room is refused until this message is said again or withdrawn.
    pub(super) fn hold_back(&mut self, asker: Asker, held: HoldBack, out: &mut Outputs) {
        let person = self.person_mut(asker.person);
        let Some(Place::In { blocked_on }) = person.places.get_mut(&held.room) else {
            return fail_denied(asker, outside(held.room.privacy()), out);
        };
        if blocked_on.is_some_and(|earlier| earlier != held.id) {
            return fail_after_refused(asker, out);
        }
        *blocked_on = Some(held.id);
        let failed = too_fast(asker.request, held.wait_ms);
        out.replies.push((asker.peer, Reply::Failed(failed)));
    }

    pub(super) fn withdraw(&mut self, asker: Asker, room: RoomName, id: MessageId, out: &mut Outputs) {
        let Some(Place::In { blocked_on }) = self.person_mut(asker.person).places.get_mut(&room) else {
            return fail_denied(asker, outside(room.privacy()), out);
        };
        if *blocked_on == Some(id) {
            *blocked_on = None;
        }
        let request = asker.request;
        out.replies
            .push((asker.peer, Reply::Withdrawn(Withdrawn { request, room, id })));
    }

    pub(super) fn appended(
        &mut self,
        saying: Saying,
        outcome: Outcome,
        refused: &mut Refused,
        out: &mut Outputs,
    ) {
        let Saying {
            asker,
            room,
            draft,
            change,
            ticket,
        } = saying;
        if let Some(ticket) = ticket {
            self.settle(ticket, Some(outcome));
        }
        let id = draft.id;
        match outcome {
            Outcome::Appended { seq, at_unix_ms } => {
                let said = Said {
                    room: room.clone(),
                    record: draft.into_record(seq, at_unix_ms),
                };
                self.publish(said, out);
                self.reply_stored(asker, room.clone(), id, seq, out);
                if let Change::Facts { effect, .. } = change {
                    self.take_effect(&room, effect, out);
                }
            }
            Outcome::Known { seq } => self.reply_stored(asker, room, id, seq, out),
            Outcome::Refused(refusal) => {
                self.reply_refused(asker, refusal, out);
                let is_first = refusal.is_for_now() && refused.insert((asker.person, room.clone()));
                if is_first {
                    self.block(asker.person, &room, id, out);
                }
            }
            Outcome::Located { .. } | Outcome::Unknown | Outcome::Forgotten | Outcome::Kept => {
                unreachable!("the outcome of an append is none of these")
            }
        }
    }

    /// What was not allowed is answered all the same, if it was stored before.
    pub(super) fn recalled(
        &mut self,
        asker: Asker,
        room: RoomName,
        id: MessageId,
        denied: Denied,
        outcome: Outcome,
        out: &mut Outputs,
    ) {
        if let Outcome::Known { seq } = outcome {
            self.reply_stored(asker, room, id, seq, out);
        } else {
            self.reply_denied(asker, denied, out);
        }
    }

    fn reply_stored(&self, asker: Asker, room: RoomName, id: MessageId, seq: Seq, out: &mut Outputs) {
        let request = asker.request;
        let stored = Stored {
            request,
            room,
            id,
            seq,
        };
        self.reply(asker, Reply::Stored(stored), out);
    }

    pub(super) fn publish(&mut self, said: Said, out: &mut Outputs) {
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
        let taken_back = self.take_back(person, room, |said| {
            if blocked_on == Some(said) {
                blocked_on = None;
            }
            blocked_on.is_none()
        });
        for asker in taken_back {
            if self.peers.contains_key(&asker.peer) {
                fail_after_refused(asker, out);
            }
        }
        if let Some(Place::In { blocked_on: place }) = self.person_mut(person).places.get_mut(room) {
            *place = blocked_on;
        }
    }

    /// Takes back what a person has said in a room and what was not sent yet, but for what is to stay.
    pub(super) fn take_back(
        &mut self,
        person: PersonId,
        room: &RoomName,
        mut stays: impl FnMut(MessageId) -> bool,
    ) -> Vec<Asker> {
        let mut taken_back = Vec::new();
        for step in std::mem::take(&mut self.gathering) {
            match step {
                Step::Append(saying)
                    if saying.asker.person == person && saying.room == *room && !stays(saying.draft.id) =>
                {
                    self.person_mut(person).steps_ahead -= 1;
                    if let Some(ticket) = saying.ticket {
                        self.unsettled.refused(&mut self.registry, ticket);
                    }
                    taken_back.push(saying.asker);
                }
                other @ (Step::Append(_)
                | Step::Recall { .. }
                | Step::Locate { .. }
                | Step::Forget { .. }
                | Step::Arrive { .. }
                | Step::Give(_)
                | Step::Keep { .. }
                | Step::Leave { .. }
                | Step::Depart { .. }) => self.gathering.push(other),
            }
        }
        taken_back
    }
}

/// What the log says of a message that was emptied.
fn emptied_notice(id: MessageId, author: UserName, seq: Seq) -> Draft {
    let text = format!("emptied message {seq}");
    notice_of(id, author, &text, (EXTRA_EMPTIES, &seq.0.to_be_bytes()))
}

/// What the log says of something that was done: to people in a text, to programs in an entry of the extra.
///
/// # Panics
/// If a text or an extra is not that long.
pub(super) fn notice_of(id: MessageId, author: UserName, text: &str, entry: (u16, &[u8])) -> Draft {
    let mut extra = Extra::new();
    let (key, value) = entry;
    assert!(extra.insert(key, value), "a deed fits an empty extra");
    Draft {
        id,
        author,
        kind: Kind::MODERATION,
        text: Text::new(text).expect("names and a reason are shorter than a text"),
        extra,
    }
}
