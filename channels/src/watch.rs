//! One value, replaced by many senders, and seen by many receivers: each sees the newest, not every one.
//!
//! ```
//! use channels::watch;
//!
//! let (sender, mut receiver) = watch::channel("red");
//! sender.send("amber");
//! sender.send("green");
//! pollster::block_on(receiver.changed()).unwrap();
//! assert_eq!(*receiver.borrow(), "green");
//! assert_eq!(receiver.has_changed(), Ok(false));
//! ```
//!
//! # Promises
//!
//! - Who looks gets a [`Snapshot`]: the value itself, counted and not cloned, under no lock. Looking is one atomic step, and
//!   blocks nobody: values can be sent while snapshots are held, also by the task that holds one.
//! - A receiver is told of a change once, and never of one that it has seen. Changes that follow each other quickly are one.
//! - `send` always stores, with or without a receiver. Whoever subscribes later sees the value.
//! - A value is dropped with its last snapshot, or as soon as it is replaced. Its place is used again: once a channel has
//!   seen its usual load, nothing allocates.
//! - Once all senders are dropped, each receiver sees the last value, is told of it if that is news, and then of the end.
//! - Values, predicates and wakers are used with no lock held: they may call back into the channel. A panic there passes
//!   through the call that ran it, and leaves the channel usable.
//!
//! A loop over a channel that changes all the time does not yield to other tasks: who wants that yields in the loop.
//!
//! # The cells
//!
//! Values live in cells that never move. One is current, and a sender fills another one before it makes that current:
//!
//! ```text
//!            fill               replaced, not held
//!   VACANT ───────▶ CURRENT ─────────────────────────▶ VACANT
//!                     │                                  ▲
//!                     └──────────▶ LENT ─────────────────┘
//!                    replaced, held    the last snapshot lets go
//! ```
//!
//! | the cell is | its value is | `holders` is | who may touch it |
//! |---|---|---|---|
//! | VACANT | not there | anything | who has the lock; a cell on its way back, who has vacated it |
//! | CURRENT | written | CURRENT, and the snapshots that `current` does not count | holders read |
//! | LENT | written | its snapshots | holders read; the last moves the value out, and the cell's share of the channel's memory |
//!
//! **How a snapshot is taken.** One word, `current`, has the index of the current cell and counts the snapshots taken since it
//! became so. So one `fetch_add` finds the cell and holds it, in the same step. The snapshot lets go by counting `holders`
//! down. Who replaces the cell swaps the word and adds the count it finds to `holders`, less the part CURRENT: then they are
//! the snapshots that are left. (When the count in the word grows too large, a reader moves a part of it over: adding it
//! first, subtracting it after. So a snapshot is counted at least once at any time.)
//!
//! A lock serialises the senders, and guards the vacant cells and the lists of those who wait. A receiver takes it only to wait.
//! So whether anybody waits is known under the lock that `send` has anyway.
//!
//! - Pair A: `send` swaps `current` with Release; a snapshot is taken with Acquire: the value is visible.
//! - Pair B: a snapshot lets go with Release; who vacates the cell has seen all of them do so with Acquire.
//! - Pair C: what was counted into `holders` before (folded snapshots, a lent cell's share of the channel) is visible to who
//!   counts on it.
//! - Pair D: a cell that was lent is given back with Release, and taken out of the chain with Acquire.
//! - Pair E: the version is stored with Release, after the value; who sees it with Acquire finds that value or a newer one,
//!   and all that the sender has done before.
//!
//! The other design, a reference count beside the value under one lock, needs two exchanges more for each look, and lets a
//! reader hold up the senders.

mod cells;
mod receiver;
mod sender;
mod shared;
mod snapshot;
#[cfg(test)]
mod tests;
mod waiters;

pub use crate::error::Closed;
pub use receiver::{ChangedFuture, Receiver, WaitForFuture};
pub use sender::{ClosedFuture, Sender, WeakSender};
pub use snapshot::Snapshot;

use crate::sync::Arc;
use shared::Shared;

/// Makes a channel with a first value, which its receiver has seen.
///
/// # Examples
///
/// ```
/// use channels::watch;
/// use futures_lite::StreamExt;
///
/// let (sender, mut receiver) = watch::channel(0);
/// std::thread::spawn(move || (1..=100).for_each(|number| sender.send(number)));
/// pollster::block_on(async {
///     let mut newest = 0;
///     while let Some(number) = receiver.next().await {
///         assert!(*number > newest, "some are skipped, but none comes twice");
///         newest = *number;
///     }
///     assert_eq!(newest, 100);
/// });
/// ```
pub fn channel<T>(initial: T) -> (Sender<T>, Receiver<T>) {
    start_at(0, initial)
}

/// A channel whose versions begin at this even number.
fn start_at<T>(version: usize, initial: T) -> (Sender<T>, Receiver<T>) {
    let shared = Arc::new(Shared::new(initial, version));
    let receiver = Receiver::new(Arc::clone(&shared), version);
    (Sender::new(shared), receiver)
}
