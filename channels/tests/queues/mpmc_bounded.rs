//! The bounded `mpmc`. What its receivers do among themselves is in `mpmc_receivers.rs`.

#[path = "promises/bounded_queue.rs"]
mod bounded_queue;
#[path = "promises/many_receivers.rs"]
mod many_receivers;
#[path = "promises/queue.rs"]
mod queue;

use std::task::Poll;
use std::thread;

use bounded_queue::{HANDLES, channel, send};
use channels::mpmc::{BoundedReceiver, BoundedSender, SendError, TryRecvError, TrySendError, bounded};

use crate::support::{WakeCount, block_on, poll_once, poll_with};

// Evicting.

#[test]
fn force_send_replaces_the_oldest_value() {
    let (sender, receiver) = bounded(2);
    assert_eq!(sender.force_send(1), Ok(None));
    assert_eq!(sender.force_send(2), Ok(None));
    assert_eq!(sender.force_send(3), Ok(Some(1)));
    assert_eq!(sender.len(), 2);
    assert_eq!(receiver.try_recv(), Ok(2));
    assert_eq!(receiver.try_recv(), Ok(3));
    receiver.close();
    assert_eq!(sender.force_send(4), Err(SendError::ReceiverDropped(4)));
}

#[test]
fn b42_force_send_leaves_the_senders_that_wait_their_turns() {
    let (sender, receiver) = bounded(1);
    sender.try_send(1).unwrap();
    let wakes = WakeCount::new();
    let mut send = sender.send(2);
    assert!(poll_with(&mut send, &wakes.waker()).is_pending());
    assert_eq!(sender.force_send(3), Ok(Some(1)));
    assert_eq!((wakes.get(), sender.len()), (0, 1), "it made no room");
    assert_eq!(receiver.try_recv(), Ok(3));
    assert_eq!(wakes.get(), 1);
    assert_eq!(receiver.try_recv(), Ok(2));
    assert_eq!(poll_once(&mut send), Poll::Ready(Ok(())));
}

#[test]
fn force_send_wakes_a_receiver() {
    let (sender, receiver) = bounded(1);
    let wakes = WakeCount::new();
    let mut recvs = [receiver.recv(), receiver.recv()];
    for recv in &mut recvs {
        assert!(poll_with(recv, &wakes.waker()).is_pending());
    }
    assert_eq!(sender.force_send(1), Ok(None));
    assert_eq!(wakes.get(), 1);
    assert_eq!(poll_once(&mut recvs[0]), Poll::Ready(Some(1)));
}

#[test]
fn force_send_takes_no_room_that_is_reserved() {
    let (sender, receiver) = bounded(2);
    let permits = [sender.try_reserve().unwrap(), sender.try_reserve().unwrap()];
    assert_eq!(sender.force_send(1), Ok(Some(1)), "there is none to replace");
    let [first, second] = permits;
    first.send(2).unwrap();
    assert_eq!(sender.force_send(3), Ok(Some(2)));
    second.send(4).unwrap();
    assert_eq!(receiver.len(), 2);
    assert_eq!(receiver.try_recv(), Ok(3));
    assert_eq!(receiver.try_recv(), Ok(4));
}

#[test]
fn force_send_at_a_rendezvous_replaces_what_was_given_and_not_taken() {
    let (sender, receiver) = bounded(0);
    assert_eq!(sender.force_send(1), Ok(Some(1)), "nobody waits");
    let mut recv = receiver.recv();
    assert!(poll_once(&mut recv).is_pending());
    assert_eq!(sender.force_send(2), Ok(None));
    assert_eq!(sender.force_send(3), Ok(Some(2)));
    assert_eq!(poll_once(&mut recv), Poll::Ready(Some(3)));
}

// A rendezvous of several receivers.

#[test]
fn each_receive_that_waits_is_room() {
    let (sender, receiver) = bounded(0);
    let other = receiver.clone();
    let wakes = [0, 1].map(|_| WakeCount::new());
    let mut recvs = [receiver.recv(), other.recv()];
    for (recv, wakes) in recvs.iter_mut().zip(&wakes) {
        assert!(poll_with(recv, &wakes.waker()).is_pending());
    }
    assert_eq!(sender.try_send(1), Ok(()));
    assert_eq!(sender.try_send(2), Ok(()));
    assert_eq!(sender.try_send(3), Err(TrySendError::Full(3)));
    assert_eq!(wakes.each_ref().map(|wakes| wakes.get()), [1, 1]);
    assert_eq!(poll_once(&mut recvs[1]), Poll::Ready(Some(1)));
    assert_eq!(poll_once(&mut recvs[0]), Poll::Ready(Some(2)));
}

#[test]
fn b26_a_value_given_to_a_cancelled_receive_wakes_the_next_one() {
    let (sender, receiver) = bounded(0);
    let wakes = WakeCount::new();
    let mut cancelled = receiver.recv();
    let mut recv = receiver.recv();
    assert!(poll_once(&mut cancelled).is_pending());
    assert!(poll_with(&mut recv, &wakes.waker()).is_pending());
    sender.try_send(1).unwrap();
    drop(cancelled);
    assert_eq!(wakes.get(), 1);
    assert_eq!(
        sender.try_send(2),
        Err(TrySendError::Full(2)),
        "both are served by one value"
    );
    assert_eq!(poll_once(&mut recv), Poll::Ready(Some(1)));
}

#[test]
fn threads_that_receive_meet_those_that_send() {
    const VALUES: usize = 300;
    let (sender, receiver) = bounded(0);
    let counts = thread::scope(|scope| {
        for _ in 0..2 {
            let sender = sender.clone();
            scope.spawn(move || (0..VALUES).for_each(|number| block_on(sender.send(number)).unwrap()));
        }
        drop(sender);
        let receives = [receiver.clone(), receiver].map(|receiver| {
            scope.spawn(move || {
                let mut count = 0;
                while block_on(receiver.recv()).is_some() {
                    count += 1;
                }
                count
            })
        });
        receives.map(|thread| thread.join().unwrap())
    });
    assert_eq!(counts[0] + counts[1], 2 * VALUES);
}
