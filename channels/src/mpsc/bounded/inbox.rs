//! The receiver's end of the machine: taking, waiting, leaving.

use alloc::vec::Vec;
use core::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use core::task::{Context, Poll, Waker};

use super::ring::{AWAITED, FLAGS, FULL, GONE, OWED};
use super::shared::{CLOSED, HELD, PARKED, Shared};
use super::waiting::Waiting;
use crate::error::TryRecvError;
use crate::sync::Arc;

/// The one receiver of a channel. What is written as "the receiver's" in the module doc is reached through this alone.
pub(super) struct Inbox<T> {
    shared: Arc<Shared<T>>,
    wait: Wait,
}

/// Where the waker of the last receive is, if that is not over.
enum Wait {
    Nowhere,
    /// In `receiver`, unless PARKED was cleared by another.
    Parked,
    /// Under the lock, for the position at the head.
    Late,
}

impl<T> Inbox<T> {
    /// The caller makes sure that the channel gets no second one.
    pub(super) fn new(shared: Arc<Shared<T>>) -> Self {
        let wait = Wait::Nowhere;
        Self { shared, wait }
    }

    pub(super) fn shared(&self) -> &Shared<T> {
        &self.shared
    }

    #[inline]
    fn head(&self) -> usize {
        self.shared.head.load(Relaxed)
    }

    /// Takes the next value if it is there.
    #[inline]
    pub(super) fn take(&mut self) -> Option<T> {
        let shared = &*self.shared;
        let head = self.head();
        let (slot, next) = shared.ring.locate(head);
        // ORDERING: Acquire, pair A: the value is written, and its sender is done with `receiver`.
        let state = slot.state.load(Acquire);
        if state & FULL == 0 {
            return None;
        }
        // SAFETY: row FULL: the value is the receiver's, which frees the slot right after.
        let value = unsafe { slot.take() };
        // OWED stays: it keeps newcomers away until those who wait were served.
        let freed = shared.ring.next_lap(0) - (state & (FULL | AWAITED));
        // ORDERING: Release, pair B: the value was read before the slot is free.
        let before = slot.state.fetch_add(freed, Release);
        shared.head.store(next, Relaxed);
        self.wait = Wait::Nowhere;
        if before & OWED != 0 {
            self.serve();
        }
        Some(value)
    }

    /// Gives the place that was made free to the senders that wait for it.
    #[cold]
    #[inline(never)]
    fn serve(&self) {
        self.shared.settle(self.shared.waiting.lock(), None);
    }

    /// As [`take`](Self::take); at a rendezvous also from the first sender that waits.
    #[inline]
    fn take_or_pull(&mut self) -> Option<T> {
        match self.take() {
            None if self.shared.capacity() == 0 => self.pull(),
            taken => taken,
        }
    }

    fn pull(&mut self) -> Option<T> {
        let pulled = self.pull_first(&mut self.shared.waiting.lock());
        let (sender, value) = pulled?;
        sender.wake();
        Some(value)
    }

    /// The first sender that waits at a rendezvous, and its value, unless a value before it is in the slot or under way.
    fn pull_first(&self, waiting: &mut Waiting<T>) -> Option<(Waker, T)> {
        let is_empty = self.shared.tail.load(Relaxed) & !FLAGS == self.head();
        if !is_empty {
            return None;
        }
        let pulled = waiting.pull_front();
        self.shared.note_served(waiting);
        pulled
    }

    /// Whether no value will come any more, except those that are there now.
    fn is_ending(&self) -> bool {
        let tail = self.shared.tail.load(Relaxed);
        (tail & CLOSED != 0 && tail & !FLAGS == self.head()) || self.shared.is_abandoned()
    }

    #[inline]
    pub(super) fn try_recv(&mut self) -> Result<T, TryRecvError> {
        if let Some(value) = self.take_or_pull() {
            return Ok(value);
        }
        if !self.is_ending() {
            return Err(TryRecvError::Empty);
        }
        self.take_or_pull().ok_or(TryRecvError::Closed)
    }

