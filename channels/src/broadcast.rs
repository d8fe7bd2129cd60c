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
//! Messages stand in slots, slots in blocks. Senders take the lock, once for all receivers of a message. A receiver reads
//! what is published without the lock, and takes it only at the border of a block and when there is nothing to read:
//!
//! ```text
//!          oldest                       next        a and c clone 6, and each takes its share off the count
//!            │                            │         b has shares in 5, 6 and 7
//!            ▼                            ▼         the one whose share is the last moves the value out: GONE
//!   4 GONE   5 ×1   6 ×3   7 ×3 │ 8 ×3  9 EMPTY     b leaves: its shares go in one section under the lock
//!            b      a c         │ block border
//! ```
//!
//! | `remaining` of a slot | its value belongs to | who may go on |
//! |---|---|---|
//! | EMPTY: 0, from `next` on | the sender that holds the lock | it writes the value, then the count of receivers (pair A) |
//! | COUNTED: 1 or more | all receivers with a share; they only read | each takes its share off (pair B); under the lock, new ones are added |
//! | LAST: 0 again | the one whose share was the last | it moves the value out |
//! | GONE: 0, before `oldest` | nobody | a sender makes the block EMPTY once nobody holds it (pair C) |
//!
//! - Pair A: `publish` stores the counts with Release, `is_published` loads the one, `is_readable` the other with Acquire: the
//!   value is visible.
//! - Pair B: `let_go` subtracts with AcqRel, `evict` subtracts and `claim` exchanges with Acquire: all clones are made before
//!   the last one moves the value. All of them read and write one word at once, so no chain of releases is broken.
//! - Pair C: a receiver holds the block that it points into, by a count of its `Arc`, until it has read all that it wants
//!   there. The count is taken back with Release, and `reuse` asks with Acquire whether there is another than the log's.
//!
//! So a slot is good to point to for whoever holds its block. A receiver that stopped keeps the memory of one block at most.
//!
//! Receivers have shares in all messages from one on, and let go of them in order. So **messages go in order**, and one counter
//! tells how many are kept. It also has a bit that says that senders wait for room. Both sides change this one word, so the
//! reader that makes room sees the sender that waits, or the sender sees the room.
//!
//! # Overwriting
//!
//! A full overwriting channel takes the oldest message away from the receivers that have not begun to read it. A second
//! count says how many these are, and what a change of it returns decides who has come first:
//!
//! | `unread` of a slot | who may go on |
//! |---|---|
//! | EMPTY: 0, from `next` on | the sender, which writes it last (pair A) |
//! | 1 or more | a receiver subtracts itself and **begins**: now its share is safe. Or the sender swaps in EVICTED, and has their shares |
//! | PASSED: 0 again | nobody: all have begun, and some may still clone |
//! | EVICTED: huge, before `oldest` | a receiver that comes too late learns it from its own subtraction, and takes the lock to be told of its lag |
//!
//! The sender takes the shares that it got by EVICTED off `remaining` at once. If these were all, it drops the value;
//! otherwise whoever is cloning it drops it at last, and only its block stays behind. Nobody waits. Receivers do not tell that
//! a message is passed: who needs to know the oldest one looks on from where it was, under the lock.
//!
//! # Tried before, and given up
//!
//! - One lock for all, and a counted allocation for each message: a delivery to one of eight receivers took eight times the
//!   instructions of the lossless one.
//! - To begin under a short lock: a delivery to one of eight overwriting receivers took 2.2 times as long as now, to one of
//!   64 it took 2.6 times as long.

pub mod lossless;
pub mod overwriting;

mod log;
mod receiver_handle;
mod sender_handle;
mod shared;
mod slot;

use core::error::Error;
use core::fmt;

pub use crate::error::{Closed, SendError, TryRecvError, TrySendError};
pub use lossless::{BoundedSender, Receiver, Sender, WeakBoundedSender, WeakSender, bounded, channel};
pub use overwriting::{OverwritingReceiver, OverwritingSender, WeakOverwritingSender, overwriting};

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
