//! What every queue promises about receiving.

use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures_core::{FusedFuture, FusedStream, Stream};

use super::{TryRecvError, channel, send};
use crate::support::{WakeCount, poll_once, poll_with};

#[test]
fn sends_then_receives() {
    let (sender, mut receiver) = channel();
    send(&sender, 1).unwrap();
    assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(Some(1)));
    send(&sender, 2).unwrap();
    assert_eq!(receiver.try_recv(), Ok(2));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn receives_in_send_order() {
    let (sender, mut receiver) = channel();
    let other = sender.clone();
    for number in 0..100 {
        let from = if number % 3 == 0 { &sender } else { &other };
        send(from, number).unwrap();
    }
    assert!((0..100).all(|number| receiver.try_recv() == Ok(number)));
}

#[test]
fn a_cancelled_receive_loses_nothing() {
    let (sender, mut receiver) = channel();
    let wakes = WakeCount::new();
    drop(receiver.recv());
    let mut recv = receiver.recv();
    assert!(poll_with(&mut recv, &wakes.waker()).is_pending());
    send(&sender, 1).unwrap();
    assert_eq!(wakes.get(), 1);
    drop(recv);
    assert_eq!(receiver.try_recv(), Ok(1));

    let mut buffer = Vec::new();
    let mut recv_many = receiver.recv_many(&mut buffer, 5);
    assert!(poll_with(&mut recv_many, &wakes.waker()).is_pending());
    send(&sender, 2).unwrap();
    drop(recv_many);
    assert!(buffer.is_empty());
    assert_eq!(receiver.try_recv(), Ok(2));
}

#[test]
fn a_cancelled_receive_keeps_no_waker() {
    let (_sender, mut receiver) = channel::<u8>();
    let wakes = WakeCount::new();
    let mut recv = receiver.recv();
    assert!(poll_with(&mut recv, &wakes.waker()).is_pending());
    drop(recv);
    assert_eq!(Arc::strong_count(&wakes), 1);
    assert!(
        receiver
            .poll_recv(&mut Context::from_waker(&wakes.waker()))
            .is_pending()
    );
    drop(receiver.recv());
    assert_eq!(
        Arc::strong_count(&wakes),
        2,
        "a receive that never waited disturbs no other wait"
    );
    drop(receiver);
    assert_eq!(Arc::strong_count(&wakes), 1);
}

#[test]
fn a_changed_waker_is_the_one_woken() {
    let (sender, mut receiver) = channel();
    let [first, second] = [WakeCount::new(), WakeCount::new()];
    let mut recv = receiver.recv();
    assert!(poll_with(&mut recv, &first.waker()).is_pending());
    assert!(poll_with(&mut recv, &second.waker()).is_pending());
    assert_eq!(Arc::strong_count(&first), 1, "the first waker is not kept");
    send(&sender, 1).unwrap();
    assert_eq!([first.get(), second.get()], [0, 1]);
    drop(recv);

    let mut closed = sender.closed();
    assert!(poll_with(&mut closed, &first.waker()).is_pending());
    assert!(poll_with(&mut closed, &second.waker()).is_pending());
    drop(receiver);
    assert_eq!([first.get(), second.get()], [0, 2]);
}

#[test]
fn a_spurious_poll_changes_nothing() {
    let (sender, mut receiver) = channel();
    let wakes = WakeCount::new();
    let mut recv = receiver.recv();
    for _ in 0..1_000 {
        assert!(poll_with(&mut recv, &wakes.waker()).is_pending());
    }
    assert_eq!(Arc::strong_count(&wakes), 2, "one waker is kept");
    send(&sender, 1).unwrap();
    assert_eq!(wakes.get(), 1);
    assert_eq!(poll_once(&mut recv), Poll::Ready(Some(1)));
}

