//! The list by itself.

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
