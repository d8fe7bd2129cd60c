//! One server, one connection after another.
//!
//! ```text
//!            Tick: wait over           Connected                Welcome
//!   WAITING ────────────────▶ CONNECTING ───────▶ GREETING ─────────────▶ PRESENT ──all stored──▶ CLOSING
//!      ▲                          │                   │                      │                       │
//!      └──────── Event::Lost ─────┴───────────────────┴──────────────────────┘                       ▼
//!                                            Refused, Untrusted, GaveUp, Finished: from everywhere to         OVER
//! ```
//!
//! What it promises to the application:
//! - What is said is kept, in order and under its id, until the server has stored it or refused it for good; after a
//!   loss it is said again. So it is stored once, and nothing said later in the room is stored before it. To empty a
//!   message is to say something in this sense.
//! - Each message of a room is told once and in the order of its numbers. Where some can't be had, that is told
//!   ([`Event::Missed`], [`Event::Broke`]); where a server leaves one out without a word, the room is joined again.
//! - Whatever the server sends, nothing panics and nothing grows without a bound.
//!
//! It knows no clock, no socket and no randomness of its own: `now_ms` is any clock that never goes back, and the
//! carrier does what [`Outputs::action`] says.

mod asks;
mod backoff;
mod connection;
mod event;
mod failed;
mod incoming;
mod outbox;
mod outgoing;
mod roll;
mod room;
#[cfg(test)]
mod tests;

use chat_proto::frame::Decoder;
use chat_proto::ids::Secret;
use chat_proto::limits::FRAME_BYTES_MAX;
use chat_proto::message::Code;
use chat_proto::name::{RoomName, UserName};
use chat_proto::text::Note;

use asks::{Asked, Asks};
use backoff::{Backoff, Random};
use outbox::Outbox;
use room::Room;

pub use backoff::{COME_BACK_MAX_MS, DELAY_MAX_MS, FIRST_DELAY_MS};
pub use event::{Action, Cause, Command, Content, Event, Input, LinkOptions, Outputs, Query, Unsent, Wanted};
pub use outbox::{ENTRY_BYTES, OUTBOX_BYTES_MAX};
pub use roll::{GATHER_TRIES_MAX, MEMBERS_KEPT_MAX, PAGES_MAX};

/// So many messages are in flight at most, whatever the server allows.
pub const SAYS_IN_FLIGHT_MAX: usize = 256;

/// So many rooms are kept at most, whatever the server allows.
pub const ROOMS_MAX: usize = 256;

/// So many pages of history and searches are asked for at once.
pub const ASKS_MAX: usize = 64;

/// A connection that lived so long ends a row of failures: the next wait is a short one.
pub const STEADY_MS: u64 = 5_000;

/// When all is stored, so long it waits for what the rooms still have to tell, and as long for the server to close.
pub const FINISH_WAIT_MS: u64 = 5_000;

/// One server: see the [module](self).
#[derive(Debug)]
pub struct Link {
    options: LinkOptions,
    random: Random,
    backoff: Backoff,
    phase: Phase,
    /// Since when there is no connection on which we are welcome; `None` before the start and while there is one.
    down_since_ms: Option<u64>,
    decoder: Decoder,
    /// The secret of the last welcome.
    resume: Option<Secret>,
    /// A connection was lost before its hello was answered: the server may know us without our knowing it.
    may_be_known: bool,
    /// The name under which the server knows us.
    me: UserName,
    says_in_flight_max: usize,
    rooms: Vec<Room>,
    outbox: Outbox,
    asks: Asks,
    requests: Requests,
    finish: Option<Finish>,
    unknown_messages: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Waiting { until_ms: u64 },
    Connecting { deadline_ms: u64 },
    Greeting { deadline_ms: u64 },
    Present(Contact),
    Closing { deadline_ms: u64 },
    Over,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Contact {
    since_ms: u64,
    heard_at_ms: u64,
    has_pinged: bool,
}

/// The application has said everything.
#[derive(Clone, Copy, Debug, Default)]
struct Finish {
    /// Since when everything is stored.
    stored_since_ms: Option<u64>,
}

/// Numbers of requests.
#[derive(Debug)]
struct Requests(u32);

impl Requests {
    const fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(1);
        self.0
    }
}

impl Link {
    /// A link that has not begun: its first deadline is at once, and the first [`Input::Tick`] asks for a connection.
    /// Waits are drawn from `seed`.
    #[must_use]
    pub fn new(options: LinkOptions, seed: u64) -> Self {
        let mut link = Self {
            random: Random::new(seed),
            backoff: Backoff::default(),
            phase: Phase::Waiting { until_ms: 0 },
            down_since_ms: None,
            decoder: Decoder::new(FRAME_BYTES_MAX),
            resume: None,
            may_be_known: false,
            me: options.name.clone(),
            says_in_flight_max: 1,
            rooms: Vec::new(),
            outbox: Outbox::default(),
            asks: Asks::default(),
            requests: Requests(0),
            finish: None,
            unknown_messages: 0,
            options,
        };
        for (name, tail) in &link.options.rooms {
            if link.rooms.iter().all(|room| room.name != *name) {
                link.rooms.push(Room::new(name.clone(), *tail));
            }
        }
        link
    }

    /// Takes what happened at `now_ms` and adds to `out` what is to be done.
    pub fn handle(&mut self, now_ms: u64, input: Input<'_>, out: &mut Outputs) {
        if self.is_over() {
            return;
        }
        match input {
            Input::Connected => self.connected(now_ms, out),
            Input::Bytes(bytes) => self.bytes(now_ms, bytes, out),
            Input::Lost => self.carrier_lost(now_ms, out),
            Input::Untrusted(reason) => {
                let unsent = self.unsent().collect();
                let reason = reason.to_owned();
                return self.end(Event::Untrusted { reason, unsent }, out);
            }
            Input::Command(command) => self.command(command, out),
            Input::Tick => {}
        }
        self.check_deadlines(now_ms, out);
        self.advance(now_ms, out);
    }

