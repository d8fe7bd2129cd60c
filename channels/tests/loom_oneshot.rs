//! Every interleaving of the two halves of a `oneshot`, within loom's memory model.
//!
//! Each model ends with the same account: the value was dropped once, no waker is left, and the allocation was freed once.
//!
//! The orderings of `oneshot/shared.rs` were weakened one at a time, and each time these models failed:
//!
//! | weakened | to | pairs | models that failed, |
//! |---|---|---|---|
//! | load in `finish` | Relaxed | A, C | poll, changed, both-start |
//! | exchange in `end` where nobody waits | Relaxed | A, C | poll, dropped, waiting-dropped, close, changed, both-end, both-start |
//! | exchange in `end` where the other waits | Acquire | A | waiting-dropped, changed |
//! | exchange in `end` where the other waits | Release | B | poll, sender-dropped, closed, changed |
//! | first load in `end_slowly` | Relaxed | A, C | dropped, waiting-dropped, changed, both-changed, both-end, both-start |
//! | exchange in `end_slowly` | Acquire | A, C | changed, both-changed, both-end, both-start |
//! | exchange in `end_slowly` | Release | B | both-changed |
//! | exchange in `end_slowly` that fails | Relaxed | A, C | waiting-dropped, both-end, both-start |
//! | exchange in `register` | Relaxed | B | poll, sender-dropped, closed, changed, both-start |
//! | GONE in `let_go` | Acquire | C | waiting-dropped, changed, both-changed, both-end, both-start |
//! | GONE in `let_go` | Release | C | waiting-dropped, changed, both-changed, both-end, both-start |
//!
//! poll: `a_send_meets_a_poll`; dropped: `a_send_meets_the_receiver_being_dropped`; waiting-dropped:
//! `a_send_meets_a_waiting_receiver_being_dropped`; sender-dropped: `a_sender_being_dropped_meets_a_poll`; close:
//! `a_send_meets_a_close`; closed: `waiting_for_the_close_meets_the_receiver_being_dropped`; changed:
//! `a_send_meets_a_changed_waker`; both-changed: `a_waiting_sender_meets_a_changed_waker`; both-end:
//! `both_wait_and_both_end`; both-start: `both_start_to_wait_at_once`.
#![cfg(channels_loom)]

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use channels::oneshot::{self, Receiver, Sender};
use loom::thread;
use support::{CountedDrop, DropCount, WakeCount, poll_with};

/// Counts the channels that are allocated, which it knows by the alignment of their values.
struct Watched;

thread_local! {
    /// By thread: loom runs all of a model on one, and the models run beside each other.
    static CHANNELS: Cell<isize> = const { Cell::new(0) };
}

impl Watched {
    fn count(layout: Layout, change: isize) {
        if layout.align() == align_of::<Value>() {
            CHANNELS.set(CHANNELS.get() + change);
        }
    }
}

#[global_allocator]
static ALLOCATOR: Watched = Watched;

