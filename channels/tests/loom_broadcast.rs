//! Interleavings of the three broadcasts: what their lock does not decide alone, and that nothing is lost between two
//! sections under it.
//!
//! Each model ends with the same account: each value and each clone was dropped once, and no waker is left.
#![cfg(channels_loom)]

#[path = "support/account.rs"]
mod account;
mod support;

use std::sync::Arc;
use std::task::Poll;

use account::{Value, model, poll_number, try_number};
use channels::broadcast;
use channels::broadcast::overwriting::TryRecvError;
use loom::sync::Mutex;
use loom::thread;
use support::poll_with;

#[test]
fn a_send_meets_a_receive() {
    model(1, |account| {
        let (sender, mut receiver) = broadcast::channel();
        let value = account.value(1);
        let thread = thread::spawn(move || {
            assert!(sender.send(value).is_ok());
            sender
        });
        let mut polled = poll_number(&mut receiver, &account.wakes[0]);
        // Kept until the end: its drop would wake too.
        let _sender = thread.join().unwrap();
        if polled.is_pending() {
            assert!(account.wakes[0].get() >= 1, "no wake is lost");
            polled = poll_number(&mut receiver, &account.wakes[0]);
        }
        assert_eq!(polled, Poll::Ready(Some(1)));
    });
}

/// The last to let go moves the value out or drops it, whoever that is.
#[test]
fn two_receivers_read_at_once() {
    model(1, |account| {
        let (sender, mut receiver) = broadcast::channel();
        let mut second = receiver.clone();
        assert!(sender.send(account.value(1)).is_ok());
        let thread = thread::spawn(move || assert_eq!(try_number(&mut second), Some(1)));
        assert_eq!(try_number(&mut receiver), Some(1));
        thread.join().unwrap();
        assert!(account.clones.get() <= 2);
        assert_eq!(
            (sender.len(), account.drops.get()),
            (0, 1 + account.clones.get()),
            "freed by the last to read"
        );
    });
}

#[test]
fn a_subscription_that_comes_and_goes_meets_a_send() {
    model(2, |account| {
        let (sender, mut receiver) = broadcast::channel();
        let (first, second) = (account.value(1), account.value(2));
        let other = sender.clone();
        let thread = thread::spawn(move || assert!(other.send(first).is_ok() && other.send(second).is_ok()));
        let mut late = sender.subscribe();
        let seen = (try_number(&mut late), try_number(&mut late));
        assert!(
            matches!(
                seen,
                (None, None | Some(1 | 2)) | (Some(1), None | Some(2)) | (Some(2), None)
            ),
            "{seen:?}"
        );
        drop(late);
        thread.join().unwrap();
        assert_eq!(
            (try_number(&mut receiver), try_number(&mut receiver)),
            (Some(1), Some(2))
        );
        assert_eq!(sender.len(), 0);
    });
}

#[test]
fn the_last_receiver_leaves_while_a_value_is_sent() {
    model(1, |account| {
        let (sender, receiver) = broadcast::channel();
        let value = account.value(1);
        let thread = thread::spawn(move || {
            drop(sender.send(value));
            sender
        });
        drop(receiver);
        let sender = thread.join().unwrap();
        assert_eq!((sender.len(), account.drops.get()), (0, 1));
    });
}

/// B30, B33.
#[test]
fn the_last_sender_leaves_while_a_receiver_polls() {
    model(1, |account| {
        let (sender, mut receiver) = broadcast::channel();
        let value = account.value(1);
        let thread = thread::spawn(move || {
            assert!(sender.send(value).is_ok());
            drop(sender);
        });
        let mut received = Vec::new();
        for _ in 0..2 {
            received.push(poll_number(&mut receiver, &account.wakes[0]));
        }
        thread.join().unwrap();
        if received.last().is_some_and(Poll::is_pending) {
            assert!(account.wakes[0].get() >= 1, "no wake is lost");
        }
        received.extend((0..2).map(|_| poll_number(&mut receiver, &account.wakes[0])));
        let ready: Vec<_> = received.into_iter().filter(Poll::is_ready).collect();
        assert_eq!(
            ready[..2],
            [Poll::Ready(Some(1)), Poll::Ready(None)],
            "the message first"
        );
    });
}

/// B22.
#[test]
fn a_send_meets_a_changed_waker() {
    model(1, |account| {
        let (sender, mut receiver) = broadcast::channel();
        assert!(poll_number(&mut receiver, &account.wakes[0]).is_pending());
        let value = account.value(1);
        let thread = thread::spawn(move || {
            assert!(sender.send(value).is_ok());
            sender
        });
        let polled = poll_number(&mut receiver, &account.wakes[1]);
        let _sender = thread.join().unwrap();
        if polled.is_pending() {
            assert_eq!(account.wakes[1].get(), 1, "the last waker is the one woken");
        }
    });
}

