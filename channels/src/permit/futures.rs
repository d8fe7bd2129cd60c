//! The futures that wait for room.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::FusedFuture;

use super::{OwnedPermit, Permit, Permits, Reservation, Reserve};
use crate::error::SendError;

/// The future of [`reserve`](crate::mpsc::BoundedSender::reserve).
#[must_use = "futures do nothing unless they are awaited or polled"]
pub struct ReserveFuture<'a, S: Reserve> {
    many: ReserveManyFuture<'a, S>,
}

impl<'a, S: Reserve> ReserveFuture<'a, S> {
    pub(crate) fn new(sender: &'a S) -> Self {
        Self {
            many: ReserveManyFuture::new(sender, 1),
        }
    }
}

/// # Panics
///
/// `poll` panics if the future was ready before.
impl<'a, S: Reserve> Future for ReserveFuture<'a, S> {
    type Output = Result<Permit<'a, S>, SendError<()>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let many = &mut self.get_mut().many;
        ready!(many.reservation.poll(many.sender, 1, cx))?;
        Poll::Ready(Ok(Permit::new(many.sender)))
    }
}

impl<S: Reserve> FusedFuture for ReserveFuture<'_, S> {
    fn is_terminated(&self) -> bool {
        self.many.is_terminated()
    }
}

impl<S: Reserve> fmt::Debug for ReserveFuture<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReserveFuture").finish_non_exhaustive()
    }
}

/// The future of [`reserve_many`](crate::mpsc::BoundedSender::reserve_many).
#[must_use = "futures do nothing unless they are awaited or polled"]
pub struct ReserveManyFuture<'a, S: Reserve> {
    sender: &'a S,
    count: usize,
    reservation: Reservation,
}

impl<'a, S: Reserve> ReserveManyFuture<'a, S> {
    pub(crate) fn new(sender: &'a S, count: usize) -> Self {
        Self {
            sender,
            count,
            reservation: Reservation::New,
        }
    }
}

/// # Panics
///
/// `poll` panics if the future was ready before.
impl<'a, S: Reserve> Future for ReserveManyFuture<'a, S> {
    type Output = Result<Permits<'a, S>, SendError<()>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        ready!(this.reservation.poll(this.sender, this.count, cx))?;
        Poll::Ready(Ok(Permits::new(this.sender, this.count)))
    }
}

impl<S: Reserve> FusedFuture for ReserveManyFuture<'_, S> {
    fn is_terminated(&self) -> bool {
        self.reservation.is_done()
    }
}

impl<S: Reserve> Drop for ReserveManyFuture<'_, S> {
    fn drop(&mut self) {
        self.reservation.cancel(self.sender, self.count);
    }
}

impl<S: Reserve> fmt::Debug for ReserveManyFuture<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReserveManyFuture").finish_non_exhaustive()
    }
}

/// The future of [`reserve_owned`](crate::mpsc::BoundedSender::reserve_owned).
#[must_use = "futures do nothing unless they are awaited or polled"]
pub struct ReserveOwnedFuture<S: Reserve> {
    /// `None` once the future was ready.
    sender: Option<S>,
    reservation: Reservation,
}

impl<S: Reserve> ReserveOwnedFuture<S> {
    pub(crate) fn new(sender: S) -> Self {
        Self {
            sender: Some(sender),
            reservation: Reservation::New,
        }
    }
}

/// # Panics
///
/// `poll` panics if the future was ready before.
impl<S: Reserve> Future for ReserveOwnedFuture<S> {
    type Output = Result<OwnedPermit<S>, SendError<S>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let sender = this
            .sender
            .as_ref()
            .expect("a reservation was polled after it was ready");
        let reserved = ready!(this.reservation.poll(sender, 1, cx));
        let sender = this.sender.take().expect("it was there for the poll");
        Poll::Ready(match reserved {
            Ok(()) => Ok(OwnedPermit::new(sender)),
            Err(SendError::ReceiverDropped(())) => Err(SendError::ReceiverDropped(sender)),
        })
    }
}

impl<S: Reserve> FusedFuture for ReserveOwnedFuture<S> {
    fn is_terminated(&self) -> bool {
        self.reservation.is_done()
    }
}

impl<S: Reserve> Drop for ReserveOwnedFuture<S> {
    fn drop(&mut self) {
        if let Some(sender) = &self.sender {
            self.reservation.cancel(sender, 1);
        }
    }
}

impl<S: Reserve> fmt::Debug for ReserveOwnedFuture<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReserveOwnedFuture").finish_non_exhaustive()
    }
}
