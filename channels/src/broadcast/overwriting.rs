//! The channel whose senders never wait and whose slow receivers lose the oldest messages.
//!
//! A receiver that finds its next message gone is told first how many it has missed, and goes on with the oldest that is
//! kept:
//!
//! ```text
//!                      evicted                        kept
//!          1    2    3    4  │  5    6    7    8                capacity 4
//!                    ▲                    ▲
//!               position of a        position of b
//!          Err(Lagged(2)), then 5         7
//! ```
//!
//! # Who owns what
//!
//! A send into a full channel evicts the oldest message: it takes the shares of all receivers that have not begun to read it.
//!
//! | a message is | its value belongs to | who goes on |
//! |---|---|---|
//! | kept | all receivers with a share, each of which may still lose it | a receiver that begins, or the sender that evicts: one word says who came first |
//! | begun by a receiver | that receiver, too, whose share nobody takes any more | it clones the value, or moves it out if its share is the last |
//! | evicted, while some read it | these | the last of them drops it, or moves it out |
//! | evicted, and nobody reads it | the sender that evicts | it drops the value, after the lock |
//! | let go by all | nobody | its place is used again once no receiver points into the block |
//!
//! A receiver's position is its own: eviction moves none. A receiver that comes too late learns that as it tries to begin,
//! and is then told under the lock how many messages it has missed. The words and pairs are in [the module above](super).

mod receiver;
mod sender;

use core::error::Error;
use core::fmt;

use super::sender_handle::SenderHandle;

pub use super::sender_handle::ClosedFuture;
pub use receiver::{OverwritingReceiver, RecvFuture, RecvManyFuture};
pub use sender::{OverwritingSender, WeakOverwritingSender};

/// Creates a channel that keeps the newest `capacity` messages, until every receiver has them. Sending never waits.
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
/// use channels::broadcast::{self, RecvError};
///
/// let (sender, mut receiver) = broadcast::overwriting(2);
/// for number in 1..=5 {
///     sender.send(number).expect("one listens");
/// }
/// futures_lite::future::block_on(async {
///     assert_eq!(receiver.recv().await, Err(RecvError::Lagged(3)));
///     assert_eq!(receiver.recv().await, Ok(4));
///     assert_eq!(receiver.recv().await, Ok(5));
/// });
/// ```
pub fn overwriting<T>(capacity: usize) -> (OverwritingSender<T>, OverwritingReceiver<T>) {
    assert!(
        capacity > 0,
        "the capacity of an overwriting channel must be at least 1"
    );
    let handle = SenderHandle::new(capacity, true);
    let receiver = OverwritingReceiver::new(handle.subscribe());
    (OverwritingSender::new(handle), receiver)
}

/// There was no message to receive at once.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TryRecvError {
    /// Nothing is there now; a later call may find something.
    Empty,
    /// This many messages were replaced before this receiver has read them.
    Lagged(u64),
    /// The channel has ended and all of it was read.
    Closed,
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the channel is empty"),
            Self::Lagged(missed) => write!(f, "the receiver has missed {missed} messages"),
            Self::Closed => f.write_str("the channel has ended"),
        }
    }
}

impl Error for TryRecvError {}
