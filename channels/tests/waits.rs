//! Every wait of every flavour, put through every trial: cancelled or forgotten at each moment, polled with wakers that panic
//! when they are cloned, woken or dropped (B38), or that call back into the channel then (B37). Afterwards the channel works
//! on: a cancelled or forgotten wait costs nothing but what it was given (B13, B14, B17, B45). The queues and the broadcasts
//! stand their trials in `queues/promises/` and `broadcasts/promises/`.

#![cfg(not(any(channels_loom, channels_shuttle)))]

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::Waker;

use channels::{broadcast, mpmc, mpsc, oneshot, until, watch};
use support::trials::{in_every_trial, in_every_trial_of_owned};
use support::{DropCount, WakerEvent, hooked_waker, poll_once, poll_with};

/// What is left for the next receive after a receive of one value was put through a trial.
fn left<T>(output: &Option<T>) -> usize {
    usize::from(output.is_none())
}

#[test]
fn the_waits_of_a_oneshot_stand_every_trial() {
    in_every_trial_of_owned(|trial| {
        let (sender, receiver) = oneshot::channel();
        let output = trial.wait(
            receiver,
            || {
                let _refused_if_cancelled = sender.send(1);
            },
            || {},
        );
        assert!(output.is_none_or(|received| received == Ok(1)));
    });
    in_every_trial(|trial| {
        let (mut sender, receiver) = oneshot::channel();
        trial.wait(sender.closed(), || drop(receiver), || {});
        assert!(sender.is_closed());
        assert_eq!(sender.send(1).unwrap_err().into_inner(), 1);
    });
}

#[test]
fn the_waits_of_a_watch_stand_every_trial() {
    in_every_trial(|trial| {
        let (sender, mut receiver) = watch::channel(0);
        let other = sender.clone();
        let reenter =
            move || assert!(*other.borrow() < 2 && !other.is_closed() && *other.subscribe().borrow() < 2);
        let output = trial.wait(receiver.changed(), || sender.send(1), reenter);
        assert_eq!(receiver.has_changed(), Ok(output.is_none()));
        sender.send(2);
        assert_eq!(*receiver.borrow_and_update(), 2);
    });
    in_every_trial(|trial| {
        let (sender, mut receiver) = watch::channel(0);
        let other = sender.clone();
        let reenter = move || assert!(*other.subscribe().borrow_and_update() < 3);
        let wait = receiver.wait_for(|number| *number == 2);
        let output = trial.wait(wait, || sender.send(2), reenter);
        assert!(output.is_none_or(|found| *found.unwrap() == 2));
        assert!(poll_once(&mut receiver.wait_for(|number| *number == 2)).is_ready());
    });
    in_every_trial(|trial| {
        let (sender, receiver) = watch::channel(0);
        let other = sender.clone();
        trial.wait(
            sender.closed(),
            || drop(receiver),
            move || assert_eq!(*other.borrow(), 0),
        );
        assert!(poll_once(&mut sender.closed()).is_ready());
    });
}

/// `until` is as cancellable as what it wraps.
#[test]
fn waits_with_a_deadline_stand_every_trial() {
    in_every_trial(|trial| {
        let (sender, mut receiver) = mpsc::channel();
        let other = sender.clone();
        let wait = until(receiver.recv(), std::future::pending::<()>());
        let output = trial.wait(wait, || sender.send(1).unwrap(), move || assert!(other.len() < 2));
        let received = output.map(|received| received.is_ok_and(|number| number == Some(1)));
        assert_ne!(received, Some(false));
        assert_eq!(receiver.len(), left(&received));
    });
}

/// How a poll of a send comes to panic: its waker cannot be cloned, at first or later, or cannot be dropped when it is replaced.
const PANICS: [(WakerEvent, bool); 3] = [
    (WakerEvent::Cloned, true),
    (WakerEvent::Cloned, false),
    (WakerEvent::Dropped, false),
];

/// Polls a send that has to wait, and panics in the first poll or in the second one.
fn panic_in_a_poll<F: Future + Unpin>(mut send: F, event: WakerEvent, in_first: bool) {
    let has_panicked = AtomicBool::new(false);
    let panics = hooked_waker(move |happened| {
        assert!(
            happened != event || has_panicked.swap(true, Relaxed),
            "a waker that panics"
        );
    });
    let (first, second) = match event {
        WakerEvent::Dropped => (&panics, Waker::noop()),
        WakerEvent::Cloned | WakerEvent::Woken => (Waker::noop(), &panics),
    };
    if !in_first {
        assert!(poll_with(&mut send, first).is_pending());
    }
    let poll = AssertUnwindSafe(|| poll_with(&mut send, second).is_ready());
    assert!(catch_unwind(poll).is_err(), "{event:?}");
}

/// Its value is dropped, at once or with the channel, or received: once in all. The channel works on.
#[test]
fn a_send_that_panics_in_a_poll_harms_nobody() {
    let drops = DropCount::new();
    for (event, in_first) in PANICS {
        let (sender, mut receiver) = mpsc::bounded(1);
        assert!(sender.try_send(drops.value()).is_ok());
        panic_in_a_poll(sender.send(drops.value()), event, in_first);
        assert!((1..3).contains(&std::iter::from_fn(|| receiver.try_recv().ok()).count()));
        assert!(sender.try_send(drops.value()).is_ok());

        let (sender, receiver) = mpmc::bounded(1);
        assert!(sender.try_send(drops.value()).is_ok());
        panic_in_a_poll(sender.send(drops.value()), event, in_first);
        assert!((1..3).contains(&std::iter::from_fn(|| receiver.try_recv().ok()).count()));
        assert!(sender.try_send(drops.value()).is_ok());

        let (sender, mut receiver) = broadcast::bounded(1);
        assert!(sender.try_send(Arc::new(drops.value())).is_ok());
        panic_in_a_poll(sender.send(Arc::new(drops.value())), event, in_first);
        assert!((1..3).contains(&std::iter::from_fn(|| receiver.try_recv().ok()).count()));
        assert!(sender.try_send(Arc::new(drops.value())).is_ok());
    }
    assert_eq!(drops.get(), 3 * 3 * PANICS.len());
}
