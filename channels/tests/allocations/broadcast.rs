//! What the broadcasts ask.

use std::task::{Context, Poll};

use channels::broadcast::{self, Lagged};

use super::{Memory, allocations_when_warm};
use crate::support::{WakeCount, poll_with};

#[test]
fn a_channel_is_small_before_the_first_message() {
    let before = Memory::now();
    let (_sender, _receiver) = broadcast::channel::<[u64; 8]>();
    assert!(
        Memory::since(before).live_bytes <= 256,
        "{}",
        Memory::since(before).live_bytes
    );
    let before = Memory::now();
    let (_sender, receiver) = broadcast::bounded::<u64>(1_000_000);
    let _second = receiver.clone();
    assert!(Memory::since(before).live_bytes <= 256);
    let before = Memory::now();
    let (_sender, _receiver) = broadcast::overwriting::<u64>(1_000_000);
    assert!(Memory::since(before).live_bytes <= 256);
}

#[test]
fn a_warm_unbounded_channel_does_not_allocate() {
    let (sender, receiver) = broadcast::channel();
    let mut receivers = [receiver.clone(), receiver];
    let wakes = WakeCount::new();
    let waker = wakes.waker();
    let allocations = allocations_when_warm(2, || {
        for receiver in &mut receivers {
            assert!(receiver.poll_recv(&mut Context::from_waker(&waker)).is_pending());
        }
        assert!(poll_with(&mut sender.closed(), &waker).is_pending());
        (0..100).for_each(|number| sender.send(number).expect("two listen"));
        for receiver in &mut receivers {
            for number in 0..100 {
                assert_eq!(poll_with(&mut receiver.recv(), &waker), Poll::Ready(Ok(number)));
            }
        }
    });
    assert_eq!(allocations, 0);
}

#[test]
fn a_warm_bounded_channel_does_not_allocate() {
    let (sender, mut receiver) = broadcast::bounded(2);
    let wakes = WakeCount::new();
    let waker = wakes.waker();
    let allocations = allocations_when_warm(2, || {
        assert!(poll_with(&mut receiver.recv(), &waker).is_pending());
        assert!(poll_with(&mut sender.closed(), &waker).is_pending());
        let mut sends: [_; 20] = std::array::from_fn(|number| sender.send(number));
        for (number, send) in sends.iter_mut().enumerate() {
            assert_eq!(poll_with(send, &waker).is_ready(), number < 2);
        }
        for number in 0..20 {
            assert_eq!(poll_with(&mut receiver.recv(), &waker), Poll::Ready(Ok(number)));
        }
    });
    assert_eq!(allocations, 0);
}

#[test]
fn a_warm_overwriting_channel_does_not_allocate() {
    let (sender, mut receiver) = broadcast::overwriting(40);
    let _stopped = receiver.clone();
    let wakes = WakeCount::new();
    let waker = wakes.waker();
    let mut buffer = Vec::with_capacity(40);
    let allocations = allocations_when_warm(2, || {
        assert!(poll_with(&mut receiver.recv(), &waker).is_pending());
        (0..50).for_each(|number| sender.send(number).expect("two listen"));
        buffer.clear();
        let mut recv = receiver.recv_many(&mut buffer, 40);
        assert_eq!(poll_with(&mut recv, &waker), Poll::Ready(Err(Lagged(10))));
        drop(recv);
        assert_eq!(
            poll_with(&mut receiver.recv_many(&mut buffer, 40), &waker),
            Poll::Ready(Ok(40))
        );
    });
    assert_eq!(allocations, 0);
}

/// Each message has a block of its own then. One receiver has stopped in one of them.
#[test]
fn a_warm_overwriting_channel_of_huge_messages_does_not_allocate() {
    let (sender, receiver) = broadcast::overwriting(2);
    let mut stopped = receiver.clone();
    let mut receivers = [receiver.clone(), receiver];
    sender.send([0_u64; 1000]).expect("three listen");
    assert!(stopped.try_recv().is_ok());
    receivers
        .iter_mut()
        .for_each(|receiver| assert!(receiver.try_recv().is_ok()));
    let allocations = allocations_when_warm(2, || {
        for number in 0..10 {
            sender.send([number; 1000]).expect("three listen");
            for receiver in &mut receivers {
                assert_eq!(receiver.try_recv().map(|message| message[999]), Ok(number));
                assert!(receiver.is_empty());
            }
        }
    });
    assert_eq!(allocations, 0);
}

/// B49: a block and spare ones stay, 4 KiB each, and a short list of them.
const KEPT_BYTES_MAX: usize = 2 * 4096 + 512;

#[test]
fn a_burst_is_given_back() {
    let before = Memory::now();
    let (sender, receiver) = broadcast::channel();
    let mut receivers = [receiver.clone(), receiver];
    (0..100_000_u64).for_each(|number| sender.send(number).expect("two listen"));
    for receiver in &mut receivers {
        (0..100_000).for_each(|number| assert_eq!(receiver.try_recv(), Ok(number)));
    }
    assert!(
        Memory::since(before).live_bytes <= 256 + KEPT_BYTES_MAX,
        "{}",
        Memory::since(before).live_bytes
    );
}

#[test]
fn a_receiver_that_leaves_gives_a_burst_back() {
    let before = Memory::now();
    let (sender, mut receiver) = broadcast::channel();
    let stopped = receiver.clone();
    for number in 0..100_000_u64 {
        sender.send(number).expect("two listen");
        assert_eq!(receiver.try_recv(), Ok(number));
    }
    drop(stopped);
    assert!(
        Memory::since(before).live_bytes <= 256 + KEPT_BYTES_MAX,
        "{}",
        Memory::since(before).live_bytes
    );
}

#[test]
fn a_stopped_receiver_keeps_no_more_than_the_capacity() {
    let before = Memory::now();
    let (sender, _stopped) = broadcast::overwriting(64);
    (0..100_000_u64).for_each(|number| sender.send(number).expect("one listens"));
    assert!(
        Memory::since(before).live_bytes <= 256 + KEPT_BYTES_MAX,
        "{}",
        Memory::since(before).live_bytes
    );
}

#[test]
fn stopped_receivers_keep_a_block_each_at_most() {
    const STOPPED: usize = 50;
    let before = Memory::now();
    let (sender, mut receiver) = broadcast::overwriting(64);
    let stopped: Vec<_> = (0..STOPPED)
        .map(|_| {
            let stopped = receiver.clone();
            for number in 0..100_u64 {
                sender.send(number).expect("some listen");
                assert_eq!(receiver.try_recv(), Ok(number));
            }
            stopped
        })
        .collect();
    (0..100_000_u64).for_each(|number| sender.send(number).expect("some listen"));
    assert!(
        Memory::since(before).live_bytes <= 256 + KEPT_BYTES_MAX + STOPPED * 1024,
        "32 slots of 24 bytes, and what is around them, {}",
        Memory::since(before).live_bytes
    );
    drop((stopped, receiver));
    assert!(Memory::since(before).live_bytes <= 256 + KEPT_BYTES_MAX);
}
