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

/// No slot: the end of a chain.
const NONE: u32 = u32::MAX;

/// The place of one waiter. Worthless, not dangerous, once the waiter was popped or removed.
#[derive(Debug)]
pub(crate) struct Key {
    ticket: u64,
    index: u32,
}

/// A first-come, first-served queue of wakers, each with a payload.
pub(crate) struct WaitList<P> {
    slots: Vec<Slot<P>>,
    next_ticket: u64,
    /// First of the chain of free slots, linked by `next`.
    free: u32,
    front: u32,
    back: u32,
    /// Slots that are not free.
    occupied: u32,
}

struct Slot<P> {
    ticket: u64,
    previous: u32,
    next: u32,
    state: State<P>,
}

/// See the picture above.
enum State<P> {
    Free,
    Queued(Waker, P),
    Woken(P),
}

impl Key {
    /// Whether the waiter came before the one who got this ticket.
    pub(crate) fn is_before(&self, ticket: u64) -> bool {
        self.ticket < ticket
    }
}

impl<P> WaitList<P> {
    pub(crate) const fn new() -> Self {
        Self {
            slots: Vec::new(),
            next_ticket: 0,
            free: NONE,
            front: NONE,
            back: NONE,
            occupied: 0,
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
            previous,
            next: NONE,
            state: State::Queued(waker, payload),
        };
        let index = self.free;
        let index = match self.slots.get_mut(index as usize) {
            Some(free) => {
                self.free = free.next;
                *free = slot;
                index
            }
            None => self.grow(slot),
        };
        match self.slots.get_mut(previous as usize) {
            Some(previous) => previous.next = index,
            None => self.front = index,
        }
        self.back = index;
        self.occupied += 1;
        Key { ticket, index }
    }

    /// Appends a slot: none is free.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, slot: Slot<P>) -> u32 {
        let index = u32::try_from(self.slots.len()).expect("so many waiters do not fit into memory");
        assert!(index < NONE, "so many waiters do not fit into memory");
        self.slots.push(slot);
        index
    }

    /// The entry of a waiter, queued or woken.
    fn entry(&self, key: &Key) -> Option<&State<P>> {
        let slot = self.slots.get(key.index as usize)?;
        match &slot.state {
            state @ (State::Queued(..) | State::Woken(_)) if slot.ticket == key.ticket => Some(state),
            State::Queued(..) | State::Woken(_) | State::Free => None,
        }
    }

    /// Whether the waiter's entry is still there, queued or woken.
    pub(crate) fn contains(&self, key: &Key) -> bool {
        self.entry(key).is_some()
    }

    /// Whether the waiter is still in the queue.
    pub(crate) fn is_queued(&self, key: &Key) -> bool {
        matches!(self.entry(key), Some(State::Queued(..)))
    }

    /// Whether nobody is in the queue.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.front == NONE
    }

    /// The payload of the first waiter in the queue.
    #[inline]
    pub(crate) fn front(&self) -> Option<&P> {
        match &self.slots.get(self.front as usize)?.state {
            State::Queued(_, payload) => Some(payload),
            State::Woken(_) | State::Free => None,
        }
    }

    /// The ticket of the first waiter in the queue, or the next one that will be given if there is none. Who came before
    /// has left the queue.
    #[inline]
    pub(crate) fn front_ticket(&self) -> u64 {
        match self.slots.get(self.front as usize) {
            Some(slot) => slot.ticket,
            None => self.next_ticket,
        }
    }

    /// The number of entries, queued and woken.
    pub(crate) fn len(&self) -> usize {
        self.occupied as usize
    }

    /// Gives a queued waiter another waker; its place stays. Returns the waker that is not needed any more, which is the
    /// given one if the waiter is not queued; it is to be dropped after the lock.
    pub(crate) fn replace_waker(&mut self, key: &Key, waker: Waker) -> Waker {
        match self.slots.get_mut(key.index as usize) {
            Some(Slot {
                ticket,
                state: State::Queued(registered, _),
                ..
            }) if *ticket == key.ticket => mem::replace(registered, waker),
            Some(_) | None => waker,
        }
    }

    /// Takes the first waiter out.
    #[inline]
    pub(crate) fn pop_front(&mut self) -> Option<(Waker, P)> {
        let index = self.front;
        let slot = self.slots.get_mut(index as usize)?;
        let State::Queued(waker, payload) = mem::replace(&mut slot.state, State::Free) else {
            unreachable!("who is in the queue is queued");
        };
        self.front = mem::replace(&mut slot.next, self.free);
        self.free = index;
        match self.slots.get_mut(self.front as usize) {
            Some(front) => front.previous = NONE,
            None => self.back = NONE,
        }
        self.count_free();
        Some((waker, payload))
    }

    /// Takes the first waiter's waker out and leaves the payload, which its owner fetches with [`remove`](Self::remove).
    pub(crate) fn dismiss_front(&mut self) -> Option<Waker> {
        let index = self.front;
        let slot = self.slots.get_mut(index as usize)?;
        let State::Queued(waker, payload) = mem::replace(&mut slot.state, State::Free) else {
            unreachable!("who is in the queue is queued");
        };
        slot.state = State::Woken(payload);
        self.unlink(index);
        Some(waker)
    }

    /// Takes a waiter out, wherever it stands. `None` if it was popped. Waker and payload are to be dropped after the lock.
    pub(crate) fn remove(&mut self, key: &Key) -> Option<(Option<Waker>, P)> {
        let slot = self.slots.get_mut(key.index as usize)?;
        if slot.ticket != key.ticket {
            return None;
        }
        let removed = match mem::replace(&mut slot.state, State::Free) {
            State::Free => return None,
            State::Queued(waker, payload) => {
                self.unlink(key.index);
                (Some(waker), payload)
            }
            State::Woken(payload) => (None, payload),
        };
        self.slots[key.index as usize].next = mem::replace(&mut self.free, key.index);
        self.count_free();
        Some(removed)
    }

    /// Takes a slot out of the queue.
    fn unlink(&mut self, index: u32) {
        let Slot { previous, next, .. } = self.slots[index as usize];
        match self.slots.get_mut(previous as usize) {
            Some(previous) => previous.next = next,
            None => self.front = next,
        }
        match self.slots.get_mut(next as usize) {
            Some(next) => next.previous = previous,
            None => self.back = previous,
        }
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
        self.free = NONE;
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
        while self.front_ticket() < end
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
