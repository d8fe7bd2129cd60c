//! The bounded `mpsc`. Threads that use all of it at once are in `mpsc_bounded_threads.rs`.

#[path = "promises/bounded_queue.rs"]
mod bounded_queue;
#[path = "promises/one_receiver.rs"]
mod one_receiver;
#[path = "promises/queue.rs"]
mod queue;

use std::task::Poll;

use bounded_queue::{HANDLES, channel, send};
use channels::mpsc::{BoundedReceiver, BoundedSender, SendError, TryRecvError, TrySendError, bounded};

use crate::support::{DropCount, WakeCount, poll_once, poll_with};

#[test]
#[should_panic = "the capacity of a bounded channel must be at most"]
fn a_capacity_beyond_all_memory_panics() {
    bounded::<u8>(usize::MAX);
}

#[test]
fn a_value_that_was_peeked_at_takes_up_room_until_it_is_received() {
    let (sender, mut receiver) = bounded(1);
    sender.try_send(1).unwrap();
    assert_eq!(receiver.peek(), Some(&1));
    assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
    let wakes = WakeCount::new();
    let mut send = sender.send(2);
    assert!(poll_with(&mut send, &wakes.waker()).is_pending());
    assert_eq!((receiver.len(), wakes.get()), (1, 0));
    assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(Some(1)));
    assert_eq!((receiver.len(), wakes.get()), (1, 1));
    assert_eq!(receiver.peek(), Some(&2));
}

#[test]
fn what_is_left_after_a_peek_is_dropped_once() {
    let drops = DropCount::new();
    let (sender, mut receiver) = bounded(3);
    (0..3).for_each(|_| assert!(sender.try_send(drops.value()).is_ok()));
    let mut served = sender.send(drops.value());
    let mut waiting = sender.send(drops.value());
    assert!(poll_once(&mut served).is_pending() && poll_once(&mut waiting).is_pending());
    assert!(receiver.peek().is_some());
    drop(receiver.try_recv());
    drop(served);
    assert!(receiver.peek().is_some());
    assert_eq!(drops.get(), 1, "the one that was served is in the channel");
    drop(receiver);
    assert_eq!(drops.get(), 4, "unread values are dropped at once");
    drop(poll_once(&mut waiting));
    assert_eq!(drops.get(), 5, "given back");
}

#[test]
fn peek_shows_what_was_given_at_a_rendezvous_and_nothing_that_waits() {
    let (sender, mut receiver) = bounded(0);
    let mut recv = receiver.recv();
    assert!(poll_once(&mut recv).is_pending());
    sender.try_send(1).unwrap();
    drop(recv);
    let mut send = sender.send(2);
    assert!(poll_once(&mut send).is_pending());
    assert_eq!((receiver.len(), receiver.peek()), (1, Some(&1)));
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!((receiver.len(), receiver.peek()), (0, None));
}
