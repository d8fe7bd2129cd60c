//! One peer: what its bytes mean, what is allowed now, and what it is told.
//!
//! ```text
//! Greeting ──Hello──▶ Arriving ──Arrived──▶ Present ──▶ Ending      (each state may go to Ending)
//!  one deadline for both: hello_timeout_ms     pings, idle            the last bytes go out
//! ```
//! - A peer may have [`requests_in_flight_max`](SessionLimits::requests_in_flight_max) requests unanswered; then its bytes
//!   are kept unread, and the socket is not read: backpressure reaches the sender.
//! - What a peer sends has a [`Rate`](crate::pure::rate::Rate). A request beyond it fails at once with the time to wait, or is passed on to be held
//!   back, if an order is to be kept; bytes beyond it are left in the socket until the next tick after that time.
//! - For each room the session knows one number: the next message that the peer lacks. A [`Turn`] is skipped, sliced or
//!   held by it; what lies between is fetched from history in pages. So joining half-way, lagging and resuming are one.
//! - `Depart` is asked for exactly once if `Arrive` was, whatever ended the connection.
//! - A half-closed connection ends once everything that came is answered. A stopping server answers what it has passed
//!   on, says goodbye and ends.

mod catch_up;
mod greet;
mod requests;
mod rules;
mod time;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use chat_proto::frame::{Decoder, write_server};
use chat_proto::ids::{PublicKey, Secret};
use chat_proto::limits::HELLO_FRAME_BYTES_MAX;
use chat_proto::message::{Announced, Code, Marked, Ping, ServerMessage};
use chat_proto::name::RoomName;
use chat_proto::text::Note;

use self::catch_up::{Cursor, Held, Job};
pub use self::rules::{Keeping, Rules, SessionLimits};
use self::time::{Clock, Due};
use crate::history::{NoSearch, PageAnswer, PageRequest, SearchAnswer, SearchRequest};
use crate::pure::hub::{Reply, Request};
use crate::pure::rate::Bucket;
use crate::pure::room_map::RoomMap;
use crate::pure::turn::Turn;

const ONE_TOO_MANY_TEXT: &str = "too many connections come from your address: close one, or come back later";

const STOPPING_TEXT: &str = "the server stops";

const TLS_NEEDED_TEXT: &str = "from another machine this server is spoken to with TLS only: use chat-client with the link that the operator gives you, or with --tls";

/// What is known of a peer before it says anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The key that its connection has proven to have.
    pub key: Option<PublicKey>,
    /// Whether everybody who comes from there is welcome, invited or not.
    pub is_trusted_place: bool,
}

/// What happened.
#[derive(Debug)]
pub enum Input<'a> {
    /// The peer sent these bytes. Given while [`wants_bytes`](Session::wants_bytes).
    Bytes(&'a [u8]),
    /// The peer closed its write side: no more bytes will come.
    HalfClosed,
    /// The peer begins in the clear where it has to speak TLS. Given before anything else.
    TlsNeeded,
    /// The peer's address has as many connections as it may have. Given before anything else.
    OneTooMany,
    /// The connection is lost: nothing can be read or written any more.
    Lost,
    /// The hub replied.
    Reply(Reply),
    /// A room told something. Given while [`wants_turns`](Session::wants_turns); the turns of a room in their order, from
    /// its `Joined` on, but any number of them may be left out.
    Turn {
        /// The room.
        room: &'a RoomName,
        /// The turn.
        turn: &'a Arc<Turn>,
    },
    /// The answer to [`Outputs::fetch`].
    Page {
        /// The page; nothing if there is no such log any more.
        page: Option<PageAnswer>,
    },
    /// The answer to [`Outputs::search`].
    Found {
        /// What was found.
        found: Result<SearchAnswer, NoSearch>,
    },
    /// Bytes have left for the peer. [`Outputs::bytes`] holds only what still waits.
    Wrote,
    /// The server stops.
    Stop {
        /// The peer may come back after so long.
        come_back_after_ms: u32,
    },
    /// [`next_deadline`](Session::next_deadline) may have passed.
    Tick,
}

