//! What both sides of the bounded channel share: the fast paths, and closing.

use core::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use core::task::{Context, Poll, Waker};

use super::ring::{AWAITED, FLAGS, FULL, GONE, OWED, Ring, Slot};
use super::waiting::Waiting;
use crate::error::{SendError, TrySendError};
use crate::sync::{AtomicUsize, Lock, UnsafeCell};
use crate::wait_list::{Key, poll_wait, wake_all};

// The flags of `tail`.
/// The receiver was closed or dropped: nothing is sent any more.
pub(super) const CLOSED: usize = 1;
/// Places are given out under the lock only: permits are held or waited for, or the channel is a rendezvous.
pub(super) const HELD: usize = 2;
/// The receiver waits at an empty ring, and its waker is in `receiver`.
pub(super) const PARKED: usize = 4;

/// Words between those that only senders write and those that all read or only the receiver writes.
const FILLER: usize = 6;

#[repr(C)]
pub(super) struct Shared<T> {
    pub(super) ring: Ring<T>,
    /// 0 for a rendezvous, whose ring has one slot.
    capacity: usize,
    _filler: [usize; FILLER],
    /// The position of the next value to be sent, and flags.
    pub(super) tail: AtomicUsize,
    /// The senders that are left.
    senders: AtomicUsize,
    pub(super) waiting: Lock<Waiting<T>>,
    /// Waiters with a ticket below this were served. Written under the lock.
    pub(super) served: AtomicUsize,
    pub(super) receiver: UnsafeCell<Option<Waker>>,
    /// The position of the next value to be received. The receiver alone writes it.
    pub(super) head: AtomicUsize,
}

// SAFETY: a value is reached by one thread at a time, by the table in the module doc, which needs `Send` only. The waker
// is `Send` and `Sync`.
unsafe impl<T: Send> Sync for Shared<T> {}

/// A place that is this sender's to fill.
pub(super) struct Claim<'a, T> {
    slot: &'a Slot<T>,
    position: usize,
    /// The receiver that waited for it.
    receiver: Option<Waker>,
}

/// Why there is no place.
pub(super) enum Refusal {
    Full,
    Closed,
}

impl<T> Shared<T> {
    /// A channel with one sender, whose first position is `start`.
    pub(super) fn new(capacity: usize, start: usize) -> Self {
        let flags = if capacity == 0 { HELD } else { 0 };
        Self {
            ring: Ring::new(capacity.max(1), start),
            capacity,
            _filler: [0; FILLER],
            tail: AtomicUsize::new(start | flags),
            senders: AtomicUsize::new(1),
            waiting: Lock::new(Waiting::new()),
            served: AtomicUsize::new(0),
            receiver: UnsafeCell::new(None),
            head: AtomicUsize::new(start),
        }
    }