// SAFETY: all is left to the system's allocator.
unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::count(layout, 1);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        Self::count(layout, -1);
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[repr(align(256))]
struct Value(#[expect(dead_code, reason = "it is there to be dropped")] CountedDrop);

/// What a model is given, and what is checked after it.
struct Account {
    drops: DropCount,
    of_sender: Arc<WakeCount>,
    of_receiver: Arc<WakeCount>,
    /// Another task to which the receiver moves.
    of_other: Arc<WakeCount>,
}

impl Account {
    fn value(&self) -> Value {
        Value(self.drops.value())
    }

    fn poll(&self, receiver: &mut Receiver<Value>) -> Poll<Option<Value>> {
        poll_with(receiver, &self.of_receiver.waker()).map(Result::ok)
    }

    fn poll_closed(&self, sender: &mut Sender<Value>) -> Poll<()> {
        poll_closed(sender, &self.of_sender.waker())
    }
}

fn poll_closed(sender: &mut Sender<Value>, waker: &Waker) -> Poll<()> {
    sender.poll_closed(&mut Context::from_waker(waker))
}

/// Runs the model with a value that is sent, and without one if that is dropped instead.
fn model(values: usize, run: impl Fn(&Account, Sender<Value>, Receiver<Value>) + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = None;
    builder.check(move || {
        let account = Account {
            drops: DropCount::new(),
            of_sender: WakeCount::new(),
            of_receiver: WakeCount::new(),
            of_other: WakeCount::new(),
        };
        let before = CHANNELS.get();
        let (sender, receiver) = oneshot::channel();
        assert_eq!(CHANNELS.get(), before + 1, "one allocation");

        run(&account, sender, receiver);

        assert_eq!(account.drops.get(), values, "each value is dropped once");
        for waker in [&account.of_sender, &account.of_receiver, &account.of_other] {
            assert_eq!(Arc::strong_count(waker), 1, "no waker is left");
        }
        assert_eq!(CHANNELS.get(), before, "the allocation is freed once");
    });
}

/// B21.
#[test]
fn a_send_meets_a_poll() {
    model(1, |account, sender, mut receiver| {
        let value = account.value();
        let thread = thread::spawn(move || assert!(sender.send(value).is_ok()));
        let polled = account.poll(&mut receiver);
        thread.join().unwrap();
        if polled.is_pending() {
            assert_eq!(account.of_receiver.get(), 1, "no wake is lost");
            assert!(matches!(account.poll(&mut receiver), Poll::Ready(Some(_))));
        } else {
            assert!(matches!(polled, Poll::Ready(Some(_))));
        }
    });
}

#[test]
fn a_send_meets_the_receiver_being_dropped() {
    model(1, |account, sender, receiver| {
        let value = account.value();
        let thread = thread::spawn(move || drop(sender.send(value)));
        drop(receiver);
        thread.join().unwrap();
    });
}

/// B1, B2: the sender takes the waker while the receiver leaves.
#[test]
fn a_send_meets_a_waiting_receiver_being_dropped() {
    model(1, |account, sender, mut receiver| {
        assert!(account.poll(&mut receiver).is_pending());
        let value = account.value();
        let thread = thread::spawn(move || drop(sender.send(value)));
        drop(receiver);
        thread.join().unwrap();
    });
}

/// B3: the receiver takes the value while the sender still takes the waker.
#[test]
fn a_send_meets_a_waiting_receiver_being_polled() {
    model(1, |account, sender, mut receiver| {
        assert!(account.poll(&mut receiver).is_pending());
        let value = account.value();
        let thread = thread::spawn(move || assert!(sender.send(value).is_ok()));
        let early = receiver.try_recv().ok();
        let late = account.poll(&mut receiver);
        thread.join().unwrap();
        if early.is_none() && late.is_pending() {
            assert_eq!(account.of_receiver.get(), 1, "no wake is lost");
            assert!(matches!(account.poll(&mut receiver), Poll::Ready(Some(_))));
        }
    });
}

/// B31.
#[test]
fn a_sender_being_dropped_meets_a_poll() {
    model(0, |account, sender, mut receiver| {
        let thread = thread::spawn(move || drop(sender));
        let polled = account.poll(&mut receiver);
        thread.join().unwrap();
        if polled.is_pending() {
            assert_eq!(account.of_receiver.get(), 1, "no wake is lost");
        }
        assert!(matches!(account.poll(&mut receiver), Poll::Ready(None)));
    });
}

/// B4.
#[test]
fn a_send_meets_a_close() {
    model(1, |account, sender, mut receiver| {
        let value = account.value();
        let thread = thread::spawn(move || sender.send(value).is_ok());
        receiver.close();
        let received = receiver.try_recv().is_ok();
        let sent = thread.join().unwrap();
        assert_eq!(sent, received, "the value comes back or is received");
    });
}

#[test]
fn waiting_for_the_close_meets_the_receiver_being_dropped() {
    model(0, |account, mut sender, receiver| {
        let thread = thread::spawn(move || drop(receiver));
        let polled = account.poll_closed(&mut sender);
        thread.join().unwrap();
        if polled.is_pending() {
            assert_eq!(account.of_sender.get(), 1, "no wake is lost");
        }
        assert!(account.poll_closed(&mut sender).is_ready());
    });
}

/// B48.
#[test]
fn a_cancelled_closed_meets_the_receiver_being_dropped() {
    model(0, |account, mut sender, receiver| {
        let mut closed = sender.closed();
        assert!(poll_with(&mut closed, &account.of_sender.waker()).is_pending());
        let thread = thread::spawn(move || drop(receiver));
        drop(closed);
        thread.join().unwrap();
        assert!(sender.is_closed());
    });
}

/// B22.
#[test]
fn a_send_meets_a_changed_waker() {
    model(1, |account, sender, mut receiver| {
        assert!(account.poll(&mut receiver).is_pending());
        let value = account.value();
        let thread = thread::spawn(move || assert!(sender.send(value).is_ok()));
        let polled = poll_with(&mut receiver, &account.of_other.waker()).map(Result::ok);
        thread.join().unwrap();
        if polled.is_pending() {
            assert_eq!(account.of_other.get(), 1, "the last waker is the one woken");
            assert!(matches!(account.poll(&mut receiver), Poll::Ready(Some(_))));
        }
    });
}

/// B22: and the sender has a waker of its own to move out as it ends.
#[test]
fn a_waiting_sender_meets_a_changed_waker() {
    model(1, |account, mut sender, mut receiver| {
        assert!(account.poll_closed(&mut sender).is_pending());
        assert!(account.poll(&mut receiver).is_pending());
        let value = account.value();
        let thread = thread::spawn(move || assert!(sender.send(value).is_ok()));
        let polled = poll_with(&mut receiver, &account.of_other.waker()).map(Result::ok);
        thread.join().unwrap();
        if polled.is_pending() {
            assert_eq!(account.of_other.get(), 1, "the last waker is the one woken");
            assert!(matches!(account.poll(&mut receiver), Poll::Ready(Some(_))));
        }
    });
}

/// Each half has a waker of its own and of the other to move out as it ends.
#[test]
fn both_wait_and_both_end() {
    model(1, |account, mut sender, mut receiver| {
        assert!(account.poll_closed(&mut sender).is_pending());
        assert!(account.poll(&mut receiver).is_pending());
        let value = account.value();
        let thread = thread::spawn(move || drop(sender.send(value)));
        drop(receiver);
        thread.join().unwrap();
        assert_eq!(
            account.of_sender.get() + account.of_receiver.get(),
            1,
            "the second to end wakes nobody"
        );
    });
}

/// Both register at once: each changes the word that the other is about to exchange.
#[test]
fn both_start_to_wait_at_once() {
    model(1, |account, mut sender, mut receiver| {
        let value = account.value();
        let waker = account.of_sender.waker();
        let thread = thread::spawn(move || {
            let _ = poll_closed(&mut sender, &waker);
            drop(waker);
            drop(sender.send(value));
        });
        let polled = account.poll(&mut receiver);
        let received = matches!(polled, Poll::Ready(Some(_)));
        drop(polled);
        drop(receiver);
        thread.join().unwrap();
        assert!(account.of_receiver.get() == 0 || !received);
    });
}
