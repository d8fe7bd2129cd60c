//! The receiving side.

use alloc::vec::Vec;
use core::fmt;
use core::future::Future;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::{FusedFuture, FusedStream, Stream};

use super::Shared;
use crate::error::TryRecvError;
use crate::sync::{Arc, Exclusive};

/// Receives the values of an unbounded channel; a [`Stream`] of them. See [`channel`](super::channel).
pub struct Receiver<T> {
    shared: Arc<Shared<T>>,
    /// The value that was peeked at.
    peeked: Exclusive<Option<T>>,
    /// The end was returned.
    has_ended: bool,
}

impl<T> Receiver<T> {
    pub(super) fn new(shared: Arc<Shared<T>>) -> Self {
        Self {
            shared,
            peeked: Exclusive::new(None),
            has_ended: false,
        }
    }

    /// Waits for the next value; `None` once the channel has ended: all senders are gone, or it was closed, and all is read.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing: a value leaves the channel only in the poll that returns it.
    pub fn recv(&mut self) -> RecvFuture<'_, T> {
        RecvFuture {
            receiver: self,
            is_waiting: false,
            is_done: false,
        }
    }

    /// Receives the next value if there is one now.
    ///
    /// # Errors
    ///
    /// [`TryRecvError::Empty`] if there is none yet, [`TryRecvError::Closed`] once the channel has ended.
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        if let Some(value) = self.take_peeked() {
            return Ok(value);
        }
        let received = self.shared.try_recv();
        self.has_ended |= matches!(received, Err(TryRecvError::Closed));
        received
    }

    /// Polls for the next value; `None` once the channel has ended. Only the waker of the last call is woken.
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        if let Some(value) = self.take_peeked() {
            return Poll::Ready(Some(value));
        }
        let received = ready!(self.shared.poll_recv(cx));
        self.has_ended |= received.is_none();
        Poll::Ready(received)
    }

    /// Waits until there is a value, then appends what is there to `buffer`, at most `limit` values; returns how many.
    /// 0 means that the channel has ended, or that `limit` is 0.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing: values leave the channel only in the poll that returns their number.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_lite::future::block_on(async {
    /// let (sender, mut receiver) = channels::mpsc::channel();
    /// for number in 1..=5 {
    ///     sender.send(number).expect("the receiver is there");
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

    /// Looks at the next value without receiving it; `None` if there is none now.
    pub fn peek(&mut self) -> Option<&T> {
        let peeked = self.peeked.get_mut();
        if peeked.is_none() {
            *peeked = self.shared.lend_front();
        }
        peeked.as_ref()
    }

    /// Closes the channel: senders fail from now on; what was sent before can still be received.
    ///
    /// # Examples
    ///
    /// ```
    /// use channels::mpsc::{self, TryRecvError};
    ///
    /// let (sender, mut receiver) = mpsc::channel();
    /// sender.send(1).expect("the receiver is there");
    /// receiver.close();
    /// assert!(sender.send(2).is_err());
    /// assert_eq!(receiver.try_recv(), Ok(1));
    /// assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    /// ```
    pub fn close(&mut self) {
        self.shared.close();
    }

    /// Whether no more values can be sent: the receiver was closed, or all senders are gone.
    pub fn is_closed(&self) -> bool {
        self.shared.is_closed()
    }

    /// Whether no value waits to be received.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of values that wait to be received.
    pub fn len(&self) -> usize {
        self.shared.len()
    }

    /// The number of senders of this channel.
    pub fn sender_count(&self) -> usize {
        self.shared.sender_count()
    }

    fn take_peeked(&mut self) -> Option<T> {
        let value = self.peeked.get_mut().take()?;
        self.shared.keep_lent();
        Some(value)
    }
}

impl<T> Stream for Receiver<T> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        self.get_mut().poll_recv(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len(), None)
    }
}

impl<T> FusedStream for Receiver<T> {
    fn is_terminated(&self) -> bool {
        self.has_ended
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.shared.drop_receiver();
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}

impl<T> Unpin for Receiver<T> {}
// A panic leaves no half-done change behind: no user code runs inside one.
impl<T> UnwindSafe for Receiver<T> {}
impl<T> RefUnwindSafe for Receiver<T> {}

/// The future of [`Receiver::recv`].
#[must_use = "futures do nothing unless they are awaited or polled"]
pub struct RecvFuture<'a, T> {
    receiver: &'a mut Receiver<T>,
    is_waiting: bool,
    is_done: bool,
}

impl<T> Future for RecvFuture<'_, T> {
    type Output = Option<T>;

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
    fn drop(&mut self) {
        if self.is_waiting {
            self.receiver.shared.forget_receiver();
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
        Poll::Ready(1 + this.recv.receiver.shared.take_into(buffer, this.limit - 1))
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
