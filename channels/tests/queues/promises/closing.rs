//! What every queue promises about its end.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures_core::FusedFuture;

use super::{SendError, TryRecvError, channel, send};
use crate::support::{WakeCount, poll_once, poll_with};

#[test]
fn a_dropped_sender_wakes_the_receiver() {
    let (sender, mut receiver) = channel::<u8>();
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
    let (sender, receiver) = channel::<u8>();
    let wakes = WakeCount::new();
    let mut closed = sender.closed();
    assert!(poll_with(&mut closed, &wakes.waker()).is_pending());
    drop(receiver);
    assert_eq!(wakes.get(), 1);
    assert!(poll_once(&mut closed).is_ready());
    assert!(sender.is_closed());
}

#[test]
fn close_wakes_the_task_that_waits_to_receive() {
    let (sender, mut receiver) = channel::<u8>();
    let wakes = WakeCount::new();
    assert!(
        receiver
            .poll_recv(&mut Context::from_waker(&wakes.waker()))
            .is_pending()
    );
    receiver.close();
    assert_eq!(wakes.get(), 1);
    assert_eq!(Arc::strong_count(&wakes), 1);
    assert_eq!(
        receiver.poll_recv(&mut Context::from_waker(&wakes.waker())),
        Poll::Ready(None)
    );
    drop(sender);
    assert_eq!(wakes.get(), 1);
}

#[test]
fn a_failed_send_returns_the_value() {
    let (sender, receiver) = channel();
    drop(receiver);
    assert_eq!(send(&sender, "mine"), Err(SendError::ReceiverDropped("mine")));
    assert_eq!(send(&sender, "mine").unwrap_err().into_inner(), "mine");
}

#[test]
fn a_closed_channel_is_drained_then_ends() {
    let (sender, mut receiver) = channel();
    send(&sender, 1).unwrap();
    send(&sender, 2).unwrap();
    receiver.close();
    assert!(sender.is_closed() && receiver.is_closed());
    assert_eq!(send(&sender, 3), Err(SendError::ReceiverDropped(3)));
    assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(Some(1)));
    assert_eq!(receiver.try_recv(), Ok(2));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(None));
    receiver.close();
}

#[test]
fn values_of_dropped_senders_are_received_before_the_end() {
    let (sender, mut receiver) = channel();
    send(&sender, 1).unwrap();
    drop(sender);
    assert!(receiver.is_closed());
    assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(Some(1)));
    assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(None));
}

#[test]
fn close_wakes_everyone_who_waits_for_it() {
    let (mut sender, mut receiver) = channel::<u8>();
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
    let (mut sender, receiver) = channel::<u8>();
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
