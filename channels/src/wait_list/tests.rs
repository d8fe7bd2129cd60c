use super::{BATCH_WAKERS_MAX, SLOTS_KEPT, WaitList, WakeBatch, wake_all};
use alloc::sync::Arc;
use alloc::task::Wake;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use core::task::Waker;
use std::panic::{AssertUnwindSafe, catch_unwind};

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

fn waker() -> Waker {
    Waker::noop().clone()
}

#[test]
fn waiters_leave_in_the_order_in_which_they_came() {
    let mut list = WaitList::new();
    let keys: Vec<_> = (0..4).map(|payload| list.push(waker(), payload)).collect();
    assert_eq!(list.remove(&keys[1]).map(|(_, payload)| payload), Some(1));
    list.push(waker(), 4);
    let order: Vec<_> = core::iter::from_fn(|| list.pop_front())
        .map(|(_, payload)| payload)
        .collect();
    assert_eq!(order, [0, 2, 3, 4]);
}

#[test]
fn a_key_fits_nothing_once_its_waiter_is_out() {
    let mut list = WaitList::new();
    let old = list.push(waker(), 1);
    list.pop_front();
    let new = list.push(waker(), 2);
    assert_eq!(new.index, old.index, "the slot is used again");
    assert!(!list.contains(&old));
    assert!(list.remove(&old).is_none());
    assert!(list.contains(&new));
}

#[test]
fn a_dismissed_waiter_keeps_its_payload() {
    let mut list = WaitList::new();
    let key = list.push(waker(), 7);
    assert!(list.dismiss_front().is_some());
    assert!(list.pop_front().is_none(), "it is out of the queue");
    let (waker, payload) = list.remove(&key).unwrap();
    assert!(waker.is_none());
    assert_eq!(payload, 7);
}

#[test]
fn a_replaced_waker_keeps_its_place() {
    let counts = [0, 1].map(|_| Arc::new(Count(AtomicUsize::new(0))));
    let mut list = WaitList::new();
    let first = list.push(waker(), 1);
    list.push(waker(), 2);
    drop(list.replace_waker(&first, counts[0].clone().into()));
    drop(list.replace_waker(&first, counts[1].clone().into()));
    let (waker, payload) = list.pop_front().unwrap();
    waker.wake();
    assert_eq!(payload, 1);
    assert_eq!(counts.map(|count| count.0.load(Relaxed)), [0, 1]);
}

#[test]
fn waits_within_the_kept_slots_do_not_allocate_again() {
    let mut list = WaitList::new();
    for _ in 0..3 {
        let keys: Vec<_> = (0..SLOTS_KEPT).map(|_| list.push(waker(), ())).collect();
        let slots = list.slots.as_ptr();
        keys.iter().for_each(|key| drop(list.remove(key)));
        assert_eq!(list.slots.as_ptr(), slots);
        assert_eq!(list.slots.len(), SLOTS_KEPT);
    }
}

#[test]
fn a_burst_gives_its_memory_back() {
    let mut list = WaitList::new();
    let keys: Vec<_> = (0..10 * SLOTS_KEPT).map(|_| list.push(waker(), ())).collect();
    keys.iter().for_each(|key| drop(list.remove(key)));
    assert!(list.slots.capacity() <= SLOTS_KEPT);
    let key = list.push(waker(), ());
    assert!(keys.iter().all(|old| !list.contains(old)));
    assert!(list.contains(&key));
}

#[test]
fn waiters_that_come_while_others_are_woken_wait_for_the_next_time() {
    let mut list = WaitList::new();
    let mut early = None;
    let mut late = None;
    assert!(list.register(&mut early, waker()).is_none());
    let end = list.next_ticket();
    assert!(list.register(&mut late, waker()).is_none());
    let mut batch = WakeBatch::new();
    list.pop_into(&mut batch, end);
    batch.wake();
    assert!(list.deregister(&mut early).is_none());
    assert!(list.deregister(&mut late).is_some());
}

#[test]
fn a_panicking_waker_holds_back_no_other() {
    let count = Arc::new(Count(AtomicUsize::new(0)));
    let waiters = 3 * BATCH_WAKERS_MAX;
    let mut list = WaitList::new();
    list.push(Arc::new(Panics).into(), ());
    for _ in 1..waiters {
        list.push(count.clone().into(), ());
    }
    let end = list.next_ticket();
    let outcome = catch_unwind(AssertUnwindSafe(|| wake_all(|batch| list.pop_into(batch, end))));
    assert!(outcome.is_err());
    assert_eq!(count.0.load(Relaxed), waiters - 1);
}
