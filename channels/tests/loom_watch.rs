//! Interleavings of a `watch`, within loom's memory model.
//!
//! Each model ends with the same account: each value was dropped once, and no waker is left. (That each cell is touched by
//! those who may, and the memory freed once, loom sees by itself.) Under loom a channel keeps two cells, and two snapshots
//! are folded at a time, so that few operations reach every path.
//!
//! The orderings of `watch` were weakened one at a time, and each time these models failed:
//!
//! | weakened | to | pairs | models that failed, |
//! |---|---|---|---|
//! | `current` in `borrow` | Relaxed | A | look, snapshot, snapshots, folded, many, changes |
//! | `current` in `set_current` | Acquire | A | look, snapshot, snapshots, folded, many, changes |
//! | `current` in `set_current` | Release | C | folded |
//! | `current` in `fold` | Relaxed | C | folded |
//! | `holders` in `set_current` | Relaxed | B | look, snapshot, snapshots, many, handles |
//! | `holders` in `lend` | Release | B | look, snapshot, snapshots, many, handles |
//! | `holders` in `lend` | Acquire | C | look, snapshot, snapshots, many, handles |
//! | `holders` in a snapshot's drop | Acquire | B | look, snapshot, snapshots, replaced, many, handles |
//! | `holders` in a snapshot's drop | Release | B, C | look, snapshot, snapshots, replaced, many, handles |
//! | `returned` in `give_back` | Relaxed | D | look, snapshot, snapshots, replaced, many, sends |
//! | `returned` in `collect` | Relaxed | D | look, snapshot, snapshots, replaced, many, sends |
//! | `version` in `replace` | Relaxed | E | told |
//! | `version` in `remove_sender` | Relaxed | E | told, end |
//! | `version` in `newer` | Relaxed | E | told |
//! | `version` in `news` | Relaxed | E | told, end |
//!
//! told: `who_is_told_of_a_change_sees_what_was_done_before_it`; end: `who_is_told_of_the_end_sees_what_was_done_before_it`;
//! look: `a_look_during_a_send_is_told_of_it_once`; snapshot: `sends_meet_a_snapshot`; snapshots:
//! `a_send_meets_two_snapshots`; replaced: `two_threads_let_go_of_a_replaced_value`; folded:
//! `a_send_meets_snapshots_being_folded`; many: `sends_meet_snapshots_of_many_values`; handles:
//! `the_last_handles_leave_while_a_snapshot_is_held`; changes: `two_changes_of_a_clone_meet`; sends: `two_sends_meet`.
#![cfg(channels_loom)]

mod support;

use std::sync::Arc;
use std::task::{Context, Poll};

use channels::watch::{self, Closed, Receiver};
use loom::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use loom::thread;
use support::{CountedDrop, DropCount, WakeCount, poll_once};

struct Value {
    number: u32,
    drops: DropCount,
    _drop: CountedDrop,
}

/// What a model is given, and what is checked after it.
struct Account {
    drops: DropCount,
    wakes: [Arc<WakeCount>; 2],
}

impl Account {
    fn value(&self, number: u32) -> Value {
        value(number, &self.drops)
    }
}

fn value(number: u32, drops: &DropCount) -> Value {
    Value {
        number,
        drops: drops.clone(),
        _drop: drops.value(),
    }
}

impl Clone for Value {
    fn clone(&self) -> Self {
        value(self.number, &self.drops)
    }
}

/// Runs the model, which makes so many values, those counted that are cloned.
fn model(values: usize, run: impl Fn(&Account) + Send + Sync + 'static) {
    support::models::model(move || {
        let account = Account {
            drops: DropCount::new(),
            wakes: [WakeCount::new(), WakeCount::new()],
        };

        run(&account);

        assert_eq!(account.drops.get(), values, "each value is dropped once");
        for waker in &account.wakes {
            assert_eq!(Arc::strong_count(waker), 1, "no waker is left");
        }
    });
}

fn poll_changed(receiver: &mut Receiver<Value>, wakes: &Arc<WakeCount>) -> Poll<Result<(), Closed>> {
    receiver.poll_changed(&mut Context::from_waker(&wakes.waker()))
}

