//! What only this module can reach: where positions begin, and how large things are.

use alloc::collections::VecDeque;
use core::mem::size_of;

use super::ring::{FLAGS, Ring};
use super::shared::Shared;
use super::{BoundedReceiver, BoundedSender, RecvFuture, SendFuture};
use crate::mpsc::TrySendError;
use crate::sync::Arc;

/// The position `laps` laps before positions wrap, and `index` slots further.
fn before_the_wrap(ring: &Ring<()>, laps: usize, index: usize) -> usize {
    let lap = ring.next_lap(0);
    ring.advance(0_usize.wrapping_sub(laps * lap), index)
}

#[test]
fn positions_may_wrap() {
    for capacity in 1..7 {
        for index in 0..capacity {
            let start = before_the_wrap(&Ring::new(capacity, 0), 2, index);
            let shared = Arc::new(Shared::new(capacity, start));
            let sender = BoundedSender::new(Arc::clone(&shared));
            let mut receiver = BoundedReceiver::new(shared);
            let mut model = VecDeque::new();
            for number in 0..capacity * 20 {
                let sent = sender.try_send(number);
                if model.len() == capacity {
                    assert_eq!(sent, Err(TrySendError::Full(number)));
                } else {
                    assert_eq!(sent, Ok(()));
                    model.push_back(number);
                }
                if number % 5 > 1 {
                    assert_eq!(receiver.try_recv().ok(), model.pop_front());
                }
                assert_eq!((sender.len(), receiver.peek()), (model.len(), model.front()));
            }
        }
    }
}

#[test]
fn the_position_behind_is_one_further() {
    for slot_count in 1..9 {
        let ring = Ring::<()>::new(slot_count, 0);
        let mut position = before_the_wrap(&ring, 2, 0);
        for count in 0..3 * slot_count {
            let start = before_the_wrap(&ring, 2, 0);
            assert_eq!(ring.advance(start, count), position);
            if count <= slot_count {
                assert_eq!(ring.distance(start, position), count);
            }
            let (_, next) = ring.locate(position);
            let (_, flagged) = ring.locate(position | FLAGS);
            assert_eq!(flagged, next | FLAGS, "flags stay");
            position = next;
        }
    }
}

#[cfg(target_pointer_width = "64")]
#[test]
fn a_channel_of_16_numbers_takes_at_most_512_bytes() {
    let counts = 2 * size_of::<usize>();
    let slots = 16 * size_of::<super::ring::Slot<u64>>();
    assert!(counts + size_of::<Shared<u64>>() + slots <= 512);
    assert!(size_of::<RecvFuture<'_, u64>>() <= 16);
    assert!(size_of::<SendFuture<'_, u64>>() <= 24 + 8);
    assert!(size_of::<SendFuture<'_, [u64; 8]>>() <= 24 + 64);
}
