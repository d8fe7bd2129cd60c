//! What the server does not grant.

use chat_proto::frame::write_client;
use chat_proto::message::{ClientMessage, Code, Failed, Withdraw};

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
        } else if failed.code.is_for_now() {
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
        let delay_ms = room.backoff.next_delay_ms(&mut self.random);
        room.hold(now_ms, delay_ms);
        out.refused(Wanted::Join { room: name }, failed, Some(delay_ms));
    }

    /// A room that can't be joined is forgotten, with all that was wanted there.
    fn forget_room(&mut self, at: usize, failed: &Failed, out: &mut Outputs) {
        let Room { name: room, roll, .. } = self.rooms.remove(at);
        let mut wanted = self.outbox.remove_room(&room);
        if roll.is_wanted() {
            wanted.push(Wanted::Members { room: room.clone() });
        }
        wanted.extend(self.asks.remove_room(&room));
        for what in wanted {
            out.refused(what, failed.clone(), None);
        }
    }

    /// A text waits to be said again. Those behind it fail too; the application is told of the first only.
    fn say_failed_for_now(&mut self, now_ms: u64, failed: Failed, out: &mut Outputs) {
        let blocks = failed.code != Code::AFTER_REFUSED;
        let Some(what) = self.outbox.refused_for_now(failed.request, blocks) else {
            return;
        };
        let Some(room) = self.rooms.iter_mut().find(|room| room.name == *what.room()) else {
            return;
        };
        if room.is_draining {
            return;
        }
        room.is_draining = true;
        let delay_ms = room.backoff.next_delay_ms(&mut self.random);
        room.hold(now_ms, delay_ms);
        out.refused(what, failed, Some(delay_ms));
    }

    fn say_failed(&mut self, failed: Failed, out: &mut Outputs) {
        let Some(Rejected { wanted, id, withdraw }) = self.outbox.rejected(failed.request) else {
            return;
        };
        if withdraw {
            let withdraw = Withdraw {
                request: self.requests.next(),
                room: wanted.room().clone(),
                id,
            };
            write_client(&ClientMessage::Withdraw(withdraw), &mut out.bytes);
        }
        out.refused(wanted, failed, None);
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