    /// Looks at the next value.
    pub(super) fn peek(&mut self) -> Option<&T> {
        let slot = self.shared.ring.slot(self.head());
        // ORDERING: Acquire, pair A.
        if slot.state.load(Acquire) & FULL == 0 {
            return None;
        }
        slot.value.with(|cell| {
            // SAFETY: row FULL: the value is the receiver's, and `&mut self` keeps it from being taken meanwhile.
            let cell = unsafe { &*cell };
            // SAFETY: row FULL: it is written.
            Some(unsafe { cell.assume_init_ref() })
        })
    }

    /// Appends what is there now, and what senders wait to send, at most `limit` values.
    pub(super) fn take_into(&mut self, buffer: &mut Vec<T>, limit: usize) -> usize {
        let shared = &*self.shared;
        let mut expected = shared.len();
        // Nobody waits while there is room, unless it is given out under the lock.
        if expected >= shared.capacity() || shared.tail.load(Relaxed) & HELD != 0 {
            expected += shared.waiting.lock().sender_count();
        }
        let expected = limit.min(expected);
        buffer.reserve(expected);
        for taken in 0..expected {
            match self.take_or_pull() {
                Some(value) => buffer.push(value),
                // Senders gave up meanwhile, or a value is claimed and not there yet.
                None => return taken,
            }
        }
        expected
    }

    /// Waits for the next value, after [`take`](Self::take) has found none: check, register, check again.
    #[inline(never)]
    pub(super) fn poll_empty(&mut self, cx: &Context<'_>) -> Poll<Option<T>> {
        if self.is_ending() {
            return Poll::Ready(self.take_or_pull());
        }
        let waker = cx.waker().clone();
        if !matches!(self.wait, Wait::Nowhere) {
            // Dropped here, while the receiver is not registered at all: a state like any other.
            drop(self.unpark());
            // If it was the last sender that cleared PARKED, `receiver` is still in its hands; but then this is the end.
            if self.is_ending() {
                return Poll::Ready(self.take_or_pull());
            }
        }
        let parked = if self.shared.capacity() == 0 {
            match self.park_or_pull(waker) {
                Ok(pulled) => return Poll::Ready(Some(pulled)),
                Err(parked) => parked,
            }
        } else {
            self.park(waker)
        };
        if let Err(waker) = parked
            && let Err(_arrived) = self.park_late(waker)
        {
            return Poll::Ready(self.take());
        }
        // ORDERING: pair D: had the last sender left before this parked, this sees it.
        if self.shared.is_abandoned() {
            let _waker = self.unpark();
            return Poll::Ready(self.take_or_pull());
        }
        Poll::Pending
    }

    /// Leaves the waker at the tail, if no value is under way.
    ///
    /// # Errors
    ///
    /// The next position is claimed already; the waker comes back.
    fn park(&mut self, waker: Waker) -> Result<(), Waker> {
        let head = self.head();
        let mut tail = self.shared.tail.load(Relaxed);
        if tail & !FLAGS != head {
            return Err(waker);
        }
        self.set_parked(Some(waker));
        loop {
            // ORDERING: Release, pair C: the waker is written, and this slot was freed. Acquire, pair D: the last sender.
            match self
                .shared
                .tail
                .compare_exchange(tail, tail | PARKED, AcqRel, Relaxed)
            {
                Ok(_) => {
                    self.wait = Wait::Parked;
                    return Ok(());
                }
                Err(changed) if changed & !FLAGS == head => tail = changed,
                Err(_claimed) => return self.set_parked(None).map_or(Ok(()), Err),
            }
        }
    }

