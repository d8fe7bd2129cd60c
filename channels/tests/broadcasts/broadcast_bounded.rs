//! What `broadcast::bounded` promises: beyond a broadcast, waiting for room.

#[path = "promises/broadcast.rs"]
mod broadcast;

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use broadcast::drain;
use channels::broadcast::{BoundedSender, Closed, Receiver, SendError, TryRecvError, TrySendError, bounded};
use futures_core::FusedFuture;

use crate::same_order_for_every_thread;
use crate::support::trials::{in_every_trial, in_every_trial_of_sends};
use crate::support::{
    CountedDrop, DropCount, WakeCount, WakerEvent, block_on, hooked_waker, poll_once, poll_with,
};

const END: Closed = Closed;

fn channel<T>() -> (BoundedSender<T>, Receiver<T>) {
    bounded(100)
}

fn send<T>(sender: &BoundedSender<T>, value: T) -> Result<(), SendError<T>> {
    match poll_once(&mut sender.send(value)) {
        Poll::Ready(sent) => sent,
        Poll::Pending => panic!("there is room"),
    }
}

#[test]
fn full_channel_makes_the_sender_wait() {
    let (sender, mut fast) = bounded(1);
    let mut slow = fast.clone();
    assert_eq!(sender.try_send(1), Ok(()));
    assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
    let wakes = WakeCount::new();
    let mut send = sender.send(2);
    assert_eq!(poll_with(&mut send, &wakes.waker()), Poll::Pending);

    assert_eq!(fast.try_recv(), Ok(1));
    assert_eq!(wakes.get(), 0, "the slowest receiver decides");
    let wakes_fast = WakeCount::new();
    let mut recv = fast.recv();
    assert_eq!(poll_with(&mut recv, &wakes_fast.waker()), Poll::Pending);
    assert_eq!(slow.try_recv(), Ok(1));

    assert_eq!(
        (wakes.get(), wakes_fast.get()),
        (1, 1),
        "served, and the receiver that was waiting is told"
    );
    assert_eq!(
        sender.try_send(3),
        Err(TrySendError::Full(3)),
        "in the same call: the room is taken again"
    );
    assert_eq!(poll_once(&mut send), Poll::Ready(Ok(())));
    assert!(send.is_terminated());
    assert_eq!(poll_once(&mut recv), Poll::Ready(Ok(2)));
}

/// B57: those who wait come before those who came later, and in their own order.
#[test]
fn senders_that_wait_are_served_in_order() {
    let (sender, mut receiver) = bounded(2);
    let mut sends: Vec<_> = (0..6).map(|number| sender.send(number)).collect();
    let ready = sends
        .iter_mut()
        .map(|send| poll_once(send).is_ready())
        .collect::<Vec<_>>();
    assert_eq!(ready, [true, true, false, false, false, false]);
    assert_eq!(drain(&mut receiver), [0, 1, 2, 3, 4, 5]);
    assert!(sends[2..].iter_mut().all(|send| poll_once(send).is_ready()));
}

/// B42: whatever makes room serves those who wait.
#[test]
fn a_receiver_that_leaves_makes_room() {
    let (sender, mut fast) = bounded(3);
    let slow = fast.clone();
    let mut sends: Vec<_> = (0..6).map(|number| sender.send(number)).collect();
    assert_eq!(sends.iter_mut().map(poll_once).filter(Poll::is_ready).count(), 3);
    assert_eq!(drain(&mut fast), [0, 1, 2]);
    drop(slow);
    assert_eq!(sender.len(), 3);
    assert_eq!(drain(&mut fast), [3, 4, 5]);
}

/// More of them than are woken at once.
#[test]
fn a_dropped_receiver_wakes_all_senders_that_wait() {
    let (sender, receiver) = bounded(1);
    assert_eq!(sender.try_send(0), Ok(()));
    let wakes = WakeCount::new();
    let mut closed = sender.closed();
    assert_eq!(poll_with(&mut closed, &wakes.waker()), Poll::Pending);
    let mut sends: Vec<_> = (1..=100).map(|number| sender.send(number)).collect();
    assert!(
        sends
            .iter_mut()
            .all(|send| poll_with(send, &wakes.waker()).is_pending())
    );

    drop(receiver);

    assert_eq!(wakes.get(), 101);
    assert_eq!(poll_once(&mut closed), Poll::Ready(()));
    for (send, number) in sends.iter_mut().zip(1..) {
        assert_eq!(
            poll_once(send),
            Poll::Ready(Err(SendError::ReceiverDropped(number)))
        );
    }
    assert_eq!(sender.try_send(101), Err(TrySendError::ReceiverDropped(101)));
}

