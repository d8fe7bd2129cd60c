//! What the server does not grant.

use chat_proto::frame::write_client;
use chat_proto::message::{ClientMessage, Code, Failed, Withdraw};
use chat_proto::name::RoomName;

use super::backoff::asked_wait_ms;
use super::outbox::Rejected;
use super::room::{self, Room};
use super::{Event, Link, Outputs, Wanted};

impl Link {
    pub(super) fn failed(&mut self, now_ms: u64, failed: Failed, out: &mut Outputs) {
        let request = failed.request;
        let joining = room::Phase::Joining { request };
        let leaving = room::Phase::Leaving { request };
        if let Some(at) = self.rooms.iter().position(|room| room.phase == joining) {
            self.join_failed(now_ms, at, failed, out);
        } else if let Some(room) = self.rooms.iter_mut().find(|room| room.phase == leaving) {
            // Out is out.
            room.phase = room::Phase::Out;
            self.forget_unwanted(out);
        } else if let Some(room) = self.rooms.iter_mut().find(|room| room.roll.has_asked(request)) {
            if room.roll.refused() {
                let room = room.name.clone();
                out.refused(Wanted::Members { room }, failed, None);
            }
        } else if let Some(what) = self.asks.refused(request) {
            out.refused(what, failed, None);
        } else if self.standing_failed(now_ms, &failed, out) {
            // It was about something of which the server is to know the newest.
        } else if failed.code.is_for_now() && self.has_home(request) {
            self.say_failed_for_now(now_ms, failed, out);
        } else {
            self.say_failed(failed, out);
        }
    }

    fn join_failed(&mut self, now_ms: u64, at: usize, failed: Failed, out: &mut Outputs) {
        let room = &mut self.rooms[at];
        room.phase = room::Phase::Out;
        let name = room.name.clone();
        if !failed.code.is_for_now() {
            out.refused(Wanted::Join { room: name }, failed.clone(), None);
            return self.forget_room(at, &failed, out);
        }
        let delay_ms = room.backoff.retry_ms(&failed, &mut self.random);
        room.hold(now_ms, delay_ms);
        out.refused(Wanted::Join { room: name }, failed, Some(delay_ms));
    }

    /// A room that can't be joined, or that we were put out of, is forgotten, with all that was wanted there.
    pub(super) fn forget_room(&mut self, at: usize, failed: &Failed, out: &mut Outputs) {
        let Room { name: room, roll, .. } = self.rooms.remove(at);
        self.give_up_room(&room, failed, out);
        if roll.is_wanted() {
            out.refused(Wanted::Members { room }, failed.clone(), None);
        }
    }

    /// What is to be said or was asked for in a room ends, but for texts on their way: those are answered.
    pub(super) fn give_up_room(&mut self, room: &RoomName, failed: &Failed, out: &mut Outputs) {
        let mut wanted = self.outbox.remove_waiting(|name| name == room);
        wanted.extend(self.asks.remove_room(room));
        for what in wanted {
            out.refused(what, failed.clone(), None);
        }
    }

    /// How far we have read, that we are away, or a list of rooms. Whether it was one of these.
    fn standing_failed(&mut self, now_ms: u64, failed: &Failed, out: &mut Outputs) -> bool {
        let request = failed.request;
        let random = &mut self.random;
        if self.away.has_asked(request) {
            let refused = self.away.refused(now_ms, failed, random);
            if let Some((text, retry_in_ms)) = refused {
                out.refused(Wanted::Away { text }, failed.clone(), retry_in_ms);
            }
        } else if let Some(room) = self.rooms.iter_mut().find(|room| room.marks.has_asked(request)) {
            if let Some((seq, retry_in_ms)) = room.marks.refused(now_ms, failed, random) {
                let room = room.name.clone();
                out.refused(Wanted::Mark { room, seq }, failed.clone(), retry_in_ms);
            }
        } else if let Some(list) = self.listings.iter_mut().find(|list| list.has_asked(request)) {
            let retry_in_ms = list.refused(now_ms, failed, random);
            // A list that nobody waits for fails without a word: older servers have none.
            let is_told = list.is_wanted();
            if retry_in_ms.is_none() {
                list.take_wanted();
            }
            if is_told {
                let mine = list.is_of_mine();
                out.refused(Wanted::Rooms { mine }, failed.clone(), retry_in_ms);
            }
        } else {
            return false;
        }
        true
    }

    /// Whether what this request said can be said again: its room is still one of ours.
    fn has_home(&self, request: u32) -> bool {
        let room = self.outbox.room_of(request);
        room.is_some_and(|name| self.rooms.iter().any(|room| room.name == *name))
    }

    /// A text waits to be said again. Those behind it fail too; the application is told of the first only.
    fn say_failed_for_now(&mut self, now_ms: u64, failed: Failed, out: &mut Outputs) {
        let blocks = failed.code != Code::AFTER_REFUSED;
        let Some(what) = self.outbox.refused_for_now(failed.request, blocks) else {
            return;
        };
        let Some(room) = self.rooms.iter_mut().find(|room| Some(&room.name) == what.room()) else {
            return;
        };
        if room.is_draining {
            let until_ms = now_ms.saturating_add(asked_wait_ms(&failed));
            room.hold_until_ms = room.hold_until_ms.max(Some(until_ms));
            return;
        }
        room.is_draining = true;
        let delay_ms = room.backoff.retry_ms(&failed, &mut self.random);
        room.hold(now_ms, delay_ms);
        out.refused(what, failed, Some(delay_ms));
    }

    fn say_failed(&mut self, failed: Failed, out: &mut Outputs) {
        let Some(Rejected { unsent, withdraw }) = self.outbox.rejected(failed.request) else {
            return;
        };
        if withdraw {
            let withdraw = Withdraw {
                request: self.requests.next(),
                room: unsent.room.clone(),
                id: unsent.id,
            };
            write_client(&ClientMessage::Withdraw(withdraw), &mut out.bytes);
        }
        out.refused(unsent.to_wanted(), failed, None);
    }
}

impl Outputs {
    /// The server refused something.
    fn refused(&mut self, what: Wanted, failed: Failed, retry_in_ms: Option<u64>) {
        self.events.push(Event::Failed {
            what,
            code: failed.code,
            text: failed.text,
            retry_in_ms,
        });
    }
}
