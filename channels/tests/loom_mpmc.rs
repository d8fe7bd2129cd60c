//! Models of the `mpmc`: every schedule of a few calls that meet.

#![cfg(channels_loom)]

mod support;

use channels::mpmc::{self, TryRecvError};
use loom::thread;
use support::models::{block_on, model};
use support::{DropCount, poll_once};

#[test]
fn sends_meet_two_receivers() {
    model(|| {
        let (sender, receiver) = mpmc::channel();
        let receives =
            [receiver.clone(), receiver].map(|receiver| thread::spawn(move || block_on(receiver.recv())));
        sender.send(1).unwrap();
        sender.send(2).unwrap();
        let mut received = receives.map(|thread| thread.join().unwrap());
        received.sort_unstable();
        assert_eq!(received, [Some(1), Some(2)]);
    });
}

#[test]
fn a_woken_receive_that_is_dropped_meets_a_send() {
    model(|| {
        let drops = DropCount::new();
        let (sender, receiver) = mpmc::channel();
        let other = receiver.clone();
        let value = drops.value();
        let mut cancelled = receiver.recv();
        assert!(poll_once(&mut cancelled).is_pending());
        let receive = thread::spawn(move || block_on(other.recv()).is_some());
        let send = thread::spawn(move || {
            assert!(sender.send(value).is_ok());
            sender
        });
        drop(cancelled);
        assert!(receive.join().unwrap());
        drop(send.join().unwrap());
        assert_eq!(drops.get(), 1);
    });
}

#[test]
fn a_woken_handle_that_is_dropped_meets_a_send() {
    model(|| {
        let (sender, mut receiver) = mpmc::channel();
        let other = receiver.clone();
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(receiver.poll_recv(&mut cx).is_pending());
        let receive = thread::spawn(move || block_on(other.recv()));
        let send = thread::spawn(move || {
            sender.send(1).unwrap();
            sender
        });
        drop(receiver);
        assert_eq!(receive.join().unwrap(), Some(1));
        drop(send.join().unwrap());
    });
}

#[test]
fn a_changed_waker_meets_a_send() {
    model(|| {
        let (sender, receiver) = mpmc::channel();
        let receive = thread::spawn(move || {
            let mut recv = receiver.recv();
            if poll_once(&mut recv).is_pending() {
                assert_eq!(block_on(&mut recv), Some(1));
            }
        });
        sender.send(1).unwrap();
        receive.join().unwrap();
    });
}

#[test]
fn the_drop_of_the_last_sender_meets_two_receivers() {
    model(|| {
        let (sender, receiver) = mpmc::channel();
        let receives =
            [receiver.clone(), receiver].map(|receiver| thread::spawn(move || block_on(receiver.recv())));
        sender.send(1).unwrap();
        drop(sender);
        let mut received = receives.map(|thread| thread.join().unwrap());
        received.sort_unstable();
        assert_eq!(received, [None, Some(1)]);
    });
}

#[test]
fn the_drops_of_both_receivers_meet_a_send() {
    model(|| {
        let drops = DropCount::new();
        let (sender, receiver) = mpmc::channel();
        let other = receiver.clone();
        let leaves = thread::spawn(move || drop(other));
        let value = drops.value();
        let send = thread::spawn(move || {
            drop(sender.send(value));
            sender
        });
        drop(receiver);
        leaves.join().unwrap();
        let sender = send.join().unwrap();
        assert_eq!(drops.get(), 1, "given back, or freed at once");
        assert!(sender.is_closed());
    });
}

#[test]
fn a_send_that_waits_meets_a_receive_and_the_drop_of_the_other_receiver() {
    model(|| {
        let drops = DropCount::new();
        let (sender, receiver) = mpmc::bounded(1);
        assert!(sender.try_send(drops.value()).is_ok());
        let other = receiver.clone();
        let value = drops.value();
        let send = thread::spawn(move || {
            let sent = block_on(sender.send(value)).is_ok();
            (sent, sender)
        });
        let leaves = thread::spawn(move || drop(other));
        drop(block_on(receiver.recv()));
        drop(receiver);
        leaves.join().unwrap();
        let (_sent, sender) = send.join().unwrap();
        assert_eq!(drops.get(), 2, "received, given back, or freed at once");
        assert!(sender.is_empty());
    });
}

#[test]
fn a_cancelled_send_meets_the_receive_that_serves_it() {
    model(|| {
        let (sender, receiver) = mpmc::bounded(1);
        sender.try_send(1).unwrap();
        let mut cancel = sender.send(2);
        assert!(poll_once(&mut cancel).is_pending());
        let receive = thread::spawn(move || {
            assert_eq!(block_on(receiver.recv()), Some(1));
            receiver
        });
        let withdrawn = cancel.into_value();
        let receiver = receive.join().unwrap();
        let left = withdrawn.map_or(Ok(2), |_| Err(TryRecvError::Empty));
        assert_eq!(receiver.try_recv(), left);
    });
}

#[test]
fn two_receives_meet_a_sender_at_a_rendezvous() {
    model(|| {
        let (sender, receiver) = mpmc::bounded(0);
        let receives =
            [receiver.clone(), receiver].map(|receiver| thread::spawn(move || block_on(receiver.recv())));
        block_on(sender.send(1)).unwrap();
        block_on(sender.send(2)).unwrap();
        let mut received = receives.map(|thread| thread.join().unwrap());
        received.sort_unstable();
        assert_eq!(received, [Some(1), Some(2)]);
    });
}

#[test]
fn a_close_meets_a_send_and_a_receive() {
    model(|| {
        let (sender, receiver) = mpmc::bounded(1);
        let closing = receiver.clone();
        let send = thread::spawn(move || block_on(sender.send(1)).is_ok());
        let receive = thread::spawn(move || block_on(receiver.recv()));
        closing.close();
        let received = receive.join().unwrap();
        let sent = send.join().unwrap();
        assert_eq!(received, sent.then_some(1));
        assert_eq!(closing.try_recv(), Err(TryRecvError::Closed));
    });
}

#[test]
fn an_upgrade_meets_the_drop_of_the_last_sender() {
    model(|| {
        let (sender, receiver) = mpmc::channel();
        let weak = sender.downgrade();
        let leaves = thread::spawn(move || drop(sender));
        let sent = weak.upgrade().is_some_and(|sender| sender.send(1).is_ok());
        assert_eq!(block_on(receiver.recv()), sent.then_some(1));
        leaves.join().unwrap();
        assert!(weak.upgrade().is_none());
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    });
}

#[test]
fn a_cancelled_reservation_meets_the_receive_that_serves_it() {
    model(|| {
        let (sender, receiver) = mpmc::bounded(1);
        sender.try_send(1).unwrap();
        let mut reserve = sender.reserve();
        assert!(poll_once(&mut reserve).is_pending());
        let other = sender.clone();
        let send = thread::spawn(move || block_on(other.send(2)).unwrap());
        let receive = thread::spawn(move || {
            assert_eq!(block_on(receiver.recv()), Some(1));
            assert_eq!(block_on(receiver.recv()), Some(2));
        });
        drop(reserve);
        send.join().unwrap();
        receive.join().unwrap();
    });
}
