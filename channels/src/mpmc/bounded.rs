//! The bounded channel: [`send`](BoundedSender::send) waits for room.
//!
//! There is room while the values in the queue and the permits that were handed out are fewer than the capacity. At a
//! rendezvous, the channel of capacity 0, there is room while the permits are fewer than the receivers that wait: each
//! receiver that was woken for a value, and so does not wait any more, is room no longer.
//!
//! A sender that finds no room leaves its request in the list: its value, or how many permits it wants. **Senders wait only
//! while there is no room for the first of them**: each section that makes room serves them before it ends. At a rendezvous
//! a receive also takes the value of the first sender by itself.

mod permit;
mod receiver;
mod sender;
mod weak;

pub use super::futures::{ClosedFuture, RecvFuture, RecvManyFuture};
use super::receiver_handle::ReceiverHandle;
use super::sender_handle::SenderHandle;
use super::shared::Shared;
use crate::sync::Arc;
pub use permit::{
    OwnedPermit, Permit, Permits, PollSender, ReserveFuture, ReserveManyFuture, ReserveOwnedFuture,
};
pub use receiver::BoundedReceiver;
pub use sender::{BoundedSender, SendFuture};
pub use weak::WeakBoundedSender;

/// Creates a channel that holds at most `capacity` values. Memory is taken as values come.
///
/// With capacity 0 it is a rendezvous: there is room exactly while a receive waits and was given no value yet, and a receive
/// takes its value from the first sender that waits. A value that was given to a receive which is then cancelled is the next
/// one received.
///
/// # Examples
///
/// ```
/// use channels::mpmc::{self, TrySendError};
///
/// let (sender, receiver) = mpmc::bounded(1);
/// futures_lite::future::block_on(async {
///     sender.send("first").await.expect("a receiver is there");
///     assert_eq!(sender.try_send("second"), Err(TrySendError::Full("second")));
///     assert_eq!(receiver.clone().recv().await, Some("first"));
/// });
/// ```
pub fn bounded<T>(capacity: usize) -> (BoundedSender<T>, BoundedReceiver<T>) {
    let shared = Arc::new(Shared::new(capacity));
    (
        BoundedSender::new(SenderHandle::new(Arc::clone(&shared))),
        BoundedReceiver::new(ReceiverHandle::new(shared)),
    )
}
