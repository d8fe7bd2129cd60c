//! Values of all sizes and kinds through the unbounded `mpsc`, and how its blocks meet them.

#![cfg(not(channels_loom))]

mod support;

use std::fmt::Debug;
use std::ptr::NonNull;
use std::task::Poll;
use std::thread;

use channels::mpsc;
use support::{DropCount, block_on, poll_once};

/// More than several blocks hold, whatever the size.
const VALUES: usize = 150;

fn goes_through<T: PartialEq + Debug>(value: impl Fn(usize) -> T) {
    let (sender, mut receiver) = mpsc::channel();
    // Received at once, then in a row.
    for number in 0..VALUES {
        sender.send(value(number)).expect("the receiver is there");
        assert_eq!(receiver.peek(), Some(&value(number)));
        assert_eq!(receiver.try_recv(), Ok(value(number)));
    }
    (0..VALUES).for_each(|number| sender.send(value(number)).expect("the receiver is there"));
    assert_eq!(receiver.len(), VALUES);
    for number in 0..VALUES {
        assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(Some(value(number))));
    }
    assert!(receiver.is_empty());
    (0..VALUES).for_each(|number| sender.send(value(number)).expect("the receiver is there"));
}

/// B11.
#[test]
fn values_with_invalid_patterns_go_through() {
    goes_through(|number| number % 2 == 0);
    goes_through(|number| if number % 2 == 0 { "even" } else { "odd" });
    goes_through(|_| NonNull::<u64>::dangling());
    goes_through(|number| Some(Box::new(number)));
}

#[test]
fn values_of_awkward_sizes_go_through() {
    #[derive(Debug, PartialEq)]
    #[repr(align(64))]
    struct Aligned(usize);

    let (sender, mut receiver) = mpsc::channel();
    for number in 0..VALUES {
        sender.send(Aligned(number)).unwrap();
        let place = std::ptr::from_ref(receiver.peek().unwrap());
        assert_eq!(place.addr() % 64, 0);
        assert_eq!(receiver.try_recv(), Ok(Aligned(number)));
    }
    goes_through(Aligned);
    goes_through(|number| [u8::try_from(number).unwrap(); 3]);
    goes_through(|number| [u16::try_from(number).unwrap(); 77]);
    goes_through(|number| [u8::try_from(number).unwrap(); 1_001]);
    goes_through(|number| [u64::try_from(number).unwrap(); 600]);
}

#[test]
fn values_without_a_size_are_counted() {
    goes_through(|_| ());
    let (sender, mut receiver) = mpsc::channel();
    (0..VALUES).for_each(|_| sender.send([0_u64; 0]).unwrap());
    drop(sender);
    let mut buffer = Vec::new();
    assert_eq!(
        poll_once(&mut receiver.recv_many(&mut buffer, usize::MAX)),
        Poll::Ready(VALUES)
    );
    assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(None));
}

/// B12: only the values themselves pass over the stack, never a block of them.
#[test]
fn values_of_a_mebibyte_go_through() {
    struct Large([u8; 1 << 20]);

    let run = || {
        let (sender, mut receiver) = mpsc::channel();
        for number in 0..5 {
            sender.send(Large([number; 1 << 20])).unwrap();
        }
        for number in 0..5 {
            let Large(bytes) = receiver.try_recv().unwrap();
            assert_eq!((bytes[0], bytes[bytes.len() - 1]), (number, number));
        }
    };
    thread::Builder::new()
        .stack_size(24 << 20)
        .spawn(run)
        .unwrap()
        .join()
        .unwrap();
}

/// B52: the length is right on both sides of each border.
#[test]
fn the_length_is_right_at_every_border() {
    let (sender, mut receiver) = mpsc::channel();
    for len in 0..=VALUES {
        assert_eq!((sender.len(), receiver.len()), (len, len));
        assert_eq!((sender.is_empty(), receiver.is_empty()), (len == 0, len == 0));
        sender.send(len).unwrap();
    }
    receiver.close();
    assert!(sender.send(0).is_err());
    assert!(sender.send(0).is_err(), "a claim that fails counts nowhere");
    for len in (0..=VALUES).rev() {
        receiver.try_recv().unwrap();
        assert_eq!((sender.len(), receiver.len()), (len, len));
    }
}

/// B52.
#[test]
fn recv_many_crosses_borders_and_ends() {
    for limit in [1, 7, 8, 9, 31, 40, 41, 200] {
        let (sender, mut receiver) = mpsc::channel();
        (0..VALUES).for_each(|number| sender.send(number).unwrap());
        receiver.close();
        let mut buffer = vec![usize::MAX];
        loop {
            let before = buffer.len();
            let Poll::Ready(received) = poll_once(&mut receiver.recv_many(&mut buffer, limit)) else {
                panic!("it has ended");
            };
            assert_eq!(received, limit.min(VALUES + 1 - before));
            if received == 0 {
                break;
            }
        }
        assert!(buffer[1..].iter().copied().eq(0..VALUES));
    }
}

#[test]
fn each_value_is_dropped_once_wherever_the_receiver_stops() {
    for read in [0, 1, 7, 8, 9, 39, 40, 41, VALUES] {
        let drops = DropCount::new();
        let (sender, mut receiver) = mpsc::channel();
        (0..VALUES).for_each(|_| assert!(sender.send(drops.value()).is_ok()));
        (0..read).for_each(|_| drop(receiver.try_recv()));
        assert_eq!(drops.get(), read);
        drop(receiver);
        assert_eq!(drops.get(), VALUES);
    }
}

/// B8, B9, B10.
#[test]
fn threads_that_send_meet_the_drop_of_the_receiver() {
    for round in 0..200 {
        let drops = DropCount::new();
        let (sender, mut receiver) = mpsc::channel();
        thread::scope(|scope| {
            for _ in 0..3 {
                let values: Vec<_> = (0..50).map(|_| drops.value()).collect();
                let sender = sender.clone();
                scope.spawn(move || values.into_iter().for_each(|value| drop(sender.send(value))));
            }
            for _ in 0..round % 20 {
                drop(block_on(receiver.recv()));
            }
            drop(receiver);
        });
        assert_eq!(drops.get(), 150, "though a sender is left");
    }
}
