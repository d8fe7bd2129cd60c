//! A sender for code that polls.

use core::fmt;
use core::task::{Context, Poll, ready};

use super::{Reservation, Reserve};
use crate::error::SendError;

/// Sends with [`poll_reserve`](Self::poll_reserve) and [`send_item`](Self::send_item). See
/// [`into_poll_sender`](crate::mpsc::BoundedSender::into_poll_sender).
///
/// With the feature `futures-sink` it is a `Sink`: what was sent needs no flush, and closing gives back the room that was
/// reserved; the channel ends when the sink is dropped.
pub struct PollSender<S: Reserve> {
    sender: S,
    /// `Done` if room is reserved.
    reservation: Reservation,
}

impl<S: Reserve> PollSender<S> {
    pub(crate) fn new(sender: S) -> Self {
        Self {
            sender,
            reservation: Reservation::New,
        }
    }

    /// Polls for room for one value; it stays reserved until it is used. Only the waker of the last call is woken.
    ///
    /// # Errors
    ///
    /// [`SendError::ReceiverDropped`] if the channel was closed, or nobody is left to receive.
    ///
    /// # Cancel safety
    ///
    /// To stop polling loses nothing, but the place in the queue of those who wait is kept: once it is served, the room is
    /// this sender's until it is used or [given back](Self::abort_reserve).
    pub fn poll_reserve(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SendError<()>>> {
        if self.reservation.is_done() {
            return Poll::Ready(Ok(()));
        }
        let reserved = ready!(self.reservation.poll(&self.sender, 1, cx));
        if reserved.is_err() {
            self.reservation = Reservation::New;
        }
        Poll::Ready(reserved)
    }

    /// Sends a value into the room that was reserved.
    ///
    /// # Errors
    ///
    /// [`SendError::ReceiverDropped`] gives the value back if the channel was closed meanwhile, or nobody is left to receive.
    ///
    /// # Panics
    ///
    /// Panics if [`poll_reserve`](Self::poll_reserve) has not reserved room for this value.
    pub fn send_item(&mut self, value: S::Item) -> Result<(), SendError<S::Item>> {
        assert!(
            self.reservation.is_done(),
            "an item was sent for which no room was reserved"
        );
        self.reservation = Reservation::New;
        self.sender.send_reserved(value)
    }

    /// Gives back the room that was reserved, or stops waiting for it.
    pub fn abort_reserve(&mut self) {
        let is_reserved = self.reservation.is_done();
        self.reservation.cancel(&self.sender, 1);
        self.reservation = Reservation::New;
        if is_reserved {
            self.sender.release(1);
        }
    }

    /// The sender itself, for what needs no room.
    pub fn get_ref(&self) -> &S {
        &self.sender
    }
}

/// The clone has nothing reserved.
impl<S: Reserve + Clone> Clone for PollSender<S> {
    fn clone(&self) -> Self {
        Self::new(self.sender.clone())
    }
}

impl<S: Reserve> Drop for PollSender<S> {
    fn drop(&mut self) {
        self.abort_reserve();
    }
}

impl<S: Reserve> fmt::Debug for PollSender<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PollSender").finish_non_exhaustive()
    }
}

/// Fails with the item, if there was one.
#[cfg(feature = "futures-sink")]
impl<S: Reserve> futures_sink::Sink<S::Item> for PollSender<S> {
    type Error = SendError<Option<S::Item>>;

    fn poll_ready(self: core::pin::Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        let reserved = ready!(self.get_mut().poll_reserve(cx));
        Poll::Ready(reserved.map_err(|_closed| SendError::ReceiverDropped(None)))
    }

    fn start_send(self: core::pin::Pin<&mut Self>, item: S::Item) -> Result<(), Self::Error> {
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
