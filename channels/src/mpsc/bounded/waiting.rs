//! Who waits, under the lock: senders for room, permits for their values, the receiver for a value that is late.
//!
//! Each section that changes what is here, or that follows a place made free, ends with [`Shared::settle`]. So between
//! two sections this holds: **if senders wait, the first of them has no room yet**, and either the receiver will find OWED
//! on the slot that it lacks, or permits stand before it, whose end is a section, too. Nobody claims the tail's slot without
//! the lock then: it is owed, or the tail is HELD.

use alloc::boxed::Box;
use core::ops::DerefMut;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use core::task::{Context, Poll, Waker};

use super::ring::{FLAGS, OWED};
use super::shared::{CLOSED, Claim, HELD, PARKED, Refusal, Shared};
use crate::error::SendError;
use crate::wait_list::{Key, WaitList, WakeBatch, poll_wait, wake_all};

/// What the lock guards.
pub(super) struct Waiting<T> {
    /// Who waits for room.
    senders: WaitList<Request<T>>,
    /// Who waits in `closed`. There once somebody has.
    watchers: Option<Box<WaitList<()>>>,
    /// Permits that were handed out and not used yet.
    permits: usize,
    /// The receiver that waits for the value of this position, whose sender has claimed it and not filled it yet.
    late: Option<(usize, Waker)>,
}

/// What a sender waits for.
pub(super) enum Request<T> {
    /// To send this value.
    Send(T),
    /// To get so many permits at once.
    Permits(usize),
}

/// What became of a send.
pub(super) enum Sending<T> {
    Done(Result<(), SendError<T>>),
    /// The value is in the list of those who wait.
    Queued(Key),
}

impl<T> Waiting<T> {
    pub(super) const fn new() -> Self {
        Self {
            senders: WaitList::new(),
            watchers: None,
            permits: 0,
            late: None,
        }
    }

    /// Whether anybody waits but the receiver.
    pub(super) fn is_awaited(&self) -> bool {
        !self.senders.is_empty() || self.watchers.is_some()
    }

    pub(super) fn watchers(&mut self) -> &mut WaitList<()> {
        self.watchers.get_or_insert_with(|| Box::new(WaitList::new()))
    }

    /// Senders that wait, and those who have yet to learn that the channel was closed.
    pub(super) fn sender_count(&self) -> usize {
        self.senders.len()
    }

    pub(super) fn dismiss_into(&mut self, batch: &mut WakeBatch) {
        while !batch.is_full()
            && let Some(sender) = self.senders.dismiss_front()
        {
            batch.push(sender);
        }
        if let Some(watchers) = &mut self.watchers {
            watchers.pop_into(batch, watchers.next_ticket());
        }
    }

    /// Stores the waker of a receiver that waits for this position, and returns the one that it replaces.
    pub(super) fn await_late(&mut self, position: usize, waker: Waker) -> Option<Waker> {
        self.late.replace((position, waker)).map(|(_, waker)| waker)
    }

    /// Takes the waker of the receiver if it still waits for this position.
    pub(super) fn take_late(&mut self, position: usize) -> Option<Waker> {
        let (_, waker) = self.late.take_if(|(awaited, _)| *awaited == position)?;
        Some(waker)
    }

    /// Takes the value of the first sender that waits, if it waits with one, and its waker.
    pub(super) fn pull_front(&mut self) -> Option<(Waker, T)> {
        match self.senders.front()? {
            Request::Permits(_) => None,
            Request::Send(_) => match self.senders.pop_front()? {
                (waker, Request::Send(value)) => Some((waker, value)),
                (_, Request::Permits(_)) => None,
            },
        }
    }
}

impl<T> Shared<T> {
    /// Keeps all others from claiming without the lock; to be called under it. Returns the tail.
    fn hold(&self) -> usize {
        let tail = self.tail.load(Relaxed);
        if tail & HELD == 0 {
            self.tail.fetch_or(HELD, Relaxed) | HELD
        } else {
            tail
        }
    }

    /// Whether so many places are free beside those of the permits. If not, and this is the tail, the receiver will come
    /// when they are, or permits stand before. To be called under the lock.
    fn has_room(&self, waiting: &Waiting<T>, tail: usize, places: usize) -> bool {
        let needed = waiting.permits + places;
        if self.capacity() == 0 {
            return tail & PARKED != 0 && needed == 1;
        }
        if needed > self.ring.slot_count() {
            return false;
        }
        let mut last = tail & !FLAGS;
        if needed > 1 {
            // Places become free in their order: if the last one that is needed is free, all of them are.
            last = self.ring.advance(last, needed - 1);
        }
        self.ring.slot(last).is_free_or_owed(last)
    }

