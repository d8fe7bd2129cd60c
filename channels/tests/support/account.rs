//! What the loom models of the broadcasts share: each ends with the same account.

use std::sync::Arc;
use std::task::Poll;

use channels::broadcast::Receiver;

use crate::support::{CountedDrop, DropCount, WakeCount, poll_with};

/// A value whose clones are counted like itself.
pub(crate) struct Value {
    pub(crate) number: u32,
    clones: DropCount,
    drops: DropCount,
    _drop: CountedDrop,
}

impl Clone for Value {
    fn clone(&self) -> Self {
        drop(self.clones.value());
        Self {
            number: self.number,
            clones: self.clones.clone(),
            drops: self.drops.clone(),
            _drop: self.drops.value(),
        }
    }
}

/// What a model is given, and what is checked after it.
pub(crate) struct Account {
    pub(crate) clones: DropCount,
    pub(crate) drops: DropCount,
    pub(crate) wakes: [Arc<WakeCount>; 2],
}

impl Account {
    pub(crate) fn value(&self, number: u32) -> Value {
        Value {
            number,
            clones: self.clones.clone(),
            drops: self.drops.clone(),
            _drop: self.drops.value(),
        }
    }
}

pub(crate) fn model(values: usize, run: impl Fn(&Account) + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(move || {
        let account = Account {
            clones: DropCount::new(),
            drops: DropCount::new(),
            wakes: [WakeCount::new(), WakeCount::new()],
        };

        run(&account);

        assert_eq!(
            account.drops.get(),
            values + account.clones.get(),
            "each value is dropped once"
        );
        for waker in &account.wakes {
            assert_eq!(Arc::strong_count(waker), 1, "no waker is left");
        }
    });
}

/// Polls, and returns what was received.
pub(crate) fn poll_number(receiver: &mut Receiver<Value>, wakes: &Arc<WakeCount>) -> Poll<Option<u32>> {
    let mut recv = receiver.recv();
    let polled = poll_with(&mut recv, &wakes.waker());
    // Still registered, as a task would be; the receiver's drop or next poll ends that.
    std::mem::forget(recv);
    polled.map(|received| received.ok().map(|value| value.number))
}

pub(crate) fn try_number(receiver: &mut Receiver<Value>) -> Option<u32> {
    receiver.try_recv().ok().map(|value| value.number)
}
