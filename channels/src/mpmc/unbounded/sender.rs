//! The sending side.

use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::task::{Context, Poll};

use super::{ClosedFuture, SenderHandle, Shared};
use crate::error::SendError;
use crate::sync::Arc;

/// Sends values into an unbounded channel. See [`channel`](super::channel).
pub struct Sender<T> {
    handle: SenderHandle<T>,
}

impl<T> Sender<T> {
    pub(super) fn new(handle: SenderHandle<T>) -> Self {
        Self { handle }
    }

    /// Sends a value. It never waits.
    ///
    /// # Errors
    ///
    /// [`SendError::ReceiverDropped`] gives the value back if all receivers were dropped or the channel was closed.
    #[inline]
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        // It is never full.
        self.handle
            .shared()
            .try_send(value)
            .map_err(|error| SendError::ReceiverDropped(error.into_inner()))
    }

    /// A handle that can become a sender again, and does not keep the channel open.
    ///
    /// # Examples
    ///
    /// ```
    /// let (sender, receiver) = channels::mpmc::channel();
    /// let weak = sender.downgrade();
    /// weak.upgrade().expect("there is a sender").send(1).expect("a receiver is there");
    /// drop(sender);
    /// assert!(weak.upgrade().is_none());
    /// assert_eq!(receiver.try_recv(), Ok(1));
    /// ```
    #[must_use]
    pub fn downgrade(&self) -> WeakSender<T> {
        WeakSender::new(Arc::clone(self.handle.shared()))
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

    /// The number of values that wait to be received.
    pub fn len(&self) -> usize {
        self.handle.shared().len()
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

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self::new(self.handle.clone())
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

// A panic leaves no half-done change behind: no user code runs inside one.
impl<T> UnwindSafe for Sender<T> {}
impl<T> RefUnwindSafe for Sender<T> {}

/// A handle that does not keep the channel open, and becomes a sender again while another one is left. See
/// [`Sender::downgrade`].
pub struct WeakSender<T> {
    shared: Arc<Shared<T>>,
}

impl<T> WeakSender<T> {
    pub(super) fn new(shared: Arc<Shared<T>>) -> Self {
        Self { shared }
    }

    /// A sender of the channel; `None` once all of them are gone, which is final.
    #[must_use]
    pub fn upgrade(&self) -> Option<Sender<T>> {
        SenderHandle::revive(&self.shared).map(Sender::new)
    }
}

impl<T> Clone for WeakSender<T> {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.shared))
    }
}

impl<T> fmt::Debug for WeakSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakSender").finish_non_exhaustive()
    }
}

impl<T> UnwindSafe for WeakSender<T> {}
impl<T> RefUnwindSafe for WeakSender<T> {}
