//! What cannot be brought about from outside in reasonable time: counters near their limits, and many cells.

use super::shared::{FOLDED, SHARES_MAX};
use super::{Closed, start_at};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cell::Cell;
use core::task::{Context, Poll, Waker};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// B18, B41.
#[test]
fn changes_are_told_across_the_wrap_of_the_version() {
    let (sender, mut receiver) = start_at(0_usize.wrapping_sub(6), 0);
    let mut slow = receiver.clone();
    let mut cx = Context::from_waker(Waker::noop());
    for number in 1..=6 {
        assert!(receiver.poll_changed(&mut cx).is_pending());
        assert_eq!(receiver.has_changed(), Ok(false));
        sender.send(number);
        assert_eq!(receiver.has_changed(), Ok(true));
        assert_eq!(receiver.poll_changed(&mut cx), Poll::Ready(Ok(())));
        assert_eq!(*receiver.borrow_and_update(), number);
    }
    drop(sender);
    assert_eq!(receiver.poll_changed(&mut cx), Poll::Ready(Err(Closed)));
    assert_eq!(slow.poll_changed(&mut cx), Poll::Ready(Ok(())));
    assert_eq!(slow.has_changed(), Err(Closed));
}

/// B18: the word that counts them has half as many bits.
#[test]
fn more_snapshots_are_counted_than_fit_beside_the_index() {
    let value = Arc::new(());
    let (sender, receiver) = start_at(0, Arc::clone(&value));
    let held: Vec<_> = (0..10)
        .map(|round| {
            sender.shared().count_snapshots(FOLDED - 1 - round);
            receiver.borrow()
        })
        .collect();
    sender.send(Arc::default());
    assert_eq!(Arc::strong_count(&value), 2, "it is held");
    drop(held);
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn a_snapshot_cannot_be_forgotten_too_often() {
    let (sender, _receiver) = start_at(0, ());
    let snapshot = sender.borrow();
    sender.send(());
    snapshot.count_clones(SHARES_MAX - 3);
    let forgotten = Cell::new(SHARES_MAX - 3);
    let forget = || {
        core::mem::forget(snapshot.clone());
        forgotten.set(forgotten.get() + 1);
    };
    assert!(catch_unwind(AssertUnwindSafe(|| (0..10).for_each(|_| forget()))).is_err());
    assert_eq!(forgotten.get(), SHARES_MAX - 1, "and the snapshot itself");
    snapshot.count_clones(0_usize.wrapping_sub(forgotten.get()));
}

#[test]
fn cells_for_a_burst_of_snapshots_are_given_back() {
    let value = Arc::new(());
    for held_at_once in [1, 2, 3, 62, 63, 64, 65, 1_000] {
        let (sender, receiver) = start_at(0, Arc::clone(&value));
        for _ in 0..2 {
            let mut held = Vec::new();
            for _ in 0..held_at_once {
                held.push(receiver.borrow());
                sender.send(Arc::clone(&value));
            }
            assert_eq!(Arc::strong_count(&value), held_at_once + 2);
            // Not in the order in which they were taken.
            let (odd, even): (Vec<_>, Vec<_>) = held.drain(..).enumerate().partition(|(n, _)| n % 2 == 1);
            drop((odd, even));
            assert_eq!(
                Arc::strong_count(&value),
                2,
                "all are dropped, and the current one is left"
            );
            // The first send leaves the far cell, the second one gives it back.
            (0..2).for_each(|_| sender.send(Arc::clone(&value)));
            assert!(sender.shared().is_trimmed());
        }
        drop((sender, receiver));
        assert_eq!(Arc::strong_count(&value), 1);
    }
}
