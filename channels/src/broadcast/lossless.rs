//! The two channels that lose nothing: [`channel`] keeps what the slowest receiver needs, [`bounded`] makes senders wait.
//!
//! They differ in what a full channel does to a `send`, and an unbounded one is never full. This is the life of one
//! [`BoundedSender::send`]:
//!
//! ```text
//!              no room                room, in the same
//!   UNSENT ───────────────▶ QUEUED ────call that made it────▶ SENT     | state    | the value is                |
//!     │ │                     │ │                              ▲       | UNSENT   | in the future               |
//!     │ └─────── room ────────┼─┼──────────────────────────────┘       | QUEUED   | in the list of senders      |
//!     │                       │ └──dropped──▶ GONE                     | SENT     | in the log                  |
//!     └──── nobody listens ───┴─────────────▶ RETURNED                 | GONE     | dropped, outside the lock   |
//!                                                                      | RETURNED | the caller's again          |
//! ```

mod bounded_sender;
mod receiver;
mod sender;

use super::sender_handle::SenderHandle;

pub use super::sender_handle::ClosedFuture;
pub use bounded_sender::{BoundedSender, SendFuture, WeakBoundedSender};
pub use receiver::{Receiver, RecvFuture, RecvManyFuture};
pub use sender::{Sender, WeakSender};

/// Creates a channel that keeps each message until every receiver has it. Sending never waits.
///
/// # Examples
///
/// ```
/// use channels::broadcast;
///
/// let (sender, mut first) = broadcast::channel();
/// let mut second = first.clone();
/// sender.send("news").expect("two listen");
/// drop(sender);
/// futures_lite::future::block_on(async {
///     assert_eq!(first.recv().await, Ok("news"));
///     assert_eq!(second.recv().await, Ok("news"));
///     assert_eq!(second.recv().await, Err(broadcast::Closed));
/// });
/// ```
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let handle = SenderHandle::new(usize::MAX, false);
    let receiver = Receiver::new(handle.subscribe());
    (Sender::new(handle), receiver)
}

/// Creates a channel that keeps each message until every receiver has it, and at most `capacity` of them: senders wait for
/// the slowest receiver.
///
/// Memory is taken as messages come, not for the whole capacity at once.
///
/// # Panics
///
/// Panics if `capacity` is 0.
///
/// # Examples
///
/// ```
/// use channels::broadcast::{self, TrySendError};
///
/// let (sender, mut receiver) = broadcast::bounded(1);
/// futures_lite::future::block_on(async {
///     sender.send(1).await.expect("one listens");
///     assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
///     assert_eq!(receiver.recv().await, Ok(1));
///     assert_eq!(sender.try_send(2), Ok(()));
/// });
/// ```
pub fn bounded<T>(capacity: usize) -> (BoundedSender<T>, Receiver<T>) {
    assert!(
        capacity > 0,
        "the capacity of a bounded channel must be at least 1"
    );
    let handle = SenderHandle::new(capacity, false);
    let receiver = Receiver::new(handle.subscribe());
    (BoundedSender::new(handle), receiver)
}
