//! Promises of `watch`, polled by hand.

#![cfg(not(channels_loom))]

mod support;

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use channels::watch::{self, Closed, Receiver};
use futures_core::{FusedFuture, FusedStream, Stream};
use support::{WakeCount, WakerEvent, block_on, hooked_waker, poll_once, poll_with};

const CHANGED: Poll<Result<(), Closed>> = Poll::Ready(Ok(()));
const ENDED: Poll<Result<(), Closed>> = Poll::Ready(Err(Closed));

#[test]
fn sends_then_receives() {
    let (sender, mut receiver) = watch::channel(0);
    let mut second = receiver.clone();
    let (wakes, wakes_second) = (WakeCount::new(), WakeCount::new());
    assert_eq!(*receiver.borrow(), 0);
    let mut changed = receiver.changed();
    let mut changed_second = second.changed();
    assert_eq!(poll_with(&mut changed, &wakes.waker()), Poll::Pending);
    assert_eq!(
        poll_with(&mut changed_second, &wakes_second.waker()),
        Poll::Pending
    );

    sender.send(1);

    assert_eq!(
        (wakes.get(), wakes_second.get()),
        (1, 1),
        "B44: exactly one wake each"
    );
    assert_eq!(poll_once(&mut changed), CHANGED);
    assert!(changed.is_terminated());
    assert_eq!(poll_once(&mut changed_second), CHANGED);
    drop((changed, changed_second));
    assert_eq!((*receiver.borrow(), *second.borrow()), (1, 1));
}

#[test]
fn changes_that_were_not_seen_are_one_change() {
    let (sender, mut receiver) = watch::channel(0);
    (1..=5).for_each(|number| sender.send(number));
    assert_eq!(poll_once(&mut receiver.changed()), CHANGED);
    assert_eq!(*receiver.borrow(), 5);
    assert_eq!(
        poll_once(&mut receiver.changed()),
        Poll::Pending,
        "B41: told once"
    );
}

/// B41.
#[test]
fn a_value_is_seen_by_borrow_and_update_and_not_by_borrow() {
    let (sender, mut receiver) = watch::channel(0);
    assert_eq!(
        receiver.has_changed(),
        Ok(false),
        "the first value counts as seen"
    );
    sender.send(1);
    assert_eq!(*receiver.borrow(), 1);
    assert_eq!(receiver.has_changed(), Ok(true));
    assert_eq!(receiver.clone().has_changed(), Ok(true), "as the original");
    assert_eq!(*receiver.borrow_and_update(), 1);
    assert_eq!(receiver.has_changed(), Ok(false));
    assert_eq!(receiver.clone().has_changed(), Ok(false));
    assert_eq!(poll_once(&mut receiver.changed()), Poll::Pending);
}

/// B30, B33.
#[test]
fn a_dropped_sender_wakes_the_receiver() {
    let (sender, mut receiver) = watch::channel(0);
    let mut slow = receiver.clone();
    sender.send(1);
    assert_eq!(poll_once(&mut receiver.changed()), CHANGED);
    let wakes = WakeCount::new();
    let mut changed = receiver.changed();
    assert_eq!(poll_with(&mut changed, &wakes.waker()), Poll::Pending);

    drop(sender.clone());
    assert_eq!(wakes.get(), 0, "one sender is left");
    drop(sender);

    assert_eq!(wakes.get(), 1);
    assert_eq!(poll_once(&mut changed), ENDED);
    drop(changed);
    assert_eq!(receiver.has_changed(), Err(Closed));
    assert_eq!(slow.has_changed(), Ok(true), "the value first");
    assert_eq!(poll_once(&mut slow.changed()), CHANGED);
    assert_eq!(poll_once(&mut slow.changed()), ENDED);
    assert_eq!(*slow.borrow(), 1, "the last value stays");
}

