//! Facts that the store was asked to keep and has not kept yet.
//!
//! They are put into the registry when they are asked for, so that whoever asks next is answered by them; nobody is told
//! of them before they are kept, and nobody may do by them what it could not do without. What the store refuses is taken
//! back, and what was put in the same place meanwhile stays, as if the refused one had never been.

use std::collections::{BTreeMap, VecDeque};

use crate::history::fact::{Fact, FactKind};
use crate::pure::registry::Registry;

/// What stands for the facts of one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket(u64);

#[derive(Debug)]
struct Change {
    ticket: Ticket,
    /// What stands in this place if it is refused.
    before: Fact,
}

impl Change {
    fn is_in_place_of(&self, fact: &Fact) -> bool {
        (self.before.kind, &self.before.subject, &self.before.object)
            == (fact.kind, &fact.subject, &fact.object)
    }
}

/// All of them, in the order in which they were asked for.
#[derive(Debug, Default)]
pub(super) struct Unsettled {
    changes: VecDeque<Change>,
    /// How many there are of each kind, so that in most cases nothing has to be looked for.
    counts: BTreeMap<FactKind, usize>,
    tickets: u64,
}

impl Unsettled {
    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// What stood in the place of this fact before each change that was asked for. The first of these is what is kept; if
    /// there is none, it is what the registry has.
    pub(super) fn before(&self, kind: FactKind, place: impl FnOnce() -> Fact) -> impl Iterator<Item = &Fact> {
        let place = self.counts.contains_key(&kind).then(place);
        let changes = place.into_iter().flat_map(|place| {
            let changes = self.changes.iter();
            changes.filter(move |change| change.is_in_place_of(&place))
        });
        changes.map(|change| &change.before)
    }

    /// Puts facts of the registry's own making into it.
    pub(super) fn put(&mut self, registry: &mut Registry, facts: &[Fact]) -> Ticket {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        for fact in facts {
            let before = registry.in_place_of(fact);
            *self.counts.entry(fact.kind).or_default() += 1;
            self.changes.push_back(Change { ticket, before });
            put(registry, fact);
        }
        ticket
    }

    /// The store has kept them.
    pub(super) fn kept(&mut self, ticket: Ticket) {
        let counts = &mut self.counts;
        self.changes.retain(|change| {
            let is_settled = change.ticket == ticket;
            if is_settled {
                count_off(counts, change.before.kind);
            }
            !is_settled
        });
    }

    /// The store has refused them, or is not asked any more.
    pub(super) fn refused(&mut self, registry: &mut Registry, ticket: Ticket) {
        while let Some(index) = self.changes.iter().position(|change| change.ticket == ticket) {
            let Some(Change { before, .. }) = self.changes.remove(index) else {
                return;
            };
            count_off(&mut self.counts, before.kind);
            let mut later = self.changes.range_mut(index..);
            match later.find(|change| change.is_in_place_of(&before)) {
                Some(change) => change.before = before,
                None => put(registry, &before),
            }
        }
    }
}

fn count_off(counts: &mut BTreeMap<FactKind, usize>, kind: FactKind) {
    let count = counts.get_mut(&kind).expect("what was put was counted");
    *count -= 1;
    if *count == 0 {
        counts.remove(&kind);
    }
}

fn put(registry: &mut Registry, fact: &Fact) {
    registry.put(fact).expect("the registry understands what it says");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::fact::FactKind;

    fn allowed(since: Option<u64>) -> Fact {
        Fact::of(FactKind::Allowed, "alice", since.map(|since| since.to_string()))
    }

    /// What stands in the end, after three changes of which some are refused, in the order in which they are settled.
    fn after(refused: [bool; 3]) -> Option<String> {
        let (mut registry, mut unsettled) = (Registry::default(), Unsettled::default());
        let tickets = [Some(1), Some(2), None].map(|since| unsettled.put(&mut registry, &[allowed(since)]));
        for (ticket, is_refused) in tickets.into_iter().zip(refused) {
            if is_refused {
                unsettled.refused(&mut registry, ticket);
            } else {
                unsettled.kept(ticket);
            }
        }
        assert!(unsettled.is_empty() && unsettled.counts.is_empty());
        registry.in_place_of(&allowed(None)).value
    }

    #[test]
    fn what_is_refused_leaves_no_trace() {
        let value = |since: u64| Some(since.to_string());
        assert_eq!(after([true, true, true]), None);
        assert_eq!(after([false, true, true]), value(1));
        assert_eq!(after([true, false, true]), value(2));
        assert_eq!(after([false, false, true]), value(2));
        assert_eq!(after([true, true, false]), None);
        assert_eq!(after([false, false, false]), None);
    }
}
