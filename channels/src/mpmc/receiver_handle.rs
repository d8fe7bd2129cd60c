//! What the receivers of both kinds of channel have in common.

use alloc::vec::Vec;
use core::task::{Context, Poll, ready};

use super::futures::{RecvFuture, RecvManyFuture};
use super::shared::{Rest, Shared};
use crate::sync::Arc;
use crate::wait_list::Key;

/// One counted receiver.
pub(super) struct ReceiverHandle<T> {
    shared: Arc<Shared<T>>,
    /// The wait of `poll_recv`. Each future has its own.
    wait: Option<Key>,
    /// `poll_recv` has returned the end.
    has_ended: bool,
}

impl<T> ReceiverHandle<T> {
    /// For a receiver that is counted already.
    pub(super) fn new(shared: Arc<Shared<T>>) -> Self {
        Self {
            shared,
            wait: None,
            has_ended: false,
        }
    }

    pub(super) fn shared(&self) -> &Shared<T> {
        &self.shared
    }

    pub(super) fn recv(&self) -> RecvFuture<'_, T> {
        RecvFuture::new(&self.shared)
    }

    pub(super) fn recv_many<'a>(&'a self, buffer: &'a mut Vec<T>, limit: usize) -> RecvManyFuture<'a, T> {
        RecvManyFuture::new(&self.shared, buffer, limit)
    }

    pub(super) fn poll_recv(&mut self, cx: &Context<'_>) -> Poll<Option<T>> {
        let received = ready!(self.shared.poll_recv(&mut self.wait, Rest::Left, cx));
        self.has_ended = received.is_none();
        Poll::Ready(received)
    }

    pub(super) fn has_ended(&self) -> bool {
        self.has_ended
    }
}

impl<T> Clone for ReceiverHandle<T> {
    fn clone(&self) -> Self {
        self.shared.add_receiver();
        Self::new(Arc::clone(&self.shared))
    }
}

impl<T> Drop for ReceiverHandle<T> {
    fn drop(&mut self) {
        self.shared.remove_receiver(&mut self.wait);
    }
}
