//! What both sides of the bounded channel share.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::mem;
use core::task::{Context, Poll, Waker};

use crate::error::{SendError, TryRecvError, TrySendError};
use crate::mpsc::SECTION_VALUES_MAX;
use crate::sync::Lock;
use crate::wait_list::{BATCH_WAKERS_MAX, Key, WaitList, WakeBatch, poll_wait, wake_all};

const _: () = assert!(
    SECTION_VALUES_MAX <= BATCH_WAKERS_MAX,
    "each value of a section may serve a sender"
);

pub(super) struct Shared<T> {
    capacity: usize,
    state: Lock<State<T>>,
}

struct State<T> {
    queue: VecDeque<T>,
    /// The receiver holds one more value, which it has peeked at; it takes up room.
    is_peeked: bool,
    /// There while a receive waits.
    receiver: Option<Waker>,
    /// Who waits for room, each with the value to send. Empty unless the channel is full.
    waiting: WaitList<T>,
    /// Who waits in `closed`.
    watchers: WaitList<()>,
    sender_count: usize,
    /// The receiver was closed or dropped: nothing enters the queue any more.
    is_closed: bool,
}

/// What became of a send.
pub(super) enum Sending<T> {
    Done(Result<(), SendError<T>>),
    /// The value is in the list of those who wait.
    Queued(Key),
}

/// The end of a wait for room. The waker is there if nobody has woken it, to be dropped after the lock.
type Outcome<T> = (Option<Waker>, Result<(), SendError<T>>);

