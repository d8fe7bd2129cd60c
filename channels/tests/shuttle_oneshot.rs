//! Random schedules of `oneshot`s as they are mostly used: requests with a reply channel inside, some given up, some refused.
//! Nobody waits for ever, and each value is dropped once.

#![cfg(channels_shuttle)]

mod support;

use channels::oneshot::{self, RecvError};
use channels::{mpmc, until};
use shuttle::future::block_on;
use shuttle::thread;
use support::poll_once;
use support::schedules::{Account, Value, choose, explore, numbers};

const CLIENTS: u32 = 2;
const REQUESTS: u32 = 4;

/// What is asked, and where the answer goes.
type Request = (Value, oneshot::Sender<Value>);

fn serve(requests: &mpmc::Receiver<Request>) {
    while let Some((question, mut reply)) = block_on(requests.recv()) {
        match choose(4) {
            0 => drop(reply),
            // The asker may have left; if it waits, so does this, for a moment.
            1 => {
                let _ = poll_once(&mut reply.closed());
                thread::yield_now();
                drop(reply.send(question));
            }
            _ => drop(reply.send(question)),
        }
    }
}

fn ask(sender: &mpmc::Sender<Request>, question: Value) {
    let number = question.number;
    let (reply, mut answer) = oneshot::channel();
    if sender.send((question, reply)).is_err() {
        assert!(matches!(block_on(answer), Err(RecvError::SenderDropped)));
        return;
    }
    match choose(5) {
        0 => drop(answer),
        1 => {
            answer.close();
            // Sent before the close, or never.
            drop(answer.try_recv());
        }
        2 => {
            let is_late = block_on(until(&mut answer, std::future::ready(()))).is_err();
            if is_late {
                drop(block_on(answer));
            }
        }
        _ => {
            if let Ok(value) = block_on(answer) {
                assert_eq!(value.number, number);
            }
        }
    }
}

#[test]
fn every_request_is_answered_or_refused() {
    explore(|| {
        let account = Account::default();
        let (sender, receiver) = mpmc::channel::<Request>();
        let other = receiver.clone();
        let mut threads = vec![thread::spawn(move || serve(&other))];
        for client in 0..CLIENTS {
            let (sender, account) = (sender.clone(), account.clone());
            threads.push(thread::spawn(move || {
                for number in numbers(client, REQUESTS) {
                    ask(&sender, account.value(number));
                }
            }));
        }
        drop(sender);
        // One server leaves early.
        if choose(2) == 0 {
            serve(&receiver);
        }
        drop(receiver);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        account.assert_nothing_is_left();
    });
}
