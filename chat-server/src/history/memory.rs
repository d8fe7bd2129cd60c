//! The store that keeps everything in memory, and nothing when the process ends.
//!
//! It never refuses a message for want of room: over a bound the oldest records go, those of a room over the room's bounds,
//! those of the fattest room over the bound in all. Numbers stay, and so do the ids of messages, for longer than
//! their records, so that what is said again is still known.
//!
//! A room that everybody has left keeps its log until the place is needed: when there are as many rooms as there may be,
//! a new one takes the place of the one that was abandoned longest. A room that somebody is in is never given up.
//!
//! Facts are remembered by whoever has them kept, for as long as this store lives; here is only what they take.

mod log;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::convert::Infallible;
use std::hash::{DefaultHasher, Hash, Hasher};

use chat_proto::ids::Seq;
use chat_proto::limits::{RECORD_HEADER_BYTES_MAX, TEXT_BYTES_MAX};
use chat_proto::message::From;
use chat_proto::name::{RoomName, UserName};

use crate::history::fact::{Fact, FactLimits, FactTotal};
use crate::history::{Draft, EmptiedBy, LogIds, Op, Outcome, PageAnswer, PageRequest, Refusal};
use log::Log;

/// What a record takes besides what it takes on the wire: its place in the log.
const RECORD_BYTES: usize = 128;

/// What a remembered id takes: the id twice, the number and the digest, and the tables' free places.
const ID_BYTES: usize = 96;

/// The most that one record can take.
const LONGEST_RECORD_BYTES: usize = RECORD_BYTES + RECORD_HEADER_BYTES_MAX + TEXT_BYTES_MAX;

/// The bounds of a store in memory. Bytes are counted so that the truth is not more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryLimits {
    /// Records of one room.
    pub room_records_max: usize,
    /// Bytes of one room's records.
    pub room_bytes_max: usize,
    /// Remembered ids of one room, those of its records included. More are forgotten, first in first out.
    pub room_ids_max: usize,
    /// Rooms. One more takes the place of the one that was abandoned longest; without such a one there can't be one more.
    pub rooms_max: usize,
    /// Bytes of all rooms' records and ids.
    pub bytes_max: usize,
    /// Facts.
    pub facts: FactLimits,
}

impl Default for MemoryLimits {
    fn default() -> Self {
        Self {
            room_records_max: 10_000,
            room_bytes_max: 8 * 1024 * 1024,
            room_ids_max: 100_000,
            rooms_max: 4096,
            bytes_max: 256 * 1024 * 1024,
            facts: FactLimits::default(),
        }
    }
}

/// A store in memory.
#[derive(Debug)]
pub struct Memory {
    limits: MemoryLimits,
    log_ids: LogIds,
    logs: BTreeMap<RoomName, Log>,
    /// The rooms that nobody is in, the one that was abandoned longest first. Their logs know their numbers here.
    abandoned: BTreeMap<u64, RoomName>,
    rooms_abandoned: u64,
    bytes: usize,
    facts: FactTotal,
    /// What the fact in each place takes. Only looked up in, never walked through.
    fact_bytes: HashMap<u64, u64>,
}

impl Memory {
    /// An empty store. Two stores with different seeds make different logs.
    ///
    /// # Panics
    /// If a bound makes no sense beside another: one record must fit a room, one room must fit all, and the ids of
    /// all records must fit the ids.
    #[must_use]
    pub fn new(limits: MemoryLimits, seed: u64) -> Self {
        assert!(limits.room_records_max > 0, "a room keeps at least a record");
        assert!(
            limits.room_bytes_max >= LONGEST_RECORD_BYTES,
            "the longest record fits a room"
        );
        assert!(
            limits.room_ids_max >= limits.room_records_max,
            "the id of a kept record is remembered"
        );
        assert!(
            limits.bytes_max >= limits.room_bytes_max,
            "a full room fits the store"
        );
        Self {
            limits,
            log_ids: LogIds::new(seed),
            logs: BTreeMap::new(),
            abandoned: BTreeMap::new(),
            rooms_abandoned: 0,
            bytes: 0,
            facts: FactTotal { facts: 0, bytes: 0 },
            fact_bytes: HashMap::new(),
        }
    }

    /// Commits a batch, and adds one outcome for each `Op`, in order.
    pub fn commit(&mut self, unix_ms: u64, batch: &[Op], outcomes: &mut Vec<Outcome>) {
        let mut refused_for_now = BTreeSet::<(&RoomName, &UserName)>::new();
        for op in batch {
            let said_by = op.said_by();
            if said_by.is_some_and(|said_by| refused_for_now.contains(&said_by)) {
                outcomes.push(Outcome::Refused(Refusal::AfterRefused));
                continue;
            }
            let outcome = match op {
                Op::Append { room, draft } => self.append(unix_ms, room, draft),
                Op::Empty {
                    room,
                    seq,
                    by,
                    notice,
                } => self.empty(unix_ms, room, *seq, *by, notice),
                Op::Act { room, notice, facts } => self.act(unix_ms, room, notice, facts),
                Op::Recall { room, draft } => self.recall(room, draft),
                Op::Keep { facts } => match self.total_with(facts) {
                    Some(total) => self.keep(facts, total),
                    None => Outcome::Refused(Refusal::RegistryFull),
                },
                Op::Locate { room, from } => self.locate(room, *from),
                Op::Forget { room } => self.forget(room),
            };
            if let (Some(said_by), Outcome::Refused(refusal)) = (said_by, outcome)
                && refusal.is_for_now()
            {
                refused_for_now.insert(said_by);
            }
            outcomes.push(outcome);
        }
    }

