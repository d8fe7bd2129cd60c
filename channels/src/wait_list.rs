//! The tasks that wait for one thing, in the order in which they came.
//!
//! A [`WaitList`] lives under its owner's lock; a future holds nothing but a [`Key`] into it. So futures are `Unpin`, a
//! forgotten future is harmless, and a wait costs no allocation once the list has grown to the usual number of waiters.
//!
//! ```text
//!            push                pop_front
//!   FREE ───────────▶ QUEUED ───────────────▶ FREE     | state  | waker | payload      | chain          |
//!                        │ dismiss_front               | FREE   | –     | –            | free slots     |
//!                        ▼           remove            | QUEUED | yes   | the list's   | the queue      |
//!                      WOKEN ────────────────▶ FREE    | WOKEN  | –     | the waiter's | none           |
//! ```
//!
//! Each push has a ticket of its own, which is part of its key: once a slot is free, its old key fits nothing any more.
//! So "my key is gone" tells a waiter that it was served.
//!
//! # The rhythm of a wait
//!
//! **Check, register, check again**, where registering and the second check are one section under the lock:
//!
//! 1. Lock, check whether the wait is over, unlock. If it is, no waker is touched.
//! 2. Clone the waker; no lock is held.
//! 3. Lock, check again, and if there is still nothing push the waker (or hand it to the entry that is there), unlock.
//! 4. Drop the waker that was replaced or not needed; no lock is held.
//!
//! [`poll_wait`] is this rhythm. Who ends the wait takes wakers out under the lock and wakes them after it, one by one or
//! with [`wake_all`].

use alloc::vec::Vec;
use core::array;
use core::mem;
use core::task::{Context, Poll, Waker};

use crate::sync::Lock;

/// Slots that an empty list keeps; what a burst needed beyond them is given back once nobody waits any more.
const SLOTS_KEPT: usize = 64;

/// Wakers that are taken out in one section under the lock.
pub(crate) const BATCH_WAKERS_MAX: usize = 32;

/// The place of one waiter. Worthless, not dangerous, once the waiter was popped or removed.
#[derive(Debug)]
pub(crate) struct Key {
    index: usize,
    ticket: u64,
}

/// A first-come, first-served queue of wakers, each with a payload.
pub(crate) struct WaitList<P> {
    slots: Vec<Slot<P>>,
    /// First of the chain of free slots, linked by `next`.
    free: Option<usize>,
    front: Option<usize>,
    back: Option<usize>,
    /// Slots that are not free.
    occupied: usize,
    next_ticket: u64,
}

struct Slot<P> {
    ticket: u64,
    waker: Option<Waker>,
    payload: Option<P>,
    previous: Option<usize>,
    next: Option<usize>,
}

impl<P> WaitList<P> {
    pub(crate) const fn new() -> Self {
        Self {
            slots: Vec::new(),
            free: None,
            front: None,
            back: None,
            occupied: 0,
            next_ticket: 0,
        }
    }

    /// Queues a waiter at the back.
    #[inline]
    pub(crate) fn push(&mut self, waker: Waker, payload: P) -> Key {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        let previous = self.back;
        let slot = Slot {
            ticket,
            waker: Some(waker),
            payload: Some(payload),
            previous,
            next: None,
        };
        let index = match self.free {
            Some(index) => {
                self.free = self.slots[index].next;
                self.slots[index] = slot;
                index
            }
            None => {
                self.slots.push(slot);
                self.slots.len() - 1
            }
        };
        match previous {
            Some(previous) => self.slots[previous].next = Some(index),
            None => self.front = Some(index),
        }
        self.back = Some(index);
        self.occupied += 1;
        Key { index, ticket }
    }

    /// Whether the waiter's entry is still there, queued or woken.
    pub(crate) fn contains(&self, key: &Key) -> bool {
        self.slots
            .get(key.index)
            .is_some_and(|slot| slot.payload.is_some() && slot.ticket == key.ticket)
    }

