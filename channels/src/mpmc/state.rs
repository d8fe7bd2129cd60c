//! What the lock guards, and the steps that change it. No step wakes, clones or drops a waker or a value: what is left over
//! is returned, for the time after the lock.
//!
//! Each section that makes room, or that leaves values to others, goes on with [`State::next_wake`] until nothing is due. So
//! between two sections this holds: **if senders wait, the first of them has no room**.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::mem;
use core::task::Waker;

use crate::error::{SendError, TryRecvError, TrySendError};
use crate::wait_list::{Key, WaitList, WakeBatch};

/// The capacity of a channel that is never full.
pub(super) const UNBOUNDED: usize = usize::MAX;

/// The memory that an empty queue of an unbounded channel keeps; what a burst needed beyond it is given back.
const QUEUE_BYTES_KEPT: usize = 4096;

pub(super) struct State<T> {
    capacity: usize,
    queue: VecDeque<T>,
    /// Permits that were handed out and not used yet.
    permits: usize,
    pub(super) sender_count: usize,
    pub(super) receiver_count: usize,
    /// It was closed, or the last receiver is gone: nothing enters the queue any more.
    pub(super) is_closed: bool,
    /// One more receiver that waits is to be woken in this section, if there is something for it.
    is_receiver_due: bool,
    /// There once somebody has waited.
    lists: Option<Box<Lists<T>>>,
}

struct Lists<T> {
    /// Who waits for room. Who was woken because the channel was closed has its request still here.
    senders: WaitList<Request<T>>,
    /// Who waits for a value. Who was woken is not here any more.
    receivers: WaitList<()>,
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

impl<T> State<T> {
    /// A channel with one sender and one receiver.
    pub(super) const fn new(capacity: usize) -> Self {
        Self {
            capacity,
            queue: VecDeque::new(),
            permits: 0,
            sender_count: 1,
            receiver_count: 1,
            is_closed: false,
            is_receiver_due: false,
            lists: None,
        }
    }

    fn lists(&mut self) -> &mut Lists<T> {
        self.lists.get_or_insert_with(|| {
            Box::new(Lists {
                senders: WaitList::new(),
                receivers: WaitList::new(),
                watchers: WaitList::new(),
            })
        })
    }

    /// Who waits for room. To be asked for by somebody who may wait himself: it makes the lists.
    pub(super) fn senders(&mut self) -> &mut WaitList<Request<T>> {
        &mut self.lists().senders
    }

