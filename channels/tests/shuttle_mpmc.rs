//! Random schedules of an `mpmc`: threads that send, receive, wait, give up and leave in every way at once. No wake is lost,
//! and each value is received, given back or dropped, once.

#![cfg(channels_shuttle)]

mod support;

use std::mem;
use std::task::{Context, Poll, Waker};

use channels::mpmc::{self, BoundedReceiver, BoundedSender};
use shuttle::future::block_on;
use shuttle::thread;
use support::poll_once;
use support::schedules::{
    Account, Value, assert_in_order_of_each_sender, assert_same, choose, explore, numbers,
};

const SENDERS: u32 = 2;
const VALUES: u32 = 6;

/// Sends in one of the ways that there are, and returns whether the value is the channel's.
fn send_somehow(sender: &BoundedSender<Value>, value: Value) -> bool {
    match choose(5) {
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
            let mut reserve = sender.reserve();
            let _ = poll_once(&mut reserve);
            drop(reserve);
            block_on(sender.send(value)).is_ok()
        }
        _ => block_on(sender.send(value)).is_ok(),
    }
}

/// Receives in one of the ways that there are; `false` at the end.
fn receive_somehow(receiver: &BoundedReceiver<Value>, received: &mut Vec<Value>) -> bool {
    match choose(5) {
        // It may have been woken when it is dropped.
        0 => {
            let mut recv = receiver.recv();
            match poll_once(&mut recv) {
                Poll::Ready(None) => return false,
                Poll::Ready(Some(value)) => received.push(value),
                Poll::Pending => thread::yield_now(),
            }
        }
        1 => return block_on(receiver.recv_many(received, 2)) > 0,
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

fn everything_is_received_by_somebody(capacity: usize) {
    explore(move || {
        let account = Account::default();
        let (sender, receiver) = mpmc::bounded(capacity);
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
        let receives: Vec<_> = [receiver.clone(), receiver]
            .map(|receiver| {
                thread::spawn(move || {
                    let mut received = Vec::new();
                    while receive_somehow(&receiver, &mut received) {}
                    numbers_of(received)
                })
            })
            .into();

        let mut received = Vec::new();
        for receive in receives {
            let of_one = receive.join().unwrap();
            assert_in_order_of_each_sender(&of_one);
            received.extend(of_one);
        }
        let sent = sends.into_iter().flat_map(|send| send.join().unwrap()).collect();
        assert_same(sent, received);
        account.assert_nothing_is_left();
    });
}

#[test]
fn a_rendezvous_loses_nothing() {
    everything_is_received_by_somebody(0);
}

#[test]
fn a_channel_for_one_value_loses_nothing() {
    everything_is_received_by_somebody(1);
}

#[test]
fn a_channel_for_two_values_loses_nothing() {
    everything_is_received_by_somebody(2);
}

#[test]
fn a_channel_without_a_bound_loses_nothing() {
    everything_is_received_by_somebody(usize::MAX);
}

/// One receiver leaves after a few values, the other stays: it gets the rest.
#[test]
fn a_receiver_that_leaves_loses_nothing_for_the_other() {
    explore(|| {
        let account = Account::default();
        let (sender, mut receiver) = mpmc::bounded(choose(3));
        let other = receiver.clone();
        let leaves = thread::spawn(move || {
            let received: Vec<_> = (0..choose(3)).filter_map(|_| block_on(receiver.recv())).collect();
            // Registered, and perhaps woken, when it leaves.
            let mut cx = Context::from_waker(Waker::noop());
            let last = match receiver.poll_recv(&mut cx) {
                Poll::Ready(last) => last,
                Poll::Pending => None,
            };
            numbers_of(received)
                .into_iter()
                .chain(last.map(|value| value.number))
                .collect::<Vec<_>>()
        });
        let stays = thread::spawn(move || {
            let received: Vec<_> = std::iter::from_fn(|| block_on(other.recv())).collect();
            numbers_of(received)
        });
        for number in numbers(0, VALUES) {
            assert!(block_on(sender.send(account.value(number))).is_ok());
        }
        drop(sender);
        let mut received = leaves.join().unwrap();
        received.extend(stays.join().unwrap());
        assert_same(numbers(0, VALUES).collect(), received);
        account.assert_nothing_is_left();
    });
}

/// Values that take the place of others, a close amid all, and the end of all receivers.
#[test]
fn a_close_amid_everything_frees_everything() {
    explore(|| {
        let account = Account::default();
        let (sender, receiver) = mpmc::bounded(choose(3));
        let mut threads = Vec::new();
        for number in 0..SENDERS {
            let (sender, account) = (sender.clone(), account.clone());
            threads.push(thread::spawn(move || {
                for number in numbers(number, VALUES) {
                    let value = account.value(number);
                    if choose(3) == 0 {
                        drop(sender.force_send(value));
                    } else {
                        send_somehow(&sender, value);
                    }
                }
            }));
        }
        threads.push(thread::spawn(move || block_on(sender.closed())));
        let other = receiver.clone();
        threads.push(thread::spawn(move || {
            let mut received = Vec::new();
            while receive_somehow(&other, &mut received) {}
        }));
        for _ in 0..choose(4) {
            drop(poll_once(&mut receiver.recv()));
            thread::yield_now();
        }
        receiver.close();
        drop(receiver);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        account.assert_nothing_is_left();
    });
}
