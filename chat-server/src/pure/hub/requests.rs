//! What people ask for, as far as it needs no answer of the store.

use chat_proto::message::{Code, Failed};
use chat_proto::name::{RawName, RoomName, UserName};

use super::commit::{Step, Then};
use super::{Asker, Hub, Outputs, Reply};
use crate::history::fact::Fact;
use crate::pure::access::{Denied, Wish};
use crate::pure::registry::NotReleased;

impl Hub {
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

    /// Has facts kept before all that was asked for meanwhile: who asked for it may want to depart already.
    pub(super) fn keep_first(&mut self, facts: Vec<Fact>, then: Then) {
        let ticket = self.unsettled.put(&mut self.registry, &facts);
        self.gathering.insert(0, Step::Keep { facts, ticket, then });
    }

    pub(super) fn members(&mut self, asker: Asker, room: RoomName, page: u32, out: &mut Outputs) {
        if let Err(denied) = self.may(asker.person, &room, Wish::Listen) {
            return fail_denied(asker, denied, out);
        }
        let state = self.rooms.get(&room).expect("who is in a room keeps it");
        let mut shown = state.member_page(asker.request, room, page);
        self.tell_roles(&shown.room, state.keys_of_page(page), &mut shown.extra);
        out.replies.push((asker.peer, Reply::MemberPage(Box::new(shown))));
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

pub(super) fn fail_denied(asker: Asker, Denied(code, text): Denied, out: &mut Outputs) {
    fail(asker, code, text, out);
}

pub(super) fn fail_after_refused(asker: Asker, out: &mut Outputs) {
    let text = "an earlier message in this room was refused for now: say it again first, or withdraw it";
    fail(asker, Code::AFTER_REFUSED, text, out);
}
