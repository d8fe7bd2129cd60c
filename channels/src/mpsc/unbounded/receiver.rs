//! The receiving side.

use alloc::vec::Vec;
use core::fmt;
use core::future::Future;
use core::iter;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::pin::Pin;
use core::task::{Context, Poll, Waker, ready};

use futures_core::{FusedFuture, FusedStream, Stream};

use super::cursor::{Cursor, Front, Leaving};
use super::shared::{Closing, Shared, Taken};
use crate::error::TryRecvError;
use crate::sync::{Arc, Exclusive};

/// Receives the values of an unbounded channel; a [`Stream`] of them. See [`channel`](super::channel).
pub struct Receiver<T> {
    shared: Arc<Shared<T>>,
    cursor: Cursor<T>,
    /// Where this receiver has closed the channel.
    closed_at: Option<usize>,
    /// A waker may wait for a sender that has claimed the next slot.
    awaits_late: bool,
    /// A sender was met in the middle of its `send`: so the next slot is likely to be late, too.
    expects_late: bool,
    /// The end was returned.
    has_ended: bool,
}

impl<T> Receiver<T> {
    pub(super) fn new(shared: Arc<Shared<T>>) -> Self {
        Self {
            shared,
            cursor: Cursor::new(),
            closed_at: None,
            awaits_late: false,
            expects_late: false,
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
    /// Senders take their places in order, and then put their values there. So a value that is sent behind one whose `send`
    /// has not returned yet may have to wait for it, and this says [`TryRecvError::Empty`] meanwhile.
    ///
    /// # Errors
    ///
    /// [`TryRecvError::Empty`] if there is none yet, [`TryRecvError::Closed`] once the channel has ended.
    #[inline]
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        match self.cursor.next(&self.shared) {
            Some(value) => Ok(value),
            None => self.try_recv_again(),
        }
    }

    #[cold]
    #[inline(never)]
    fn try_recv_again(&mut self) -> Result<T, TryRecvError> {
        match self.cursor.front(&self.shared) {
            Front::Ready => self.cursor.next(&self.shared).ok_or(TryRecvError::Empty),
            Front::Empty(_) | Front::Late => Err(TryRecvError::Empty),
            Front::Ended => {
                self.has_ended = true;
                Err(TryRecvError::Closed)
            }
        }
    }

    /// Polls for the next value; `None` once the channel has ended. Only the waker of the last call is woken.
    #[inline]
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        match self.cursor.next(&self.shared) {
            Some(value) => Poll::Ready(Some(value)),
            None => self.wait(cx),
        }
    }

    #[inline(never)]
    fn wait(&mut self, cx: &Context<'_>) -> Poll<Option<T>> {
        self.forget_late();
        loop {
            // Neither a look nor the tail before: the sender needs their lines.
            if self.expects_late && self.cursor.has_block(&self.shared) && self.await_late(cx.waker()) {
                if self.cursor.is_late(&self.shared) {
                    return Poll::Pending;
                }
                self.forget_late();
            }
            let is_registered = match self.cursor.front(&self.shared) {
                Front::Ready => return Poll::Ready(self.cursor.next(&self.shared)),
                Front::Empty(tail) => {
                    self.expects_late = false;
                    self.park(tail, cx.waker())
                }
                Front::Late => {
                    self.expects_late = true;
                    self.await_late(cx.waker())
                }
                Front::Ended => {
                    self.has_ended = true;
                    return Poll::Ready(None);
                }
            };
            if is_registered {
                return Poll::Pending;
            }
        }
    }

    /// Registers the waker if the channel is still empty, as the tail word says.
    fn park(&mut self, tail: usize, waker: &Waker) -> bool {
        if self.shared.is_parked(tail, waker) {
            return true;
        }
        let waker = waker.clone();
        // Dropped at the end, when nothing is half done.
        let _replaced = match self.shared.unparked(tail) {
            Ok(replaced) => replaced,
            Err(Taken) => return false,
        };
        // SAFETY: the channel was empty and not closed, and nothing is parked: it is not, or was taken back just now.
        let parked = unsafe { self.shared.park(tail, waker) };
        parked.is_ok()
    }

    /// Registers the waker with who writes the next slot, if that is not written yet.
    #[inline(never)]
    fn await_late(&mut self, waker: &Waker) -> bool {
        // Dropped at the end, when nothing is half done.
        let _replaced = self.shared.replace_late(Some(waker.clone()));
        self.awaits_late = self.cursor.await_late(&self.shared);
        let _unused = (!self.awaits_late).then(|| {
            self.cursor.cease_to_await(&self.shared);
            self.shared.replace_late(None)
        });
        self.awaits_late
    }

    /// The wait for a late sender is over or cancelled.
    #[inline]
    fn forget_late(&mut self) {
        if self.awaits_late {
            self.cease_to_await();
        }
    }

    #[inline(never)]
    fn cease_to_await(&mut self) {
        self.awaits_late = false;
        // If the sender has written meanwhile it has seen that it is awaited, and takes the waker.
        if !self.cursor.cease_to_await(&self.shared) {
            drop(self.shared.replace_late(None));
        }
    }

    /// The receive that waited was cancelled.
    fn forget_wait(&mut self) {
        self.forget_late();
        drop(self.shared.unpark());
    }

    /// Moves what is there now into the buffer, at most `limit` values.
    fn take_into(&mut self, buffer: &mut Vec<T>, limit: usize) -> usize {
        let limit = limit.min(self.len());
        buffer.reserve(limit);
        let values = iter::from_fn(|| {
            let next = self.cursor.next(&self.shared);
            next.or_else(|| {
                self.cursor
                    .look(&self.shared)
                    .then(|| self.cursor.next(&self.shared))?
            })
        });
        let before = buffer.len();
        buffer.extend(values.take(limit));
        buffer.len() - before
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
        self.cursor.peek(&self.shared)
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
        if self.closed_at.is_some() {
            return;
        }
        let closing = self.shared.close_receiver();
        self.closed_at = Some(closing.end);
        if closing.is_watched || closing.parked.is_some() {
            self.shared.wake_watchers(closing.parked);
        }
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
        let closing = match self.closed_at {
            Some(end) => Closing::already(end),
            None => self.shared.close_receiver(),
        };
        // Dropped last.
        let _parked = closing.parked;
        self.forget_late();
        let mut leaving = Leaving::new(&mut self.cursor, &self.shared, closing.end);
        if closing.is_watched {
            self.shared.wake_watchers(None);
        }
        leaving.run();
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
            self.receiver.forget_wait();
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
        Poll::Ready(1 + this.recv.receiver.take_into(buffer, this.limit - 1))
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