/// What is to be done. The caller's: taken by it, and reused.
#[derive(Debug, Default)]
pub struct Outputs {
    /// Frames for the peer, written before the part of a turn. The session adds at the end.
    pub bytes: Vec<u8>,
    /// For the hub, in order.
    pub requests: Vec<Request>,
    /// To be written after `bytes`. Taken before the next turn or page is given.
    pub part: Option<TurnPart>,
    /// To be looked up in history. At most one is in flight; its answer comes as [`Input::Page`].
    pub fetch: Option<Box<PageRequest>>,
    /// To be looked for in history. While this is in flight no page is, and the other way round; its answer comes as
    /// [`Input::Found`].
    pub search: Option<Box<SearchRequest>>,
    /// Rooms whose turns are not wanted any more.
    pub left: Vec<RoomName>,
    /// The session is over: once `bytes` are written, the connection is closed.
    pub end: bool,
    /// The connection is closed at once, whether `bytes` are written or not.
    pub cut: bool,
}

/// Some bytes of a turn, shared with everybody else who gets them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TurnPart {
    /// The turn.
    pub turn: Arc<Turn>,
    /// Which of its bytes.
    pub range: Range<usize>,
}

impl TurnPart {
    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.turn.bytes()[self.range.clone()]
    }
}

/// One peer. See the module's documentation.
#[derive(Debug)]
pub struct Session {
    rules: Arc<Rules>,
    secret: Secret,
    origin: Origin,
    state: State,
    closing: Closing,
    clock: Clock,
    decoder: Decoder,
    arrive_asked: bool,
    /// Requests without an answer, those for history included.
    unanswered: u32,
    rooms: RoomMap<Cursor>,
    /// What is to be looked up, one after another. While a page is in flight, it is for the first.
    jobs: VecDeque<Job>,
    is_fetching: bool,
    held: Option<Box<Held>>,
    /// A room's cursor has a mark to be told when the peer reads.
    has_marks_to_tell: bool,
    /// How many bytes waited when the last input was handled.
    waiting_bytes: usize,
    requests: Bucket,
    bytes: Bucket,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The peer has to say hello.
    Greeting,
    /// The hub has to answer.
    Arriving { version: u16 },
    /// The peer is welcome.
    Present,
    /// It is over.
    Ending,
}

/// Why the session will end by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Closing {
    No,
    /// The peer has nothing more to say.
    HalfClosed,
    /// The server stops.
    Stopping {
        come_back_after_ms: u32,
    },
}

impl Session {
    /// A peer that was accepted now, from there. `secret` is what it will show to
    /// take over from this connection.
    #[must_use]
    pub const fn new(now_ms: u64, rules: Arc<Rules>, origin: Origin, secret: Secret) -> Self {
        Self {
            rules,
            secret,
            origin,
            state: State::Greeting,
            closing: Closing::No,
            clock: Clock::new(now_ms),
            decoder: Decoder::new(HELLO_FRAME_BYTES_MAX),
            arrive_asked: false,
            unanswered: 0,
            rooms: RoomMap::new(),
            jobs: VecDeque::new(),
            is_fetching: false,
            held: None,
            has_marks_to_tell: false,
            waiting_bytes: 0,
            requests: Bucket::new(),
            bytes: Bucket::new(),
        }
    }

    /// Decides what follows from `input`, and adds it to `out`. `unix_ms` is what the peer is told as the time.
    pub fn handle(&mut self, now_ms: u64, unix_ms: u64, input: Input<'_>, out: &mut Outputs) {
        self.clock.set(now_ms);
        if self.state == State::Ending {
            return self.handle_late(input, out);
        }
        match input {
            Input::Bytes(bytes) => {
                self.clock.heard();
                self.count_bytes(bytes);
                self.read(bytes, out);
            }
            Input::HalfClosed => self.half_closed(),
            Input::TlsNeeded => self.dismiss(Code::TLS_NEEDED, TLS_NEEDED_TEXT, out),
            Input::OneTooMany => self.dismiss(Code::TOO_MANY_CONNECTIONS, ONE_TOO_MANY_TEXT, out),
            Input::Lost => {
                self.end(out);
                out.cut = true;
            }
            Input::Reply(reply) => self.replied(unix_ms, reply, out),
            Input::Turn { room, turn } => self.turn(room, turn, out),
            Input::Page { page } => self.page(page, out),
            Input::Found { found } => self.found(found, out),
            Input::Wrote => self.clock.wrote(),
            Input::Stop { come_back_after_ms } => self.stop(come_back_after_ms, out),
            Input::Tick => self.tick(out),
        }
        // What was put aside may be possible now.
        self.read(&[], out);
        self.work(out);
        self.tell_marks(out);
        self.end_if_done(out);
        self.waiting_bytes = out.bytes.len();
    }

