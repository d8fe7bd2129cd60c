//! What both sides of the unbounded channel share.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::mem;
use core::task::{Context, Poll, Waker};

use crate::error::{SendError, TryRecvError};
use crate::mpsc::SECTION_VALUES_MAX;
use crate::sync::Lock;
use crate::wait_list::{Key, WaitList, poll_wait, wake_all};

pub(super) struct Shared<T> {
    state: Lock<State<T>>,
}

struct State<T> {
    queue: VecDeque<T>,
    /// The receiver holds one more value, which it has peeked at.
    is_peeked: bool,
    /// There while a receive waits.
    receiver: Option<Waker>,
    /// Who waits in `closed`.
    watchers: WaitList<()>,
    sender_count: usize,
    /// The receiver was closed or dropped: nothing enters the queue any more.
    is_closed: bool,
}

impl<T> Shared<T> {
    /// A channel with one sender.
    pub(super) fn new() -> Self {
        Self {
            state: Lock::new(State {
                queue: VecDeque::new(),
                is_peeked: false,
                receiver: None,
                watchers: WaitList::new(),
                sender_count: 1,
                is_closed: false,
            }),
        }
    }

    pub(super) fn send(&self, value: T) -> Result<(), SendError<T>> {
        let mut state = self.state.lock();
        if state.is_closed {
            return Err(SendError::ReceiverDropped(value));
        }
        state.queue.push_back(value);
        let receiver = state.receiver.take();
        drop(state);
        if let Some(receiver) = receiver {
            receiver.wake();
        }
        Ok(())
    }

    pub(super) fn try_recv(&self) -> Result<T, TryRecvError> {
        self.state
            .lock()
            .take_next()
            .ok_or(TryRecvError::Empty)?
            .ok_or(TryRecvError::Closed)
    }

    pub(super) fn poll_recv(&self, cx: &Context<'_>) -> Poll<Option<T>> {
        poll_wait(&self.state, cx, State::take_next, |state, waker| {
            state.receiver.replace(waker)
        })
    }

    /// Moves what is there now into the buffer, at most `limit` values.
    pub(super) fn take_into(&self, buffer: &mut Vec<T>, limit: usize) -> usize {
        let count = self.state.lock().queue.len().min(limit);
        buffer.reserve(count);
        let mut missing = count;
        while missing > 0 {
            let section = missing.min(SECTION_VALUES_MAX);
            buffer.extend(self.state.lock().queue.drain(..section));
            missing -= section;
        }
        count
    }

    /// Hands the first value to the receiver to look at; it still counts as being in the channel.
    pub(super) fn lend_front(&self) -> Option<T> {
        let mut state = self.state.lock();
        let value = state.queue.pop_front();
        state.is_peeked = value.is_some();
        value
    }

    /// The value that was lent is received now.
    pub(super) fn keep_lent(&self) {
        self.state.lock().is_peeked = false;
    }

    /// The receive that waited was cancelled.
    pub(super) fn forget_receiver(&self) {
        let waker = self.state.lock().receiver.take();
        drop(waker);
    }

    pub(super) fn close(&self) {
        self.state.lock().is_closed = true;
        wake_all(|batch| {
            let watchers = &mut self.state.lock().watchers;
            watchers.pop_into(batch, watchers.next_ticket());
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
        if let Some(receiver) = receiver {
            receiver.wake();
        }
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
        let state = self.state.lock();
        state.queue.len() + usize::from(state.is_peeked)
    }

    pub(super) fn sender_count(&self) -> usize {
        self.state.lock().sender_count
    }
}

impl<T> State<T> {
    /// The next value, or that there will be none; `None` if that is still open.
    fn take_next(&mut self) -> Option<Option<T>> {
        match self.queue.pop_front() {
            Some(value) => Some(Some(value)),
            None => (self.is_closed || self.sender_count == 0).then_some(None),
        }
    }
}
