//! Many senders, one receiver: each value is received once, in the order in which it was sent.
//!
//! [`channel`] is unbounded: [`send`](Sender::send) never waits. [`bounded`](fn@bounded) holds a fixed number of values, and
//! [`send`](BoundedSender::send) waits for room, so a slow receiver slows its senders. Futures have their types in
//! [`unbounded`] and [`bounded`](mod@bounded).
//!
//! # Promises
//!
//! - A value that was sent is received once or dropped once, whatever the order in which handles and futures are dropped.
//! - When the receiver is dropped, unread values are dropped at once, even if dropping one of them panics.
//! - Senders that wait are served first come, first served, in the same call that makes room: a `try_send` never overtakes
//!   them, and one that was served and then forgotten holds back nobody.
//! - Once all senders are dropped, the receiver gets what is left and then the end, which is final.
//! - Wakers and values are cloned, woken and dropped with no lock held: they may call back into the channel.
//! - Waiting allocates nothing once the channel has seen its usual number of waiters.
//!
//! A loop over a channel that is never empty does not yield to other tasks: who wants that yields in the loop.
//!
//! # Examples
//!
//! ```
//! use channels::mpsc;
//! use futures_lite::future::{block_on, zip};
//!
//! let (sender, mut receiver) = mpsc::bounded(1);
//! let send = async move {
//!     for number in 1..=3 {
//!         sender.send(number).await.expect("the receiver is there");
//!     }
//! };
//! let receive = async move {
//!     let mut sum = 0;
//!     while let Some(number) = receiver.recv().await {
//!         sum += number;
//!     }
//!     sum
//! };
//! let ((), sum) = block_on(zip(send, receive));
//! assert_eq!(sum, 6);
//! ```

pub mod bounded;
pub mod unbounded;

pub use crate::error::{SendError, TryRecvError, TrySendError};
pub use bounded::{
    BoundedReceiver, BoundedSender, OwnedPermit, Permit, Permits, PollSender, WeakBoundedSender, bounded,
};
pub use unbounded::{Receiver, Sender, WeakSender, channel};