/// A send that failed while it waited stays failed, though somebody listens again before it is polled.
#[test]
fn a_refused_send_is_not_revived() {
    let (sender, receiver) = bounded(1);
    assert_eq!(sender.try_send(1), Ok(()));
    let mut send = sender.send(2);
    assert_eq!(poll_once(&mut send), Poll::Pending);
    drop(receiver);

    let mut receiver = sender.subscribe();

    assert_eq!(
        poll_once(&mut send),
        Poll::Ready(Err(SendError::ReceiverDropped(2)))
    );
    assert_eq!(drain(&mut receiver), []);
    assert_eq!(sender.try_send(3), Ok(()), "and nobody is in the way of the next");
    assert_eq!(drain(&mut receiver), [3]);
}

/// More of them wait than are woken at once, and the first to be woken subscribes.
#[test]
fn a_subscription_amid_refusals_serves_the_rest() {
    let (sender, receiver) = bounded(1);
    assert_eq!(sender.try_send(0), Ok(()));
    let revived = Arc::new(Mutex::new(None));
    let waker = hooked_waker({
        let (sender, revived) = (sender.clone(), Arc::clone(&revived));
        move |event| {
            if event == WakerEvent::Woken {
                *revived.lock().expect("one wake") = Some(sender.subscribe());
            }
        }
    });
    let mut first = sender.send(1);
    assert!(poll_with(&mut first, &waker).is_pending());
    let mut sends: Vec<_> = (2..=100).map(|number| sender.send(number)).collect();
    assert!(sends.iter_mut().all(|send| poll_once(send).is_pending()));

    drop(receiver);

    let mut receiver = revived.lock().unwrap().take().unwrap();
    let served = drain(&mut receiver);
    assert_eq!(
        poll_once(&mut first),
        Poll::Ready(Err(SendError::ReceiverDropped(1)))
    );
    for (send, number) in sends.iter_mut().zip(2..) {
        let expected = if served.contains(&number) {
            Ok(())
        } else {
            Err(SendError::ReceiverDropped(number))
        };
        assert_eq!(poll_once(send), Poll::Ready(expected));
    }
    assert!(
        served.is_sorted() && served.last() == Some(&100),
        "the rest, in order"
    );
}

/// B57: more of them are served than are woken at once, and the first to be woken tries to send.
#[test]
fn a_send_from_a_wake_does_not_overtake() {
    let (sender, mut fast) = bounded(60);
    let slow = fast.clone();
    assert!((0..60).all(|number| sender.try_send(number).is_ok()));
    assert_eq!(drain(&mut fast).len(), 60);
    let waker = hooked_waker({
        let sender = sender.clone();
        move |event| {
            if event == WakerEvent::Woken {
                assert_eq!(sender.try_send(999), Err(TrySendError::Full(999)));
            }
        }
    });
    let mut sends: Vec<_> = (60..110).map(|number| sender.send(number)).collect();
    assert!(poll_with(&mut sends[0], &waker).is_pending());
    assert!(sends[1..].iter_mut().all(|send| poll_once(send).is_pending()));

    drop(slow);

    assert_eq!(drain(&mut fast), (60..110).collect::<Vec<_>>());
}

/// B45: delivered once, or handed back.
#[test]
fn a_cancelled_send_is_withdrawn_or_delivered() {
    let (sender, mut receiver) = bounded(1);
    let unpolled = sender.send(9);
    assert_eq!(unpolled.into_value(), Some(9), "B14");
    assert_eq!(sender.try_send(1), Ok(()));
    let mut first = sender.send(2);
    let mut second = sender.send(3);
    assert!(poll_once(&mut first).is_pending() && poll_once(&mut second).is_pending());

    assert_eq!(first.into_value(), Some(2));
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(second.into_value(), None, "delivered");
    assert_eq!(drain(&mut receiver), [3]);
}

/// B23, B25: a sender that was served and then dropped or forgotten holds back nobody.
#[test]
fn a_cancelled_sender_passes_its_wake_on() {
    let (sender, mut receiver) = bounded(1);
    assert_eq!(sender.try_send(1), Ok(()));
    let wakes = WakeCount::new();
    let (mut dropped, mut forgotten, mut last) = (sender.send(2), sender.send(3), sender.send(4));
    assert!(poll_once(&mut dropped).is_pending());
    assert!(poll_once(&mut forgotten).is_pending());
    assert!(poll_with(&mut last, &wakes.waker()).is_pending());
    mem::forget(forgotten);

    assert_eq!(receiver.try_recv(), Ok(1));
    drop(dropped);
    assert_eq!(receiver.try_recv(), Ok(2));
    assert_eq!(receiver.try_recv(), Ok(3));

    assert_eq!(wakes.get(), 1);
    assert_eq!(poll_once(&mut last), Poll::Ready(Ok(())));
    assert_eq!(receiver.try_recv(), Ok(4));
}

