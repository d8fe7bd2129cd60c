//! A thread that waits allocates once, not for each wait.

#![cfg(all(feature = "std", not(channels_loom)))]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::future::{pending, ready};
use std::time::Instant;

use channels::blocking::{wait, wait_until};

thread_local! {
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

/// How often this thread allocates in a call.
fn allocations_of(call: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.get();
    call();
    ALLOCATIONS.get() - before
}

#[test]
fn only_the_first_wait_of_a_thread_and_nested_ones_allocate() {
    assert_eq!(allocations_of(|| wait(ready(()))), 1);
    assert_eq!(allocations_of(|| wait(ready(()))), 0);
    let misses_its_deadline = || assert!(wait_until(pending::<()>(), Instant::now()).is_err());
    assert_eq!(allocations_of(misses_its_deadline), 0);
    assert_eq!(allocations_of(|| wait(async { wait(ready(())) })), 1);
    assert_eq!(allocations_of(|| wait(ready(()))), 0);
}
