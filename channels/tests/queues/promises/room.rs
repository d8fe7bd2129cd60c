//! What the bounded queues promise about sending and waiting for room.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use futures_core::FusedFuture;

use super::{SendError, TryRecvError, TrySendError, bounded};
use crate::in_order_from_threads;
use crate::support::{DropCount, WakeCount, WakerEvent, block_on, hooked_waker, poll_once, poll_with};

#[test]
fn a_send_that_finds_room_is_ready() {
    let (sender, mut receiver) = bounded(1);
    assert_eq!(poll_once(&mut sender.send(1)), Poll::Ready(Ok(())));
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn full_channel_makes_the_sender_wait() {
    let (sender, mut receiver) = bounded(2);
    sender.try_send(1).unwrap();
    sender.try_send(2).unwrap();
    assert_eq!(sender.try_send(3), Err(TrySendError::Full(3)));
    let wakes = WakeCount::new();
    let mut send = sender.send(3);
    assert!(poll_with(&mut send, &wakes.waker()).is_pending());
    assert_eq!(sender.len(), 2, "the value of a sender that waits is not counted");
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(wakes.get(), 1);
    assert_eq!(sender.len(), 2, "served in the call that made room");
    assert_eq!(poll_once(&mut send), Poll::Ready(Ok(())));
    assert_eq!(receiver.try_recv(), Ok(2));
    assert_eq!(receiver.try_recv(), Ok(3));
}

/// B57.
#[test]
fn senders_that_wait_are_served_in_order_and_nobody_overtakes() {
    let (sender, mut receiver) = bounded(2);
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

/// B23.
#[test]
fn a_cancelled_sender_passes_its_wake_on() {
    let (sender, mut receiver) = bounded(1);
    let wakes = [0, 1, 2, 3].map(|_| WakeCount::new());
    sender.try_send(0).unwrap();
    let mut sends = [1, 2, 3, 4].map(|number| Some(sender.send(number)));
    for (send, wakes) in sends.iter_mut().flatten().zip(&wakes) {
        assert!(poll_with(send, &wakes.waker()).is_pending());
    }
    sends[0] = None;
    assert_eq!(receiver.try_recv(), Ok(0));
    assert_eq!(
        wakes.each_ref().map(|wakes| wakes.get()),
        [0, 1, 0, 0],
        "the first that still waits is served"
    );
    sends[1] = None;
    assert_eq!(
        receiver.try_recv(),
        Ok(2),
        "a send that was served is done, whether it is polled or dropped"
    );
    mem::forget(sends[2].take());
    assert_eq!(receiver.try_recv(), Ok(3));
    assert_eq!(
        wakes.each_ref().map(|wakes| wakes.get()),
        [0, 1, 1, 1],
        "nobody waits behind a forgotten one"
    );
    assert_eq!(receiver.try_recv(), Ok(4));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn a_closed_channel_gives_back_what_waits() {
    let (sender, mut receiver) = bounded(1);
    sender.try_send(1).unwrap();
    let mut send = sender.send(2);
    assert!(poll_once(&mut send).is_pending());
    receiver.close();
    assert_eq!(sender.try_send(3), Err(TrySendError::ReceiverDropped(3)));
    assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(Some(1)));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    assert_eq!(
        poll_once(&mut send),
        Poll::Ready(Err(SendError::ReceiverDropped(2))),
        "the sender's again"
    );
}

#[test]
fn a_dropped_receiver_wakes_the_senders_that_wait() {
    let (sender, receiver) = bounded(1);
    sender.try_send(1).unwrap();
    let wakes = WakeCount::new();
    let mut closed = sender.closed();
    let mut send = sender.send(2);
    assert!(poll_with(&mut closed, &wakes.waker()).is_pending());
    assert!(poll_with(&mut send, &wakes.waker()).is_pending());
    drop(receiver);
    assert_eq!(wakes.get(), 2);
    assert!(poll_once(&mut closed).is_ready());
    assert_eq!(
        poll_once(&mut send),
        Poll::Ready(Err(SendError::ReceiverDropped(2)))
    );
    assert_eq!(
        poll_once(&mut sender.send(3)),
        Poll::Ready(Err(SendError::ReceiverDropped(3)))
    );
    assert_eq!(sender.try_send(4), Err(TrySendError::ReceiverDropped(4)));
    assert_eq!(sender.try_send(5).unwrap_err().into_inner(), 5);
}

#[test]
fn a_changed_waker_of_a_sender_is_the_one_woken() {
    let (sender, mut receiver) = bounded(1);
    sender.try_send(1).unwrap();
    let [first, second] = [WakeCount::new(), WakeCount::new()];
    let mut send = sender.send(2);
    assert!(poll_with(&mut send, &first.waker()).is_pending());
    assert!(poll_with(&mut send, &second.waker()).is_pending());
    assert_eq!(Arc::strong_count(&first), 1, "the first waker is not kept");
    receiver.try_recv().unwrap();
    assert_eq!([first.get(), second.get()], [0, 1]);
}

#[test]
fn a_spurious_poll_of_a_sender_changes_nothing() {
    let (sender, mut receiver) = bounded(1);
    sender.try_send(2).unwrap();
    let wakes = WakeCount::new();
    let mut send = sender.send(3);
    for _ in 0..1_000 {
        assert!(poll_with(&mut send, &wakes.waker()).is_pending());
    }
    assert_eq!(Arc::strong_count(&wakes), 2, "one waker is kept");
    assert_eq!(receiver.try_recv(), Ok(2));
    assert_eq!(receiver.try_recv(), Ok(3));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty), "sent once");
    assert_eq!(wakes.get(), 1);
    assert_eq!(poll_once(&mut send), Poll::Ready(Ok(())));
}

