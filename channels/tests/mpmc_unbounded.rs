//! The promises of the unbounded `mpmc`, polled by hand. More in `mpmc_receivers.rs`.

#![cfg(not(channels_loom))]

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::{mem, thread};

use channels::mpmc::{self, SendError, TryRecvError};
use futures_core::{FusedFuture, FusedStream, Stream};
use support::{CallOnDrop, DropCount, WakeCount, WakerEvent, block_on, hooked_waker, poll_once, poll_with};

// The list that every flavour shares.

#[test]
fn sends_then_receives() {
    let (sender, receiver) = mpmc::channel();
    sender.send(1).unwrap();
    assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(Some(1)));
    sender.send(2).unwrap();
    assert_eq!(receiver.try_recv(), Ok(2));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn receives_in_send_order() {
    let (sender, receiver) = mpmc::channel();
    let other = sender.clone();
    for number in 0..100 {
        if number % 3 == 0 { &sender } else { &other }
            .send(number)
            .unwrap();
    }
    assert!((0..100).all(|number| receiver.try_recv() == Ok(number)));
}

#[test]
fn a_dropped_sender_wakes_the_receiver() {
    let (sender, receiver) = mpmc::channel::<u8>();
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
    let (sender, receiver) = mpmc::channel::<u8>();
    let wakes = WakeCount::new();
    let mut closed = sender.closed();
    assert!(poll_with(&mut closed, &wakes.waker()).is_pending());
    drop(receiver);
    assert_eq!(wakes.get(), 1);
    assert!(poll_once(&mut closed).is_ready());
    assert!(sender.is_closed());
}

#[test]
fn a_failed_send_returns_the_value() {
    let (sender, receiver) = mpmc::channel();
    drop(receiver);
    assert_eq!(sender.send("mine"), Err(SendError::ReceiverDropped("mine")));
    assert_eq!(sender.send("mine").unwrap_err().into_inner(), "mine");
}

#[test]
fn a_cancelled_receive_loses_nothing() {
    let (sender, receiver) = mpmc::channel();
    let wakes = WakeCount::new();
    drop(receiver.recv());
    let mut recv = receiver.recv();
    assert!(poll_with(&mut recv, &wakes.waker()).is_pending());
    sender.send(1).unwrap();
    assert_eq!(wakes.get(), 1);
    drop(recv);
    assert_eq!(receiver.try_recv(), Ok(1));

    let mut buffer = Vec::new();
    let mut recv_many = receiver.recv_many(&mut buffer, 5);
    assert!(poll_with(&mut recv_many, &wakes.waker()).is_pending());
    sender.send(2).unwrap();
    drop(recv_many);
    assert!(buffer.is_empty());
    assert_eq!(receiver.try_recv(), Ok(2));
}

#[test]
fn a_changed_waker_is_the_one_woken() {
    let (sender, receiver) = mpmc::channel();
    let [first, second] = [WakeCount::new(), WakeCount::new()];
    let mut recv = receiver.recv();
    assert!(poll_with(&mut recv, &first.waker()).is_pending());
    assert!(poll_with(&mut recv, &second.waker()).is_pending());
    assert_eq!(Arc::strong_count(&first), 1, "the first waker is not kept");
    sender.send(1).unwrap();
    assert_eq!([first.get(), second.get()], [0, 1]);
    drop(recv);

    let mut closed = sender.closed();
    assert!(poll_with(&mut closed, &first.waker()).is_pending());
    assert!(poll_with(&mut closed, &second.waker()).is_pending());
    drop(receiver);
    assert_eq!([first.get(), second.get()], [0, 2]);
}

#[test]
fn a_spurious_poll_changes_nothing() {
    let (sender, receiver) = mpmc::channel();
    let wakes = WakeCount::new();
    let mut recv = receiver.recv();
    for _ in 0..1_000 {
        assert!(poll_with(&mut recv, &wakes.waker()).is_pending());
    }
    assert_eq!(Arc::strong_count(&wakes), 2, "one waker is kept");
    sender.send(1).unwrap();
    assert_eq!(wakes.get(), 1);
    assert_eq!(poll_once(&mut recv), Poll::Ready(Some(1)));
}