/// B21, B27.
#[test]
fn a_send_meets_a_poll() {
    model(2, |account| {
        let (sender, mut receiver) = watch::channel(account.value(0));
        let next = account.value(1);
        let thread = thread::spawn(move || {
            sender.send(next);
            sender
        });
        let mut polled = poll_changed(&mut receiver, &account.wakes[0]);
        if polled.is_ready() {
            assert_eq!(receiver.borrow().number, 1, "what was told is there");
        }
        // Kept until the end: its drop would wake too.
        let _sender = thread.join().unwrap();
        if polled.is_pending() {
            assert_eq!(account.wakes[0].get(), 1, "no wake is lost");
            polled = poll_changed(&mut receiver, &account.wakes[0]);
        }
        assert_eq!(polled, Poll::Ready(Ok(())));
        assert_eq!(receiver.borrow().number, 1);
        assert_eq!(receiver.has_changed(), Ok(false));
    });
}

/// Not only the value, but all that its sender has done.
#[test]
fn who_is_told_of_a_change_sees_what_was_done_before_it() {
    for waits in [false, true] {
        model(2, move |account| {
            let (sender, mut receiver) = watch::channel(account.value(0));
            let next = account.value(1);
            let done = Arc::new(AtomicUsize::new(0));
            let thread = thread::spawn({
                let done = Arc::clone(&done);
                move || {
                    done.store(1, Relaxed);
                    sender.send(next);
                }
            });
            let is_told = if waits {
                poll_changed(&mut receiver, &account.wakes[0]) == Poll::Ready(Ok(()))
            } else {
                receiver.has_changed() == Ok(true)
            };
            assert!(!is_told || done.load(Relaxed) == 1);
            thread.join().unwrap();
        });
    }
}

#[test]
fn who_is_told_of_the_end_sees_what_was_done_before_it() {
    model(1, |account| {
        let (sender, receiver) = watch::channel(account.value(0));
        let done = Arc::new(AtomicUsize::new(0));
        let thread = thread::spawn({
            let done = Arc::clone(&done);
            move || {
                done.store(1, Relaxed);
                drop(sender);
            }
        });
        assert!(receiver.has_changed().is_ok() || done.load(Relaxed) == 1);
        thread.join().unwrap();
    });
}

/// B41: whatever the moment at which it looks.
#[test]
fn a_look_during_a_send_is_told_of_it_once() {
    model(3, |account| {
        let (sender, mut receiver) = watch::channel(account.value(0));
        let (first, second) = (account.value(1), account.value(2));
        let thread = thread::spawn(move || {
            sender.send(first);
            sender.send(second);
            sender
        });
        let seen = receiver.borrow_and_update().number;
        let has_changed = receiver.has_changed().unwrap();
        let next = receiver.borrow_and_update().number;
        assert!(next > seen || !has_changed);
        let _sender = thread.join().unwrap();
        assert_eq!(receiver.has_changed(), Ok(next != 2));
    });
}

/// The snapshot lets go before, while or after its value is replaced; the cell is used again.
#[test]
fn sends_meet_a_snapshot() {
    model(4, |account| {
        let (sender, receiver) = watch::channel(account.value(0));
        let next = [1, 2, 3].map(|number| account.value(number));
        let thread = thread::spawn(move || {
            for value in next {
                sender.send(value);
            }
        });
        let snapshot = receiver.borrow();
        let second = snapshot.clone();
        assert_eq!(snapshot.number, second.number);
        drop(snapshot);
        assert!(second.number <= receiver.borrow().number);
        drop(second);
        thread.join().unwrap();
        assert_eq!(receiver.borrow().number, 3);
    });
}

