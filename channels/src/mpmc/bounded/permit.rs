//! Permits: room that is reserved before there is a value.

use core::fmt;
use core::future::Future;
use core::iter::FusedIterator;
use core::mem;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::FusedFuture;

use super::{BoundedSender, Shared};
use crate::error::SendError;
use crate::wait_list::Key;

/// Room for one value. See [`BoundedSender::reserve`].
///
/// A permit is capacity, not a place in the queue: its value comes behind all that were sent before it. Dropping
/// it gives
/// the room back.
#[must_use = "a permit that is dropped gives its room back"]
pub struct Permit<'a, T> {
    shared: &'a Shared<T>,
}

impl<'a, T> Permit<'a, T> {
    /// For who holds a permit that was counted.
    pub(super) fn new(shared: &'a Shared<T>) -> Self {
        Self { shared }
    }

    /// Sends a value at once.
    ///
    /// # Errors
    ///
    /// [`SendError::ReceiverDropped`] gives the value back if all receivers were dropped or the channel was
    /// closed meanwhile.
    pub fn send(self, value: T) -> Result<(), SendError<T>> {
        let shared = self.shared;
        // The permit is used, not given back.
        mem::forget(self);
        shared.send_reserved(value)
    }
}

impl<T> Drop for Permit<'_, T> {
    fn drop(&mut self) {
        self.shared.release(1);
    }
}

impl<T> fmt::Debug for Permit<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").finish_non_exhaustive()
    }
}

// A panic leaves no half-done change behind: no user code runs inside one.
impl<T> UnwindSafe for Permit<'_, T> {}
impl<T> RefUnwindSafe for Permit<'_, T> {}

/// Room for several values: an iterator of [`Permit`]s. See [`BoundedSender::reserve_many`].
///
/// Dropping it gives back the room of those that were not taken.
#[must_use = "permits that are dropped give their room back"]
pub struct Permits<'a, T> {
    shared: &'a Shared<T>,
    left: usize,
}

impl<'a, T> Iterator for Permits<'a, T> {
    type Item = Permit<'a, T>;

    fn next(&mut self) -> Option<Permit<'a, T>> {
        self.left = self.left.checked_sub(1)?;
        Some(Permit::new(self.shared))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<T> ExactSizeIterator for Permits<'_, T> {}
impl<T> FusedIterator for Permits<'_, T> {}

impl<T> Drop for Permits<'_, T> {
    fn drop(&mut self) {
        if self.left > 0 {
            self.shared.release(self.left);
        }
    }
}

impl<T> fmt::Debug for Permits<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permits").field("left", &self.left).finish()
    }
}

impl<T> UnwindSafe for Permits<'_, T> {}
impl<T> RefUnwindSafe for Permits<'_, T> {}

/// Room for one value, and the sender itself. See [`BoundedSender::reserve_owned`].
#[must_use = "a permit that is dropped gives its room back"]
pub struct OwnedPermit<T> {
    /// `None` once the permit was used or given back.
    sender: Option<BoundedSender<T>>,
}

impl<T> OwnedPermit<T> {
    /// Sends a value at once, and returns the sender.
    ///
    /// # Errors
    ///
    /// [`SendError::ReceiverDropped`] gives the value back if all receivers were dropped or the channel was
    /// closed meanwhile; the sender is
    /// dropped.
    #[expect(
        clippy::missing_panics_doc,
        reason = "the sender is taken only here, where the permit ends"
    )]
    pub fn send(mut self, value: T) -> Result<BoundedSender<T>, SendError<T>> {
        let sender = self
            .sender
            .take()
            .expect("it is taken only where the permit ends");
        sender.shared().send_reserved(value)?;
        Ok(sender)
    }

    /// Gives the room back, and returns the sender.
    #[expect(
        clippy::missing_panics_doc,
        reason = "the sender is taken only here, where the permit ends"
    )]
    pub fn release(mut self) -> BoundedSender<T> {
        let sender = self
            .sender
            .take()
            .expect("it is taken only where the permit ends");
        sender.shared().release(1);
        sender
    }
}

impl<T> Drop for OwnedPermit<T> {
    fn drop(&mut self) {
        if let Some(sender) = &self.sender {
            sender.shared().release(1);
        }
    }
}

impl<T> fmt::Debug for OwnedPermit<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedPermit").finish_non_exhaustive()
    }
}

impl<T> UnwindSafe for OwnedPermit<T> {}
impl<T> RefUnwindSafe for OwnedPermit<T> {}

/// A wait for permits, which its owner polls and gives up with the channel at hand.
pub(super) enum Reservation {
    /// Not polled yet.
    New,
    Queued(Key),
    /// Over: the permits, or the error, are the owner's.
    Done,
}

impl Reservation {
    pub(super) fn poll<T>(
        &mut self,
        shared: &Shared<T>,
        count: usize,
        cx: &Context<'_>,
    ) -> Poll<Result<(), SendError<()>>> {
        let polled = match self {
            Self::New => match shared.reserve_or_queue(count, cx) {
                Ok(Some(key)) => {
                    *self = Self::Queued(key);
                    Poll::Pending
                }
                Ok(None) => Poll::Ready(Ok(())),
                Err(closed) => Poll::Ready(Err(closed)),
            },
            Self::Queued(key) => shared.poll_reserved(key, cx),
            Self::Done => panic!("a reservation was polled after it was ready"),
        };
        if polled.is_ready() {
            *self = Self::Done;
        }
        polled
    }