#[test]
fn a_dropped_receiver_wakes_the_sender() {
    let (mut sender, receiver) = watch::channel(0);
    let second = sender.subscribe();
    let other = sender.clone();
    let (wakes, wakes_other) = (WakeCount::new(), WakeCount::new());
    let mut closed = other.closed();
    assert!(
        sender
            .poll_closed(&mut Context::from_waker(&wakes.waker()))
            .is_pending()
    );
    assert_eq!(poll_with(&mut closed, &wakes_other.waker()), Poll::Pending);

    drop(receiver);
    assert_eq!((wakes.get(), wakes_other.get()), (0, 0), "one still listens");
    drop(second);

    assert_eq!((wakes.get(), wakes_other.get()), (1, 1));
    assert!(sender.is_closed());
    assert_eq!(poll_once(&mut closed), Poll::Ready(()));
    assert!(closed.is_terminated());
    let receiver = sender.subscribe();
    assert!(!other.is_closed(), "that is not final");
    assert_eq!(poll_once(&mut other.closed()), Poll::Pending);
    drop(receiver);
}

/// B39.
#[test]
fn a_send_without_receivers_is_stored() {
    let (sender, receiver) = watch::channel(0);
    drop(receiver);
    sender.send(1);
    assert_eq!(*sender.borrow(), 1);
    let mut receiver = sender.subscribe();
    assert_eq!(*receiver.borrow(), 1);
    assert_eq!(
        receiver.has_changed(),
        Ok(false),
        "it is there from the beginning"
    );
    sender.send(2);
    assert_eq!(poll_once(&mut receiver.changed()), CHANGED);
}

/// B45, B48.
#[test]
fn a_cancelled_receive_loses_nothing() {
    let (sender, mut receiver) = watch::channel(0);
    let wakes = WakeCount::new();
    let mut changed = receiver.changed();
    assert_eq!(poll_with(&mut changed, &wakes.waker()), Poll::Pending);
    sender.send(1);
    drop(changed);
    assert_eq!(poll_once(&mut receiver.changed()), CHANGED);

    let mut changed = receiver.changed();
    assert_eq!(poll_with(&mut changed, &wakes.waker()), Poll::Pending);
    drop(changed);
    assert_eq!(Arc::strong_count(&wakes), 1, "a cancelled wait lets its waker go");
    let mut wait = receiver.wait_for(|number| *number == 2);
    assert!(poll_with(&mut wait, &wakes.waker()).is_pending());
    drop(wait);
    assert_eq!(Arc::strong_count(&wakes), 1);
    sender.send(2);
    assert_eq!((wakes.get(), poll_once(&mut receiver.changed())), (1, CHANGED));
}

/// B22.
#[test]
fn a_changed_waker_is_the_one_woken() {
    let (mut sender, mut receiver) = watch::channel(0);
    let (first, second) = (WakeCount::new(), WakeCount::new());
    let mut changed = receiver.changed();
    assert_eq!(poll_with(&mut changed, &first.waker()), Poll::Pending);
    assert_eq!(poll_with(&mut changed, &second.waker()), Poll::Pending);
    assert_eq!(Arc::strong_count(&first), 1, "the first task is let go");

    sender.send(1);

    assert_eq!((first.get(), second.get()), (0, 1));
    drop(changed);
    for wakes in [&first, &second] {
        let mut cx = Context::from_waker(Waker::noop());
        let waker = wakes.waker();
        assert!(sender.poll_closed(&mut Context::from_waker(&waker)).is_pending());
        assert!(receiver.poll_changed(&mut cx).is_ready() || wakes.get() == 1);
    }
    drop(receiver);
    assert_eq!((first.get(), second.get()), (0, 2));
}

/// B47: polled again and again, a waiting receiver holds one waker.
#[test]
fn a_spurious_poll_changes_nothing() {
    let (sender, mut receiver) = watch::channel(0);
    let wakes = WakeCount::new();
    let mut changed = receiver.changed();
    for _ in 0..1000 {
        assert_eq!(poll_with(&mut changed, &wakes.waker()), Poll::Pending);
    }
    assert_eq!((wakes.get(), Arc::strong_count(&wakes)), (0, 2));

    sender.send(1);

    assert_eq!((wakes.get(), Arc::strong_count(&wakes)), (1, 1));
    assert_eq!(poll_once(&mut changed), CHANGED);
}

