//! A sender for code that polls.

use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::task::{Context, Poll, ready};

use super::BoundedSender;
use super::permit::Reservation;
use crate::error::SendError;

/// Sends with [`poll_reserve`](Self::poll_reserve) and [`send_item`](Self::send_item). See
/// [`BoundedSender::into_poll_sender`].
///
/// With the feature `futures-sink` it is a `Sink`: what was sent needs no flush, and closing gives back the room
/// that was
/// reserved; the channel ends when the sink is dropped.
pub struct PollSender<T> {
    sender: BoundedSender<T>,
    /// `Done` if room is reserved.
    reservation: Reservation,
}

impl<T> PollSender<T> {
    pub(super) fn new(sender: BoundedSender<T>) -> Self {
        Self {
            sender,
            reservation: Reservation::New,
        }
    }

    /// Polls for room for one value; it stays reserved until it is used. Only the waker of the last call is woken.
    ///
    /// # Errors
    ///
    /// [`SendError::ReceiverDropped`] if all receivers were dropped or the channel was closed.
    ///
    /// # Cancel safety
    ///
    /// To stop polling loses nothing, but the place in the queue of those who wait is kept: once it is
    /// served, the room is
    /// this sender's until it is used or [given back](Self::abort_reserve).
    pub fn poll_reserve(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SendError<()>>> {
        if matches!(self.reservation, Reservation::Done) {
            return Poll::Ready(Ok(()));
        }
        let reserved = ready!(self.reservation.poll(self.sender.shared(), 1, cx));
        if reserved.is_err() {
            self.reservation = Reservation::New;
        }
        Poll::Ready(reserved)
    }

    /// Sends a value into the room that was reserved.
    ///
    /// # Errors
    ///
    /// [`SendError::ReceiverDropped`] gives the value back if all receivers were dropped or the channel was
    /// closed meanwhile.
    ///
    /// # Panics
    ///
    /// Panics if [`poll_reserve`](Self::poll_reserve) has not reserved room for this value.
    pub fn send_item(&mut self, value: T) -> Result<(), SendError<T>> {
        assert!(
            matches!(self.reservation, Reservation::Done),
            "an item was sent for which no room was reserved"
        );
        self.reservation = Reservation::New;
        self.sender.shared().send_reserved(value)
    }

    /// Gives back the room that was reserved, or stops waiting for it.
    pub fn abort_reserve(&mut self) {
        let shared = self.sender.shared();
        let is_reserved = matches!(self.reservation, Reservation::Done);
        self.reservation.cancel(shared, 1);
        self.reservation = Reservation::New;
        if is_reserved {
            shared.release(1);
        }
    }

    /// The sender itself, for what needs no room.
    pub fn get_ref(&self) -> &BoundedSender<T> {
        &self.sender
    }
}

/// The clone has nothing reserved.
impl<T> Clone for PollSender<T> {
    fn clone(&self) -> Self {
        Self::new(self.sender.clone())
    }
}

impl<T> Drop for PollSender<T> {
    fn drop(&mut self) {
        self.abort_reserve();
    }
}

impl<T> fmt::Debug for PollSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PollSender").finish_non_exhaustive()
    }
}

// A panic leaves no half-done change behind: no user code runs inside one.
impl<T> UnwindSafe for PollSender<T> {}
impl<T> RefUnwindSafe for PollSender<T> {}

/// Fails with the item, if there was one.
#[cfg(feature = "futures-sink")]
impl<T> futures_sink::Sink<T> for PollSender<T> {
    type Error = SendError<Option<T>>;

    fn poll_ready(self: core::pin::Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        let reserved = ready!(self.get_mut().poll_reserve(cx));
        Poll::Ready(reserved.map_err(|_closed| SendError::ReceiverDropped(None)))
    }

    fn start_send(self: core::pin::Pin<&mut Self>, item: T) -> Result<(), Self::Error> {
        let sent = self.get_mut().send_item(item);
        sent.map_err(|error| SendError::ReceiverDropped(Some(error.into_inner())))
    }

    fn poll_flush(self: core::pin::Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: core::pin::Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.get_mut().abort_reserve();
        Poll::Ready(Ok(()))
    }
}
