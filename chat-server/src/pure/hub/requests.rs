//! What people ask for, as far as it needs no answer of the store.

use chat_proto::ids::{MessageId, Seq};
use chat_proto::list::Extra;
use chat_proto::message::{Code, EXTRA_EMPTIES, Failed, From, Kind, Withdrawn};
use chat_proto::name::{RawName, RoomName, UserName};
use chat_proto::text::Text;

use super::commit::{Step, Then};
use super::person::{PersonId, Place};
use super::{Asker, Hub, Outputs, Reply};
use crate::history::Draft;
use crate::history::fact::Fact;
use crate::pure::registry::NotReleased;

/// Body of [`Request::HoldBack`](super::Request::HoldBack).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldBack {
    /// Echoed in the answer.
    pub request: u32,
    /// The room.
    pub room: RoomName,
    /// The message's id.
    pub id: MessageId,
    /// It may be said again after so long.
    pub wait_ms: u32,
}

impl Hub {
    pub(super) fn join(&mut self, asker: Asker, room: RoomName, from: From, out: &mut Outputs) {
        let question = self.number();
        // All who are in a room share its name.
        let room = self
            .rooms
            .get_key_value(&room)
            .map_or(room, |(known, _)| known.clone());
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
        person.steps_ahead += 1;
        self.rooms.entry(room.clone()).or_default().expect_one();
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
            Some(Place::Joining { .. }) | None => fail_not_in_room(asker, out),
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

    /// `empties` is the message that is emptied with it: then the draft is the notice that says so.
    pub(super) fn say(
        &mut self,
        asker: Asker,
        room: RoomName,
        draft: Draft,
        empties: Option<Seq>,
        out: &mut Outputs,
    ) {
        let person = self.person_mut(asker.person);
        let Some(Place::In { blocked_on }) = person.places.get_mut(&room) else {
            return fail_not_in_room(asker, out);
        };
        if blocked_on.is_some_and(|id| id != draft.id) {
            return fail_after_refused(asker, out);
        }
        *blocked_on = None;
        person.steps_ahead += 1;
        self.gathering.push(Step::Append {
            asker,
            room,
            draft,
            empties,
        });
    }

    /// What the person says in the room is refused until this message is said again or withdrawn.
    pub(super) fn hold_back(&mut self, asker: Asker, held: &HoldBack, out: &mut Outputs) {
        let person = self.person_mut(asker.person);
        let Some(Place::In { blocked_on }) = person.places.get_mut(&held.room) else {
            return fail_not_in_room(asker, out);
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
            return fail_not_in_room(asker, out);
        };
        if *blocked_on == Some(id) {
            *blocked_on = None;
        }
        let request = asker.request;
        out.replies
            .push((asker.peer, Reply::Withdrawn(Withdrawn { request, room, id })));
    }

    pub(super) fn release(&mut self, asker: Asker, name: &RawName, out: &mut Outputs) {
        let Some(key) = self.person(asker.person).owner else {
            let text = "only a key owns names: connect with yours";
            return fail(asker, Code::KEY_NEEDED, text, out);
        };
        let name = match UserName::parse(name.as_str()) {
            Ok(name) => name,
            Err(error) => return fail(asker, Code::NAME_INVALID, &error.to_string(), out),
        };
        let facts = match self.registry.names.release(&name, &key) {
            Ok(fact) => vec![fact],
            Err(NotReleased::NotOwned) => {
                return fail(asker, Code::NOT_ALLOWED, "your key does not own this name", out);
            }
            Err(NotReleased::TooMany) => {
                let text = "your key has released as many names as it can: ask the operator to free one";
                return fail(asker, Code::TOO_MANY_NAMES, text, out);
            }
        };
        self.person_mut(asker.person).steps_ahead += 1;
        self.keep(facts, Then::Done(asker));
    }

    /// Has facts of the registry's own making kept.
    pub(super) fn keep(&mut self, facts: Vec<Fact>, then: Then) {
        let ticket = self.unsettled.put(&mut self.registry, &facts);
        self.gathering.push(Step::Keep { facts, ticket, then });
    }

    pub(super) fn members(&mut self, asker: Asker, room: RoomName, page: u32, out: &mut Outputs) {
        let (Some(Place::In { .. }), Some(state)) =
            (self.person(asker.person).places.get(&room), self.rooms.get(&room))
        else {
            return fail_not_in_room(asker, out);
        };
        let page = state.member_page(asker.request, room, page);
        out.replies.push((asker.peer, Reply::MemberPage(Box::new(page))));
    }
}

/// What the log says of a message that was emptied.
pub(super) fn emptied_notice(id: MessageId, author: UserName, seq: Seq) -> Draft {
    let mut extra = Extra::new();
    assert!(
        extra.insert(EXTRA_EMPTIES, &seq.0.to_be_bytes()),
        "a number fits an empty extra"
    );
    Draft {
        id,
        author,
        kind: Kind::MODERATION,
        text: Text::new(&format!("emptied message {seq}")).expect("it is short"),
        extra,
    }
}

/// Something was asked for too soon.
pub(in crate::pure) fn too_fast(request: u32, wait_ms: u32) -> Failed {
    let text = "too much in too short a time: wait a moment";
    Failed {
        wait_ms,
        ..Failed::new(request, Code::TOO_FAST, text)
    }
}

pub(super) fn fail(asker: Asker, code: Code, text: &str, out: &mut Outputs) {
    let failed = Failed::new(asker.request, code, text);
    out.replies.push((asker.peer, Reply::Failed(failed)));
}

pub(super) fn fail_not_in_room(asker: Asker, out: &mut Outputs) {
    fail(asker, Code::NOT_IN_ROOM, "join the room first", out);
}

pub(super) fn fail_after_refused(asker: Asker, out: &mut Outputs) {
    let text = "an earlier message in this room was refused for now: say it again first, or withdraw it";
    fail(asker, Code::AFTER_REFUSED, text, out);
}
