//! Random operations on a `watch`, one after the other, compared with a model that is plain enough to be seen through.

#![cfg(not(channels_loom))]

mod support;

use std::sync::Arc;
use std::task::{Context, Poll};

use channels::watch::{self, Closed, Receiver, Sender, Snapshot, WeakSender};
use proptest::prelude::*;
use support::{CountedDrop, DropCount, WakeCount, poll_with};

#[derive(Clone, Debug)]
enum Step {
    Send,
    SendReplace,
    /// Changes a clone; sends it or not.
    Modify(bool),
    CloneSender,
    DropSender,
    Upgrade,
    Subscribe,
    /// Lets a receiver act, chosen by this number.
    Receiver(usize, Act),
    CloneSnapshot(usize),
    DropSnapshot(usize),
}

#[derive(Clone, Debug)]
enum Act {
    Clone,
    Drop,
    Borrow,
    BorrowAndUpdate,
    PollChanged,
    CancelChanged,
    /// Waits once for a value that can be divided by this.
    WaitFor(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let act = prop_oneof![
        2 => Just(Act::Clone),
        2 => Just(Act::Drop),
        4 => Just(Act::Borrow),
        3 => Just(Act::BorrowAndUpdate),
        6 => Just(Act::PollChanged),
        1 => Just(Act::CancelChanged),
        2 => (1..4_u64).prop_map(Act::WaitFor),
    ];
    let step = prop_oneof![
        8 => Just(Step::Send),
        2 => Just(Step::SendReplace),
        3 => any::<bool>().prop_map(Step::Modify),
        1 => Just(Step::CloneSender),
        1 => Just(Step::DropSender),
        1 => Just(Step::Upgrade),
        2 => Just(Step::Subscribe),
        20 => (any::<usize>(), act).prop_map(|(choice, act)| Step::Receiver(choice, act)),
        2 => any::<usize>().prop_map(Step::CloneSnapshot),
        5 => any::<usize>().prop_map(Step::DropSnapshot),
    ];
    prop::collection::vec(step, 0..200)
}

/// A value that knows its number, and counts its drop.
struct Value {
    number: u64,
    drops: DropCount,
    _drop: CountedDrop,
}

impl Value {
    fn new(number: u64, drops: &DropCount) -> Self {
        Self {
            number,
            drops: drops.clone(),
            _drop: drops.value(),
        }
    }
}

impl Clone for Value {
    fn clone(&self) -> Self {
        Self::new(self.number, &self.drops)
    }
}

struct Watcher {
    receiver: Receiver<Value>,
    wakes: Arc<WakeCount>,
    // What the model knows of it.
    seen: u64,
    waits: bool,
    expected_wakes: usize,
}

struct Run {
    senders: Vec<Sender<Value>>,
    weak: WeakSender<Value>,
    watchers: Vec<Watcher>,
    held: Vec<(u64, Snapshot<Value>)>,
    drops: DropCount,
    /// Values that were ever made, clones too.
    made: usize,
    /// The number of the newest value: it is its version, too.
    newest: u64,
}

impl Run {
    fn new() -> Self {
        let drops = DropCount::new();
        let (sender, receiver) = watch::channel(Value::new(0, &drops));
        Self {
            weak: sender.downgrade(),
            senders: vec![sender],
            watchers: vec![Watcher::new(receiver, 0)],
            held: Vec::new(),
            drops,
            made: 1,
            newest: 0,
        }
    }

    fn step(&mut self, step: Step) -> Result<(), TestCaseError> {
        match step {
            Step::Send => {
                let value = self.fresh();
                if let Some(sender) = self.senders.last() {
                    sender.send(value);
                    self.has_sent();
                }
            }
            Step::SendReplace => {
                let value = self.fresh();
                if let Some(sender) = self.senders.last() {
                    self.held.push((self.newest, sender.send_replace(value)));
                    self.has_sent();
                }
            }
            Step::Modify(sends) => self.modify(sends)?,
            Step::CloneSender => self.senders.extend(self.senders.last().cloned()),
            Step::DropSender => {
                if self.senders.pop().is_some() && self.senders.is_empty() {
                    self.watchers.iter_mut().for_each(Watcher::is_woken);
                }
            }
            Step::Upgrade => {
                let upgraded = self.weak.upgrade();
                prop_assert_eq!(upgraded.is_some(), !self.senders.is_empty());
                self.senders.extend(upgraded);
            }
            Step::Subscribe => {
                if let Some(sender) = self.senders.first() {
                    self.watchers.push(Watcher::new(sender.subscribe(), self.newest));
                }
            }
            Step::CloneSnapshot(choice) => {
                if let Some(index) = choose(&self.held, choice) {
                    self.held.push(self.held[index].clone());
                }
            }
            Step::DropSnapshot(choice) => {
                if let Some(index) = choose(&self.held, choice) {
                    self.held.swap_remove(index);
                }
            }
            Step::Receiver(choice, act) => self.receive(choice, &act)?,
        }
        self.compare()
    }

