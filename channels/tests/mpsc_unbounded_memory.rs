//! What an unbounded `mpsc` takes from the allocator, and when it gives that back.

#![cfg(not(channels_loom))]

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use channels::mpsc::{self, Receiver, Sender};
use support::{WakeCount, poll_with};

thread_local! {
    /// What this thread has allocated and not freed.
    static LIVE: Cell<Live> = const { Cell::new(Live { bytes: 0, allocations: 0 }) };
    /// All allocations of this thread.
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Live {
    bytes: usize,
    allocations: usize,
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: the system's allocator does the work; this only counts. `realloc` comes down to these two.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let live = LIVE.get();
        LIVE.set(Live {
            bytes: live.bytes.wrapping_add(layout.size()),
            allocations: live.allocations.wrapping_add(1),
        });
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's promises are those that `System` asks.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        let live = LIVE.get();
        LIVE.set(Live {
            bytes: live.bytes.wrapping_sub(layout.size()),
            allocations: live.allocations.wrapping_sub(1),
        });
        // SAFETY: the caller's promises are those that `System` asks.
        unsafe { System.dealloc(memory, layout) }
    }
}

/// A channel, and a function that tells what it holds.
fn channel<T>() -> (Sender<T>, Receiver<T>, impl Fn() -> Live) {
    let before = LIVE.get();
    let (sender, receiver) = mpsc::channel();
    let held = move || Live {
        bytes: LIVE.get().bytes.wrapping_sub(before.bytes),
        allocations: LIVE.get().allocations.wrapping_sub(before.allocations),
    };
    (sender, receiver, held)
}

fn burst(sender: &Sender<usize>, receiver: &mut Receiver<usize>, len: usize) {
    (0..len).for_each(|number| sender.send(number).expect("the receiver is there"));
    assert!((0..len).all(|number| receiver.try_recv() == Ok(number)));
}

#[test]
fn a_new_channel_is_one_small_allocation() {
    let (sender, mut receiver, held) = channel::<usize>();
    assert_eq!(held().allocations, 1);
    assert!(held().bytes <= 128, "{:?}", held());
    // Nor does waiting make a block.
    let wakes = WakeCount::new();
    let with_waker = held();
    assert!(poll_with(&mut receiver.recv(), &wakes.waker()).is_pending());
    assert_eq!(held(), with_waker);
    drop(wakes);
    sender.send(1).unwrap();
    assert!(held().bytes <= 256, "{:?}", held());
}

#[test]
fn a_queued_word_takes_nine_bytes() {
    const VALUES: usize = 1_000_000;
    let (sender, _receiver, held) = channel::<usize>();
    (0..VALUES).for_each(|number| sender.send(number).unwrap());
    assert!(held().bytes <= 9 * VALUES + 512, "{:?}", held());
}

/// B49: after a burst there are the block that is in use and two more.
#[test]
fn a_burst_that_was_drained_leaves_three_blocks() {
    let (sender, mut receiver, held) = channel::<usize>();
    burst(&sender, &mut receiver, 100_000);
    assert!(held().allocations <= 4, "{:?}", held());
    assert!(held().bytes <= 128 + 3 * 288, "{:?}", held());
}

/// Memory is given back while the rest is still queued.
#[test]
fn blocks_are_freed_as_they_are_read() {
    let (sender, mut receiver, held) = channel::<usize>();
    (0..100_000).for_each(|number| sender.send(number).unwrap());
    let full = held().bytes;
    assert!((0..50_000).all(|number| receiver.try_recv() == Ok(number)));
    assert!(held().bytes < full * 51 / 100, "{:?}", held());
}

/// B50.
#[test]
fn warm_bursts_of_two_blocks_allocate_nothing() {
    let (sender, mut receiver, _) = channel::<usize>();
    burst(&sender, &mut receiver, 200);
    let before = ALLOCATIONS.get();
    for len in 0..=64 {
        burst(&sender, &mut receiver, len);
    }
    assert_eq!(ALLOCATIONS.get(), before);
}

#[test]
fn the_last_handle_gives_everything_back() {
    for drop_receiver_first in [false, true] {
        let before = LIVE.get();
        let (sender, mut receiver, held) = channel::<usize>();
        let weak = sender.downgrade();
        burst(&sender, &mut receiver, 100);
        (0..100).for_each(|number| sender.send(number).unwrap());
        if drop_receiver_first {
            drop(receiver);
            assert_eq!(held().allocations, 1, "the blocks are gone at once");
            drop(sender);
        } else {
            drop(sender);
            drop(receiver);
        }
        drop(weak);
        assert_eq!(LIVE.get(), before);
    }
}

/// The first block may have been made, and passed, before the receiver looks for it.
#[test]
fn an_unread_channel_leaks_nothing() {
    for len in [0, 1, 8, 9, 1_000] {
        let before = LIVE.get();
        let (sender, receiver, _) = channel::<usize>();
        (0..len).for_each(|number| sender.send(number).unwrap());
        drop(receiver);
        assert_eq!(sender.send(1).unwrap_err().into_inner(), 1);
        drop(sender);
        assert_eq!(LIVE.get(), before);
    }
}
