//! A `oneshot` is one small allocation, and waiting needs none.
#![cfg(not(channels_loom))]

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::RefCell;

use channels::oneshot;
use support::{WakeCount, poll_with};

thread_local! {
    /// The sizes of what this thread has allocated and not freed, while it is asked to take notes.
    static LIVE: RefCell<Option<Notes>> = const { RefCell::new(None) };
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Notes {
    allocations: usize,
    live_bytes: usize,
}

struct Noting;

#[global_allocator]
static ALLOCATOR: Noting = Noting;

// SAFETY: the system's allocator does the work; this only takes notes. `realloc` comes down to these two.
unsafe impl GlobalAlloc for Noting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.with_borrow_mut(|notes| {
            if let Some(notes) = notes {
                notes.allocations += 1;
                notes.live_bytes += layout.size();
            }
        });
        // SAFETY: the caller's promises are those that `System` asks.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        LIVE.with_borrow_mut(|notes| {
            if let Some(notes) = notes {
                notes.live_bytes -= layout.size();
            }
        });
        // SAFETY: the caller's promises are those that `System` asks.
        unsafe { System.dealloc(memory, layout) }
    }
}

fn notes() -> Notes {
    LIVE.with_borrow(|notes| notes.unwrap_or_default())
}

#[test]
fn it_is_one_allocation_of_a_state_a_value_and_two_wakers() {
    let wakes = WakeCount::new();
    LIVE.set(Some(Notes::default()));

    let (mut sender, mut receiver) = oneshot::channel::<usize>();
    let bytes = 6 * size_of::<usize>();
    assert_eq!(
        notes(),
        Notes {
            allocations: 1,
            live_bytes: bytes
        }
    );
    assert!(poll_with(&mut receiver, &wakes.waker()).is_pending());
    assert!(poll_with(&mut sender.closed(), &wakes.waker()).is_pending());
    assert_eq!(sender.send(1), Ok(()));
    assert_eq!(
        notes(),
        Notes {
            allocations: 1,
            live_bytes: bytes
        }
    );
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(
        notes(),
        Notes {
            allocations: 1,
            live_bytes: 0
        },
        "freed by whoever ends last, not by the handle's drop"
    );

    LIVE.set(None);
}
