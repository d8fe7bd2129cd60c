//! What the queues of one receiver promise: it may look at a value without taking it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

use futures_core::Stream;

use super::{channel, send};
use crate::support::{DropCount, poll_once};

#[test]
fn peek_shows_the_value_that_is_received_next() {
    let (sender, mut receiver) = channel();
    assert_eq!(receiver.peek(), None);
    send(&sender, 1).unwrap();
    send(&sender, 2).unwrap();
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
fn recv_many_takes_the_value_that_was_peeked_at_first() {
    let (sender, mut receiver) = channel();
    (1..=100).for_each(|number| send(&sender, number).unwrap());
    assert_eq!(receiver.peek(), Some(&1));
    let mut buffer = Vec::new();
    assert_eq!(
        poll_once(&mut receiver.recv_many(&mut buffer, 70)),
        Poll::Ready(70)
    );
    assert!(buffer.into_iter().eq(1..=70));
    assert_eq!(receiver.peek(), Some(&71));
}

#[test]
fn a_value_that_was_peeked_at_is_dropped_once() {
    let drops = DropCount::new();
    let (sender, mut receiver) = channel();
    (0..5).for_each(|_| assert!(send(&sender, drops.value()).is_ok()));
    drop(receiver.try_recv());
    assert!(receiver.peek().is_some());
    assert_eq!(drops.get(), 1);
    drop(receiver);
    assert_eq!(drops.get(), 5, "at once, though the sender is there");
}

#[test]
fn a_drop_that_panics_after_a_peek_leaves_the_channel_usable() {
    let drops = DropCount::new();
    let (sender, mut receiver) = channel();
    send(&sender, drops.value()).unwrap();
    send(&sender, drops.panicking_value()).unwrap();
    send(&sender, drops.value()).unwrap();
    assert!(receiver.peek().is_some());
    assert!(catch_unwind(AssertUnwindSafe(|| drop(receiver))).is_err());
    assert_eq!(drops.get(), 3, "the others are dropped all the same");
    assert!(sender.is_closed() && sender.is_empty());
    assert!(send(&sender, drops.value()).is_err());
}

#[test]
fn the_stream_tells_how_much_there_is_at_least() {
    let (sender, receiver) = channel();
    assert_eq!(receiver.size_hint(), (0, None));
    send(&sender, 1).unwrap();
    assert_eq!(receiver.size_hint(), (1, None));
}
