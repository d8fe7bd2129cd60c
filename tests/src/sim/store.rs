//! The store of the simulated server, which sometimes can't store, and keeps a chronicle beside.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chat_proto::ids::{LogId, Seq};
use chat_proto::message::Span;
use chat_proto::name::{RoomName, UserName};
use chat_server::history::fact::{Fact, FactKind};
use chat_server::history::memory::{Memory, MemoryLimits};
use chat_server::history::{Draft, Op, Outcome, PageAnswer, PageRequest, Refusal};

use super::journal::{Chronicle, Complaint, Line};
use super::random::Random;

/// What is asked of the store, done one after the other.
#[derive(Debug)]
pub(crate) enum Order {
    /// To commit a batch.
    Commit(Vec<Op>),
    /// To read a page, for a connection.
    Page(u64, PageRequest),
}

/// What the store answers.
#[derive(Debug)]
pub(crate) enum Answer {
    /// What became of a batch.
    Outcomes(Vec<Outcome>),
    /// A page, for a connection.
    Page(u64, Option<PageAnswer>),
}

#[derive(Debug)]
pub(crate) struct Store {
    memory: Memory,
    facts: BTreeMap<(FactKind, String, String), String>,
    pub(crate) orders: VecDeque<Order>,
    /// So many appends in a hundred are refused for now.
    pub(crate) refuses_percent: u64,
}

impl Store {
    pub(crate) fn new(limits: MemoryLimits, seed: u64) -> Self {
        Self {
            memory: Memory::new(limits, seed),
            facts: BTreeMap::new(),
            orders: VecDeque::new(),
            refuses_percent: 0,
        }
    }

    /// What is kept beside the logs.
    pub(crate) fn facts(&self) -> Vec<Fact> {
        let facts = self.facts.iter();
        facts
            .map(|((kind, subject, object), value)| Fact {
                kind: *kind,
                subject: subject.clone(),
                object: object.clone(),
                value: Some(value.clone()),
            })
            .collect()
    }

    fn keep(&mut self, facts: &[Fact]) {
        for fact in facts {
            let place = (fact.kind, fact.subject.clone(), fact.object.clone());
            match &fact.value {
                Some(value) => self.facts.insert(place, value.clone()),
                None => self.facts.remove(&place),
            };
        }
    }

    /// The process has died: what was asked is forgotten. A batch that was in flight may have got to the disk.
    ///
    /// # Errors
    /// If what the store did with it can't be true.
    pub(crate) fn survive(
        mut self,
        unix_ms: u64,
        random: &mut Random,
        chronicle: &mut Chronicle,
    ) -> Result<Self, Complaint> {
        for order in std::mem::take(&mut self.orders) {
            if let Order::Commit(batch) = order
                && random.percent(50)
            {
                self.commit(unix_ms, random, chronicle, &batch)?;
            }
        }
        Ok(self)
    }

    /// Does the oldest order.
    ///
    /// # Errors
    /// If the store's answer can't be true.
    pub(crate) fn answer(
        &mut self,
        unix_ms: u64,
        random: &mut Random,
        chronicle: &mut Chronicle,
    ) -> Result<Answer, Complaint> {
        let order = self
            .orders
            .pop_front()
            .expect("the store answers when it has an order");
        match order {
            Order::Page(connection, request) => Ok(Answer::Page(connection, self.memory.page(&request))),
            Order::Commit(batch) => self
                .commit(unix_ms, random, chronicle, &batch)
                .map(Answer::Outcomes),
        }
    }

    fn commit(
        &mut self,
        unix_ms: u64,
        random: &mut Random,
        chronicle: &mut Chronicle,
        batch: &[Op],
    ) -> Result<Vec<Outcome>, Complaint> {
        let refused = self.choose_refused(random, batch);
        let stored: Vec<Op> = batch
            .iter()
            .zip(&refused)
            .filter(|(_, refused)| refused.is_none())
            .map(|(op, _)| op.clone())
            .collect();
        let mut outcomes = Vec::new();
        self.memory.commit(unix_ms, &stored, &mut outcomes);
        for (op, outcome) in stored.iter().zip(&outcomes) {
            match (op, outcome) {
                (Op::Append { room, draft }, _) => self.note(chronicle, room, draft, *outcome)?,
                (Op::Act { room, notice, facts }, _) => {
                    self.note(chronicle, room, notice, *outcome)?;
                    if matches!(outcome, Outcome::Appended { .. }) {
                        self.keep(facts);
                    }
                }
                (Op::Keep { facts }, Outcome::Kept) => self.keep(facts),
                (_, _) => {}
            }
        }
        let mut outcomes = outcomes.into_iter();
        let merged = refused
            .into_iter()
            .map(|refused| {
                refused.unwrap_or_else(|| outcomes.next().expect("a store answers each of a batch"))
            })
            .collect();
        Ok(merged)
    }

    /// Which of a batch are refused by chance, and those that are refused because of them.
    fn choose_refused(&self, random: &mut Random, batch: &[Op]) -> Vec<Option<Outcome>> {
        let mut blocked = BTreeSet::<(&RoomName, &UserName)>::new();
        batch
            .iter()
            .map(|op| {
                if matches!(op, Op::Keep { .. }) && random.percent(self.refuses_percent) {
                    return Some(Outcome::Refused(Refusal::Full));
                }
                let (Op::Append { room, draft }
                | Op::Act {
                    room, notice: draft, ..
                }) = op
                else {
                    return None;
                };
                if blocked.contains(&(room, &draft.author)) {
                    return Some(Outcome::Refused(Refusal::AfterRefused));
                }
                if !random.percent(self.refuses_percent) {
                    return None;
                }
                blocked.insert((room, &draft.author));
                Some(Outcome::Refused(Refusal::Full))
            })
            .collect()
    }

    fn note(
        &self,
        chronicle: &mut Chronicle,
        room: &RoomName,
        draft: &Draft,
        outcome: Outcome,
    ) -> Result<(), Complaint> {
        match outcome {
            Outcome::Appended { seq, .. } => {
                let line = Line {
                    id: draft.id,
                    author: draft.author.clone(),
                    text: draft.text.as_str().to_owned(),
                    is_unproven: draft.is_unproven(),
                };
                chronicle.append(room, self.log_of(room), seq, line)
            }
            Outcome::Known { seq } => {
                let line = chronicle.line(room, self.log_of(room), seq);
                if line.is_some_and(|line| line.id == draft.id) {
                    Ok(())
                } else {
                    Err(Complaint::KnownWrongly(draft.id, seq))
                }
            }
            Outcome::Refused(_)
            | Outcome::Unknown
            | Outcome::Located { .. }
            | Outcome::Forgotten
            | Outcome::Kept => Ok(()),
        }
    }

    fn log_of(&self, room: &RoomName) -> LogId {
        let last = PageRequest {
            room: room.clone(),
            span: Span::Before(Seq::MAX),
            records_max: 1,
            bytes_max: 1,
        };
        self.memory
            .page(&last)
            .expect("a room with a record has a log")
            .log
    }
}
