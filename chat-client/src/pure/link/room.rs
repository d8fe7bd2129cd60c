//! One room: where we stand in its log, and whether we are in.
//!
//! ```text
//!          Join sent             Joined                 Leave sent (we want out, or a number is missing)
//!   OUT ────────────▶ JOINING ────────────▶ IN ────────────▶ LEAVING ──Left──▶ OUT, or gone
//!    ▲                   │ refused for now
//!    └────── wait ◀──────┘            a lost connection: from everywhere to OUT
//! ```

use chat_proto::ids::{LogId, MessageId, Position, Seq};
use chat_proto::list::Extra;
use chat_proto::message::{self, Joined, Record, Resumed};
use chat_proto::name::{RoomName, UserName};

use super::Event;
use super::backoff::Backoff;
use super::joined;
use super::latest::Latest;
use super::roll::Roll;
use crate::pure::roles::{Roles, RolesOf};

#[derive(Debug)]
pub(super) struct Room {
    pub(super) name: RoomName,
    pub(super) phase: Phase,
    pub(super) roll: Roll,
    pub(super) roles: Roles,
    /// The application wants out.
    pub(super) is_unwanted: bool,
    /// Nothing is said here, or no join is tried, before this time.
    pub(super) hold_until_ms: Option<u64>,
    pub(super) backoff: Backoff,
    /// How far we have read.
    pub(super) marks: Latest<Seq>,
    /// How far the server knows that we have.
    read: Seq,
    log: Log,
    /// So many of the last messages are wanted by the first join.
    tail: u32,
    /// The last number that is known to be stored.
    top: Seq,
    /// Something was refused for now, and the answers to what was said after it are still to come.
    pub(super) is_draining: bool,
    /// The room was joined again because of a hole, and nothing was told since.
    is_suspect: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Out,
    Joining { request: u32 },
    In,
    Leaving { request: u32 },
}

/// What of the room's log was told.
#[derive(Clone, Copy, Debug)]
enum Log {
    /// We were never in the room.
    Unknown,
    /// We were in the room, and no message was told yet.
    Begun { log: LogId, expected: Seq },
    /// Everything before `expected` was told or can't be had; `last` is where we come back to.
    Told { last: Position, expected: Seq },
}

/// What a number of the room's log means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is the next.
    Next,
    /// It was told before, or is none of this connection's.
    Old,
    /// Something is missing before it: the room has to be joined again.
    Hole,
    /// Something is missing still, though the room was joined again.
    HoleAgain,
}

impl Room {
    pub(super) fn new(name: RoomName, tail: u32) -> Self {
        Self {
            name,
            phase: Phase::Out,
            roll: Roll::default(),
            roles: Roles::default(),
            is_unwanted: false,
            hold_until_ms: None,
            backoff: Backoff::default(),
            marks: Latest::default(),
            read: Seq::ZERO,
            log: Log::Unknown,
            tail,
            top: Seq::ZERO,
            is_draining: false,
            is_suspect: false,
        }
    }

    pub(super) fn is_in(&self) -> bool {
        self.phase == Phase::In
    }

    pub(super) const fn was_joined(&self) -> bool {
        !matches!(self.log, Log::Unknown)
    }

    /// Whether everything that is known to be stored was told.
    pub(super) fn is_caught_up(&self) -> bool {
        self.expected().is_some_and(|expected| expected > self.top)
    }

    pub(super) const fn is_held(&self, now_ms: u64) -> bool {
        matches!(self.hold_until_ms, Some(until_ms) if now_ms < until_ms)
    }

    /// Who is here, for the application.
    pub(super) fn members(&self) -> Event {
        let members = self.roll.names();
        Event::Members {
            room: self.name.clone(),
            count: self.roll.count(),
            roles: self.roles.among(&members),
            members,
        }
    }

    /// Where a join begins. If nothing was told yet, there is no message to come back to: the log is told from its
    /// beginning, and what lies before the expected number is old.
    pub(super) const fn from(&self) -> message::From {
        match self.log {
            Log::Unknown => message::From::Tail(self.tail),
            Log::Begun { log, .. } => message::From::After(Position::start(log)),
            Log::Told { last, .. } => message::From::After(last),
        }
    }

    /// We are in. Whether the log breaks off here from what was told before.
    pub(super) fn joined(&mut self, joined: &Joined, me: &UserName) -> bool {
        self.phase = Phase::In;
        self.know_roles(joined, me);
        self.hold_until_ms = None;
        self.backoff.reset();
        self.top = joined.position.seq;
        self.read = joined::read(&joined.extra).unwrap_or(Seq::ZERO);
        if self.marks.newest().is_some_and(|newest| *newest <= self.read) {
            self.marks.clear();
        }
        let log = joined.position.log;
        let is_known = match self.log {
            Log::Unknown => false,
            Log::Begun { log: before, .. }
            | Log::Told {
                last: Position { log: before, .. },
                ..
            } => joined.resumed != Resumed::Diverged && before == log,
        };
        if is_known {
            return false;
        }
        let broke = self.was_joined();
        if broke {
            self.marks.clear();
        }
        let after_top = Seq(joined.position.seq.0.saturating_add(1));
        let expected = joined.next.min(after_top);
        self.log = if expected == after_top {
            let last = joined.position;
            Log::Told { last, expected }
        } else {
            Log::Begun { log, expected }
        };
        broke
    }