/// A send that is forgotten while it waits outlives its sender, and the end comes after it.
#[test]
fn a_forgotten_send_is_still_delivered() {
    let (sender, mut receiver) = bounded(1);
    let mut slow = receiver.clone();
    assert_eq!(sender.try_send(1), Ok(()));
    let mut send = sender.send(2);
    assert!(poll_once(&mut send).is_pending());
    mem::forget(send);
    drop(sender);

    assert_eq!(receiver.try_recv(), Ok(1));
    let wakes = WakeCount::new();
    let mut recv = receiver.recv();
    assert_eq!(
        poll_with(&mut recv, &wakes.waker()),
        Poll::Pending,
        "not the end yet"
    );
    assert_eq!(slow.try_recv(), Ok(1));
    assert_eq!(wakes.get(), 1);
    assert_eq!(poll_once(&mut recv), Poll::Ready(Ok(2)));
    drop(recv);
    assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(Err(Closed)));
}

/// B13.
#[test]
fn its_sends_stand_every_trial() {
    in_every_trial_of_sends(|trial| {
        let (sender, mut receiver) = bounded(1);
        sender.try_send(1).unwrap();
        let other = sender.clone();
        let reenter = move || assert!(other.len() < 2 && other.receiver_count() == 1);
        let output = trial.wait(sender.send(2), || assert_eq!(receiver.try_recv(), Ok(1)), reenter);
        assert!(output.is_none_or(|sent| sent == Ok(())));
        assert_eq!(sender.try_send(3).is_ok(), !trial.is_served());
        assert_eq!(receiver.try_recv(), Ok(if trial.is_served() { 2 } else { 3 }));
        assert_eq!(sender.try_send(4), Ok(()));
    });
}

/// What a receive that was given up has not taken keeps its room.
#[test]
fn its_receives_free_no_room_that_is_taken() {
    in_every_trial(|trial| {
        let (sender, mut receiver) = bounded(1);
        let output = trial.wait(receiver.recv(), || sender.try_send(1).unwrap(), || ());
        assert_eq!(sender.try_send(2).is_ok(), output.is_some());
        assert_eq!(receiver.try_recv(), Ok(if output.is_some() { 2 } else { 1 }));
    });
}

/// B22.
#[test]
fn a_changed_waker_of_a_sender_is_the_one_woken() {
    let (sender, mut receiver) = bounded(1);
    assert_eq!(sender.try_send(1), Ok(()));
    let (first, second) = (WakeCount::new(), WakeCount::new());
    let mut send = sender.send(2);
    assert!(poll_with(&mut send, &first.waker()).is_pending());
    assert!(poll_with(&mut send, &second.waker()).is_pending());
    assert_eq!(Arc::strong_count(&first), 1, "the first task is let go");

    assert_eq!(receiver.try_recv(), Ok(1));

    assert_eq!((first.get(), second.get()), (0, 1));
}

#[test]
fn a_spurious_poll_of_a_sender_changes_nothing() {
    let (sender, mut receiver) = bounded(1);
    assert_eq!(sender.try_send(1), Ok(()));
    let wakes = WakeCount::new();
    let mut send = sender.send(2);
    let mut later = sender.send(3);
    for _ in 0..1000 {
        assert!(poll_with(&mut send, &wakes.waker()).is_pending());
        assert!(poll_once(&mut later).is_pending());
    }
    assert_eq!((wakes.get(), Arc::strong_count(&wakes)), (0, 2));
    assert_eq!(drain(&mut receiver), [1, 2, 3], "each keeps its place");
}

