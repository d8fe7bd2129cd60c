//! What every broadcast promises about its end, and about coming back from it.

use std::task::{Context, Poll, Waker};

use super::{END, SendError, channel, drain, send};
use crate::support::{WakeCount, poll_once, poll_with};

/// B33: also for one that has much left to read, which comes first.
#[test]
fn a_dropped_sender_wakes_the_receiver() {
    let (sender, mut receiver) = channel::<u32>();
    let mut slow = receiver.clone();
    assert_eq!(send(&sender, 1), Ok(()));
    assert_eq!(receiver.try_recv(), Ok(1));
    let wakes = WakeCount::new();
    let mut recv = receiver.recv();
    assert_eq!(poll_with(&mut recv, &wakes.waker()), Poll::Pending);

    drop(sender.clone());
    assert_eq!(wakes.get(), 0, "one sender is left");
    drop(sender);

    assert_eq!(wakes.get(), 1);
    assert_eq!(poll_once(&mut recv), Poll::Ready(Err(END)));
    assert_eq!(
        poll_once(&mut slow.recv()),
        Poll::Ready(Ok(1)),
        "B30: the message first"
    );
    assert_eq!(poll_once(&mut slow.recv()), Poll::Ready(Err(END)));
    assert_eq!(
        poll_once(&mut slow.clone().recv()),
        Poll::Ready(Err(END)),
        "the end is final"
    );
}

#[test]
fn a_dropped_receiver_wakes_the_sender() {
    let (mut sender, receiver) = channel::<u32>();
    let second = receiver.clone();
    let other = sender.clone();
    let (wakes, wakes_other) = (WakeCount::new(), WakeCount::new());
    assert!(
        sender
            .poll_closed(&mut Context::from_waker(&wakes.waker()))
            .is_pending()
    );
    let mut closed = other.closed();
    assert_eq!(poll_with(&mut closed, &wakes_other.waker()), Poll::Pending);

    drop(receiver);
    assert_eq!((wakes.get(), wakes_other.get()), (0, 0), "one still listens");
    drop(second);

    assert_eq!((wakes.get(), wakes_other.get()), (1, 1));
    assert!(sender.is_closed());
    assert_eq!(poll_once(&mut closed), Poll::Ready(()));
    assert_eq!(
        sender.poll_closed(&mut Context::from_waker(Waker::noop())),
        Poll::Ready(())
    );
}

#[test]
fn a_failed_send_returns_the_value() {
    let (sender, receiver) = channel();
    drop(receiver);
    assert_eq!(send(&sender, 1), Err(SendError::ReceiverDropped(1)));
}

#[test]
fn a_subscription_makes_sending_work_again() {
    let (sender, receiver) = channel();
    drop(receiver);
    assert_eq!(send(&sender, 1), Err(SendError::ReceiverDropped(1)));

    let mut receiver = sender.subscribe();

    assert!(!sender.is_closed());
    assert_eq!(send(&sender, 2), Ok(()));
    assert_eq!(drain(&mut receiver), [2]);
}

/// It tells how it is now: somebody who came in time keeps the sender going.
#[test]
fn closed_waits_on_if_somebody_subscribes_again() {
    let (sender, receiver) = channel::<u32>();
    let mut closed = sender.closed();
    assert_eq!(poll_once(&mut closed), Poll::Pending);
    drop(receiver);
    let receiver = sender.subscribe();
    assert_eq!(poll_once(&mut closed), Poll::Pending);
    drop(receiver);
    assert_eq!(poll_once(&mut closed), Poll::Ready(()));
}
