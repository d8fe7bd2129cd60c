//! The weak senders of the unbounded `mpsc`, its `Sink`, and who is woken how often.

#![cfg(not(channels_loom))]

mod support;

use std::task::{Context, Poll};

use channels::mpsc::{self, TryRecvError};
use support::{DropCount, WakeCount, poll_once, poll_with};

#[test]
fn a_weak_sender_becomes_a_sender_while_there_is_one() {
    let (sender, mut receiver) = mpsc::channel();
    let weak = sender.downgrade();
    assert_eq!(sender.sender_count(), 1, "a weak sender is none");
    let upgraded = weak.clone().upgrade().unwrap();
    assert!(upgraded.same_channel(&sender));
    assert_eq!(receiver.sender_count(), 2);
    drop(sender);
    upgraded.send(1).unwrap();
    drop(upgraded);
    assert!(weak.upgrade().is_none());
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn a_weak_sender_does_not_keep_the_channel_open() {
    let (sender, mut receiver) = mpsc::channel::<u8>();
    let weak = sender.downgrade();
    let wakes = WakeCount::new();
    let mut recv = receiver.recv();
    assert!(poll_with(&mut recv, &wakes.waker()).is_pending());
    drop(sender);
    assert_eq!(wakes.get(), 1);
    assert_eq!(poll_once(&mut recv), Poll::Ready(None));
    drop(recv);
    drop(receiver);
    assert!(weak.upgrade().is_none());
}

#[test]
fn an_upgraded_sender_of_a_closed_channel_is_closed() {
    let (sender, receiver) = mpsc::channel();
    let weak = sender.downgrade();
    drop(receiver);
    let upgraded = weak.upgrade().unwrap();
    assert!(upgraded.is_closed());
    assert_eq!(upgraded.send(1).unwrap_err().into_inner(), 1);
}

#[test]
fn a_weak_sender_outlives_the_values() {
    let drops = DropCount::new();
    let (sender, receiver) = mpsc::channel();
    let weak = sender.downgrade();
    assert!(sender.send(drops.value()).is_ok());
    drop(sender);
    assert_eq!(drops.get(), 0, "the receiver may still read it");
    drop(receiver);
    assert_eq!(drops.get(), 1);
    assert!(weak.upgrade().is_none());
    assert_eq!(format!("{weak:?}"), "WeakSender { .. }");
}

#[test]
fn a_waiting_receiver_is_woken_once_for_a_burst() {
    let (sender, mut receiver) = mpsc::channel();
    let wakes = WakeCount::new();
    for round in 1..=50 {
        assert!(poll_with(&mut receiver.recv(), &wakes.waker()).is_pending());
        let mut cx = Context::from_waker(std::task::Waker::noop());
        assert!(receiver.poll_recv(&mut cx).is_pending());
        assert!(
            receiver
                .poll_recv(&mut Context::from_waker(&wakes.waker()))
                .is_pending()
        );
        (0..round).for_each(|number| sender.send(number).unwrap());
        assert_eq!(wakes.get(), round);
        (0..round).for_each(|number| assert_eq!(receiver.try_recv(), Ok(number)));
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    }
}

#[test]
fn a_receiver_that_nobody_waits_for_is_not_woken() {
    let (sender, mut receiver) = mpsc::channel();
    let wakes = WakeCount::new();
    assert!(poll_with(&mut receiver.recv(), &wakes.waker()).is_pending());
    sender.send(1).unwrap();
    drop(sender);
    assert_eq!(wakes.get(), 0, "the wait was cancelled");
    assert_eq!(receiver.try_recv(), Ok(1));
}

#[test]
fn close_wakes_the_task_that_waits_to_receive() {
    let (sender, mut receiver) = mpsc::channel::<u8>();
    let wakes = WakeCount::new();
    assert!(
        receiver
            .poll_recv(&mut Context::from_waker(&wakes.waker()))
            .is_pending()
    );
    receiver.close();
    assert_eq!(wakes.get(), 1);
    assert_eq!(std::sync::Arc::strong_count(&wakes), 1);
    assert_eq!(
        receiver.poll_recv(&mut Context::from_waker(&wakes.waker())),
        Poll::Ready(None)
    );
    drop(sender);
    assert_eq!(wakes.get(), 1);
}

#[cfg(feature = "futures-sink")]
mod sink {
    use super::support::poll_once;
    use channels::mpsc::{self, SendError};
    use futures_sink::Sink;
    use std::future::poll_fn;
    use std::pin::Pin;
    use std::task::Poll;

    #[test]
    fn a_sink_takes_values_and_gives_the_refused_one_back() {
        let (mut sender, mut receiver) = mpsc::channel();
        let ready = poll_once(&mut poll_fn(|cx| Pin::new(&mut sender).poll_ready(cx)));
        assert_eq!(ready, Poll::Ready(Ok(())));
        assert_eq!(Pin::new(&mut sender).start_send(1), Ok(()));
        let flushed = poll_once(&mut poll_fn(|cx| Pin::new(&mut sender).poll_flush(cx)));
        assert_eq!(flushed, Poll::Ready(Ok(())));
        assert_eq!(receiver.try_recv(), Ok(1));
        let closed = poll_once(&mut poll_fn(|cx| Pin::new(&mut sender).poll_close(cx)));
        assert_eq!(closed, Poll::Ready(Ok(())));
        assert!(!receiver.is_closed(), "the end comes with the sender's drop");
        drop(receiver);
        assert_eq!(
            Pin::new(&mut sender).start_send(2),
            Err(SendError::ReceiverDropped(2))
        );
    }
}
