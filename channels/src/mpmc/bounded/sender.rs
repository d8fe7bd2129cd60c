//! The sending side.

use core::fmt;
use core::future::Future;
use core::mem;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::FusedFuture;

use super::permit::{Permit, PollSender, ReserveFuture, ReserveManyFuture, ReserveOwnedFuture};
use super::weak::WeakBoundedSender;
use super::{ClosedFuture, SenderHandle, Shared};
use crate::error::{SendError, TrySendError};
use crate::mpmc::shared::Sending;
use crate::sync::{Arc, Exclusive};
use crate::wait_list::Key;

/// Sends values into a bounded channel. See [`bounded`](fn@super::bounded).
pub struct BoundedSender<T> {
    handle: SenderHandle<T>,
}

impl<T> BoundedSender<T> {
    pub(super) fn new(handle: SenderHandle<T>) -> Self {
        Self { handle }
    }

    pub(super) fn shared(&self) -> &Shared<T> {
        self.handle.shared()
    }

    /// Sends a value, and waits for room if the channel is full. Nothing happens before the future's first poll.
    ///
    /// Senders that wait are served first come, first served, whether they are polled again or not.
    ///
    /// # Errors
    ///
    /// [`SendError::ReceiverDropped`] gives the value back if all receivers were dropped or the channel was closed.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the value was delivered once or is dropped with it. Who must know, or keep
    /// the value, uses [`SendFuture::into_value`].
    #[inline]
    pub fn send(&self, value: T) -> SendFuture<'_, T> {
        SendFuture {
            shared: self.shared(),
            progress: Progress::Unsent(Exclusive::new(value)),
        }
    }

    /// Sends a value if there is room now. It does not overtake senders that wait.
    ///
    /// # Errors
    ///
    /// [`TrySendError::Full`] or [`TrySendError::ReceiverDropped`], with the value.
    #[inline]
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        self.shared().try_send(value)
    }

    /// Sends a value at once: without room it takes the place of the oldest value, which is returned.
    ///
    /// It overtakes senders that wait, and leaves them their turns. If there is no value to replace, since
    /// all room is reserved or nobody waits at a rendezvous, the value itself is returned.
    ///
    /// # Errors
    ///
    /// [`SendError::ReceiverDropped`] gives the value back if all receivers were dropped or the channel was closed.
    ///
    /// # Examples
    ///
    /// ```
    /// let (sender, receiver) = channels::mpmc::bounded(2);
    /// assert_eq!(sender.force_send(1), Ok(None));
    /// assert_eq!(sender.force_send(2), Ok(None));
    /// assert_eq!(sender.force_send(3), Ok(Some(1)));
    /// assert_eq!(receiver.try_recv(), Ok(2));
    /// ```
    pub fn force_send(&self, value: T) -> Result<Option<T>, SendError<T>> {
        self.shared().force_send(value)
    }

    /// Waits for room for one value, and reserves it.
    ///
    /// The room is the permit's until that is used or dropped. A permit is capacity, not a place in the
    /// queue: what others send meanwhile is received first.
    ///
    /// # Errors
    ///
    /// [`SendError::ReceiverDropped`] if all receivers were dropped or the channel was closed.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, its place among those who wait is lost; room that it was given goes to the next.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_lite::future::block_on(async {
    /// let (sender, receiver) = channels::mpmc::bounded(1);
    /// let permit = sender.reserve().await.expect("a receiver is there");
    /// assert!(sender.try_send(1).is_err(), "the room is reserved");
    /// permit.send(2).expect("a receiver is there");
    /// assert_eq!(receiver.recv().await, Some(2));
    /// # });
    /// ```
    pub fn reserve(&self) -> ReserveFuture<'_, T> {
        ReserveFuture::new(self)
    }

    /// Reserves room for one value if there is some now. It does not overtake senders that wait.
    ///
    /// # Errors
    ///
    /// [`TrySendError::Full`] or [`TrySendError::ReceiverDropped`].
    pub fn try_reserve(&self) -> Result<Permit<'_, T>, TrySendError<()>> {
        self.shared().try_reserve(1)?;
        Ok(Permit::new(self))
    }

    /// Waits until there is room for `count` values at once, and reserves it. Those who come later wait meanwhile.
    ///
    /// # Errors
    ///
    /// [`SendError::ReceiverDropped`] if all receivers were dropped or the channel was closed.
    ///
    /// # Panics
    ///
    /// Panics if `count` is greater than the capacity, or than 1 at a rendezvous.
    ///
    /// # Cancel safety
    ///
    /// As for [`reserve`](Self::reserve).
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_lite::future::block_on(async {
    /// let (sender, receiver) = channels::mpmc::bounded(3);
    /// let permits = sender.reserve_many(2).await.expect("a receiver is there");
    /// for (permit, number) in permits.zip(1..) {
    ///     permit.send(number).expect("a receiver is there");
    /// }
    /// assert_eq!(receiver.len(), 2);
    /// # });
    /// ```
    pub fn reserve_many(&self, count: usize) -> ReserveManyFuture<'_, T> {
        assert!(
            count <= self.capacity().max(1),
            "more room was to be reserved than the channel has"
        );
        ReserveManyFuture::new(self, count)
    }

    /// Waits for room for one value, and reserves it, with the sender itself inside the permit.
    ///
    /// # Errors
    ///
    /// [`SendError::ReceiverDropped`] gives the sender back if all receivers were dropped or the channel was closed.
    ///
    /// # Cancel safety
    ///
    /// As for [`reserve`](Self::reserve); the sender is dropped with the future.
    pub fn reserve_owned(self) -> ReserveOwnedFuture<T> {
        ReserveOwnedFuture::new(self)
    }

    /// Turns this into a sender for code that polls.
    ///
    /// # Examples
    ///
    /// ```
    /// use core::task::{Context, Poll, Waker};
    ///
    /// let (sender, receiver) = channels::mpmc::bounded(1);
    /// let mut sender = sender.into_poll_sender();
    /// let mut cx = Context::from_waker(Waker::noop());
    /// assert_eq!(sender.poll_reserve(&mut cx), Poll::Ready(Ok(())));
    /// sender.send_item(1).expect("a receiver is there");
    /// assert_eq!(sender.poll_reserve(&mut cx), Poll::Pending);
    /// assert_eq!(receiver.try_recv(), Ok(1));
    /// ```
    pub fn into_poll_sender(self) -> PollSender<T> {
        PollSender::new(self)
    }

    /// A handle that does not keep the channel open.
    #[must_use]
    pub fn downgrade(&self) -> WeakBoundedSender<T> {
        WeakBoundedSender::new(Arc::clone(self.handle.shared()))
    }

    /// Closes the channel for all: senders fail from now on, also those who wait; what was sent before can
    /// still be received.
    pub fn close(&self) {
        self.handle.shared().close();
    }

    /// Waits until the channel is closed, or all receivers are dropped.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub fn closed(&self) -> ClosedFuture<'_, T> {
        self.handle.closed()
    }

    /// Polls for the channel being closed, or all receivers being dropped. Only the waker of the last call is woken.
    pub fn poll_closed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.handle.poll_closed(cx)
    }

    /// Whether the channel was closed, or all receivers were dropped.
    pub fn is_closed(&self) -> bool {
        self.handle.shared().is_closed()
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

    /// Whether both send into the same channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(self.handle.shared(), other.handle.shared())
    }
}

