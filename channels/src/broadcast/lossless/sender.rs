//! The sending side of the unbounded channel.

use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::task::{Context, Poll};

use super::{ClosedFuture, Receiver};
use crate::broadcast::sender_handle::{SenderHandle, WeakHandle};
use crate::error::SendError;

/// Sends to all receivers, without a limit to what is kept. See [`channel`](super::channel).
pub struct Sender<T> {
    handle: SenderHandle<T>,
}

impl<T> Sender<T> {
    pub(super) fn new(handle: SenderHandle<T>) -> Self {
        Self { handle }
    }

    /// Sends a value to all who listen now. It never waits.
    ///
    /// # Errors
    ///
    /// [`SendError::ReceiverDropped`] gives the value back if nobody listens. That is not final: see
    /// [`subscribe`](Self::subscribe).
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        let sent = self.handle.shared().send(value);
        // Without a limit it is never full, so there is one reason.
        sent.map_err(|error| SendError::ReceiverDropped(error.into_inner()))
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

    /// The number of receivers of this channel.
    pub fn receiver_count(&self) -> usize {
        self.handle.receiver_count()
    }

    /// The number of senders of this channel.
    pub fn sender_count(&self) -> usize {
        self.handle.sender_count()
    }

    /// A handle that does not keep the channel open, and that a sender can be made from while there is one.
    pub fn downgrade(&self) -> WeakSender<T> {
        WeakSender {
            handle: self.handle.downgrade(),
        }
    }

    /// Whether both send into the same channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.handle.same_channel(&other.handle)
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self {
            handle: self.handle.clone(),
        }
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

/// A handle of the channel that does not count as a sender. See [`Sender::downgrade`].
pub struct WeakSender<T> {
    handle: WeakHandle<T>,
}

impl<T> WeakSender<T> {
    /// A sender, unless the last one is gone: the end is final.
    pub fn upgrade(&self) -> Option<Sender<T>> {
        self.handle.upgrade().map(Sender::new)
    }
}

impl<T> Clone for WeakSender<T> {
    fn clone(&self) -> Self {
        Self {
            handle: self.handle.clone(),
        }
    }
}

impl<T> fmt::Debug for WeakSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakSender").finish_non_exhaustive()
    }
}

impl<T> UnwindSafe for WeakSender<T> {}
impl<T> RefUnwindSafe for WeakSender<T> {}
