//! What the bounded queues promise at capacity 0: there is room exactly while a receive waits unserved.

use std::mem;
use std::sync::Arc;
use std::task::Poll;

use super::{SendError, TryRecvError, TrySendError, bounded};
use crate::in_order_from_threads;
use crate::support::{DropCount, WakeCount, block_on, poll_once, poll_with};

#[test]
fn there_is_room_exactly_while_a_receive_waits_unserved() {
    let (sender, mut receiver) = bounded(0);
    assert_eq!((sender.capacity(), receiver.capacity()), (0, 0));
    assert_eq!(sender.try_send(1), Err(TrySendError::Full(1)));
    let wakes = WakeCount::new();
    let mut recv = receiver.recv();
    assert!(poll_with(&mut recv, &wakes.waker()).is_pending());
    assert_eq!(sender.try_send(1), Ok(()));
    assert_eq!(wakes.get(), 1);
    assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)), "it is served");
    assert_eq!(poll_once(&mut recv), Poll::Ready(Some(1)));
    drop(recv);
    assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
    assert!(poll_once(&mut receiver.recv()).is_pending());
    assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)), "it was cancelled");
}

#[test]
fn a_receive_takes_the_value_of_the_first_sender_that_waits() {
    let (sender, mut receiver) = bounded(0);
    let wakes = WakeCount::new();
    let mut sends = [1, 2, 3].map(|number| sender.send(number));
    for send in &mut sends {
        assert!(poll_with(send, &wakes.waker()).is_pending());
    }
    assert_eq!(sender.len(), 0);
    assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(Some(1)));
    assert_eq!(receiver.try_recv(), Ok(2));
    assert_eq!(wakes.get(), 2);
    let mut buffer = Vec::new();
    assert_eq!(poll_once(&mut receiver.recv_many(&mut buffer, 5)), Poll::Ready(1));
    assert_eq!((buffer, wakes.get()), (vec![3], 3));
    assert!(
        sends
            .iter_mut()
            .all(|send| poll_once(send) == Poll::Ready(Ok(())))
    );
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
}

/// B26, B45.
#[test]
fn a_value_given_to_a_cancelled_receive_is_the_next_one_received() {
    let (sender, mut receiver) = bounded(0);
    let mut recv = receiver.recv();
    assert!(poll_once(&mut recv).is_pending());
    sender.try_send(1).unwrap();
    drop(recv);
    assert_eq!(receiver.len(), 1);
    let mut send = sender.send(2);
    assert!(poll_once(&mut send).is_pending());
    assert_eq!(receiver.try_recv(), Ok(1));
    assert!(poll_once(&mut send).is_pending(), "no receive waits for it");
    assert_eq!(receiver.try_recv(), Ok(2));
    assert_eq!(poll_once(&mut send), Poll::Ready(Ok(())));
}

#[test]
fn a_permit_is_given_while_a_receive_waits() {
    let (sender, mut receiver) = bounded(0);
    let wakes = WakeCount::new();
    let mut reserve = sender.reserve();
    assert!(poll_with(&mut reserve, &wakes.waker()).is_pending());
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    let mut recv = receiver.recv();
    assert!(poll_once(&mut recv).is_pending());
    assert_eq!(wakes.get(), 1);
    let Poll::Ready(Ok(permit)) = poll_once(&mut reserve) else {
        panic!("a receive waits");
    };
    assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)), "it is promised");
    permit.send(1).unwrap();
    assert_eq!(poll_once(&mut recv), Poll::Ready(Some(1)));
    drop(recv);

    let mut recv = receiver.recv();
    assert!(poll_once(&mut recv).is_pending());
    let permit = sender.try_reserve().unwrap();
    let mut send = sender.send(3);
    assert!(poll_once(&mut send).is_pending());
    drop(permit);
    assert_eq!(
        poll_once(&mut send),
        Poll::Ready(Ok(())),
        "the receive still waits"
    );
    assert_eq!(poll_once(&mut recv), Poll::Ready(Some(3)));
    drop(recv);

    let mut recv = receiver.recv();
    assert!(poll_once(&mut recv).is_pending());
    let permit = sender.try_reserve().unwrap();
    drop(recv);
    permit.send(4).unwrap();
    assert_eq!(receiver.try_recv(), Ok(4), "the next one received");
}

#[test]
fn both_ends_of_a_rendezvous_learn_of_the_other_end() {
    let (sender, mut receiver) = bounded(0);
    let wakes = WakeCount::new();
    let mut recv = receiver.recv();
    assert!(poll_with(&mut recv, &wakes.waker()).is_pending());
    assert!(poll_once(&mut sender.send(1)).is_ready());
    assert_eq!(poll_once(&mut recv), Poll::Ready(Some(1)));
    drop(recv);
    let mut forgotten = sender.send(2);
    assert!(poll_once(&mut forgotten).is_pending());
    mem::forget(forgotten);
    drop(sender);
    assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(Some(2)));
    assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(None));

    let (sender, receiver) = bounded(0);
    let mut send = sender.send(3);
    assert!(poll_with(&mut send, &wakes.waker()).is_pending());
    drop(receiver);
    assert_eq!(
        poll_once(&mut send),
        Poll::Ready(Err(SendError::ReceiverDropped(3)))
    );
    assert_eq!(sender.try_send(4), Err(TrySendError::ReceiverDropped(4)));

    let (sender, mut receiver) = bounded::<u8>(0);
    let mut recv = receiver.recv();
    assert!(poll_with(&mut recv, &wakes.waker()).is_pending());
    let before = wakes.get();
    drop(sender);
    assert_eq!(wakes.get(), before + 1);
    assert_eq!(poll_once(&mut recv), Poll::Ready(None));
}

#[test]
fn each_value_of_a_rendezvous_is_dropped_once() {
    let drops = DropCount::new();
    let (sender, mut receiver) = bounded(0);
    let mut waiting = sender.send(drops.value());
    assert!(poll_once(&mut waiting).is_pending());
    drop(waiting);
    assert_eq!(drops.get(), 1);
    assert!(poll_once(&mut receiver.recv()).is_pending());
    let mut recv = receiver.recv();
    assert!(poll_once(&mut recv).is_pending());
    assert!(sender.try_send(drops.value()).is_ok());
    drop(recv);
    drop(receiver);
    assert_eq!(drops.get(), 2, "what was given to nobody is dropped at once");
}

#[test]
fn a_waiting_receive_keeps_one_waker() {
    let (_sender, mut receiver) = bounded::<u8>(0);
    let wakes = [WakeCount::new(), WakeCount::new()];
    let mut recv = receiver.recv();
    for _ in 0..3 {
        for wakes in &wakes {
            assert!(poll_with(&mut recv, &wakes.waker()).is_pending());
        }
    }
    assert_eq!(wakes.each_ref().map(Arc::strong_count), [1, 2]);
    drop(recv);
    assert_eq!(wakes.each_ref().map(Arc::strong_count), [1, 1]);
}

#[test]
fn threads_meet_for_each_value() {
    let (sender, mut receiver) = bounded(0);
    in_order_from_threads(
        sender,
        |sender, value| block_on(sender.send(value)).unwrap(),
        || block_on(receiver.recv()),
    );
}
