//! The receiving side.

use alloc::vec::Vec;
use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::{FusedFuture, FusedStream, Stream};

use super::TryRecvError;
use crate::broadcast::receiver_handle::ReceiverHandle;
use crate::broadcast::{Lagged, RecvError};

/// Receives messages as long as it is fast enough; a [`Stream`] of them, and of how many it has missed.
///
/// Its clone reads on from the same place. The last receiver to read a message gets the value itself, the others get
/// clones.
pub struct OverwritingReceiver<T> {
    handle: ReceiverHandle<T>,
    /// The end was returned.
    has_ended: bool,
}

impl<T> OverwritingReceiver<T> {
    pub(super) fn new(handle: ReceiverHandle<T>) -> Self {
        Self {
            handle,
            has_ended: false,
        }
    }

    /// The number of messages that this receiver has to read, without those that it has missed.
    pub fn len(&self) -> usize {
        self.handle.len()
    }

    /// Whether this receiver has read all that is there.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T: Clone> OverwritingReceiver<T> {
    /// Waits for the next message.
    ///
    /// # Errors
    ///
    /// [`RecvError::Lagged`] if messages were replaced that this receiver had not read: how many, told once and before any
    /// other message. The next call returns the oldest message that is kept.
    ///
    /// [`RecvError::Closed`] once all senders are gone and this receiver has read all.
    ///
    /// # Panics
    ///
    /// Passes on a panic of `T::clone`. That message is then lost to this receiver; the channel stays as usable as before.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing: a receiver moves on only in the poll that returns the message or the lag.
    pub fn recv(&mut self) -> RecvFuture<'_, T> {
        RecvFuture {
            receiver: self,
            is_done: false,
        }
    }

    /// Receives the next message if there is one now.
    ///
    /// # Errors
    ///
    /// Those of [`recv`](Self::recv), and [`TryRecvError::Empty`] if there is no message yet.
    #[inline]
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        if let Some(value) = self.handle.readable() {
            return Ok(value);
        }
        match self.handle.find() {
            Poll::Ready(Ok(value)) => Ok(value),
            Poll::Ready(Err(RecvError::Lagged(missed))) => Err(TryRecvError::Lagged(missed)),
            Poll::Ready(Err(RecvError::Closed)) => {
                self.has_ended = true;
                Err(TryRecvError::Closed)
            }
            Poll::Pending => Err(TryRecvError::Empty),
        }
    }

    /// Polls for the next message, as [`recv`](Self::recv) does. Only the waker of the last call is woken.
    #[inline]
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, RecvError>> {
        match self.handle.readable() {
            Some(value) => Poll::Ready(Ok(value)),
            None => self.poll_find(cx),
        }
    }

    /// At the border of a block, after a lag, and when there is nothing to read.
    #[cold]
    fn poll_find(&mut self, cx: &Context<'_>) -> Poll<Result<T, RecvError>> {
        let found = self.handle.poll_find(cx);
        self.has_ended = matches!(found, Poll::Ready(Err(RecvError::Closed)));
        found
    }

    /// Waits until there is a message, then appends what is there to `buffer`, at most `limit` messages; returns how many.
    /// 0 means that the channel has ended, or that `limit` is 0.
    ///
    /// # Errors
    ///
    /// [`Lagged`] if messages were missed before the first; nothing is appended then. If some are missed in between, it
    /// stops there, and the next call tells.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing: messages are received only in the poll that returns their number.
    pub fn recv_many<'a>(&'a mut self, buffer: &'a mut Vec<T>, limit: usize) -> RecvManyFuture<'a, T> {
        RecvManyFuture {
            receiver: self,
            buffer,
            limit,
            is_done: false,
        }
    }

    fn poll_recv_many(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut Vec<T>,
        limit: usize,
    ) -> Poll<Result<usize, Lagged>> {
        if limit == 0 {
            return Poll::Ready(Ok(0));
        }
        match ready!(self.poll_recv(cx)) {
            Ok(first) => buffer.push(first),
            Err(RecvError::Lagged(missed)) => return Poll::Ready(Err(Lagged(missed))),
            Err(RecvError::Closed) => return Poll::Ready(Ok(0)),
        }
        let mut count = 1;
        while count < limit
            && let Some(value) = self.handle.next_without_lag()
        {
            buffer.push(value);
            count += 1;
        }
        Poll::Ready(Ok(count))
    }
}

