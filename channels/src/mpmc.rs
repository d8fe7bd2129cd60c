//! Many senders, many receivers: each value is received by one of them, in the order in which the values were sent.
//!
//! [`channel`] is unbounded: [`send`](Sender::send) never waits. [`bounded`](fn@bounded) holds a fixed number of values, and
//! [`send`](BoundedSender::send) waits for room. Receivers are cloned to share the work; they receive through `&self`.
//! Futures have their types in [`unbounded`] and [`bounded`](mod@bounded).
//!
//! # Promises
//!
//! - A value that was sent is received once or dropped once, whatever the order in which handles and futures are dropped.
//! - When the last receiver is dropped, unread values are dropped at once, even if dropping one of them panics.
//! - Receivers that wait are woken first come, first served, one for each value. A receiver that was woken and then dropped
//!   passes its wake on; one that was woken and then forgotten absorbs that wake alone: the next value wakes the next
//!   receiver, and a receiver that leaves values behind wakes another.
//! - Senders that wait are served first come, first served, in the same call that makes room: a `try_send` never overtakes
//!   them, and one that was served and then forgotten holds back nobody.
//! - Either end may close the channel for all. Once it is closed, or all senders are dropped, receivers get what is left and
//!   then the end, which is final.
//! - Wakers and values are cloned, woken and dropped with no lock held: they may call back into the channel.
//! - Waiting allocates nothing once the channel has seen its usual number of waiters.
//!
//! A loop over a channel that is never empty does not yield to other tasks: who wants that yields in the loop.
//!
//! # How it works
//!
//! One lock guards a queue, the lists of those who wait, and everything else that the handles share. A section under it is
//! short; who is to be woken is taken out of a list inside and woken after it.
//!
//! ```text
//!             nothing there              a value came, or was left behind
//!   RECEIVING ────────────▶ WAITING ─────────────────────────────────────▶ WOKEN     | state   | the list has |
//!     │   ▲                    │                                            │ │ │    | WAITING | its waker    |
//!     │   │                    └ dropped ─▶ gone   ◀── dropped: wakes ──────┘ │ │    | WOKEN   | nothing      |
//!     │   └──────────────────────── polled, another was faster ──────────────┘ │    | others  | nothing      |
//!     └ a value, or the end ─▶ DONE ◀──────────── polled ──────────────────────┘
//! ```
//!
//! A wake is a hint that something may be there, never the value itself: that stays in the queue for whoever comes first.
//! So there is nothing that a receiver could take with it when it is dropped or forgotten.
//!
//! The life of a `send` that waits is that of the [bounded `mpsc`](mod@crate::mpsc::bounded): it leaves its value in the list,
//! and whoever makes room moves it into the queue before the lock is released.
//!
//! # Who owns what
//!
//! | what | while | belongs to |
//! |---|---|---|
//! | the queue, the permits, the counts of handles | always | who has the lock |
//! | a value | its `send` has not begun to wait | the future |
//! | | it is in the list of senders, or in the queue | who has the lock |
//! | | it was taken out: received, given back, or evicted | who took it out, for the time after the lock |
//! | a waker | its task waits in a list | who has the lock |
//! | | it was taken out or replaced | who did that, to wake or drop it after the lock |
//! | the key of an entry in a list | always | the future or handle that waits; it fits nothing once the entry is out |
//!
//! # Why a lock
//!
//! The ring of the bounded `mpsc` lives on its one receiver, which alone moves the head. With many receivers each receive
//! would claim its slot, as each send does, and could then find it claimed and not yet written, behind a sender that sleeps;
//! to evict the oldest value would be a third party to every slot. One section sees values, permits and who waits at once;
//! a message takes two of them, which with nobody waiting is twice the instructions of `mpsc`.
//!
//! # Examples
//!
//! ```
//! use channels::mpmc;
//! use futures_lite::future::{block_on, zip};
//!
//! let (sender, receiver) = mpmc::channel();
//! (1..=10).for_each(|number| sender.send(number).expect("a receiver is there"));
//! drop(sender);
//! let work = async |receiver: mpmc::Receiver<u32>| {
//!     let mut sum = 0;
//!     while let Some(number) = receiver.recv().await {
//!         sum += number;
//!     }
//!     sum
//! };
//! let (mine, yours) = block_on(zip(work(receiver.clone()), work(receiver)));
//! assert_eq!(mine + yours, 55);
//! ```

pub mod bounded;
pub mod unbounded;

mod shared;
mod state;

mod futures;
mod receiver_handle;
mod sender_handle;

pub use crate::error::{SendError, TryRecvError, TrySendError};
pub use bounded::{
    BoundedReceiver, BoundedSender, OwnedPermit, Permit, Permits, PollSender, WeakBoundedSender, bounded,
};
pub use unbounded::{Receiver, Sender, WeakSender, channel};
