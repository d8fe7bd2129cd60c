//! What the weak senders of the broadcasts promise.
#![cfg(not(channels_loom))]

mod support;

use std::task::Poll;

use channels::broadcast::{self, Closed, RecvError};
use support::{WakeCount, poll_once, poll_with};

#[test]
fn a_weak_sender_does_not_keep_the_channel_open() {
    let (sender, mut receiver) = broadcast::channel::<u32>();
    let weak = sender.downgrade();
    let other = weak.clone();
    assert_eq!(sender.sender_count(), 1);
    let wakes = WakeCount::new();
    let mut recv = receiver.recv();
    assert_eq!(poll_with(&mut recv, &wakes.waker()), Poll::Pending);

    drop(sender);

    assert_eq!(wakes.get(), 1);
    assert_eq!(poll_once(&mut recv), Poll::Ready(Err(Closed)));
    assert!(weak.upgrade().is_none(), "B51: the end is final");
    assert!(other.upgrade().is_none());
}

#[test]
fn an_upgraded_sender_is_one_as_any_other() {
    let (sender, mut receiver) = broadcast::channel();
    let upgraded = sender.downgrade().upgrade().expect("a sender is there");
    assert!(upgraded.same_channel(&sender));
    assert_eq!(sender.sender_count(), 2);
    drop(sender);
    assert_eq!(upgraded.send(1), Ok(()));
    assert_eq!(receiver.try_recv(), Ok(1));
    drop(upgraded);
    assert_eq!(receiver.try_recv(), Err(broadcast::TryRecvError::Closed));
}

#[test]
fn a_weak_sender_of_a_bounded_channel_is_upgraded_while_a_sender_is_there() {
    let (sender, mut receiver) = broadcast::bounded(1);
    let weak = sender.downgrade();
    let upgraded = weak.upgrade().expect("a sender is there");
    assert_eq!(upgraded.try_send(1), Ok(()));
    drop((sender, upgraded));
    assert!(weak.upgrade().is_none());
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(Err(Closed)));
}

#[test]
fn a_weak_sender_of_an_overwriting_channel_is_upgraded_while_a_sender_is_there() {
    let (sender, mut receiver) = broadcast::overwriting(1);
    let weak = sender.downgrade();
    let upgraded = weak.upgrade().expect("a sender is there");
    assert_eq!(upgraded.send(1), Ok(()));
    drop((sender, upgraded));
    assert!(weak.upgrade().is_none());
    assert_eq!(receiver.try_recv().ok(), Some(1));
    assert_eq!(
        poll_once(&mut receiver.recv()),
        Poll::Ready(Err(RecvError::Closed))
    );
}
