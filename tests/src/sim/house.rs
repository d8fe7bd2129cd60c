//! The simulated server without its connections: the hub, the rooms' rings of turns, the store. It carries what
//! `io/hub` and `io/history` of the real one carry.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use chat_proto::name::RoomName;
use chat_server::history::Outcome;
use chat_server::history::fact::FactKind;
use chat_server::pure::hub::{Hub, HubLimits, Input, Outputs, PeerId, Reply, Request};
use chat_server::pure::turn::Turn;

use super::store::{Order, Store};
use super::{Fault, START_UNIX_MS};

/// A room's last turns; older ones are overwritten.
#[derive(Debug)]
struct Ring {
    turns: VecDeque<Arc<Turn>>,
    /// How many turns there were before the first that is kept.
    overwritten: u64,
    turns_max: usize,
}

/// A reader's place in a room's ring.
#[derive(Debug)]
pub(crate) struct Subscription {
    ring: Rc<RefCell<Ring>>,
    next: u64,
}

impl Subscription {
    /// The next turn, and how many were overwritten before it could be read.
    pub(crate) fn next(&mut self) -> Option<(Arc<Turn>, u64)> {
        let ring = self.ring.borrow();
        let lagged = ring.overwritten.saturating_sub(self.next);
        self.next += lagged;
        let index = usize::try_from(self.next - ring.overwritten).expect("a ring is small");
        let turn = ring.turns.get(index)?;
        self.next += 1;
        Some((Arc::clone(turn), lagged))
    }
}

/// A reply for one connection, with what `Joined` brings along.
pub(crate) type Mail = (PeerId, Reply, Option<Subscription>);

/// What the hub wanted done, beyond what the house does by itself.
#[derive(Debug, Default)]
pub(crate) struct News {
    /// For connections, in order.
    pub(crate) mail: Vec<Mail>,
    /// The store has got an order.
    pub(crate) ordered: bool,
}

#[derive(Debug)]
pub(crate) struct House {
    pub(crate) hub: Hub,
    out: Outputs,
    pub(crate) requests: VecDeque<(PeerId, Request)>,
    rings: BTreeMap<RoomName, Rc<RefCell<Ring>>>,
    pub(crate) store: Store,
    ring_turns_max: usize,
    fault: Option<Fault>,
}

impl House {
    pub(crate) fn new(store: Store, ring_turns_max: usize, fault: Option<Fault>) -> Self {
        let mut facts = store.facts();
        facts.retain(|fact| fault != Some(Fault::ForgetsRoles) || fact.kind != FactKind::Role);
        Self {
            hub: Hub::new(HubLimits::default(), &facts).expect("the store keeps what the hub said"),
            fault,
            out: Outputs::default(),
            requests: VecDeque::new(),
            rings: BTreeMap::new(),
            store,
            ring_turns_max,
        }
    }

    /// Hands all that was requested to the hub, as one turn.
    pub(crate) fn take_requests(&mut self, now_ms: u64, present: &BTreeSet<PeerId>) -> News {
        let mut news = News::default();
        for (peer, request) in std::mem::take(&mut self.requests) {
            self.handle(now_ms, Input::Request(peer, request), present, &mut news);
        }
        self.handle(now_ms, Input::EndTurn, present, &mut news);
        news
    }

    /// Tells the hub that a deadline of its own has passed.
    pub(crate) fn due(&mut self, now_ms: u64, present: &BTreeSet<PeerId>) -> News {
        let mut news = News::default();
        self.handle(now_ms, Input::EndTurn, present, &mut news);
        news
    }

    /// Tells the hub what became of its batch.
    pub(crate) fn committed(
        &mut self,
        now_ms: u64,
        outcomes: &[Outcome],
        present: &BTreeSet<PeerId>,
    ) -> News {
        let mut news = News::default();
        self.handle(now_ms, Input::Committed(outcomes), present, &mut news);
        news
    }

    fn handle(&mut self, now_ms: u64, input: Input<'_>, present: &BTreeSet<PeerId>, news: &mut News) {
        self.hub
            .handle(now_ms, START_UNIX_MS + now_ms, input, &mut self.out);
        let fault = self.fault;
        self.out
            .replies
            .retain(|(_, reply)| !fault.is_some_and(|fault| fault.drops(reply)));
        for (peer, reply) in self.out.replies.drain(..) {
            let subscription = if let Reply::Joined(joined) = &reply {
                let turns_max = self.ring_turns_max;
                let ring = self
                    .rings
                    .entry(joined.room.clone())
                    .or_insert_with(|| Ring::new(turns_max));
                let next = ring.borrow().end();
                let ring = Rc::clone(ring);
                Some(Subscription { ring, next })
            } else {
                None
            };
            // What is for a peer that is gone goes nowhere.
            if present.contains(&peer) {
                news.mail.push((peer, reply, subscription));
            }
        }
        for (room, turn) in self.out.turns.drain(..) {
            if let Some(ring) = self.rings.get(&room) {
                ring.borrow_mut().push(turn);
            }
        }
        for room in self.out.emptied.drain(..) {
            self.rings.remove(&room);
        }
        if !self.out.batch.is_empty() {
            let batch = std::mem::take(&mut self.out.batch);
            self.store.orders.push_back(Order::Commit(batch));
            news.ordered = true;
        }
    }
}

impl Ring {
    fn new(turns_max: usize) -> Rc<RefCell<Self>> {
        Rc::new(RefCell::new(Self {
            turns: VecDeque::new(),
            overwritten: 0,
            turns_max,
        }))
    }

    fn end(&self) -> u64 {
        self.overwritten + u64::try_from(self.turns.len()).expect("a ring is small")
    }

    fn push(&mut self, turn: Arc<Turn>) {
        if self.turns.len() == self.turns_max {
            self.turns.pop_front();
            self.overwritten += 1;
        }
        self.turns.push_back(turn);
    }
}
