//! The receiving side.

use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::{FusedFuture, FusedStream, Stream};

use super::shared::Shared;
use super::waiters::Place;
use super::{Closed, Snapshot};
use crate::sync::Arc;

/// Sees the value of a watch channel, and waits for changes; a [`Stream`] of each newest value that it has not seen.
///
/// Its clone has seen what the original has seen.
pub struct Receiver<T> {
    shared: Arc<Shared<T>>,
    /// The version that it has seen.
    seen: usize,
    /// Its wait for a change.
    waiting: Option<Place>,
    /// The stream has ended.
    has_ended: bool,
}

impl<T> Receiver<T> {
    /// For a share of the channel that is counted as a receiver's.
    pub(super) fn new(shared: Arc<Shared<T>>, seen: usize) -> Self {
        Self {
            shared,
            seen,
            waiting: None,
            has_ended: false,
        }
    }

    /// Another receiver of the channel, which has seen the value that is there now.
    pub(super) fn subscribe(shared: &Arc<Shared<T>>) -> Self {
        let seen = shared.add_receiver();
        Self::new(Arc::clone(shared), seen)
    }

    /// The value now. Whether it counts as seen does not change.
    pub fn borrow(&self) -> Snapshot<T> {
        Shared::borrow(&self.shared)
    }

    /// The value now, which counts as seen from now on.
    #[inline]
    pub fn borrow_and_update(&mut self) -> Snapshot<T> {
        let snapshot = self.borrow();
        self.seen = snapshot.version();
        snapshot
    }

    /// Whether there is a value that was not seen yet.
    ///
    /// # Errors
    ///
    /// [`Closed`] if all senders are gone and the last value was seen.
    pub fn has_changed(&self) -> Result<bool, Closed> {
        match self.shared.news(self.seen) {
            Some(Ok(_)) => Ok(true),
            Some(Err(Closed)) => Err(Closed),
            None => Ok(false),
        }
    }

    /// Waits for a value that was not seen yet; it counts as seen then.
    ///
    /// The value itself is what [`borrow`](Self::borrow) returns, or [`borrow_and_update`](Self::borrow_and_update), which
    /// cannot miss that an even newer one has come meanwhile.
    ///
    /// # Errors
    ///
    /// [`Closed`] once all senders are gone and the last value was seen.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing: a value counts as seen only in the poll that returns.
    pub fn changed(&mut self) -> ChangedFuture<'_, T> {
        ChangedFuture {
            receiver: self,
            is_done: false,
        }
    }

    /// Polls for what [`changed`](Self::changed) waits for. Only the waker of the last call is woken.
    ///
    /// # Errors
    ///
    /// [`Closed`] once all senders are gone and the last value was seen.
    pub fn poll_changed(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        let news = match self.shared.newer(self.seen) {
            Some(version) => Ok(version),
            None => ready!(self.shared.poll_news(self.seen, &mut self.waiting, cx)),
        };
        self.waiting = None;
        Poll::Ready(news.map(|version| self.seen = version))
    }

    /// Waits for a value that `predicate` accepts, beginning with the one that is there now, seen or not, and returns it.
    ///
    /// Values that `predicate` was asked about count as seen. It is not asked about every value: of those that follow each
    /// other quickly only the newest counts. It runs with no lock held, and may use the channel.
    ///
    /// # Errors
    ///
    /// [`Closed`] once all senders are gone and the last value was refused.
    ///
    /// # Panics
    ///
    /// Passes on a panic of `predicate`. Polled again, the future asks it again.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing but that refused values count as seen.
    ///
    /// # Examples
    ///
    /// ```
    /// let (sender, mut receiver) = channels::watch::channel(0);
    /// std::thread::spawn(move || (1..=10).for_each(|percent| sender.send(10 * percent)));
    /// let done = pollster::block_on(receiver.wait_for(|percent| *percent >= 100));
    /// assert_eq!(*done.unwrap(), 100);
    /// ```
    pub fn wait_for<F: FnMut(&T) -> bool>(&mut self, predicate: F) -> WaitForFuture<'_, T, F> {
        WaitForFuture {
            receiver: self,
            predicate,
            has_refused: false,
            is_done: false,
        }
    }

    /// Polls for the end of the stream, or for a value before it, where there was none.
    #[cold]
    #[inline(never)]
    fn poll_end(&mut self, cx: &Context<'_>) -> Poll<bool> {
        let news = ready!(self.shared.poll_news(self.seen, &mut self.waiting, cx));
        self.has_ended = news.is_err();
        Poll::Ready(self.has_ended)
    }

    /// The wait is cancelled.
    fn stop_waiting(&mut self) {
        self.shared.stop_waiting(&mut self.waiting);
    }
}

