//! The receiving side.

use alloc::vec::Vec;
use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::{FusedStream, Stream};

use super::{ReceiverHandle, RecvFuture, RecvManyFuture};
use crate::error::TryRecvError;

/// Receives values of a bounded channel; a [`Stream`] of them. Each value goes to one of the receivers. See
/// [`bounded`](fn@super::bounded).
pub struct BoundedReceiver<T> {
    handle: ReceiverHandle<T>,
}

impl<T> BoundedReceiver<T> {
    pub(super) fn new(handle: ReceiverHandle<T>) -> Self {
        Self { handle }
    }

    /// Waits for the next value; `None` once the channel has ended: all senders are gone, or it was closed,
    /// and all is read.
    ///
    /// Many receives may wait at once, also on one receiver; they are woken first come, first served.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing: a value leaves the channel only in the poll that returns it. If the
    /// future was woken
    /// and not polled since, the next receive that waits is woken in its place.
    #[inline]
    pub fn recv(&self) -> RecvFuture<'_, T> {
        self.handle.recv()
    }

    /// Receives the next value if there is one now. At a rendezvous that is the value of the first sender that waits.
    ///
    /// # Errors
    ///
    /// [`TryRecvError::Empty`] if there is none yet, [`TryRecvError::Closed`] once the channel has ended.
    #[inline]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.handle.shared().try_recv()
    }

    /// Polls for the next value; `None` once the channel has ended. Only the waker of the last call is woken.
    ///
    /// A poll that has to wait is kept by this receiver, hence `&mut self`, until it is polled again or
    /// dropped: a wake that
    /// comes meanwhile is its own. Who may lose interest uses [`recv`](Self::recv).
    #[inline]
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        self.handle.poll_recv(cx)
    }

    /// Waits until there is a value, then appends what is there, and what senders wait to send, to `buffer`,
    /// at most `limit` values; returns how many. 0 means that the channel has ended, or that `limit` is 0.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing: values leave the channel only in the poll that returns their number.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_lite::future::block_on(async {
    /// let (sender, receiver) = channels::mpmc::bounded(8);
    /// for number in 1..=5 {
    ///     sender.try_send(number).expect("a receiver is there");
    /// }
    /// let mut batch = Vec::new();
    /// assert_eq!(receiver.recv_many(&mut batch, 3).await, 3);
    /// assert_eq!(batch, [1, 2, 3]);
    /// # });
    /// ```
    pub fn recv_many<'a>(&'a self, buffer: &'a mut Vec<T>, limit: usize) -> RecvManyFuture<'a, T> {
        self.handle.recv_many(buffer, limit)
    }

    /// Closes the channel for all: senders fail from now on, also those who wait; what was sent before can
    /// still be received.
    ///
    /// # Examples
    ///
    /// ```
    /// use channels::mpmc::{self, TryRecvError};
    ///
    /// let (sender, receiver) = mpmc::bounded(8);
    /// sender.try_send(1).expect("a receiver is there");
    /// receiver.close();
    /// assert!(sender.try_send(2).is_err());
    /// assert_eq!(receiver.try_recv(), Ok(1));
    /// assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    /// ```
    pub fn close(&self) {
        self.handle.shared().close();
    }

    /// Whether no more values can be sent: the channel was closed, or all senders are gone.
    pub fn is_closed(&self) -> bool {
        self.handle.shared().has_ended()
    }

    /// Whether no value waits to be received.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of values that wait to be received, without those of senders that wait for room.
    pub fn len(&self) -> usize {
        self.handle.shared().len()
    }

    /// The number of values that the channel can hold.
    pub fn capacity(&self) -> usize {
        self.handle.shared().capacity()
    }

    /// The number of senders of this channel.
    pub fn sender_count(&self) -> usize {
        self.handle.shared().sender_count()
    }

    /// The number of receivers of this channel.
    pub fn receiver_count(&self) -> usize {
        self.handle.shared().receiver_count()
    }
}

impl<T> Stream for BoundedReceiver<T> {
    type Item = T;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        self.get_mut().poll_recv(cx)
    }
}

impl<T> FusedStream for BoundedReceiver<T> {
    fn is_terminated(&self) -> bool {
        self.handle.has_ended()
    }
}

impl<T> Clone for BoundedReceiver<T> {
    fn clone(&self) -> Self {
        Self::new(self.handle.clone())
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
