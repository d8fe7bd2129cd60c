//! The promises of the bounded `mpmc`, polled by hand. More in `mpmc_bounded_send.rs`, `mpmc_permits.rs` and
//! `mpmc_rendezvous.rs`; what receivers do among themselves is in `mpmc_receivers.rs`.

#![cfg(not(channels_loom))]

mod support;

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use channels::mpmc::{self, SendError, TryRecvError, TrySendError};
use futures_core::FusedFuture;
use support::{CallOnDrop, DropCount, WakeCount, WakerEvent, hooked_waker, poll_once, poll_with};

// The list that every flavour shares.

#[test]
fn sends_then_receives() {
    let (sender, receiver) = mpmc::bounded(1);
    assert_eq!(poll_once(&mut sender.send(1)), Poll::Ready(Ok(())));
    assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(Some(1)));
    sender.try_send(2).unwrap();
    assert_eq!(receiver.try_recv(), Ok(2));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn receives_in_send_order() {
    let (sender, receiver) = mpmc::bounded(100);
    let other = sender.clone();
    for number in 0..100 {
        if number % 3 == 0 { &sender } else { &other }
            .try_send(number)
            .unwrap();
    }
    assert!((0..100).all(|number| receiver.try_recv() == Ok(number)));
}

#[test]
fn full_channel_makes_the_sender_wait() {
    let (sender, receiver) = mpmc::bounded(2);
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

#[test]
fn a_dropped_sender_wakes_the_receiver() {
    let (sender, receiver) = mpmc::bounded::<u8>(1);
    let other = sender.clone();
    let wakes = WakeCount::new();
    let mut recv = receiver.recv();
    assert!(poll_with(&mut recv, &wakes.waker()).is_pending());
    drop(sender);
    assert_eq!(wakes.get(), 0, "a sender is left");
    drop(other);
    assert_eq!(wakes.get(), 1);
    assert_eq!(poll_once(&mut recv), Poll::Ready(None));
}

#[test]
fn a_dropped_receiver_wakes_the_sender() {
    let (sender, receiver) = mpmc::bounded(1);
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
    assert!(sender.is_closed());
}

#[test]
fn a_failed_send_returns_the_value() {
    let (sender, receiver) = mpmc::bounded(100);
    drop(receiver);
    assert_eq!(
        poll_once(&mut sender.send("mine")),
        Poll::Ready(Err(SendError::ReceiverDropped("mine")))
    );
    assert_eq!(
        sender.try_send("mine"),
        Err(TrySendError::ReceiverDropped("mine"))
    );
    assert_eq!(sender.try_send("mine").unwrap_err().into_inner(), "mine");
}

#[test]
fn a_cancelled_receive_loses_nothing() {
    let (sender, receiver) = mpmc::bounded(100);
    let wakes = WakeCount::new();
    drop(receiver.recv());
    let mut recv = receiver.recv();
    assert!(poll_with(&mut recv, &wakes.waker()).is_pending());
    sender.try_send(1).unwrap();
    assert_eq!(wakes.get(), 1);
    drop(recv);
    assert_eq!(receiver.try_recv(), Ok(1));

    let mut buffer = Vec::new();
    let mut recv_many = receiver.recv_many(&mut buffer, 5);
    assert!(poll_with(&mut recv_many, &wakes.waker()).is_pending());
    sender.try_send(2).unwrap();
    drop(recv_many);
    assert!(buffer.is_empty());
    assert_eq!(receiver.try_recv(), Ok(2));
}

#[test]
fn a_cancelled_sender_passes_its_wake_on() {
    let (sender, receiver) = mpmc::bounded(1);
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
fn a_changed_waker_is_the_one_woken() {
    let (sender, receiver) = mpmc::bounded(100);
    let [first, second] = [WakeCount::new(), WakeCount::new()];
    let mut recv = receiver.recv();
    assert!(poll_with(&mut recv, &first.waker()).is_pending());
    assert!(poll_with(&mut recv, &second.waker()).is_pending());
    assert_eq!(Arc::strong_count(&first), 1, "the first waker is not kept");
    sender.try_send(1).unwrap();
    assert_eq!([first.get(), second.get()], [0, 1]);
    drop(recv);

    let mut send = sender.send(2);
    let mut closed = sender.closed();
    while sender.try_send(3).is_ok() {}
    for wakes in [&first, &second] {
        assert!(poll_with(&mut send, &wakes.waker()).is_pending());
        assert!(poll_with(&mut closed, &wakes.waker()).is_pending());
    }
    assert_eq!(Arc::strong_count(&first), 1, "the first waker is not kept");
    receiver.try_recv().unwrap();
    assert_eq!([first.get(), second.get()], [0, 2], "the sender");
    drop(receiver);
    assert_eq!(
        [first.get(), second.get()],
        [0, 3],
        "the one who waits for the end"
    );
}

#[test]
fn a_spurious_poll_changes_nothing() {
    let (sender, receiver) = mpmc::bounded(1);
    let wakes = WakeCount::new();
    let mut recv = receiver.recv();
    for _ in 0..1_000 {
        assert!(poll_with(&mut recv, &wakes.waker()).is_pending());
    }
    assert_eq!(Arc::strong_count(&wakes), 2, "one waker is kept");
    sender.try_send(1).unwrap();
    assert_eq!(wakes.get(), 1);
    assert_eq!(poll_once(&mut recv), Poll::Ready(Some(1)));
    drop(recv);

    sender.try_send(2).unwrap();
    let mut send = sender.send(3);
    for _ in 0..1_000 {
        assert!(poll_with(&mut send, &wakes.waker()).is_pending());
    }
    assert_eq!(Arc::strong_count(&wakes), 2, "one waker is kept");
    assert_eq!(receiver.try_recv(), Ok(2));
    assert_eq!(receiver.try_recv(), Ok(3));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty), "sent once");
    assert_eq!(wakes.get(), 2);
    assert_eq!(poll_once(&mut send), Poll::Ready(Ok(())));
}

