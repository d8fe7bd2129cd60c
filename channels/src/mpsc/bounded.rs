//! The bounded channel: [`send`](BoundedSender::send) waits for room.
//!
//! A ring of slots, which sending and receiving pass without a lock: two read-modify-writes to send, one to receive, and
//! nobody spins. Whatever waits for room does so under a lock; it is taken only where somebody waits or reserves.
//!
//! # A slot
//!
//! Each value has a *position*: positions count up, and lap after lap they go through the slots. A slot's `state` is the
//! position that it serves, and flags:
//!
//! ```text
//!            claims the tail          FULL                 position + 1 lap
//!   free(p) ────────────────▶ claimed(p) ─────▶ full(p) ────────────────────▶ free(p + lap)
//!            one sender                 that sender        the receiver
//!
//!   AWAITED  the receiver waits for just this value        set by the receiver, read by the sender that sets FULL
//!   OWED     its place is promised to senders that wait    set and cleared under the lock, read by the receiver that
//!            frees it; while it is set, nobody claims the slot without the lock
//!   GONE     the receiver has left                         set by the receiver, read by the sender that sets FULL
//! ```
//!
//! That a slot is claimed stands in `tail` alone: `tail` has passed it. The flags of `tail`:
//!
//! ```text
//!   PARKED   the receiver waits at an empty ring     set by it; cleared by it, the next claim, or the last sender
//!   HELD     all places are given out under the lock set and cleared under the lock
//!   CLOSED   nothing is sent any more                set by the receiver, for ever
//! ```
//!
//! # Who owns what
//!
//! | what | in the state | is reached by |
//! |---|---|---|
//! | a slot's value | free | nobody |
//! | | claimed | the sender that moved `tail` past it |
//! | | full | the receiver |
//! | | claimed, GONE | that sender, also after it has set FULL |
//! | `receiver`, a waker | PARKED | nobody: who clears PARKED takes it |
//! | | PARKED cleared by a claim | that sender, until it sets FULL |
//! | | PARKED cleared by the last sender | that sender |
//! | | otherwise | the receiver |
//! | `head` | always | written by the receiver, read by all |
//! | all that waits | always | who has the lock |
//!
//! # Waiting
//!
//! **The receiver** finds its slot without FULL. If `tail` is at the head, it parks there: the next claim must clear PARKED
//! and so cannot miss it. If the slot is claimed already, it leaves its waker under the lock and AWAITED on the slot, whose
//! sender cannot miss that when it sets FULL.
//!
//! **A sender** finds no room:
//!
//! ```text
//!              no room                room, in the same
//!   UNSENT ───────────────▶ QUEUED ────call that made it────▶ SENT     | state    | the value is           |
//!     │ │                     │ │                              ▲       | UNSENT   | in the future          |
//!     │ └─────── room ────────┼─┼──────────────────────────────┘       | QUEUED   | in the list of senders |
//!     │                       │ └──dropped──▶ GONE                     | SENT     | in a slot, or received |
//!     └──────── closed ───────┴─────────────▶ RETURNED                 | GONE     | dropped, after the lock |
//!                                                                      | RETURNED | the caller's again     |
//! ```
//!
//! It sets OWED on the slot at the tail, the one that it lacks. The flag outlives the value in that slot: the receiver, when
//! it frees the slot, leaves OWED there and takes the lock to move the value of the first sender in, and until then the
//! slot is no newcomer's. Before that moves the tail on, it sets OWED on the next slot if senders are left. So **senders
//! wait only while there is no room for the first of them**, nobody overtakes, and there is no wake that a cancelled sender
//! could swallow: a sender that is woken has been served. It finds that out without the lock: `served` has passed its
//! ticket. A mark that is left over costs one way through the lock.
//!
//! **Permits** are a number under the lock. While it is not 0, or one who wants permits is the first to wait, `tail` is HELD,
//! and a newcomer has room only if there is more than that. **A rendezvous** is HELD for ever; its ring has one slot, and there is room exactly while PARKED is set and no
//! permit stands for it.
//!
//! # Pairs
//!
//! | pair | release | acquire | what is known then |
//! |---|---|---|---|
//! | A | a sender sets FULL | the receiver reads it | the value is written, and the sender is done with `receiver` |
//! | B | the receiver frees a slot | a sender finds it free | the value of the lap before was read |
//! | C | the receiver sets PARKED | a claim, or the last sender, clears it | the waker is written |
//! | D | the last sender clears PARKED, set or not | the receiver sets or clears it | no sender is left |
//! | E | a sender leaves | the receiver finds none left | all that was sent is in its slots |
//! | F | who serves a sender moves `served` on | that sender reads it | its value is in its slot, or was received |
//!
//! # Tried before, and given up
//!
//! One short lock around a queue that grew as values came, with the senders that wait beside it. Its one invariant, that
//! senders wait only while the channel is full, is still this one's; but each send and each receive took the lock, and so
//! every message made its sender and the receiver meet there. To send a value and receive it, with nobody waiting, took 156
//! instructions, and takes 91. What it had for it is lost: memory is now taken for the whole capacity at once.

mod ring;
mod shared;

mod inbox;
mod waiting;

mod receiver;
mod sender;

mod permit;
mod weak;

pub use permit::{
    OwnedPermit, Permit, Permits, PollSender, ReserveFuture, ReserveManyFuture, ReserveOwnedFuture,
};
pub use receiver::{BoundedReceiver, RecvFuture, RecvManyFuture};
pub use sender::{BoundedSender, ClosedFuture, SendFuture};
pub use weak::WeakBoundedSender;

use crate::sync::Arc;
use ring::{CAPACITY_MAX, first_position};
use shared::Shared;

/// Creates a channel that holds at most `capacity` values. Memory is taken for all of them at once.
///
/// With capacity 0 it is a rendezvous: there is room exactly while a `recv` waits and was given no value yet, and a receive
/// takes its value from the first sender that waits. A value that was given to a `recv` which is then cancelled is the next
/// one received.
///
/// # Panics
///
/// Panics if `capacity` is greater than memory can be, a sixty-fourth of the numbers in a `usize`.
///
/// # Examples
///
/// ```
/// use channels::mpsc::{self, TrySendError};
///
/// let (sender, mut receiver) = mpsc::bounded(1);
/// futures_lite::future::block_on(async {
///     sender.send("first").await.expect("the receiver is there");
///     assert_eq!(sender.try_send("second"), Err(TrySendError::Full("second")));
///     assert_eq!(receiver.recv().await, Some("first"));
/// });
/// ```
pub fn bounded<T>(capacity: usize) -> (BoundedSender<T>, BoundedReceiver<T>) {
    assert!(
        capacity <= CAPACITY_MAX,
        "the capacity of a bounded channel must be at most {CAPACITY_MAX}"
    );
    let shared = Arc::new(Shared::new(capacity, first_position(capacity.max(1))));
    (
        BoundedSender::new(Arc::clone(&shared)),
        BoundedReceiver::new(shared),
    )
}

#[cfg(test)]
mod tests;
