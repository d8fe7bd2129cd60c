//! How far people have read. It is kept for a key, and told to its other connections in the room.
//!
//! Marks of one key in one room gather until a batch goes out, and then are one fact. One that is below what is on its way
//! to the store waits for that: if it is refused, the lower one is kept.

use chat_proto::ids::{LogId, PublicKey, Seq};
use chat_proto::message::{Done, Marked};
use chat_proto::name::RoomName;

use super::commit::Then;
use super::person::{PersonId, Place};
use super::requests::fail_denied;
use super::{Asker, Hub, Outputs, Reply};
use crate::history::Outcome;
use crate::history::fact::FactKind;
use crate::pure::access::Wish;
use crate::pure::registry::{Mark, Marks};
use crate::pure::room::Room;

/// Marks of one key in one room that go out together.
#[derive(Debug)]
pub(super) struct Marking {
    log: LogId,
    /// The highest of them.
    seq: Seq,
    /// Who has read how far.
    askers: Vec<(Asker, Seq)>,
}

impl Hub {
    pub(super) fn mark(&mut self, asker: Asker, room: RoomName, seq: Seq, out: &mut Outputs) {
        if let Err(denied) = self.may(asker.person, &room, Wish::Mark) {
            return fail_denied(asker, denied, out);
        }
        let key = self
            .person(asker.person)
            .owner
            .expect("only who has a key may mark");
        let top = self
            .rooms
            .get(&room)
            .and_then(Room::top)
            .expect("who was let into a room keeps it");
        // Nobody has read what is not there yet.
        let seq = seq.min(top.seq);
        if self.has_read(&key, &room, top.log, seq) && self.is_settled(&key, &room) {
            let request = asker.request;
            out.replies.push((asker.peer, Reply::Done(Done { request })));
            return;
        }
        self.person_mut(asker.person).steps_ahead += 1;
        let marking = self.to_mark.entry((key, room)).or_insert(Marking {
            log: top.log,
            seq,
            askers: Vec::new(),
        });
        marking.seq = marking.seq.max(seq);
        marking.askers.push((asker, seq));
    }

    /// The marks that have gathered become facts to be kept.
    pub(super) fn send_marks(&mut self, out: &mut Outputs) {
        while let Some(((key, room), marking)) = self.to_mark.pop_last() {
            if self.has_read(&key, &room, marking.log, marking.seq) {
                self.answer_marks(&marking.askers, Outcome::Kept, out);
                continue;
            }
            let mark = Mark {
                seq: marking.seq,
                log: marking.log,
                at_unix_ms: self.unix_ms,
            };
            let facts = self.registry.marks.set(&key, &room, mark);
            self.keep_first(facts, Then::Marked { key, room, marking });
        }
    }

    pub(super) fn marked(
        &mut self,
        key: &PublicKey,
        room: RoomName,
        marking: Marking,
        outcome: Outcome,
        out: &mut Outputs,
    ) {
        let Marking { seq, askers, .. } = marking;
        self.answer_marks(&askers, outcome, out);
        if matches!(outcome, Outcome::Refused(_)) {
            return;
        }
        let others: Vec<PersonId> = self.devices_of_key(key).collect();
        for id in others {
            let person = self.person(id);
            let knows = askers
                .iter()
                .any(|(asker, read)| asker.person == id && *read == seq);
            let is_in = matches!(person.places.get(&room), Some(Place::In { .. }));
            if is_in && !knows && self.peers.contains_key(&person.peer) {
                let room = room.clone();
                out.replies
                    .push((person.peer, Reply::Marked(Marked { room, seq })));
            }
        }
    }

    fn answer_marks(&mut self, askers: &[(Asker, Seq)], outcome: Outcome, out: &mut Outputs) {
        for (asker, _) in askers {
            self.person_mut(asker.person).steps_ahead -= 1;
            let request = asker.request;
            if let Outcome::Refused(refusal) = outcome {
                self.reply_refused(*asker, refusal, out);
            } else {
                self.reply(*asker, Reply::Done(Done { request }), out);
            }
        }
    }

    /// Whether it is known, be it kept or not yet, that a key has read so far.
    fn has_read(&self, key: &PublicKey, room: &RoomName, log: LogId, seq: Seq) -> bool {
        self.registry.marks.get(key, room, log) >= Some(seq)
    }

    /// Whether all that is known of how far a key has read in a room is kept.
    fn is_settled(&self, key: &PublicKey, room: &RoomName) -> bool {
        let mut before = self.unsettled.before(FactKind::Mark, || Marks::forget(key, room));
        before.next().is_none()
    }
}
