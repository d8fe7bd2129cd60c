//! What the senders of both kinds of channel have in common.

use core::task::{Context, Poll};

use super::futures::ClosedFuture;
use super::shared::Shared;
use crate::sync::Arc;
use crate::wait_list::Key;

/// One counted sender.
pub(super) struct SenderHandle<T> {
    shared: Arc<Shared<T>>,
    /// The wait of `poll_closed`.
    watcher: Option<Key>,
}

impl<T> SenderHandle<T> {
    /// For a sender that is counted already.
    pub(super) fn new(shared: Arc<Shared<T>>) -> Self {
        Self {
            shared,
            watcher: None,
        }
    }

    /// One more sender, if there is one.
    pub(super) fn revive(shared: &Arc<Shared<T>>) -> Option<Self> {
        shared.revive_sender().then(|| Self::new(Arc::clone(shared)))
    }

    pub(super) fn shared(&self) -> &Arc<Shared<T>> {
        &self.shared
    }

    pub(super) fn closed(&self) -> ClosedFuture<'_, T> {
        ClosedFuture::new(&self.shared)
    }

    pub(super) fn poll_closed(&mut self, cx: &Context<'_>) -> Poll<()> {
        self.shared.poll_closed(&mut self.watcher, cx)
    }
}

impl<T> Clone for SenderHandle<T> {
    fn clone(&self) -> Self {
        self.shared.add_sender();
        Self::new(Arc::clone(&self.shared))
    }
}

impl<T> Drop for SenderHandle<T> {
    fn drop(&mut self) {
        self.shared.remove_sender(&mut self.watcher);
    }
}