    /// Whether the waiter is still in the queue.
    pub(crate) fn is_queued(&self, key: &Key) -> bool {
        self.contains(key) && self.slots[key.index].waker.is_some()
    }

    /// Whether nobody is in the queue.
    pub(crate) fn is_empty(&self) -> bool {
        self.front.is_none()
    }

    /// The payload of the first waiter in the queue.
    pub(crate) fn front(&self) -> Option<&P> {
        self.slots[self.front?].payload.as_ref()
    }

    /// The number of entries, queued and woken.
    pub(crate) fn len(&self) -> usize {
        self.occupied
    }

    /// Gives a queued waiter another waker; its place stays. Returns the waker that is not needed any more, which is the
    /// given one if the waiter is not queued; it is to be dropped after the lock.
    pub(crate) fn replace_waker(&mut self, key: &Key, waker: Waker) -> Waker {
        if !self.contains(key) {
            return waker;
        }
        match &mut self.slots[key.index].waker {
            Some(registered) => mem::replace(registered, waker),
            None => waker,
        }
    }

    /// Takes the first waiter out.
    #[inline]
    pub(crate) fn pop_front(&mut self) -> Option<(Waker, P)> {
        let index = self.front?;
        let slot = &mut self.slots[index];
        let popped = slot.waker.take().zip(slot.payload.take());
        self.front = mem::replace(&mut slot.next, self.free);
        self.free = Some(index);
        match self.front {
            Some(front) => self.slots[front].previous = None,
            None => self.back = None,
        }
        self.count_free();
        popped
    }

    /// Takes the first waiter's waker out and leaves the payload, which its owner fetches with [`remove`](Self::remove).
    pub(crate) fn dismiss_front(&mut self) -> Option<Waker> {
        let index = self.front?;
        self.unlink(index)
    }

    /// Takes a waiter out, wherever it stands. `None` if it was popped. Waker and payload are to be dropped after the lock.
    pub(crate) fn remove(&mut self, key: &Key) -> Option<(Option<Waker>, P)> {
        if !self.contains(key) {
            return None;
        }
        let waker = self.unlink(key.index);
        self.vacate(key.index).map(|payload| (waker, payload))
    }

    /// Takes a waiter out of the queue, unless it is out already, and returns its waker.
    fn unlink(&mut self, index: usize) -> Option<Waker> {
        let slot = &mut self.slots[index];
        let waker = slot.waker.take()?;
        let (previous, next) = (slot.previous.take(), slot.next.take());
        match previous {
            Some(previous) => self.slots[previous].next = next,
            None => self.front = next,
        }
        match next {
            Some(next) => self.slots[next].previous = previous,
            None => self.back = previous,
        }
        Some(waker)
    }

    /// Frees the slot of a waiter that is out of the queue.
    fn vacate(&mut self, index: usize) -> Option<P> {
        let slot = &mut self.slots[index];
        let payload = slot.payload.take();
        slot.next = self.free.replace(index);
        self.count_free();
        payload
    }

    /// Counts one more free slot; gives memory back once nobody is left.
    #[inline]
    fn count_free(&mut self) {
        self.occupied -= 1;
        if self.occupied == 0 && self.slots.len() > SLOTS_KEPT {
            self.shrink();
        }
    }

    #[cold]
    fn shrink(&mut self) {
        self.slots.clear();
        self.slots.shrink_to(SLOTS_KEPT);
        self.free = None;
    }
}

/// Waiters without a payload wait for news, not for their turn.
impl WaitList<()> {
    /// Queues the waiter, or gives its entry another waker if it is still queued. Returns a waker to drop after the lock.
    pub(crate) fn register(&mut self, key: &mut Option<Key>, waker: Waker) -> Option<Waker> {
        match key {
            Some(key) if self.contains(key) => Some(self.replace_waker(key, waker)),
            Some(_) | None => {
                *key = Some(self.push(waker, ()));
                None
            }
        }
    }

