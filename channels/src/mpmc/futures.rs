//! The futures that both kinds of channel have in common.

use alloc::vec::Vec;
use core::fmt;
use core::future::Future;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::FusedFuture;

use super::shared::{Rest, Shared};
use crate::sync::Exclusive;
use crate::wait_list::Key;

/// The future of `recv`.
#[must_use = "futures do nothing unless they are awaited or polled"]
pub struct RecvFuture<'a, T> {
    /// `None` once the future was ready: a flag would make it greater by a word.
    shared: Option<&'a Shared<T>>,
    wait: Option<Key>,
}

impl<'a, T> RecvFuture<'a, T> {
    pub(super) fn new(shared: &'a Shared<T>) -> Self {
        Self {
            shared: Some(shared),
            wait: None,
        }
    }

    /// The channel, for a poll.
    #[inline]
    fn shared(&self) -> &'a Shared<T> {
        self.shared.expect("a receive was polled after it was ready")
    }

    #[inline]
    fn stop_waiting(&mut self) {
        if let Some(shared) = self.shared
            && self.wait.is_some()
        {
            shared.cancel_recv(&mut self.wait);
        }
    }
}

/// # Panics
///
/// `poll` panics if the future was ready before.
impl<T> Future for RecvFuture<'_, T> {
    type Output = Option<T>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let this = self.get_mut();
        let received = ready!(this.shared().poll_recv(&mut this.wait, Rest::Left, cx));
        this.shared = None;
        Poll::Ready(received)
    }
}

impl<T> FusedFuture for RecvFuture<'_, T> {
    fn is_terminated(&self) -> bool {
        self.shared.is_none()
    }
}

impl<T> Drop for RecvFuture<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.stop_waiting();
    }
}

impl<T> fmt::Debug for RecvFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecvFuture").finish_non_exhaustive()
    }
}

// A panic leaves no half-done change behind: no user code runs inside one.
impl<T> UnwindSafe for RecvFuture<'_, T> {}
impl<T> RefUnwindSafe for RecvFuture<'_, T> {}

/// The future of `recv_many`.
#[must_use = "futures do nothing unless they are awaited or polled"]
pub struct RecvManyFuture<'a, T> {
    recv: RecvFuture<'a, T>,
    buffer: Exclusive<&'a mut Vec<T>>,
    limit: usize,
}

impl<'a, T> RecvManyFuture<'a, T> {
    pub(super) fn new(shared: &'a Shared<T>, buffer: &'a mut Vec<T>, limit: usize) -> Self {
        Self {
            recv: RecvFuture::new(shared),
            buffer: Exclusive::new(buffer),
            limit,
        }
    }
}

/// # Panics
///
/// `poll` panics if the future was ready before.
impl<T> Future for RecvManyFuture<'_, T> {
    type Output = usize;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<usize> {
        let this = self.get_mut();
        let recv = &mut this.recv;
        let buffer = this.buffer.get_mut();
        let count = ready!(
            recv.shared()
                .poll_recv_many(&mut recv.wait, buffer, this.limit, cx)
        );
        recv.shared = None;
        Poll::Ready(count)
    }
}

impl<T> FusedFuture for RecvManyFuture<'_, T> {
    fn is_terminated(&self) -> bool {
        self.recv.is_terminated()
    }
}

impl<T> fmt::Debug for RecvManyFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecvManyFuture").finish_non_exhaustive()
    }
}

impl<T> UnwindSafe for RecvManyFuture<'_, T> {}
impl<T> RefUnwindSafe for RecvManyFuture<'_, T> {}

/// The future of a sender's `closed`.
#[must_use = "futures do nothing unless they are awaited or polled"]
pub struct ClosedFuture<'a, T> {
    shared: &'a Shared<T>,
    watcher: Option<Key>,
    is_done: bool,
}

impl<'a, T> ClosedFuture<'a, T> {
    pub(super) fn new(shared: &'a Shared<T>) -> Self {
        Self {
            shared,
            watcher: None,
            is_done: false,
        }
    }
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