impl<T> Shared<T> {
    /// A channel with one sender.
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            state: Lock::new(State {
                queue: VecDeque::new(),
                is_peeked: false,
                receiver: None,
                waiting: WaitList::new(),
                watchers: WaitList::new(),
                sender_count: 1,
                is_closed: false,
            }),
        }
    }

    pub(super) fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        let receiver = self.state.lock().admit(value, self.capacity)?;
        wake(receiver);
        Ok(())
    }

    /// The first poll of a send.
    pub(super) fn send_or_queue(&self, value: T, cx: &Context<'_>) -> Sending<T> {
        let value = match self.try_send(value) {
            Err(TrySendError::Full(value)) => value,
            Err(TrySendError::ReceiverDropped(value)) => {
                return Sending::Done(Err(SendError::ReceiverDropped(value)));
            }
            Ok(()) => return Sending::Done(Ok(())),
        };
        let waker = cx.waker().clone();
        let mut state = self.state.lock();
        let admitted = match state.admit(value, self.capacity) {
            Err(TrySendError::Full(value)) => return Sending::Queued(state.waiting.push(waker, value)),
            Err(TrySendError::ReceiverDropped(value)) => Err(SendError::ReceiverDropped(value)),
            Ok(receiver) => Ok(receiver),
        };
        drop(state);
        Sending::Done(admitted.map(wake))
    }

    /// The later polls of a send.
    pub(super) fn poll_served(&self, key: Key, cx: &Context<'_>) -> Sending<T> {
        let polled = poll_wait(
            &self.state,
            cx,
            |state| state.outcome(&key),
            |state, waker| Some(state.waiting.replace_waker(&key, waker)),
        );
        match polled {
            Poll::Ready((_waker, result)) => Sending::Done(result),
            Poll::Pending => Sending::Queued(key),
        }
    }

    /// Takes a waiting value back; `None` if it was delivered.
    pub(super) fn withdraw(&self, key: &Key) -> Option<T> {
        let removed = self.state.lock().waiting.remove(key);
        removed.map(|(_waker, value)| value)
    }

    pub(super) fn try_recv(&self) -> Result<T, TryRecvError> {
        let next = self.state.lock().take_next();
        let (value, sender) = next.ok_or(TryRecvError::Empty)?.ok_or(TryRecvError::Closed)?;
        wake(sender);
        Ok(value)
    }

    pub(super) fn poll_recv(&self, cx: &Context<'_>) -> Poll<Option<T>> {
        poll_wait(&self.state, cx, State::take_next, |state, waker| {
            state.receiver.replace(waker)
        })
        .map(|next| {
            let (value, sender) = next?;
            wake(sender);
            Some(value)
        })
    }

    /// Moves what is there now, and what senders wait to send, into the buffer, at most `limit` values.
    pub(super) fn take_into(&self, buffer: &mut Vec<T>, limit: usize) -> usize {
        let mut missing = self.state.lock().reachable().min(limit);
        buffer.reserve(missing);
        let taken_before = buffer.len();
        // There are fewer if senders give up meanwhile.
        while missing > 0 && self.take_section(buffer, missing.min(SECTION_VALUES_MAX)) {
            missing = missing.saturating_sub(SECTION_VALUES_MAX);
        }
        buffer.len() - taken_before
    }

    /// Moves up to `count` values in one section; whether there were as many.
    fn take_section(&self, buffer: &mut Vec<T>, count: usize) -> bool {
        let mut served = WakeBatch::new();
        let mut state = self.state.lock();
        let mut taken = 0;
        while taken < count
            && let Some(value) = state.queue.pop_front()
        {
            buffer.push(value);
            if let Some(sender) = state.serve() {
                served.push(sender);
            }
            taken += 1;
        }
        drop(state);
        served.wake();
        taken == count
    }

    /// Hands the first value to the receiver to look at; it still takes up room.
    pub(super) fn lend_front(&self) -> Option<T> {
        let mut state = self.state.lock();
        let value = state.queue.pop_front();
        state.is_peeked = value.is_some();
        value
    }

    /// The value that was lent is received now.
    pub(super) fn keep_lent(&self) {
        let mut state = self.state.lock();
        state.is_peeked = false;
        let sender = state.serve();
        drop(state);
        wake(sender);
    }

    /// The receive that waited was cancelled.
    pub(super) fn forget_receiver(&self) {
        let waker = self.state.lock().receiver.take();
        drop(waker);
    }

    /// Wakes all senders: those who wait take their values back.
    pub(super) fn close(&self) {
        self.state.lock().is_closed = true;
        wake_all(|batch| {
            let state = &mut *self.state.lock();
            while !batch.is_full()
                && let Some(sender) = state.waiting.dismiss_front()
            {
                batch.push(sender);
            }
            state.watchers.pop_into(batch, state.watchers.next_ticket());
        });
    }

    /// Closes, and drops what nobody will read.
    pub(super) fn drop_receiver(&self) {
        let mut state = self.state.lock();
        state.is_closed = true;
        state.is_peeked = false;
        // Dropped at the end, after the lock, and also if a waker panics.
        let _unread = (mem::take(&mut state.queue), state.receiver.take());
        drop(state);
        self.close();
    }

    pub(super) fn add_sender(&self) {
        // Cannot overflow: each sender holds a count of the `Arc` around this, which aborts sooner.
        self.state.lock().sender_count += 1;
    }

    pub(super) fn remove_sender(&self, watcher: &mut Option<Key>) {
        let mut state = self.state.lock();
        let _watcher = state.watchers.deregister(watcher);
        state.sender_count -= 1;
        let receiver = if state.sender_count == 0 {
            state.receiver.take()
        } else {
            None
        };
        drop(state);
        wake(receiver);
    }

    pub(super) fn poll_closed(&self, watcher: &mut Option<Key>, cx: &Context<'_>) -> Poll<()> {
        poll_wait(
            &self.state,
            cx,
            |state| state.is_closed.then_some(()),
            |state, waker| state.watchers.register(watcher, waker),
        )
    }

    /// The wait in `closed` is over or cancelled.
    pub(super) fn forget_watcher(&self, watcher: &mut Option<Key>) {
        if watcher.is_some() {
            let waker = self.state.lock().watchers.deregister(watcher);
            drop(waker);
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        let state = self.state.lock();
        state.is_closed || state.sender_count == 0
    }

    pub(super) fn len(&self) -> usize {
        self.state.lock().len()
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    pub(super) fn sender_count(&self) -> usize {
        self.state.lock().sender_count
    }
}

impl<T> State<T> {
    fn len(&self) -> usize {
        self.queue.len() + usize::from(self.is_peeked)
    }

    /// How many values could be received one after the other, at most: senders that were closed out are counted too.
    fn reachable(&self) -> usize {
        self.queue.len() + self.waiting.len()
    }

    /// Puts a value into the queue if there is room, and returns the receiver to wake.
    fn admit(&mut self, value: T, capacity: usize) -> Result<Option<Waker>, TrySendError<T>> {
        if self.is_closed {
            return Err(TrySendError::ReceiverDropped(value));
        }
        if self.len() == capacity {
            return Err(TrySendError::Full(value));
        }
        self.queue.push_back(value);
        Ok(self.receiver.take())
    }

    /// The next value with the sender that gets its place, or that there will be none; `None` if that is still open.
    fn take_next(&mut self) -> Option<Option<(T, Option<Waker>)>> {
        match self.queue.pop_front() {
            Some(value) => Some(Some((value, self.serve()))),
            None => (self.is_closed || self.sender_count == 0).then_some(None),
        }
    }

    /// Gives the room that one value has left to the first sender that waits, and returns it to be woken.
    fn serve(&mut self) -> Option<Waker> {
        let (sender, value) = self.waiting.pop_front()?;
        self.queue.push_back(value);
        Some(sender)
    }

    /// What a queued send has come to; `None` while it waits.
    fn outcome(&mut self, key: &Key) -> Option<Outcome<T>> {
        if !self.waiting.contains(key) {
            return Some((None, Ok(())));
        }
        if !self.is_closed {
            return None;
        }
        let (waker, value) = self.waiting.remove(key)?;
        Some((waker, Err(SendError::ReceiverDropped(value))))
    }
}

/// Wakes, with no lock held.
fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}