#[test]
fn each_value_is_dropped_once() {
    let drops = DropCount::new();
    let (sender, receiver) = mpmc::channel();
    for _ in 0..5 {
        sender.send(drops.value()).unwrap();
    }
    drop(receiver.try_recv());
    assert_eq!(drops.get(), 1);

    drop(receiver);
    assert_eq!(drops.get(), 5, "at once, though the sender is there");
    drop(sender.send(drops.value()));
    assert_eq!(drops.get(), 6);
    drop(sender);
    assert_eq!(drops.get(), 6);
}

#[test]
fn a_panicking_drop_leaves_the_channel_usable() {
    let drops = DropCount::new();
    let (sender, receiver) = mpmc::channel();
    sender.send(drops.value()).unwrap();
    sender.send(drops.panicking_value()).unwrap();
    sender.send(drops.value()).unwrap();

    assert!(catch_unwind(AssertUnwindSafe(|| drop(receiver))).is_err());
    assert_eq!(drops.get(), 3, "the others are dropped all the same");
    assert!(sender.is_closed() && sender.is_empty());
    assert!(sender.send(drops.value()).is_err());
}

#[test]
fn a_waker_may_reenter_the_channel() {
    let (sender, receiver) = mpmc::channel();
    let events = Arc::new(Mutex::new(Vec::new()));
    let waker = hooked_waker({
        let (sender, events) = (sender.clone(), Arc::clone(&events));
        move |event| {
            events.lock().unwrap().push(event);
            let _ = sender.send(());
            drop(sender.clone());
            assert_eq!(sender.is_empty(), sender.is_closed());
        }
    });
    assert!(poll_with(&mut sender.closed(), &waker).is_pending());
    let mut closed = sender.closed();
    assert!(poll_with(&mut closed, &waker).is_pending());
    assert!(poll_with(&mut closed, &waker).is_pending());
    while receiver.try_recv().is_ok() {}
    // Cloning this one sends: the second check finds the value, and the clone is dropped, which sends again.
    assert_eq!(poll_with(&mut receiver.recv(), &waker), Poll::Ready(Some(())));
    while receiver.try_recv().is_ok() {}
    drop(receiver);
    let seen = mem::take(&mut *events.lock().unwrap());
    for event in [WakerEvent::Cloned, WakerEvent::Woken, WakerEvent::Dropped] {
        assert!(seen.contains(&event), "{event:?}");
    }
}

// Closing.

#[test]
fn a_closed_channel_is_drained_then_ends() {
    let (sender, receiver) = mpmc::channel();
    sender.send(1).unwrap();
    sender.send(2).unwrap();
    receiver.close();
    assert!(sender.is_closed() && receiver.is_closed());
    assert_eq!(sender.send(3), Err(SendError::ReceiverDropped(3)));
    assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(Some(1)));
    assert_eq!(receiver.try_recv(), Ok(2));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(None));
    receiver.close();
}

#[test]
fn values_of_dropped_senders_are_received_before_the_end() {
    let (sender, receiver) = mpmc::channel();
    sender.send(1).unwrap();
    drop(sender);
    assert!(receiver.is_closed());
    assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(Some(1)));
    assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(None));
}

