//! What an `mpmc` asks.

use std::task::Poll;

use channels::mpmc;

use super::{Memory, allocations_when_warm};
use crate::support::{WakeCount, poll_with};

/// What was made here, and what it cost.
fn cost<R>(make: impl FnOnce() -> R) -> (Memory, R) {
    let before = Memory::now();
    let made = make();
    (Memory::since(before), made)
}

#[test]
fn a_new_channel_is_one_small_allocation() {
    let (new, _channel) = cost(mpmc::channel::<u64>);
    assert_eq!(new.allocations, 1);
    assert!(new.live_bytes <= 128, "{new:?}");
    let (used, _channel) = cost(|| {
        let (sender, receiver) = mpmc::channel();
        sender.send(1_u64).expect("a receiver is there");
        (sender, receiver)
    });
    assert_eq!(used.allocations, 2);
    assert!(used.live_bytes <= 256, "{used:?}");
    let (full, _channel) = cost(|| {
        let (sender, receiver) = mpmc::bounded(16);
        (0..16_u64).for_each(|number| sender.try_send(number).expect("there is room"));
        (sender, receiver)
    });
    assert!(full.live_bytes <= 512, "{full:?}");
}

#[test]
fn a_warm_channel_does_not_allocate() {
    let (sender, receiver) = mpmc::bounded(4);
    let other = receiver.clone();
    let wakes = WakeCount::new();
    let waker = wakes.waker();
    let mut buffer = Vec::with_capacity(20);
    let allocations = allocations_when_warm(1, || {
        let mut recvs = [receiver.recv(), other.recv(), other.recv()];
        assert!(recvs.iter_mut().all(|recv| poll_with(recv, &waker).is_pending()));
        assert!(poll_with(&mut sender.closed(), &waker).is_pending());
        let mut sends = [0; 8].map(|_| sender.send(1));
        for (place, send) in sends.iter_mut().enumerate() {
            assert_eq!(poll_with(send, &waker).is_ready(), place < 4);
        }
        assert_eq!(poll_with(&mut receiver.recv(), &waker), Poll::Ready(Some(1)));
        assert_eq!(
            poll_with(&mut other.recv_many(&mut buffer, 20), &waker),
            Poll::Ready(7)
        );
        buffer.clear();
    });
    assert_eq!(allocations, 0);
}

/// B49.
#[test]
fn the_memory_of_a_burst_goes_back() {
    let (sender, receiver) = mpmc::channel();
    let (burst, ()) = cost(|| {
        (0..100_000_u64).for_each(|number| sender.send(number).expect("a receiver is there"));
        assert!((0..100_000).all(|number| receiver.try_recv() == Ok(number)));
    });
    assert!(burst.live_bytes <= 4096, "{burst:?}");
}
