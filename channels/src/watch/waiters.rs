//! Those who wait for the same thing, and are all woken by it.
//!
//! Where nobody is served before another there is no queue to link, as the crate's wait list has it: who wakes all takes the
//! whole list from under the lock, and gives it back empty.

use alloc::vec::Vec;
use core::mem;
use core::task::Waker;

/// Slots that a list keeps; what a burst needed beyond them is given back.
const SLOTS_KEPT: usize = 64;

/// The `next` of the last free slot.
const NO_SLOT: usize = usize::MAX;

/// The place of one waiter. Worthless, not dangerous, once its round is over.
#[derive(Debug)]
pub(super) struct Place {
    index: usize,
    round: u64,
}

/// A set of wakers, under its owner's lock.
pub(super) struct Waiters {
    slots: Vec<Slot>,
    /// First of the chain of free slots.
    free: usize,
    /// Slots that are not free.
    waiting: usize,
    /// How often all have been taken.
    round: u64,
    /// Empty, for the next round to begin with.
    spare: Vec<Slot>,
}

enum Slot {
    Waiting(Waker),
    Free { next: usize },
}

impl Waiters {
    pub(super) const fn new() -> Self {
        Self {
            slots: Vec::new(),
            free: NO_SLOT,
            waiting: 0,
            round: 0,
            spare: Vec::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting == 0
    }

    /// Puts the waiter in, or gives it another waker if it is in. Returns a waker to drop after the lock.
    #[inline]
    pub(super) fn register(&mut self, place: &mut Option<Place>, waker: Waker) -> Option<Waker> {
        if let Some(place) = place
            && let Some(Slot::Waiting(registered)) = self.slot(place)
        {
            return Some(mem::replace(registered, waker));
        }
        let mut index = self.free;
        match self.slots.get_mut(index) {
            Some(slot) => {
                if let Slot::Free { next } = mem::replace(slot, Slot::Waiting(waker)) {
                    self.free = next;
                }
            }
            None => {
                index = self.slots.len();
                self.slots.push(Slot::Waiting(waker));
            }
        }
        self.waiting += 1;
        *place = Some(Place {
            index,
            round: self.round,
        });
        None
    }

    /// Takes the waiter out, if it is in. Returns its waker, to drop after the lock.
    pub(super) fn deregister(&mut self, place: &mut Option<Place>) -> Option<Waker> {
        let place = place.take()?;
        let free = Slot::Free { next: self.free };
        let Slot::Waiting(waker) = mem::replace(self.slot(&place)?, free) else {
            return None;
        };
        self.free = place.index;
        self.waiting -= 1;
        if self.waiting == 0 {
            self.slots.clear();
            self.slots.shrink_to(SLOTS_KEPT);
            self.free = NO_SLOT;
        }
        Some(waker)
    }

    /// Takes the waiter out if there is but one, which makes a round of its own.
    pub(super) fn take_only(&mut self) -> Option<Waker> {
        if self.waiting != 1 {
            return None;
        }
        self.round += 1;
        self.free = NO_SLOT;
        self.waiting = 0;
        while let Some(slot) = self.slots.pop() {
            if let Slot::Waiting(waker) = slot {
                self.slots.clear();
                return Some(waker);
            }
        }
        None
    }

    /// Takes all out, to be woken after the lock.
    pub(super) fn take(&mut self) -> Round {
        self.round += 1;
        self.free = NO_SLOT;
        self.waiting = 0;
        Round {
            slots: mem::replace(&mut self.slots, mem::take(&mut self.spare)),
            woken: 0,
        }
    }

    /// Keeps the list of a round that is over, for the next one.
    pub(super) fn keep(&mut self, round: &mut Round) {
        if self.spare.capacity() < round.slots.capacity() && round.slots.capacity() <= SLOTS_KEPT {
            mem::swap(&mut self.spare, &mut round.slots);
        }
    }

    /// The slot of a waiter whose round it is. It is not free then: who frees it uses the place up.
    fn slot(&mut self, place: &Place) -> Option<&mut Slot> {
        if place.round == self.round {
            self.slots.get_mut(place.index)
        } else {
            None
        }
    }
}

/// Those who were taken out, on their way to be woken.
pub(super) struct Round {
    slots: Vec<Slot>,
    woken: usize,
}

impl Round {
    /// Wakes all, and empties the list. To be called with no lock held.
    pub(super) fn wake(&mut self) {
        while let Some(slot) = self.slots.get_mut(self.woken) {
            self.woken += 1;
            if let Slot::Waiting(waker) = mem::replace(slot, Slot::Free { next: NO_SLOT }) {
                waker.wake();
            }
        }
        self.slots.clear();
        self.woken = 0;
    }
}

impl Drop for Round {
    /// If one waker panics, the others are woken all the same.
    fn drop(&mut self) {
        self.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, SLOTS_KEPT, Waiters};
    use alloc::sync::Arc;
    use alloc::task::Wake;
    use alloc::vec::Vec;
    use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    use core::task::Waker;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Relaxed);
        }
    }

    struct Panics;

    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("a waker that panics");
        }
    }

    fn register(waiters: &mut Waiters, waker: &Waker) -> Option<Place> {
        let mut place = None;
        assert!(waiters.register(&mut place, waker.clone()).is_none());
        place
    }

    #[test]
    fn all_are_woken_and_who_comes_later_waits_for_the_next_round() {
        let count = Arc::new(Count::default());
        let waker = Waker::from(Arc::clone(&count));
        let mut waiters = Waiters::new();
        let mut places: Vec<_> = (0..50).map(|_| register(&mut waiters, &waker)).collect();
        assert!(waiters.deregister(&mut places[30]).is_some());
        let mut round = waiters.take();
        let mut late = register(&mut waiters, &waker);

        round.wake();

        assert_eq!(count.0.load(Relaxed), 49);
        assert!(waiters.deregister(&mut places[0]).is_none());
        assert!(waiters.deregister(&mut late).is_some());
        assert!(waiters.is_empty());
    }

    #[test]
    fn a_place_fits_nothing_once_its_round_is_over() {
        let mut waiters = Waiters::new();
        let mut cancelled = register(&mut waiters, Waker::noop());
        let mut old = register(&mut waiters, Waker::noop());
        assert!(waiters.deregister(&mut cancelled).is_some());
        assert!(waiters.take_only().is_some());
        let mut new = register(&mut waiters, Waker::noop());
        assert_eq!(new.as_ref().unwrap().index, 0, "the slots are used again");
        assert!(waiters.deregister(&mut old).is_none());
        assert!(
            waiters.register(&mut new, Waker::noop().clone()).is_some(),
            "it is in"
        );
        assert!(waiters.deregister(&mut new).is_some());
    }

    #[test]
    fn cancelled_waits_leave_no_room_behind() {
        let mut waiters = Waiters::new();
        let mut waiting = register(&mut waiters, Waker::noop());
        for _ in 0..1_000 {
            let mut cancelled = register(&mut waiters, Waker::noop());
            assert!(waiters.deregister(&mut cancelled).is_some());
        }
        assert_eq!(waiters.slots.len(), 2);
        assert!(waiters.deregister(&mut waiting).is_some());
    }

    #[test]
    fn two_lists_take_turns() {
        let mut waiters = Waiters::new();
        let mut lists = Vec::new();
        for _ in 0..10 {
            for _ in 0..SLOTS_KEPT {
                register(&mut waiters, Waker::noop());
            }
            lists.push(waiters.slots.as_ptr());
            let mut round = waiters.take();
            round.wake();
            waiters.keep(&mut round);
        }
        assert!(lists[2..].iter().all(|list| lists[..2].contains(list)));
    }

    #[test]
    fn a_burst_gives_its_memory_back() {
        let mut waiters = Waiters::new();
        let burst = |waiters: &mut Waiters| -> Vec<_> {
            (0..10 * SLOTS_KEPT)
                .map(|_| register(waiters, Waker::noop()))
                .collect()
        };
        for place in &mut burst(&mut waiters)[..] {
            assert!(waiters.deregister(place).is_some());
        }
        assert!(waiters.slots.capacity() <= SLOTS_KEPT);
        burst(&mut waiters);
        let mut round = waiters.take();
        round.wake();
        waiters.keep(&mut round);
        assert_eq!(waiters.spare.capacity(), 0);
    }

    #[test]
    fn a_panicking_waker_holds_back_no_other() {
        let count = Arc::new(Count::default());
        let mut waiters = Waiters::new();
        register(&mut waiters, &Arc::new(Panics).into());
        for _ in 0..9 {
            register(&mut waiters, &Arc::clone(&count).into());
        }
        let mut round = waiters.take();
        assert!(catch_unwind(AssertUnwindSafe(|| round.wake())).is_err());
        drop(round);
        assert_eq!(count.0.load(Relaxed), 9);
    }
}