#[test]
fn close_wakes_everyone_who_waits_for_it() {
    let (mut sender, receiver) = mpmc::channel::<u8>();
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
    let (mut sender, receiver) = mpmc::channel::<u8>();
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

// Receiving.

#[test]
fn a_cancelled_receive_keeps_no_waker() {
    let (_sender, mut receiver) = mpmc::channel::<u8>();
    let wakes = WakeCount::new();
    let mut recv = receiver.recv();
    assert!(poll_with(&mut recv, &wakes.waker()).is_pending());
    drop(recv);
    assert_eq!(Arc::strong_count(&wakes), 1);
    assert!(
        receiver
            .poll_recv(&mut Context::from_waker(&wakes.waker()))
            .is_pending()
    );
    drop(receiver.recv());
    assert_eq!(
        Arc::strong_count(&wakes),
        2,
        "a receive that never waited disturbs no other wait"
    );
    drop(receiver);
    assert_eq!(Arc::strong_count(&wakes), 1);
}

#[test]
fn recv_many_takes_what_is_there_up_to_the_limit() {
    let (sender, receiver) = mpmc::channel();
    let mut buffer = vec![0];
    assert!(poll_once(&mut receiver.recv_many(&mut buffer, 100)).is_pending());
    (1..=100).for_each(|number| sender.send(number).unwrap());
    assert_eq!(
        poll_once(&mut receiver.recv_many(&mut buffer, 70)),
        Poll::Ready(70)
    );
    assert_eq!(
        poll_once(&mut receiver.recv_many(&mut buffer, usize::MAX)),
        Poll::Ready(30)
    );
    assert!(buffer.iter().copied().eq(0..=100), "appended, in order");
    drop(sender);
    assert_eq!(poll_once(&mut receiver.recv_many(&mut buffer, 5)), Poll::Ready(0));
    assert_eq!(buffer.len(), 101);
}

#[test]
fn recv_many_with_limit_0_is_ready_and_takes_nothing() {
    let (sender, receiver) = mpmc::channel();
    let mut buffer = Vec::new();
    assert_eq!(poll_once(&mut receiver.recv_many(&mut buffer, 0)), Poll::Ready(0));
    sender.send(1).unwrap();
    let mut none = receiver.recv_many(&mut buffer, 0);
    assert_eq!(poll_once(&mut none), Poll::Ready(0));
    assert!(none.is_terminated());
    drop(none);
    assert!(buffer.is_empty());
    assert_eq!(receiver.try_recv(), Ok(1));
}

#[test]
fn the_stream_ends_once_all_is_read() {
    let (sender, mut receiver) = mpmc::channel();
    sender.send(1).unwrap();
    drop(sender);
    let mut cx = Context::from_waker(Waker::noop());
    assert_eq!(Pin::new(&mut receiver).poll_next(&mut cx), Poll::Ready(Some(1)));
    assert!(!receiver.is_terminated(), "the end was not told yet");
    assert_eq!(Pin::new(&mut receiver).poll_next(&mut cx), Poll::Ready(None));
    assert!(receiver.is_terminated());
    assert_eq!(Pin::new(&mut receiver).poll_next(&mut cx), Poll::Ready(None));
}

#[test]
fn a_receive_is_terminated_once_it_is_ready() {
    let (sender, receiver) = mpmc::channel();
    let mut recv = receiver.recv();
    assert!(poll_once(&mut recv).is_pending());
    assert!(!recv.is_terminated());
    sender.send(1).unwrap();
    assert!(poll_once(&mut recv).is_ready());
    assert!(recv.is_terminated());
}

#[test]
#[should_panic = "polled after it was ready"]
fn a_receive_that_was_ready_panics_when_polled() {
    let (sender, receiver) = mpmc::channel();
    sender.send(1).unwrap();
    sender.send(2).unwrap();
    let mut recv = receiver.recv();
    assert!(poll_once(&mut recv).is_ready());
    let _never = poll_once(&mut recv);
}

// Accounting.

#[test]
fn handles_count_and_recognize_each_other() {
    let (sender, receiver) = mpmc::channel();
    let other = sender.clone();
    assert_eq!((sender.sender_count(), receiver.sender_count()), (2, 2));
    assert!(sender.same_channel(&other));
    assert!(!sender.same_channel(&mpmc::channel().0));
    assert!(sender.is_empty() && receiver.is_empty());
    sender.send(1).unwrap();
    other.send(2).unwrap();
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
    let (sender, receiver) = mpmc::channel();
    let inner = sender.clone();
    sender
        .send(CallOnDrop::new(move || {
            assert!(inner.is_closed() && inner.is_empty());
            assert!(inner.send(CallOnDrop::new(|| ())).is_err());
        }))
        .unwrap();
    drop(receiver);
    assert_eq!(sender.sender_count(), 1, "the value that held a sender is gone");
}

#[test]
fn a_forgotten_receive_harms_nobody() {
    let (sender, receiver) = mpmc::channel();
    let mut recv = receiver.recv();
    assert!(poll_once(&mut recv).is_pending());
    mem::forget(recv);
    let mut closed = sender.closed();
    assert!(poll_once(&mut closed).is_pending());
    mem::forget(closed);
    sender.send(1).unwrap();
    assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(Some(1)));
}

