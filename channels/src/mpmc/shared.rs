//! What all handles of a channel share: sections under the lock, and what comes after each of them.

use alloc::vec::Vec;
use core::ops::DerefMut;
use core::task::{Context, Poll, Waker};

use super::state::{Request, State};
use crate::error::{SendError, TryRecvError, TrySendError};
use crate::sync::Lock;
use crate::wait_list::{BATCH_WAKERS_MAX, Key, poll_wait, wake_all};

/// Values that are moved in one section.
const SECTION_VALUES_MAX: usize = 32;

const _: () = assert!(
    SECTION_VALUES_MAX <= BATCH_WAKERS_MAX,
    "each value of a section may come from a sender that is to be woken"
);

pub(super) struct Shared<T> {
    state: Lock<State<T>>,
}

/// What became of a send.
pub(super) enum Sending<T> {
    Done(Result<(), SendError<T>>),
    /// The value is in the list of those who wait.
    Queued(Key),
}

/// What becomes of the values that a receive does not return.
#[derive(Clone, Copy)]
pub(super) enum Rest {
    /// They are left to others.
    Left,
    /// They are taken right after it, in a section that also serves the senders.
    Taken,
}

impl<T> Shared<T> {
    /// A channel with one sender and one receiver.
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            state: Lock::new(State::new(capacity)),
        }
    }

    /// Ends a section: does all that is due, unlocks, and wakes who is concerned, `first` before all others.
    #[inline]
    fn settle(&self, state: impl DerefMut<Target = State<T>>, first: Option<Waker>) {
        if state.may_wake() {
            self.settle_waiting(state, first);
        } else {
            drop(state);
            wake(first);
        }
    }

    #[inline(never)]
    fn settle_waiting(&self, mut state: impl DerefMut<Target = State<T>>, first: Option<Waker>) {
        let mut first = first.or_else(|| state.next_wake());
        // One wake or none is usual, and needs no batch.
        let mut second = first.as_ref().and_then(|_| state.next_wake());
        drop(state);
        if second.is_none() {
            wake(first);
            return;
        }
        wake_all(|batch| {
            for waker in [first.take(), second.take()].into_iter().flatten() {
                batch.push(waker);
            }
            let mut state = self.state.lock();
            while !batch.is_full()
                && let Some(waker) = state.next_wake()
            {
                batch.push(waker);
            }
        });
    }

    // Sending.

    #[inline]
    pub(super) fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        let receiver = self.state.lock().admit(value)?;
        wake(receiver);
        Ok(())
    }

    pub(super) fn force_send(&self, value: T) -> Result<Option<T>, SendError<T>> {
        let (evicted, receiver) = self.state.lock().force(value)?;
        wake(receiver);
        Ok(evicted)
    }

    /// A send that found no room: waits in the list.
    pub(super) fn queue(&self, value: T, cx: &Context<'_>) -> Sending<T> {
        let waker = cx.waker().clone();
        let mut state = self.state.lock();
        let admitted = match state.admit(value) {
            Err(TrySendError::Full(value)) => {
                return Sending::Queued(state.senders().push(waker, Request::Send(value)));
            }
            Err(TrySendError::ReceiverDropped(value)) => Err(SendError::ReceiverDropped(value)),
            Ok(receiver) => Ok(receiver),
        };
        drop(state);
        Sending::Done(admitted.map(wake))
    }

    /// The later polls of a send or a reservation.
    ///
    /// Ready once the request was served, with true, or once the channel is closed, with false: then who has the key takes the
    /// request back. So a waker that panics in here loses nothing.
    pub(super) fn poll_request(&self, key: &Key, cx: &Context<'_>) -> Poll<bool> {
        poll_wait(
            &self.state,
            cx,
            |state| state.is_served(key),
            |state, waker| Some(state.senders().replace_waker(key, waker)),
        )
    }

    /// Takes a waiting value back; `None` if it was delivered.
    pub(super) fn withdraw(&self, key: &Key) -> Option<T> {
        match self.remove_request(key)? {
            Request::Send(value) => Some(value),
            Request::Permits(_) => None,
        }
    }

    fn remove_request(&self, key: &Key) -> Option<Request<T>> {
        let mut state = self.state.lock();
        let removed = state.senders().remove(key);
        // Those behind it may need less room.
        self.settle(state, None);
        removed.map(|(_waker, request)| request)
    }

    // Permits.

    /// Gets so many permits if there is room for them now.
    pub(super) fn try_reserve(&self, count: usize) -> Result<(), TrySendError<()>> {
        self.state.lock().reserve(count)
    }

    /// Gets so many permits, or waits for them in the list, under the key that it returns.
    pub(super) fn reserve_or_queue(
        &self,
        count: usize,
        cx: &Context<'_>,
    ) -> Result<Option<Key>, SendError<()>> {
        match self.try_reserve(count) {
            Ok(()) => return Ok(None),
            Err(TrySendError::ReceiverDropped(())) => return Err(SendError::ReceiverDropped(())),
            Err(TrySendError::Full(())) => {}
        }
        // If it is not needed, it is dropped after the lock.
        let waker = cx.waker().clone();
        let mut state = self.state.lock();
        match state.reserve(count) {
            Ok(()) => Ok(None),
            Err(TrySendError::ReceiverDropped(())) => Err(SendError::ReceiverDropped(())),
            Err(TrySendError::Full(())) => Ok(Some(state.senders().push(waker, Request::Permits(count)))),
        }
    }

    /// A reservation that was queued is given up, whether it was served meanwhile or not.
    pub(super) fn forgo(&self, key: &Key, count: usize) {
        if self.remove_request(key).is_none() {
            self.release(count);
        }
    }

    /// Gives permits back.
    pub(super) fn release(&self, count: usize) {
        let mut state = self.state.lock();
        state.release(count);
        self.settle(state, None);
    }

    /// Sends a value in the place of a permit.
    pub(super) fn send_reserved(&self, value: T) -> Result<(), SendError<T>> {
        let mut state = self.state.lock();
        state.admit_reserved(value)?;
        self.settle(state, None);
        Ok(())
    }

    // Receiving.

    pub(super) fn try_recv(&self) -> Result<T, TryRecvError> {
        self.receive(self.state.lock(), &mut None, Rest::Left)
    }

    /// Ends the section with the next value, if there is one.
    #[inline]
    fn receive(
        &self,
        mut state: impl DerefMut<Target = State<T>>,
        wait: &mut Option<Key>,
        rest: Rest,
    ) -> Result<T, TryRecvError> {
        let (value, sender) = state.take()?;
        if wait.is_some() || state.does_anyone_queue() || state.has_spare_memory() {
            self.end_receive(state, wait, rest, sender);
        } else {
            drop(state);
            wake(sender);
        }
        Ok(value)
    }

    /// Ends the section of a receive with more to do than to unlock.
    #[inline(never)]
    fn end_receive(
        &self,
        mut state: impl DerefMut<Target = State<T>>,
        wait: &mut Option<Key>,
        rest: Rest,
        sender: Option<Waker>,
    ) {
        // Dropped at the end, after the lock.
        let _left_over = (state.end_wait(wait), state.take_spare_memory());
        match rest {
            Rest::Left => {
                state.leave_rest();
                self.settle(state, sender);
            }
            Rest::Taken => {
                drop(state);
                wake(sender);
            }
        }
    }

    /// Check, register, check again. `wait` is the place among those who wait.
    #[inline]
    pub(super) fn poll_recv(&self, wait: &mut Option<Key>, rest: Rest, cx: &Context<'_>) -> Poll<Option<T>> {
        match self.receive(self.state.lock(), wait, rest) {
            Ok(value) => Poll::Ready(Some(value)),
            Err(refusal) => self.wait_for_value(refusal, wait, rest, cx),
        }
    }

    /// A receive that found no value: waits in the list, or ends, and its wait with it.
    #[inline(never)]
    fn wait_for_value(
        &self,
        refusal: TryRecvError,
        wait: &mut Option<Key>,
        rest: Rest,
        cx: &Context<'_>,
    ) -> Poll<Option<T>> {
        if refusal == TryRecvError::Empty {
            let waker = cx.waker().clone();
            let mut state = self.state.lock();
            if !state.is_ready() {
                // Dropped at the end, after the lock.
                let _replaced = state.register_receiver(wait, waker);
                // At a rendezvous one that waits is room.
                self.settle(state, None);
                return Poll::Pending;
            }
            if let Ok(value) = self.receive(state, wait, rest) {
                return Poll::Ready(Some(value));
            }
        }
        if wait.is_some() {
            self.cancel_recv(wait);
        }
        Poll::Ready(None)
    }

    pub(super) fn poll_recv_many(
        &self,
        wait: &mut Option<Key>,
        buffer: &mut Vec<T>,
        limit: usize,
        cx: &Context<'_>,
    ) -> Poll<usize> {
        let Some(limit_of_rest) = limit.checked_sub(1) else {
            return Poll::Ready(0);
        };
        self.poll_recv(wait, Rest::Taken, cx).map(|first| match first {
            Some(first) => {
                buffer.push(first);
                1 + self.take_into(buffer, limit_of_rest)
            }
            None => 0,
        })
    }

    /// Moves what is there now, and what senders wait to send, into the buffer, at most `limit` values.
    fn take_into(&self, buffer: &mut Vec<T>, limit: usize) -> usize {
        let mut missing = self.state.lock().reachable().min(limit);
        buffer.reserve(missing);
        let taken_before = buffer.len();
        loop {
            let count = missing.min(SECTION_VALUES_MAX);
            // Woken at the end, after the lock, and also if another waker panics.
            let mut served = None;
            let mut state = self.state.lock();
            let taken = state.take_into(buffer, count, &mut served);
            missing -= taken;
            // There are fewer than there were if others were faster.
            let is_last = taken < count || missing == 0;
            if is_last {
                state.leave_rest();
            }
            let _spare = state.take_spare_memory();
            self.settle(state, None);
            if is_last {
                return buffer.len() - taken_before;
            }
        }
    }

    /// The receive that waits is cancelled.
    #[inline(never)]
    pub(super) fn cancel_recv(&self, wait: &mut Option<Key>) {
        let mut state = self.state.lock();
        let _waker = state.cancel_wait(wait);
        self.settle(state, None);
    }

    // Coming and going.

    pub(super) fn add_sender(&self) {
        // Cannot overflow: each sender holds a count of the `Arc` around this, which aborts sooner.
        self.state.lock().sender_count += 1;
    }

    /// Adds a sender if there is one; whether there was.
    pub(super) fn revive_sender(&self) -> bool {
        let mut state = self.state.lock();
        let has_sender = state.sender_count > 0;
        state.sender_count += usize::from(has_sender);
        has_sender
    }

    /// The last one wakes all receivers that wait.
    pub(super) fn remove_sender(&self, watcher: &mut Option<Key>) {
        let mut state = self.state.lock();
        let _watcher = watcher.is_some().then(|| state.watchers().deregister(watcher));
        state.sender_count -= 1;
        let wakes = state.sender_count == 0 && state.anyone_waits();
        drop(state);
        if wakes {
            wake_all(|batch| self.state.lock().dismiss_receivers(batch));
        }
    }

    pub(super) fn add_receiver(&self) {
        // Cannot overflow, as for senders.
        self.state.lock().receiver_count += 1;
    }

    /// The last one closes the channel and drops what nobody will read.
    pub(super) fn remove_receiver(&self, wait: &mut Option<Key>) {
        let mut state = self.state.lock();
        let _waker = state.cancel_wait(wait);
        state.receiver_count -= 1;
        if state.receiver_count > 0 {
            self.settle(state, None);
            return;
        }
        // Dropped at the end, after the lock, and also if a waker panics.
        let _unread = state.take_queue();
        self.close_section(state);
    }

    /// Closes the channel and wakes all who wait: senders take their values back.
    pub(super) fn close(&self) {
        self.close_section(self.state.lock());
    }

    fn close_section(&self, mut state: impl DerefMut<Target = State<T>>) {
        state.is_closed = true;
        let wakes = state.anyone_waits();
        drop(state);
        if wakes {
            wake_all(|batch| self.state.lock().dismiss_all(batch));
        }
    }

    pub(super) fn poll_closed(&self, watcher: &mut Option<Key>, cx: &Context<'_>) -> Poll<()> {
        poll_wait(
            &self.state,
            cx,
            |state| state.is_closed.then_some(()),
            |state, waker| state.watchers().register(watcher, waker),
        )
    }

    /// The wait in `closed` is over or cancelled.
    pub(super) fn forget_watcher(&self, watcher: &mut Option<Key>) {
        if watcher.is_some() {
            let waker = self.state.lock().watchers().deregister(watcher);
            drop(waker);
        }
    }

    // Looking.

    /// Whether nothing can be sent any more.
    pub(super) fn is_closed(&self) -> bool {
        self.state.lock().is_closed
    }

    /// Whether nothing will be added to what is there.
    pub(super) fn has_ended(&self) -> bool {
        self.state.lock().has_ended()
    }

    pub(super) fn len(&self) -> usize {
        self.state.lock().len()
    }

    pub(super) fn capacity(&self) -> usize {
        self.state.lock().capacity()
    }

    pub(super) fn sender_count(&self) -> usize {
        self.state.lock().sender_count
    }

    pub(super) fn receiver_count(&self) -> usize {
        self.state.lock().receiver_count
    }
}

/// Wakes, with no lock held.
#[inline]
fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}