/// Two threads hold the value that is replaced: the last of them drops it.
#[test]
fn a_send_meets_two_snapshots() {
    model(3, |account| {
        let (sender, receiver) = watch::channel(account.value(0));
        let other = receiver.clone();
        let reading = thread::spawn(move || assert!(other.borrow().number <= 2));
        let next = [1, 2].map(|number| account.value(number));
        let sending = thread::spawn(move || {
            for value in next {
                sender.send(value);
            }
        });
        assert!(receiver.borrow().number <= 2);
        reading.join().unwrap();
        sending.join().unwrap();
    });
}

/// A snapshot that a thread drops while another lets go of the same value, after it was replaced.
#[test]
fn two_threads_let_go_of_a_replaced_value() {
    model(3, |account| {
        let (sender, receiver) = watch::channel(account.value(0));
        let snapshot = receiver.borrow();
        let second = snapshot.clone();
        sender.send(account.value(1));
        let thread = thread::spawn(move || {
            assert_eq!(second.number, 0);
            drop(second);
        });
        assert_eq!(snapshot.number, 0);
        drop(snapshot);
        sender.send(account.value(2));
        thread.join().unwrap();
        assert_eq!(account.drops.get(), 2);
    });
}

/// More snapshots than the word counts before some are folded, from two threads, while the value is replaced.
#[test]
fn a_send_meets_snapshots_being_folded() {
    model(2, |account| {
        let (sender, receiver) = watch::channel(account.value(0));
        let (first, second) = (receiver.borrow(), receiver.borrow());
        let next = account.value(1);
        let sending = thread::spawn(move || sender.send(next));
        let other = receiver.clone();
        let folding = thread::spawn(move || assert!(other.borrow().number <= 1));
        drop(first);
        assert!(receiver.borrow().number <= 1);
        folding.join().unwrap();
        sending.join().unwrap();
        assert_eq!((second.number, receiver.borrow().number), (0, 1));
    });
}

/// Cells beyond the first two come, are lent, and go.
#[test]
fn sends_meet_snapshots_of_many_values() {
    model(6, |account| {
        let (sender, receiver) = watch::channel(account.value(0));
        let mut held = Vec::new();
        for number in 1..=2 {
            held.push(receiver.borrow());
            sender.send(account.value(number));
        }
        let next = [3, 4, 5].map(|number| account.value(number));
        let sending = thread::spawn(move || {
            for value in next {
                sender.send(value);
            }
        });
        let last = receiver.borrow();
        assert!(held.iter().map(|snapshot| snapshot.number).eq(0..2));
        held.clear();
        assert!((2..=5).contains(&last.number));
        drop(last);
        sending.join().unwrap();
        assert_eq!(receiver.borrow().number, 5);
    });
}

/// The last value is dropped with the last of the handles and the snapshot, whichever that is.
#[test]
fn the_last_handles_leave_while_a_snapshot_is_held() {
    model(1, |account| {
        let (sender, receiver) = watch::channel(account.value(0));
        let weak = sender.downgrade();
        let snapshot = receiver.borrow();
        let first = thread::spawn(move || drop(sender));
        let second = thread::spawn(move || drop(receiver));
        assert_eq!(snapshot.number, 0);
        drop(snapshot);
        first.join().unwrap();
        second.join().unwrap();
        assert_eq!(account.drops.get(), 1);
        assert!(weak.upgrade().is_none());
    });
}

/// B30.
#[test]
fn the_last_sender_leaves_while_a_receiver_polls() {
    model(2, |account| {
        let (sender, mut receiver) = watch::channel(account.value(0));
        let next = account.value(1);
        let thread = thread::spawn(move || {
            sender.send(next);
            drop(sender);
        });
        let mut polled = Vec::new();
        for _ in 0..2 {
            polled.push(poll_changed(&mut receiver, &account.wakes[0]));
            if polled[0].is_ready() {
                assert_eq!(receiver.borrow().number, 1, "what was told is there");
            }
        }
        thread.join().unwrap();
        if polled.last().is_some_and(Poll::is_pending) {
            assert!(account.wakes[0].get() >= 1, "no wake is lost");
        }
        polled.extend((0..2).map(|_| poll_changed(&mut receiver, &account.wakes[0])));
        let ready: Vec<_> = polled.into_iter().filter(Poll::is_ready).collect();
        assert_eq!(
            ready[..2],
            [Poll::Ready(Ok(())), Poll::Ready(Err(Closed))],
            "the value first"
        );
        assert_eq!(receiver.borrow().number, 1);
    });
}

