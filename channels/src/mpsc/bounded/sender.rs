//! The sending side.

use core::fmt;
use core::future::Future;
use core::mem;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::FusedFuture;

use super::permit::{Permit, PollSender, ReserveFuture, ReserveManyFuture, ReserveOwnedFuture};
use super::shared::{Refusal, Shared};
use super::waiting::Sending;
use super::weak::WeakBoundedSender;
use crate::error::{SendError, TrySendError};
use crate::sync::{Arc, Exclusive};
use crate::wait_list::Key;

/// Sends values into a bounded channel. See [`bounded`](fn@super::bounded).
pub struct BoundedSender<T> {
    shared: Arc<Shared<T>>,
    /// The wait of `poll_closed`.
    watcher: Option<Key>,
}

impl<T> BoundedSender<T> {
    pub(super) fn new(shared: Arc<Shared<T>>) -> Self {
        Self {
            shared,
            watcher: None,
        }
    }

    pub(super) fn shared(&self) -> &Shared<T> {
        &self.shared
    }

    /// Sends a value, and waits for room if the channel is full. Nothing happens before the future's first poll.
    ///
    /// Senders that wait are served first come, first served, whether they are polled again or not.
    ///
    /// # Errors
    ///
    /// [`SendError::ReceiverDropped`] gives the value back if the receiver was dropped or closed.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the value was delivered once or is dropped with it. Who must know, or keep the value, uses
    /// [`SendFuture::into_value`].
    #[inline]
    pub fn send(&self, value: T) -> SendFuture<'_, T> {
        SendFuture {
            shared: &self.shared,
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
        self.shared.try_send(value)
    }

    /// Waits for room for one value, and reserves it.
    ///
    /// The room is the permit's until that is used or dropped. A permit is capacity, not a place in the queue: what others
    /// send meanwhile is received first. While permits are held, sends take a lock.
    ///
    /// # Errors
    ///
    /// [`SendError::ReceiverDropped`] if the receiver was dropped or closed.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, its place among those who wait is lost; room that it was given goes to the next.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_lite::future::block_on(async {
    /// let (sender, mut receiver) = channels::mpsc::bounded(1);
    /// let permit = sender.reserve().await.expect("the receiver is there");
    /// assert!(sender.try_send(1).is_err(), "the room is reserved");
    /// permit.send(2).expect("the receiver is there");
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
        match self.shared.try_reserve(1) {
            Ok(()) => Ok(Permit::new(self)),
            Err(Refusal::Full) => Err(TrySendError::Full(())),
            Err(Refusal::Closed) => Err(TrySendError::ReceiverDropped(())),
        }
    }

    /// Waits until there is room for `count` values at once, and reserves it. Those who come later wait meanwhile.
    ///
    /// # Errors
    ///
    /// [`SendError::ReceiverDropped`] if the receiver was dropped or closed.
    ///
    /// # Panics
    ///
    /// Panics if there never is so much room: `count` is greater than the capacity, or than 1 at a rendezvous.
    ///
    /// # Cancel safety
    ///
    /// As for [`reserve`](Self::reserve).
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_lite::future::block_on(async {
    /// let (sender, receiver) = channels::mpsc::bounded(3);
    /// let permits = sender.reserve_many(2).await.expect("the receiver is there");
    /// for (permit, number) in permits.zip(1..) {
    ///     permit.send(number).expect("the receiver is there");
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
    /// [`SendError::ReceiverDropped`] gives the sender back if the receiver was dropped or closed.
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
    /// let (sender, mut receiver) = channels::mpsc::bounded(1);
    /// let mut sender = sender.into_poll_sender();
    /// let mut cx = Context::from_waker(Waker::noop());
    /// assert_eq!(sender.poll_reserve(&mut cx), Poll::Ready(Ok(())));
    /// sender.send_item(1).expect("the receiver is there");
    /// assert_eq!(sender.poll_reserve(&mut cx), Poll::Pending);
    /// assert_eq!(receiver.try_recv(), Ok(1));
    /// ```
    pub fn into_poll_sender(self) -> PollSender<T> {
        PollSender::new(self)
    }

    /// A handle that does not keep the channel open.
    pub fn downgrade(&self) -> WeakBoundedSender<T> {
        WeakBoundedSender::new(Arc::clone(&self.shared))
    }

    /// Waits until the receiver is dropped or closed.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub fn closed(&self) -> ClosedFuture<'_, T> {
        ClosedFuture {
            sender: self,
            watcher: None,
            is_done: false,
        }
    }

    /// Polls for the receiver being dropped or closed. Only the waker of the last call is woken.
    pub fn poll_closed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.shared.poll_closed(&mut self.watcher, cx)
    }

    /// Whether the receiver was dropped or closed.
    pub fn is_closed(&self) -> bool {
        self.shared.is_closed_by_receiver()
    }

    /// Whether no value waits to be received.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of values that wait to be received, without those of senders that wait for room.
    pub fn len(&self) -> usize {
        self.shared.len()
    }

    /// The number of values that the channel can hold.
    pub fn capacity(&self) -> usize {
        self.shared.capacity()
    }

    /// The number of senders of this channel.
    pub fn sender_count(&self) -> usize {
        self.shared.sender_count()
    }

    /// Whether both send into the same channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

impl<T> Clone for BoundedSender<T> {
    fn clone(&self) -> Self {
        let shared = Arc::clone(&self.shared);
        shared.add_sender();
        Self::new(shared)
    }
}

impl<T> Drop for BoundedSender<T> {
    fn drop(&mut self) {
        self.shared.remove_sender(&mut self.watcher);
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

/// Where the value is; see the picture in [the module](super).
enum Progress<T> {
    Unsent(Exclusive<T>),
    Queued(Key),
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
    /// let (sender, _receiver) = channels::mpsc::bounded(1);
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
    #[cold]
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
    #[cold]
    #[inline(never)]
    fn poll_queued(&mut self, cx: &Context<'_>) -> Poll<Result<(), SendError<T>>> {
        let Progress::Queued(key) = &self.progress else {
            polled_after_the_end()
        };
        // If a waker panics here, the send goes on waiting.
        let is_served = ready!(self.shared.poll_served(key, cx));
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

    // With every poll inlined, the value goes from the caller's register into its slot.
    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if let Progress::Queued(_) = this.progress {
            return this.poll_queued(cx);
        }
        match mem::replace(&mut this.progress, Progress::Done) {
            Progress::Unsent(value) => match this.shared.claim() {
                Some(claim) => Poll::Ready(this.shared.fill(claim, value.into_inner())),
                None => this.queue(value.into_inner(), cx),
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

/// The future of [`BoundedSender::closed`].
#[must_use = "futures do nothing unless they are awaited or polled"]
pub struct ClosedFuture<'a, T> {
    sender: &'a BoundedSender<T>,
    watcher: Option<Key>,
    is_done: bool,
}

impl<T> Future for ClosedFuture<'_, T> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        ready!(this.sender.shared.poll_closed(&mut this.watcher, cx));
        this.is_done = true;
        Poll::Ready(())
    }
}

impl<T> FusedFuture for ClosedFuture<'_, T> {
    fn is_terminated(&self) -> bool {
        self.is_done
    }
}

impl<T> Drop for ClosedFuture<'_, T> {
    fn drop(&mut self) {
        self.sender.shared.forget_watcher(&mut self.watcher);
    }
}

impl<T> fmt::Debug for ClosedFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClosedFuture").finish_non_exhaustive()
    }
}

impl<T> UnwindSafe for ClosedFuture<'_, T> {}
impl<T> RefUnwindSafe for ClosedFuture<'_, T> {}
