//! What the receivers of all three channels have in common.

use alloc::vec::Vec;
use core::mem;
use core::ptr::NonNull;
use core::task::{Context, Poll, Waker};

use super::RecvError;
use super::log::Cursor;
use super::shared::{Shared, State};
use super::slot::Slot;
use crate::sync::Arc;
use crate::wait_list::Key;

/// One receiver's share of a channel: a cursor in its log.
pub(super) struct ReceiverHandle<T> {
    shared: Arc<Shared<T>>,
    cursor: Cursor<T>,
    /// Its wait for a message.
    waiting: Option<Key>,
}

// SAFETY: its pointer into the log is as good as a reference to a slot, whose value is moved and shared between threads.
unsafe impl<T: Send + Sync> Send for ReceiverHandle<T> {}
// SAFETY: as above; a shared handle changes nothing outside the lock.
unsafe impl<T: Send + Sync> Sync for ReceiverHandle<T> {}

impl<T> ReceiverHandle<T> {
    /// A new receiver, where it was counted; and a value to drop that nobody has to read any more.
    pub(super) fn new(
        shared: &Arc<Shared<T>>,
        enter: impl FnOnce(&Shared<T>) -> (Cursor<T>, Option<T>),
    ) -> Self {
        let (cursor, freed) = enter(shared);
        let handle = Self {
            cursor,
            shared: Arc::clone(shared),
            waiting: None,
        };
        // Only now: if it panics, the receiver is counted out again.
        drop(freed);
        handle
    }

    /// How many messages there are to read.
    pub(super) fn len(&self) -> usize {
        self.shared.unread(self.cursor.position)
    }

    /// The next value of a lossless channel if it is there for sure: a look without the lock.
    #[inline]
    pub(super) fn published(&mut self) -> Option<T>
    where
        T: Clone,
    {
        let slot = self.cursor.slot?;
        // SAFETY: the cursor holds the slot's block.
        if !unsafe { slot.as_ref() }.is_published() {
            return None;
        }
        self.stop_waiting();
        self.cursor.move_on_from(slot);
        Some(Share::new(&self.shared, slot).into_value())
    }

    /// The next value of an overwriting channel if it is there for sure: a look without the lock.
    #[inline]
    pub(super) fn readable(&mut self) -> Option<T>
    where
        T: Clone,
    {
        let pointer = self.cursor.slot?;
        // SAFETY: the cursor holds the slot's block.
        let slot = unsafe { pointer.as_ref() };
        if !slot.is_readable() {
            return None;
        }
        self.stop_waiting();
        if !slot.begin() {
            return None;
        }
        self.cursor.move_on_from(pointer);
        Some(Share::new(&self.shared, pointer).into_value())
    }

    /// The next value, or what else there is to tell, looked for under the lock.
    pub(super) fn find(&mut self) -> Poll<Result<T, RecvError>>
    where
        T: Clone,
    {
        let Self {
            shared,
            cursor,
            waiting,
        } = self;
        let found = shared.inspect(|state| shared.next(state, cursor));
        // The share is there before a waker is dropped, which may panic.
        let found = found.map_ok(|slot| Share::new(shared, slot));
        if found.is_ready() && waiting.is_some() {
            deregister(shared, waiting);
        }
        found.map_ok(Share::into_value)
    }

