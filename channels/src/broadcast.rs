//! Many senders, many receivers: every receiver gets every message that is sent while it is there.
//!
//! | created by | a full channel | a slow receiver |
//! |---|---|---|
//! | [`channel`] | does not exist: it grows | costs memory |
//! | [`bounded`] | makes its senders wait | slows the senders |
//! | [`overwriting`](fn@overwriting) | drops its oldest message | loses messages, and is told how many |
//!
//! Futures have their types in [`lossless`] and [`overwriting`](mod@overwriting).
//!
//! # Promises
//!
//! - All receivers see the messages in one order, each message once, and without a gap except for a lag that they are told.
//! - A value is dropped as soon as nobody is left who has to read it. The last one to read it gets the value itself; `T` is
//!   cloned for the others only, and `T: Clone` is asked only of the methods that may clone.
//! - With no receiver a `send` gives its value back. That is not final: `subscribe` makes sending work again.
//! - Senders that wait are served first come, first served, in the same call that makes room. One that was served and then
//!   forgotten holds back nobody.
//! - Once all senders are dropped, each receiver gets what is left and then the end, which is final.
//! - Values and wakers are cloned, woken and dropped with no lock held: they may call back into the channel. A panic there
//!   passes through the call that ran it, and leaves the channel usable.
//!
//! A loop over a channel that is never empty does not yield to other tasks: who wants that yields in the loop.
//!
//! # The log
//!
//! One lock guards the log of messages, and the lists of those who wait. Each receiver has a cursor, and slots count theirs:
//!
//! ```text
//!    oldest                     next        a reads 4 ─▶ its cursor moves on to 5
//!      │                          │         b reads 2 ─▶ nobody is left on 2 or before: b takes it out of the log,
//!      ▼                          ▼                      and the value with it; the oldest is 3
//!      2      3      4      5                b leaves ─▶ 2 and 3 are freed
//!    [ 1 ]  [ 0 ]  [ 1 ]  [ 0 ]  ( 1 )       6 is sent ─▶ it takes over the cursors of those who had read all
//!      b             a             c         2 is evicted ─▶ its cursors count on 3; b finds the gap by its position
//!
//!    | the value of a message is          | who may touch it                                              |
//!    | in the log, counted                | receivers with a cursor on it or before may take a count      |
//!    | counted by receivers alone         | they clone it, with no lock; the last count moves or drops it |
//!    | with a sender, queued or not       | its sender; nobody else counts it                             |
//! ```
//!
//! The invariant: **there is a cursor on the oldest message**. So the log has no holes, a message is freed exactly when the
//! last who had to read it has done so, and whoever frees one has nothing to search.

pub mod lossless;
pub mod overwriting;

mod log;
mod receiver_handle;
mod sender_handle;
mod shared;

use core::error::Error;
use core::fmt;

pub use crate::error::{Closed, SendError, TryRecvError, TrySendError};
pub use lossless::{BoundedSender, Receiver, Sender, bounded, channel};
pub use overwriting::{OverwritingReceiver, OverwritingSender, overwriting};

/// A receiver was too slow for this many messages; the stream of an [`OverwritingReceiver`] tells it in their place.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Lagged(pub u64);

impl fmt::Display for Lagged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the receiver has missed {} messages", self.0)
    }
}

impl Error for Lagged {}

/// Why an [`OverwritingReceiver`] got no message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RecvError {
    /// This many messages were replaced before this receiver has read them. The next message is the oldest that is kept.
    Lagged(u64),
    /// The channel has ended and all of it was read.
    Closed,
}

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lagged(missed) => Lagged(*missed).fmt(f),
            Self::Closed => Closed.fmt(f),
        }
    }
}

impl Error for RecvError {}
