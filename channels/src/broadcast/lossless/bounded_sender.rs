//! The sending side of the bounded channel.

use core::fmt;
use core::mem;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::FusedFuture;

use super::{ClosedFuture, Receiver};
use crate::broadcast::sender_handle::{SenderHandle, WeakHandle};
use crate::broadcast::shared::Shared;
use crate::error::{SendError, TrySendError};
use crate::wait_list::Key;

/// Sends to all receivers, and waits for the slowest when the channel is full. See [`bounded`](super::bounded).
pub struct BoundedSender<T> {
    handle: SenderHandle<T>,
}

impl<T> BoundedSender<T> {
    pub(super) fn new(handle: SenderHandle<T>) -> Self {
        Self { handle }
    }

    /// Sends a value to all who listen when it enters the channel; waits for room if the channel is full. Nothing happens
    /// before the future's first poll.
    ///
    /// Senders that wait are served first come, first served, whether they are polled again or not.
    ///
    /// # Errors
    ///
    /// [`SendError::ReceiverDropped`] gives the value back if nobody listens, or nobody any more while it waits. That is not
    /// final: see [`subscribe`](Self::subscribe).
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the value was sent once or is dropped with it. Who must know, or keep the value, uses
    /// [`SendFuture::into_value`].
    pub fn send(&self, value: T) -> SendFuture<'_, T> {
        SendFuture {
            shared: self.handle.shared(),
            progress: Progress::Unsent(value),
        }
    }

    /// Sends a value if there is room now. It does not overtake senders that wait.
    ///
    /// # Errors
    ///
    /// [`TrySendError::Full`] or [`TrySendError::ReceiverDropped`], with the value.
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        self.handle.shared().send(value)
    }

    /// A new receiver of the messages that are sent from now on.
    ///
    /// If nobody listened, sending works again.
    pub fn subscribe(&self) -> Receiver<T> {
        Receiver::new(self.handle.subscribe())
    }

    /// A new receiver of all messages that are kept, and those that are sent from now on.
    pub fn subscribe_oldest(&self) -> Receiver<T> {
        Receiver::new(self.handle.subscribe_oldest())
    }

    /// Waits until nobody listens: the last receiver was dropped.
    ///
    /// If somebody subscribes before the future is polled again, it goes on waiting.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub fn closed(&self) -> ClosedFuture<'_, T> {
        self.handle.closed()
    }

    /// Polls for what [`closed`](Self::closed) waits for. Only the waker of the last call is woken.
    pub fn poll_closed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.handle.poll_closed(cx)
    }

    /// Whether nobody listens now.
    pub fn is_closed(&self) -> bool {
        self.handle.is_closed()
    }

    /// Whether no message is kept: all receivers have read all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of messages that are kept, since some receiver has not read them.
    pub fn len(&self) -> usize {
        self.handle.len()
    }

    /// The number of messages that the channel can keep.
    pub fn capacity(&self) -> usize {
        self.handle.capacity()
    }

    /// The number of receivers of this channel.
    pub fn receiver_count(&self) -> usize {
        self.handle.receiver_count()
    }

    /// The number of senders of this channel.
    pub fn sender_count(&self) -> usize {
        self.handle.sender_count()
    }

    /// A handle that does not keep the channel open, and that a sender can be made from while there is one.
    pub fn downgrade(&self) -> WeakBoundedSender<T> {
        WeakBoundedSender {
            handle: self.handle.downgrade(),
        }
    }

    /// Whether both send into the same channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.handle.same_channel(&other.handle)
    }
}

impl<T> Clone for BoundedSender<T> {
    fn clone(&self) -> Self {
        Self {
            handle: self.handle.clone(),
        }
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

/// A handle of the channel that does not count as a sender. See [`BoundedSender::downgrade`].
pub struct WeakBoundedSender<T> {
    handle: WeakHandle<T>,
}

impl<T> WeakBoundedSender<T> {
    /// A sender, unless the last one is gone: the end is final.
    pub fn upgrade(&self) -> Option<BoundedSender<T>> {
        self.handle.upgrade().map(BoundedSender::new)
    }
}

impl<T> Clone for WeakBoundedSender<T> {
    fn clone(&self) -> Self {
        Self {
            handle: self.handle.clone(),
        }
    }
}

impl<T> fmt::Debug for WeakBoundedSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakBoundedSender").finish_non_exhaustive()
    }
}

impl<T> UnwindSafe for WeakBoundedSender<T> {}
impl<T> RefUnwindSafe for WeakBoundedSender<T> {}

/// The future of [`BoundedSender::send`].
#[must_use = "futures do nothing unless they are awaited or polled"]
pub struct SendFuture<'a, T> {
    shared: &'a Shared<T>,
    progress: Progress<T>,
}

/// Where the value is; see the picture in [the module](super).
enum Progress<T> {
    Unsent(T),
    Queued(Key),
    Done,
}

impl<T> SendFuture<'_, T> {
    /// Gives up sending and takes the value back; `None` if it was sent, or already given back by an error.
    pub fn into_value(mut self) -> Option<T> {
        self.take_back()
    }

    fn take_back(&mut self) -> Option<T> {
        match mem::replace(&mut self.progress, Progress::Done) {
            Progress::Unsent(value) => Some(value),
            Progress::Queued(key) => self.shared.take_back(&key),
            Progress::Done => None,
        }
    }

    /// The first poll: sends, or takes a place in the queue.
    fn poll_unsent(&mut self, value: T, cx: &Context<'_>) -> Poll<Result<(), SendError<T>>> {
        let value = match self.shared.send(value) {
            Err(TrySendError::Full(value)) => value,
            Err(TrySendError::ReceiverDropped(value)) => {
                return Poll::Ready(Err(SendError::ReceiverDropped(value)));
            }
            Ok(()) => return Poll::Ready(Ok(())),
        };
        let (sent, _waker) = self.shared.send_or_wait(value, cx.waker().clone());
        match sent {
            Ok(Some(key)) => {
                self.progress = Progress::Queued(key);
                Poll::Pending
            }
            Ok(None) => Poll::Ready(Ok(())),
            Err(value) => Poll::Ready(Err(SendError::ReceiverDropped(value))),
        }
    }
}

/// # Panics
///
/// `poll` panics if the future was ready before.
impl<T> Future for SendFuture<'_, T> {
    type Output = Result<(), SendError<T>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if let Progress::Queued(key) = &this.progress {
            let sent = ready!(this.shared.poll_sent(key, cx));
            this.progress = Progress::Done;
            return Poll::Ready(sent.map_err(SendError::ReceiverDropped));
        }
        match mem::replace(&mut this.progress, Progress::Done) {
            Progress::Unsent(value) => this.poll_unsent(value, cx),
            Progress::Queued(_) | Progress::Done => panic!("a SendFuture was polled after it was ready"),
        }
    }
}

impl<T> FusedFuture for SendFuture<'_, T> {
    fn is_terminated(&self) -> bool {
        matches!(self.progress, Progress::Done)
    }
}

impl<T> Drop for SendFuture<'_, T> {
    fn drop(&mut self) {
        drop(self.take_back());
    }
}

impl<T> fmt::Debug for SendFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendFuture").finish_non_exhaustive()
    }
}

// The value is never pinned.
impl<T> Unpin for SendFuture<'_, T> {}

impl<T> UnwindSafe for SendFuture<'_, T> {}
impl<T> RefUnwindSafe for SendFuture<'_, T> {}