    /// As [`find`](Self::find); if it finds nothing, it is to be called again after a wake.
    pub(super) fn poll_find(&mut self, cx: &Context<'_>) -> Poll<Result<T, RecvError>>
    where
        T: Clone,
    {
        match self.find() {
            Poll::Pending => self.find_or_wait(cx.waker()),
            found @ Poll::Ready(_) => found,
        }
    }

    /// The next value, or what else there is to tell.
    pub(super) fn try_next(&mut self) -> Poll<Result<T, RecvError>>
    where
        T: Clone,
    {
        match self.published() {
            Some(value) => Poll::Ready(Ok(value)),
            None => self.find(),
        }
    }

    /// The next value, unless others were evicted before it; then nothing changes.
    pub(super) fn next_without_lag(&mut self) -> Option<T>
    where
        T: Clone,
    {
        if let Some(value) = self.readable() {
            return Some(value);
        }
        let Self { shared, cursor, .. } = self;
        let found = shared.inspect(|state| {
            if shared.has_missed(state, cursor) {
                Poll::Pending
            } else {
                shared.next(state, cursor)
            }
        });
        match found {
            Poll::Ready(Ok(slot)) => Some(Share::new(shared, slot).into_value()),
            Poll::Ready(Err(_)) | Poll::Pending => None,
        }
    }

    /// The next value, looked for under the lock; or a waker is left there.
    #[cold]
    fn find_or_wait(&mut self, waker: &Waker) -> Poll<Result<T, RecvError>>
    where
        T: Clone,
    {
        let mut waker = Some(waker.clone());
        let Self {
            shared,
            cursor,
            waiting,
        } = self;
        let (found, replaced) = shared.inspect(|state: &mut State<T>| {
            let found = shared.next(state, cursor);
            let replaced = match waker.take_if(|_| found.is_pending()) {
                Some(waker) => state.receiving().register(waiting, waker),
                None => state.receiving().deregister(waiting),
            };
            (found, replaced)
        });
        let found = found.map_ok(|slot| Share::new(shared, slot));
        drop((replaced, waker));
        found.map_ok(Share::into_value)
    }

    /// The wait, if any, is over or cancelled.
    #[inline]
    pub(super) fn stop_waiting(&mut self) {
        if self.waiting.is_some() {
            deregister(&self.shared, &mut self.waiting);
        }
    }
}

#[cold]
fn deregister<T>(shared: &Shared<T>, waiting: &mut Option<Key>) {
    drop(shared.inspect(|state| state.receiving().deregister(waiting)));
}

/// At the same position.
impl<T> Clone for ReceiverHandle<T> {
    fn clone(&self) -> Self {
        Self::new(&self.shared, |shared| shared.enter_beside(&self.cursor))
    }
}

impl<T> Drop for ReceiverHandle<T> {
    fn drop(&mut self) {
        // Declared first, so dropped last, also if a waker panics: the values that nobody else has to read.
        let mut freed = Vec::new();
        let waker = self.shared.change(|state| {
            self.shared.leave(state, &self.cursor, &mut freed);
            state.receiving().deregister(&mut self.waiting)
        });
        drop(waker);
    }
}

/// A message that a receiver is counted on; dropping this lets go of it.
pub(super) struct Share<'a, T> {
    shared: &'a Shared<T>,
    slot: &'a Slot<T>,
}

impl<'a, T> Share<'a, T> {
    /// The message is there; the cursor has moved on from its slot, and looks for no other one while this is there.
    fn new(shared: &'a Shared<T>, slot: NonNull<Slot<T>>) -> Self {
        Self {
            shared,
            // SAFETY: the cursor holds the slot's block until it looks for the next one.
            slot: unsafe { slot.as_ref() },
        }
    }

    /// The value: moved out if nobody else has to read it, cloned otherwise.
    #[inline]
    pub(super) fn into_value(self) -> T
    where
        T: Clone,
    {
        if self.slot.claim() {
            let this = mem::ManuallyDrop::new(self);
            return this.take();
        }
        // SAFETY: row COUNTED, until `self` is dropped, also if the clone panics.
        unsafe { self.slot.clone_value() }
    }

    /// Moves the value out. Not inlined: most receivers are not the last. To be called once the slot says that this is the last one.
    #[inline(never)]
    fn take(&self) -> T {
        // SAFETY: row LAST.
        let value = unsafe { self.slot.take() };
        if !self.shared.overwrites() {
            self.shared.make_room();
        }
        value
    }
}

impl<T> Drop for Share<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if self.slot.let_go() {
            drop(self.take());
        }
    }
}
