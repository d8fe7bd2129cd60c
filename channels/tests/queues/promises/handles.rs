//! What every queue promises about its handles, weak ones included.

use std::task::Poll;

use super::{HANDLES, TryRecvError, channel, send};
use crate::support::{DropCount, WakeCount, poll_once, poll_with};

#[test]
fn handles_count_and_recognize_each_other() {
    let (sender, mut receiver) = channel();
    let other = sender.clone();
    assert_eq!((sender.sender_count(), receiver.sender_count()), (2, 2));
    assert!(sender.same_channel(&other));
    assert!(!sender.same_channel(&channel().0));
    assert!(sender.is_empty() && receiver.is_empty());
    send(&sender, 1).unwrap();
    send(&other, 2).unwrap();
    assert_eq!((sender.len(), receiver.len()), (2, 2));
    receiver.try_recv().unwrap();
    assert_eq!((sender.len(), receiver.len()), (1, 1));
    drop(other);
    assert_eq!(receiver.sender_count(), 1);
    drop(receiver);
    assert_eq!(sender.len(), 0);
}

#[test]
fn a_weak_sender_becomes_a_sender_while_there_is_one() {
    let (sender, mut receiver) = channel();
    let weak = sender.downgrade();
    let other = weak.clone();
    assert_eq!(sender.sender_count(), 1, "a weak sender is none");
    let upgraded = weak.upgrade().unwrap();
    assert!(upgraded.same_channel(&sender));
    assert_eq!(receiver.sender_count(), 2);
    drop(sender);
    send(&upgraded, 1).unwrap();
    drop(upgraded);
    assert!(weak.upgrade().is_none() && other.upgrade().is_none());
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn a_weak_sender_does_not_keep_the_channel_open() {
    let (sender, mut receiver) = channel::<u8>();
    let weak = sender.downgrade();
    let upgraded = weak.upgrade().unwrap();
    let wakes = WakeCount::new();
    let mut recv = receiver.recv();
    assert!(poll_with(&mut recv, &wakes.waker()).is_pending());
    drop(sender);
    assert_eq!(wakes.get(), 0, "an upgraded sender is a sender");
    drop(upgraded);
    assert_eq!(wakes.get(), 1);
    assert_eq!(poll_once(&mut recv), Poll::Ready(None));
    drop(recv);
    drop(receiver);
    assert!(weak.upgrade().is_none());
}

#[test]
fn an_upgraded_sender_of_a_closed_channel_is_closed() {
    let (sender, receiver) = channel();
    let weak = sender.downgrade();
    drop(receiver);
    let upgraded = weak.upgrade().unwrap();
    assert!(upgraded.is_closed());
    assert_eq!(send(&upgraded, 1).unwrap_err().into_inner(), 1);
}

#[test]
fn a_weak_sender_outlives_the_values() {
    let drops = DropCount::new();
    let (sender, receiver) = channel();
    let weak = sender.downgrade();
    assert!(send(&sender, drops.value()).is_ok());
    drop(sender);
    assert_eq!(drops.get(), 0, "the receiver may still read it");
    drop(receiver);
    assert_eq!(drops.get(), 1);
    assert!(weak.upgrade().is_none());
}

#[test]
fn handles_futures_and_errors_print_without_their_value() {
    struct Silent;
    let (sender, mut receiver) = channel();
    assert_eq!(
        format!("{sender:?} {receiver:?} {:?}", sender.downgrade()),
        HANDLES
    );
    assert_eq!(format!("{:?}", sender.closed()), "ClosedFuture { .. }");
    assert_eq!(format!("{:?}", receiver.recv()), "RecvFuture { .. }");
    assert_eq!(
        format!("{:?}", receiver.recv_many(&mut Vec::new(), 1)),
        "RecvManyFuture { .. }"
    );
    drop(receiver);
    let error = send(&sender, Silent).unwrap_err();
    assert_eq!(
        format!("{error:?}: {error}"),
        "ReceiverDropped(..): the receiver was dropped or closed"
    );
    assert_eq!(TryRecvError::Empty.to_string(), "the channel is empty");
    assert_eq!(TryRecvError::Closed.to_string(), "the channel has ended");
}
