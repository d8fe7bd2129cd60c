//! What every broadcast promises about its handles, weak ones included.

use std::task::Poll;

use super::{END, TryRecvError, channel, send};
use crate::support::{WakeCount, poll_once, poll_with};

#[test]
fn counts_are_told() {
    let (sender, receiver) = channel::<u32>();
    let (other, _) = channel::<u32>();
    let (clone, second) = (sender.clone(), receiver.clone());
    assert_eq!((sender.sender_count(), sender.receiver_count()), (2, 2));
    assert!(sender.same_channel(&clone) && !sender.same_channel(&other));
    assert!(sender.is_empty() && receiver.is_empty());
    drop((clone, second));
    assert_eq!((sender.sender_count(), sender.receiver_count()), (1, 1));
    assert_eq!(send(&sender, 1), Ok(()));
    assert_eq!(
        (sender.len(), receiver.len(), sender.subscribe().len()),
        (1, 1, 0)
    );
}

#[test]
fn a_weak_sender_does_not_keep_the_channel_open() {
    let (sender, mut receiver) = channel::<u32>();
    let weak = sender.downgrade();
    let other = weak.clone();
    assert_eq!(sender.sender_count(), 1);
    let wakes = WakeCount::new();
    let mut recv = receiver.recv();
    assert_eq!(poll_with(&mut recv, &wakes.waker()), Poll::Pending);

    drop(sender);

    assert_eq!(wakes.get(), 1);
    assert_eq!(poll_once(&mut recv), Poll::Ready(Err(END)));
    assert!(weak.upgrade().is_none(), "B51: the end is final");
    assert!(other.upgrade().is_none());
}

#[test]
fn an_upgraded_sender_is_one_as_any_other() {
    let (sender, mut receiver) = channel();
    let upgraded = sender.downgrade().upgrade().expect("a sender is there");
    assert!(upgraded.same_channel(&sender));
    assert_eq!(sender.sender_count(), 2);
    drop(sender);
    assert_eq!(send(&upgraded, 1), Ok(()));
    assert_eq!(receiver.try_recv(), Ok(1));
    drop(upgraded);
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
}