    /// Who waits in `closed`; as [`senders`](Self::senders).
    pub(super) fn watchers(&mut self) -> &mut WaitList<()> {
        &mut self.lists().watchers
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    /// How many values could be received one after the other, at most: other requests of senders are counted, too.
    pub(super) fn reachable(&self) -> usize {
        self.queue.len() + self.lists.as_ref().map_or(0, |lists| lists.senders.len())
    }

    /// Whether nothing will be added to what is there.
    pub(super) fn has_ended(&self) -> bool {
        self.is_closed || self.sender_count == 0
    }

    pub(super) fn anyone_waits(&self) -> bool {
        self.lists.as_ref().is_some_and(|lists| {
            !(lists.senders.is_empty() && lists.receivers.is_empty() && lists.watchers.is_empty())
        })
    }

    /// What the first sender that waits asks for.
    fn first_request(&self) -> Option<&Request<T>> {
        self.lists.as_ref()?.senders.front()
    }

    #[inline]
    fn does_sender_wait(&self) -> bool {
        self.lists.as_ref().is_some_and(|lists| !lists.senders.is_empty())
    }

    /// Whether anybody waits for a turn: to send or to receive.
    #[inline]
    pub(super) fn does_anyone_queue(&self) -> bool {
        self.does_sender_wait() || self.does_receiver_wait()
    }

    #[inline]
    fn does_receiver_wait(&self) -> bool {
        self.lists
            .as_ref()
            .is_some_and(|lists| !lists.receivers.is_empty())
    }

    /// Whether there is room for so many values, beside that of the permits. At a rendezvous each receiver that waits is room.
    #[inline]
    fn has_room(&self, places: usize) -> bool {
        let free = match self.capacity {
            0 => self.lists.as_ref().map_or(0, |lists| lists.receivers.len()),
            capacity => capacity.saturating_sub(self.queue.len()),
        };
        places <= free.saturating_sub(self.permits)
    }

    /// As [`has_room`](Self::has_room), for a newcomer, who must not overtake.
    #[inline]
    fn has_room_behind(&self, places: usize) -> bool {
        !self.does_sender_wait() && self.has_room(places)
    }

    // Sending.

    /// Puts a value into the queue if there is room, and returns the receiver to wake.
    #[inline]
    pub(super) fn admit(&mut self, value: T) -> Result<Option<Waker>, TrySendError<T>> {
        if self.is_closed {
            return Err(TrySendError::ReceiverDropped(value));
        }
        if !self.has_room_behind(1) {
            return Err(TrySendError::Full(value));
        }
        self.queue.push_back(value);
        Ok(self.next_receiver())
    }

    /// Puts a value into the queue, and returns the receiver to wake; without room, in the place of the oldest value, which is
    /// returned. If there is none either, the value itself is returned.
    pub(super) fn force(&mut self, value: T) -> Result<(Option<T>, Option<Waker>), SendError<T>> {
        if self.is_closed {
            return Err(SendError::ReceiverDropped(value));
        }
        let mut evicted = None;
        if !self.has_room(1) {
            evicted = self.queue.pop_front();
            if evicted.is_none() {
                return Ok((Some(value), None));
            }
        }
        self.queue.push_back(value);
        Ok((evicted, self.next_receiver()))
    }

    /// Hands out permits if there is room.
    pub(super) fn reserve(&mut self, count: usize) -> Result<(), TrySendError<()>> {
        if self.is_closed {
            return Err(TrySendError::ReceiverDropped(()));
        }
        if count > 0 && !self.has_room_behind(count) {
            return Err(TrySendError::Full(()));
        }
        self.permits += count;
        Ok(())
    }

    /// Takes permits back.
    pub(super) fn release(&mut self, count: usize) {
        self.permits -= count;
    }

    /// Puts a value into the place of a permit.
    pub(super) fn admit_reserved(&mut self, value: T) -> Result<(), SendError<T>> {
        self.permits -= 1;
        if self.is_closed {
            return Err(SendError::ReceiverDropped(value));
        }
        self.queue.push_back(value);
        self.leave_rest();
        Ok(())
    }

    /// Whether a request that was queued was served; `None` while it waits, and it waits in vain once the channel is closed.
    pub(super) fn is_served(&mut self, key: &Key) -> Option<bool> {
        if !self.senders().contains(key) {
            return Some(true);
        }
        self.is_closed.then_some(false)
    }

    // Receiving.

    /// Whether a receive would not have to wait.
    pub(super) fn is_ready(&self) -> bool {
        !self.queue.is_empty() || self.is_value_offered() || self.has_ended()
    }

    /// Whether a receive that finds the queue empty gets its value from the first sender that waits: always at a rendezvous,
    /// otherwise if it has made room in the same section.
    fn is_value_offered(&self) -> bool {
        matches!(self.first_request(), Some(Request::Send(_)))
            && !self.is_closed
            && (self.capacity == 0 || self.has_room(1))
    }

    /// The next value, with its sender if that is to be woken.
    #[inline]
    pub(super) fn take(&mut self) -> Result<(T, Option<Waker>), TryRecvError> {
        match self.queue.pop_front() {
            Some(value) => Ok((value, None)),
            None => self.take_offered(),
        }
    }

    /// What a receive finds behind an empty queue.
    #[inline(never)]
    fn take_offered(&mut self) -> Result<(T, Option<Waker>), TryRecvError> {
        if self.is_value_offered()
            && let Some((sender, Request::Send(value))) = self.senders().pop_front()
        {
            return Ok((value, Some(sender)));
        }
        Err(if self.has_ended() {
            TryRecvError::Closed
        } else {
            TryRecvError::Empty
        })
    }

    /// Moves up to `count` values to the end of the buffer, and the senders that are to be woken into the batch, which must
    /// have room for as many. Returns how many there were.
    pub(super) fn take_into(
        &mut self,
        buffer: &mut Vec<T>,
        count: usize,
        served: &mut Option<WakeBatch>,
    ) -> usize {
        for taken in 0..count {
            let Ok((value, sender)) = self.take() else {
                return taken;
            };
            buffer.push(value);
            if let Some(sender) = sender {
                served.get_or_insert_with(WakeBatch::new).push(sender);
            }
        }
        count
    }

    /// What is there now is left to others: one that waits is to be woken.
    #[inline]
    pub(super) fn leave_rest(&mut self) {
        self.is_receiver_due |= !self.queue.is_empty() && self.does_receiver_wait();
    }

    /// Whether the memory that a burst needed is left over, now that it is drained.
    #[inline]
    pub(super) fn has_spare_memory(&self) -> bool {
        self.queue.is_empty()
            && self.capacity == UNBOUNDED
            && self.queue.capacity().saturating_mul(size_of::<T>()) > QUEUE_BYTES_KEPT
    }

    /// That memory, to be given back after the lock.
    pub(super) fn take_spare_memory(&mut self) -> Option<VecDeque<T>> {
        self.has_spare_memory().then(|| self.take_queue())
    }

    /// All that is unread.
    pub(super) fn take_queue(&mut self) -> VecDeque<T> {
        mem::take(&mut self.queue)
    }

    /// Lets a receiver wait, at its place if it still has one. Returns the waker that this replaces.
    pub(super) fn register_receiver(&mut self, wait: &mut Option<Key>, waker: Waker) -> Option<Waker> {
        self.lists().receivers.register(wait, waker)
    }

    /// A receiver got what it waited for. Returns its waker if nobody has woken it.
    #[inline]
    pub(super) fn end_wait(&mut self, wait: &mut Option<Key>) -> Option<Waker> {
        if wait.is_none() {
            return None;
        }
        self.lists().receivers.deregister(wait)
    }

    /// A receiver does not want to wait any more. If it was woken, its wake is passed on.
    pub(super) fn cancel_wait(&mut self, wait: &mut Option<Key>) -> Option<Waker> {
        let is_waiting = wait.is_some();
        let waker = self.end_wait(wait);
        self.is_receiver_due |= is_waiting && waker.is_none();
        waker
    }

    // Waking.

    /// Takes out the receiver that is to be woken for a value.
    #[inline]
    fn next_receiver(&mut self) -> Option<Waker> {
        if self.does_receiver_wait() {
            self.pop_receiver()
        } else {
            None
        }
    }

    #[inline(never)]
    fn pop_receiver(&mut self) -> Option<Waker> {
        let (waker, ()) = self.lists().receivers.pop_front()?;
        Some(waker)
    }

    /// Whether [`next_wake`](Self::next_wake) may have something to do.
    #[inline]
    pub(super) fn may_wake(&self) -> bool {
        self.is_receiver_due || self.does_sender_wait()
    }

    /// Does what is due next, and returns who is to be woken for it: a receiver for what is in the queue, or the first sender
    /// that waits, if there is room for it, which is thereby served.
    pub(super) fn next_wake(&mut self) -> Option<Waker> {
        if mem::take(&mut self.is_receiver_due)
            && !self.queue.is_empty()
            && let Some(receiver) = self.next_receiver()
        {
            return Some(receiver);
        }
        let places = match self.first_request()? {
            Request::Send(_) => 1,
            Request::Permits(count) => *count,
        };
        if self.is_closed || !self.has_room(places) {
            return None;
        }
        let (sender, request) = self.senders().pop_front()?;
        match request {
            Request::Send(value) => {
                self.queue.push_back(value);
                self.leave_rest();
            }
            Request::Permits(count) => self.permits += count,
        }
        Some(sender)
    }

    /// Takes out receivers, to be woken at the end of the channel.
    pub(super) fn dismiss_receivers(&mut self, batch: &mut WakeBatch) {
        if let Some(lists) = &mut self.lists {
            lists.receivers.pop_into(batch, lists.receivers.next_ticket());
        }
    }

    /// Takes out whoever waits, to be woken since the channel was closed. Senders fetch their requests.
    pub(super) fn dismiss_all(&mut self, batch: &mut WakeBatch) {
        let Some(lists) = &mut self.lists else {
            return;
        };
        while !batch.is_full()
            && let Some(sender) = lists.senders.dismiss_front()
        {
            batch.push(sender);
        }
        lists.receivers.pop_into(batch, lists.receivers.next_ticket());
        lists.watchers.pop_into(batch, lists.watchers.next_ticket());
    }
}
