//! Models of the unbounded `mpsc`: every schedule of a few calls that meet.
//!
//! A first block holds one value here, the others two, and positions wrap behind the first: so each model with two values
//! makes a second block and passes the wrap. loom counts the blocks, too.
//!
//! Mutations of the orderings, one at a time, each to `Relaxed` (or without that part of it). All of them were tried on these
//! models, and the one named catches it.
//!
//! | pair | ordering | caught by |
//! |---|---|---|
//! | C | `send`, the claim: Acquire | `a_slow_sender_meets_the_freeing_of_blocks` |
//! | C | `pass`, the addition of 0: Release | `a_slow_sender_meets_the_freeing_of_blocks` |
//! | L | `find`, `newest`: Acquire | `a_cancelled_receive_meets_a_send` |
//! | L | `search`, `newest` moves: Release | `senders_that_meet_at_the_border_of_a_block_lose_nothing` |
//! | L | `open_block`: Acquire | `a_cancelled_receive_meets_a_send` |
//! | L | `first_block`, link: Release; Acquire where it fails; `newest` and `open`: Release | `a_cancelled_receive_meets_a_send` |
//! | L | `follow`, `next`: Acquire | `sends_meet_receives` |
//! | L | `extend`, link: Release | `a_send_meets_the_drop_of_the_receiver` |
//! | L | `pass`, `newest` moves: Release | `a_send_meets_the_receiver_at_the_end_of_a_block` |
//! | L | `pass`, `open` moves: Release | `senders_that_meet_at_the_border_of_a_block_lose_nothing` |
//! | L | `keep_or_free`, `newest`: Acquire; link: Release; Acquire where it fails | `senders_that_meet_at_the_border_of_a_block_lose_nothing` |
//! | L | `enter`, `first` and `next`: Acquire | `a_cancelled_receive_meets_a_send` |
//! | L | `mark`, where the exchange fails: Acquire | `a_send_meets_the_drop_of_the_receiver` |
//! | L | `leave_blocks`, `first`: Release | `late_senders_meet_the_drop_of_the_receiver` |
//! | V | `publish`: Release | `a_cancelled_receive_meets_a_send` |
//! | V | `ready_from`: Acquire | `a_cancelled_receive_meets_a_send` |
//! | V | `cease_to_await`: Acquire | `a_cancelled_receive_meets_a_send` |
//! | V | `abandon`: Acquire | `a_send_meets_the_drop_of_the_receiver` |
//! | P | `note_passed`: Release | `a_send_meets_the_drop_of_the_receiver` |
//! | P | `passed_at`: Acquire | `two_senders_meet_the_freeing_of_a_block` |
//! | W | `park`: Release | `a_cancelled_receive_meets_a_send` |
//! | W | `close`: Acquire | `the_drop_of_the_last_sender_meets_a_receive` |
//! | E | `close`: Release | `the_last_value_meets_the_end` |
//! | E | `front`: Acquire | `the_end_meets_a_receive_that_expects_a_late_sender` |
//! | E | `is_late`: Acquire | `the_end_meets_a_receive_that_expects_a_late_sender` |
//!
//! No model catches three, all of which were tried, too, and stand by argument: the Acquire where an exchange of `newest` in `pass` fails (it takes four
//! parties), the one where the link in `extend` fails (`keep_or_free` sees the same link with Acquire, or what came of it), and
//! the one of `len`, for the place where the channel was closed.

#![cfg(channels_loom)]

mod support;

use std::task::Poll;

use channels::mpsc::{self, Receiver, TryRecvError};
use loom::thread;
use support::models::{block_on, model};
use support::{CountedDrop, DropCount, WakeCount, poll_once, poll_with};

/// Receives what is there.
fn drain<T>(receiver: &mut Receiver<T>) -> usize {
    std::iter::from_fn(|| receiver.try_recv().ok()).count()
}

#[test]
fn sends_meet_receives() {
    model(|| {
        let (sender, mut receiver) = mpsc::channel();
        let sends = thread::spawn(move || {
            sender.send(1).unwrap();
            sender.send(2).unwrap();
            sender
        });
        assert_eq!(block_on(receiver.recv()), Some(1));
        assert_eq!(block_on(receiver.recv()), Some(2));
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
        drop(sends.join().unwrap());
        assert_eq!(block_on(receiver.recv()), None);
    });
}

