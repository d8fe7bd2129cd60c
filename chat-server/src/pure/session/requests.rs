//! What a welcomed peer asks for.

use chat_proto::codec::{DecodeError, decode_client};
use chat_proto::frame::write_server;
use chat_proto::limits::{EXTRA_ENTRIES_MAX, NOTE_BYTES_MAX};
use chat_proto::message::{
    Away, ClientMessage, Code, Create, Empty, Failed, History, Join, Kind, Leave, Mark, Members, Moderate,
    Open, Release, Rooms, Say, Search, ServerMessage, Whois, Withdraw, is_said_by_server,
};
use chat_proto::name::RoomName;
use chat_proto::text::Text;

use super::catch_up::Job;
use super::{Outputs, Session, State};
use crate::pure::access::{Denied, outside};
use crate::pure::hub::{Deed, HoldBack, Request, too_fast};

const SAY_HELLO_FIRST: &str = "say hello first";

impl Session {
    /// Handles what is in these bytes, after those that were put aside, as far as the peer may be heard now.
    pub(super) fn read(&mut self, mut bytes: &[u8], out: &mut Outputs) {
        while self.may_read(out.bytes.len()) {
            match self.decoder.next(&mut bytes) {
                Ok(Some(payload)) => match decode_client(payload) {
                    Ok(message) => self.message(message, out),
                    Err(error) => self.no_message(error, out),
                },
                Ok(None) => return,
                Err(error) => return self.broken(error, out),
            }
        }
        self.decoder.keep(bytes);
    }

    fn message(&mut self, message: ClientMessage, out: &mut Outputs) {
        if self.state == State::Greeting {
            return self.first_message(message, out);
        }
        if let Err(wait_ms) = self.count_request(&message) {
            return self.too_fast(message, wait_ms, out);
        }
        match message {
            ClientMessage::Hello(_) => self.dismiss(Code::OUT_OF_PLACE, "hello is said once", out),
            ClientMessage::Join(join) => self.join(join, out),
            ClientMessage::Leave(Leave { request, room }) => self.ask(Request::Leave { request, room }, out),
            ClientMessage::Say(say) => self.say(say, out),
            ClientMessage::Withdraw(Withdraw { request, room, id }) => {
                self.ask(Request::Withdraw { request, room, id }, out);
            }
            ClientMessage::History(history) => self.history(history, out),
            ClientMessage::Members(Members { request, room, page }) => {
                self.ask(Request::Members { request, room, page }, out);
            }
            ClientMessage::Empty(Empty {
                request,
                room,
                seq,
                id,
            }) => self.ask(
                Request::Empty {
                    request,
                    room,
                    seq,
                    id,
                },
                out,
            ),
            ClientMessage::Search(search) => self.search(search, out),
            ClientMessage::Ping(ping) => write_server(&ServerMessage::Pong(ping), &mut out.bytes),
            ClientMessage::Release(Release { request, name }) => {
                self.ask(Request::Release { request, name }, out);
            }
            ClientMessage::Create(Create { request, room }) => {
                self.ask(Request::Create { request, room }, out);
            }
            ClientMessage::Open(Open { request, name }) => self.ask(Request::Open { request, name }, out),
            ClientMessage::Moderate(moderate) => self.moderate(moderate, out),
            ClientMessage::Mark(Mark { request, room, seq }) => {
                self.ask(Request::Mark { request, room, seq }, out);
            }
            ClientMessage::Rooms(Rooms { request, mine, after }) => {
                self.ask(Request::Rooms { request, mine, after }, out)
            }
            ClientMessage::Whois(Whois { request, name }) => self.ask(Request::Whois { request, name }, out),
            ClientMessage::Away(Away { request, text }) => self.ask(Request::Away { request, text }, out),
            // That it was heard is all there is to it.
            ClientMessage::Pong(_) => {}
        }
    }

    /// Counts what costs the house something, and tells how long to wait if it is too much. What only gives something up is
    /// never too much, and neither are pings: their bytes are counted.
    fn count_request(&mut self, message: &ClientMessage) -> Result<(), u32> {
        match message {
            ClientMessage::Hello(_)
            | ClientMessage::Leave(_)
            | ClientMessage::Withdraw(_)
            | ClientMessage::Ping(_)
            | ClientMessage::Pong(_) => Ok(()),
            ClientMessage::Join(_)
            | ClientMessage::Say(_)
            | ClientMessage::History(_)
            | ClientMessage::Members(_)
            | ClientMessage::Empty(_)
            | ClientMessage::Search(_)
            | ClientMessage::Create(_)
            | ClientMessage::Open(_)
            | ClientMessage::Moderate(_)
            | ClientMessage::Mark(_)
            | ClientMessage::Rooms(_)
            | ClientMessage::Whois(_)
            | ClientMessage::Away(_)
            | ClientMessage::Release(_) => {
                let now_ms = self.clock.now_ms();
                self.requests.take(now_ms, self.rules.limits.requests, 1)
            }
        }
    }

    /// What is said and refused for now holds back what is said after it, which is the hub's to do; the rest fails by itself.
    fn too_fast(&mut self, message: ClientMessage, wait_ms: u32, out: &mut Outputs) {
        let request = message.request();
        if let ClientMessage::Say(Say { room, id, .. })
        | ClientMessage::Empty(Empty { room, id, .. })
        | ClientMessage::Moderate(Moderate { room, id, .. }) = message
        {
            let hold_back = Request::HoldBack(HoldBack {
                request,
                room,
                id,
                wait_ms,
            });
            return self.ask(hold_back, out);
        }
        write_server(&ServerMessage::Failed(too_fast(request, wait_ms)), &mut out.bytes);
    }

