//! What an `mpmc` allocates: little when it is made, nothing once it has seen its usual load, and a burst's memory goes back.

#![cfg(not(channels_loom))]

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::task::Poll;

use channels::mpmc;
use support::{WakeCount, poll_with};

thread_local! {
    /// The allocations of this thread.
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
    /// The bytes of this thread that are not freed yet.
    static LIVE_BYTES: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: the system's allocator does the work; this only counts. `realloc` comes down to these two.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        LIVE_BYTES.set(LIVE_BYTES.get().wrapping_add(layout.size()));
        // SAFETY: the caller's promises are those that `System` asks.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        LIVE_BYTES.set(LIVE_BYTES.get().wrapping_sub(layout.size()));
        // SAFETY: the caller's promises are those that `System` asks.
        unsafe { System.dealloc(memory, layout) }
    }
}

/// The allocations and the bytes that are left after what was made here.
fn cost<R>(make: impl FnOnce() -> R) -> (usize, usize, R) {
    let before = (ALLOCATIONS.get(), LIVE_BYTES.get());
    let made = make();
    (
        ALLOCATIONS.get() - before.0,
        LIVE_BYTES.get().wrapping_sub(before.1),
        made,
    )
}

#[test]
fn a_new_channel_is_one_small_allocation() {
    let (allocations, bytes, _channel) = cost(mpmc::channel::<u64>);
    assert_eq!(allocations, 1);
    assert!(bytes <= 128, "{bytes}");
    let (allocations, bytes, _first) = cost(|| {
        let (sender, receiver) = mpmc::channel();
        sender.send(1_u64).expect("a receiver is there");
        (sender, receiver)
    });
    assert_eq!(allocations, 2);
    assert!(bytes <= 256, "{bytes}");
    let (_, bytes, _full) = cost(|| {
        let (sender, receiver) = mpmc::bounded(16);
        (0..16_u64).for_each(|number| sender.try_send(number).expect("there is room"));
        (sender, receiver)
    });
    assert!(bytes <= 512, "{bytes}");
}

#[test]
fn a_warm_channel_does_not_allocate() {
    let (sender, receiver) = mpmc::bounded(4);
    let other = receiver.clone();
    let wakes = WakeCount::new();
    let waker = wakes.waker();
    let mut buffer = Vec::with_capacity(20);
    let mut run = || {
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
    };
    run();
    assert_eq!(cost(run).0, 0);
}

#[test]
fn b49_the_memory_of_a_burst_goes_back() {
    let (sender, receiver) = mpmc::channel();
    let (_, bytes, ()) = cost(|| {
        (0..100_000_u64).for_each(|number| sender.send(number).expect("a receiver is there"));
        assert!((0..100_000).all(|number| receiver.try_recv() == Ok(number)));
    });
    assert!(bytes <= 4096, "{bytes}");
}
