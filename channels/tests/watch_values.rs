//! What becomes of the values of a `watch`: snapshots, predicates, changes of a clone, and drops.

#![cfg(not(channels_loom))]

mod support;

use std::cell::Cell;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread;

use channels::watch::{self, Closed, Snapshot};
use support::{CallOnDrop, DropCount, WakeCount, poll_once, poll_with};

/// B40.
#[test]
fn values_are_sent_while_snapshots_are_held() {
    let (sender, mut receiver) = watch::channel(String::from("a"));
    let first = receiver.borrow();
    let first_too = sender.borrow();
    sender.send(String::from("b"));
    let second = receiver.borrow_and_update();
    sender.send(String::from("c"));
    let copies = [first.clone(), second.clone()];
    drop((first, second, sender));
    assert_eq!(copies.map(|text| text.to_string()), ["a", "b"]);
    assert_eq!(format!("{first_too:?} {}", receiver.borrow()), "\"a\" c");
    drop(receiver);
    assert_eq!(*first_too, "a", "it outlives the channel");
}

/// B15: with any number of snapshots held, whatever the order in which they and the handles leave.
#[test]
fn each_value_is_dropped_once() {
    for held in 0..4 {
        for order in 0..24_usize {
            let drops = DropCount::new();
            let (sender, receiver) = watch::channel(drops.value());
            let mut handles: Vec<Box<dyn Send>> = Vec::new();
            for _ in 0..held {
                handles.push(Box::new(receiver.borrow()));
                sender.send(drops.value());
            }
            assert_eq!(drops.get(), 0, "each value is held");
            sender.send(drops.value());
            assert_eq!(drops.get(), 1, "this one was not");
            handles.extend([
                Box::new(sender.downgrade()) as Box<dyn Send>,
                Box::new(sender),
                Box::new(receiver),
            ]);
            let mut choice = order;
            while !handles.is_empty() {
                drop(handles.remove(choice % handles.len()));
                choice /= 2;
            }
            assert_eq!(drops.get(), held + 2, "{held} held, order {order}");
        }
    }
}

#[test]
fn a_value_is_dropped_as_soon_as_nobody_can_see_it() {
    let drops = DropCount::new();
    let (sender, receiver) = watch::channel(drops.value());
    let weak = sender.downgrade();
    let snapshot = receiver.borrow();
    sender.send(drops.value());
    assert_eq!(drops.get(), 0);
    drop(snapshot.clone());
    drop(snapshot);
    assert_eq!(drops.get(), 1, "with its last snapshot");
    sender.send(drops.value());
    assert_eq!(drops.get(), 2, "when it is replaced");
    drop(receiver);
    assert_eq!(drops.get(), 2, "the sender can see it");
    drop(sender);
    assert_eq!(drops.get(), 3, "with the last handle");
    drop(weak);
}

#[test]
fn a_replaced_value_is_returned() {
    let drops = DropCount::new();
    let (sender, mut receiver) = watch::channel((1, drops.value()));
    let replaced = sender.send_replace((2, drops.value()));
    assert_eq!((replaced.0, receiver.borrow_and_update().0), (1, 2));
    assert_eq!(drops.get(), 0);
    drop(replaced);
    assert_eq!(drops.get(), 1);
    drop(receiver);
    assert_eq!(
        sender.send_replace((3, drops.value())).0,
        2,
        "also with no receiver"
    );
    assert_eq!(drops.get(), 2);
}

/// B16.
#[test]
fn a_panicking_drop_leaves_the_channel_usable() {
    let drops = DropCount::new();
    let (sender, mut receiver) = watch::channel(drops.panicking_value());
    let wakes = WakeCount::new();
    let mut changed = receiver.changed();
    assert_eq!(poll_with(&mut changed, &wakes.waker()), Poll::Pending);

    assert!(catch_unwind(AssertUnwindSafe(|| sender.send(drops.panicking_value()))).is_err());

    assert_eq!((drops.get(), wakes.get()), (1, 1), "the new value is there");
    assert_eq!(poll_once(&mut changed), Poll::Ready(Ok(())));
    drop(changed);
    let snapshot = receiver.borrow();
    sender.send(drops.panicking_value());
    assert!(catch_unwind(AssertUnwindSafe(|| drop(snapshot))).is_err());
    assert_eq!(drops.get(), 2);
    for _ in 0..5 {
        assert!(catch_unwind(AssertUnwindSafe(|| sender.send(drops.panicking_value()))).is_err());
    }
    drop(receiver);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(sender))).is_err());
    assert_eq!(drops.get(), 8, "each once");
}

