//! The unbounded channel: [`send`](Sender::send) never waits.
//!
//! One lock guards the queue and everything else that both sides share.
//!
//! ```text
//!   OPEN ──close, receiver dropped──▶ CLOSED        | state   | values come from | values go to            |
//!     │                                 │           | OPEN    | senders          | the receiver            |
//!     │ last sender dropped             │ drained   | CLOSED  | –                | the receiver, if it is  |
//!     ▼                                 ▼           |         |                  | there; else freed       |
//!   ORPHANED ────────drained─────────▶ ENDED        | ORPHANED| –                | the receiver            |
//!                                                   | ENDED   | –                | –                       |
//! ```
//!
//! A value belongs to its sender until `send` has put it into the queue, to the queue until a receive takes it out, then
//! to the receiver. A value that was peeked at is in the receiver's own hands but counts as being in the channel.

mod receiver;
mod sender;
mod shared;

use crate::sync::Arc;
pub use receiver::{Receiver, RecvFuture, RecvManyFuture};
pub use sender::{ClosedFuture, Sender};
use shared::Shared;

/// Creates an unbounded channel.
///
/// # Examples
///
/// ```
/// let (sender, mut receiver) = channels::mpsc::channel();
/// sender.send("hello").expect("the receiver is there");
/// drop(sender);
/// futures_lite::future::block_on(async {
///     assert_eq!(receiver.recv().await, Some("hello"));
///     assert_eq!(receiver.recv().await, None);
/// });
/// ```
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let shared = Arc::new(Shared::new());
    (Sender::new(Arc::clone(&shared)), Receiver::new(shared))
}
