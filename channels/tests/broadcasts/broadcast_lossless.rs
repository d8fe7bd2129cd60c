//! What `broadcast::channel` promises, and for both lossless broadcasts what their receiver does with many messages.

#[path = "promises/broadcast.rs"]
mod broadcast;

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use channels::broadcast::{Closed, Receiver, SendError, Sender, TryRecvError, channel};
use futures_core::{FusedStream, Stream};

use crate::same_order_for_every_thread;
use crate::support::poll_once;

const END: Closed = Closed;

fn send<T>(sender: &Sender<T>, value: T) -> Result<(), SendError<T>> {
    sender.send(value)
}

/// B52.
#[test]
fn recv_many_takes_what_is_there_up_to_the_limit() {
    let (sender, mut receiver) = channel();
    let mut buffer = vec![0];
    for number in 1..=4 {
        assert_eq!(sender.send(number), Ok(()));
    }
    assert_eq!(poll_once(&mut receiver.recv_many(&mut buffer, 0)), Poll::Ready(0));
    assert_eq!(poll_once(&mut receiver.recv_many(&mut buffer, 3)), Poll::Ready(3));
    drop(sender);
    assert_eq!(poll_once(&mut receiver.recv_many(&mut buffer, 3)), Poll::Ready(1));
    assert!(!receiver.is_terminated(), "the end was not told yet");
    assert_eq!(poll_once(&mut receiver.recv_many(&mut buffer, 3)), Poll::Ready(0));
    assert_eq!(buffer, [0, 1, 2, 3, 4]);
}

#[test]
fn a_receiver_is_a_fused_stream() {
    let (sender, mut receiver) = channel();
    let next =
        |receiver: &mut Receiver<u32>| Pin::new(receiver).poll_next(&mut Context::from_waker(Waker::noop()));
    assert_eq!(next(&mut receiver), Poll::Pending);
    assert_eq!(sender.send(1), Ok(()));
    assert_eq!(receiver.size_hint(), (1, None));
    drop(sender);
    assert_eq!(next(&mut receiver), Poll::Ready(Some(1)));
    assert!(!receiver.is_terminated());
    assert_eq!(next(&mut receiver), Poll::Ready(None));
    assert!(receiver.is_terminated());
}

#[test]
fn every_thread_sees_the_same_order() {
    let (sender, receiver) = channel();
    same_order_for_every_thread(sender, receiver, |sender, value| {
        assert_eq!(sender.send(value), Ok(()));
    });
}
