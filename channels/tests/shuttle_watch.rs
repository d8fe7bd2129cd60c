//! Random schedules of a `watch`: senders, receivers that wait, look, give up, come and leave. No wake is lost, nobody goes
//! back in time, everybody sees the last value, and each value is dropped once.

#![cfg(channels_shuttle)]

mod support;

use std::task::Poll;

use channels::watch::{self, Closed, Receiver};
use shuttle::future::block_on;
use shuttle::thread;
use support::poll_once;
use support::schedules::{Account, Value, choose, explore};

const CHANGES: u32 = 5;

/// Looks at values in every way until the end, and returns the last one.
fn watch_to_the_end(mut receiver: Receiver<Value>) -> u32 {
    let mut newest = receiver.borrow().number;
    let mut held = Vec::new();
    loop {
        let seen = match choose(5) {
            0 => {
                if poll_once(&mut receiver.changed()) == Poll::Ready(Err(Closed)) {
                    break;
                }
                thread::yield_now();
                receiver.borrow()
            }
            1 => receiver.borrow_and_update(),
            2 => {
                let seen = newest;
                match block_on(receiver.wait_for(|value| value.number > seen)) {
                    Ok(snapshot) => snapshot,
                    Err(Closed) => break,
                }
            }
            3 => {
                // Whoever comes later starts with what was seen here.
                receiver = receiver.clone();
                receiver.borrow()
            }
            _ => match block_on(receiver.changed()) {
                Ok(()) => receiver.borrow(),
                Err(Closed) => break,
            },
        };
        assert!(seen.number >= newest, "{} after {newest}", seen.number);
        newest = seen.number;
        held.push((newest, seen));
        if choose(2) == 0 {
            held.swap_remove(choose(held.len()));
        }
        assert!(held.iter().all(|(number, snapshot)| snapshot.number == *number));
    }
    receiver.borrow().number
}

#[test]
fn everybody_sees_the_last_value() {
    explore(|| {
        let account = Account::default();
        let (sender, receiver) = watch::channel(account.value(0));
        let receives =
            [receiver.clone(), receiver].map(|receiver| thread::spawn(|| watch_to_the_end(receiver)));
        let sends: Vec<_> = (0..2)
            .map(|_| {
                let sender = sender.clone();
                thread::spawn(move || {
                    for _ in 0..CHANGES {
                        while !sender.send_if_modified(|value| {
                            value.number += 1;
                            choose(4) > 0
                        }) {}
                    }
                })
            })
            .collect();
        drop(sender);
        for receive in receives {
            assert_eq!(receive.join().unwrap(), 2 * CHANGES, "no change is lost");
        }
        for send in sends {
            send.join().unwrap();
        }
        account.assert_nothing_is_left();
    });
}

/// Receivers come and leave while one sender sends, one waits for the end, and one replaces.
#[test]
fn handles_that_come_and_leave_free_everything() {
    explore(|| {
        let account = Account::default();
        let (sender, receiver) = watch::channel(account.value(0));
        let weak = sender.downgrade();
        let watcher = sender.clone();
        let guest = thread::spawn(move || {
            while let Some(sender) = weak.upgrade() {
                let mut receiver = sender.subscribe();
                drop(sender);
                let _ = poll_once(&mut receiver.changed());
                let held = receiver.borrow();
                drop(receiver);
                thread::yield_now();
                drop(held);
            }
        });
        let wait = thread::spawn(move || block_on(watcher.closed()));
        let of_sender = account.clone();
        let send = thread::spawn(move || {
            for number in 1..=CHANGES {
                if choose(2) == 0 {
                    sender.send(of_sender.value(number));
                } else {
                    assert_eq!(sender.send_replace(of_sender.value(number)).number, number - 1);
                }
            }
        });
        let last = watch_for_a_while(receiver);
        assert!(last <= CHANGES);
        for thread in [wait, send, guest] {
            thread.join().unwrap();
        }
        account.assert_nothing_is_left();
    });
}

/// A few looks, and then it leaves: who waits for that holds a sender.
fn watch_for_a_while(mut receiver: Receiver<Value>) -> u32 {
    for _ in 0..choose(4) {
        let _ = poll_once(&mut receiver.changed());
        thread::yield_now();
    }
    receiver.borrow().number
}
