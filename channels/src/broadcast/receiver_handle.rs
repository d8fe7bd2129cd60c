//! What the receivers of all three channels have in common.

use core::task::{Context, Poll, Waker};

use super::shared::{Shared, State};
use crate::sync::Arc;
use crate::wait_list::Key;

/// One receiver's share of a channel: a cursor in its log.
pub(super) struct ReceiverHandle<T> {
    shared: Arc<Shared<T>>,
    /// The message that it reads next, if it is not evicted by then.
    position: u64,
    /// Its wait for a message.
    waiting: Option<Key>,
}

impl<T> ReceiverHandle<T> {
    /// A new receiver, at the position that is chosen.
    pub(super) fn new(shared: &Arc<Shared<T>>, choose: impl FnOnce(&State<T>) -> u64) -> Self {
        let position = shared.inspect(|state| {
            let position = choose(state);
            state.log.enter(position);
            position
        });
        Self {
            shared: Arc::clone(shared),
            position,
            waiting: None,
        }
    }

    /// How many messages there are to read.
    pub(super) fn len(&self) -> usize {
        self.shared.inspect(|state| state.log.unread(self.position))
    }

    /// Takes what `next` finds.
    pub(super) fn try_next<R>(&mut self, next: impl FnOnce(&mut State<T>, &mut u64) -> Poll<R>) -> Poll<R> {
        self.next_or_wait(next, None)
    }

    /// Takes what `next` finds; if it finds nothing, it is to be called again after a wake.
    pub(super) fn poll_next<R>(
        &mut self,
        cx: &Context<'_>,
        next: impl Fn(&mut State<T>, &mut u64) -> Poll<R>,
    ) -> Poll<R> {
        let found = self.try_next(&next);
        if found.is_ready() {
            return found;
        }
        let waker = cx.waker().clone();
        self.next_or_wait(next, Some(waker))
    }

    fn next_or_wait<R>(
        &mut self,
        next: impl FnOnce(&mut State<T>, &mut u64) -> Poll<R>,
        mut waker: Option<Waker>,
    ) -> Poll<R> {
        let Self {
            shared,
            position,
            waiting,
        } = self;
        let (found, replaced) = shared.change(|state| {
            let found = next(state, position);
            let replaced = match waker.take_if(|_| found.is_pending()) {
                Some(waker) => state.receiving().register(waiting, waker),
                None if found.is_ready() => state.receiving().deregister(waiting),
                None => None,
            };
            (found, replaced)
        });
        drop((replaced, waker));
        found
    }

    /// The wait is cancelled.
    pub(super) fn stop_waiting(&mut self) {
        if self.waiting.is_some() {
            drop(
                self.shared
                    .inspect(|state| state.receiving().deregister(&mut self.waiting)),
            );
        }
    }
}

/// At the same position.
impl<T> Clone for ReceiverHandle<T> {
    fn clone(&self) -> Self {
        Self::new(&self.shared, |_| self.position)
    }
}

impl<T> Drop for ReceiverHandle<T> {
    fn drop(&mut self) {
        let freed = self.shared.change(|state| {
            let freed = state.log.leave(self.position);
            (freed, state.receiving().deregister(&mut self.waiting))
        });
        drop(freed);
    }
}