    /// When [`Input::Tick`] is due, if nothing else happens before.
    #[must_use]
    pub fn next_deadline(&self) -> Option<u64> {
        Some(match self.state {
            State::Greeting | State::Arriving { .. } => self.clock.hello_deadline_ms(&self.rules.limits),
            State::Present => {
                let may_ping = self.may_ping(self.waiting_bytes);
                let deadline_ms = self.clock.present_deadline_ms(&self.rules.limits, may_ping);
                match self.bytes_wait_ms() {
                    0 => deadline_ms,
                    wait_ms => deadline_ms.min(self.clock.now_ms() + u64::from(wait_ms)),
                }
            }
            State::Ending => self.clock.ending_deadline_ms(&self.rules.limits),
        })
    }

    /// Whether the peer's bytes are to be read. Otherwise it has to wait, or there will be none.
    #[must_use]
    pub fn wants_bytes(&self) -> bool {
        self.closing == Closing::No && self.may_read(self.waiting_bytes) && self.bytes_wait_ms() == 0
    }

    /// Whether turns are to be given. Otherwise the peer is told of earlier messages first.
    #[must_use]
    pub fn wants_turns(&self) -> bool {
        self.state == State::Present && self.held.is_none() && !self.is_catching_up()
    }

    fn may_read(&self, waiting_bytes: usize) -> bool {
        match self.state {
            State::Greeting => true,
            State::Arriving { .. } | State::Ending => false,
            State::Present => {
                !matches!(self.closing, Closing::Stopping { .. })
                    && self.unanswered < self.rules.limits.requests_in_flight_max
                    && waiting_bytes < self.rules.limits.output_bytes_max
            }
        }
    }

    fn may_ping(&self, waiting_bytes: usize) -> bool {
        waiting_bytes == 0 && self.closing == Closing::No
    }

    fn replied(&mut self, unix_ms: u64, reply: Reply, out: &mut Outputs) {
        let message = match reply {
            Reply::Arrived { name } => {
                if let State::Arriving { version } = self.state {
                    self.welcome(unix_ms, version, name, out);
                }
                return;
            }
            Reply::Denied { code, text } => return self.deny(code, text, out),
            Reply::Dismissed { code, text } => return self.dismiss(code, text.as_str(), out),
            Reply::TakenOver => {
                return self.dismiss(
                    Code::TAKEN_OVER,
                    "you are here through another connection now",
                    out,
                );
            }
            Reply::Joined(joined) => {
                self.unanswered -= 1;
                return self.joined(*joined, out);
            }
            Reply::Left(left) => {
                self.forget_room(&left.room);
                out.left.push(left.room.clone());
                ServerMessage::Left(left)
            }
            Reply::Stored(stored) => ServerMessage::Stored(stored),
            Reply::Withdrawn(withdrawn) => ServerMessage::Withdrawn(withdrawn),
            Reply::MemberPage(page) => ServerMessage::MemberPage(*page),
            Reply::Done(done) => ServerMessage::Done(done),
            Reply::Opened(opened) => ServerMessage::Opened(*opened),
            Reply::RoomPage(page) => ServerMessage::RoomPage(*page),
            Reply::Person(person) => ServerMessage::Person(*person),
            Reply::Removed(removed) => return self.removed(*removed, out),
            Reply::Announced(listed) => {
                return self.tell_news(&ServerMessage::Announced(Announced { listed: *listed }), out);
            }
            Reply::Marked(marked) => return self.tell_mark(marked, out),
            // A session asks for none.
            Reply::Answered(_) => return,
            Reply::Failed(failed) => ServerMessage::Failed(failed),
        };
        self.unanswered -= 1;
        write_server(&message, &mut out.bytes);
    }

