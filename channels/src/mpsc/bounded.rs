//! The bounded channel: [`send`](BoundedSender::send) waits for room.
//!
//! One lock guards the queue, the senders that wait, and everything else that both sides share. The life of a channel is
//! that of the [unbounded one](super::unbounded); this is the life of one `send`:
//!
//! ```text
//!              no room                room, in the same
//!   UNSENT ───────────────▶ QUEUED ────call that made it────▶ SENT     | state  | the value is                  |
//!     │ │                     │ │                              ▲       | UNSENT | in the future                 |
//!     │ └─────── room ────────┼─┼──────────────────────────────┘       | QUEUED | in the list of senders        |
//!     │                       │ └──dropped──▶ GONE                     | SENT   | in the queue, or received     |
//!     └──────── closed ───────┴─────────────▶ RETURNED                 | GONE   | dropped, outside the lock     |
//!                                                                      | RETURNED | the caller's again          |
//! ```
//!
//! The one invariant: **senders wait only while the channel is full**. Whoever takes a value out moves the first waiting
//! value in before the lock is released. So nobody overtakes, and there is no wake that a cancelled sender could swallow:
//! a sender that is woken has been served.

mod receiver;
mod sender;
mod shared;

use crate::sync::Arc;
pub use receiver::{BoundedReceiver, RecvFuture, RecvManyFuture};
pub use sender::{BoundedSender, ClosedFuture, SendFuture};
use shared::Shared;

/// Creates a channel that holds at most `capacity` values.
///
/// Memory is taken as values come, not for the whole capacity at once.
///
/// # Panics
///
/// Panics if `capacity` is 0.
///
/// # Examples
///
/// ```
/// use channels::mpsc::{self, TrySendError};
///
/// let (sender, mut receiver) = mpsc::bounded(1);
/// futures_lite::future::block_on(async {
///     sender.send("first").await.expect("the receiver is there");
///     assert_eq!(sender.try_send("second"), Err(TrySendError::Full("second")));
///     assert_eq!(receiver.recv().await, Some("first"));
/// });
/// ```
pub fn bounded<T>(capacity: usize) -> (BoundedSender<T>, BoundedReceiver<T>) {
    assert!(
        capacity > 0,
        "the capacity of a bounded channel must be at least 1"
    );
    let shared = Arc::new(Shared::new(capacity));
    (
        BoundedSender::new(Arc::clone(&shared)),
        BoundedReceiver::new(shared),
    )
}
