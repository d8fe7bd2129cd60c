//! What the senders of all three channels have in common.

use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::FusedFuture;

use super::receiver_handle::ReceiverHandle;
use super::shared::{Shared, State};
use crate::sync::Arc;
use crate::wait_list::Key;

/// One sender's share of a channel.
pub(super) struct SenderHandle<T> {
    shared: Arc<Shared<T>>,
    /// The wait of `poll_closed`.
    watcher: Option<Key>,
}

impl<T> SenderHandle<T> {
    /// A new channel's sender.
    pub(super) fn new(capacity: usize, overwrites: bool) -> Self {
        Self {
            shared: Arc::new(Shared::new(capacity, overwrites)),
            watcher: None,
        }
    }

    pub(super) fn shared(&self) -> &Shared<T> {
        &self.shared
    }

    pub(super) fn subscribe(&self) -> ReceiverHandle<T> {
        ReceiverHandle::new(&self.shared, Shared::enter_now)
    }

    pub(super) fn subscribe_oldest(&self) -> ReceiverHandle<T> {
        ReceiverHandle::new(&self.shared, Shared::enter_at_oldest)
    }

    pub(super) fn downgrade(&self) -> WeakHandle<T> {
        WeakHandle {
            shared: Arc::clone(&self.shared),
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.shared.inspect(|state| state.is_closed())
    }

    pub(super) fn receiver_count(&self) -> usize {
        self.shared.inspect(|state| state.log().receivers())
    }

    pub(super) fn sender_count(&self) -> usize {
        self.shared.inspect(|state| *state.senders())
    }

    pub(super) fn len(&self) -> usize {
        self.shared.len()
    }

    pub(super) fn capacity(&self) -> usize {
        self.shared.capacity()
    }

    pub(super) fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    pub(super) fn closed(&self) -> ClosedFuture<'_, T> {
        ClosedFuture {
            shared: &self.shared,
            watcher: None,
            is_done: false,
        }
    }

    pub(super) fn poll_closed(&mut self, cx: &Context<'_>) -> Poll<()> {
        self.shared.poll_closed(&mut self.watcher, cx)
    }
}

/// A sender that does not keep the channel open.
pub(super) struct WeakHandle<T> {
    shared: Arc<Shared<T>>,
}

impl<T> WeakHandle<T> {
    /// A sender, unless the last one is gone.
    pub(super) fn upgrade(&self) -> Option<SenderHandle<T>> {
        self.shared.inspect(|state| {
            let senders = state.senders();
            (*senders > 0).then(|| *senders += 1)
        })?;
        Some(SenderHandle {
            shared: Arc::clone(&self.shared),
            watcher: None,
        })
    }
}

impl<T> Clone for WeakHandle<T> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<T> Clone for SenderHandle<T> {
    fn clone(&self) -> Self {
        // Cannot overflow: each sender holds a count of the `Arc` too, which aborts sooner.
        self.shared.inspect(|state| *state.senders() += 1);
        Self {
            shared: Arc::clone(&self.shared),
            watcher: None,
        }
    }
}

impl<T> Drop for SenderHandle<T> {
    fn drop(&mut self) {
        let watcher = self.shared.change(|state: &mut State<T>| {
            *state.senders() -= 1;
            state.stop_watching(&mut self.watcher)
        });
        drop(watcher);
    }
}

/// The future of a sender's `closed`.
#[must_use = "futures do nothing unless they are awaited or polled"]
pub struct ClosedFuture<'a, T> {
    shared: &'a Shared<T>,
    watcher: Option<Key>,
    is_done: bool,
}

impl<T> Future for ClosedFuture<'_, T> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        ready!(this.shared.poll_closed(&mut this.watcher, cx));
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
        self.shared.forget_watcher(&mut self.watcher);
    }
}

impl<T> fmt::Debug for ClosedFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClosedFuture").finish_non_exhaustive()
    }
}

impl<T> UnwindSafe for ClosedFuture<'_, T> {}
impl<T> RefUnwindSafe for ClosedFuture<'_, T> {}