    /// Replaces the waker in `receiver`. Only while the receiver is not parked, and no sender has it in its hands.
    fn set_parked(&mut self, waker: Option<Waker>) -> Option<Waker> {
        self.shared.receiver.with_mut(|receiver| {
            // SAFETY: row `receiver`: while PARKED is clear it is the receiver's, but for the sender that cleared it, and
            // that one has either not filled its slot yet, so that the tail is not at the head, or was the last.
            let receiver = unsafe { &mut *receiver };
            core::mem::replace(receiver, waker)
        })
    }

    /// At a rendezvous: takes the value of the first sender that waits, or else parks and lets permits be given.
    ///
    /// # Errors
    ///
    /// As [`park`](Self::park), if there was no value.
    fn park_or_pull(&mut self, waker: Waker) -> Result<T, Result<(), Waker>> {
        let shared = Arc::clone(&self.shared);
        let mut waiting = shared.waiting.lock();
        if let Some((sender, value)) = self.pull_first(&mut waiting) {
            drop(waiting);
            sender.wake();
            return Ok(value);
        }
        let parked = self.park(waker);
        shared.settle(waiting, None);
        Err(parked)
    }

    /// Leaves the waker under the lock, for the sender that has claimed the position at the head and not filled it yet.
    ///
    /// # Errors
    ///
    /// It has filled it.
    fn park_late(&mut self, waker: Waker) -> Result<(), Waker> {
        let head = self.head();
        let mut waiting = self.shared.waiting.lock();
        if self.shared.ring.slot(head).state.fetch_or(AWAITED, Relaxed) & FULL != 0 {
            return Err(waker);
        }
        let replaced = waiting.await_late(head, waker);
        self.wait = Wait::Late;
        drop(waiting);
        drop(replaced);
        Ok(())
    }

    /// Takes the waker of the last receive back, unless somebody is about to wake it.
    fn unpark(&mut self) -> Option<Waker> {
        match core::mem::replace(&mut self.wait, Wait::Nowhere) {
            Wait::Nowhere => None,
            Wait::Parked => {
                // ORDERING: Acquire, pair D: if the last sender has cleared it, this sees that none is left.
                let tail = self.shared.tail.fetch_and(!PARKED, Acquire);
                if tail & PARKED != 0 {
                    self.set_parked(None)
                } else {
                    None
                }
            }
            Wait::Late => self.shared.waiting.lock().take_late(self.head()),
        }
    }

    /// Closes, and wakes the task that waits to receive: it may find the end now.
    pub(super) fn close(&mut self) {
        let waker = self.unpark();
        self.shared.close(waker);
    }

    /// The receive that waited was cancelled.
    pub(super) fn cancel(&mut self) {
        let waker = self.unpark();
        drop(waker);
    }
}

impl<T> Drop for Inbox<T> {
    /// Closes, and drops what nobody will read.
    fn drop(&mut self) {
        let _waker = self.unpark();
        // Its drop does the work also if a waker panics.
        let mut unread = Unread {
            shared: &self.shared,
            next: self.head(),
        };
        self.shared.close(None);
        unread.drop_all();
    }
}

/// The values that nobody will read. The receiver is gone.
struct Unread<'a, T> {
    shared: &'a Shared<T>,
    next: usize,
}

impl<T> Unread<'_, T> {
    fn drop_all(&mut self) {
        let ring = &self.shared.ring;
        // Final, since the channel is closed.
        let end = self.shared.tail.load(Relaxed) & !FLAGS;
        self.shared.head.store(end, Relaxed);
        while self.next != end {
            let (slot, next) = ring.locate(self.next);
            self.next = next;
            // ORDERING: Acquire, pair A.
            if slot.state.fetch_or(GONE, Acquire) & FULL != 0 {
                // SAFETY: row FULL: the value is the receiver's, and `next` has passed it.
                drop(unsafe { slot.take() });
            }
        }
    }
}

impl<T> Drop for Unread<'_, T> {
    /// If one drop panics, the values behind it are dropped all the same.
    fn drop(&mut self) {
        self.drop_all();
    }
}
