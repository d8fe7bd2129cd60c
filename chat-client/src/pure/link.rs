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
//!   message, or to do something to somebody, is to say something in this sense.
//! - Each message of a room is told once and in the order of its numbers. Where some can't be had, that is told
//!   ([`Event::Missed`], [`Event::Broke`]); where a server leaves one out without a word, the room is joined again.
//! - Whatever the server sends, nothing panics and nothing grows without a bound.
//!
//! It knows no clock, no socket and no randomness of its own: `now_ms` is any clock that never goes back, and the
//! carrier does what [`Outputs::action`] says.

mod command;
mod event;
mod wanted;

mod answers;
mod asks;
mod backoff;
mod commands;
mod connection;
mod failed;
mod incoming;
mod joined;
mod latest;
mod listing;
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

use asks::Asks;
use backoff::{Backoff, Random};
use latest::Latest;
use listing::Listing;
use outbox::Outbox;
use room::Room;

pub use backoff::{COME_BACK_MAX_MS, DELAY_MAX_MS, FIRST_DELAY_MS, RETRY_PAUSE_MS};
pub use command::{Action, Command, Input, LinkOptions, Outputs, Query};
pub use event::{Cause, Event};
pub use listing::ROOMS_LISTED_MAX;
pub use outbox::{ENTRY_BYTES, OUTBOX_BYTES_MAX};
pub use roll::{GATHER_TRIES_MAX, MEMBERS_KEPT_MAX, PAGES_MAX};
pub use wanted::{Content, Unsent, Wanted};

/// So many messages are in flight at most, whatever the server allows.
pub const SAYS_IN_FLIGHT_MAX: usize = 256;

/// So many rooms are kept at most, whatever the server allows.
pub const ROOMS_MAX: usize = 256;

/// So many pages of history, searches, people and the like are asked for at once.
pub const ASKS_MAX: usize = 64;

/// A connection that lived so long ends a row of failures: the next wait is a short one.
pub const STEADY_MS: u64 = 5_000;

/// How far we have read in a room is told once in so long at most.
pub const MARK_PAUSE_MS: u64 = 1_000;

/// When all is stored, so long it waits for what the rooms still have to tell, and as long for the server to close.
pub const FINISH_WAIT_MS: u64 = 5_000;

/// One server: see the [module](self).
#[derive(Debug)]
pub struct Link {
    options: LinkOptions,
    random: Random,
    backoff: Backoff,
    phase: Phase,
    /// When the last try to connect began, if there was one.
    tried_at_ms: Option<u64>,
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
    /// Our own rooms, and the public ones.
    listings: [Listing; 2],
    away: Latest<Note>,
    /// What the server knows of our being away, as it was told to the application.
    away_told: Option<Note>,
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
            tried_at_ms: None,
            down_since_ms: None,
            decoder: Decoder::new(FRAME_BYTES_MAX),
            resume: None,
            may_be_known: false,
            me: options.name.clone(),
            says_in_flight_max: 1,
            rooms: Vec::new(),
            outbox: Outbox::default(),
            asks: Asks::default(),
            listings: [true, false].map(Listing::new),
            away: Latest::default(),
            away_told: None,
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
            Input::Lost => self.carrier_lost(now_ms, "", out),
            Input::Failed(why) => self.carrier_lost(now_ms, why, out),
            Input::Unsigned(why) => self.unsigned(now_ms, why, out),
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
        let marks = self.rooms.iter().filter(|room| room.is_in());
        let marks = marks.filter_map(|room| room.marks.next_deadline());
        let lists = self.listings.iter().filter_map(Listing::next_deadline);
        let holds = holds.chain(marks).chain(lists).chain(self.away.next_deadline());
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

    /// Takes what an earlier process said and does not know to be stored, as [`unsent`](Self::unsent) told it there: it is
    /// said again, in order and under its ids, before everything else. To be called once, before the first command.
    /// What can't be taken is given back: its room is none of those to join from the start, or there is too much.
    #[must_use = "what is given back will not be said"]
    pub fn restore(&mut self, items: impl IntoIterator<Item = Unsent>) -> Vec<Unsent> {
        let is_over = self.is_over();
        let can_be_said = |item: &Unsent| !is_over && self.is_wanted(&item.room) && !item.is_blank();
        let (items, mut refused): (Vec<_>, Vec<_>) = items.into_iter().partition(can_be_said);
        refused.extend(self.outbox.push_first(items));
        refused
    }

    /// Ends a wait for the next try to connect: the next [`Input::Tick`] tries, or the first one that is
    /// [`RETRY_PAUSE_MS`] after the last try began. While a try is under way this does nothing, and one that fails is
    /// followed by the wait that follows any other.
    pub fn retry_now(&mut self) {
        if let Phase::Waiting { until_ms } = &mut self.phase {
            let again_at_ms = self
                .tried_at_ms
                .map_or(0, |at_ms| at_ms.saturating_add(RETRY_PAUSE_MS));
            *until_ms = again_at_ms.min(*until_ms);
        }
    }

    /// Whether there is room for another [`Command::Say`] of any length, [`Command::Empty`] or [`Command::Moderate`].
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