/// B37.
#[test]
fn a_drop_may_reenter_the_channel() {
    let calls = Arc::new(AtomicUsize::new(0));
    let (sender, receiver) = watch::channel(None);
    let send_on_drop = |number: u32| {
        let (sender, calls) = (sender.downgrade(), Arc::clone(&calls));
        let call = move || {
            calls.fetch_add(1, SeqCst);
            let sender = sender.upgrade().expect("the test has one");
            sender.send(None);
            assert!(sender.subscribe().borrow().is_none());
        };
        Some((number, Mutex::new(CallOnDrop::new(call))))
    };
    let number = || receiver.borrow().as_ref().map(|(number, _)| *number);
    sender.send(send_on_drop(1));
    let held = receiver.borrow();
    sender.send(send_on_drop(2));
    assert_eq!((number(), calls.load(SeqCst)), (Some(2), 0));
    drop(held);
    assert_eq!(
        (number(), calls.load(SeqCst)),
        (None, 2),
        "the first one's drop replaces the second"
    );
    sender.send(send_on_drop(3));
    assert_eq!(number(), Some(3));
    sender.send(send_on_drop(4));
    assert_eq!((number(), calls.load(SeqCst)), (None, 4));
}

#[test]
fn a_wait_begins_with_the_value_that_is_there() {
    let (sender, mut receiver) = watch::channel(3);
    let found = poll_once(&mut receiver.wait_for(|number| *number == 3));
    assert!(matches!(found, Poll::Ready(Ok(number)) if *number == 3));

    let wakes = WakeCount::new();
    let asked = Cell::new(0);
    let mut wait = receiver.wait_for(|number| {
        asked.set(asked.get() + 1);
        *number > 4
    });
    for _ in 0..3 {
        assert!(poll_with(&mut wait, &wakes.waker()).is_pending());
    }
    assert_eq!(asked.get(), 1, "not twice about the same value");
    sender.send(4);
    assert!(poll_with(&mut wait, &wakes.waker()).is_pending());
    assert_eq!((asked.get(), wakes.get()), (2, 1));
    sender.send(5);
    sender.send(6);
    let found = poll_with(&mut wait, &wakes.waker());
    assert!(matches!(found, Poll::Ready(Ok(number)) if *number == 6));
    assert_eq!((asked.get(), wakes.get()), (3, 2));
    drop(wait);
    assert_eq!(receiver.has_changed(), Ok(false), "it was seen");
}

#[test]
fn a_wait_ends_with_the_channel() {
    let (sender, mut receiver) = watch::channel(0);
    sender.send(1);
    let mut wait = receiver.wait_for(|number| *number == 2);
    assert!(poll_once(&mut wait).is_pending());
    sender.send(2);
    drop(sender);
    let found = poll_once(&mut wait);
    assert!(
        matches!(found, Poll::Ready(Ok(number)) if *number == 2),
        "the value first"
    );
    drop(wait);
    let found = poll_once(&mut receiver.wait_for(|number| *number == 2));
    assert!(matches!(found, Poll::Ready(Ok(_))), "it is still there");
    let found = poll_once(&mut receiver.wait_for(|number| *number == 3));
    assert!(matches!(found, Poll::Ready(Err(Closed))));
}

/// B38.
#[test]
fn a_panicking_predicate_leaves_the_wait_usable() {
    let (sender, mut receiver) = watch::channel(0);
    let mut panics = true;
    let mut wait = receiver.wait_for(|number| {
        assert!(!mem::take(&mut panics), "a predicate that panics");
        *number == 1
    });
    assert!(catch_unwind(AssertUnwindSafe(|| drop(poll_once(&mut wait)))).is_err());
    sender.send(1);
    let found = poll_once(&mut wait);
    assert!(
        matches!(found, Poll::Ready(Ok(number)) if *number == 1),
        "asked again"
    );
    assert_eq!(*sender.borrow(), 1);
}

/// B37.
#[test]
fn a_predicate_may_reenter_the_channel() {
    let (sender, mut receiver) = watch::channel(0);
    let found = poll_once(&mut receiver.wait_for(|number| {
        sender.send(number + 1);
        *number == 3
    }));
    assert!(matches!(found, Poll::Ready(Ok(number)) if *number == 3));
    assert_eq!(*sender.borrow(), 4);
}

