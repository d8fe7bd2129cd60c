//! Random schedules of the broadcasts: senders that wait, receivers that read, give up, come and leave. No wake is lost, each
//! receiver sees what it should, in the one order that all of them see, and each value and each clone is dropped once.

#![cfg(channels_shuttle)]

mod support;

use std::mem;
use std::task::Poll;

use channels::broadcast::{self, BoundedSender, Receiver, RecvError};
use shuttle::future::block_on;
use shuttle::thread::{self, JoinHandle};
use support::poll_once;
use support::schedules::{
    Account, Value, assert_in_order_of_each_sender, assert_same, choose, explore, numbers,
};

const SENDERS: u32 = 2;
const VALUES: u32 = 5;

/// Sends in one of the ways that there are, and returns whether the value is the channel's.
fn send_somehow(sender: &BoundedSender<Value>, value: Value) -> bool {
    match choose(4) {
        0 => {
            let mut send = sender.send(value);
            let is_refused = matches!(poll_once(&mut send), Poll::Ready(Err(_)));
            thread::yield_now();
            send.into_value().is_none() && !is_refused
        }
        // Woken, and never polled again.
        1 => {
            let mut send = sender.send(value);
            let is_refused = matches!(poll_once(&mut send), Poll::Ready(Err(_)));
            mem::forget(send);
            !is_refused
        }
        2 => sender.try_send(value).is_ok(),
        _ => block_on(sender.send(value)).is_ok(),
    }
}

/// Receives in one of the ways that there are; `false` at the end.
fn receive_somehow(receiver: &mut Receiver<Value>, received: &mut Vec<u32>) -> bool {
    match choose(5) {
        0 => match poll_once(&mut receiver.recv()) {
            Poll::Ready(Err(broadcast::Closed)) => return false,
            Poll::Ready(Ok(value)) => received.push(value.number),
            Poll::Pending => thread::yield_now(),
        },
        1 => {
            let mut buffer = Vec::new();
            let count = block_on(receiver.recv_many(&mut buffer, 3));
            received.extend(buffer.iter().map(|value| value.number));
            return count > 0;
        }
        2 => received.extend(receiver.try_recv().map(|value| value.number)),
        _ => match block_on(receiver.recv()) {
            Ok(value) => received.push(value.number),
            Err(broadcast::Closed) => return false,
        },
    }
    true
}

fn receive_all(mut receiver: Receiver<Value>) -> Vec<u32> {
    let mut received = Vec::new();
    while receive_somehow(&mut receiver, &mut received) {}
    received
}

/// Threads that send what `send` lets them; each returns what it sent.
fn start_senders<S: Clone + Send + 'static>(
    sender: &S,
    account: &Account,
    send: fn(&S, Value) -> bool,
) -> Vec<JoinHandle<Vec<u32>>> {
    (0..SENDERS)
        .map(|number| {
            let (sender, account) = (sender.clone(), account.clone());
            thread::spawn(move || {
                numbers(number, VALUES)
                    .filter(|number| send(&sender, account.value(*number)))
                    .collect()
            })
        })
        .collect()
}

/// Two receivers that are there all the time, and a guest who comes and leaves.
fn every_receiver_sees_everything<S: Clone + Send + 'static>(
    channel: impl Fn() -> (S, Receiver<Value>) + Send + Sync + 'static,
    send: fn(&S, Value) -> bool,
    subscribe: fn(&S) -> Receiver<Value>,
) {
    explore(move || {
        let account = Account::default();
        let (sender, receiver) = channel();
        let sends = start_senders(&sender, &account, send);
        let guest = thread::spawn(move || {
            let mut receiver = subscribe(&sender);
            drop(sender);
            let mut received = Vec::new();
            for _ in 0..choose(6) {
                receive_somehow(&mut receiver, &mut received);
            }
            received
        });
        let other = receiver.clone();
        let receive = thread::spawn(move || receive_all(other));
        let received = receive_all(receiver);

        assert_eq!(receive.join().unwrap(), received, "one order for all");
        let of_guest = guest.join().unwrap();
        assert!(
            of_guest.is_empty() || received.windows(of_guest.len()).any(|part| part == of_guest),
            "{of_guest:?} has holes, of {received:?}"
        );
        assert_in_order_of_each_sender(&received);
        let sent = sends.into_iter().flat_map(|send| send.join().unwrap()).collect();
        assert_same(sent, received);
        account.assert_nothing_is_left();
    });
}

#[test]
fn a_channel_for_one_message_loses_nothing() {
    every_receiver_sees_everything(
        || broadcast::bounded(1),
        send_somehow,
        |sender| sender.subscribe(),
    );
}

#[test]
fn a_channel_for_two_messages_loses_nothing() {
    every_receiver_sees_everything(
        || broadcast::bounded(2),
        send_somehow,
        |sender| sender.subscribe_oldest(),
    );
}

#[test]
fn an_unbounded_channel_loses_nothing() {
    every_receiver_sees_everything(
        broadcast::channel,
        |sender, value| sender.send(value).is_ok(),
        |sender| sender.subscribe_oldest(),
    );
}

/// Senders that wait get their values back, and go on once somebody listens again.
#[test]
fn receivers_that_leave_and_come_free_everything() {
    explore(|| {
        let account = Account::default();
        let (sender, mut receiver) = broadcast::bounded(1 + choose(2));
        let sends = start_senders(&sender, &account, send_somehow);
        let watcher = sender.clone();
        let watch = thread::spawn(move || block_on(watcher.closed()));
        let come_and_leave = thread::spawn(move || {
            for _ in 0..3 {
                let mut receiver = sender.subscribe();
                let _ = poll_once(&mut receiver.recv()).is_ready();
            }
        });
        for _ in 0..choose(4) {
            let _ = poll_once(&mut receiver.recv()).is_ready();
            thread::yield_now();
        }
        drop(receiver);
        come_and_leave.join().unwrap();
        watch.join().unwrap();
        for send in sends {
            send.join().unwrap();
        }
        account.assert_nothing_is_left();
    });
}

#[test]
fn every_message_is_received_or_counted_as_missed() {
    explore(|| {
        let account = Account::default();
        let (sender, receiver) = broadcast::overwriting(1 + choose(2));
        let sends = start_senders(&sender, &account, |sender, value| sender.send(value).is_ok());
        drop(sender);
        let receives = [receiver.clone(), receiver].map(|mut receiver| {
            thread::spawn(move || {
                let (mut received, mut missed) = (Vec::new(), 0);
                loop {
                    match block_on(receiver.recv()) {
                        Ok(value) => received.push(value.number),
                        Err(RecvError::Lagged(count)) => missed += count,
                        Err(RecvError::Closed) => return (received, missed),
                    }
                }
            })
        });
        let newest = receives.map(|receive| {
            let (received, missed) = receive.join().unwrap();
            assert_eq!(received.len() as u64 + missed, u64::from(SENDERS * VALUES));
            assert_in_order_of_each_sender(&received);
            received.last().copied()
        });
        assert!(newest[0].is_some());
        assert_eq!(newest[0], newest[1], "the last one is for all");
        for send in sends {
            send.join().unwrap();
        }
        account.assert_nothing_is_left();
    });
}
