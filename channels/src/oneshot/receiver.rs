use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::FusedFuture;

use super::shared::{Half, RECEIVER};
use super::{RecvError, TryRecvError};

/// Receives the one value: a future of it.
///
/// Dropping it drops a value that was sent and not received.
///
/// # Errors
///
/// The future's output is [`RecvError::SenderDropped`] if the sender was dropped without sending. It is so too after
/// [`close`](Self::close), and when the future is polled again after its end.
///
/// # Cancel safety
///
/// A value stays in the channel until the poll that returns it. Awaiting `&mut receiver`, and dropping that future, loses
/// nothing.
#[must_use = "a future does nothing unless it is polled"]
pub struct Receiver<T> {
    /// `None` once it has ended: it has returned the value, seen that none will come, or was closed.
    half: Option<Half<T, RECEIVER>>,
}

impl<T> Receiver<T> {
    pub(super) fn new(half: Half<T, RECEIVER>) -> Self {
        Self { half: Some(half) }
    }

    /// Receives the value if it is there.
    ///
    /// # Errors
    ///
    /// [`TryRecvError::Empty`] while the sender lives and has not sent. [`TryRecvError::Closed`] if no value will come, and
    /// also once the value was received.
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        match &self.half {
            Some(half) if !half.peer_has_ended() => Err(TryRecvError::Empty),
            Some(_) | None => self.finish().ok_or(TryRecvError::Closed),
        }
    }

    /// Refuses a value that is not sent yet, and tells the sender so.
    ///
    /// A value that was sent before can still be received.
    ///
    /// # Examples
    ///
    /// ```
    /// let (sender, mut receiver) = channels::oneshot::channel();
    /// receiver.close();
    /// assert_eq!(sender.send(5).unwrap_err().into_inner(), 5);
    /// ```
    pub fn close(&mut self) {
        if let Some(half) = self.half.take() {
            self.half = half.close().err();
        }
    }

    /// Ends this side, and returns the value if there is one.
    fn finish(&mut self) -> Option<T> {
        self.half.take()?.finish()
    }
}

impl<T> Future for Receiver<T> {
    type Output = Result<T, RecvError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.half.as_mut().is_some_and(|half| half.watch(cx.waker())) {
            return Poll::Pending;
        }
        Poll::Ready(self.finish().ok_or(RecvError::SenderDropped))
    }
}

impl<T> FusedFuture for Receiver<T> {
    fn is_terminated(&self) -> bool {
        self.half.is_none()
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        drop(self.finish());
    }
}

impl<T> UnwindSafe for Receiver<T> {}
impl<T> RefUnwindSafe for Receiver<T> {}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("is_terminated", &self.is_terminated())
            .finish()
    }
}
