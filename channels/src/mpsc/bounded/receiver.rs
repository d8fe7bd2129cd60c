//! The receiving side.

use alloc::vec::Vec;
use core::fmt;
use core::future::Future;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::{FusedFuture, FusedStream, Stream};

use super::inbox::Inbox;
use super::shared::Shared;
use crate::error::TryRecvError;
use crate::sync::{Arc, Exclusive};

/// Receives the values of a bounded channel; a [`Stream`] of them. See [`bounded`](fn@super::bounded).
pub struct BoundedReceiver<T> {
    inbox: Inbox<T>,
    /// The end was returned.
    has_ended: bool,
}

impl<T> BoundedReceiver<T> {
    pub(super) fn new(shared: Arc<Shared<T>>) -> Self {
        Self {
            inbox: Inbox::new(shared),
            has_ended: false,
        }
    }

    /// Waits for the next value; `None` once the channel has ended: all senders are gone, or it was closed, and all is read.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing: a value leaves the channel only in the poll that returns it.
    #[inline]
    pub fn recv(&mut self) -> RecvFuture<'_, T> {
        RecvFuture {
            receiver: self,
            is_waiting: false,
            is_done: false,
        }
    }

    /// Receives the next value if there is one now.
    ///
    /// At a rendezvous that is the value of the first sender that waits. A value whose sender is in the middle of sending it
    /// is not there yet.
    ///
    /// # Errors
    ///
    /// [`TryRecvError::Empty`] if there is none yet, [`TryRecvError::Closed`] once the channel has ended.
    #[inline]
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        let received = self.inbox.try_recv();
        self.has_ended |= matches!(received, Err(TryRecvError::Closed));
        received
    }

    /// Polls for the next value; `None` once the channel has ended. Only the waker of the last call is woken.
    #[inline]
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        if let Some(value) = self.inbox.take() {
            return Poll::Ready(Some(value));
        }
        let received = ready!(self.inbox.poll_empty(cx));
        self.has_ended |= received.is_none();
        Poll::Ready(received)
    }

    /// Waits until there is a value, then appends what is there, and what senders wait to send, to `buffer`, at most `limit`
    /// values; returns how many. 0 means that the channel has ended, or that `limit` is 0.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing: values leave the channel only in the poll that returns their number.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_lite::future::block_on(async {
    /// let (sender, mut receiver) = channels::mpsc::bounded(8);
    /// for number in 1..=5 {
    ///     sender.try_send(number).expect("the receiver is there");
    /// }
    /// let mut batch = Vec::new();
    /// assert_eq!(receiver.recv_many(&mut batch, 3).await, 3);
    /// assert_eq!(batch, [1, 2, 3]);
    /// # });
    /// ```
    pub fn recv_many<'a>(&'a mut self, buffer: &'a mut Vec<T>, limit: usize) -> RecvManyFuture<'a, T> {
        RecvManyFuture {
            recv: self.recv(),
            buffer: Exclusive::new(buffer),
            limit,
        }
    }

    /// Looks at the next value without receiving it; `None` if there is none now. It still takes up room.
    ///
    /// At a rendezvous there is none, unless it was given to a receive that was then cancelled.
    pub fn peek(&mut self) -> Option<&T> {
        self.inbox.peek()
    }

    /// Closes the channel: senders fail from now on, also those who wait; what was sent before can still be received.
    ///
    /// # Examples
    ///
    /// ```
    /// use channels::mpsc::{self, TryRecvError};
    ///
    /// let (sender, mut receiver) = mpsc::bounded(8);
    /// sender.try_send(1).expect("the receiver is there");
    /// receiver.close();
    /// assert!(sender.try_send(2).is_err());
    /// assert_eq!(receiver.try_recv(), Ok(1));
    /// assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    /// ```
    pub fn close(&mut self) {
        self.inbox.close();
    }

    /// Whether no more values can be sent: the receiver was closed, or all senders are gone.
    pub fn is_closed(&self) -> bool {
        self.inbox.shared().is_closed_by_receiver() || self.inbox.shared().sender_count() == 0
    }

    /// Whether no value waits to be received.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of values that wait to be received, without those of senders that wait for room.
    pub fn len(&self) -> usize {
        self.inbox.shared().len()
    }

    /// The number of values that the channel can hold.
    pub fn capacity(&self) -> usize {
        self.inbox.shared().capacity()
    }

    /// The number of senders of this channel.
    pub fn sender_count(&self) -> usize {
        self.inbox.shared().sender_count()
    }
}

impl<T> Stream for BoundedReceiver<T> {
    type Item = T;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        self.get_mut().poll_recv(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len(), None)
    }
}

impl<T> FusedStream for BoundedReceiver<T> {
    fn is_terminated(&self) -> bool {
        self.has_ended
    }
}

impl<T> fmt::Debug for BoundedReceiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoundedReceiver").finish_non_exhaustive()
    }
}

impl<T> Unpin for BoundedReceiver<T> {}
// A panic leaves no half-done change behind: no user code runs inside one.
impl<T> UnwindSafe for BoundedReceiver<T> {}
impl<T> RefUnwindSafe for BoundedReceiver<T> {}

/// The future of [`BoundedReceiver::recv`].
#[must_use = "futures do nothing unless they are awaited or polled"]
pub struct RecvFuture<'a, T> {
    receiver: &'a mut BoundedReceiver<T>,
    is_waiting: bool,
    is_done: bool,
}

impl<T> Future for RecvFuture<'_, T> {
    type Output = Option<T>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let this = self.get_mut();
        let polled = this.receiver.poll_recv(cx);
        this.is_done = polled.is_ready();
        this.is_waiting = polled.is_pending();
        polled
    }
}

impl<T> FusedFuture for RecvFuture<'_, T> {
    fn is_terminated(&self) -> bool {
        self.is_done
    }
}

impl<T> Drop for RecvFuture<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if self.is_waiting {
            self.receiver.inbox.cancel();
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

/// The future of [`BoundedReceiver::recv_many`].
#[must_use = "futures do nothing unless they are awaited or polled"]
pub struct RecvManyFuture<'a, T> {
    recv: RecvFuture<'a, T>,
    buffer: Exclusive<&'a mut Vec<T>>,
    limit: usize,
}

impl<T> Future for RecvManyFuture<'_, T> {
    type Output = usize;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<usize> {
        let this = self.get_mut();
        if this.limit == 0 {
            this.recv.is_done = true;
            return Poll::Ready(0);
        }
        let Some(first) = ready!(Pin::new(&mut this.recv).poll(cx)) else {
            return Poll::Ready(0);
        };
        let buffer = this.buffer.get_mut();
        buffer.push(first);
        Poll::Ready(1 + this.recv.receiver.inbox.take_into(buffer, this.limit - 1))
    }
}

impl<T> FusedFuture for RecvManyFuture<'_, T> {
    fn is_terminated(&self) -> bool {
        self.recv.is_done
    }
}

impl<T> fmt::Debug for RecvManyFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecvManyFuture").finish_non_exhaustive()
    }
}

impl<T> UnwindSafe for RecvManyFuture<'_, T> {}
impl<T> RefUnwindSafe for RecvManyFuture<'_, T> {}