    /// Takes the waiter out if it is still queued. Returns its waker, to drop after the lock.
    pub(crate) fn deregister(&mut self, key: &mut Option<Key>) -> Option<Waker> {
        self.remove(&key.take()?)?.0
    }

    /// The ticket that the next waiter will get: those who wait now are below it.
    pub(crate) fn next_ticket(&self) -> u64 {
        self.next_ticket
    }

    /// Moves waiters below `end` into the batch, first come first, until it is full.
    pub(crate) fn pop_into(&mut self, batch: &mut WakeBatch, end: u64) {
        while let Some(front) = self.front
            && self.slots[front].ticket < end
            && !batch.is_full()
            && let Some((waker, ())) = self.pop_front()
        {
            batch.push(waker);
        }
    }
}

/// Waits for what `check` finds: check, register, check again. `register` stores the waker and returns the one that it
/// replaced, if any. Both run under the lock.
pub(crate) fn poll_wait<S, R>(
    lock: &Lock<S>,
    cx: &Context<'_>,
    mut check: impl FnMut(&mut S) -> Option<R>,
    register: impl FnOnce(&mut S, Waker) -> Option<Waker>,
) -> Poll<R> {
    if let Some(found) = check(&mut lock.lock()) {
        return Poll::Ready(found);
    }
    let waker = cx.waker().clone();
    let mut state = lock.lock();
    let found = check(&mut state);
    let unneeded = match found {
        Some(_) => Some(waker),
        None => register(&mut state, waker),
    };
    drop(state);
    drop(unneeded);
    found.map_or(Poll::Pending, Poll::Ready)
}

/// Wakers on their way from under a lock to their wake, on the stack.
pub(crate) struct WakeBatch {
    wakers: [Option<Waker>; BATCH_WAKERS_MAX],
    len: usize,
}

impl WakeBatch {
    pub(crate) fn new() -> Self {
        Self {
            wakers: array::from_fn(|_| None),
            len: 0,
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.len == BATCH_WAKERS_MAX
    }

    /// Adds a waker; the batch must not be full.
    pub(crate) fn push(&mut self, waker: Waker) {
        debug_assert!(!self.is_full(), "the batch must have room");
        self.wakers[self.len] = Some(waker);
        self.len += 1;
    }

    /// Wakes all, in the order in which they were added. To be called with no lock held.
    pub(crate) fn wake(mut self) {
        self.wake_the_rest();
    }

    fn wake_the_rest(&mut self) {
        for waker in &mut self.wakers[..self.len] {
            if let Some(waker) = waker.take() {
                waker.wake();
            }
        }
    }
}

impl Drop for WakeBatch {
    /// If one waker panics, the others are woken all the same.
    fn drop(&mut self) {
        self.wake_the_rest();
    }
}

/// Wakes batch after batch, with no lock held, until `fill` leaves one unfilled. `fill` takes the lock for itself.
pub(crate) fn wake_all(fill: impl FnMut(&mut WakeBatch)) {
    Batches { fill: Some(fill) }.wake_the_rest();
}

struct Batches<F: FnMut(&mut WakeBatch)> {
    /// `None` once the last batch is filled.
    fill: Option<F>,
}

impl<F: FnMut(&mut WakeBatch)> Batches<F> {
    fn wake_the_rest(&mut self) {
        while let Some(fill) = &mut self.fill {
            let mut batch = WakeBatch::new();
            fill(&mut batch);
            if !batch.is_full() {
                self.fill = None;
            }
            batch.wake();
        }
    }
}

impl<F: FnMut(&mut WakeBatch)> Drop for Batches<F> {
    /// If one waker panics, the batches behind it are woken all the same.
    fn drop(&mut self) {
        self.wake_the_rest();
    }
}

#[cfg(test)]
mod tests;