    /// Claims the next position for a newcomer, who must not overtake; to be called under the lock. If it cannot, the
    /// newcomer may wait in the list.
    pub(super) fn claim_behind(&self, waiting: &Waiting<T>) -> Option<Claim<'_, T>> {
        if !waiting.senders.is_empty() {
            return None;
        }
        loop {
            let tail = self.tail.load(Relaxed);
            if !self.has_room(waiting, tail, 1) {
                if self.tail.load(Relaxed) == tail {
                    return None;
                }
            } else if let Some(claim) = self.claim_held(tail) {
                claim.forgive();
                return Some(claim);
            }
        }
    }

    /// Sends a value at the next position, which the caller knows to be free; to be called under the lock, while nobody
    /// claims without it. Returns the waker of the receiver that waits for the value.
    fn fill_next(&self, waiting: &Waiting<T>, value: T) -> Option<Waker> {
        loop {
            let tail = self.tail.load(Relaxed);
            let owed = self.keep_from_newcomers(waiting, tail);
            // Else PARKED has changed, or HELD was set right now.
            if let Some(claim) = self.claim_held(tail) {
                return claim.fill_held(value, owed);
            }
        }
    }

    /// Before the tail moves on: makes sure that nobody overtakes who then is the first to wait. Returns OWED if that is
    /// how, and there is but one slot, which is to keep it.
    fn keep_from_newcomers(&self, waiting: &Waiting<T>, tail: usize) -> usize {
        match waiting.senders.front() {
            None => {}
            Some(Request::Permits(_)) => {
                self.hold();
            }
            Some(Request::Send(_)) if tail & HELD != 0 => {}
            Some(Request::Send(_)) if self.ring.slot_count() == 1 => return OWED,
            Some(Request::Send(_)) => {
                let (_, next) = self.ring.locate(tail);
                self.ring.slot(next).owe();
            }
        }
        0
    }

    /// Ends a section under the lock: serves senders that have room, lets newcomers claim without the lock again if
    /// nothing speaks against it, unlocks, and wakes who was served. `receiver` was served in the section already.
    pub(super) fn settle(
        &self,
        mut waiting: impl DerefMut<Target = Waiting<T>>,
        mut receiver: Option<Waker>,
    ) {
        // One wake or none is usual, and needs no batch.
        let Some(first) = self.next_served(&mut waiting, &mut receiver) else {
            return;
        };
        let is_last = receiver.is_none() && !self.is_front_due(&waiting);
        drop(waiting);
        if is_last {
            first.wake();
        } else {
            self.settle_many(first, receiver);
        }
    }

    #[cold]
    #[inline(never)]
    fn settle_many(&self, first: Waker, mut receiver: Option<Waker>) {
        let mut first = Some(first);
        wake_all(|batch| {
            let waiting = &mut *self.waiting.lock();
            while !batch.is_full()
                && let Some(waker) = first.take().or_else(|| self.next_served(waiting, &mut receiver))
            {
                batch.push(waker);
            }
        });
    }

    /// Who is to be woken next: the receiver that was served, or else the first sender, which is served now if it has room.
    /// Its value may serve a receiver in turn.
    #[inline]
    fn next_served(&self, waiting: &mut Waiting<T>, receiver: &mut Option<Waker>) -> Option<Waker> {
        if receiver.is_some() {
            return receiver.take();
        }
        if !self.is_front_due(waiting) {
            return None;
        }
        let (sender, request) = waiting.senders.pop_front()?;
        match request {
            Request::Send(value) => *receiver = self.fill_next(waiting, value),
            Request::Permits(count) => waiting.permits += count,
        }
        self.note_served(waiting);
        Some(sender)
    }

    /// Whether the first sender has room. If nobody waits at all, newcomers may claim without the lock again.
    #[inline]
    fn is_front_due(&self, waiting: &Waiting<T>) -> bool {
        let (tail, places) = match waiting.senders.front() {
            Some(Request::Send(_)) => (self.tail.load(Relaxed), 1),
            Some(Request::Permits(count)) => (self.hold(), *count),
            None => {
                if waiting.permits == 0 && self.capacity() > 0 && self.tail.load(Relaxed) & HELD != 0 {
                    self.tail.fetch_and(!HELD, Relaxed);
                }
                return false;
            }
        };
        tail & CLOSED == 0 && self.has_room(waiting, tail, places)
    }

    /// Lets those who were served know without the lock. To be called under it, after each change.
    pub(super) fn note_served(&self, waiting: &Waiting<T>) {
        // Where tickets outgrow a `usize`, the later ones ask under the lock.
        let end = usize::try_from(waiting.senders.front_ticket()).unwrap_or(usize::MAX);
        // ORDERING: Release, pair F: the values are in their slots.
        self.served.store(end, Release);
    }

    fn is_served(&self, key: &Key) -> bool {
        // ORDERING: Acquire, pair F.
        key.is_before(self.served.load(Acquire) as u64)
    }

    /// A send that found no room: waits in the list.
    pub(super) fn queue(&self, value: T, cx: &Context<'_>) -> Sending<T> {
        let waker = cx.waker().clone();
        let mut waiting = self.waiting.lock();
        if self.is_closed_by_receiver() {
            drop(waiting);
            return Sending::Done(Err(SendError::ReceiverDropped(value)));
        }
        let Some(claim) = self.claim_behind(&waiting) else {
            return Sending::Queued(waiting.senders.push(waker, Request::Send(value)));
        };
        drop(waiting);
        Sending::Done(self.fill(claim, value))
    }

    /// The later polls of a send, which need no lock once it was served. As [`poll_request`](Self::poll_request).
    pub(super) fn poll_served(&self, key: &Key, cx: &Context<'_>) -> Poll<bool> {
        if self.is_served(key) {
            return Poll::Ready(true);
        }
        self.poll_request(key, cx)
    }

    /// Ready once the request was served, with true, or once the channel is closed, with false: then who has the key takes the
    /// request back. So a waker that panics in here loses nothing.
    pub(super) fn poll_request(&self, key: &Key, cx: &Context<'_>) -> Poll<bool> {
        poll_wait(
            &self.waiting,
            cx,
            |waiting| {
                if !waiting.senders.contains(key) {
                    return Some(true);
                }
                self.is_closed_by_receiver().then_some(false)
            },
            |waiting, waker| Some(waiting.senders.replace_waker(key, waker)),
        )
    }

    /// Takes a waiting value back; `None` if it was delivered.
    #[cold]
    #[inline(never)]
    pub(super) fn withdraw(&self, key: &Key) -> Option<T> {
        match self.remove(key)? {
            Request::Send(value) => Some(value),
            Request::Permits(_) => None,
        }
    }

    fn remove(&self, key: &Key) -> Option<Request<T>> {
        let mut waiting = self.waiting.lock();
        let removed = waiting.senders.remove(key);
        self.settle(waiting, None);
        removed.map(|(_waker, request)| request)
    }

    /// Gets so many permits if there is room for them now.
    pub(super) fn try_reserve(&self, count: usize) -> Result<(), Refusal> {
        let mut waiting = self.waiting.lock();
        let reserved = self.reserve_held(&mut waiting, count);
        self.settle(waiting, None);
        reserved
    }

    fn reserve_held(&self, waiting: &mut Waiting<T>, count: usize) -> Result<(), Refusal> {
        if self.is_closed_by_receiver() {
            return Err(Refusal::Closed);
        }
        if count > 0 && !(waiting.senders.is_empty() && self.has_room(waiting, self.hold(), count)) {
            return Err(Refusal::Full);
        }
        waiting.permits += count;
        Ok(())
    }

    /// Gets so many permits, or waits for them in the list, under the key that it returns.
    pub(super) fn reserve_or_queue(
        &self,
        count: usize,
        cx: &Context<'_>,
    ) -> Result<Option<Key>, SendError<()>> {
        match self.try_reserve(count) {
            Ok(()) => return Ok(None),
            Err(Refusal::Closed) => return Err(SendError::ReceiverDropped(())),
            Err(Refusal::Full) => {}
        }
        let waker = cx.waker().clone();
        let mut waiting = self.waiting.lock();
        let reserved = self.reserve_held(&mut waiting, count);
        if let Err(Refusal::Full) = reserved {
            return Ok(Some(waiting.senders.push(waker, Request::Permits(count))));
        }
        self.settle(waiting, None);
        reserved
            .map(|()| None)
            .map_err(|_closed| SendError::ReceiverDropped(()))
    }

    /// A reservation that was queued is given up, whether it was served meanwhile or not.
    pub(super) fn forgo(&self, key: &Key, count: usize) {
        if self.remove(key).is_none() {
            self.release(count);
        }
    }

    /// Gives permits back.
    pub(super) fn release(&self, count: usize) {
        let mut waiting = self.waiting.lock();
        waiting.permits -= count;
        self.settle(waiting, None);
    }

    /// Sends a value in the place of a permit.
    pub(super) fn send_reserved(&self, value: T) -> Result<(), SendError<T>> {
        let mut waiting = self.waiting.lock();
        waiting.permits -= 1;
        if self.is_closed_by_receiver() {
            self.settle(waiting, None);
            return Err(SendError::ReceiverDropped(value));
        }
        let receiver = self.fill_next(&waiting, value);
        self.settle(waiting, receiver);
        Ok(())
    }
}
