//! Once an `mpsc` has seen its usual load, neither sending, receiving nor waiting allocates.

#![cfg(not(channels_loom))]

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::task::Poll;

use channels::mpsc;
use support::{WakeCount, poll_with};

thread_local! {
    /// The allocations of this thread.
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: the system's allocator does the work; this only counts. `realloc` comes down to these two.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's promises are those that `System` asks.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are those that `System` asks.
        unsafe { System.dealloc(memory, layout) }
    }
}

/// The allocations in a second run, after a first one that may allocate.
fn allocations_when_warm(mut run: impl FnMut()) -> usize {
    run();
    let before = ALLOCATIONS.get();
    run();
    ALLOCATIONS.get() - before
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations_when_warm(|| drop(Box::new(1))), 1);
}

#[test]
fn a_warm_unbounded_channel_does_not_allocate() {
    let (sender, mut receiver) = mpsc::channel();
    let wakes = WakeCount::new();
    let waker = wakes.waker();
    let mut buffer = Vec::with_capacity(20);
    let allocations = allocations_when_warm(|| {
        assert!(poll_with(&mut receiver.recv(), &waker).is_pending());
        assert!(poll_with(&mut sender.closed(), &waker).is_pending());
        (0..20).for_each(|number| sender.send(number).expect("the receiver is there"));
        buffer.clear();
        assert_eq!(
            poll_with(&mut receiver.recv_many(&mut buffer, 19), &waker),
            Poll::Ready(19)
        );
        assert_eq!(poll_with(&mut receiver.recv(), &waker), Poll::Ready(Some(19)));
    });
    assert_eq!(allocations, 0);
}

#[test]
fn a_warm_bounded_channel_does_not_allocate() {
    let (sender, mut receiver) = mpsc::bounded(2);
    let wakes = WakeCount::new();
    let waker = wakes.waker();
    let allocations = allocations_when_warm(|| {
        assert!(poll_with(&mut receiver.recv(), &waker).is_pending());
        assert!(poll_with(&mut sender.closed(), &waker).is_pending());
        let mut sends: [_; 20] = std::array::from_fn(|number| sender.send(number));
        for (number, send) in sends.iter_mut().enumerate() {
            assert_eq!(poll_with(send, &waker).is_ready(), number < 2);
        }
        for number in 0..20 {
            assert_eq!(poll_with(&mut receiver.recv(), &waker), Poll::Ready(Some(number)));
        }
    });
    assert_eq!(allocations, 0);
}