/// B36: those who wait again while others are still to be woken wait for the next change.
#[test]
fn a_change_wakes_each_of_many_receivers_once() {
    const RECEIVERS: usize = 200;
    let (sender, receiver) = watch::channel(0);
    let wakes: [_; RECEIVERS] = std::array::from_fn(|_| WakeCount::new());
    let mut receivers = vec![receiver; RECEIVERS];
    for round in 1..=3 {
        for (receiver, wakes) in receivers.iter_mut().zip(&wakes) {
            assert!(
                receiver
                    .poll_changed(&mut Context::from_waker(&wakes.waker()))
                    .is_pending()
            );
        }
        sender.send(round);
        for (receiver, wakes) in receivers.iter_mut().zip(&wakes) {
            assert_eq!((wakes.get(), Arc::strong_count(wakes)), (round, 1));
            assert_eq!(poll_once(&mut receiver.changed()), CHANGED);
        }
    }
}

/// B37: wakers may use the channel when they are woken, cloned and dropped.
#[test]
fn a_waker_may_reenter_the_channel() {
    for event in [WakerEvent::Cloned, WakerEvent::Woken, WakerEvent::Dropped] {
        for waiters in [1, 2, 40] {
            let (sender, mut receiver) = watch::channel(0);
            let mut others = vec![receiver.clone(); waiters - 1];
            let called = Arc::new(AtomicUsize::new(0));
            let waker = hooked_waker({
                let (sender, called) = (sender.clone(), Arc::clone(&called));
                move |happened| {
                    if happened == event && called.fetch_add(1, SeqCst) == 0 {
                        sender.send(7);
                        assert_eq!(*sender.subscribe().borrow_and_update(), 7);
                    }
                }
            });
            for other in &mut others {
                let _may_be_ready = other.poll_changed(&mut Context::from_waker(&waker));
            }
            let mut changed = receiver.changed();
            let first = poll_with(&mut changed, &waker);
            drop(waker);
            sender.send(8);
            let changed = if first.is_ready() {
                first
            } else {
                poll_once(&mut changed)
            };
            assert_eq!(changed, CHANGED, "{event:?}");
            drop(others);
            assert!(called.load(SeqCst) > 0, "{event:?}");
        }
    }
}

/// B37, B38.
#[test]
fn a_panicking_waker_leaves_the_channel_usable() {
    struct Panics;

    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("a waker that panics");
        }
    }

    let (sender, mut receiver) = watch::channel(0);
    let (mut second, mut third) = (receiver.clone(), receiver.clone());
    let wakes = WakeCount::new();
    let (mut first, mut second, mut third) = (receiver.changed(), second.changed(), third.changed());
    assert_eq!(poll_with(&mut second, &wakes.waker()), Poll::Pending);
    assert_eq!(poll_with(&mut first, &Arc::new(Panics).into()), Poll::Pending);
    assert_eq!(poll_with(&mut third, &wakes.waker()), Poll::Pending);

    assert!(catch_unwind(AssertUnwindSafe(|| sender.send(1))).is_err());

    assert_eq!(wakes.get(), 2, "the others are woken all the same");
    for changed in [&mut first, &mut second, &mut third] {
        assert_eq!(poll_once(changed), CHANGED);
    }
    assert_eq!(*sender.borrow(), 1);
}

/// B13, B25.
#[test]
fn a_forgotten_wait_harms_nobody() {
    let (sender, mut receiver) = watch::channel(0);
    let mut second = receiver.clone();
    let forgotten = WakeCount::new();
    let mut changed = receiver.changed();
    assert_eq!(poll_with(&mut changed, &forgotten.waker()), Poll::Pending);
    mem::forget(changed);
    let wakes = WakeCount::new();
    let mut changed = second.changed();
    assert_eq!(poll_with(&mut changed, &wakes.waker()), Poll::Pending);

    sender.send(1);

    assert_eq!((wakes.get(), forgotten.get()), (1, 1));
    assert_eq!(receiver.has_changed(), Ok(true));
    let mut wait = receiver.wait_for(|number| *number > 1);
    assert!(poll_with(&mut wait, &forgotten.waker()).is_pending());
    mem::forget(wait);
    drop(receiver);
    assert_eq!(Arc::strong_count(&forgotten), 1, "B48: let go with the receiver");
}

