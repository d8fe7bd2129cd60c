//! One value, once, from one sender to one receiver.
//!
//! ```
//! use channels::oneshot;
//!
//! let (sender, receiver) = oneshot::channel();
//! assert_eq!(sender.send("done"), Ok(()));
//! assert_eq!(pollster::block_on(receiver), Ok("done"));
//! ```
//!
//! # Promises
//!
//! - The value arrives, or it comes back from `send`, or the receiver's drop drops it: always exactly one of the three.
//! - An unreceived value is dropped with its receiver, at once.
//! - Neither side ever waits or spins for the other inside a call: the machine is lock-free.
//! - One allocation holds everything, and the last of the two to leave frees it.
//! - A waker is let go as soon as it cannot be needed any more: when the half that registered it, or the future that
//!   did, is dropped, and when the other half ends. No waker or value is woken, cloned or dropped in the middle of a
//!   state change, so each may call back into the channel, or panic.
//!
//! # The machine
//!
//! Both halves go the same way. Ending is what the other half sees and is woken for; once gone, a half never touches the
//! allocation again. Between the two it moves out the wakers that its ending has taken, the other's and its own; if none
//! stood, it has ended and is gone in one step. A half wakes, and drops its own waker, after that.
//!
//! ```text
//!           watch            send, drop, close         wakers moved out
//!   OPEN ───────────▶ WAKER ───────────────────▶ ENDED ────────────────▶ ENDED + GONE
//!    │  ◀───────────                               ▲                          ▲
//!    │     unwatch                                 │                          │
//!    ├─── send, drop, close: the other waits ──────┘                          │
//!    └─── send, drop, close: nobody waits ────────────────────────────────────┘
//! ```
//!
//! The state is one word: WAKER, ENDED and GONE for each half, and SENT, which the sender sets as it ends with a value.
//!
//! # Who owns what
//!
//! | the state says | `value` is | the waker cell of a half is | freed by |
//! |---|---|---|---|
//! | not SENT | the sender's | | |
//! | SENT | the receiver's | | |
//! | not WAKER, other half not ENDED | | that half's, empty | |
//! | WAKER | | written; both may read it, and who clears the bit owns the waker | |
//! | other half ENDED, which cleared WAKER | | the other half's, until that is GONE | |
//! | other half ENDED, WAKER was clear | | that half's, empty | |
//! | one half GONE | | | the other half, as it ends |
//! | both GONE | | | the half that was second |
//!
//! WAKER never stands once a half has ended: ending clears both bits, and nobody sets one beside an ENDED.
//!
//! # Pairs
//!
//! - Pair A: ending with SENT releases the value; a state read with Acquire that shows SENT makes it visible.
//! - Pair B: setting WAKER releases the waker; clearing it at the end of the other half acquires it.
//! - Pair C: setting GONE releases all that this half did; the half that sees it there acquires that, and frees.
//!
//! # Tried before, and given up
//!
//! One loop for every way to end. Most ends are one of two, for which one exchange will do: nobody waits, or the other half
//! alone does. They are tried first now: a channel's whole life, with a value and nobody who waits, took 265 instructions with
//! the loop and takes 169; with a receiver that waits it took 340 and takes 190.

mod receiver;
mod sender;
mod shared;

use core::error::Error;
use core::fmt;

pub use crate::error::{SendError, TryRecvError};
pub use receiver::Receiver;
pub use sender::{ClosedFuture, Sender};

/// Makes a channel for one value.
///
/// # Examples
///
/// ```
/// let (sender, receiver) = channels::oneshot::channel();
/// std::thread::spawn(move || sender.send(6 * 7));
/// assert_eq!(pollster::block_on(receiver), Ok(42));
/// ```
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = shared::pair();
    (Sender::new(sender), Receiver::new(receiver))
}

/// Why a receiver got no value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RecvError {
    /// No value can come: the sender was dropped without sending, or this receiver was closed or is already used up.
    SenderDropped,
}

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SenderDropped => f.write_str("the sender was dropped without sending"),
        }
    }
}

impl Error for RecvError {}
