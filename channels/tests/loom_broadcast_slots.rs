//! Interleavings inside the log of the broadcasts: what happens without the lock, on slots and blocks.
//!
//! Blocks have two slots here. The first message of a block is found under the lock, the second without it.
//!
//! What catches an ordering of `slot.rs` that is weakened to `Relaxed` (of `let_go`: to one half), or a step that is left
//! out. Tried, one by one:
//!
//! | pair | weakened | caught by |
//! |---|---|---|
//! | A | the store of `remaining` in `publish`, the load in `is_published` | `a_send_meets_a_look_without_the_lock` |
//! | A | the store of `unread` in `publish`, the load in `is_readable` | `an_overwriting_send_meets_a_look_without_the_lock` |
//! | B | `let_go`, either half | `a_receiver_leaves_a_slot_that_another_reads`, `a_subscription_from_the_oldest_meets_a_reader` |
//! | B | `claim` | `two_receivers_meet_on_a_slot`, `two_overwriting_receivers_meet_on_a_slot` |
//! | B | `evict` | `an_eviction_meets_a_reader_without_the_lock` |
//! | C | a cursor that does not hold its block | `a_block_is_used_anew_after_its_last_read` |
//! | – | `begin` is a load and a store | `two_overwriting_receivers_meet_on_a_slot` |
//! | – | `begin` heeds no eviction, or `evict` does not look whether all have begun | `a_block_stays_while_a_lagging_receiver_looks_at_it` |
#![cfg(channels_loom)]

#[path = "support/account.rs"]
mod account;
mod support;

use std::sync::Arc;
use std::task::Poll;

use account::{Account, Value, model, poll_number, try_number};
use channels::broadcast::overwriting::TryRecvError::{self, Empty, Lagged};
use channels::broadcast::{self, OverwritingReceiver, OverwritingSender, Receiver};
use loom::thread;
use support::poll_with;

/// Pair A: the reader finds the value without the lock, and clones it.
#[test]
fn a_send_meets_a_look_without_the_lock() {
    model(2, |account| {
        let (sender, mut receiver) = broadcast::channel();
        assert!(sender.send(account.value(1)).is_ok());
        assert_eq!(try_number(&mut receiver), Some(1));
        let mut second = receiver.clone();
        let value = account.value(2);
        let thread = thread::spawn(move || assert!(sender.send(value).is_ok()));
        let found = try_number(&mut receiver);
        assert!(matches!(found, None | Some(2)));
        thread.join().unwrap();
        if found.is_none() {
            assert_eq!(try_number(&mut receiver), Some(2));
        }
        assert_eq!(try_number(&mut second), Some(2));
        assert_eq!(receiver.try_recv().err(), Some(broadcast::TryRecvError::Closed));
    });
}

/// Two receivers that have read one message, and have another one to read.
fn two_receivers(account: &Account) -> (broadcast::Sender<Value>, [Receiver<Value>; 2]) {
    let (sender, mut first) = broadcast::channel();
    let mut second = first.clone();
    assert!(sender.send(account.value(1)).is_ok());
    assert_eq!(try_number(&mut first), Some(1));
    assert_eq!(try_number(&mut second), Some(1));
    assert!(sender.send(account.value(2)).is_ok());
    (sender, [first, second])
}

/// Pair B: one clones while the other is the last, and takes the value out.
#[test]
fn two_receivers_meet_on_a_slot() {
    model(2, |account| {
        let (sender, [mut first, mut second]) = two_receivers(account);
        let thread = thread::spawn(move || assert_eq!(try_number(&mut second), Some(2)));
        assert_eq!(try_number(&mut first), Some(2));
        thread.join().unwrap();
        assert_eq!(sender.len(), 0);
    });
}

/// Pair B: one clones while the other leaves.
#[test]
fn a_receiver_leaves_a_slot_that_another_reads() {
    model(2, |account| {
        let (sender, [mut first, second]) = two_receivers(account);
        let thread = thread::spawn(move || drop(second));
        assert_eq!(try_number(&mut first), Some(2));
        thread.join().unwrap();
        assert_eq!(sender.len(), 0);
    });
}

/// It gets the messages that are still there: the newest, and no gap.
#[test]
fn a_subscription_from_the_oldest_meets_a_reader() {
    model(3, |account| {
        let (sender, mut receiver) = broadcast::channel();
        for number in 1..=3 {
            assert!(sender.send(account.value(number)).is_ok());
        }
        let thread = thread::spawn(move || {
            let numbers = [1, 2, 3].map(|_| try_number(&mut receiver));
            assert_eq!(numbers, [Some(1), Some(2), Some(3)]);
        });
        let mut late = sender.subscribe_oldest();
        let mut expected = 3;
        let seen: Vec<_> = std::iter::from_fn(|| try_number(&mut late)).collect();
        for number in seen.into_iter().rev() {
            assert_eq!(number, expected);
            expected -= 1;
        }
        thread.join().unwrap();
        assert_eq!(sender.len(), 0);
    });
}