#[test]
fn each_value_is_dropped_once() {
    let drops = DropCount::new();
    let (sender, receiver) = mpmc::bounded(3);
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
fn a_panicking_drop_leaves_the_channel_usable() {
    let drops = DropCount::new();
    let (sender, receiver) = mpmc::bounded(100);
    sender.try_send(drops.value()).unwrap();
    sender.try_send(drops.panicking_value()).unwrap();
    sender.try_send(drops.value()).unwrap();

    assert!(catch_unwind(AssertUnwindSafe(|| drop(receiver))).is_err());
    assert_eq!(drops.get(), 3, "the others are dropped all the same");
    assert!(sender.is_closed() && sender.is_empty());
    assert!(sender.try_send(drops.value()).is_err());

    let (sender, receiver) = mpmc::bounded(1);
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
fn a_waker_may_reenter_the_channel() {
    let (sender, receiver) = mpmc::bounded(1);
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

// Closing.

#[test]
fn a_closed_channel_is_drained_then_ends() {
    let (sender, receiver) = mpmc::bounded(2);
    sender.try_send(1).unwrap();
    sender.try_send(2).unwrap();
    let mut send = sender.send(3);
    assert!(poll_once(&mut send).is_pending());
    receiver.close();
    assert!(sender.is_closed() && receiver.is_closed());
    assert_eq!(sender.try_send(4), Err(TrySendError::ReceiverDropped(4)));
    assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(Some(1)));
    assert_eq!(receiver.try_recv(), Ok(2));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(None));
    assert_eq!(
        poll_once(&mut send),
        Poll::Ready(Err(SendError::ReceiverDropped(3))),
        "the sender's again"
    );
    receiver.close();
}

#[test]
fn values_of_dropped_senders_are_received_before_the_end() {
    let (sender, receiver) = mpmc::bounded(100);
    sender.try_send(1).unwrap();
    drop(sender);
    assert!(receiver.is_closed());
    assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(Some(1)));
    assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(None));
}

