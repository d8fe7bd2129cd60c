//! What is to be said to the server: always whatever the state asks for and is not on its way yet.

use chat_proto::frame::write_client;
use chat_proto::list::Extra;
use chat_proto::message::{Away, ClientMessage, Code, Join, Leave, Mark, Members};
use chat_proto::name::RawName;

use super::listing::Listing;
use super::room::Phase as RoomPhase;
use super::{Action, Event, FINISH_WAIT_MS, Link, MARK_PAUSE_MS, Outputs, Phase};

impl Link {
    /// Brings the server up to date with what is wanted.
    pub(super) fn advance(&mut self, now_ms: u64, out: &mut Outputs) {
        match self.phase {
            Phase::Present(_) => {
                self.move_rooms(now_ms, out);
                self.send_standing(now_ms, out);
                self.send_asks(out);
                self.send_says(now_ms, out);
                self.close_when_finished(now_ms, out);
            }
            Phase::Waiting { .. } | Phase::Connecting { .. } | Phase::Greeting { .. } => {
                self.forget_unwanted(out);
                if self.finish.is_some() && self.is_all_done() {
                    out.action = Some(Action::Disconnect);
                    self.end(Event::Finished, out);
                }
            }
            Phase::Closing { .. } | Phase::Over => {}
        }
    }

    /// Joins and leaves.
    fn move_rooms(&mut self, now_ms: u64, out: &mut Outputs) {
        self.forget_unwanted(out);
        for room in &mut self.rooms {
            let is_done = room.is_unwanted && !self.outbox.has_any_of(&room.name);
            if room.phase == RoomPhase::Out && !room.is_held(now_ms) {
                let request = self.requests.next();
                room.phase = RoomPhase::Joining { request };
                room.hold_until_ms = None;
                let join = Join {
                    request,
                    room: RawName::from(&room.name),
                    from: room.from(),
                    extra: Extra::new(),
                };
                write_client(&ClientMessage::Join(join), &mut out.bytes);
            } else if room.is_in() && is_done {
                let request = self.requests.next();
                room.phase = RoomPhase::Leaving { request };
                let room = room.name.clone();
                write_client(&ClientMessage::Leave(Leave { request, room }), &mut out.bytes);
            }
        }
    }

    /// Rooms that we are out of, want to be out of, and have nothing to say in.
    pub(super) fn forget_unwanted(&mut self, out: &mut Outputs) {
        self.rooms.retain(|room| {
            let is_gone =
                room.is_unwanted && room.phase == RoomPhase::Out && !self.outbox.has_any_of(&room.name);
            if is_gone {
                for what in self.asks.remove_room(&room.name) {
                    out.failed(what, Code::NOT_IN_ROOM);
                }
                let room = room.name.clone();
                out.events.push(Event::Left { room });
            }
            !is_gone
        });
    }

    /// Tells what the server is to know the newest of, and asks for lists of rooms.
    fn send_standing(&mut self, now_ms: u64, out: &mut Outputs) {
        let next_request = || self.requests.next();
        if let Some((request, text)) = self.away.send(now_ms, 0, next_request) {
            write_client(&ClientMessage::Away(Away { request, text }), &mut out.bytes);
        }
        for room in self.rooms.iter_mut().filter(|room| room.is_in()) {
            let next_request = || self.requests.next();
            if let Some((request, seq)) = room.marks.send(now_ms, MARK_PAUSE_MS, next_request) {
                let room = room.name.clone();
                write_client(&ClientMessage::Mark(Mark { request, room, seq }), &mut out.bytes);
            }
        }
        for list in &mut self.listings {
            if let Some(message) = list.next_page(now_ms, || self.requests.next()) {
                write_client(&message, &mut out.bytes);
            }
        }
    }

    /// Asks for pages of members, and for what is asked for once.
    fn send_asks(&mut self, out: &mut Outputs) {
        for room in self.rooms.iter_mut().filter(|room| room.is_in()) {
            if let Some((request, page)) = room.roll.next_page(|| self.requests.next()) {
                let room = room.name.clone();
                let members = Members { request, room, page };
                write_client(&ClientMessage::Members(members), &mut out.bytes);
            }
        }
        let rooms = &self.rooms;
        let is_in = |name: &_| rooms.iter().any(|room| room.name == *name && room.is_in());
        let next_request = || self.requests.next();
        self.asks.send(is_in, next_request, |message| {
            write_client(message, &mut out.bytes);
        });
    }

    /// Says what waits, in the rooms that we are in and that hold nothing back.
    fn send_says(&mut self, now_ms: u64, out: &mut Outputs) {
        for room in &mut self.rooms {
            if room.hold_until_ms.is_some_and(|until_ms| now_ms >= until_ms) {
                room.hold_until_ms = None;
            }
            if room.is_draining && !self.outbox.has_in_flight_of(&room.name) && room.hold_until_ms.is_none() {
                room.is_draining = false;
            }
        }
        let rooms = &self.rooms;
        let is_ready = |name: &_| {
            let room = rooms.iter().find(|room| room.name == *name);
            room.is_some_and(|room| room.is_in() && !room.is_draining)
        };
        let requests = &mut self.requests;
        self.outbox.send(self.says_in_flight_max, is_ready, |entry| {
            let request = requests.next();
            write_client(&entry.to_message(request), &mut out.bytes);
            request
        });
    }

    /// Whether we were let in, each room was joined, and nothing is left to be said or asked.
    fn is_all_done(&self) -> bool {
        let was_let_in = self.resume.is_some();
        was_let_in
            && self.outbox.is_empty()
            && self.asks.is_empty()
            && !self.listings.iter().any(Listing::is_wanted)
            && self.rooms.iter().all(|room| room.was_joined())
    }

    fn close_when_finished(&mut self, now_ms: u64, out: &mut Outputs) {
        let is_all_done = self.is_all_done();
        let is_caught_up = self.away.is_settled()
            && self
                .rooms
                .iter()
                .all(|room| room.is_caught_up() && room.marks.is_settled());
        let Some(finish) = self.finish.as_mut().filter(|_| is_all_done) else {
            return;
        };
        let since_ms = *finish.stored_since_ms.get_or_insert(now_ms);
        let waited_ms = now_ms.saturating_sub(since_ms);
        if is_caught_up || waited_ms >= FINISH_WAIT_MS {
            self.phase = Phase::Closing {
                deadline_ms: now_ms.saturating_add(FINISH_WAIT_MS),
            };
            out.action = Some(Action::CloseWriteSide);
        }
    }
}