/// A message is counted on by those who were there when it was sent, and by nobody else.
#[test]
fn a_receiver_leaves_while_messages_are_sent() {
    model(3, |account| {
        let (sender, mut receiver) = broadcast::channel();
        let second = receiver.clone();
        assert!(sender.send(account.value(1)).is_ok());
        let thread = thread::spawn(move || drop(second));
        for number in 2..=3 {
            assert!(sender.send(account.value(number)).is_ok());
        }
        for number in 1..=3 {
            assert_eq!(try_number(&mut receiver), Some(number));
        }
        thread.join().unwrap();
        assert_eq!((sender.len(), sender.receiver_count()), (0, 1));
    });
}

/// Pair C: the next message takes over a slot whose value was moved out without the lock.
#[test]
fn a_block_is_used_anew_after_its_last_read() {
    model(3, |account| {
        let (sender, mut receiver) = broadcast::channel();
        for number in 1..=2 {
            assert!(sender.send(account.value(number)).is_ok());
        }
        let thread = thread::spawn(move || {
            assert_eq!(try_number(&mut receiver), Some(1));
            assert_eq!(try_number(&mut receiver), Some(2));
            receiver
        });
        assert!(sender.send(account.value(3)).is_ok());
        let mut receiver = thread.join().unwrap();
        assert_eq!(try_number(&mut receiver), Some(3));
        assert_eq!(sender.len(), 0);
    });
}

/// A block goes while a receiver that has left lets go of what was in it.
#[test]
fn a_block_is_used_anew_while_its_last_reader_lets_go() {
    model(7, |account| {
        let (sender, mut receiver) = broadcast::channel();
        let second = receiver.clone();
        assert!(sender.send(account.value(1)).is_ok());
        let thread = thread::spawn(move || drop(second));
        assert_eq!(try_number(&mut receiver), Some(1));
        for number in 2..=7 {
            assert!(sender.send(account.value(number)).is_ok());
            assert_eq!(try_number(&mut receiver), Some(number));
        }
        thread.join().unwrap();
        assert_eq!(sender.len(), 0);
    });
}

/// The last reader of a full channel finds the value without the lock, and serves the sender that comes to wait.
#[test]
fn a_reader_without_the_lock_serves_a_waiting_sender() {
    model(3, |account| {
        let (sender, mut receiver) = broadcast::bounded(1);
        assert!(sender.try_send(account.value(1)).is_ok());
        assert_eq!(try_number(&mut receiver), Some(1));
        assert!(sender.try_send(account.value(2)).is_ok());
        let thread = thread::spawn(move || {
            assert_eq!(try_number(&mut receiver), Some(2));
            receiver
        });
        let mut send = sender.send(account.value(3));
        let is_sent = poll_with(&mut send, &account.wakes[0].waker()).is_ready();
        let mut receiver = thread.join().unwrap();
        assert!(is_sent || account.wakes[0].get() == 1, "no wake is lost");
        assert!(
            is_sent
                || matches!(
                    poll_with(&mut send, &account.wakes[1].waker()),
                    Poll::Ready(Ok(()))
                )
        );
        assert_eq!(try_number(&mut receiver), Some(3));
    });
}

/// Pair A, overwriting: the reader finds the value without the lock, and clones it.
#[test]
fn an_overwriting_send_meets_a_look_without_the_lock() {
    model(2, |account| {
        let (sender, [mut first, mut second]) = two_overwriting_receivers(account, 2);
        let value = account.value(2);
        let thread = thread::spawn(move || assert!(sender.send(value).is_ok()));
        let found = next_number(&mut first);
        assert!(matches!(found, Err(Empty) | Ok(2)));
        thread.join().unwrap();
        if found.is_err() {
            assert_eq!(next_number(&mut first), Ok(2));
        }
        assert_eq!(next_number(&mut second), Ok(2));
    });
}

/// Two receivers that have read the first message of a block, and know where the next one comes.
fn two_overwriting_receivers(
    account: &Account,
    capacity: usize,
) -> (OverwritingSender<Value>, [OverwritingReceiver<Value>; 2]) {
    let (sender, mut first) = broadcast::overwriting(capacity);
    let mut second = first.clone();
    assert!(sender.send(account.value(1)).is_ok());
    assert_eq!(next_number(&mut first), Ok(1));
    assert_eq!(next_number(&mut second), Ok(1));
    (sender, [first, second])
}

fn next_number(receiver: &mut OverwritingReceiver<Value>) -> Result<u32, TryRecvError> {
    receiver.try_recv().map(|value| value.number)
}

/// Pair B, overwriting: one clones while the other is the last, and takes the value out.
#[test]
fn two_overwriting_receivers_meet_on_a_slot() {
    model(2, |account| {
        let (sender, [mut first, mut second]) = two_overwriting_receivers(account, 2);
        assert!(sender.send(account.value(2)).is_ok());
        let thread = thread::spawn(move || assert_eq!(next_number(&mut second), Ok(2)));
        assert_eq!(next_number(&mut first), Ok(2));
        thread.join().unwrap();
        assert_eq!(sender.len(), 0);
    });
}