    #[inline]
    pub(super) fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        let claimed = match self.claim() {
            Some(claim) => Ok(claim),
            None => self.claim_with_care(),
        };
        match claimed {
            Ok(claim) => self.fill(claim, value).map_err(|refused| match refused {
                SendError::ReceiverDropped(value) => TrySendError::ReceiverDropped(value),
            }),
            Err(Refusal::Full) => Err(TrySendError::Full(value)),
            Err(Refusal::Closed) => Err(TrySendError::ReceiverDropped(value)),
        }
    }

    /// Claims the next position, if it is free and nothing speaks against it.
    #[inline]
    pub(super) fn claim(&self) -> Option<Claim<'_, T>> {
        loop {
            let tail = self.tail.load(Relaxed);
            if tail & (CLOSED | HELD) != 0 {
                return None;
            }
            let position = tail & !PARKED;
            let (slot, next) = self.ring.locate(position);
            if !slot.is_free(position) {
                if self.tail.load(Relaxed) == tail {
                    return None;
                }
            } else if let Some(claim) = self.claim_exactly(tail, slot, next) {
                return Some(claim);
            }
        }
    }

    /// What [`claim`](Self::claim) has refused: under the lock if it must be.
    #[cold]
    #[inline(never)]
    fn claim_with_care(&self) -> Result<Claim<'_, T>, Refusal> {
        let tail = self.tail.load(Relaxed);
        if tail & CLOSED != 0 {
            return Err(Refusal::Closed);
        }
        let is_lacking = tail & HELD == 0 && !self.ring.slot(tail).is_free_or_promised(tail & !FLAGS);
        if is_lacking && self.tail.load(Relaxed) == tail {
            return Err(Refusal::Full);
        }
        let waiting = self.waiting.lock();
        if self.is_closed_by_receiver() {
            return Err(Refusal::Closed);
        }
        self.claim_behind(&waiting).ok_or(Refusal::Full)
    }

    /// Claims the position of `tail`, which is free, and whose slot and next position these are; unless `tail` has changed.
    #[inline]
    fn claim_exactly<'a>(&self, tail: usize, slot: &'a Slot<T>, next: usize) -> Option<Claim<'a, T>> {
        // ORDERING: Acquire, pair C: the receiver's waker is written. Nothing is published before `fill`.
        self.tail.compare_exchange(tail, next, Acquire, Relaxed).ok()?;
        Some(Claim {
            slot,
            position: tail & !FLAGS,
            receiver: self.take_if_parked(tail),
        })
    }

    /// As [`claim_exactly`](Self::claim_exactly), under the lock.
    pub(super) fn claim_held(&self, tail: usize) -> Option<Claim<'_, T>> {
        let (slot, next) = self.ring.locate(tail & !PARKED);
        self.claim_exactly(tail, slot, next)
    }

    /// Takes the waker of the receiver if it was parked at this tail. Only for who has cleared PARKED there.
    #[inline]
    fn take_if_parked(&self, tail: usize) -> Option<Waker> {
        if tail & PARKED == 0 {
            None
        } else {
            self.take_parked()
        }
    }

    fn take_parked(&self) -> Option<Waker> {
        self.receiver.with_mut(|receiver| {
            // SAFETY: row `receiver`: who cleared PARKED has it alone, a sender until it has filled its slot.
            let receiver = unsafe { &mut *receiver };
            receiver.take()
        })
    }

    /// Writes the value into the place that was claimed, and wakes the receiver if it waits for it.
    #[inline]
    pub(super) fn fill(&self, claim: Claim<'_, T>, value: T) -> Result<(), SendError<T>> {
        let Claim {
            slot,
            position,
            receiver,
        } = claim;
        let before = slot.publish(value);
        if before & (AWAITED | GONE) != 0 {
            // Another waker has taken its place, or the receiver has left.
            drop(receiver);
            return self.fill_late(slot, position, before);
        }
        if let Some(receiver) = receiver {
            receiver.wake();
        }
        Ok(())
    }

    /// The receiver came for the value before it was there.
    #[cold]
    #[inline(never)]
    fn fill_late(&self, slot: &Slot<T>, position: usize, before: usize) -> Result<(), SendError<T>> {
        if before & GONE != 0 {
            // SAFETY: row GONE: the receiver has left the value to this sender, which has just written it.
            return Err(SendError::ReceiverDropped(unsafe { slot.take() }));
        }
        let late = self.waiting.lock().take_late(position);
        if let Some(receiver) = late {
            receiver.wake();
        }
        Ok(())
    }

    /// Closes, and wakes all senders: those who wait take their values back.
    /// Wakes all who wait, after the given waker.
    pub(super) fn close(&self, mut first: Option<Waker>) {
        let waiting = self.waiting.lock();
        self.tail.fetch_or(CLOSED, Relaxed);
        let is_awaited = waiting.is_awaited();
        drop(waiting);
        if is_awaited || first.is_some() {
            wake_all(|batch| {
                if let Some(waker) = first.take() {
                    batch.push(waker);
                }
                self.waiting.lock().dismiss_into(batch);
            });
        }
    }

    pub(super) fn add_sender(&self) {
        // Cannot overflow: each sender holds a count of the `Arc` around this, which aborts sooner.
        self.senders.fetch_add(1, Relaxed);
    }

    /// Counts one more sender unless all are gone already.
    pub(super) fn revive_sender(&self) -> bool {
        let mut senders = self.senders.load(Relaxed);
        while senders != 0 {
            match self
                .senders
                .compare_exchange_weak(senders, senders + 1, Relaxed, Relaxed)
            {
                Ok(_) => return true,
                Err(changed) => senders = changed,
            }
        }
        false
    }

    pub(super) fn remove_sender(&self, watcher: &mut Option<Key>) {
        self.forget_watcher(watcher);
        // ORDERING: Release, pair E: who finds no sender left sees all that they sent.
        if self.senders.fetch_sub(1, Release) == 1 {
            // ORDERING: Acquire, pair C: the receiver's waker. Release, pair D: if the receiver parks after this, it
            // finds no sender left.
            let tail = self.tail.fetch_and(!PARKED, AcqRel);
            if let Some(receiver) = self.take_if_parked(tail) {
                receiver.wake();
            }
        }
    }

    pub(super) fn poll_closed(&self, watcher: &mut Option<Key>, cx: &Context<'_>) -> Poll<()> {
        poll_wait(
            &self.waiting,
            cx,
            |_| self.is_closed_by_receiver().then_some(()),
            |waiting, waker| waiting.watchers().register(watcher, waker),
        )
    }

    /// The wait in `closed` is over or cancelled.
    pub(super) fn forget_watcher(&self, watcher: &mut Option<Key>) {
        if watcher.is_some() {
            let waker = self.waiting.lock().watchers().deregister(watcher);
            drop(waker);
        }
    }

    pub(super) fn is_closed_by_receiver(&self) -> bool {
        self.tail.load(Relaxed) & CLOSED != 0
    }

    /// Whether no sender is left. If so, all that they sent is in its slots.
    pub(super) fn is_abandoned(&self) -> bool {
        // ORDERING: Acquire, pair E.
        self.senders.load(Acquire) == 0
    }

    pub(super) fn len(&self) -> usize {
        // In this order `tail` is not behind `head`, unless the loads are reordered, which `distance` bears.
        let head = self.head.load(Relaxed);
        self.ring.distance(head, self.tail.load(Relaxed))
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    pub(super) fn sender_count(&self) -> usize {
        self.senders.load(Relaxed)
    }
}