impl<T> Stream for Receiver<T> {
    type Item = Snapshot<T>;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.shared.newer(this.seen).is_none() && ready!(this.poll_end(cx)) {
            return Poll::Ready(None);
        }
        this.waiting = None;
        Poll::Ready(Some(this.borrow_and_update()))
    }
}

impl<T> FusedStream for Receiver<T> {
    fn is_terminated(&self) -> bool {
        self.has_ended
    }
}

/// The clone has seen what the original has seen.
impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        let mut clone = Self::subscribe(&self.shared);
        clone.seen = self.seen;
        clone.has_ended = self.has_ended;
        clone
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        Shared::remove_receiver(&self.shared, &mut self.waiting);
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}

// A panic leaves no half-done change behind: no user code runs inside one.
impl<T> UnwindSafe for Receiver<T> {}
impl<T> RefUnwindSafe for Receiver<T> {}

/// The future of [`Receiver::changed`].
#[must_use = "futures do nothing unless they are awaited or polled"]
pub struct ChangedFuture<'a, T> {
    receiver: &'a mut Receiver<T>,
    is_done: bool,
}

impl<T> Future for ChangedFuture<'_, T> {
    type Output = Result<(), Closed>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let changed = this.receiver.poll_changed(cx);
        this.is_done = changed.is_ready();
        changed
    }
}

impl<T> FusedFuture for ChangedFuture<'_, T> {
    fn is_terminated(&self) -> bool {
        self.is_done
    }
}

impl<T> Drop for ChangedFuture<'_, T> {
    fn drop(&mut self) {
        self.receiver.stop_waiting();
    }
}

impl<T> fmt::Debug for ChangedFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChangedFuture").finish_non_exhaustive()
    }
}

impl<T> UnwindSafe for ChangedFuture<'_, T> {}
impl<T> RefUnwindSafe for ChangedFuture<'_, T> {}

/// The future of [`Receiver::wait_for`].
#[must_use = "futures do nothing unless they are awaited or polled"]
pub struct WaitForFuture<'a, T, F> {
    receiver: &'a mut Receiver<T>,
    predicate: F,
    /// The value that was seen last was refused, so only a newer one is of interest.
    has_refused: bool,
    is_done: bool,
}

impl<T, F: FnMut(&T) -> bool> Future for WaitForFuture<'_, T, F> {
    type Output = Result<Snapshot<T>, Closed>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        loop {
            if this.has_refused
                && let Err(closed) = ready!(this.receiver.poll_changed(cx))
            {
                this.is_done = true;
                return Poll::Ready(Err(closed));
            }
            // A predicate that panics has refused nothing.
            this.has_refused = false;
            let snapshot = this.receiver.borrow_and_update();
            if (this.predicate)(&snapshot) {
                this.is_done = true;
                return Poll::Ready(Ok(snapshot));
            }
            this.has_refused = true;
        }
    }
}

impl<T, F: FnMut(&T) -> bool> FusedFuture for WaitForFuture<'_, T, F> {
    fn is_terminated(&self) -> bool {
        self.is_done
    }
}

impl<T, F> Drop for WaitForFuture<'_, T, F> {
    fn drop(&mut self) {
        self.receiver.stop_waiting();
    }
}

impl<T, F> fmt::Debug for WaitForFuture<'_, T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitForFuture").finish_non_exhaustive()
    }
}

// The predicate is only called, never pinned; with a panic it is what it is by itself.
impl<T, F> Unpin for WaitForFuture<'_, T, F> {}
impl<T, F: UnwindSafe> UnwindSafe for WaitForFuture<'_, T, F> {}
impl<T, F: RefUnwindSafe> RefUnwindSafe for WaitForFuture<'_, T, F> {}