/// Values are replaced; each is dropped by the sender, or by the reader that is cloning it.
#[test]
fn overwriting_sends_meet_a_read() {
    model(4, |account| {
        let (sender, mut receiver) = broadcast::overwriting(1);
        let _slow = receiver.clone();
        assert!(sender.send(account.value(1)).is_ok());
        let thread = thread::spawn(move || drop(receiver.try_recv()));
        for number in 2..=4 {
            assert!(sender.send(account.value(number)).is_ok());
        }
        assert_eq!(sender.len(), 1);
        thread.join().unwrap();
    });
}

/// The reader begins without the lock: either it has its share by then, or the message is gone for it.
#[test]
fn an_eviction_meets_a_reader_without_the_lock() {
    model(3, |account| {
        let (sender, [mut receiver, _slow]) = two_overwriting_receivers(account, 1);
        assert!(sender.send(account.value(2)).is_ok());
        let thread = thread::spawn(move || {
            let seen = next_number(&mut receiver);
            assert!(matches!(seen, Ok(2) | Err(Lagged(1))), "{seen:?}");
            receiver
        });
        assert!(sender.send(account.value(3)).is_ok());
        let mut receiver = thread.join().unwrap();
        assert_eq!(next_number(&mut receiver), Ok(3));
    });
}

/// The last to begin passes the message, whose room the sender finds without a word from the reader.
#[test]
fn a_full_overwriting_channel_meets_its_last_reader() {
    model(3, |account| {
        let (sender, [mut receiver, second]) = two_overwriting_receivers(account, 1);
        drop(second);
        assert!(sender.send(account.value(2)).is_ok());
        let value = account.value(3);
        let thread = thread::spawn(move || {
            assert!(sender.send(value).is_ok());
            assert_eq!(sender.len(), 1);
            sender
        });
        let seen = next_number(&mut receiver);
        let sender = thread.join().unwrap();
        match seen {
            Ok(2) | Err(Lagged(1)) => assert_eq!(next_number(&mut receiver), Ok(3)),
            other => panic!("{other:?}"),
        }
        assert_eq!(sender.len(), 0);
    });
}

/// A receiver looks at a slot of its block while messages come for which that block might be used anew.
#[test]
fn a_block_stays_while_a_lagging_receiver_looks_at_it() {
    model(7, |account| {
        let (sender, [mut slow, mut fast]) = two_overwriting_receivers(account, 1);
        let thread = thread::spawn(move || {
            let seen = next_number(&mut slow);
            assert!(
                matches!(seen, Err(Empty | Lagged(1..=5)) | Ok(2)),
                "it has missed what it tells, {seen:?}"
            );
        });
        for number in 2..=7 {
            assert!(sender.send(account.value(number)).is_ok());
            assert_eq!(next_number(&mut fast), Ok(number));
        }
        thread.join().unwrap();
    });
}

/// It gets the messages that not all have begun to read; of others it may be the last to let go.
#[test]
fn an_overwriting_subscription_from_the_oldest_meets_a_reader() {
    model(2, |account| {
        let (sender, [mut receiver, second]) = two_overwriting_receivers(account, 2);
        drop(second);
        assert!(sender.send(account.value(2)).is_ok());
        let thread = thread::spawn(move || {
            assert_eq!(next_number(&mut receiver), Ok(2));
            receiver
        });
        let mut late = sender.subscribe_oldest();
        let seen = next_number(&mut late);
        assert!(matches!(seen, Ok(2) | Err(Empty)), "{seen:?}");
        let _receiver = thread.join().unwrap();
        assert_eq!(sender.len(), 0);
        assert_eq!(account.drops.get(), 2 + account.clones.get());
    });
}

/// B51.
#[test]
fn an_upgrade_meets_the_last_drop() {
    model(1, |account| {
        let (sender, mut receiver) = broadcast::channel();
        let weak = sender.downgrade();
        assert!(poll_number(&mut receiver, &account.wakes[0]).is_pending());
        let thread = thread::spawn(move || drop(sender));
        let value = account.value(1);
        let upgraded = weak.upgrade();
        let is_open = upgraded.is_some();
        if let Some(sender) = upgraded {
            assert!(sender.send(value).is_ok());
        }
        thread.join().unwrap();
        assert!(account.wakes[0].get() >= 1, "no wake is lost");
        assert!(weak.upgrade().is_none(), "the end is final");
        assert_eq!(try_number(&mut receiver), is_open.then_some(1));
        assert_eq!(poll_number(&mut receiver, &account.wakes[1]), Poll::Ready(None));
        assert_eq!(Arc::strong_count(&account.wakes[0]), 1);
    });
}
