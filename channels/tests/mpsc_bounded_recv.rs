//! The promises of the bounded `mpsc` about receiving, polled by hand.

#![cfg(not(channels_loom))]

mod support;

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use channels::mpsc;
use futures_core::{FusedFuture, FusedStream, Stream};
use support::{WakeCount, poll_once, poll_with};

#[test]
fn a_cancelled_receive_keeps_no_waker() {
    let (_sender, mut receiver) = mpsc::bounded::<u8>(1);
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
    let (sender, mut receiver) = mpsc::bounded(100);
    let mut buffer = vec![0];
    assert!(poll_once(&mut receiver.recv_many(&mut buffer, 100)).is_pending());
    (1..=100).for_each(|number| sender.try_send(number).unwrap());
    assert_eq!(receiver.peek(), Some(&1));
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
    let (sender, mut receiver) = mpsc::bounded(100);
    let mut buffer = Vec::new();
    assert_eq!(poll_once(&mut receiver.recv_many(&mut buffer, 0)), Poll::Ready(0));
    sender.try_send(1).unwrap();
    let mut none = receiver.recv_many(&mut buffer, 0);
    assert_eq!(poll_once(&mut none), Poll::Ready(0));
    assert!(none.is_terminated());
    drop(none);
    assert!(buffer.is_empty());
    assert_eq!(receiver.try_recv(), Ok(1));
}

#[test]
fn peek_shows_the_value_that_is_received_next() {
    let (sender, mut receiver) = mpsc::bounded(100);
    assert_eq!(receiver.peek(), None);
    sender.try_send(1).unwrap();
    sender.try_send(2).unwrap();
    assert_eq!(receiver.peek(), Some(&1));
    assert_eq!(receiver.peek(), Some(&1));
    assert_eq!(
        (sender.len(), receiver.len()),
        (2, 2),
        "a value that was peeked at is still there"
    );
    drop(sender);
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(receiver.peek(), Some(&2));
    receiver.close();
    assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(Some(2)));
    assert_eq!(receiver.peek(), None);
    assert!(receiver.is_empty());
}

#[test]
fn the_stream_ends_once_all_is_read() {
    let (sender, mut receiver) = mpsc::bounded(100);
    sender.try_send(1).unwrap();
    drop(sender);
    assert_eq!(receiver.size_hint(), (1, None));
    let mut cx = Context::from_waker(Waker::noop());
    assert_eq!(Pin::new(&mut receiver).poll_next(&mut cx), Poll::Ready(Some(1)));
    assert!(!receiver.is_terminated(), "the end was not told yet");
    assert_eq!(Pin::new(&mut receiver).poll_next(&mut cx), Poll::Ready(None));
    assert!(receiver.is_terminated());
    assert_eq!(Pin::new(&mut receiver).poll_next(&mut cx), Poll::Ready(None));
}

#[test]
fn a_receive_is_terminated_once_it_is_ready() {
    let (sender, mut receiver) = mpsc::bounded(100);
    let mut recv = receiver.recv();
    assert!(poll_once(&mut recv).is_pending());
    assert!(!recv.is_terminated());
    sender.try_send(1).unwrap();
    assert!(poll_once(&mut recv).is_ready());
    assert!(recv.is_terminated());
}