#[test]
fn a_clone_is_changed_and_sent_or_dropped() {
    let (sender, receiver) = watch::channel(vec![1]);
    let held = receiver.borrow();
    assert!(sender.send_if_modified(|numbers| {
        numbers.push(2);
        true
    }));
    assert_eq!((&held[..], &receiver.borrow()[..]), (&[1][..], &[1, 2][..]));
    assert_eq!(receiver.has_changed(), Ok(true));
    drop(receiver);
    let receiver = sender.subscribe();
    assert!(!sender.send_if_modified(|numbers| {
        numbers.clear();
        false
    }));
    assert_eq!(receiver.has_changed(), Ok(false));
    assert_eq!(receiver.borrow()[..], [1, 2]);
}

#[test]
fn a_change_that_comes_between_is_not_lost() {
    let (sender, receiver) = watch::channel(0);
    let mut calls = 0;
    assert!(sender.send_if_modified(|number| {
        calls += 1;
        if calls <= 2 {
            // Another sender, as it were; the value comes back to what it was.
            sender.send(*number + 10);
            sender.send(*number);
        }
        *number += 1;
        true
    }));
    assert_eq!((calls, *receiver.borrow()), (3, 1));
}

#[test]
fn no_increment_of_several_threads_is_lost() {
    const THREADS: u32 = 3;
    const INCREMENTS: u32 = 300;
    let (sender, receiver) = watch::channel(0);
    let threads: Vec<_> = (0..THREADS)
        .map(|_| sender.clone())
        .map(|sender| {
            thread::spawn(move || {
                for _ in 0..INCREMENTS {
                    assert!(sender.send_if_modified(|number| {
                        *number += 1;
                        true
                    }));
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(*receiver.borrow(), THREADS * INCREMENTS);
}

/// B62, and for the closure.
#[test]
fn a_panicking_change_sends_nothing() {
    struct Stubborn(u32);

    impl Clone for Stubborn {
        fn clone(&self) -> Self {
            assert!(self.0 != 1, "a clone that panics");
            Self(self.0)
        }
    }

    let (sender, receiver) = watch::channel(Stubborn(0));
    let change = |sender: &watch::Sender<Stubborn>| {
        sender.send_if_modified(|value| {
            value.0 += 10;
            panic!("a closure that panics")
        })
    };
    for _ in 0..2 {
        assert!(catch_unwind(|| change(&sender)).is_err());
        assert_eq!(receiver.borrow().0, 0);
    }
    sender.send(Stubborn(1));
    assert!(catch_unwind(|| change(&sender)).is_err());
    assert_eq!(receiver.borrow().0, 1);
}

/// B11: no value, a large one, and one that is aligned.
#[test]
fn values_of_any_shape_pass() {
    #[derive(PartialEq)]
    #[repr(align(64))]
    struct Aligned(u8);

    fn pass<T: PartialEq>(make: fn(u8) -> T) {
        let (sender, receiver) = watch::channel(make(0));
        let mut held: Vec<Snapshot<T>> = vec![receiver.borrow()];
        for number in 1..3 {
            sender.send(make(number));
            held.push(receiver.borrow());
        }
        assert!((0..).zip(&held).all(|(number, seen)| **seen == make(number)));
        assert!(held.iter().all(|seen| (&raw const **seen).is_aligned()));
    }

    pass(|_| ());
    pass(Aligned);
    pass(|number| [number; 65_536]);
    pass(|number| ["a", "b", "c"][usize::from(number)]);
    pass(|number| number == 1);
}

/// Snapshots that are taken, kept and dropped by several threads while values are replaced.
#[test]
fn threads_see_no_snapshot_change_while_they_hold_it() {
    let drops = DropCount::new();
    let (sender, receiver) = watch::channel((0, 0, drops.value()));
    let readers: Vec<_> = (0..3)
        .map(|_| receiver.clone())
        .map(|mut receiver| {
            thread::spawn(move || {
                let mut held = Vec::new();
                while receiver.has_changed().is_ok() {
                    held.push(receiver.borrow_and_update());
                    assert!(held.iter().all(|snapshot| snapshot.0 == snapshot.1));
                    held.truncate(held.len() % 7);
                }
            })
        })
        .collect();
    for number in 1..=1_000 {
        sender.send((number, number, drops.value()));
        thread::yield_now();
    }
    drop((sender, receiver));
    readers.into_iter().for_each(|reader| reader.join().unwrap());
    assert_eq!(drops.get(), 1_001);
}
