//! The sending side.

use core::fmt;
use core::future::Future;
use core::mem;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::FusedFuture;

use super::Shared;
use super::shared::Sending;
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
    pub fn send(&self, value: T) -> SendFuture<'_, T> {
        SendFuture {
            sender: self,
            progress: Progress::Unsent(Exclusive::new(value)),
        }
    }

    /// Sends a value if there is room now. It does not overtake senders that wait.
    ///
    /// # Errors
    ///
    /// [`TrySendError::Full`] or [`TrySendError::ReceiverDropped`], with the value.
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        self.shared.try_send(value)
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
        self.shared.is_closed()
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
    sender: &'a BoundedSender<T>,
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
        match mem::replace(&mut self.progress, Progress::Done) {
            Progress::Unsent(value) => Some(value.into_inner()),
            Progress::Queued(key) => self.sender.shared.withdraw(&key),
            Progress::Done => None,
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
        let shared = &this.sender.shared;
        let sending = match mem::replace(&mut this.progress, Progress::Done) {
            Progress::Unsent(value) => shared.send_or_queue(value.into_inner(), cx),
            Progress::Queued(key) => shared.poll_served(key, cx),
            Progress::Done => panic!("a SendFuture was polled after it was ready"),
        };
        match sending {
            Sending::Done(result) => Poll::Ready(result),
            Sending::Queued(key) => {
                this.progress = Progress::Queued(key);
                Poll::Pending
            }
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
        if let Progress::Queued(key) = &self.progress {
            drop(self.sender.shared.withdraw(key));
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
