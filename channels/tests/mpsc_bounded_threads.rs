//! Threads that do everything a bounded `mpsc` offers, in an order that seeds decide: nothing is lost, doubled or overtaken,
//! and nobody waits for ever.

#![cfg(not(channels_loom))]

mod support;

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::Poll;
use std::thread;

use channels::mpsc::{self, BoundedReceiver, BoundedSender};
use support::{CountedDrop, DropCount, block_on, poll_once};

const SENDERS: usize = 3;
const SENDS: usize = 60;

/// A xorshift generator.
struct Choices(u64);

impl Choices {
    fn new(seed: usize) -> Self {
        // Any odd number with bits all over.
        Self(0x9E37_79B9_7F4A_7C15 + ((seed as u64) << 20))
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 33) % bound as u64).expect("it is below a usize")
    }
}

/// What is sent: by whom, as which of his, and a witness of its drop.
struct Message {
    sender: usize,
    number: usize,
    _drop: CountedDrop,
}

#[derive(Default)]
struct Counts {
    made: AtomicUsize,
    sent: AtomicUsize,
    drops: DropCount,
}

impl Counts {
    fn make(&self, sender: usize, number: usize) -> Message {
        self.made.fetch_add(1, SeqCst);
        Message {
            sender,
            number,
            _drop: self.drops.value(),
        }
    }

    fn count<E>(&self, sent: &Result<(), E>) {
        self.sent.fetch_add(usize::from(sent.is_ok()), SeqCst);
    }
}

fn send_in_every_way(sender: &BoundedSender<Message>, id: usize, counts: &Counts, mut choices: Choices) {
    for number in 0..SENDS {
        match choices.below(7) {
            0 => counts.count(&block_on(sender.send(counts.make(id, number)))),
            1 => counts.count(&sender.try_send(counts.make(id, number))),
            2 => {
                let mut send = sender.send(counts.make(id, number));
                match poll_once(&mut send) {
                    Poll::Ready(sent) => counts.count(&sent),
                    Poll::Pending => counts.count(&send.into_value().map_or(Ok(()), Err)),
                }
            }
            3 => drop(poll_once(&mut sender.reserve())),
            4 => {
                if let Ok(permit) = block_on(sender.reserve()) {
                    counts.count(&permit.send(counts.make(id, number)));
                }
            }
            5 => {
                let count = choices.below(sender.capacity().max(1) + 1);
                for permit in block_on(sender.reserve_many(count)).into_iter().flatten() {
                    if choices.below(2) == 0 {
                        counts.count(&permit.send(counts.make(id, number)));
                    }
                }
            }
            _ => drop(poll_once(&mut sender.closed())),
        }
    }
}

/// Receives until the end, or until it gives up. Returns how many messages it got.
fn receive_in_every_way(
    mut receiver: BoundedReceiver<Message>,
    gives_up_after: usize,
    mut choices: Choices,
) -> usize {
    let mut last = [0; SENDERS];
    let mut received = 0;
    let mut batch = Vec::new();
    for _ in 0..gives_up_after {
        let is_at_the_end = match choices.below(5) {
            0 => match poll_once(&mut receiver.recv()) {
                Poll::Ready(message) => {
                    batch.extend(message);
                    batch.is_empty()
                }
                Poll::Pending => false,
            },
            1 => {
                batch.extend(receiver.try_recv());
                false
            }
            2 => {
                let _ = receiver.peek();
                false
            }
            3 => block_on(receiver.recv_many(&mut batch, 3)) == 0,
            _ => {
                batch.extend(block_on(receiver.recv()));
                batch.is_empty()
            }
        };
        for message in batch.drain(..) {
            assert!(message.number >= last[message.sender], "nobody overtakes himself");
            last[message.sender] = message.number;
            received += 1;
        }
        if is_at_the_end {
            break;
        }
    }
    if choices.below(2) == 0 {
        receiver.close();
        while block_on(receiver.recv()).is_some() {
            received += 1;
        }
    }
    received
}

#[test]
fn threads_that_do_everything_lose_nothing() {
    for seed in 0..120 {
        let capacity = seed % 5;
        let gives_up_after = if seed % 4 == 0 { 50 } else { usize::MAX };
        let counts = Counts::default();
        let (sender, receiver) = mpsc::bounded(capacity);
        let received = thread::scope(|scope| {
            for id in 0..SENDERS {
                let (sender, counts) = (sender.clone(), &counts);
                let choices = Choices::new((id + 1) * 1_000 + seed);
                scope.spawn(move || send_in_every_way(&sender, id, counts, choices));
            }
            drop(sender);
            receive_in_every_way(receiver, gives_up_after, Choices::new(seed))
        });
        assert_eq!(counts.drops.get(), counts.made.load(SeqCst), "seed {seed}");
        if gives_up_after == usize::MAX {
            assert_eq!(received, counts.sent.load(SeqCst), "seed {seed}");
        } else {
            assert!(received <= counts.sent.load(SeqCst), "seed {seed}");
        }
    }
}
