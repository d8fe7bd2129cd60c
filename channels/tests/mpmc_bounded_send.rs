//! The promises of the bounded `mpmc` about sending and waiting for room, polled by hand.

#![cfg(not(channels_loom))]

mod support;

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Poll, Waker};

use channels::mpmc::{self, SendError, TryRecvError};
use futures_core::FusedFuture;
use support::{DropCount, WakeCount, WakerEvent, hooked_waker, poll_once, poll_with};

#[test]
fn b57_senders_that_wait_are_served_in_order_and_nobody_overtakes() {
    let (sender, receiver) = mpmc::bounded(2);
    let mut sends: Vec<_> = (0..100).map(|number| sender.send(number)).collect();
    for (number, send) in sends.iter_mut().enumerate() {
        assert_eq!(poll_once(send).is_ready(), number < 2);
    }
    for number in 0..100 {
        assert_eq!(receiver.try_recv(), Ok(number));
        let room = number >= 98;
        assert_eq!(sender.try_send(1_000).is_ok(), room, "only once nobody waits");
    }
}

#[test]
fn a_send_does_nothing_before_its_first_poll() {
    let (sender, receiver) = mpmc::bounded(1);
    let send = sender.send(1);
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    assert_eq!(send.into_value(), Some(1));
}

#[test]
fn into_value_tells_whether_the_value_was_delivered() {
    let (sender, receiver) = mpmc::bounded(1);
    let mut sent = sender.send(1);
    assert!(poll_once(&mut sent).is_ready());
    assert_eq!(sent.into_value(), None);
    let [mut served, mut waiting, mut refused] = [2, 3, 4].map(|number| sender.send(number));
    for send in [&mut served, &mut waiting, &mut refused] {
        assert!(poll_once(send).is_pending());
    }
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(
        served.into_value(),
        None,
        "delivered, though it was not polled again"
    );
    assert_eq!(waiting.into_value(), Some(3));
    receiver.close();
    assert_eq!(refused.into_value(), Some(4), "closed, and not polled again");
    assert_eq!(receiver.try_recv(), Ok(2));
    assert_eq!(
        receiver.try_recv(),
        Err(TryRecvError::Closed),
        "what was taken back is not received"
    );
}

#[test]
fn a_cancelled_send_is_delivered_once_or_dropped_once() {
    // Cancelled before the poll number `cancel_at`, with room after the poll number `room_after`, for each pair.
    for (cancel_at, room_after) in (0..4).flat_map(|cancel| (0..4).map(move |room| (cancel, room))) {
        let drops = DropCount::new();
        let (sender, receiver) = mpmc::bounded(1);
        assert!(sender.try_send(drops.value()).is_ok());
        let mut send = Some(sender.send(drops.value()));
        for poll in 0..4 {
            if poll == cancel_at {
                send = None;
            }
            if let Some(future) = &mut send
                && !future.is_terminated()
            {
                drop(poll_once(future));
            }
            if poll == room_after {
                drop(receiver.try_recv());
                assert!(drops.get() >= 1);
            }
        }
        let delivered = usize::from(receiver.try_recv().is_ok());
        assert_eq!(
            delivered,
            usize::from(room_after < cancel_at),
            "{cancel_at} {room_after}"
        );
        assert_eq!(drops.get(), 2, "{cancel_at} {room_after}");
    }
}

#[test]
fn a_cancelled_send_keeps_no_waker() {
    let (sender, _receiver) = mpmc::bounded(1);
    sender.try_send(1).unwrap();
    let wakes = WakeCount::new();
    let mut send = sender.send(2);
    assert!(poll_with(&mut send, &wakes.waker()).is_pending());
    drop(send);
    assert_eq!(Arc::strong_count(&wakes), 1);
    assert_eq!(wakes.get(), 0);
}

/// Its waker cannot be cloned in the second poll, or that of the first one cannot be dropped.
#[test]
fn a_send_whose_later_poll_has_panicked_waits_on() {
    for event in [WakerEvent::Cloned, WakerEvent::Dropped] {
        let (sender, receiver) = mpmc::bounded(1);
        sender.try_send(1).unwrap();
        let mut sends = [2, 3].map(|number| sender.send(number));
        for send in &mut sends {
            let has_panicked = AtomicBool::new(false);
            let panics = hooked_waker(move |happened| {
                assert!(happened != event || has_panicked.swap(true, Relaxed), "{event:?}");
            });
            let (first, second) = match event {
                WakerEvent::Dropped => (&panics, Waker::noop()),
                WakerEvent::Cloned | WakerEvent::Woken => (Waker::noop(), &panics),
            };
            assert!(poll_with(send, first).is_pending());
            let poll = AssertUnwindSafe(|| poll_with(send, second));
            assert!(catch_unwind(poll).is_err());
            assert!(!send.is_terminated());
        }
        let [withdrawn, mut served] = sends;
        assert_eq!(withdrawn.into_value(), Some(2));
        assert!(poll_once(&mut served).is_pending());
        assert_eq!([1, 3].map(Ok), [(); 2].map(|()| receiver.try_recv()));
        assert_eq!(poll_once(&mut served), Poll::Ready(Ok(())));
    }
}

