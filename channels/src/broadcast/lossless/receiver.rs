//! The receiving side of both lossless channels.

use alloc::vec::Vec;
use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::{FusedFuture, FusedStream, Stream};

use crate::broadcast::RecvError;
use crate::broadcast::receiver_handle::ReceiverHandle;
use crate::error::{Closed, TryRecvError};

/// Receives every message that is sent while it is there; a [`Stream`] of them.
///
/// Its clone reads on from the same place. The last receiver to read a message gets the value itself, the others get
/// clones; a message that only this receiver still had to read is dropped with it.
pub struct Receiver<T> {
    handle: ReceiverHandle<T>,
    /// The end was returned.
    has_ended: bool,
}

impl<T> Receiver<T> {
    pub(super) fn new(handle: ReceiverHandle<T>) -> Self {
        Self {
            handle,
            has_ended: false,
        }
    }

    /// The number of messages that this receiver has to read.
    pub fn len(&self) -> usize {
        self.handle.len()
    }

    /// Whether this receiver has read all that is there.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T: Clone> Receiver<T> {
    /// Waits for the next message.
    ///
    /// # Errors
    ///
    /// [`Closed`] once all senders are gone and this receiver has read all.
    ///
    /// # Panics
    ///
    /// Passes on a panic of `T::clone`. That message is then lost to this receiver; the channel stays as usable as before.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing: a receiver moves on only in the poll that returns the message.
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
    /// [`TryRecvError::Empty`] if there is none yet, [`TryRecvError::Closed`] once the channel has ended.
    #[inline]
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        if let Some(value) = self.handle.published() {
            return Ok(value);
        }
        match self.handle.find() {
            Poll::Ready(found) => self.settle(found).map_err(|Closed| TryRecvError::Closed),
            Poll::Pending => Err(TryRecvError::Empty),
        }
    }

    /// Polls for the next message, as [`recv`](Self::recv) does. Only the waker of the last call is woken.
    #[inline]
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, Closed>> {
        match self.handle.published() {
            Some(value) => Poll::Ready(Ok(value)),
            None => self.poll_find(cx),
        }
    }

    /// At the border of a block, and when there is nothing to read.
    #[cold]
    fn poll_find(&mut self, cx: &Context<'_>) -> Poll<Result<T, Closed>> {
        self.handle.poll_find(cx).map(|found| self.settle(found))
    }

    fn settle(&mut self, found: Result<T, RecvError>) -> Result<T, Closed> {
        found.map_err(|error| {
            debug_assert_eq!(error, RecvError::Closed, "a lossless channel evicts nothing");
            self.has_ended = true;
            Closed
        })
    }

    /// Waits until there is a message, then appends what is there to `buffer`, at most `limit` messages; returns how many.
    /// 0 means that the channel has ended, or that `limit` is 0.
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

    fn poll_recv_many(&mut self, cx: &mut Context<'_>, buffer: &mut Vec<T>, limit: usize) -> Poll<usize> {
        if limit == 0 {
            return Poll::Ready(0);
        }
        let Ok(first) = ready!(self.poll_recv(cx)) else {
            return Poll::Ready(0);
        };
        buffer.push(first);
        let mut count = 1;
        while count < limit
            && let Poll::Ready(Ok(value)) = self.handle.try_next()
        {
            buffer.push(value);
            count += 1;
        }
        Poll::Ready(count)
    }
}

impl<T: Clone> Stream for Receiver<T> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_recv(cx).map(Result::ok)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len(), None)
    }
}

impl<T: Clone> FusedStream for Receiver<T> {
    fn is_terminated(&self) -> bool {
        self.has_ended
    }
}

/// The clone has read exactly what the original has read.
impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        Self {
            handle: self.handle.clone(),
            has_ended: self.has_ended,
        }
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}

// A panic leaves no half-done change behind: no user code runs inside one.
impl<T> UnwindSafe for Receiver<T> {}
impl<T> RefUnwindSafe for Receiver<T> {}

/// The future of [`Receiver::recv`].
#[must_use = "futures do nothing unless they are awaited or polled"]
pub struct RecvFuture<'a, T> {
    receiver: &'a mut Receiver<T>,
    is_done: bool,
}

impl<T: Clone> Future for RecvFuture<'_, T> {
    type Output = Result<T, Closed>;

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

/// The future of [`Receiver::recv_many`].
#[must_use = "futures do nothing unless they are awaited or polled"]
pub struct RecvManyFuture<'a, T> {
    receiver: &'a mut Receiver<T>,
    buffer: &'a mut Vec<T>,
    limit: usize,
    is_done: bool,
}

impl<T: Clone> Future for RecvManyFuture<'_, T> {
    type Output = usize;

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
