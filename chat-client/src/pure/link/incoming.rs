//! What the server says.

use chat_proto::codec::{DecodeError, decode_server};
use chat_proto::frame::write_client;
use chat_proto::message::{
    ClientMessage, Joined, Leave, Left, Missed, Presence, Record, Resumed, Said, ServerMessage, Stored,
};
use chat_proto::name::{RoomName, UserName};

use super::roll::Change;
use super::room::{self, Room, Verdict};
use super::{Cause, Event, Link, Outputs, Phase, joined};

impl Link {
    pub(super) fn bytes(&mut self, now_ms: u64, mut input: &[u8], out: &mut Outputs) {
        self.heard(now_ms);
        while self.is_connected() {
            let Ok(payload) = self.decoder.next(&mut input) else {
                return self.drop_connection(now_ms, Cause::Nonsense, 0, out);
            };
            let Some(payload) = payload else { return };
            match decode_server(payload) {
                Ok(message) => self.message(now_ms, message, out),
                Err(DecodeError::Unknown { .. }) => self.unknown_messages += 1,
                Err(DecodeError::Malformed) => {
                    return self.drop_connection(now_ms, Cause::Nonsense, 0, out);
                }
            }
        }
    }

    const fn is_connected(&self) -> bool {
        matches!(
            self.phase,
            Phase::Greeting { .. } | Phase::Present(_) | Phase::Closing { .. }
        )
    }

    fn message(&mut self, now_ms: u64, message: ServerMessage, out: &mut Outputs) {
        match message {
            ServerMessage::Welcome(welcome) => {
                // A second welcome means nothing.
                if let Phase::Greeting { .. } = self.phase {
                    self.welcome(now_ms, welcome, out);
                }
            }
            ServerMessage::Refused(refused) => {
                let come_back_after_ms = refused.come_back_after_ms;
                self.sent_away(now_ms, refused.code, refused.text, come_back_after_ms, out);
            }
            ServerMessage::Goodbye(goodbye) => {
                let come_back_after_ms = goodbye.come_back_after_ms;
                self.sent_away(now_ms, goodbye.code, goodbye.text, come_back_after_ms, out);
            }
            ServerMessage::Ping(ping) => write_client(&ClientMessage::Pong(ping), &mut out.bytes),
            ServerMessage::Pong(_) | ServerMessage::Withdrawn(_) => {}
            ServerMessage::Joined(joined) => self.joined(joined, out),
            ServerMessage::Left(left) => self.left(&left, out),
            ServerMessage::Said(said) => self.said(now_ms, said, out),
            ServerMessage::Stored(stored) => self.stored(stored, out),
            ServerMessage::Presence(presence) => self.presence(&presence, out),
            ServerMessage::MemberPage(page) => self.member_page(&page, out),
            ServerMessage::Page(page) => self.page(page, out),
            ServerMessage::Found(found) => self.found(found, out),
            ServerMessage::Missed(missed) => self.missed(now_ms, missed, out),
            ServerMessage::Failed(failed) => self.failed(now_ms, failed, out),
            ServerMessage::Done(done) => self.done(done, out),
            ServerMessage::Opened(opened) => self.opened(opened, out),
            ServerMessage::RoomPage(page) => self.room_page(page, out),
            ServerMessage::Person(person) => self.person(person, out),
            ServerMessage::Announced(announced) => {
                let listed = announced.listed;
                out.events.push(Event::Announced { listed });
            }
            ServerMessage::Removed(removed) => self.removed(removed, out),
            ServerMessage::Marked(marked) => self.marked(marked, out),
        }
    }

    fn joined(&mut self, joined: Joined, out: &mut Outputs) {
        let phase = room::Phase::Joining {
            request: joined.request,
        };
        let Some(room) = self.rooms.iter_mut().find(|room| room.phase == phase) else {
            return;
        };
        let again = room.was_joined();
        let broke = room.joined(&joined, &self.me);
        let change = room.roll.joined(&joined);
        let name = room.name.clone();
        out.events.push(Event::Joined {
            room: name.clone(),
            again,
            resumed: if broke { Resumed::Diverged } else { joined.resumed },
            position: joined.position,
            count: joined.count,
            members: joined.members.to_vec(),
            roles: room.roles.among(&*joined.members),
            topic: joined::topic(&joined.extra),
            role: joined::role(&joined.extra),
            read: joined::read(&joined.extra),
        });
        if broke {
            out.events.push(Event::Broke { room: name });
        }
        tell_change(room, change, &self.me, out);
    }