impl<T> Clone for BoundedSender<T> {
    fn clone(&self) -> Self {
        Self::new(self.handle.clone())
    }
}

impl<T> fmt::Debug for BoundedSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoundedSender").finish_non_exhaustive()
    }
}

// A panic leaves no half-done change behind: no user code runs inside one.
impl<T> UnwindSafe for BoundedSender<T> {}
impl<T> RefUnwindSafe for BoundedSender<T> {}

/// The future of [`BoundedSender::send`].
#[must_use = "futures do nothing unless they are awaited or polled"]
pub struct SendFuture<'a, T> {
    shared: &'a Shared<T>,
    progress: Progress<T>,
}

/// Where the value is.
enum Progress<T> {
    /// In the future.
    Unsent(Exclusive<T>),
    /// In the list of senders, or delivered from there.
    Queued(Key),
    /// Delivered, or given back.
    Done,
}

impl<T> SendFuture<'_, T> {
    /// Gives up sending and takes the value back; `None` if it was delivered, or already given back by an error.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures_lite::future::{block_on, poll_once};
    ///
    /// let (sender, _receiver) = channels::mpmc::bounded(1);
    /// sender.try_send("first").expect("there is room");
    /// let mut send = sender.send("second");
    /// assert_eq!(block_on(poll_once(&mut send)), None, "it waits for room");
    /// assert_eq!(send.into_value(), Some("second"));
    /// ```
    pub fn into_value(mut self) -> Option<T> {
        self.take_back()
    }

    fn take_back(&mut self) -> Option<T> {
        match mem::replace(&mut self.progress, Progress::Done) {
            Progress::Unsent(value) => Some(value.into_inner()),
            Progress::Queued(key) => self.shared.withdraw(&key),
            Progress::Done => None,
        }
    }
}

