//! What a room tells everybody at once: encoded once, shared by all, sliced by each.
//!
//! ```text
//! bytes   │ Said 5 │ Said 6 │ Said 7 │ Presence │      first_seq 5, next_seq 8
//! ends             ╵        ╵        ╵
//! ```
//! The numbered frames come first, one for each number from `first_seq` on, then at most one frame without a number.
//! So what a reader does not have yet is always one contiguous piece at the end.
//!
//! A reader that lost turns finds lost messages by their numbers, and lost presence by the copy of the last one
//! that each turn shares.

use std::ops::Range;
use std::sync::Arc;

use chat_proto::frame::write_server;
use chat_proto::ids::Seq;
use chat_proto::message::{Presence, Said, ServerMessage};

/// All frames of one turn of one room.
#[derive(Debug, PartialEq, Eq)]
pub struct Turn {
    first_seq: Seq,
    next_seq: Seq,
    /// Where each numbered frame ends.
    ends: Box<[u32]>,
    bytes: Box<[u8]>,
    has_presence: bool,
    /// What this turn, or else an earlier one, told of who is there.
    last_presence: Option<Arc<PresenceFrame>>,
}

/// One presence, encoded.
#[derive(Debug, PartialEq, Eq)]
struct PresenceFrame {
    version: u64,
    bytes: Box<[u8]>,
}

/// What of a turn is for a reader that has everything before some number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Nothing: the reader has it all.
    Skip,
    /// These bytes.
    Bytes(Range<usize>),
    /// First something else: these numbers come before this turn, and the reader does not have them.
    Gap {
        /// The first number that the reader lacks.
        from: Seq,
        /// The number after the last one that it lacks: the turn's first.
        until: Seq,
    },
}

impl Turn {
    /// The number that this turn begins with.
    #[must_use]
    pub const fn first_seq(&self) -> Seq {
        self.first_seq
    }

    /// The number that the next turn begins with.
    #[must_use]
    pub const fn next_seq(&self) -> Seq {
        self.next_seq
    }

    /// All its frames.
    #[must_use]
    pub const fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The version of the room's last presence, this turn's included; 0 if there was none.
    #[must_use]
    pub fn presence_version(&self) -> u64 {
        self.last_presence.as_ref().map_or(0, |presence| presence.version)
    }

    /// The frame of the last presence, for a reader that knows this version and has lost the turn that told it. If it
    /// lost others too, the version shows it; and so does the version of the presence in this turn, if there is one.
    #[must_use]
    pub fn lost_presence(&self, version: u64) -> Option<&[u8]> {
        let last = self.last_presence.as_ref()?;
        (!self.has_presence && version < last.version).then_some(&last.bytes)
    }

    /// What of it is for a reader that has all numbers before `next`.
    #[must_use]
    pub fn part_for(&self, next: Seq) -> Part {
        if next < self.first_seq {
            return Part::Gap {
                from: next,
                until: self.first_seq,
            };
        }
        let known =
            usize::try_from(next.0 - self.first_seq.0).map_or(self.ends.len(), |n| n.min(self.ends.len()));
        let start = known.checked_sub(1).map_or(0, |last| self.ends[last] as usize);
        if start == self.bytes.len() {
            return Part::Skip;
        }
        Part::Bytes(start..self.bytes.len())
    }
}

/// Encodes the turns of one room. Its buffers are reused.
#[derive(Debug, Default)]
pub(crate) struct TurnWriter {
    first_seq: Seq,
    next_seq: Seq,
    ends: Vec<u32>,
    bytes: Vec<u8>,
    last_presence: Option<Arc<PresenceFrame>>,
}

impl TurnWriter {
    /// Tells that the room's log has come this far: the next turn begins here, if not after it.
    pub(crate) fn advance(&mut self, next_seq: Seq) {
        if self.ends.is_empty() && self.next_seq < next_seq {
            self.first_seq = next_seq;
            self.next_seq = next_seq;
        }
    }

    /// Whether this number can be added to the turn: its numbers follow each other.
    pub(crate) const fn takes(&self, seq: Seq) -> bool {
        self.ends.is_empty() || seq.0 == self.next_seq.0
    }

    /// How many bytes the turn has so far.
    pub(crate) const fn bytes_len(&self) -> usize {
        self.bytes.len()
    }

    /// Adds a message.
    ///
    /// # Panics
    /// If the turn does not [take](Self::takes) its number.
    pub(crate) fn say(&mut self, said: Said) {
        let seq = said.record.seq;
        assert!(self.takes(seq), "a turn's numbers follow each other");
        if self.ends.is_empty() {
            self.first_seq = seq;
        }
        self.next_seq = seq.next();
        write_server(&ServerMessage::Said(said), &mut self.bytes);
        let end = u32::try_from(self.bytes.len()).expect("a turn is far below 4 GiB");
        self.ends.push(end);
    }

    /// Ends the turn, with the presence if there is one. `None` if there is nothing to tell.
    pub(crate) fn finish(&mut self, presence: Option<Presence>) -> Option<Turn> {
        let has_presence = presence.is_some();
        if let Some(presence) = presence {
            let (version, start) = (presence.version, self.bytes.len());
            write_server(&ServerMessage::Presence(presence), &mut self.bytes);
            let bytes = self.bytes[start..].into();
            self.last_presence = Some(Arc::new(PresenceFrame { version, bytes }));
        }
        if self.bytes.is_empty() {
            return None;
        }
        let turn = Turn {
            first_seq: self.first_seq,
            next_seq: self.next_seq,
            ends: self.ends.as_slice().into(),
            bytes: self.bytes.as_slice().into(),
            has_presence,
            last_presence: self.last_presence.clone(),
        };
        self.first_seq = self.next_seq;
        self.ends.clear();
        self.bytes.clear();
        Some(turn)
    }
}

#[cfg(test)]
mod tests;
