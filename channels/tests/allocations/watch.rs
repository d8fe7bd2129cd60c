//! What a `watch` asks.

use std::task::Poll;

use channels::watch;

use super::{Memory, allocations_when_warm};
use crate::support::{WakeCount, poll_with};

#[test]
fn it_is_one_allocation_of_20_words() {
    let before = Memory::now();
    let (sender, receiver) = watch::channel(0_u64);
    (1..10).for_each(|number| sender.send(number));
    assert_eq!(*receiver.borrow(), 9);
    assert_eq!(Memory::since(before).allocations, 1);
    assert!(Memory::since(before).live_bytes <= 20 * size_of::<u64>());
}

#[test]
fn a_warm_channel_does_not_allocate() {
    let (sender, receiver) = watch::channel(0);
    let wakes = WakeCount::new();
    let waker = wakes.waker();
    let mut receivers = vec![receiver; 10];
    let mut held = Vec::with_capacity(10);
    let allocations = allocations_when_warm(2, || {
        for receiver in &mut receivers {
            drop(receiver.borrow_and_update());
            assert!(poll_with(&mut receiver.changed(), &waker).is_pending());
        }
        for receiver in &mut receivers {
            held.push(receiver.borrow());
            sender.send(1);
        }
        held.clear();
        for receiver in &mut receivers {
            held.push(receiver.borrow_and_update());
            assert!(poll_with(&mut receiver.wait_for(|number| *number == 2), &waker).is_pending());
        }
        assert!(poll_with(&mut sender.closed(), &waker).is_pending());
        let mut waits = receivers
            .iter_mut()
            .map(|receiver| receiver.wait_for(|number| *number == 2));
        let mut waits: [_; 10] = std::array::from_fn(|_| waits.next().expect("there are ten"));
        waits
            .iter_mut()
            .for_each(|wait| assert!(poll_with(wait, &waker).is_pending()));
        assert!(sender.send_if_modified(|number| {
            *number = 2;
            true
        }));
        for wait in &mut waits {
            assert!(matches!(poll_with(wait, &waker), Poll::Ready(Ok(number)) if *number == 2));
        }
        held.clear();
        held.push(sender.send_replace(1));
        held.clear();
    });
    assert_eq!(allocations, 0);
}

/// B49.
#[test]
fn a_burst_of_snapshots_and_waits_gives_its_memory_back() {
    let (sender, receiver) = watch::channel(0_u64);
    let before = Memory::now();
    let burst = || {
        let wakes = WakeCount::new();
        let waker = wakes.waker();
        let mut receivers = vec![receiver.clone(); 1_000];
        let mut waits: Vec<_> = receivers.iter_mut().map(|receiver| receiver.changed()).collect();
        waits
            .iter_mut()
            .for_each(|wait| assert!(poll_with(wait, &waker).is_pending()));
        let held: Vec<_> = (0..100_000)
            .map(|number| {
                sender.send(number);
                sender.borrow()
            })
            .collect();
        assert!(
            held.iter()
                .enumerate()
                .all(|(index, number)| **number == index as u64)
        );
    };
    burst();
    (0..2).for_each(|number| sender.send(number));
    assert!(Memory::since(before).live_bytes <= 4096);
}
