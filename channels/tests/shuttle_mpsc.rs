//! Random schedules of an `mpsc`: threads that send, receive, wait, give up and leave in every way at once. No wake is lost,
//! and each value is received, given back or dropped, once.

#![cfg(channels_shuttle)]

mod support;

use std::mem;
use std::task::Poll;

use channels::mpsc::{self, BoundedReceiver, BoundedSender};
use shuttle::future::block_on;
use shuttle::thread;
use support::poll_once;
use support::schedules::{
    Account, Value, assert_in_order_of_each_sender, assert_same, choose, explore, numbers,
};

const SENDERS: u32 = 3;
const VALUES: u32 = 5;

/// Sends in one of the ways that there are, and returns whether the value is the channel's. Once the receiver is gone it
/// never is.
fn send_somehow(sender: &BoundedSender<Value>, value: Value) -> bool {
    match choose(6) {
        0 => {
            let mut send = sender.send(value);
            let _ = poll_once(&mut send).is_ready();
            thread::yield_now();
            send.into_value().is_none() && !sender.is_closed()
        }
        // Woken, and never polled again.
        1 => {
            let mut send = sender.send(value);
            let is_refused = matches!(poll_once(&mut send), Poll::Ready(Err(_)));
            mem::forget(send);
            !is_refused
        }
        2 => match block_on(sender.reserve()) {
            Ok(permit) => permit.send(value).is_ok(),
            Err(_) => false,
        },
        3 => {
            drop(block_on(sender.reserve()));
            sender.try_send(value).is_ok()
        }
        4 => {
            let mut reserve = sender.reserve();
            let _ = poll_once(&mut reserve);
            drop(reserve);
            block_on(sender.send(value)).is_ok()
        }
        _ => block_on(sender.send(value)).is_ok(),
    }
}

/// Receives in one of the ways that there are; `false` at the end.
fn receive_somehow(receiver: &mut BoundedReceiver<Value>, received: &mut Vec<Value>) -> bool {
    match choose(5) {
        0 => match poll_once(&mut receiver.recv()) {
            Poll::Ready(None) => return false,
            Poll::Ready(Some(value)) => received.push(value),
            Poll::Pending => thread::yield_now(),
        },
        1 => return block_on(receiver.recv_many(received, 3)) > 0,
        2 => received.extend(receiver.try_recv()),
        _ => match block_on(receiver.recv()) {
            Some(value) => received.push(value),
            None => return false,
        },
    }
    true
}

fn numbers_of(values: Vec<Value>) -> Vec<u32> {
    values.into_iter().map(|value| value.number).collect()
}

fn everything_is_received(capacity: usize) {
    explore(move || {
        let account = Account::default();
        let (sender, mut receiver) = mpsc::bounded(capacity);
        let sends: Vec<_> = (0..SENDERS)
            .map(|number| {
                let (sender, account) = (sender.clone(), account.clone());
                thread::spawn(move || {
                    numbers(number, VALUES)
                        .filter(|number| send_somehow(&sender, account.value(*number)))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        drop(sender);

        let mut received = Vec::new();
        while receive_somehow(&mut receiver, &mut received) {}

        let received = numbers_of(received);
        let sent = sends.into_iter().flat_map(|send| send.join().unwrap()).collect();
        assert_in_order_of_each_sender(&received);
        assert_same(sent, received);
        account.assert_nothing_is_left();
    });
}

#[test]
fn a_rendezvous_loses_nothing() {
    everything_is_received(0);
}

#[test]
fn a_channel_for_one_value_loses_nothing() {
    everything_is_received(1);
}

#[test]
fn a_channel_for_two_values_loses_nothing() {
    everything_is_received(2);
}

/// And whoever waits for its end is woken.
#[test]
fn a_receiver_that_leaves_frees_everything() {
    explore(|| {
        let account = Account::default();
        let (sender, mut receiver) = mpsc::bounded(choose(3));
        let mut threads: Vec<_> = (0..2)
            .map(|number| {
                let (sender, account) = (sender.clone(), account.clone());
                thread::spawn(move || {
                    for number in numbers(number, VALUES) {
                        send_somehow(&sender, account.value(number));
                    }
                })
            })
            .collect();
        threads.push(thread::spawn(move || block_on(sender.closed())));

        let mut received = Vec::new();
        for _ in 0..choose(5) {
            received.extend(receiver.try_recv());
            thread::yield_now();
        }
        if choose(2) == 0 {
            receiver.close();
            while receive_somehow(&mut receiver, &mut received) {}
        }
        drop((receiver, received));
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        account.assert_nothing_is_left();
    });
}

#[test]
fn an_unbounded_channel_loses_nothing() {
    explore(|| {
        let account = Account::default();
        let (sender, mut receiver) = mpsc::channel();
        let weak = sender.downgrade();
        let sends: Vec<_> = (0..SENDERS)
            .map(|number| {
                let (sender, account, weak) = (sender.clone(), account.clone(), weak.clone());
                thread::spawn(move || {
                    for number in numbers(number, VALUES) {
                        let sender = weak.upgrade().expect("this thread has a sender");
                        assert!(sender.send(account.value(number)).is_ok());
                    }
                    drop(sender);
                })
            })
            .collect();
        drop(sender);

        let mut received = Vec::new();
        loop {
            match choose(4) {
                0 => match poll_once(&mut receiver.recv()) {
                    Poll::Ready(None) => break,
                    Poll::Ready(Some(value)) => received.push(value),
                    Poll::Pending => thread::yield_now(),
                },
                1 if block_on(receiver.recv_many(&mut received, 3)) == 0 => break,
                1 => {}
                2 => received.extend(receiver.try_recv()),
                _ => match block_on(receiver.recv()) {
                    Some(value) => received.push(value),
                    None => break,
                },
            }
        }

        sends.into_iter().for_each(|send| send.join().unwrap());
        assert!(weak.upgrade().is_none());
        let received = numbers_of(received);
        assert_in_order_of_each_sender(&received);
        assert_same(
            (0..SENDERS).flat_map(|number| numbers(number, VALUES)).collect(),
            received,
        );
        account.assert_nothing_is_left();
    });
}

#[test]
fn an_unbounded_channel_whose_receiver_leaves_frees_everything() {
    explore(|| {
        let account = Account::default();
        let (sender, mut receiver) = mpsc::channel();
        let mut threads: Vec<_> = (0..2)
            .map(|number| {
                let (sender, account) = (sender.clone(), account.clone());
                thread::spawn(move || {
                    for number in numbers(number, VALUES) {
                        drop(sender.send(account.value(number)));
                    }
                })
            })
            .collect();
        threads.push(thread::spawn(move || block_on(sender.closed())));
        // There is that much at least.
        for _ in 0..choose(5) {
            drop(block_on(receiver.recv()));
        }
        drop(receiver);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        account.assert_nothing_is_left();
    });
}