    fn left(&mut self, left: &Left, out: &mut Outputs) {
        let phase = room::Phase::Leaving {
            request: left.request,
        };
        let Some(at) = self.rooms.iter().position(|room| room.phase == phase) else {
            return;
        };
        self.rooms[at].phase = room::Phase::Out;
        self.forget_unwanted(out);
    }

    fn said(&mut self, now_ms: u64, said: Said, out: &mut Outputs) {
        let Said { room, record } = said;
        match self.room_mut(&room).map(|room| room.said(&record)) {
            Some(Verdict::Next) => out.events.push(heard(room, record)),
            Some(Verdict::Old) | None => {}
            Some(Verdict::Hole) => self.tear(&room, out),
            Some(Verdict::HoleAgain) => self.drop_connection(now_ms, Cause::Nonsense, 0, out),
        }
    }

    fn missed(&mut self, now_ms: u64, missed: Missed, out: &mut Outputs) {
        let Missed { room, from, to } = missed;
        match self.room_mut(&room).map(|room| room.missed(from, to)) {
            Some((Verdict::Next, from)) => out.events.push(Event::Missed { room, from, to }),
            Some((Verdict::Old, _)) | None => {}
            Some((Verdict::Hole, _)) => self.tear(&room, out),
            Some((Verdict::HoleAgain, _)) => self.drop_connection(now_ms, Cause::Nonsense, 0, out),
        }
    }

    /// Leaves a room in which something is missing; it is joined again once we are out.
    fn tear(&mut self, name: &RoomName, out: &mut Outputs) {
        let request = self.requests.next();
        let Some(room) = self.room_mut(name) else { return };
        room.tear(request);
        let room = name.clone();
        write_client(&ClientMessage::Leave(Leave { request, room }), &mut out.bytes);
    }

    fn stored(&mut self, stored: Stored, out: &mut Outputs) {
        let Stored { room, id, seq, .. } = stored;
        if !self.outbox.stored(&room, id) {
            return;
        }
        if let Some(room) = self.room_mut(&room) {
            room.stored(seq);
        }
        out.events.push(Event::Stored { room, id, seq });
    }

    fn presence(&mut self, presence: &Presence, out: &mut Outputs) {
        let room = self.rooms.iter_mut().find(|room| room.name == presence.room);
        if let Some(room) = room.filter(|room| room.is_in()) {
            room.told_of(&presence.arrived, &presence.extra);
            let change = room.roll.presence(presence);
            tell_change(room, change, &self.me, out);
        }
    }
}

/// What the next message of a room is to the application.
fn heard(room: RoomName, record: Record) -> Event {
    match record.empties() {
        None => Event::Said { room, record },
        Some(seq) => Event::Emptied {
            room,
            seq,
            by: record.author,
            notice: record.seq,
            id: record.id,
            at_unix_ms: record.at_unix_ms,
        },
    }
}

/// Tells who came and who left, but for ourselves, and the members if they were waited for.
pub(super) fn tell_change(room: &mut Room, change: Option<Change>, me: &UserName, out: &mut Outputs) {
    if let Some(Change {
        mut arrived,
        mut left,
    }) = change
    {
        arrived.retain(|name| name != me);
        left.retain(|name| name != me);
        if !arrived.is_empty() || !left.is_empty() || !room.roll.is_known() {
            out.events.push(Event::Presence {
                room: room.name.clone(),
                roles: room.roles.among(&arrived),
                arrived,
                left,
                count: room.roll.count(),
            });
        }
    }
    if room.roll.take_wanted() {
        out.events.push(room.members());
    }
}
