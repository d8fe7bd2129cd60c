//! The store of the simulated server, which sometimes can't store, and keeps a chronicle beside.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chat_proto::ids::{LogId, Seq};
use chat_proto::message::Span;
use chat_proto::name::{RoomName, UserName};
use chat_server::history::fact::{Fact, FactKind};
use chat_server::history::memory::{Memory, MemoryLimits};
use chat_server::history::{
    NoSearch, Op, Outcome, PageAnswer, PageRequest, Refusal, SearchAnswer, SearchRequest,
};

use super::chronicle::Chronicle;
use super::complaint::Complaint;
use super::random::Random;

/// What is asked of the store, done one after the other.
#[derive(Debug)]
pub(crate) enum Order {
    /// To commit a batch.
    Commit(Vec<Op>),
    /// To read a page, for a connection.
    Page(u64, PageRequest),
    /// To look for something, for a connection.
    Search(u64, SearchRequest),
}

/// What the store answers.
#[derive(Debug)]
pub(crate) enum Answer {
    /// What became of a batch.
    Outcomes(Vec<Outcome>),
    /// A page, for a connection.
    Page(u64, Option<PageAnswer>),
    /// What was found, for a connection.
    Found(u64, Result<SearchAnswer, NoSearch>),
}

/// What time it is, in virtual time and by the wall clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    pub(crate) now_ms: u64,
    pub(crate) unix_ms: u64,
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
        now: Now,
        random: &mut Random,
        chronicle: &mut Chronicle,
    ) -> Result<Self, Complaint> {
        for order in std::mem::take(&mut self.orders) {
            if let Order::Commit(batch) = order
                && random.percent(50)
            {
                self.commit(now, random, chronicle, &batch)?;
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
        now: Now,
        random: &mut Random,
        chronicle: &mut Chronicle,
    ) -> Result<Answer, Complaint> {
        let order = self
            .orders
            .pop_front()
            .expect("the store answers when it has an order");
        match order {
            Order::Page(connection, request) => Ok(Answer::Page(connection, self.memory.page(&request))),
            Order::Search(connection, request) => Ok(Answer::Found(connection, self.search(&request))),
            Order::Commit(batch) => self.commit(now, random, chronicle, &batch).map(Answer::Outcomes),
        }
    }

    fn commit(
        &mut self,
        now: Now,
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
        self.memory.commit(now.unix_ms, &stored, &mut outcomes);
        for (op, outcome) in stored.iter().zip(&outcomes) {
            self.note(now.now_ms, chronicle, op, *outcome)?;
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

    /// Notes what became of something that was to be done, and what follows from it.
    fn note(
        &mut self,
        now_ms: u64,
        chronicle: &mut Chronicle,
        op: &Op,
        outcome: Outcome,
    ) -> Result<(), Complaint> {
        match (op, outcome) {
            (
                Op::Append { room, draft }
                | Op::Act {
                    room, notice: draft, ..
                },
                Outcome::Known { seq },
            ) => {
                let stored = chronicle.stored(room, self.log_of(room), seq);
                if stored.is_none_or(|stored| stored.line.id != draft.id) {
                    return Err(Complaint::KnownWrongly(draft.id, seq));
                }
            }
            (Op::Append { room, draft }, Outcome::Appended { seq, .. }) => {
                chronicle.append(now_ms, room, self.log_of(room), seq, draft)?;
                chronicle.rights.said(now_ms, room, draft)?;
            }
            (Op::Act { room, notice, facts }, Outcome::Appended { seq, .. }) => {
                chronicle.append(now_ms, room, self.log_of(room), seq, notice)?;
                chronicle.rights.done(now_ms, room, notice, facts)?;
                self.keep(facts);
            }
            (Op::Recall { draft, .. }, Outcome::Unknown) => {
                chronicle.refused.insert(draft.id);
            }
            (Op::Keep { facts }, Outcome::Kept) => {
                chronicle.rights.kept(now_ms, facts)?;
                self.keep(facts);
            }
            (_, _) => {}
        }
        Ok(())
    }

    /// Looks through the whole log.
    fn search(&self, request: &SearchRequest) -> Result<SearchAnswer, NoSearch> {
        let page = self.memory.page(&PageRequest {
            room: request.room.clone(),
            span: Span::Before(request.before),
            records_max: usize::MAX,
            bytes_max: usize::MAX,
        });
        let page = page.ok_or(NoSearch::Unavailable)?;
        let found = page.records.into_iter().rev();
        let found = found.filter(|record| record.text.as_str().contains(request.words.as_str()));
        Ok(SearchAnswer {
            log: page.log,
            searched: page.last,
            last: page.last,
            records: found.take(request.records_max).collect(),
        })
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