    /// Some records of a room; nothing if the room has no log.
    #[must_use]
    pub fn page(&self, request: &PageRequest) -> Option<PageAnswer> {
        self.logs.get(&request.room).map(|log| log.page(request))
    }

    /// How many bytes the records and ids of all rooms take.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    fn append(&mut self, unix_ms: u64, room: &RoomName, draft: &Draft) -> Outcome {
        self.change(room, |log| log.append(unix_ms, draft))
    }

    fn empty(&mut self, unix_ms: u64, room: &RoomName, seq: Seq, by: EmptiedBy, notice: &Draft) -> Outcome {
        self.change(room, |log| log.empty(unix_ms, seq, by, notice))
    }

    fn act(&mut self, unix_ms: u64, room: &RoomName, notice: &Draft, facts: &[Fact]) -> Outcome {
        let known = self.logs.get(room).and_then(|log| log.known(notice));
        let Some(total) = self.total_with(facts) else {
            return known.unwrap_or(Outcome::Refused(Refusal::RegistryFull));
        };
        let outcome = self.append(unix_ms, room, notice);
        if matches!(outcome, Outcome::Appended { .. }) {
            self.keep(facts, total);
        }
        outcome
    }

    fn recall(&self, room: &RoomName, draft: &Draft) -> Outcome {
        let known = self.logs.get(room).and_then(|log| log.known(draft));
        known.unwrap_or(Outcome::Unknown)
    }

    fn total_with(&self, facts: &[Fact]) -> Option<FactTotal> {
        let bytes_of = |fact: &Fact| Ok::<_, Infallible>(self.fact_bytes.get(&place(fact)).copied());
        let Ok(total) = self.facts.with(facts, &self.limits.facts, bytes_of);
        total
    }

    fn keep(&mut self, facts: &[Fact], total: FactTotal) -> Outcome {
        for fact in facts {
            match fact.bytes() {
                Some(bytes) => self.fact_bytes.insert(place(fact), bytes),
                None => self.fact_bytes.remove(&place(fact)),
            };
        }
        self.facts = total;
        Outcome::Kept
    }

    fn change(&mut self, room: &RoomName, change: impl FnOnce(&mut Log) -> Outcome) -> Outcome {
        let limits = self.limits;
        let Some(log) = self.log(room) else {
            return Outcome::Refused(Refusal::RoomsFull);
        };
        let bytes_before = log.bytes();
        let outcome = change(log);
        log.trim_to(&limits);
        let bytes_after = log.bytes();
        self.bytes = self.bytes - bytes_before + bytes_after;
        self.trim_fattest();
        outcome
    }

    fn locate(&mut self, room: &RoomName, from: From) -> Outcome {
        match self.log(room) {
            Some(log) => log.locate(from),
            None => Outcome::Refused(Refusal::RoomsFull),
        }
    }

    fn forget(&mut self, room: &RoomName) -> Outcome {
        match self.logs.get_mut(room) {
            Some(log) if log.never_had_a_record() => {
                self.logs.remove(room);
            }
            Some(log) if log.abandoned_as.is_none() => {
                self.rooms_abandoned += 1;
                log.abandoned_as = Some(self.rooms_abandoned);
                self.abandoned.insert(self.rooms_abandoned, room.clone());
            }
            Some(_) | None => {}
        }
        Outcome::Forgotten
    }

    /// The room's log, made if there is none; nothing if there can't be another. The room is not abandoned any more.
    fn log(&mut self, room: &RoomName) -> Option<&mut Log> {
        if !self.logs.contains_key(room) {
            if self.logs.len() >= self.limits.rooms_max {
                self.give_up_abandoned()?;
            }
            let id = self.log_ids.next();
            self.logs.insert(room.clone(), Log::new(id));
        }
        let log = self.logs.get_mut(room)?;
        if let Some(number) = log.abandoned_as.take() {
            self.abandoned.remove(&number);
        }
        Some(log)
    }

    /// Gives up the room that was abandoned longest, with all that was said in it; nothing if somebody is in each.
    fn give_up_abandoned(&mut self) -> Option<()> {
        let (_, room) = self.abandoned.pop_first()?;
        let log = self.logs.remove(&room).expect("an abandoned room has a log");
        self.bytes -= log.bytes();
        Some(())
    }

    /// Keeps the bound in all.
    fn trim_fattest(&mut self) {
        while self.bytes > self.limits.bytes_max {
            let fattest = self.logs.values_mut().max_by_key(|log| log.bytes());
            let log = fattest.expect("bytes are counted in logs, so there is one");
            self.bytes -= log.trim_share();
        }
    }
}

/// Where a fact stands. Two places that fall together are counted as one, and nothing else happens.
fn place(fact: &Fact) -> u64 {
    let mut hasher = DefaultHasher::new();
    (fact.kind, &fact.subject, &fact.object).hash(&mut hasher);
    hasher.finish()
}