    fn receive(&mut self, choice: usize, act: &Act) -> Result<(), TestCaseError> {
        let (newest, has_ended) = (self.newest, self.senders.is_empty());
        let Some(index) = choose(&self.watchers, choice) else {
            return Ok(());
        };
        let watcher = &mut self.watchers[index];
        match act {
            Act::Clone => {
                let clone = Watcher::new(watcher.receiver.clone(), watcher.seen);
                self.watchers.push(clone);
            }
            Act::Drop => drop(self.watchers.swap_remove(index)),
            Act::Borrow => self.held.push((newest, watcher.receiver.borrow())),
            Act::BorrowAndUpdate => {
                self.held.push((newest, watcher.receiver.borrow_and_update()));
                watcher.seen = newest;
            }
            Act::PollChanged => watcher.poll_changed(newest, has_ended)?,
            Act::CancelChanged => {
                let polled = poll_with(&mut watcher.receiver.changed(), &watcher.wakes.waker());
                prop_assert_eq!(polled, watcher.news(newest, has_ended));
                watcher.waits = false;
            }
            Act::WaitFor(divisor) => watcher.wait_for(*divisor, newest, has_ended)?,
        }
        Ok(())
    }

    fn modify(&mut self, sends: bool) -> Result<(), TestCaseError> {
        let Some(sender) = self.senders.first() else {
            return Ok(());
        };
        let (newest, next) = (self.newest, self.newest + 1);
        self.made += 1;
        let sent = sender.send_if_modified(|value| {
            assert_eq!(value.number, newest);
            value.number = next;
            sends
        });
        prop_assert_eq!(sent, sends);
        if sent {
            self.has_sent();
        }
        Ok(())
    }

    fn fresh(&mut self) -> Value {
        self.made += 1;
        Value::new(self.newest + 1, &self.drops)
    }

    fn has_sent(&mut self) {
        self.newest += 1;
        self.watchers.iter_mut().for_each(Watcher::is_woken);
    }

    fn compare(&self) -> Result<(), TestCaseError> {
        for (number, snapshot) in &self.held {
            prop_assert_eq!(snapshot.number, *number);
        }
        for watcher in &self.watchers {
            prop_assert_eq!(watcher.wakes.get(), watcher.expected_wakes);
            prop_assert_eq!(watcher.receiver.borrow().number, self.newest);
            let expected = match self.newest > watcher.seen {
                false if self.senders.is_empty() => Err(Closed),
                changed => Ok(changed),
            };
            prop_assert_eq!(watcher.receiver.has_changed(), expected);
        }
        if let Some(sender) = self.senders.first() {
            prop_assert_eq!(sender.borrow().number, self.newest);
            prop_assert_eq!(sender.receiver_count(), self.watchers.len());
            prop_assert_eq!(sender.sender_count(), self.senders.len());
        }
        let mut live: Vec<_> = self.held.iter().map(|(number, _)| *number).collect();
        if !self.senders.is_empty() || !self.watchers.is_empty() {
            live.push(self.newest);
        }
        live.sort_unstable();
        live.dedup();
        prop_assert_eq!(self.made - self.drops.get(), live.len());
        Ok(())
    }
}

impl Watcher {
    fn new(receiver: Receiver<Value>, seen: u64) -> Self {
        Self {
            receiver,
            wakes: WakeCount::new(),
            seen,
            waits: false,
            expected_wakes: 0,
        }
    }

    /// What it learns if it asks now; what it then knows counts as seen.
    fn news(&mut self, newest: u64, has_ended: bool) -> Poll<Result<(), Closed>> {
        if self.seen < newest {
            self.seen = newest;
            Poll::Ready(Ok(()))
        } else if has_ended {
            Poll::Ready(Err(Closed))
        } else {
            Poll::Pending
        }
    }

    fn poll_changed(&mut self, newest: u64, has_ended: bool) -> Result<(), TestCaseError> {
        let waker = self.wakes.waker();
        let polled = self.receiver.poll_changed(&mut Context::from_waker(&waker));
        prop_assert_eq!(polled, self.news(newest, has_ended));
        self.waits = polled.is_pending();
        Ok(())
    }

    fn wait_for(&mut self, divisor: u64, newest: u64, has_ended: bool) -> Result<(), TestCaseError> {
        let mut wait = self
            .receiver
            .wait_for(|value| value.number.is_multiple_of(divisor));
        let polled = poll_with(&mut wait, &self.wakes.waker());
        let number = polled.map(|found| found.map(|value| value.number));
        drop(wait);
        self.waits = false;
        self.seen = newest;
        let expected = if newest.is_multiple_of(divisor) {
            Poll::Ready(Ok(newest))
        } else if has_ended {
            Poll::Ready(Err(Closed))
        } else {
            Poll::Pending
        };
        prop_assert_eq!(number, expected);
        Ok(())
    }

    /// There are news.
    fn is_woken(&mut self) {
        self.expected_wakes += usize::from(std::mem::take(&mut self.waits));
    }
}

fn choose<T>(from: &[T], choice: usize) -> Option<usize> {
    (!from.is_empty()).then(|| choice % from.len())
}

proptest! {
    #[test]
    fn a_watch_does_what_the_model_does(steps in steps()) {
        let mut run = Run::new();
        for step in steps {
            run.step(step)?;
        }
        let (drops, made) = (run.drops.clone(), run.made);
        drop(run);
        prop_assert_eq!(drops.get(), made, "each value is dropped once");
    }
}
