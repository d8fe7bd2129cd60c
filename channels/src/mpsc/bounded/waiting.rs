//! Who waits, under the lock: senders for room, permits for their values, the receiver for a value that is late.
//!
//! Each section that changes what is here, or that follows a place made free, ends with [`Shared::settle`]. So between
//! two sections this holds: **if senders wait, the first of them has no room yet**, and either the receiver will find OWED
//! on the slot that it lacks, or permits stand before it, whose end is a section, too.

use alloc::boxed::Box;
use core::ops::DerefMut;
use core::sync::atomic::Ordering::Relaxed;
use core::task::{Context, Poll, Waker};

use super::ring::FLAGS;
use super::shared::{CLOSED, Claim, HELD, PARKED, Refusal, Shared};
use crate::error::SendError;
use crate::wait_list::{Key, WaitList, WakeBatch, poll_wait, wake_all};

/// What the lock guards.
pub(super) struct Waiting<T> {
    /// There once somebody has waited.
    lists: Option<Box<Lists<T>>>,
    /// Permits that were handed out and not used yet.
    permits: usize,
    /// The receiver that waits for the value of this position, whose sender has claimed it and not filled it yet.
    late: Option<(usize, Waker)>,
}

struct Lists<T> {
    senders: WaitList<Request<T>>,
    /// Who waits in `closed`.
    watchers: WaitList<()>,
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
            lists: None,
            permits: 0,
            late: None,
        }
    }

    /// Whether anybody but the receiver has ever waited.
    pub(super) fn has_lists(&self) -> bool {
        self.lists.is_some()
    }

    fn lists(&mut self) -> &mut Lists<T> {
        self.lists.get_or_insert_with(|| {
            Box::new(Lists {
                senders: WaitList::new(),
                watchers: WaitList::new(),
            })
        })
    }

    pub(super) fn senders(&mut self) -> &mut WaitList<Request<T>> {
        &mut self.lists().senders
    }

    pub(super) fn watchers(&mut self) -> &mut WaitList<()> {
        &mut self.lists().watchers
    }

    /// What the first sender that waits asks for.
    fn front(&self) -> Option<&Request<T>> {
        self.lists.as_ref()?.senders.front()
    }

    /// Senders that wait, and those who have yet to learn that the channel was closed.
    pub(super) fn sender_count(&self) -> usize {
        self.lists.as_ref().map_or(0, |lists| lists.senders.len())
    }

    pub(super) fn dismiss_into(&mut self, batch: &mut WakeBatch) {
        let Some(lists) = &mut self.lists else {
            return;
        };
        while !batch.is_full()
            && let Some(sender) = lists.senders.dismiss_front()
        {
            batch.push(sender);
        }
        lists.watchers.pop_into(batch, lists.watchers.next_ticket());
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
        match self.front()? {
            Request::Permits(_) => None,
            Request::Send(_) => match self.senders().pop_front()? {
                (waker, Request::Send(value)) => Some((waker, value)),
                (_, Request::Permits(_)) => None,
            },
        }
    }
}

impl<T> Shared<T> {
    /// Keeps all others from claiming without the lock; to be called under it. Whether the channel is open.
    fn hold(&self) -> bool {
        self.tail.fetch_or(HELD, Relaxed) & CLOSED == 0
    }