#[test]
#[should_panic = "polled after it was ready"]
fn a_send_that_was_ready_panics_when_polled() {
    let (sender, _receiver) = mpmc::bounded(1);
    let mut send = sender.send(1);
    assert!(poll_once(&mut send).is_ready());
    assert!(send.is_terminated());
    let _never = poll_once(&mut send);
}

#[test]
fn recv_many_serves_the_senders_that_wait() {
    let (sender, receiver) = mpmc::bounded(50);
    let wakes = WakeCount::new();
    let mut sends: Vec<_> = (0..120).map(|number| sender.send(number)).collect();
    for send in &mut sends {
        let _ready_or_waits = poll_with(send, &wakes.waker());
    }
    let mut buffer = Vec::new();
    assert_eq!(
        poll_once(&mut receiver.recv_many(&mut buffer, 40)),
        Poll::Ready(40)
    );
    assert_eq!((wakes.get(), receiver.len()), (40, 50));
    assert_eq!(
        poll_once(&mut receiver.recv_many(&mut buffer, 1_000)),
        Poll::Ready(80),
        "also what waited"
    );
    assert_eq!((wakes.get(), receiver.len()), (70, 0));
    assert!(buffer.into_iter().eq(0..120));
}

#[test]
fn the_value_of_a_forgotten_send_is_received_though_all_senders_are_gone() {
    let (sender, receiver) = mpmc::bounded(1);
    sender.try_send(1).unwrap();
    let mut send = sender.send(2);
    assert!(poll_once(&mut send).is_pending());
    mem::forget(send);
    drop(sender);
    assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(Some(1)));
    assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(Some(2)));
    assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(None));
}

// Evicting.

#[test]
fn force_send_replaces_the_oldest_value() {
    let (sender, receiver) = mpmc::bounded(2);
    assert_eq!(sender.force_send(1), Ok(None));
    assert_eq!(sender.force_send(2), Ok(None));
    assert_eq!(sender.force_send(3), Ok(Some(1)));
    assert_eq!(sender.len(), 2);
    assert_eq!(receiver.try_recv(), Ok(2));
    assert_eq!(receiver.try_recv(), Ok(3));
    receiver.close();
    assert_eq!(sender.force_send(4), Err(SendError::ReceiverDropped(4)));
}

#[test]
fn b42_force_send_leaves_the_senders_that_wait_their_turns() {
    let (sender, receiver) = mpmc::bounded(1);
    sender.try_send(1).unwrap();
    let wakes = WakeCount::new();
    let mut send = sender.send(2);
    assert!(poll_with(&mut send, &wakes.waker()).is_pending());
    assert_eq!(sender.force_send(3), Ok(Some(1)));
    assert_eq!((wakes.get(), sender.len()), (0, 1), "it made no room");
    assert_eq!(receiver.try_recv(), Ok(3));
    assert_eq!(wakes.get(), 1);
    assert_eq!(receiver.try_recv(), Ok(2));
    assert_eq!(poll_once(&mut send), Poll::Ready(Ok(())));
}

#[test]
fn force_send_wakes_a_receiver() {
    let (sender, receiver) = mpmc::bounded(1);
    let wakes = WakeCount::new();
    let mut recvs = [receiver.recv(), receiver.recv()];
    for recv in &mut recvs {
        assert!(poll_with(recv, &wakes.waker()).is_pending());
    }
    assert_eq!(sender.force_send(1), Ok(None));
    assert_eq!(wakes.get(), 1);
    assert_eq!(poll_once(&mut recvs[0]), Poll::Ready(Some(1)));
}

#[test]
fn force_send_takes_no_room_that_is_reserved() {
    let (sender, receiver) = mpmc::bounded(2);
    let permits = [sender.try_reserve().unwrap(), sender.try_reserve().unwrap()];
    assert_eq!(sender.force_send(1), Ok(Some(1)), "there is none to replace");
    let [first, second] = permits;
    first.send(2).unwrap();
    assert_eq!(sender.force_send(3), Ok(Some(2)));
    second.send(4).unwrap();
    assert_eq!(receiver.len(), 2);
    assert_eq!(receiver.try_recv(), Ok(3));
    assert_eq!(receiver.try_recv(), Ok(4));
}
