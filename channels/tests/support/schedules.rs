//! What the random schedules share.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use shuttle::rand::{Rng, thread_rng};
use shuttle::{check_pct, check_random};

/// Schedules of each kind that a scenario runs under.
const SCHEDULES: usize = 500;

/// The most preemptions in a schedule of the second kind.
const PREEMPTIONS_MAX: usize = 3;

/// Runs a scenario under schedules that preempt anywhere, then under ones that preempt seldom, so that a thread may stand
/// still for as long as it hurts. A wake that is lost shows as a deadlock.
pub(crate) fn explore(run: impl Fn() + Send + Sync + 'static) {
    let run = Arc::new(run);
    let again = Arc::clone(&run);
    check_random(move || run(), SCHEDULES);
    check_pct(move || again(), SCHEDULES, PREEMPTIONS_MAX);
}

/// A number below `end`, at random; the same one when the schedule is replayed.
pub(crate) fn choose(end: usize) -> usize {
    thread_rng().gen_range(0..end)
}

/// What was made and what was dropped in a scenario.
#[derive(Clone, Default)]
pub(crate) struct Account(Arc<Counts>);

#[derive(Default)]
struct Counts {
    made: AtomicUsize,
    dropped: AtomicUsize,
}

impl Account {
    pub(crate) fn value(&self, number: u32) -> Value {
        self.0.made.fetch_add(1, Relaxed);
        Value {
            number,
            account: self.clone(),
        }
    }

    /// Values and clones were dropped, each once.
    pub(crate) fn assert_nothing_is_left(&self) {
        let made = self.0.made.load(Relaxed);
        assert_eq!(self.0.dropped.load(Relaxed), made, "dropped, made");
    }
}

/// A message, whose clones are messages too.
pub(crate) struct Value {
    pub(crate) number: u32,
    account: Account,
}

impl Clone for Value {
    fn clone(&self) -> Self {
        self.account.value(self.number)
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        self.account.0.dropped.fetch_add(1, Relaxed);
    }
}

/// What is sent by a sender of this number, in its order: `sender * 100`, `sender * 100 + 1`, and so on.
pub(crate) fn numbers(sender: u32, count: u32) -> impl Iterator<Item = u32> {
    (0..count).map(move |index| sender * 100 + index)
}

/// The numbers of one sender are in the order in which it sent them.
pub(crate) fn assert_in_order_of_each_sender(received: &[u32]) {
    for sender in 0..4 {
        let of_it = || received.iter().filter(move |number| **number / 100 == sender);
        assert!(of_it().is_sorted(), "out of order: {received:?}");
    }
}

/// All that was sent was received, once.
pub(crate) fn assert_same(mut sent: Vec<u32>, mut received: Vec<u32>) {
    sent.sort_unstable();
    received.sort_unstable();
    assert_eq!(sent, received, "sent, received");
}