    /// Gives up the wait. Permits that were given meanwhile are given back.
    pub(super) fn cancel<T>(&mut self, shared: &Shared<T>, count: usize) {
        if let Self::Queued(key) = mem::replace(self, Self::Done) {
            shared.forgo(&key, count);
        }
    }

    fn is_done(&self) -> bool {
        matches!(self, Self::Done)
    }
}

/// The future of [`BoundedSender::reserve`].
#[must_use = "futures do nothing unless they are awaited or polled"]
pub struct ReserveFuture<'a, T> {
    many: ReserveManyFuture<'a, T>,
}

impl<'a, T> ReserveFuture<'a, T> {
    pub(super) fn new(shared: &'a Shared<T>) -> Self {
        Self {
            many: ReserveManyFuture::new(shared, 1),
        }
    }
}

/// # Panics
///
/// `poll` panics if the future was ready before.
impl<'a, T> Future for ReserveFuture<'a, T> {
    type Output = Result<Permit<'a, T>, SendError<()>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let many = &mut self.get_mut().many;
        ready!(many.reservation.poll(many.shared, 1, cx))?;
        Poll::Ready(Ok(Permit::new(many.shared)))
    }
}

impl<T> FusedFuture for ReserveFuture<'_, T> {
    fn is_terminated(&self) -> bool {
        self.many.is_terminated()
    }
}

impl<T> fmt::Debug for ReserveFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReserveFuture").finish_non_exhaustive()
    }
}

impl<T> UnwindSafe for ReserveFuture<'_, T> {}
impl<T> RefUnwindSafe for ReserveFuture<'_, T> {}

/// The future of [`BoundedSender::reserve_many`].
#[must_use = "futures do nothing unless they are awaited or polled"]
pub struct ReserveManyFuture<'a, T> {
    shared: &'a Shared<T>,
    count: usize,
    reservation: Reservation,
}

impl<'a, T> ReserveManyFuture<'a, T> {
    pub(super) fn new(shared: &'a Shared<T>, count: usize) -> Self {
        Self {
            shared,
            count,
            reservation: Reservation::New,
        }
    }
}

/// # Panics
///
/// `poll` panics if the future was ready before.
impl<'a, T> Future for ReserveManyFuture<'a, T> {
    type Output = Result<Permits<'a, T>, SendError<()>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        ready!(this.reservation.poll(this.shared, this.count, cx))?;
        Poll::Ready(Ok(Permits {
            shared: this.shared,
            left: this.count,
        }))
    }
}

impl<T> FusedFuture for ReserveManyFuture<'_, T> {
    fn is_terminated(&self) -> bool {
        self.reservation.is_done()
    }
}

impl<T> Drop for ReserveManyFuture<'_, T> {
    fn drop(&mut self) {
        self.reservation.cancel(self.shared, self.count);
    }
}

impl<T> fmt::Debug for ReserveManyFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReserveManyFuture").finish_non_exhaustive()
    }
}

impl<T> UnwindSafe for ReserveManyFuture<'_, T> {}
impl<T> RefUnwindSafe for ReserveManyFuture<'_, T> {}

/// The future of [`BoundedSender::reserve_owned`].
#[must_use = "futures do nothing unless they are awaited or polled"]
pub struct ReserveOwnedFuture<T> {
    /// `None` once the future was ready.
    sender: Option<BoundedSender<T>>,
    reservation: Reservation,
}

impl<T> ReserveOwnedFuture<T> {
    pub(super) fn new(sender: BoundedSender<T>) -> Self {
        Self {
            sender: Some(sender),
            reservation: Reservation::New,
        }
    }
}

/// # Panics
///
/// `poll` panics if the future was ready before.
impl<T> Future for ReserveOwnedFuture<T> {
    type Output = Result<OwnedPermit<T>, SendError<BoundedSender<T>>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let sender = this
            .sender
            .as_ref()
            .expect("a reservation was polled after it was ready");
        let reserved = ready!(this.reservation.poll(sender.shared(), 1, cx));
        let sender = this.sender.take().expect("it was there for the poll");
        Poll::Ready(match reserved {
            Ok(()) => Ok(OwnedPermit { sender: Some(sender) }),
            Err(SendError::ReceiverDropped(())) => Err(SendError::ReceiverDropped(sender)),
        })
    }
}

impl<T> FusedFuture for ReserveOwnedFuture<T> {
    fn is_terminated(&self) -> bool {
        self.reservation.is_done()
    }
}

impl<T> Drop for ReserveOwnedFuture<T> {
    fn drop(&mut self) {
        if let Some(sender) = &self.sender {
            self.reservation.cancel(sender.shared(), 1);
        }
    }
}

impl<T> fmt::Debug for ReserveOwnedFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReserveOwnedFuture").finish_non_exhaustive()
    }
}

impl<T> UnwindSafe for ReserveOwnedFuture<T> {}
impl<T> RefUnwindSafe for ReserveOwnedFuture<T> {}
