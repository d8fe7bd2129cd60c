//! The system's allocator with counters, for the program that measures memory; the one that measures time does without.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);
static LIVE_BYTES: AtomicUsize = AtomicUsize::new(0);
static PEAK_BYTES: AtomicUsize = AtomicUsize::new(0);

/// Counts what it hands out.
pub struct CountingAllocator;

// SAFETY: every call goes to the system's allocator as it came; the counters touch no memory of the caller.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        // SAFETY: the caller's promises are the system allocator's demands.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE_BYTES.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promises are the system allocator's demands.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Both blocks stand while the content moves.
        grow(size);
        LIVE_BYTES.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promises are the system allocator's demands.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

fn grow(bytes: usize) {
    ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
    let live = LIVE_BYTES.fetch_add(bytes, Ordering::Relaxed) + bytes;
    PEAK_BYTES.fetch_max(live, Ordering::Relaxed);
}

/// The counters at one moment, or the difference between two.
#[derive(Clone, Copy)]
pub(crate) struct Usage {
    pub(crate) allocations: f64,
    pub(crate) live_bytes: f64,
    /// The most bytes that lived at once since the last [`Usage::now`].
    pub(crate) peak_bytes: f64,
}

impl Usage {
    /// Reads the counters, and lets a new peak begin.
    pub(crate) fn now() -> Self {
        let live = LIVE_BYTES.load(Ordering::Relaxed);
        let peak = PEAK_BYTES.swap(live, Ordering::Relaxed);
        Self {
            allocations: ALLOCATIONS.load(Ordering::Relaxed) as f64,
            live_bytes: live as f64,
            peak_bytes: peak as f64,
        }
    }

    /// What has changed since; the peak is given above what lived then.
    pub(crate) fn since(self) -> Self {
        let now = Self::now();
        Self {
            allocations: now.allocations - self.allocations,
            live_bytes: now.live_bytes - self.live_bytes,
            peak_bytes: now.peak_bytes - self.live_bytes,
        }
    }
}