    fn know_roles(&mut self, joined: &Joined, me: &UserName) {
        let (at, role) = (joined.position.seq, joined::role(&joined.extra));
        self.roles.joined(at);
        self.roles.told([me], &RolesOf::from([(me.clone(), role)]), at);
        self.told_of(&joined.members, &joined.extra);
    }

    /// People were told by their names, and perhaps what they are here.
    pub(super) fn told_of(&mut self, people: &[UserName], extra: &Extra) {
        if let Some((roles, at)) = joined::roles(extra, people) {
            self.roles.told(people, &roles, at);
        }
    }

    /// A message came.
    pub(super) fn said(&mut self, record: &Record) -> Verdict {
        let verdict = self.judge(record.seq);
        if verdict == Verdict::Next {
            self.is_suspect = false;
            self.roles.learn(record);
            self.advance(record.seq, Some(record.id));
        }
        verdict
    }

    /// These can't be had. From which on that is news, if it is.
    pub(super) fn missed(&mut self, from: Seq, to: Seq) -> (Verdict, Seq) {
        let expected = self.expected().unwrap_or(Seq::ZERO);
        if to < expected || to < from {
            return (Verdict::Old, expected);
        }
        let from = from.max(expected);
        let verdict = if to == Seq::MAX {
            Verdict::HoleAgain
        } else {
            self.judge(from)
        };
        if verdict == Verdict::Next {
            self.is_suspect = false;
            self.advance(to, None);
        }
        (verdict, from)
    }

    /// What we said here has this number.
    pub(super) fn stored(&mut self, seq: Seq) {
        self.backoff.reset();
        self.top = self.top.max(seq);
    }

    /// The application has read this far. Nobody reads backwards.
    pub(super) fn mark(&mut self, seq: Seq) {
        let newest = self.marks.newest().copied();
        if newest.is_none_or(|newest| newest < seq) && self.read < seq {
            self.marks.set(seq);
        }
    }

    /// The server knows what this request told.
    pub(super) fn mark_done(&mut self, request: u32) {
        if let Some(seq) = self.marks.done(request) {
            self.marked(seq);
        }
    }

    /// The server knows that we have read this far.
    pub(super) fn marked(&mut self, seq: Seq) {
        self.read = self.read.max(seq);
    }

    /// Something is missing: we leave with this request, to join again.
    pub(super) const fn tear(&mut self, request: u32) {
        self.phase = Phase::Leaving { request };
        self.is_suspect = true;
    }

    /// Something was refused for now, and waits so long.
    pub(super) fn hold(&mut self, now_ms: u64, delay_ms: u64) {
        self.hold_until_ms = Some(now_ms.saturating_add(delay_ms));
    }

    /// The connection is lost.
    pub(super) fn lost(&mut self) {
        self.phase = Phase::Out;
        self.hold_until_ms = None;
        self.is_draining = false;
        self.is_suspect = false;
        self.roll.lost();
        self.marks.lost();
    }

    const fn expected(&self) -> Option<Seq> {
        match self.log {
            Log::Unknown => None,
            Log::Begun { expected, .. } | Log::Told { expected, .. } => Some(expected),
        }
    }

    fn judge(&self, seq: Seq) -> Verdict {
        let Some(expected) = self.expected().filter(|_| self.is_in()) else {
            return Verdict::Old;
        };
        if seq < expected {
            return Verdict::Old;
        }
        // No log reaches the largest number: nothing could follow it.
        if seq == expected && seq < Seq::MAX {
            return Verdict::Next;
        }
        if self.is_suspect {
            Verdict::HoleAgain
        } else {
            Verdict::Hole
        }
    }

    /// Everything up to `to` was told, or can't be had if there is no id.
    fn advance(&mut self, to: Seq, id: Option<MessageId>) {
        let expected = to.next();
        self.log = match (self.log, id) {
            (Log::Begun { log, .. }, None) => Log::Begun { log, expected },
            (Log::Told { last, .. }, None) => Log::Told { last, expected },
            (
                Log::Begun { log, .. }
                | Log::Told {
                    last: Position { log, .. },
                    ..
                },
                Some(id),
            ) => {
                let last = Position { log, seq: to, id };
                Log::Told { last, expected }
            }
            (Log::Unknown, _) => Log::Unknown,
        };
    }
}