/// B48.
#[test]
fn a_dropped_waiting_handle_lets_its_waker_go() {
    let (mut sender, mut receiver) = watch::channel(0);
    let wakes = WakeCount::new();
    let waker = wakes.waker();
    let mut cx = Context::from_waker(&waker);
    assert!(receiver.poll_changed(&mut cx).is_pending());
    assert!(sender.poll_closed(&mut cx).is_pending());
    assert_eq!(Arc::strong_count(&wakes), 4);
    let _kept = (sender.clone(), receiver.clone());
    drop((sender, receiver));
    assert_eq!((wakes.get(), Arc::strong_count(&wakes)), (0, 2));
}

/// B51.
#[test]
fn a_weak_sender_is_one_as_long_as_there_is_another() {
    let (sender, mut receiver) = watch::channel(0);
    let weak = sender.downgrade();
    let upgraded = weak.clone().upgrade().unwrap();
    assert!(upgraded.same_channel(&sender));
    assert_eq!(sender.sender_count(), 2);
    drop(sender);
    upgraded.send(1);
    assert_eq!(poll_once(&mut receiver.changed()), CHANGED);
    drop(upgraded);
    assert_eq!(poll_once(&mut receiver.changed()), ENDED);
    assert!(weak.upgrade().is_none());
    assert_eq!(*receiver.borrow(), 1);
}

#[test]
fn counts_are_told() {
    let (sender, receiver) = watch::channel(0);
    let (other, _) = watch::channel(0);
    let (clone, second, third) = (sender.clone(), receiver.clone(), sender.subscribe());
    assert_eq!((sender.sender_count(), sender.receiver_count()), (2, 3));
    assert!(sender.same_channel(&clone) && !sender.same_channel(&other));
    drop((clone, second, third));
    assert_eq!((sender.sender_count(), sender.receiver_count()), (1, 1));
}

#[test]
fn a_receiver_is_a_fused_stream_of_what_it_has_not_seen() {
    let (sender, mut receiver) = watch::channel(0);
    let next = |receiver: &mut Receiver<u32>| {
        let polled = Pin::new(receiver).poll_next(&mut Context::from_waker(Waker::noop()));
        polled.map(|item| item.map(|number| *number))
    };
    assert_eq!(next(&mut receiver), Poll::Pending);
    sender.send(1);
    sender.send(2);
    assert_eq!(next(&mut receiver), Poll::Ready(Some(2)));
    assert_eq!(next(&mut receiver), Poll::Pending);
    sender.send(3);
    drop(sender);
    assert_eq!(next(&mut receiver), Poll::Ready(Some(3)));
    assert!(!receiver.is_terminated(), "the end was not told yet");
    assert_eq!(next(&mut receiver), Poll::Ready(None));
    assert!(receiver.is_terminated());
}

#[test]
fn threads_see_ever_newer_values_and_the_last_one() {
    const SENDS: u64 = 2_000;
    let (sender, receiver) = watch::channel(Arc::new(0));
    let watch = |mut receiver: Receiver<Arc<u64>>| {
        let mut newest = 0;
        while block_on(receiver.changed()).is_ok() {
            let number = receiver.borrow_and_update();
            assert!(**number > newest, "B41: no change is told twice");
            newest = **number;
        }
        newest
    };
    let watchers: Vec<_> = (0..3)
        .map(|_| receiver.clone())
        .map(|receiver| thread::spawn(move || watch(receiver)))
        .collect();
    (1..=SENDS).for_each(|number| sender.send(Arc::new(number)));
    drop(sender);
    for watcher in watchers {
        assert_eq!(watcher.join().unwrap(), SENDS);
    }
}
