//! Permits: room in a bounded channel that is reserved before there is a value.
//!
//! The senders of both bounded channels, [`mpsc`] and [`mpmc`], give them out. Each channel has names of its own for these
//! types: [`mpsc::Permit<'_, T>`](mpsc::Permit) is the [`Permit`] of an [`mpsc::BoundedSender<T>`](mpsc::BoundedSender).
//! Their auto traits are those of the sender.
//!
//! # How it works
//!
//! The channel counts its permits, and has room only for what they leave. A permit is one of that count: it has no slot and
//! no place in the queue, so there is nothing that a permit which is held, or forgotten, could delay but its own room.
//!
//! Whoever finds no room waits for it in the channel, first come, first served, among the senders that wait with a value:
//!
//! ```text
//!               no room           room, in the same
//!   NEW ────────────────▶ QUEUED ─call that made it─▶ SERVED ─polled─▶ DONE     | state  | the permits are |
//!    │                      │                           │               ▲       | SERVED | the channel's   |
//!    │                      └─dropped──▶ gone ◀─dropped─┘               │       | DONE   | their owner's   |
//!    │                                   gives them back                │       | others | not there       |
//!    └────────────────────────── room, or closed ───────────────────────┘
//! ```

mod futures;
mod permits;
mod poll_sender;

pub use futures::{ReserveFuture, ReserveManyFuture, ReserveOwnedFuture};
pub use permits::{OwnedPermit, Permit, Permits};
pub use poll_sender::PollSender;

use core::mem;
use core::task::{Context, Poll, ready};

use crate::error::SendError;
use crate::wait_list::Key;
#[cfg(doc)]
use crate::{mpmc, mpsc};

/// A sender that gives out permits: [`mpsc::BoundedSender`] and [`mpmc::BoundedSender`], and no other.
#[expect(
    private_bounds,
    reason = "what is asked of a sender is the crate's own: nobody else can implement this"
)]
pub trait Reserve: Room<<Self as Reserve>::Item> + Unpin {
    /// What it sends.
    type Item;
}

/// What permits ask of their channel.
pub(crate) trait Room<T> {
    /// Gets so many permits, or waits for them in the channel, under the key that it returns.
    fn reserve_or_queue(&self, count: usize, cx: &Context<'_>) -> Result<Option<Key>, SendError<()>>;

    /// Polls for permits that are waited for: whether they were served, once they were, or the channel is closed. Then the
    /// wait is still to be given up.
    fn poll_reserved(&self, key: &Key, cx: &Context<'_>) -> Poll<bool>;

    /// Gives up waiting for so many permits, or gives them back if they were served meanwhile.
    fn forgo(&self, key: &Key, count: usize);

    /// Gives permits back.
    fn release(&self, count: usize);

    /// Sends a value in the place of a permit.
    fn send_reserved(&self, value: T) -> Result<(), SendError<T>>;
}

/// A wait for permits, which its owner polls and gives up with the sender at hand. See the picture in [the module](self).
enum Reservation {
    New,
    /// Or served.
    Queued(Key),
    /// Over: the permits, or the error, are the owner's.
    Done,
}

impl Reservation {
    fn poll<S: Reserve>(
        &mut self,
        sender: &S,
        count: usize,
        cx: &Context<'_>,
    ) -> Poll<Result<(), SendError<()>>> {
        let reserved = match self {
            Self::New => match sender.reserve_or_queue(count, cx) {
                Ok(Some(key)) => {
                    *self = Self::Queued(key);
                    return Poll::Pending;
                }
                Ok(None) => Ok(()),
                Err(closed) => Err(closed),
            },
            Self::Queued(key) => {
                if ready!(sender.poll_reserved(key, cx)) {
                    Ok(())
                } else {
                    // It ends before the waker is dropped, which may panic.
                    self.cancel(sender, count);
                    Err(SendError::ReceiverDropped(()))
                }
            }
            Self::Done => panic!("a reservation was polled after it was ready"),
        };
        *self = Self::Done;
        Poll::Ready(reserved)
    }

    /// Gives up the wait. Permits that were served meanwhile are given back.
    fn cancel<S: Reserve>(&mut self, sender: &S, count: usize) {
        if let Self::Queued(key) = mem::replace(self, Self::Done) {
            sender.forgo(&key, count);
        }
    }

    fn is_done(&self) -> bool {
        matches!(self, Self::Done)
    }
}