impl<T> Claim<'_, T> {
    /// Clears what is left of OWED: nobody waits. To be called under the lock.
    pub(super) fn forgive(&self) {
        let state = &self.slot.state;
        if state.load(Relaxed) & OWED != 0 {
            state.fetch_and(!OWED, Relaxed);
        }
    }

    /// Writes the value in the section under the lock in which the place was claimed. Returns the waker of the receiver
    /// that waits for it.
    pub(super) fn fill_held(self, value: T, owed: usize) -> Option<Waker> {
        self.slot.publish_held(self.position, value, owed);
        self.receiver
    }
}

impl<T> Slot<T> {
    /// Whether the slot waits for the value of this position, and is not promised to who waits. If so, it is free to be
    /// written once it is claimed.
    #[inline]
    pub(super) fn is_free(&self, position: usize) -> bool {
        // ORDERING: Acquire, pair B: the receiver has read the value of the lap before.
        self.state.load(Acquire) == position
    }

    /// Whether the slot waits for the value of this position, promised or not.
    fn is_free_or_promised(&self, position: usize) -> bool {
        // ORDERING: Acquire, pair B.
        self.state.load(Acquire) & !FLAGS == position
    }

    /// As [`is_free_or_promised`](Self::is_free_or_promised), but if not, its receiver will come for those who wait.
    pub(super) fn is_free_or_owed(&self, position: usize) -> bool {
        // ORDERING: Acquire, pair B.
        let mut state = self.state.load(Acquire);
        if state & OWED == 0 && state & !FLAGS != position {
            // ORDERING: Acquire, pair B: it may have become free just now.
            state = self.state.fetch_or(OWED, Acquire);
        }
        state & !FLAGS == position
    }

    /// Lets the receiver come for those who wait when it frees the slot, and keeps newcomers from it then. Under the lock.
    pub(super) fn owe(&self) {
        self.state.fetch_or(OWED, Relaxed);
    }

    /// Writes the value of a place that was claimed, and returns the state before.
    #[inline]
    fn publish(&self, value: T) -> usize {
        self.write(value);
        // ORDERING: Release, pair A: who sees FULL sees the value, and that the sender is done with `receiver`.
        self.state.fetch_add(FULL, Release)
    }

    /// As [`publish`](Self::publish), in the section under the lock in which the place was claimed: until it ends, nobody
    /// else writes the state. `owed` is what is left of OWED.
    fn publish_held(&self, position: usize, value: T, owed: usize) {
        self.write(value);
        debug_assert!(
            self.state.load(Relaxed) & (AWAITED | GONE) == 0,
            "no receiver comes for it before it is there: both are set under the lock, or after CLOSED"
        );
        // ORDERING: Release, pair A.
        self.state.store(position | FULL | owed, Release);
    }

    #[inline]
    fn write(&self, value: T) {
        self.value.with_mut(|cell| {
            // SAFETY: row claimed: the value of the slot is this sender's until it sets FULL.
            let cell = unsafe { &mut *cell };
            cell.write(value);
        });
    }

    /// Takes the value out.
    ///
    /// # Safety
    ///
    /// It was written, nobody else reaches it, and nobody takes it again.
    #[inline]
    pub(super) unsafe fn take(&self) -> T {
        self.value.with(|cell| {
            // SAFETY: nobody else reaches it.
            let cell = unsafe { &*cell };
            // SAFETY: it was written, and nobody takes it again.
            unsafe { cell.assume_init_read() }
        })
    }
}
