//! The unbounded channel: [`send`](Sender::send) never waits.
//!
//! It is the bounded one with a capacity that is never reached: one queue, which grows as values come. What a burst needed
//! beyond a few kilobytes is given back by the receive that drains it.

mod receiver;
mod sender;
#[cfg(feature = "futures-sink")]
mod sink;

pub use super::futures::{ClosedFuture, RecvFuture, RecvManyFuture};
use super::receiver_handle::ReceiverHandle;
use super::sender_handle::SenderHandle;
use super::shared::Shared;
use super::state::UNBOUNDED;
use crate::sync::Arc;
pub use receiver::Receiver;
pub use sender::{Sender, WeakSender};

/// Creates an unbounded channel.
///
/// Memory is taken as values come; what a burst needed is given back once it is drained.
///
/// # Examples
///
/// ```
/// let (sender, receiver) = channels::mpmc::channel();
/// let other = receiver.clone();
/// sender.send("for one of them").expect("a receiver is there");
/// sender.send("for the other").expect("a receiver is there");
/// drop(sender);
/// futures_lite::future::block_on(async {
///     assert_eq!(receiver.recv().await, Some("for one of them"));
///     assert_eq!(other.recv().await, Some("for the other"));
///     assert_eq!(receiver.recv().await, None);
/// });
/// ```
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let shared = Arc::new(Shared::new(UNBOUNDED));
    (
        Sender::new(SenderHandle::new(Arc::clone(&shared))),
        Receiver::new(ReceiverHandle::new(shared)),
    )
}
