//! What an unbounded `mpsc` holds, and when it gives that back.

use channels::mpsc::{self, Receiver, Sender};

use super::{Memory, allocations_of};
use crate::support::{WakeCount, poll_with};

/// A channel, and a function that tells what was allocated since.
fn channel<T>() -> (Sender<T>, Receiver<T>, impl Fn() -> Memory) {
    let before = Memory::now();
    let (sender, receiver) = mpsc::channel();
    (sender, receiver, move || Memory::since(before))
}

fn assert_all_is_freed_since(before: Memory) {
    let Memory { live, live_bytes, .. } = Memory::since(before);
    assert_eq!((live, live_bytes), (0, 0));
}

fn burst(sender: &Sender<usize>, receiver: &mut Receiver<usize>, len: usize) {
    (0..len).for_each(|number| sender.send(number).expect("the receiver is there"));
    assert!((0..len).all(|number| receiver.try_recv() == Ok(number)));
}

#[test]
fn a_new_channel_is_one_small_allocation() {
    let (sender, mut receiver, held) = channel::<usize>();
    assert_eq!(held().live, 1);
    assert!(held().live_bytes <= 128, "{:?}", held());
    // Nor does waiting make a block.
    let wakes = WakeCount::new();
    let with_waker = held();
    assert!(poll_with(&mut receiver.recv(), &wakes.waker()).is_pending());
    assert_eq!(held(), with_waker);
    drop(wakes);
    sender.send(1).unwrap();
    assert!(held().live_bytes <= 256, "{:?}", held());
}

#[test]
fn a_queued_word_takes_nine_bytes() {
    const VALUES: usize = 1_000_000;
    let (sender, _receiver, held) = channel::<usize>();
    (0..VALUES).for_each(|number| sender.send(number).unwrap());
    assert!(held().live_bytes <= 9 * VALUES + 512, "{:?}", held());
}

/// B49: after a burst there are the block that is in use and two more.
#[test]
fn a_burst_that_was_drained_leaves_three_blocks() {
    let (sender, mut receiver, held) = channel::<usize>();
    burst(&sender, &mut receiver, 100_000);
    assert!(held().live <= 4, "{:?}", held());
    assert!(held().live_bytes <= 128 + 3 * 288, "{:?}", held());
}

/// Memory is given back while the rest is still queued.
#[test]
fn blocks_are_freed_as_they_are_read() {
    let (sender, mut receiver, held) = channel::<usize>();
    (0..100_000).for_each(|number| sender.send(number).unwrap());
    let full = held().live_bytes;
    assert!((0..50_000).all(|number| receiver.try_recv() == Ok(number)));
    assert!(held().live_bytes < full * 51 / 100, "{:?}", held());
}

/// B50.
#[test]
fn warm_bursts_of_two_blocks_allocate_nothing() {
    let (sender, mut receiver, _) = channel::<usize>();
    burst(&sender, &mut receiver, 200);
    let bursts = || (0..=64).for_each(|len| burst(&sender, &mut receiver, len));
    assert_eq!(allocations_of(bursts), 0);
}

#[test]
fn the_last_handle_gives_everything_back() {
    for drop_receiver_first in [false, true] {
        let before = Memory::now();
        let (sender, mut receiver, held) = channel::<usize>();
        let weak = sender.downgrade();
        burst(&sender, &mut receiver, 100);
        (0..100).for_each(|number| sender.send(number).unwrap());
        if drop_receiver_first {
            drop(receiver);
            assert_eq!(held().live, 1, "the blocks are gone at once");
            drop(sender);
        } else {
            drop(sender);
            drop(receiver);
        }
        drop(weak);
        assert_all_is_freed_since(before);
    }
}

/// The first block may have been made, and passed, before the receiver looks for it.
#[test]
fn an_unread_channel_leaks_nothing() {
    for len in [0, 1, 8, 9, 1_000] {
        let before = Memory::now();
        let (sender, receiver, _) = channel::<usize>();
        (0..len).for_each(|number| sender.send(number).unwrap());
        drop(receiver);
        assert_eq!(sender.send(1).unwrap_err().into_inner(), 1);
        drop(sender);
        assert_all_is_freed_since(before);
    }
}
