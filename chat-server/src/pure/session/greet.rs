//! From the first byte to the welcome, and how a connection ends.

use chat_proto::frame::{FrameError, write_server};
use chat_proto::ids::Invitation;
use chat_proto::limits::{FRAME_BYTES_MAX, TEXT_BYTES_MAX, VERSION_NEWEST, VERSION_OLDEST};
use chat_proto::list::Extra;
use chat_proto::message::{Code, EXTRA_INVITATION, Goodbye, Hello, Refused, ServerMessage, Welcome};
use chat_proto::name::UserName;
use chat_proto::text::Note;

use super::{Outputs, Session, State};
use crate::pure::hub::Request;

/// What somebody reads who speaks to the server with a browser or by hand.
pub(super) const HINT: &str = "This is a chat server. It speaks in frames, not in lines of text: use chat-client, or see PROTOCOL.md.\n";

/// Who is sent away for now should not come back sooner.
const COME_BACK_AFTER_MS: u32 = 1000;

impl Session {
    pub(super) fn hello(&mut self, hello: Hello, out: &mut Outputs) {
        // Reversed, the range of the peer's versions overlaps with nothing.
        let version = hello.version_newest.min(VERSION_NEWEST);
        if version < hello.version_oldest.max(VERSION_OLDEST) {
            let text = format!(
                "this server speaks versions {VERSION_OLDEST} to {VERSION_NEWEST}: update the older side"
            );
            return self.refuse(Code::VERSION, &text, out);
        }
        let name = match UserName::parse(hello.name.as_str()) {
            Ok(name) => name,
            Err(error) => return self.refuse(Code::NAME_INVALID, &error.to_string(), out),
        };
        let invitation = match hello.extra.get(EXTRA_INVITATION).map(<[u8; 16]>::try_from) {
            Some(Ok(invitation)) => Some(Invitation::from_bytes(invitation)),
            Some(Err(_)) => {
                return self.refuse(Code::INVITATION_INVALID, "an invitation has sixteen bytes", out);
            }
            None => None,
        };
        self.state = State::Arriving { version };
        self.arrive_asked = true;
        out.requests.push(Request::Arrive {
            name,
            instance: hello.instance,
            resume: hello.resume,
            secret: self.secret,
            key: self.origin.key,
            invitation,
            is_trusted_place: self.origin.is_trusted_place,
        });
    }

    pub(super) fn welcome(&mut self, unix_ms: u64, version: u16, name: UserName, out: &mut Outputs) {
        self.state = State::Present;
        self.decoder.raise_limit(FRAME_BYTES_MAX);
        let limits = &self.rules.limits;
        let welcome = Welcome {
            version,
            name,
            resume: self.secret,
            storage: self.rules.keeping.storage,
            ping_interval_ms: limits.ping_interval_ms,
            idle_timeout_ms: limits.idle_timeout_ms,
            text_bytes_max: u32::try_from(TEXT_BYTES_MAX).expect("a text is far below 4 GiB"),
            says_in_flight_max: limits.requests_in_flight_max,
            rooms_max: limits.rooms_max,
            dedupe_ids: self.rules.keeping.dedupe_ids,
            dedupe_ms: self.rules.keeping.dedupe_ms,
            now_unix_ms: unix_ms,
            extra: Extra::new(),
        };
        write_server(&ServerMessage::Welcome(welcome), &mut out.bytes);
    }

    /// The peer's bytes are not frames.
    pub(super) fn broken(&mut self, error: FrameError, out: &mut Outputs) {
        if self.state == State::Greeting && error.is_other_protocol() {
            out.bytes.extend_from_slice(HINT.as_bytes());
            return self.end(out);
        }
        let code = match error {
            FrameError::TooLong { .. } => Code::FRAME_TOO_LONG,
            FrameError::Empty => Code::MALFORMED,
        };
        self.dismiss(code, &error.to_string(), out);
    }

    /// Ends the connection with a reason, in the words that fit the state.
    pub(super) fn dismiss(&mut self, code: Code, text: &str, out: &mut Outputs) {
        match self.state {
            State::Greeting | State::Arriving { .. } => self.refuse(code, text, out),
            State::Present => self.say_goodbye(code, text, come_back_after_ms(code), out),
            State::Ending => {}
        }
    }

    /// The hub says no.
    pub(super) fn deny(&mut self, code: Code, text: Note, out: &mut Outputs) {
        self.refuse_until(code, text, come_back_after_ms(code), out);
    }

    fn refuse(&mut self, code: Code, text: &str, out: &mut Outputs) {
        self.refuse_until(code, Note::new(text), come_back_after_ms(code), out);
    }

    pub(super) fn refuse_until(
        &mut self,
        code: Code,
        text: Note,
        come_back_after_ms: u32,
        out: &mut Outputs,
    ) {
        let refused = Refused {
            code,
            text,
            come_back_after_ms,
        };
        write_server(&ServerMessage::Refused(refused), &mut out.bytes);
        self.end(out);
    }

    pub(super) fn say_goodbye(&mut self, code: Code, text: &str, come_back_after_ms: u32, out: &mut Outputs) {
        let text = Note::new(text);
        let goodbye = Goodbye {
            code,
            text,
            come_back_after_ms,
        };
        write_server(&ServerMessage::Goodbye(goodbye), &mut out.bytes);
        self.end(out);
    }

    /// The last thing that happens, whatever the reason.
    pub(super) fn end(&mut self, out: &mut Outputs) {
        if self.state == State::Ending {
            return;
        }
        self.state = State::Ending;
        self.clock.ended();
        if self.arrive_asked {
            out.requests.push(Request::Depart);
        }
        self.jobs.clear();
        self.held = None;
        self.rooms.clear();
        out.end = true;
    }
}

const fn come_back_after_ms(code: Code) -> u32 {
    if code.is_for_now() { COME_BACK_AFTER_MS } else { 0 }
}