    /// Counts bytes of a peer that was welcomed: before that there are few, and a deadline.
    pub(super) fn count_bytes(&mut self, bytes: &[u8]) {
        if self.state == State::Present {
            let bytes = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
            self.bytes
                .spend(self.clock.now_ms(), self.rules.limits.bytes, bytes);
        }
    }

    /// So long the peer is not read because it has sent too much; 0 if it may be read.
    pub(super) fn bytes_wait_ms(&self) -> u32 {
        self.bytes.wait_ms(self.clock.now_ms(), self.rules.limits.bytes)
    }

    fn first_message(&mut self, message: ClientMessage, out: &mut Outputs) {
        match message {
            ClientMessage::Hello(hello) => self.hello(hello, out),
            ClientMessage::Join(_)
            | ClientMessage::Leave(_)
            | ClientMessage::Say(_)
            | ClientMessage::Withdraw(_)
            | ClientMessage::History(_)
            | ClientMessage::Members(_)
            | ClientMessage::Ping(_)
            | ClientMessage::Pong(_)
            | ClientMessage::Empty(_)
            | ClientMessage::Create(_)
            | ClientMessage::Open(_)
            | ClientMessage::Moderate(_)
            | ClientMessage::Mark(_)
            | ClientMessage::Rooms(_)
            | ClientMessage::Whois(_)
            | ClientMessage::Away(_)
            | ClientMessage::Release(_)
            | ClientMessage::Search(_) => self.dismiss(Code::OUT_OF_PLACE, SAY_HELLO_FIRST, out),
        }
    }

    fn no_message(&mut self, error: DecodeError, out: &mut Outputs) {
        match error {
            DecodeError::Unknown { request, .. } if self.state == State::Present => {
                fail(request, Code::UNKNOWN_REQUEST, &error.to_string(), out);
            }
            DecodeError::Unknown { .. } => self.dismiss(Code::OUT_OF_PLACE, SAY_HELLO_FIRST, out),
            DecodeError::Malformed => self.dismiss(Code::MALFORMED, &error.to_string(), out),
        }
    }

    fn join(&mut self, join: Join, out: &mut Outputs) {
        let Join {
            request, room, from, ..
        } = join;
        match RoomName::parse(room.as_str()) {
            Ok(room) => self.ask(Request::Join { request, room, from }, out),
            Err(error) => fail(request, Code::ROOM_NAME_INVALID, &error.to_string(), out),
        }
    }

    fn say(&mut self, say: Say, out: &mut Outputs) {
        let Say {
            request,
            room,
            id,
            kind,
            text,
            extra,
        } = say;
        if let Err(why) = check_text(kind, &text) {
            return fail(request, Code::TEXT_INVALID, why, out);
        }
        if !may_be_said(kind) {
            return fail(
                request,
                Code::KIND_NOT_ALLOWED,
                "people can't say this kind of message",
                out,
            );
        }
        if extra.iter().any(|(key, _)| is_said_by_server(key)) {
            let text = "only the server says this of a message";
            return fail(request, Code::KIND_NOT_ALLOWED, text, out);
        }
        if extra.iter().count() >= EXTRA_ENTRIES_MAX {
            let text = "leave one entry of the extra to the server";
            return fail(request, Code::TEXT_INVALID, text, out);
        }
        self.ask(
            Request::Say {
                request,
                room,
                id,
                kind,
                text,
                extra,
            },
            out,
        );
    }

    fn moderate(&mut self, moderate: Moderate, out: &mut Outputs) {
        let Moderate {
            request,
            room,
            id,
            act,
            name,
            for_ms,
            reason,
        } = moderate;
        let deed = Deed {
            id,
            act,
            name,
            for_ms,
            reason,
        };
        self.ask(Request::Moderate { request, room, deed }, out);
    }

    fn history(&mut self, history: History, out: &mut Outputs) {
        if !self.rooms.contains(&history.room) {
            return fail_outside(history.request, &history.room, out);
        }
        self.unanswered += 1;
        self.jobs.push_back(Job::History(history));
    }

    fn search(&mut self, search: Search, out: &mut Outputs) {
        if !self.rooms.contains(&search.room) {
            return fail_outside(search.request, &search.room, out);
        }
        self.unanswered += 1;
        self.jobs.push_back(Job::Search(search));
    }

    /// Asks the hub, which will reply.
    fn ask(&mut self, request: Request, out: &mut Outputs) {
        self.unanswered += 1;
        out.requests.push(request);
    }
}

/// Whether people may say it, or only the server. Kinds of later versions are carried.
fn may_be_said(kind: Kind) -> bool {
    ![Kind::MODERATION, Kind::EMPTIED].contains(&kind)
}

/// Whether it may be the text of such a message, or why not. A topic may be empty: then there is none any more.
fn check_text(kind: Kind, text: &Text) -> Result<(), &'static str> {
    match kind {
        Kind::TOPIC if text.len() > NOTE_BYTES_MAX => Err("choose a shorter topic: at most 512 bytes"),
        Kind::TOPIC => Ok(()),
        _ if text.is_empty() => Err("say something: this text is empty"),
        _ => Ok(()),
    }
}

const _: () = assert!(NOTE_BYTES_MAX == 512, "a sentence above says so");

/// The peer is not in a room.
pub(super) fn fail_outside(request: u32, room: &RoomName, out: &mut Outputs) {
    let Denied(code, text) = outside(room.privacy());
    fail(request, code, text, out);
}

pub(super) fn fail(request: u32, code: Code, text: &str, out: &mut Outputs) {
    write_server(
        &ServerMessage::Failed(Failed::new(request, code, text)),
        &mut out.bytes,
    );
}
