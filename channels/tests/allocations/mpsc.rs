//! Once an `mpsc` has seen its usual load, neither sending, receiving nor waiting allocates.

use std::task::Poll;

use channels::mpsc;

use super::allocations_when_warm;
use crate::support::{WakeCount, poll_with};

#[test]
fn a_warm_unbounded_channel_does_not_allocate() {
    let (sender, mut receiver) = mpsc::channel();
    let wakes = WakeCount::new();
    let waker = wakes.waker();
    let mut buffer = Vec::with_capacity(20);
    let allocations = allocations_when_warm(1, || {
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
    let allocations = allocations_when_warm(1, || {
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
