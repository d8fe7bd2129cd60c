//! What each flavour asks of the allocator: little when it is made, nothing once it has seen its usual load, and a burst's memory
//! goes back.

#![cfg(not(any(channels_loom, channels_shuttle)))]

#[path = "../support/mod.rs"]
mod support;

#[cfg(feature = "std")]
mod blocking;
mod broadcast;
mod mpmc;
mod mpsc;
mod mpsc_unbounded;
mod oneshot;
mod watch;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// What a thread has asked of the allocator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Memory {
    /// All that it has allocated.
    allocations: usize,
    /// What of that is not freed.
    live: usize,
    /// The bytes of what is not freed.
    live_bytes: usize,
}

impl Memory {
    /// What this thread has asked so far.
    fn now() -> Self {
        MEMORY.get()
    }

    /// What this thread has asked since. It may have begun with freeing what another one has allocated, so this wraps.
    fn since(before: Self) -> Self {
        let now = Self::now();
        Self {
            allocations: now.allocations - before.allocations,
            live: now.live.wrapping_sub(before.live),
            live_bytes: now.live_bytes.wrapping_sub(before.live_bytes),
        }
    }
}

thread_local! {
    static MEMORY: Cell<Memory> = const { Cell::new(Memory { allocations: 0, live: 0, live_bytes: 0 }) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: the system's allocator does the work; this only counts. `realloc` comes down to these two.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let memory = MEMORY.get();
        MEMORY.set(Memory {
            allocations: memory.allocations + 1,
            live: memory.live.wrapping_add(1),
            live_bytes: memory.live_bytes.wrapping_add(layout.size()),
        });
        // SAFETY: the caller's promises are those that `System` asks.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        let before = MEMORY.get();
        MEMORY.set(Memory {
            allocations: before.allocations,
            live: before.live.wrapping_sub(1),
            live_bytes: before.live_bytes.wrapping_sub(layout.size()),
        });
        // SAFETY: the caller's promises are those that `System` asks.
        unsafe { System.dealloc(memory, layout) }
    }
}

/// The allocations of a call.
fn allocations_of(call: impl FnOnce()) -> usize {
    let before = Memory::now();
    call();
    Memory::since(before).allocations
}

/// The allocations of a run after so many others, which may allocate.
fn allocations_when_warm(runs_before: usize, mut run: impl FnMut()) -> usize {
    (0..runs_before).for_each(|_| run());
    allocations_of(run)
}

#[test]
fn the_counter_counts() {
    let before = Memory::now();
    let value = Box::new(1_u64);
    let held = Memory {
        allocations: 1,
        live: 1,
        live_bytes: 8,
    };
    assert_eq!(Memory::since(before), held);
    drop(value);
    let freed = Memory {
        allocations: 1,
        live: 0,
        live_bytes: 0,
    };
    assert_eq!(Memory::since(before), freed);
    assert_eq!(allocations_when_warm(2, || drop(Box::new(1))), 1);
}