    /// When [`Input::Tick`] is due; it does no harm earlier. `None`: nothing is waited for.
    #[must_use]
    pub fn next_deadline(&self) -> Option<u64> {
        let of_phase = match self.phase {
            Phase::Waiting { until_ms } => until_ms,
            Phase::Connecting { deadline_ms }
            | Phase::Greeting { deadline_ms }
            | Phase::Closing { deadline_ms } => deadline_ms,
            Phase::Present(contact) if contact.has_pinged => self.idle_at_ms(contact),
            Phase::Present(contact) => self.ping_at_ms(contact).min(self.idle_at_ms(contact)),
            Phase::Over => return None,
        };
        let holds = self.rooms.iter().filter_map(|room| room.hold_until_ms);
        let holds = holds.filter(|_| matches!(self.phase, Phase::Present(_)));
        let finish = self.finish.and_then(|finish| finish.stored_since_ms);
        let finish = finish.map(|since_ms| since_ms.saturating_add(FINISH_WAIT_MS));
        let finish = finish.filter(|_| matches!(self.phase, Phase::Present(_)));
        holds
            .chain(self.give_up_at_ms())
            .chain(finish)
            .chain([of_phase])
            .min()
    }

    /// Whether there is room for another [`Command::Say`] of any length, or another [`Command::Empty`].
    #[must_use]
    pub const fn can_say(&self) -> bool {
        self.outbox.has_room()
    }

    /// What was said and is not known to be stored, in order.
    pub fn unsent(&self) -> impl Iterator<Item = Unsent> {
        self.outbox.unsent()
    }

    /// Whether it has ended: nothing is told any more.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.phase == Phase::Over
    }

    /// How many messages came that this version does not know. They were ignored.
    #[must_use]
    pub const fn unknown_messages(&self) -> u64 {
        self.unknown_messages
    }

    fn command(&mut self, command: Command, out: &mut Outputs) {
        match command {
            Command::Say { room, id, kind, text } => match self.why_not_say(&room) {
                Some(code) => out.failed(Wanted::Say { room, id }, code),
                None => self.outbox.push(room, id, Content::Text { kind, text }),
            },
            Command::Empty { room, id, seq } => match self.why_not_say(&room) {
                Some(code) => out.failed(Wanted::Empty { room, id, seq }, code),
                None => self.outbox.push(room, id, Content::Emptying { seq }),
            },
            Command::Join { room, tail } => {
                if let Err(code) = self.join(&room, tail) {
                    out.failed(Wanted::Join { room }, code);
                }
            }
            Command::Leave { room } => match self.room_mut(&room) {
                Some(room) => room.is_unwanted = true,
                None => out.failed(Wanted::Leave { room }, Code::NOT_IN_ROOM),
            },
            Command::History { room, span, limit } => match self.why_not_ask(&room) {
                Some(code) => out.failed(Wanted::History { room }, code),
                None => self.asks.push(room, Asked::Page { span, limit }),
            },
            Command::Search { room, query } => match self.why_not_ask(&room) {
                Some(code) => out.failed(Wanted::Search { room, query }, code),
                None => self.asks.push(room, Asked::Search(query)),
            },
            Command::Members { room } => self.members(room, out),
            Command::Finish => {
                self.finish.get_or_insert_default();
            }
        }
    }

    fn why_not_say(&mut self, room: &RoomName) -> Option<Code> {
        if self.finish.is_some() {
            Some(Code::OUT_OF_PLACE)
        } else if !self.can_say() {
            Some(Code::TOO_FAST)
        } else if self.room_mut(room).is_none_or(|room| room.is_unwanted) {
            Some(Code::NOT_IN_ROOM)
        } else {
            None
        }
    }

    fn join(&mut self, name: &RoomName, tail: u32) -> Result<(), Code> {
        let is_full = self.rooms.len() >= ROOMS_MAX;
        match self.room_mut(name) {
            Some(room) if room.is_unwanted => room.is_unwanted = false,
            Some(_) => return Err(Code::ALREADY_IN_ROOM),
            None if is_full => return Err(Code::TOO_MANY_ROOMS),
            None => self.rooms.push(Room::new(name.clone(), tail)),
        }
        Ok(())
    }

    fn why_not_ask(&mut self, room: &RoomName) -> Option<Code> {
        if self.room_mut(room).is_none() {
            Some(Code::NOT_IN_ROOM)
        } else if self.asks.is_full() {
            Some(Code::TOO_FAST)
        } else {
            None
        }
    }

    fn members(&mut self, name: RoomName, out: &mut Outputs) {
        let Some(room) = self.room_mut(&name) else {
            return out.failed(Wanted::Members { room: name }, Code::NOT_IN_ROOM);
        };
        let is_in = room.is_in();
        room.roll.want(is_in);
        if is_in && room.roll.take_wanted() {
            out.events.push(room.members());
        }
    }

    fn room_mut(&mut self, name: &RoomName) -> Option<&mut Room> {
        self.rooms.iter_mut().find(|room| room.name == *name)
    }
}

impl Outputs {
    /// Something is not granted, and it was not the server that refused it.
    fn failed(&mut self, what: Wanted, code: Code) {
        self.events.push(Event::Failed {
            what,
            code,
            text: Note::new(""),
            retry_in_ms: None,
        });
    }
}