#[test]
fn close_wakes_everyone_who_waits_for_it() {
    let (mut sender, receiver) = mpmc::bounded::<u8>(1);
    let wakes = WakeCount::new();
    let senders: Vec<_> = (0..100).map(|_| sender.clone()).collect();
    let mut waits: Vec<_> = senders.iter().map(|sender| sender.closed()).collect();
    for wait in &mut waits {
        assert!(poll_with(wait, &wakes.waker()).is_pending());
    }
    assert!(
        sender
            .poll_closed(&mut Context::from_waker(&wakes.waker()))
            .is_pending()
    );
    drop(waits.pop());
    receiver.close();
    assert_eq!(wakes.get(), 100, "all but the cancelled one");
    assert!(
        waits
            .iter_mut()
            .all(|wait| poll_once(wait).is_ready() && wait.is_terminated())
    );
    assert!(
        sender
            .poll_closed(&mut Context::from_waker(Waker::noop()))
            .is_ready()
    );
}

#[test]
fn a_cancelled_wait_for_closing_keeps_no_waker() {
    let (mut sender, receiver) = mpmc::bounded::<u8>(1);
    let wakes = WakeCount::new();
    let mut closed = sender.closed();
    assert!(poll_with(&mut closed, &wakes.waker()).is_pending());
    drop(closed);
    assert_eq!(Arc::strong_count(&wakes), 1);
    let _keeps_the_channel = sender.clone();
    assert!(
        sender
            .poll_closed(&mut Context::from_waker(&wakes.waker()))
            .is_pending()
    );
    drop(sender);
    assert_eq!(Arc::strong_count(&wakes), 1);
    drop(receiver);
    assert_eq!(wakes.get(), 0);
}

// Accounting.

#[test]
fn handles_count_and_recognize_each_other() {
    let (sender, receiver) = mpmc::bounded(100);
    let other = sender.clone();
    assert_eq!((sender.sender_count(), receiver.sender_count()), (2, 2));
    assert!(sender.same_channel(&other));
    assert!(!sender.same_channel(&mpmc::bounded(100).0));
    assert!(sender.is_empty() && receiver.is_empty());
    sender.try_send(1).unwrap();
    other.try_send(2).unwrap();
    assert_eq!((sender.len(), receiver.len()), (2, 2));
    receiver.try_recv().unwrap();
    assert_eq!((sender.len(), receiver.len()), (1, 1));
    drop(other);
    assert_eq!(receiver.sender_count(), 1);
    drop(receiver);
    assert_eq!(sender.len(), 0);
}

#[test]
fn a_dropped_value_may_reenter_the_channel() {
    let (sender, receiver) = mpmc::bounded(100);
    let inner = sender.clone();
    sender
        .try_send(CallOnDrop::new(move || {
            assert!(inner.is_closed() && inner.is_empty());
            assert!(inner.try_send(CallOnDrop::new(|| ())).is_err());
        }))
        .unwrap();
    drop(receiver);
    assert_eq!(sender.sender_count(), 1, "the value that held a sender is gone");
}

#[test]
fn a_forgotten_receive_harms_nobody() {
    let (sender, receiver) = mpmc::bounded(100);
    let mut recv = receiver.recv();
    assert!(poll_once(&mut recv).is_pending());
    mem::forget(recv);
    let mut closed = sender.closed();
    assert!(poll_once(&mut closed).is_pending());
    mem::forget(closed);
    sender.try_send(1).unwrap();
    assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(Some(1)));
}

#[test]
fn handles_futures_and_errors_print_without_their_value() {
    struct Silent;
    let (sender, receiver) = mpmc::bounded(100);
    assert_eq!(
        format!("{sender:?} {receiver:?}"),
        "BoundedSender { .. } BoundedReceiver { .. }"
    );
    assert_eq!(format!("{:?}", sender.closed()), "ClosedFuture { .. }");
    assert_eq!(format!("{:?}", receiver.recv()), "RecvFuture { .. }");
    assert_eq!(
        format!("{:?}", receiver.recv_many(&mut Vec::new(), 1)),
        "RecvManyFuture { .. }"
    );
    drop(receiver);
    let error = sender.try_send(Silent).unwrap_err();
    assert_eq!(
        format!("{error:?}: {error}"),
        "ReceiverDropped(..): the receiver was dropped or closed"
    );
    assert_eq!(format!("{:?}", sender.send(Silent)), "SendFuture { .. }");
    let error = TrySendError::Full(Silent);
    assert_eq!(format!("{error:?}: {error}"), "Full(..): the channel is full");
}