impl<T> SendFuture<'_, T> {
    /// The poll that found no room.
    #[inline(never)]
    fn queue(&mut self, value: T, cx: &Context<'_>) -> Poll<Result<(), SendError<T>>> {
        match self.shared.queue(value, cx) {
            Sending::Done(result) => Poll::Ready(result),
            Sending::Queued(key) => {
                self.progress = Progress::Queued(key);
                Poll::Pending
            }
        }
    }

    /// The polls after it.
    #[inline(never)]
    fn poll_queued(&mut self, cx: &Context<'_>) -> Poll<Result<(), SendError<T>>> {
        let Progress::Queued(key) = &self.progress else {
            polled_after_the_end()
        };
        // If a waker panics here, the send goes on waiting.
        let is_served = ready!(self.shared.poll_request(key, cx));
        if is_served {
            self.progress = Progress::Done;
            return Poll::Ready(Ok(()));
        }
        Poll::Ready(match self.take_back() {
            Some(value) => Err(SendError::ReceiverDropped(value)),
            None => Ok(()),
        })
    }
}

/// # Panics
///
/// `poll` panics if the future was ready before.
impl<T> Future for SendFuture<'_, T> {
    type Output = Result<(), SendError<T>>;

    // With every poll inlined, the value goes from the caller's register into the queue.
    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if let Progress::Queued(_) = this.progress {
            return this.poll_queued(cx);
        }
        match mem::replace(&mut this.progress, Progress::Done) {
            Progress::Unsent(value) => match this.shared.try_send(value.into_inner()) {
                Ok(()) => Poll::Ready(Ok(())),
                Err(TrySendError::ReceiverDropped(value)) => {
                    Poll::Ready(Err(SendError::ReceiverDropped(value)))
                }
                Err(TrySendError::Full(value)) => this.queue(value, cx),
            },
            Progress::Queued(_) | Progress::Done => polled_after_the_end(),
        }
    }
}

#[cold]
#[inline(never)]
fn polled_after_the_end() -> ! {
    panic!("a SendFuture was polled after it was ready")
}

impl<T> FusedFuture for SendFuture<'_, T> {
    fn is_terminated(&self) -> bool {
        matches!(self.progress, Progress::Done)
    }
}

impl<T> Drop for SendFuture<'_, T> {
    #[inline(always)]
    fn drop(&mut self) {
        if let Progress::Queued(key) = &self.progress {
            drop(self.shared.withdraw(key));
        }
    }
}

impl<T> fmt::Debug for SendFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendFuture").finish_non_exhaustive()
    }
}

impl<T> Unpin for SendFuture<'_, T> {}
impl<T> UnwindSafe for SendFuture<'_, T> {}
impl<T> RefUnwindSafe for SendFuture<'_, T> {}