    /// Whether so many places are free beside those of the permits. If not, the receiver will come when they are, or
    /// permits stand before. To be called under the lock, while HELD.
    fn has_room(&self, waiting: &Waiting<T>, places: usize) -> bool {
        let tail = self.tail.load(Relaxed);
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

    /// As [`has_room`](Self::has_room), for a newcomer, who must not overtake.
    fn has_room_behind(&self, waiting: &Waiting<T>, places: usize) -> bool {
        waiting.front().is_none() && self.has_room(waiting, places)
    }

    /// Ends a section under the lock: serves senders that have room, lets newcomers claim without the lock again if
    /// nothing speaks against it, unlocks, and wakes who was served. `receiver` was served in the section already.
    #[inline(never)]
    pub(super) fn settle(
        &self,
        mut waiting: impl DerefMut<Target = Waiting<T>>,
        mut receiver: Option<Waker>,
    ) {
        // One wake or none is usual, and needs no batch.
        let mut first = self.next_served(&mut waiting, &mut receiver);
        let is_last = first.is_none() || (receiver.is_none() && !self.is_front_due(&mut waiting));
        drop(waiting);
        if is_last {
            if let Some(waker) = first {
                waker.wake();
            }
            return;
        }
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
    fn next_served(&self, waiting: &mut Waiting<T>, receiver: &mut Option<Waker>) -> Option<Waker> {
        if receiver.is_some() {
            return receiver.take();
        }
        if !self.is_front_due(waiting) {
            return None;
        }
        let (sender, request) = waiting.senders().pop_front()?;
        match request {
            Request::Send(value) => *receiver = self.fill_held(value),
            Request::Permits(count) => waiting.permits += count,
        }
        Some(sender)
    }

    /// Whether the first sender has room. If nobody waits at all, newcomers may claim without the lock again.
    fn is_front_due(&self, waiting: &mut Waiting<T>) -> bool {
        let places = match waiting.front() {
            Some(Request::Send(_)) => 1,
            Some(Request::Permits(count)) => *count,
            None => {
                if waiting.permits == 0 && self.capacity() > 0 {
                    self.tail.fetch_and(!HELD, Relaxed);
                }
                return false;
            }
        };
        !self.is_closed_by_receiver() && self.has_room(waiting, places)
    }

    /// [`claim`](Self::claim) under the lock.
    pub(super) fn claim_held(&self) -> Result<Claim<'_, T>, Refusal> {
        let waiting = self.waiting.lock();
        let claimed = if !self.hold() {
            Err(Refusal::Closed)
        } else if self.has_room_behind(&waiting, 1) {
            Ok(self.claim_next_held())
        } else {
            Err(Refusal::Full)
        };
        self.settle(waiting, None);
        claimed
    }

    /// A send that found no room: waits in the list.
    pub(super) fn queue(&self, value: T, cx: &Context<'_>) -> Sending<T> {
        let waker = cx.waker().clone();
        let mut waiting = self.waiting.lock();
        if !self.hold() {
            self.settle(waiting, None);
            return Sending::Done(Err(SendError::ReceiverDropped(value)));
        }
        if !self.has_room_behind(&waiting, 1) {
            return Sending::Queued(waiting.senders().push(waker, Request::Send(value)));
        }
        let claim = self.claim_next_held();
        self.settle(waiting, None);
        Sending::Done(self.fill(claim, value))
    }

    /// The later polls of a send.
    pub(super) fn poll_served(&self, key: Key, cx: &Context<'_>) -> Sending<T> {
        if !self.waiting.lock().senders().contains(&key) {
            return Sending::Done(Ok(()));
        }
        match self.poll_request(&key, cx) {
            Poll::Pending => Sending::Queued(key),
            Poll::Ready(Some(Request::Send(value))) => Sending::Done(Err(SendError::ReceiverDropped(value))),
            Poll::Ready(Some(Request::Permits(_)) | None) => Sending::Done(Ok(())),
        }
    }

    /// Ready once the request was served, or with the request itself once the channel is closed.
    fn poll_request(&self, key: &Key, cx: &Context<'_>) -> Poll<Option<Request<T>>> {
        let polled = poll_wait(
            &self.waiting,
            cx,
            |waiting| {
                if !waiting.senders().contains(key) {
                    return Some(None);
                }
                self.is_closed_by_receiver()
                    .then(|| waiting.senders().remove(key))
            },
            |waiting, waker| Some(waiting.senders().replace_waker(key, waker)),
        );
        // The waker of a request that was taken back is dropped here, after the lock.
        polled.map(|removed| removed.map(|(_waker, request)| request))
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
        let removed = waiting.senders().remove(key);
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
        if !self.hold() {
            return Err(Refusal::Closed);
        }
        if count > 0 && !self.has_room_behind(waiting, count) {
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
            return Ok(Some(waiting.senders().push(waker, Request::Permits(count))));
        }
        self.settle(waiting, None);
        reserved
            .map(|()| None)
            .map_err(|_closed| SendError::ReceiverDropped(()))
    }

    /// The later polls of a reservation.
    pub(super) fn poll_reserved(&self, key: &Key, cx: &Context<'_>) -> Poll<Result<(), SendError<()>>> {
        self.poll_request(key, cx).map(|returned| match returned {
            Some(_) => Err(SendError::ReceiverDropped(())),
            None => Ok(()),
        })
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
        let receiver = self.fill_held(value);
        self.settle(waiting, receiver);
        Ok(())
    }
}
