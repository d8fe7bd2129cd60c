//! Models of the bounded `mpsc`: every schedule of a few calls that meet.

#![cfg(channels_loom)]

mod support;

use channels::mpsc::{self, TryRecvError};
use loom::thread;
use support::models::{block_on, model};
use support::{DropCount, poll_once};

#[test]
fn sends_that_wait_meet_receives() {
    model(|| {
        let (sender, mut receiver) = mpsc::bounded(1);
        let sends = thread::spawn(move || {
            block_on(sender.send(1)).unwrap();
            block_on(sender.send(2)).unwrap();
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
fn two_senders_meet_at_a_full_channel() {
    model(|| {
        let (sender, mut receiver) = mpsc::bounded(1);
        let threads = [sender.clone(), sender.clone()]
            .map(|sender| thread::spawn(move || block_on(sender.send(1)).unwrap()));
        assert_eq!(block_on(receiver.recv()), Some(1));
        assert_eq!(block_on(receiver.recv()), Some(1));
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(sender.sender_count(), 1);
    });
}

#[test]
fn a_send_that_waits_meets_the_drop_of_the_receiver() {
    model(|| {
        let drops = DropCount::new();
        let (sender, receiver) = mpsc::bounded(1);
        let (first, second) = (drops.value(), drops.value());
        let sends = thread::spawn(move || {
            let first = block_on(sender.send(first)).is_ok();
            let second = block_on(sender.send(second)).is_ok();
            assert!(!second, "there never was room for it");
            (first, sender)
        });
        drop(receiver);
        let (_first, sender) = sends.join().unwrap();
        assert_eq!(drops.get(), 2, "returned to the sender, or freed at once");
        drop(sender);
        assert_eq!(drops.get(), 2);
    });
}

#[test]
fn the_drop_of_the_last_sender_meets_a_receive() {
    model(|| {
        let (sender, mut receiver) = mpsc::bounded::<u8>(1);
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
        let (sender, mut receiver) = mpsc::bounded(1);
        sender.try_send(1).unwrap();
        let send = thread::spawn(move || block_on(sender.send(2)).is_ok());
        assert_eq!(receiver.try_recv(), Ok(1));
        receiver.close();
        let received = block_on(receiver.recv());
        let sent = send.join().unwrap();
        assert_eq!(received, sent.then_some(2));
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    });
}

#[test]
fn a_close_meets_one_who_waits_for_it() {
    model(|| {
        let (sender, mut receiver) = mpsc::bounded::<u8>(1);
        let waits = thread::spawn(move || block_on(sender.closed()));
        receiver.close();
        waits.join().unwrap();
    });
}

#[test]
fn a_cancelled_send_meets_the_receive_that_serves_it() {
    model(|| {
        let drops = DropCount::new();
        let (sender, mut receiver) = mpsc::bounded(1);
        assert!(sender.try_send(drops.value()).is_ok());
        let (cancelled, waiting) = (drops.value(), drops.value());
        let mut cancel = sender.send(cancelled);
        assert!(poll_once(&mut cancel).is_pending());
        let other = sender.clone();
        let waits = thread::spawn(move || block_on(other.send(waiting)).unwrap());
        let receives = thread::spawn(move || {
            let mut received = 0;
            while block_on(receiver.recv()).is_some() {
                received += 1;
            }
            received
        });
        let withdrawn = cancel.into_value();
        let delivered = 2 + usize::from(withdrawn.is_none());
        drop(withdrawn);
        drop(sender);
        assert_eq!(receives.join().unwrap(), delivered);
        waits.join().unwrap();
        assert_eq!(drops.get(), 3);
    });
}

#[test]
fn a_changed_waker_meets_the_receive_that_serves_it() {
    model(|| {
        let (sender, mut receiver) = mpsc::bounded(1);
        sender.try_send(1).unwrap();
        let send = thread::spawn(move || {
            let mut send = sender.send(2);
            if poll_once(&mut send).is_pending() {
                block_on(&mut send).unwrap();
            }
        });
        assert_eq!(block_on(receiver.recv()), Some(1));
        assert_eq!(block_on(receiver.recv()), Some(2));
        assert_eq!(block_on(receiver.recv()), None);
        send.join().unwrap();
    });
}

#[test]
fn a_cancelled_receive_meets_a_send() {
    model(|| {
        let (sender, mut receiver) = mpsc::bounded(1);
        let other = sender.clone();
        let send = thread::spawn(move || block_on(other.send(1)).unwrap());
        if poll_once(&mut receiver.recv()).is_pending() {
            assert_eq!(block_on(receiver.recv()), Some(1));
        }
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
        send.join().unwrap();
        assert_eq!(sender.sender_count(), 1);
    });
}

#[test]
fn a_peek_meets_a_send_that_waits() {
    model(|| {
        let (sender, mut receiver) = mpsc::bounded(1);
        sender.try_send(1).unwrap();
        let send = thread::spawn(move || block_on(sender.send(2)).unwrap());
        assert_eq!(receiver.peek(), Some(&1));
        assert_eq!(block_on(receiver.recv()), Some(1));
        assert_eq!(block_on(receiver.recv()), Some(2));
        send.join().unwrap();
    });
}
