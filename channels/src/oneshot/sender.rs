use core::fmt;
use core::mem::ManuallyDrop;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::pin::Pin;
use core::task::{Context, Poll};

use super::SendError;
use super::shared::{Half, SENDER};

/// Sends the one value.
///
/// Dropping it unused tells the receiver that no value will come.
pub struct Sender<T> {
    /// `None` only while it is being used up.
    half: Option<Half<T, SENDER>>,
}

impl<T> Sender<T> {
    pub(super) fn new(half: Half<T, SENDER>) -> Self {
        Self { half: Some(half) }
    }

    /// Sends the value and wakes the receiver. It never waits.
    ///
    /// `Ok` does not mean that the value will be received: the receiver may still be dropped, and the value with it.
    ///
    /// # Errors
    ///
    /// [`SendError::ReceiverDropped`] with the value, if the receiver was dropped or closed.
    pub fn send(self, value: T) -> Result<(), SendError<T>> {
        // Nothing is left to drop: the half is used up.
        match ManuallyDrop::new(self).half.take() {
            Some(half) => half.send(value).map_err(SendError::ReceiverDropped),
            None => Err(SendError::ReceiverDropped(value)),
        }
    }

    /// Whether the receiver was dropped or closed, so that a `send` would fail.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.half.as_ref().is_none_or(Half::peer_has_ended)
    }

    /// Waits until the receiver is dropped or closed.
    ///
    /// It lets work stop whose result nobody wants any more.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing; the sender is as before.
    ///
    /// # Examples
    ///
    /// ```
    /// let (mut sender, receiver) = channels::oneshot::channel::<u32>();
    /// drop(receiver);
    /// pollster::block_on(sender.closed());
    /// assert!(sender.send(1).is_err());
    /// ```
    pub fn closed(&mut self) -> ClosedFuture<'_, T> {
        ClosedFuture { sender: self }
    }

    /// Polls for what [`closed`](Self::closed) waits for. The last waker given is the one that is woken.
    pub fn poll_closed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.half.as_mut().is_some_and(|half| half.watch(cx.waker())) {
            return Poll::Pending;
        }
        Poll::Ready(())
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        if let Some(half) = self.half.take() {
            half.abandon();
        }
    }
}

impl<T> UnwindSafe for Sender<T> {}
impl<T> RefUnwindSafe for Sender<T> {}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("is_closed", &self.is_closed())
            .finish()
    }
}

/// The future of [`Sender::closed`].
#[must_use = "a future does nothing unless it is polled"]
pub struct ClosedFuture<'a, T> {
    sender: &'a mut Sender<T>,
}

impl<T> Future for ClosedFuture<'_, T> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.sender.poll_closed(cx)
    }
}

impl<T> Drop for ClosedFuture<'_, T> {
    /// Lets go of the waker, and so of the task that waited.
    fn drop(&mut self) {
        if let Some(half) = &mut self.sender.half {
            drop(half.unwatch());
        }
    }
}

impl<T> UnwindSafe for ClosedFuture<'_, T> {}
impl<T> RefUnwindSafe for ClosedFuture<'_, T> {}

impl<T> fmt::Debug for ClosedFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClosedFuture")
            .field("sender", &self.sender)
            .finish()
    }
}