/// One sender meets a full channel, one receiver makes room by reading, the other by leaving.
#[test]
fn a_full_channel_meets_a_read_and_a_leave() {
    model(2, |account| {
        let (sender, mut receiver) = broadcast::bounded(1);
        let second = receiver.clone();
        assert!(sender.try_send(account.value(1)).is_ok());
        let (value, wakes) = (account.value(2), Arc::clone(&account.wakes[0]));
        let sending = thread::spawn(move || {
            let mut send = sender.send(value);
            let sent = poll_with(&mut send, &wakes.waker()).is_ready();
            let delivered = send.into_value().is_none();
            assert!(delivered || !sent);
            delivered
        });
        let leaving = thread::spawn(move || drop(second));
        assert_eq!(try_number(&mut receiver), Some(1));
        let delivered = sending.join().unwrap();
        leaving.join().unwrap();
        assert_eq!(
            try_number(&mut receiver),
            delivered.then_some(2),
            "delivered, or handed back"
        );
    });
}

/// The wake of a sender that goes on waiting is not lost.
#[test]
fn a_waiting_sender_is_woken_by_the_read() {
    model(2, |account| {
        let (sender, mut receiver) = broadcast::bounded(1);
        assert!(sender.try_send(account.value(1)).is_ok());
        let thread = thread::spawn(move || {
            assert_eq!(try_number(&mut receiver), Some(1));
            receiver
        });
        let mut send = sender.send(account.value(2));
        let polled = poll_with(&mut send, &account.wakes[0].waker()).is_ready();
        let mut receiver = thread.join().unwrap();
        assert!(polled || account.wakes[0].get() == 1, "no wake is lost");
        assert!(
            polled
                || matches!(
                    poll_with(&mut send, &account.wakes[1].waker()),
                    Poll::Ready(Ok(()))
                )
        );
        assert_eq!(try_number(&mut receiver), Some(2));
    });
}

/// The waiting send fails or is served by the new receiver, and either way nobody is left in the queue.
#[test]
fn a_waiting_send_meets_the_last_leave_and_a_new_subscription() {
    model(2, |account| {
        let (sender, receiver) = broadcast::bounded(1);
        assert!(sender.try_send(account.value(1)).is_ok());
        let mut send = sender.send(account.value(2));
        assert!(poll_with(&mut send, &account.wakes[0].waker()).is_pending());
        let thread = thread::spawn(move || drop(receiver));
        let mut receiver = sender.subscribe();
        thread.join().unwrap();
        assert_eq!(account.wakes[0].get(), 1, "no wake is lost");
        let delivered = send.into_value().is_none();
        assert_eq!(try_number(&mut receiver), delivered.then_some(2));
        assert_eq!(sender.len(), 0);
    });
}

#[test]
fn an_overwriting_send_meets_a_read() {
    model(2, |account| {
        let (sender, mut receiver) = broadcast::overwriting(1);
        assert!(sender.send(account.value(1)).is_ok());
        let value = account.value(2);
        let thread = thread::spawn(move || assert!(sender.send(value).is_ok()));
        let first = receiver.try_recv().map(|value| value.number);
        let second = receiver.try_recv().map(|value| value.number);
        thread.join().unwrap();
        match (first, second) {
            (Ok(1), Ok(2)) | (Err(TryRecvError::Lagged(1)), Ok(2)) => {}
            (Ok(1), Err(TryRecvError::Empty)) => {
                assert!(matches!(receiver.try_recv(), Ok(value) if value.number == 2))
            }
            other => panic!("{other:?}"),
        }
    });
}

/// Another receiver is cloning the value while it is replaced.
#[test]
fn an_overwriting_send_meets_two_reads() {
    model(2, |account| {
        let (sender, mut receiver) = broadcast::overwriting(1);
        let mut second = receiver.clone();
        assert!(sender.send(account.value(1)).is_ok());
        let value = account.value(2);
        let sending = thread::spawn(move || assert!(sender.send(value).is_ok()));
        let reading = thread::spawn(move || drop(second.try_recv()));
        drop(receiver.try_recv());
        sending.join().unwrap();
        reading.join().unwrap();
    });
}

#[test]
fn closed_meets_the_last_leave() {
    model(0, |account| {
        let (sender, receiver) = broadcast::channel::<Value>();
        let thread = thread::spawn(move || drop(receiver));
        let mut closed = sender.closed();
        let polled = poll_with(&mut closed, &account.wakes[0].waker());
        thread.join().unwrap();
        assert!(
            polled.is_ready() || account.wakes[0].get() == 1,
            "no wake is lost"
        );
        assert!(poll_with(&mut closed, &account.wakes[1].waker()).is_ready());
    });
}

/// A waker that uses the channel it is woken by, from within the wake.
#[test]
fn a_wake_that_reenters_meets_another_send() {
    model(2, |account| {
        let (sender, receiver) = broadcast::channel();
        let receiver = Arc::new(Mutex::new(Some(receiver)));
        let waker = support::hooked_waker({
            let receiver = Arc::clone(&receiver);
            move |event| {
                if event == support::WakerEvent::Woken {
                    let left = receiver.lock().unwrap().take();
                    drop(left);
                }
            }
        });
        let polled = receiver
            .lock()
            .unwrap()
            .as_mut()
            .unwrap()
            .poll_recv(&mut std::task::Context::from_waker(&waker));
        assert!(polled.is_pending());
        drop(waker);
        let (value, other) = (account.value(1), sender.clone());
        let thread = thread::spawn(move || drop(other.send(value)));
        drop(sender.send(account.value(2)));
        thread.join().unwrap();
        assert!(sender.is_closed() && sender.is_empty());
    });
}