    /// What nobody asked for is told to a peer that reads. Another one can ask for it.
    fn tell_news(&self, message: &ServerMessage, out: &mut Outputs) {
        if self.reads(out) {
            write_server(message, &mut out.bytes);
        }
    }

    /// Whether the peer takes what it is told.
    fn reads(&self, out: &Outputs) -> bool {
        out.bytes.len() < self.rules.limits.output_bytes_max
    }

    /// The same person has read so far elsewhere. A peer that does not read is told the last one of each room later.
    fn tell_mark(&mut self, Marked { room, seq }: Marked, out: &mut Outputs) {
        if let Some(cursor) = self.rooms.get_mut(&room) {
            cursor.mark_to_tell = Some(seq);
            self.has_marks_to_tell = true;
            self.tell_marks(out);
        }
    }

    fn tell_marks(&mut self, out: &mut Outputs) {
        if self.state != State::Present || !self.has_marks_to_tell {
            return;
        }
        for place in 0..self.rooms.len() {
            if !self.reads(out) {
                return;
            }
            let (room, cursor) = self.rooms.at_mut(place);
            if let Some(seq) = cursor.mark_to_tell.take() {
                let room = room.clone();
                write_server(&ServerMessage::Marked(Marked { room, seq }), &mut out.bytes);
            }
        }
        self.has_marks_to_tell = false;
    }

    fn half_closed(&mut self) {
        if self.closing == Closing::No {
            self.closing = Closing::HalfClosed;
        }
    }

    fn stop(&mut self, come_back_after_ms: u32, out: &mut Outputs) {
        if self.state != State::Present {
            return self.refuse_until(Code::STOPPING, Note::new(STOPPING_TEXT), come_back_after_ms, out);
        }
        self.closing = Closing::Stopping { come_back_after_ms };
        self.abandon_jobs();
    }

    /// What ends by itself: a peer that has all its answers and nothing more to say, a server that stops.
    fn end_if_done(&mut self, out: &mut Outputs) {
        match (self.closing, &self.state) {
            (Closing::HalfClosed, State::Greeting) => self.end(out),
            (Closing::HalfClosed, State::Present) => {
                let has_all = self.unanswered == 0 && self.jobs.is_empty();
                if has_all && self.may_read(out.bytes.len()) {
                    self.end(out);
                }
            }
            (Closing::Stopping { come_back_after_ms }, State::Present) if self.unanswered == 0 => {
                self.say_goodbye(Code::STOPPING, STOPPING_TEXT, come_back_after_ms, out);
            }
            (Closing::No | Closing::HalfClosed | Closing::Stopping { .. }, _) => {}
        }
    }

    fn tick(&mut self, out: &mut Outputs) {
        let is_too_late = self
            .clock
            .is_past(self.clock.hello_deadline_ms(&self.rules.limits));
        match self.state {
            State::Greeting if is_too_late => {
                self.dismiss(Code::HELLO_TOO_LATE, "say hello sooner", out);
            }
            State::Arriving { .. } if is_too_late => {
                self.dismiss(Code::SERVER_FULL, "all places are taken: come back later", out);
            }
            State::Present => match self.clock.due(&self.rules.limits, self.may_ping(out.bytes.len())) {
                Due::Nothing => {}
                Due::Ping => {
                    self.clock.pinged();
                    write_server(&ServerMessage::Ping(Ping { request: 0 }), &mut out.bytes);
                }
                Due::Idle => self.dismiss(Code::IDLE, "nothing moved on this connection for too long", out),
            },
            State::Greeting | State::Arriving { .. } | State::Ending => {}
        }
    }

    /// What may still happen after the end.
    fn handle_late(&mut self, input: Input<'_>, out: &mut Outputs) {
        match input {
            Input::Lost => out.cut = true,
            Input::Tick => {
                out.cut |= self
                    .clock
                    .is_past(self.clock.ending_deadline_ms(&self.rules.limits))
            }
            Input::Bytes(_)
            | Input::HalfClosed
            | Input::TlsNeeded
            | Input::OneTooMany
            | Input::Reply(_)
            | Input::Turn { .. }
            | Input::Page { .. }
            | Input::Found { .. }
            | Input::Wrote
            | Input::Stop { .. } => {}
        }
    }
}