/// B14, B15: values in the channel, in waiting sends, in unpolled sends, in failed sends.
#[test]
fn each_value_that_waits_is_dropped_once() {
    let drops = DropCount::new();
    let value = || Arc::new(drops.value());
    let (sender, mut receiver) = bounded::<Arc<CountedDrop>>(1);
    let second = receiver.clone();
    assert!(sender.try_send(value()).is_ok());
    let mut waiting = sender.send(value());
    assert!(poll_once(&mut waiting).is_pending());
    drop(sender.send(value()));
    assert_eq!(drops.get(), 1, "a send that was not polled");
    drop(sender.try_send(value()));
    assert_eq!(drops.get(), 2, "a send that found no room");
    drop(waiting);
    assert_eq!(drops.get(), 3, "a send that waited");
    let mut refused = sender.send(value());
    assert!(poll_once(&mut refused).is_pending());
    drop(receiver.try_recv());
    assert_eq!(drops.get(), 3, "one still has to read it");
    drop((receiver, second));
    assert_eq!(
        drops.get(),
        4,
        "a value that was sent goes with the last receiver, one that waits does not"
    );
    drop(refused);
    assert_eq!(drops.get(), 5);
}

#[test]
fn a_panicking_drop_still_wakes_the_senders() {
    let drops = DropCount::new();
    let (sender, receiver) = bounded(2);
    assert!(sender.try_send(Arc::new(drops.panicking_value())).is_ok());
    assert!(sender.try_send(Arc::new(drops.value())).is_ok());
    let wakes = WakeCount::new();
    let mut send = sender.send(Arc::new(drops.value()));
    assert!(poll_with(&mut send, &wakes.waker()).is_pending());

    assert!(catch_unwind(AssertUnwindSafe(|| drop(receiver))).is_err());

    assert_eq!(
        (drops.get(), wakes.get()),
        (2, 1),
        "the others are dropped and told all the same"
    );
    assert!(matches!(poll_once(&mut send), Poll::Ready(Err(_))));
}

/// B37.
#[test]
fn a_waker_may_reenter_a_full_channel() {
    for event in [WakerEvent::Cloned, WakerEvent::Woken, WakerEvent::Dropped] {
        let (sender, mut receiver) = bounded(1);
        assert_eq!(sender.try_send(1), Ok(()));
        let calls = Arc::new(AtomicUsize::new(0));
        let waker = hooked_waker({
            let (sender, calls) = (sender.clone(), Arc::clone(&calls));
            move |happened| {
                if happened == event {
                    calls.fetch_add(1, SeqCst);
                    assert_eq!(sender.try_send(7), Err(TrySendError::Full(7)));
                    drop(sender.subscribe());
                }
            }
        });
        let mut send = sender.send(2);
        assert!(poll_with(&mut send, &waker).is_pending());
        drop(waker);
        assert_eq!(receiver.try_recv(), Ok(1));
        assert!(calls.load(SeqCst) > 0, "{event:?}");
        assert_eq!(poll_once(&mut send), Poll::Ready(Ok(())));
    }
}

/// A panic in a sender's waker reaches the receiver that has served it; the others are served and woken all the same.
#[test]
fn a_panicking_waker_leaves_the_channel_usable() {
    let (sender, receiver) = bounded(2);
    let mut reader = receiver.clone();
    assert!(sender.try_send(0).is_ok() && sender.try_send(1).is_ok());
    assert_eq!(drain(&mut reader), [0, 1]);
    let waker = hooked_waker(|event| assert_ne!(event, WakerEvent::Woken, "a wake that panics"));
    let wakes = WakeCount::new();
    let (mut first, mut second) = (sender.send(2), sender.send(3));
    assert!(poll_with(&mut first, &waker).is_pending());
    assert!(poll_with(&mut second, &wakes.waker()).is_pending());

    assert!(catch_unwind(AssertUnwindSafe(|| drop(receiver))).is_err());

    assert_eq!(wakes.get(), 1);
    assert_eq!(drain(&mut reader), [2, 3]);
}

#[test]
fn the_capacity_is_told() {
    let (sender, _receiver) = bounded(3);
    assert_eq!(sender.capacity(), 3);
    assert!((0..3).all(|number| sender.try_send(number).is_ok()));
    assert_eq!(
        (sender.len(), sender.try_send(3)),
        (3, Err(TrySendError::Full(3))),
        "it is exact"
    );
}

#[test]
#[should_panic(expected = "the capacity of a bounded channel must be at least 1")]
fn a_capacity_of_0_is_refused() {
    drop(bounded::<()>(0));
}

#[test]
#[should_panic(expected = "polled after it was ready")]
fn a_send_that_is_done_is_not_polled_again() {
    let (sender, _receiver) = bounded(1);
    let mut send = sender.send(1);
    assert!(poll_once(&mut send).is_ready());
    let _ = poll_once(&mut send);
}

#[test]
fn every_thread_sees_the_same_order() {
    let (sender, receiver) = bounded(2);
    same_order_for_every_thread(sender, receiver, |sender, value| {
        assert_eq!(block_on(sender.send(value)), Ok(()));
    });
}