impl<T: Clone> Stream for OverwritingReceiver<T> {
    type Item = Result<T, Lagged>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match ready!(self.get_mut().poll_recv(cx)) {
            Ok(value) => Poll::Ready(Some(Ok(value))),
            Err(RecvError::Lagged(missed)) => Poll::Ready(Some(Err(Lagged(missed)))),
            Err(RecvError::Closed) => Poll::Ready(None),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        // What is there may still be replaced; then one item tells of it.
        (self.len().min(1), None)
    }
}

impl<T: Clone> FusedStream for OverwritingReceiver<T> {
    fn is_terminated(&self) -> bool {
        self.has_ended
    }
}

/// The clone has read exactly what the original has read.
impl<T> Clone for OverwritingReceiver<T> {
    fn clone(&self) -> Self {
        Self {
            handle: self.handle.clone(),
            has_ended: self.has_ended,
        }
    }
}

impl<T> fmt::Debug for OverwritingReceiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OverwritingReceiver").finish_non_exhaustive()
    }
}

// A panic leaves no half-done change behind: no user code runs inside one.
impl<T> UnwindSafe for OverwritingReceiver<T> {}
impl<T> RefUnwindSafe for OverwritingReceiver<T> {}

/// The future of [`OverwritingReceiver::recv`].
#[must_use = "futures do nothing unless they are awaited or polled"]
pub struct RecvFuture<'a, T> {
    receiver: &'a mut OverwritingReceiver<T>,
    is_done: bool,
}

impl<T: Clone> Future for RecvFuture<'_, T> {
    type Output = Result<T, RecvError>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let received = this.receiver.poll_recv(cx);
        this.is_done = received.is_ready();
        received
    }
}

impl<T: Clone> FusedFuture for RecvFuture<'_, T> {
    fn is_terminated(&self) -> bool {
        self.is_done
    }
}

impl<T> Drop for RecvFuture<'_, T> {
    fn drop(&mut self) {
        if !self.is_done {
            self.receiver.handle.stop_waiting();
        }
    }
}

impl<T> fmt::Debug for RecvFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecvFuture").finish_non_exhaustive()
    }
}

impl<T> UnwindSafe for RecvFuture<'_, T> {}
impl<T> RefUnwindSafe for RecvFuture<'_, T> {}

/// The future of [`OverwritingReceiver::recv_many`].
#[must_use = "futures do nothing unless they are awaited or polled"]
pub struct RecvManyFuture<'a, T> {
    receiver: &'a mut OverwritingReceiver<T>,
    buffer: &'a mut Vec<T>,
    limit: usize,
    is_done: bool,
}

impl<T: Clone> Future for RecvManyFuture<'_, T> {
    type Output = Result<usize, Lagged>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let received = this.receiver.poll_recv_many(cx, this.buffer, this.limit);
        this.is_done = received.is_ready();
        received
    }
}

impl<T: Clone> FusedFuture for RecvManyFuture<'_, T> {
    fn is_terminated(&self) -> bool {
        self.is_done
    }
}

impl<T> Drop for RecvManyFuture<'_, T> {
    fn drop(&mut self) {
        self.receiver.handle.stop_waiting();
    }
}

impl<T> fmt::Debug for RecvManyFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecvManyFuture").finish_non_exhaustive()
    }
}

impl<T> UnwindSafe for RecvManyFuture<'_, T> {}
impl<T> RefUnwindSafe for RecvManyFuture<'_, T> {}