#[test]
fn a_waiting_receiver_is_woken_once_for_a_burst() {
    let (sender, mut receiver) = channel();
    let wakes = WakeCount::new();
    for round in 1..=50 {
        assert!(poll_with(&mut receiver.recv(), &wakes.waker()).is_pending());
        for waker in [Waker::noop(), &wakes.waker()] {
            assert!(receiver.poll_recv(&mut Context::from_waker(waker)).is_pending());
        }
        (0..round).for_each(|number| send(&sender, number).unwrap());
        assert_eq!(wakes.get(), round);
        (0..round).for_each(|number| assert_eq!(receiver.try_recv(), Ok(number)));
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    }
}

#[test]
fn a_receiver_that_nobody_waits_for_is_not_woken() {
    let (sender, mut receiver) = channel();
    let wakes = WakeCount::new();
    assert!(poll_with(&mut receiver.recv(), &wakes.waker()).is_pending());
    send(&sender, 1).unwrap();
    drop(sender);
    assert_eq!(wakes.get(), 0, "the wait was cancelled");
    assert_eq!(receiver.try_recv(), Ok(1));
}

#[test]
fn a_forgotten_receive_harms_nobody() {
    let (sender, mut receiver) = channel();
    let mut recv = receiver.recv();
    assert!(poll_once(&mut recv).is_pending());
    mem::forget(recv);
    let mut closed = sender.closed();
    assert!(poll_once(&mut closed).is_pending());
    mem::forget(closed);
    send(&sender, 1).unwrap();
    assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(Some(1)));
}

#[test]
fn a_receive_is_terminated_once_it_is_ready() {
    let (sender, mut receiver) = channel();
    let mut recv = receiver.recv();
    assert!(poll_once(&mut recv).is_pending());
    assert!(!recv.is_terminated());
    send(&sender, 1).unwrap();
    assert!(poll_once(&mut recv).is_ready());
    assert!(recv.is_terminated());
}

#[test]
fn recv_many_takes_what_is_there_up_to_the_limit() {
    let (sender, mut receiver) = channel();
    let mut buffer = vec![0];
    assert!(poll_once(&mut receiver.recv_many(&mut buffer, 100)).is_pending());
    (1..=100).for_each(|number| send(&sender, number).unwrap());
    assert_eq!(
        poll_once(&mut receiver.recv_many(&mut buffer, 70)),
        Poll::Ready(70)
    );
    assert_eq!(
        poll_once(&mut receiver.recv_many(&mut buffer, usize::MAX)),
        Poll::Ready(30)
    );
    assert!(buffer.iter().copied().eq(0..=100), "appended, in order");
    drop(sender);
    assert_eq!(poll_once(&mut receiver.recv_many(&mut buffer, 5)), Poll::Ready(0));
    assert_eq!(buffer.len(), 101);
}

#[test]
fn recv_many_with_limit_0_is_ready_and_takes_nothing() {
    let (sender, mut receiver) = channel();
    let mut buffer = Vec::new();
    assert_eq!(poll_once(&mut receiver.recv_many(&mut buffer, 0)), Poll::Ready(0));
    send(&sender, 1).unwrap();
    let mut none = receiver.recv_many(&mut buffer, 0);
    assert_eq!(poll_once(&mut none), Poll::Ready(0));
    assert!(none.is_terminated());
    drop(none);
    assert!(buffer.is_empty());
    assert_eq!(receiver.try_recv(), Ok(1));
}

#[test]
fn the_stream_ends_once_all_is_read() {
    let (sender, mut receiver) = channel();
    send(&sender, 1).unwrap();
    drop(sender);
    let mut cx = Context::from_waker(Waker::noop());
    assert_eq!(Pin::new(&mut receiver).poll_next(&mut cx), Poll::Ready(Some(1)));
    assert!(!receiver.is_terminated(), "the end was not told yet");
    assert_eq!(Pin::new(&mut receiver).poll_next(&mut cx), Poll::Ready(None));
    assert!(receiver.is_terminated());
    assert_eq!(Pin::new(&mut receiver).poll_next(&mut cx), Poll::Ready(None));
}
