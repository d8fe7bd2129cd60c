//! What all handles of a channel share: the log, and who waits for what.

use core::task::{Context, Poll, Waker};

use super::RecvError;
use super::log::{Log, Message};
use crate::error::{Closed, TrySendError};
use crate::sync::Lock;
use crate::wait_list::{Key, WaitList, WakeBatch, poll_wait, wake_all};

pub(super) struct Shared<T> {
    state: Lock<State<T>>,
}

/// A message that was taken off the queue, with the waker if nobody has woken it; both are dropped after the lock.
type Refused<T> = (Option<Waker>, Message<T>);

pub(super) struct State<T> {
    pub(super) log: Log<T>,
    /// The most messages that the log holds; `usize::MAX` is no limit.
    capacity: usize,
    senders: usize,
    /// Receivers that wait for a message.
    receiving: WaitList<()>,
    /// Receivers that wait with a ticket below this have a message to read.
    news_end: u64,
    /// Senders that wait for room, each with its message.
    sending: WaitList<Message<T>>,
    /// Senders that wait until nobody listens.
    closing: WaitList<()>,
}

impl<T> Shared<T> {
    /// A channel with one sender and no receiver.
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            state: Lock::new(State {
                log: Log::new(),
                capacity,
                senders: 1,
                receiving: WaitList::new(),
                news_end: 0,
                sending: WaitList::new(),
                closing: WaitList::new(),
            }),
        }
    }

    /// Changes the state, serves and takes out whom that concerns under the same lock, and wakes them after it.
    ///
    /// Everything that can end a wait goes through here. The change must not drop values or wakers: it returns them.
    pub(super) fn change<R>(&self, change: impl FnOnce(&mut State<T>) -> R) -> R {
        let mut change = Some(change);
        let mut result = None;
        wake_all(|batch| {
            let mut state = self.state.lock();
            if let Some(change) = change.take() {
                result = Some(change(&mut state));
            }
            state.settle(batch);
        });
        result.expect("the first section makes the change")
    }

    /// Looks at the state, and changes nothing that anyone waits for.
    pub(super) fn inspect<R>(&self, inspect: impl FnOnce(&mut State<T>) -> R) -> R {
        inspect(&mut self.state.lock())
    }

    /// Polls for what has become of a send that waits in the queue.
    pub(super) fn poll_sent(&self, key: &Key, cx: &Context<'_>) -> Poll<Result<(), Message<T>>> {
        let sent = poll_wait(
            &self.state,
            cx,
            |state| state.sent(key),
            |state, waker| Some(state.sending.replace_waker(key, waker)),
        );
        sent.map(|sent| sent.map_err(|(_waker, message)| message))
    }

    pub(super) fn poll_closed(&self, watcher: &mut Option<Key>, cx: &Context<'_>) -> Poll<()> {
        poll_wait(
            &self.state,
            cx,
            |state| state.is_closed().then_some(()),
            |state, waker| state.closing.register(watcher, waker),
        )
    }

    /// The wait in `closed` is over or cancelled.
    pub(super) fn forget_watcher(&self, watcher: &mut Option<Key>) {
        if watcher.is_some() {
            drop(self.inspect(|state| state.closing.deregister(watcher)));
        }
    }
}

impl<T> State<T> {
    /// Whether nobody listens.
    pub(super) fn is_closed(&self) -> bool {
        self.log.receivers() == 0
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    pub(super) fn senders(&mut self) -> &mut usize {
        &mut self.senders
    }

    /// Sends a message if there is room, and nobody who waits for it.
    pub(super) fn send(&mut self, message: Message<T>) -> Result<(), TrySendError<Message<T>>> {
        if self.is_closed() {
            return Err(TrySendError::ReceiverDropped(message));
        }
        if !self.has_room() || !self.sending.is_empty() {
            return Err(TrySendError::Full(message));
        }
        self.publish(message);
        Ok(())
    }

    /// Sends a message, if need be in place of the oldest one, which is returned.
    pub(super) fn send_over(&mut self, message: Message<T>) -> Result<Option<Message<T>>, Message<T>> {
        if self.is_closed() {
            return Err(message);
        }
        let evicted = if self.has_room() { None } else { self.log.evict() };
        self.publish(message);
        Ok(evicted)
    }

    /// The next message at a position that is not evicted.
    pub(super) fn next(&mut self, position: &mut u64) -> Poll<Result<Message<T>, Closed>> {
        match self.log.read(position) {
            Some(message) => Poll::Ready(Ok(message)),
            None if self.has_ended() => Poll::Ready(Err(Closed)),
            None => Poll::Pending,
        }
    }

    /// The next message, or how many were evicted before it.
    pub(super) fn next_or_lag(&mut self, position: &mut u64) -> Poll<Result<Message<T>, RecvError>> {
        match self.log.missed(*position) {
            0 => self
                .next(position)
                .map(|next| next.map_err(|Closed| RecvError::Closed)),
            missed => {
                *position = self.log.oldest();
                Poll::Ready(Err(RecvError::Lagged(missed)))
            }
        }
    }

    /// The next message, unless others were evicted before it; then nothing changes.
    pub(super) fn next_without_lag(&mut self, position: &mut u64) -> Poll<Result<Message<T>, Closed>> {
        if self.log.missed(*position) > 0 {
            Poll::Pending
        } else {
            self.next(position)
        }
    }

    /// What has become of a send in the queue: served, refused since nobody listens, or `None` while it waits.
    fn sent(&mut self, key: &Key) -> Option<Result<(), Refused<T>>> {
        if self.sending.is_queued(key) && !self.is_closed() {
            return None;
        }
        Some(self.sending.remove(key).map_or(Ok(()), Err))
    }

    pub(super) fn receiving(&mut self) -> &mut WaitList<()> {
        &mut self.receiving
    }

    pub(super) fn sending(&mut self) -> &mut WaitList<Message<T>> {
        &mut self.sending
    }

    pub(super) fn closing(&mut self) -> &mut WaitList<()> {
        &mut self.closing
    }

    fn has_room(&self) -> bool {
        self.log.len() < self.capacity
    }

    /// Whether no message can come any more. (A send that was forgotten while it waited outlives its sender.)
    fn has_ended(&self) -> bool {
        self.senders == 0 && self.sending.is_empty()
    }

    fn publish(&mut self, message: Message<T>) {
        self.log.push(message);
        self.news_end = self.receiving.next_ticket();
    }

    /// Ends all waits whose time has come, until the batch of wakers is full.
    ///
    /// - Nobody listens: senders stop to wait for room, which fails them, and for the end.
    /// - There is room: senders that wait fill it, first come, first served.
    /// - There is a message or the end: receivers that wait for it are woken.
    fn settle(&mut self, batch: &mut WakeBatch) {
        if self.is_closed() {
            while !batch.is_full()
                && let Some(sender) = self.sending.dismiss_front()
            {
                batch.push(sender);
            }
            self.closing.pop_into(batch, self.closing.next_ticket());
        }
        while self.has_room()
            && !batch.is_full()
            && let Some((sender, message)) = self.sending.pop_front()
        {
            self.publish(message);
            batch.push(sender);
        }
        let end = if self.has_ended() {
            self.receiving.next_ticket()
        } else {
            self.news_end
        };
        self.receiving.pop_into(batch, end);
    }
}
