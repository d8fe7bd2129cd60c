//! One room's log in memory.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use chat_proto::ids::{LogId, MessageId, Position, Seq};
use chat_proto::list::Extra;
use chat_proto::message::{From, Kind, Record, Span};
use chat_proto::text::Text;

use super::{ID_BYTES, MemoryLimits, RECORD_BYTES};
use crate::history::{Draft, EmptiedBy, Outcome, PageAnswer, PageRequest, Refusal, located};

/// Over the bound in all, the fattest room loses one such part, so that looking for it costs little.
const TRIM_SHARE: usize = 8;

/// The records of one room that are kept, and the ids that are remembered. The last of both, if there are any, is `top`.
#[derive(Debug)]
pub(super) struct Log {
    top: Position,
    records: VecDeque<Record>,
    record_bytes: usize,
    /// Only looked up in, never walked through.
    known: HashMap<MessageId, Known>,
    /// The same ids in the order of their numbers.
    ids: VecDeque<MessageId>,
    /// The number under which the room was abandoned, if nobody is in it.
    pub(super) abandoned_as: Option<u64>,
}

/// What is remembered of a message under its id, longer than its record is kept.
#[derive(Debug)]
struct Known {
    seq: Seq,
    digest: u64,
}

impl Log {
    pub(super) fn new(id: LogId) -> Self {
        Self {
            top: Position::start(id),
            records: VecDeque::new(),
            record_bytes: 0,
            known: HashMap::new(),
            ids: VecDeque::new(),
            abandoned_as: None,
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.record_bytes + self.ids.len() * ID_BYTES
    }

    pub(super) fn never_had_a_record(&self) -> bool {
        self.top.seq == Seq::ZERO
    }

    /// What is to be answered to a draft whose id is known.
    pub(super) fn known(&self, draft: &Draft) -> Option<Outcome> {
        let known = self.known.get(&draft.id)?;
        Some(if known.digest == digest(draft) {
            Outcome::Known { seq: known.seq }
        } else {
            Outcome::Refused(Refusal::IdReused)
        })
    }

    pub(super) fn append(&mut self, at_unix_ms: u64, draft: &Draft) -> Outcome {
        if let Some(known) = self.known(draft) {
            return known;
        }
        let digest = digest(draft);
        let seq = self.top.seq.next();
        let record = draft.clone().into_record(seq, at_unix_ms);
        self.top = record.position(self.top.log);
        self.known.insert(draft.id, Known { seq, digest });
        self.ids.push_back(draft.id);
        self.record_bytes += record_bytes(&record);
        self.records.push_back(record);
        Outcome::Appended { seq, at_unix_ms }
    }

    /// Empties a record, and appends the notice that says so.
    pub(super) fn empty(&mut self, at_unix_ms: u64, seq: Seq, by: EmptiedBy, notice: &Draft) -> Outcome {
        if let Some(known) = self.known(notice) {
            return known;
        }
        let kept = seq.0.checked_sub(self.first_kept().0).map(usize::try_from);
        let record = match kept {
            Some(Ok(index)) => self.records.get_mut(index),
            Some(Err(_)) | None => None,
        };
        let Some(record) = record.filter(|record| ![Kind::EMPTIED, Kind::MODERATION].contains(&record.kind))
        else {
            return Outcome::Refused(Refusal::NothingToEmpty);
        };
        let is_its_author = record.author == notice.author && record.is_unproven() == notice.is_unproven();
        if by == EmptiedBy::Author && !is_its_author {
            return Outcome::Refused(Refusal::NotTheAuthor);
        }
        self.record_bytes -= record_bytes(record);
        record.kind = Kind::EMPTIED;
        record.text = Text::default();
        record.extra = Extra::new();
        self.record_bytes += record_bytes(record);
        self.append(at_unix_ms, notice)
    }

    /// Keeps the bounds of a room.
    pub(super) fn trim_to(&mut self, limits: &MemoryLimits) {
        while self.records.len() > limits.room_records_max || self.record_bytes > limits.room_bytes_max {
            self.drop_record();
        }
        while self.ids.len() > limits.room_ids_max {
            self.forget_id();
        }
    }

    /// Drops a share of what is here, records first, and says how many bytes that was: more than none, unless there were none.
    pub(super) fn trim_share(&mut self) -> usize {
        let before = self.bytes();
        let goal = before - before.div_ceil(TRIM_SHARE);
        while self.bytes() > goal && !self.records.is_empty() {
            self.drop_record();
        }
        while self.bytes() > goal {
            self.forget_id();
        }
        before - self.bytes()
    }

    pub(super) fn locate(&self, from: From) -> Outcome {
        let is_known = match from {
            From::Tail(_) => true,
            From::After(position) => self.has(position),
        };
        located(self.top, self.first_kept(), from, is_known)
    }

    pub(super) fn page(&self, request: &PageRequest) -> PageAnswer {
        let range = match request.span {
            Span::Before(seq) => {
                let end = self.records_before(seq);
                let newest_first = self.records.range(..end).rev();
                end - how_many_fit(newest_first, request)..end
            }
            Span::After(seq) => {
                let start = if seq >= self.top.seq {
                    self.records.len()
                } else {
                    self.records_before(seq.next())
                };
                start..start + how_many_fit(self.records.range(start..), request)
            }
        };
        PageAnswer {
            log: self.top.log,
            first_kept: self.first_kept(),
            last: self.top.seq,
            records: self.records.range(range).cloned().collect(),
        }
    }

    fn first_kept(&self) -> Seq {
        self.records
            .front()
            .map_or(self.top.seq.next(), |record| record.seq)
    }

    /// Whether this log has, or may have had, this message: an id that was forgotten can't be compared.
    fn has(&self, position: Position) -> bool {
        if position.log != self.top.log {
            return false;
        }
        if position.seq == Seq::ZERO {
            return position.id == MessageId::ZERO;
        }
        let first_known = self.top.seq.0 - self.ids.len() as u64 + 1;
        match position.seq.0.checked_sub(first_known) {
            Some(index) => {
                usize::try_from(index).is_ok_and(|index| self.ids.get(index) == Some(&position.id))
            }
            None => true,
        }
    }

    /// How many of the kept records come before this number.
    fn records_before(&self, seq: Seq) -> usize {
        let distance = seq.0.saturating_sub(self.first_kept().0);
        usize::try_from(distance).map_or(self.records.len(), |distance| distance.min(self.records.len()))
    }

    fn drop_record(&mut self) {
        if let Some(record) = self.records.pop_front() {
            self.record_bytes -= record_bytes(&record);
        }
    }

    fn forget_id(&mut self) {
        if let Some(id) = self.ids.pop_front() {
            self.known.remove(&id);
        }
    }
}

/// How many of these records a page can have.
fn how_many_fit<'a>(records: impl Iterator<Item = &'a Record>, request: &PageRequest) -> usize {
    let mut bytes = 0;
    records
        .take(request.records_max)
        .enumerate()
        .take_while(|(index, record)| {
            bytes += record.wire_bytes_max();
            *index == 0 || bytes <= request.bytes_max
        })
        .count()
}

fn record_bytes(record: &Record) -> usize {
    RECORD_BYTES + record.wire_bytes_max()
}

/// What the same message has in common with itself. A stranger who finds two with one digest fools nobody but itself.
fn digest(draft: &Draft) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&draft.author, draft.kind, &draft.text).hash(&mut hasher);
    hasher.finish()
}
