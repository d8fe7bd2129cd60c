//! The promises of the queues, `mpsc` and `mpmc`, bounded and not, polled by hand.
//!
//! What several of them promise is written once, in `promises/`, against names that each flavour's module has: `channel` makes a
//! channel with room for all that a promise sends, and `send` puts a value there without waiting. A flavour's module says what it
//! promises by loading those files, so that each promise is a test of each flavour that makes it:
//! `mpsc_bounded::queue::closing::a_dropped_sender_wakes_the_receiver`. What only one flavour promises stands in its module.

#![cfg(not(any(channels_loom, channels_shuttle)))]
#![expect(
    clippy::duplicate_mod,
    reason = "a promise is loaded once for each flavour that makes it"
)]

#[path = "../support/mod.rs"]
mod support;

#[expect(
    unused_mut,
    reason = "the receivers of an mpmc need no `mut`, those of an mpsc do"
)]
mod mpmc_bounded;
#[expect(
    unused_mut,
    reason = "the receivers of an mpmc need no `mut`, those of an mpsc do"
)]
mod mpmc_unbounded;
mod mpsc_bounded;
mod mpsc_unbounded;

use std::thread;

/// Three threads send numbered values, and this one receives: each value comes once, and those of one thread in their order.
fn in_order_from_threads<S: Clone + Send>(
    sender: S,
    send: impl Fn(&S, (usize, usize)) + Sync,
    mut receive: impl FnMut() -> Option<(usize, usize)>,
) {
    const THREADS: usize = 3;
    const VALUES: usize = 300;
    let mut next = [0; THREADS];
    thread::scope(|scope| {
        for id in 0..THREADS {
            let (sender, send) = (sender.clone(), &send);
            scope.spawn(move || (0..VALUES).for_each(|number| send(&sender, (id, number))));
        }
        drop(sender);
        while let Some((id, number)) = receive() {
            assert_eq!(number, next[id]);
            next[id] += 1;
        }
    });
    assert_eq!(next, [VALUES; THREADS]);
}