#[test]
fn threads_send_everything_once_and_in_their_order() {
    const THREADS: usize = 3;
    const VALUES: usize = 300;
    let (sender, receiver) = mpmc::channel();
    let mut next = [0; THREADS];
    thread::scope(|scope| {
        for id in 0..THREADS {
            let sender = sender.clone();
            scope.spawn(move || (0..VALUES).for_each(|number| sender.send((id, number)).unwrap()));
        }
        drop(sender);
        block_on(async {
            while let Some((id, number)) = receiver.recv().await {
                assert_eq!(number, next[id]);
                next[id] += 1;
            }
        });
    });
    assert_eq!(next, [VALUES; THREADS]);
}

#[test]
fn handles_futures_and_errors_print_without_their_value() {
    struct Silent;
    let (sender, receiver) = mpmc::channel();
    assert_eq!(
        format!("{sender:?} {receiver:?}"),
        "Sender { .. } Receiver { .. }"
    );
    assert_eq!(format!("{:?}", sender.closed()), "ClosedFuture { .. }");
    assert_eq!(format!("{:?}", receiver.recv()), "RecvFuture { .. }");
    assert_eq!(
        format!("{:?}", receiver.recv_many(&mut Vec::new(), 1)),
        "RecvManyFuture { .. }"
    );
    drop(receiver);
    let error = sender.send(Silent).unwrap_err();
    assert_eq!(
        format!("{error:?}: {error}"),
        "ReceiverDropped(..): the receiver was dropped or closed"
    );
    assert_eq!(TryRecvError::Empty.to_string(), "the channel is empty");
    assert_eq!(TryRecvError::Closed.to_string(), "the channel has ended");
}

#[test]
fn a_weak_sender_becomes_a_sender_while_there_is_one() {
    let (sender, receiver) = mpmc::channel();
    let weak = sender.downgrade();
    assert_eq!(sender.sender_count(), 1, "a weak sender is none");
    let upgraded = weak.clone().upgrade().unwrap();
    assert!(upgraded.same_channel(&sender));
    assert_eq!(receiver.sender_count(), 2);
    drop(sender);
    upgraded.send(1).unwrap();
    let mut recv = receiver.recv();
    assert_eq!(poll_once(&mut recv), Poll::Ready(Some(1)));
    let wakes = WakeCount::new();
    let mut recv = receiver.recv();
    assert!(poll_with(&mut recv, &wakes.waker()).is_pending());
    drop(upgraded);
    assert_eq!(wakes.get(), 1, "the weak one does not keep the channel open");
    assert!(weak.upgrade().is_none());
    assert_eq!(poll_once(&mut recv), Poll::Ready(None));
    assert_eq!(format!("{weak:?}"), "WeakSender { .. }");
}

#[cfg(feature = "futures-sink")]
#[test]
fn a_sink_takes_values_and_gives_the_refused_one_back() {
    use futures_sink::Sink;

    let (mut sender, receiver) = mpmc::channel();
    let mut cx = Context::from_waker(Waker::noop());
    assert_eq!(Pin::new(&mut sender).poll_ready(&mut cx), Poll::Ready(Ok(())));
    assert_eq!(Pin::new(&mut sender).start_send(1), Ok(()));
    assert_eq!(Pin::new(&mut sender).poll_flush(&mut cx), Poll::Ready(Ok(())));
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(Pin::new(&mut sender).poll_close(&mut cx), Poll::Ready(Ok(())));
    assert!(!receiver.is_closed(), "the end comes with the sender's drop");
    drop(receiver);
    assert_eq!(
        Pin::new(&mut sender).start_send(2),
        Err(SendError::ReceiverDropped(2))
    );
}