#[test]
fn two_senders_meet_receives() {
    model(|| {
        let (sender, mut receiver) = mpsc::channel();
        let threads = [sender.clone(), sender].map(|sender| thread::spawn(move || sender.send(1).unwrap()));
        assert_eq!(block_on(receiver.recv()), Some(1));
        assert_eq!(block_on(receiver.recv()), Some(1));
        assert_eq!(block_on(receiver.recv()), None);
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

/// One sender passes the first block while the receiver, by the value of the other, wants to free it.
#[test]
fn two_senders_meet_the_freeing_of_a_block() {
    model(|| {
        let (sender, mut receiver) = mpsc::channel();
        sender.send(1).unwrap();
        assert_eq!(receiver.try_recv(), Ok(1));
        let threads = [sender.clone(), sender].map(|sender| thread::spawn(move || sender.send(1).unwrap()));
        assert_eq!(block_on(receiver.recv()), Some(1));
        assert_eq!(block_on(receiver.recv()), Some(1));
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

/// The first block holds one value, the others two, and positions wrap behind the first.
#[test]
fn blocks_are_used_again_while_a_sender_goes_on() {
    model(|| {
        let drops = DropCount::new();
        let (sender, mut receiver) = mpsc::channel();
        let values = [(); 5].map(|()| drops.value());
        let sends = thread::spawn(move || values.map(|value| assert!(sender.send(value).is_ok())));
        let early = drain(&mut receiver);
        sends.join().unwrap();
        assert_eq!(early + drain(&mut receiver), 5);
        assert_eq!(drops.get(), 5);
    });
}

/// The receiver uses a block again, reads the one before it to the end, goes on into it, and moves the list on.
#[test]
fn a_send_meets_the_receiver_at_the_end_of_a_block() {
    model(|| {
        let (sender, mut receiver) = mpsc::channel();
        (0..5).for_each(|number| sender.send(number).unwrap());
        assert_eq!([(); 3].map(|()| receiver.try_recv()), [0, 1, 2].map(Ok));
        let sends = thread::spawn(move || (5..7).for_each(|number| sender.send(number).unwrap()));
        let early = drain(&mut receiver);
        sends.join().unwrap();
        assert_eq!(early + drain(&mut receiver), 4);
    });
}

/// A sender that has claimed its place is slow to look for its block, while another passes that block and it is read.
#[test]
fn a_slow_sender_meets_the_freeing_of_blocks() {
    model(|| {
        let drops = DropCount::new();
        let (sender, mut receiver) = mpsc::channel();
        assert!(sender.send(drops.value()).is_ok());
        let value = drops.value();
        let slow = thread::spawn({
            let sender = sender.clone();
            move || assert!(sender.send(value).is_ok())
        });
        let values = [(); 2].map(|()| drops.value());
        let fast = thread::spawn(move || values.map(|value| assert!(sender.send(value).is_ok())));
        let early = drain(&mut receiver);
        slow.join().unwrap();
        fast.join().unwrap();
        assert_eq!(early + drain(&mut receiver), 4);
        assert_eq!(drops.get(), 4);
    });
}

/// Both senders find no block, and one after the other makes the first and the second.
#[test]
fn senders_that_meet_at_the_border_of_a_block_lose_nothing() {
    model(|| {
        let (sender, mut receiver) = mpsc::channel();
        let threads = [sender.clone(), sender].map(|sender| {
            thread::spawn(move || {
                sender.send(1).unwrap();
                sender.send(1).unwrap();
            })
        });
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(drain(&mut receiver), 4);
    });
}

#[test]
fn late_senders_meet_the_drop_of_the_receiver() {
    model(|| {
        let drops = DropCount::new();
        let (sender, receiver) = mpsc::channel();
        let send = |value: CountedDrop| {
            let sender = sender.clone();
            thread::spawn(move || drop(sender.send(value)))
        };
        let threads = [send(drops.value()), send(drops.value())];
        drop(receiver);
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(drops.get(), 2, "though a sender is left");
        assert!(sender.is_closed() && sender.is_empty());
    });
}

/// One sender is in front of the other, has claimed its place and not yet written, and the receiver waits for it.
#[test]
fn a_cancelled_wait_for_a_late_sender_meets_it() {
    model(|| {
        let (sender, mut receiver) = mpsc::channel();
        let threads = [sender.clone(), sender].map(|sender| thread::spawn(move || sender.send(1).unwrap()));
        let wakes = WakeCount::new();
        let mut received = 0;
        for _ in 0..2 {
            received += usize::from(poll_with(&mut receiver.recv(), &wakes.waker()).is_ready());
        }
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(received + drain(&mut receiver), 2);
        assert_eq!(std::sync::Arc::strong_count(&wakes), 1, "no waker is left");
    });
}

#[test]
fn an_upgrade_meets_the_drop_of_the_last_sender() {
    model(|| {
        let (sender, mut receiver) = mpsc::channel();
        let weak = sender.downgrade();
        let dropped = thread::spawn(move || drop(sender));
        let is_closed = receiver.is_closed();
        let upgraded = weak.upgrade();
        assert!(!(is_closed && upgraded.is_some()), "the end is final");
        if let Some(sender) = &upgraded {
            sender.send(1).unwrap();
            assert_eq!(receiver.try_recv(), Ok(1));
        }
        dropped.join().unwrap();
        assert_eq!(receiver.is_closed(), upgraded.is_none());
        drop(upgraded);
        assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(None));
        assert!(weak.upgrade().is_none());
    });
}

#[test]
fn the_length_meets_a_close() {
    model(|| {
        let (sender, mut receiver) = mpsc::channel();
        sender.send(1).unwrap();
        let close = thread::spawn(move || {
            receiver.close();
            receiver
        });
        assert_eq!(sender.len(), 1);
        assert_eq!(close.join().unwrap().len(), 1);
    });
}

/// What was sent before the last sender was dropped is received before the end.
#[test]
fn the_last_value_meets_the_end() {
    model(|| {
        let (sender, mut receiver) = mpsc::channel();
        let other = sender.clone();
        let threads = [
            thread::spawn(move || sender.send(1).unwrap()),
            thread::spawn(move || drop(other)),
        ];
        assert_eq!(block_on(receiver.recv()), Some(1));
        assert_eq!(block_on(receiver.recv()), None);
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

/// The receiver may have met the sender in the middle of its `send`, and then awaits the next slot before it looks for the end.
#[test]
fn the_end_meets_a_receive_that_expects_a_late_sender() {
    model(|| {
        let (sender, mut receiver) = mpsc::channel();
        sender.send(1).unwrap();
        assert_eq!(receiver.try_recv(), Ok(1));
        let send = thread::spawn(move || sender.send(2).unwrap());
        assert_eq!(block_on(receiver.recv()), Some(2));
        assert_eq!(block_on(receiver.recv()), None);
        send.join().unwrap();
    });
}

#[test]
fn a_send_meets_the_drop_of_the_receiver() {
    model(|| {
        let drops = DropCount::new();
        let (sender, receiver) = mpsc::channel();
        let (first, second) = (drops.value(), drops.value());
        let sends = thread::spawn(move || {
            let first = sender.send(first);
            let second = sender.send(second);
            assert!(first.is_ok() || second.is_err(), "what was dropped stays dropped");
            sender
        });
        drop(receiver);
        let sender = sends.join().unwrap();
        assert_eq!(drops.get(), 2, "returned to the sender, or freed at once");
        drop(sender);
        assert_eq!(drops.get(), 2);
    });
}

#[test]
fn the_drop_of_the_last_sender_meets_a_receive() {
    model(|| {
        let (sender, mut receiver) = mpsc::channel::<u8>();
        let threads = [sender.clone(), sender].map(|sender| thread::spawn(move || drop(sender)));
        assert_eq!(block_on(receiver.recv()), None);
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

#[test]
fn a_close_meets_a_send_and_the_rest_is_received() {
    model(|| {
        let (sender, mut receiver) = mpsc::channel();
        let send = thread::spawn(move || sender.send(1).is_ok());
        receiver.close();
        let early = receiver.try_recv();
        let sent = send.join().unwrap();
        let received = match early {
            Err(TryRecvError::Empty) => receiver.try_recv(),
            Ok(_) | Err(TryRecvError::Closed) => early,
        };
        assert_eq!(received, if sent { Ok(1) } else { Err(TryRecvError::Closed) });
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    });
}

#[test]
fn a_close_meets_one_who_waits_for_it() {
    model(|| {
        let (sender, mut receiver) = mpsc::channel::<u8>();
        let waits = thread::spawn(move || block_on(sender.closed()));
        receiver.close();
        waits.join().unwrap();
    });
}

#[test]
fn a_cancelled_receive_meets_a_send() {
    model(|| {
        let (sender, mut receiver) = mpsc::channel();
        let other = sender.clone();
        let send = thread::spawn(move || other.send(1).unwrap());
        if poll_once(&mut receiver.recv()).is_pending() {
            assert_eq!(block_on(receiver.recv()), Some(1));
        }
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
        send.join().unwrap();
        assert_eq!(sender.sender_count(), 1);
    });
}

#[test]
fn a_changed_waker_meets_a_send() {
    model(|| {
        let (sender, mut receiver) = mpsc::channel();
        let other = sender.clone();
        let send = thread::spawn(move || other.send(1).unwrap());
        let mut recv = receiver.recv();
        if poll_once(&mut recv).is_pending() {
            assert_eq!(block_on(&mut recv), Some(1));
        }
        send.join().unwrap();
        assert_eq!(sender.sender_count(), 1);
    });
}
