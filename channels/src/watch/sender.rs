//! The sending side.

use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::FusedFuture;

use super::shared::Shared;
use super::waiters::Place;
use super::{Receiver, Snapshot};
use crate::sync::Arc;

/// Replaces the value of a watch channel. See [`channel`](super::channel).
///
/// Once all senders are dropped the channel has ended: its receivers still see the last value.
pub struct Sender<T> {
    shared: Arc<Shared<T>>,
    /// The wait of `poll_closed`.
    watcher: Option<Place>,
}

impl<T> Sender<T> {
    /// For a share of the channel that is counted as a sender's.
    pub(super) fn new(shared: Arc<Shared<T>>) -> Self {
        Self {
            shared,
            watcher: None,
        }
    }

    /// Replaces the value and wakes the receivers that wait. It never waits, and also works with no receiver.
    ///
    /// The old value is dropped, unless snapshots hold it: then with the last of them.
    ///
    /// # Panics
    ///
    /// If snapshots hold as many different values as half the bits of a `usize` can count: 2³¹ of them with 64 bits, 2¹⁵ with
    /// 32. The new value is dropped then. Also passes on a panic of the old value's drop; the new one is sent then.
    pub fn send(&self, value: T) {
        Shared::send(&self.shared, value);
    }

    /// Replaces the value as [`send`](Self::send) does, and returns the old one.
    ///
    /// # Panics
    ///
    /// If snapshots hold too many different values, as with `send`.
    pub fn send_replace(&self, value: T) -> Snapshot<T> {
        Shared::send_replace(&self.shared, value)
    }

    /// Changes a clone of the value and sends it, if `modify` returns true; returns whether it did.
    ///
    /// No update of another sender is lost: if one came between, `modify` is called again with the newest value. It may be
    /// called any number of times, then, and runs with no lock held: it may use the channel, too. (One that always sends
    /// through another sender before it returns true never ends.)
    ///
    /// # Panics
    ///
    /// Passes on a panic of `T::clone` and of `modify`; nothing is sent then. Panics if snapshots hold too many different
    /// values, as `send` does.
    ///
    /// # Examples
    ///
    /// ```
    /// let (sender, receiver) = channels::watch::channel(3);
    /// let halve = |number: &mut i32| {
    ///     *number /= 2;
    ///     *number > 0
    /// };
    /// assert!(sender.send_if_modified(halve));
    /// assert!(!sender.send_if_modified(halve), "it would become 0");
    /// assert_eq!(*receiver.borrow(), 1);
    /// ```
    pub fn send_if_modified(&self, mut modify: impl FnMut(&mut T) -> bool) -> bool
    where
        T: Clone,
    {
        loop {
            let seen = self.borrow();
            let mut value = (*seen).clone();
            if !modify(&mut value) {
                return false;
            }
            if Shared::send_if_current(&self.shared, seen, value).is_ok() {
                return true;
            }
        }
    }

    /// The value now.
    pub fn borrow(&self) -> Snapshot<T> {
        Shared::borrow(&self.shared)
    }

    /// A new receiver, which has seen the value that is there now.
    pub fn subscribe(&self) -> Receiver<T> {
        Receiver::subscribe(&self.shared)
    }

    /// A handle that can become a sender, and does not keep the channel from ending.
    pub fn downgrade(&self) -> WeakSender<T> {
        WeakSender {
            shared: Arc::clone(&self.shared),
        }
    }

    /// Waits until there is no receiver. That is not final: [`subscribe`](Self::subscribe) makes a new one.
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

    /// Polls for what [`closed`](Self::closed) waits for. Only the waker of the last call is woken.
    pub fn poll_closed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.shared.poll_closed(&mut self.watcher, cx)
    }

    /// Whether there is no receiver now.
    pub fn is_closed(&self) -> bool {
        self.receiver_count() == 0
    }

    /// The number of receivers of this channel.
    pub fn receiver_count(&self) -> usize {
        self.shared.receivers() as usize
    }

    /// The number of senders of this channel.
    pub fn sender_count(&self) -> usize {
        self.shared.senders() as usize
    }

    /// Whether both send into the same channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    #[cfg(test)]
    pub(super) fn shared(&self) -> &Shared<T> {
        &self.shared
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.shared.add_sender();
        Self::new(Arc::clone(&self.shared))
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        Shared::remove_sender(&self.shared, &mut self.watcher);
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

/// A sender of the channel to be, as long as there is another one. See [`Sender::downgrade`].
///
/// It keeps the channel's memory, but no value.
pub struct WeakSender<T> {
    shared: Arc<Shared<T>>,
}

impl<T> WeakSender<T> {
    /// A sender, unless all senders are gone: then the channel has ended, which is final.
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
    watcher: Option<Place>,
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