#[test]
fn a_send_does_nothing_before_its_first_poll() {
    let (sender, mut receiver) = bounded(1);
    let send = sender.send(1);
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    assert_eq!(send.into_value(), Some(1));
}

#[test]
fn into_value_tells_whether_the_value_was_delivered() {
    let (sender, mut receiver) = bounded(1);
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
        let (sender, mut receiver) = bounded(1);
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
    let (sender, _receiver) = bounded(1);
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
        let (sender, mut receiver) = bounded(1);
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
    let (sender, _receiver) = bounded(1);
    let mut send = sender.send(1);
    assert!(poll_once(&mut send).is_ready());
    assert!(send.is_terminated());
    let _never = poll_once(&mut send);
}

#[test]
fn recv_many_serves_the_senders_that_wait() {
    let (sender, mut receiver) = bounded(50);
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
    let (sender, mut receiver) = bounded(1);
    sender.try_send(1).unwrap();
    let mut send = sender.send(2);
    assert!(poll_once(&mut send).is_pending());
    mem::forget(send);
    drop(sender);
    assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(Some(1)));
    assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(Some(2)));
    assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(None));
}

#[test]
fn each_value_that_waits_is_dropped_once() {
    let drops = DropCount::new();
    let (sender, mut receiver) = bounded(3);
    drop(sender.send(drops.value()));
    assert_eq!(drops.get(), 1, "never polled");
    for _ in 0..3 {
        assert!(sender.try_send(drops.value()).is_ok());
    }
    let mut cancelled = sender.send(drops.value());
    assert!(poll_once(&mut cancelled).is_pending());
    drop(cancelled);
    assert_eq!(drops.get(), 2, "cancelled while it waited");
    let mut served = sender.send(drops.value());
    let mut waiting = sender.send(drops.value());
    let mut forgotten = sender.send(drops.value());
    assert!(poll_once(&mut served).is_pending());
    assert!(poll_once(&mut waiting).is_pending());
    assert!(poll_once(&mut forgotten).is_pending());
    mem::forget(forgotten);
    drop(receiver.try_recv());
    drop(served);
    assert_eq!(
        drops.get(),
        3,
        "received; the one that was served is in the channel"
    );
    drop(receiver);
    assert_eq!(
        drops.get(),
        6,
        "unread values are dropped at once, though the sender is there"
    );
    drop(poll_once(&mut waiting));
    assert_eq!(drops.get(), 7, "given back");
    drop(waiting);
    drop(sender);
    assert_eq!(
        drops.get(),
        8,
        "the one of the forgotten future goes with the channel"
    );
}

#[test]
fn a_drop_that_panics_while_it_waits_leaves_the_channel_usable() {
    let drops = DropCount::new();
    let (sender, mut receiver) = bounded(1);
    assert!(sender.try_send(drops.value()).is_ok());
    let mut cancelled = sender.send(drops.panicking_value());
    let mut send = sender.send(drops.value());
    assert!(poll_once(&mut cancelled).is_pending());
    assert!(poll_once(&mut send).is_pending());
    assert!(catch_unwind(AssertUnwindSafe(|| drop(cancelled))).is_err());
    assert!(receiver.try_recv().is_ok());
    assert!(poll_once(&mut send).is_ready());
    assert!(receiver.try_recv().is_ok());
}

#[test]
fn a_waker_may_reenter_a_full_channel() {
    let (sender, mut receiver) = bounded(1);
    let events = Arc::new(Mutex::new(Vec::new()));
    let waker = hooked_waker({
        let (sender, events) = (sender.clone(), Arc::clone(&events));
        move |event| {
            events.lock().unwrap().push(event);
            let _full = sender.try_send(1);
            drop(sender.clone());
            assert!(sender.len() <= sender.capacity());
        }
    });
    // Cloning the waker sends: the second check finds the value, and the clone that was not needed is dropped.
    assert_eq!(poll_with(&mut receiver.recv(), &waker), Poll::Ready(Some(1)));
    let mut send = sender.send(2);
    let mut closed = sender.closed();
    assert!(poll_with(&mut closed, &waker).is_pending());
    assert!(poll_with(&mut send, &waker).is_pending());
    assert!(poll_with(&mut send, &waker).is_pending());
    let mut recv = receiver.recv();
    assert_eq!(
        poll_with(&mut recv, &waker),
        Poll::Ready(Some(1)),
        "wakes the sender"
    );
    drop(recv);
    assert_eq!(poll_with(&mut send, &waker), Poll::Ready(Ok(())));
    let _in_the_channel_or_waiting = poll_with(&mut sender.send(3), &waker);
    drop(receiver);
    let seen = mem::take(&mut *events.lock().unwrap());
    for event in [WakerEvent::Cloned, WakerEvent::Woken, WakerEvent::Dropped] {
        assert!(seen.contains(&event), "{event:?}");
    }
}

#[test]
fn threads_wait_for_room_and_send_everything_in_their_order() {
    let (sender, mut receiver) = bounded(2);
    in_order_from_threads(
        sender,
        |sender, value| block_on(sender.send(value)).unwrap(),
        || block_on(receiver.recv()),
    );
}

#[test]
fn sends_and_their_errors_print_without_their_value() {
    struct Silent;
    let (sender, _receiver) = bounded(1);
    assert_eq!(format!("{:?}", sender.send(Silent)), "SendFuture { .. }");
    assert!(sender.try_send(Silent).is_ok());
    let error = sender.try_send(Silent).unwrap_err();
    assert_eq!(format!("{error:?}: {error}"), "Full(..): the channel is full");
    let error = TrySendError::ReceiverDropped(Silent);
    assert_eq!(
        format!("{error:?}: {error}"),
        "ReceiverDropped(..): the receiver was dropped or closed"
    );
}
