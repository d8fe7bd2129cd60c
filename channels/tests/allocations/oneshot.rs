//! A `oneshot` is one small allocation, and waiting needs none.

use channels::oneshot;

use super::Memory;
use crate::support::{WakeCount, poll_with};

#[test]
fn it_is_one_allocation_of_a_state_a_value_and_two_wakers() {
    let wakes = WakeCount::new();
    let before = Memory::now();

    let (mut sender, mut receiver) = oneshot::channel::<usize>();
    let held = Memory {
        allocations: 1,
        live: 1,
        live_bytes: 6 * size_of::<usize>(),
    };
    assert_eq!(Memory::since(before), held);
    assert!(poll_with(&mut receiver, &wakes.waker()).is_pending());
    assert!(poll_with(&mut sender.closed(), &wakes.waker()).is_pending());
    assert_eq!(sender.send(1), Ok(()));
    assert_eq!(Memory::since(before), held);
    assert_eq!(receiver.try_recv(), Ok(1));
    let freed = Memory {
        allocations: 1,
        live: 0,
        live_bytes: 0,
    };
    assert_eq!(
        Memory::since(before),
        freed,
        "by whoever ends last, not by the handle's drop"
    );
}
