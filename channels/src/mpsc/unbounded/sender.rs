//! The sending side.

use core::fmt;
use core::future::Future;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::FusedFuture;

use super::shared::Shared;
use crate::error::SendError;
use crate::sync::Arc;
use crate::wait_list::Key;

/// Sends values into an unbounded channel. See [`channel`](super::channel).
pub struct Sender<T> {
    shared: Arc<Shared<T>>,
    /// The wait of `poll_closed`.
    watcher: Option<Key>,
}

impl<T> Sender<T> {
    pub(super) fn new(shared: Arc<Shared<T>>) -> Self {
        Self {
            shared,
            watcher: None,
        }
    }

    /// Sends a value. It never waits.
    ///
    /// # Errors
    ///
    /// [`SendError::ReceiverDropped`] gives the value back if the receiver was dropped or closed.
    #[inline]
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        self.shared.send(value)
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

    /// The number of values that wait to be received.
    pub fn len(&self) -> usize {
        self.shared.len()
    }

    /// The number of senders of this channel.
    pub fn sender_count(&self) -> usize {
        self.shared.sender_count()
    }

    /// Whether both send into the same channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// A handle that can become a sender again, and does not keep the channel open.
    ///
    /// # Examples
    ///
    /// ```
    /// let (sender, mut receiver) = channels::mpsc::channel();
    /// let weak = sender.downgrade();
    /// weak.upgrade().expect("there is a sender").send(1).expect("the receiver is there");
    /// drop(sender);
    /// assert!(weak.upgrade().is_none());
    /// assert_eq!(receiver.try_recv(), Ok(1));
    /// ```
    #[must_use]
    pub fn downgrade(&self) -> WeakSender<T> {
        WeakSender {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        let shared = Arc::clone(&self.shared);
        shared.add_sender();
        Self::new(shared)
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.shared.remove_sender(&mut self.watcher);
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

/// A handle to an unbounded channel that is no sender, and becomes one with [`upgrade`](Self::upgrade).
pub struct WeakSender<T> {
    shared: Arc<Shared<T>>,
}

impl<T> WeakSender<T> {
    /// A sender, unless all senders are gone: that is final.
    #[must_use]
    pub fn upgrade(&self) -> Option<Sender<T>> {
        self.shared
            .revive_sender()
            .then(|| Sender::new(Arc::clone(&self.shared)))
    }
}

impl<T> Clone for WeakSender<T> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
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

/// The future of [`Sender::closed`].
#[must_use = "futures do nothing unless they are awaited or polled"]
pub struct ClosedFuture<'a, T> {
    sender: &'a Sender<T>,
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
