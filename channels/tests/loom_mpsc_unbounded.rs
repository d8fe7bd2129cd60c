//! Models of the unbounded `mpsc`: every schedule of a few calls that meet.

#![cfg(channels_loom)]

mod support;

use channels::mpsc::{self, TryRecvError};
use loom::thread;
use support::models::{block_on, model};
use support::{DropCount, poll_once};

#[test]
fn sends_meet_receives() {
    model(|| {
        let (sender, mut receiver) = mpsc::channel();
        let sends = thread::spawn(move || {
            sender.send(1).unwrap();
            sender.send(2).unwrap();
            sender
        });
        assert_eq!(block_on(receiver.recv()), Some(1));
        assert_eq!(block_on(receiver.recv()), Some(2));
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
        drop(sends.join().unwrap());
        assert_eq!(block_on(receiver.recv()), None);
    });
}

#[test]
fn two_senders_meet_receives() {
    model(|| {
        let (sender, mut receiver) = mpsc::channel();
        let threads = [sender.clone(), sender].map(|sender| thread::spawn(move || sender.send(1).unwrap()));
        assert_eq!(block_on(receiver.recv()), Some(1));
        assert_eq!(block_on(receiver.recv()), Some(1));
        assert_eq!(block_on(receiver.recv()), None);
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

#[test]
fn a_send_meets_the_drop_of_the_receiver() {
    model(|| {
        let drops = DropCount::new();
        let (sender, receiver) = mpsc::channel();
        let (first, second) = (drops.value(), drops.value());
        let sends = thread::spawn(move || {
            let first = sender.send(first);
            let second = sender.send(second);
            assert!(first.is_ok() || second.is_err(), "what was dropped stays dropped");
            sender
        });
        drop(receiver);
        let sender = sends.join().unwrap();
        assert_eq!(drops.get(), 2, "returned to the sender, or freed at once");
        drop(sender);
        assert_eq!(drops.get(), 2);
    });
}

#[test]
fn the_drop_of_the_last_sender_meets_a_receive() {
    model(|| {
        let (sender, mut receiver) = mpsc::channel::<u8>();
        let threads = [sender.clone(), sender].map(|sender| thread::spawn(move || drop(sender)));
        assert_eq!(block_on(receiver.recv()), None);
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

#[test]
fn a_close_meets_a_send_and_the_rest_is_received() {
    model(|| {
        let (sender, mut receiver) = mpsc::channel();
        let send = thread::spawn(move || sender.send(1).is_ok());
        receiver.close();
        let received = receiver.try_recv();
        let sent = send.join().unwrap();
        assert_eq!(received, if sent { Ok(1) } else { Err(TryRecvError::Closed) });
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    });
}

#[test]
fn a_close_meets_one_who_waits_for_it() {
    model(|| {
        let (sender, mut receiver) = mpsc::channel::<u8>();
        let waits = thread::spawn(move || block_on(sender.closed()));
        receiver.close();
        waits.join().unwrap();
    });
}

#[test]
fn a_cancelled_receive_meets_a_send() {
    model(|| {
        let (sender, mut receiver) = mpsc::channel();
        let other = sender.clone();
        let send = thread::spawn(move || other.send(1).unwrap());
        if poll_once(&mut receiver.recv()).is_pending() {
            assert_eq!(block_on(receiver.recv()), Some(1));
        }
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
        send.join().unwrap();
        assert_eq!(sender.sender_count(), 1);
    });
}

#[test]
fn a_changed_waker_meets_a_send() {
    model(|| {
        let (sender, mut receiver) = mpsc::channel();
        let other = sender.clone();
        let send = thread::spawn(move || other.send(1).unwrap());
        let mut recv = receiver.recv();
        if poll_once(&mut recv).is_pending() {
            assert_eq!(block_on(&mut recv), Some(1));
        }
        send.join().unwrap();
        assert_eq!(sender.sender_count(), 1);
    });
}
