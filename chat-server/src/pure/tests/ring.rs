//! What a room has told lately, for those who read it one after another.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::pure::turn::Turn;

/// So many turns a room keeps for those who are behind: few, so that some are.
const RING_TURNS: usize = 3;

/// The last turns of a room.
pub(super) struct Ring {
    /// A room that was emptied has another ring when somebody comes again.
    number: u64,
    turns: VecDeque<Arc<Turn>>,
    /// How many turns there were before these.
    dropped: usize,
}

impl Ring {
    pub(super) fn new(number: u64) -> Self {
        Self {
            number,
            turns: VecDeque::new(),
            dropped: 0,
        }
    }

    pub(super) fn push(&mut self, turn: Arc<Turn>) {
        self.turns.push_back(turn);
        if self.turns.len() > RING_TURNS {
            self.turns.pop_front();
            self.dropped += 1;
        }
    }

    /// The turns from now on.
    pub(super) fn subscribe(&self) -> Subscription {
        Subscription {
            ring: self.number,
            taken: self.turns_so_far(),
        }
    }

    pub(super) fn has_nothing_for(&self, subscription: &Subscription) -> bool {
        self.number != subscription.ring || self.turns_so_far() == subscription.taken
    }

    fn turns_so_far(&self) -> usize {
        self.dropped + self.turns.len()
    }

    /// The turn that comes next, if there is one.
    pub(super) fn next(&self, subscription: &mut Subscription) -> Option<Arc<Turn>> {
        let index = subscription.taken.saturating_sub(self.dropped);
        let turn = self
            .turns
            .get(index)
            .filter(|_| subscription.ring == self.number)?;
        subscription.taken = self.dropped + index + 1;
        Some(Arc::clone(turn))
    }
}

/// How far a client has come in a ring.
pub(super) struct Subscription {
    ring: u64,
    taken: usize,
}