/// B22.
#[test]
fn a_send_meets_a_changed_waker() {
    model(2, |account| {
        let (sender, mut receiver) = watch::channel(account.value(0));
        assert!(poll_changed(&mut receiver, &account.wakes[0]).is_pending());
        let next = account.value(1);
        let thread = thread::spawn(move || {
            sender.send(next);
            sender
        });
        let polled = poll_changed(&mut receiver, &account.wakes[1]);
        let _sender = thread.join().unwrap();
        if polled.is_pending() {
            assert_eq!(account.wakes[1].get(), 1, "the last waker is the one woken");
        }
    });
}

/// Two waiters are woken in a round; one of them leaves or waits again meanwhile.
#[test]
fn a_round_of_wakes_meets_a_cancelled_wait() {
    model(2, |account| {
        let (sender, mut receiver) = watch::channel(account.value(0));
        let mut second = receiver.clone();
        assert!(poll_changed(&mut receiver, &account.wakes[0]).is_pending());
        assert!(poll_changed(&mut second, &account.wakes[1]).is_pending());
        let next = account.value(1);
        let thread = thread::spawn(move || {
            sender.send(next);
            sender
        });
        drop(second);
        let polled = poll_changed(&mut receiver, &account.wakes[0]);
        let sender = thread.join().unwrap();
        assert!(
            polled.is_ready() || account.wakes[0].get() == 1,
            "no wake is lost"
        );
        assert_eq!(sender.receiver_count(), 1);
    });
}

/// Both updates count, in one order or the other.
#[test]
fn two_changes_of_a_clone_meet() {
    // Values that are cloned for nothing are more.
    support::models::model(|| {
        let drops = DropCount::new();
        let (sender, receiver) = watch::channel(value(0, &drops));
        let increment = |sender: &watch::Sender<Value>| {
            sender.send_if_modified(|value| {
                value.number += 1;
                true
            })
        };
        let other = sender.clone();
        let thread = thread::spawn(move || assert!(increment(&other)));
        assert!(increment(&sender));
        thread.join().unwrap();
        assert_eq!(receiver.borrow().number, 2);
    });
}

#[test]
fn two_sends_meet() {
    model(3, |account| {
        let (sender, mut receiver) = watch::channel(account.value(0));
        let other = sender.clone();
        let (first, second) = (account.value(1), account.value(2));
        let thread = thread::spawn(move || drop(other.send_replace(first)));
        sender.send(second);
        thread.join().unwrap();
        assert_eq!(poll_once(&mut receiver.changed()), Poll::Ready(Ok(())));
        assert_eq!(poll_once(&mut receiver.changed()), Poll::Pending);
        assert_ne!(receiver.borrow().number, 0);
    });
}

/// B51.
#[test]
fn an_upgrade_meets_the_last_drop() {
    model(1, |account| {
        let (sender, receiver) = watch::channel(account.value(0));
        let weak = sender.downgrade();
        let thread = thread::spawn(move || drop(sender));
        let upgraded = weak.upgrade();
        let has_ended = receiver.has_changed().is_err();
        assert!(upgraded.is_none() || !has_ended);
        thread.join().unwrap();
        assert_eq!(receiver.has_changed().is_err(), upgraded.is_none());
    });
}

#[test]
fn closed_meets_the_last_leave_and_a_subscription() {
    model(1, |account| {
        let (mut sender, receiver) = watch::channel(account.value(0));
        let thread = thread::spawn(move || drop(receiver));
        let polled = sender.poll_closed(&mut Context::from_waker(&account.wakes[0].waker()));
        thread.join().unwrap();
        assert!(
            polled.is_ready() || account.wakes[0].get() == 1,
            "no wake is lost"
        );
        assert!(sender.is_closed());
        assert_eq!(sender.subscribe().borrow().number, 0);
    });
}
