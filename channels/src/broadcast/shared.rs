//! What all handles of a channel share: the log, and who waits for what.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ptr::NonNull;
use core::task::{Context, Poll, Waker};

use super::RecvError;
use super::log::{Cursor, Log, Oldest};
use super::slot::Slot;
use crate::error::TrySendError;
use crate::sync::Lock;
use crate::wait_list::{Key, WaitList, WakeBatch, poll_wait, wake_all};

pub(super) struct Shared<T> {
    state: Lock<State<T>>,
    oldest: Oldest,
    /// The most messages that the log holds; `usize::MAX` is no limit.
    capacity: usize,
    /// Whether a full log loses its oldest message.
    overwrites: bool,
}

pub(super) struct State<T> {
    log: Log<T>,
    senders: usize,
    /// Receivers that wait for a message.
    receiving: WaitList<()>,
    /// Receivers that wait with a ticket below this have a message to read.
    news_end: u64,
    /// Most channels never need it.
    seldom: Option<Box<Seldom<T>>>,
}

struct Seldom<T> {
    /// Senders that wait for room, each with its value.
    sending: WaitList<T>,
    /// Senders that wait until nobody listens.
    closing: WaitList<()>,
}

/// A value that was taken off the queue, with the waker if nobody has woken it; both are dropped after the lock.
type Refused<T> = (Option<Waker>, T);

impl<T> Shared<T> {
    /// A channel with one sender and no receiver.
    pub(super) fn new(capacity: usize, overwrites: bool) -> Self {
        Self {
            state: Lock::new(State {
                log: Log::new(),
                senders: 1,
                receiving: WaitList::new(),
                news_end: 0,
                seldom: None,
            }),
            oldest: Oldest::new::<T>(),
            capacity,
            overwrites,
        }
    }

    /// Changes the state, serves and takes out whom that concerns under the same lock, and wakes them after it.
    ///
    /// Everything that can end a wait goes through here. The change must not drop values or wakers: it returns them.
    pub(super) fn change<R>(&self, change: impl FnOnce(&mut State<T>) -> R) -> R {
        let mut state = self.state.lock();
        let result = change(&mut state);
        if self.is_anyone_due(&state) {
            let mut held = Some(state);
            wake_all(|batch| {
                let mut state = held.take().unwrap_or_else(|| self.state.lock());
                self.settle(&mut state, batch);
            });
        }
        result
    }

    /// Looks at the state, and changes nothing that anyone waits for.
    pub(super) fn inspect<R>(&self, inspect: impl FnOnce(&mut State<T>) -> R) -> R {
        inspect(&mut self.state.lock())
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    /// The number of messages that are kept.
    pub(super) fn len(&self) -> usize {
        self.inspect(|state| {
            self.find_oldest(state);
            self.oldest.len(state.log.next())
        })
    }

    /// How many messages a receiver at this position has to read.
    pub(super) fn unread(&self, position: u64) -> usize {
        self.inspect(|state| {
            let next = state.log.next();
            let ahead = next.wrapping_sub(position);
            self.oldest
                .len(next)
                .min(usize::try_from(ahead).unwrap_or(usize::MAX))
        })
    }

    /// Sends a value if there is room, and nobody who waits for it.
    pub(super) fn send(&self, value: T) -> Result<(), TrySendError<T>> {
        self.change(|state| self.send_within(state, value))
    }

    /// As [`send`](Self::send); a value that finds no room waits for it in the queue. Returns a waker that is not needed.
    pub(super) fn send_or_wait(&self, value: T, waker: Waker) -> (Result<Option<Key>, T>, Option<Waker>) {
        self.change(|state| match self.send_within(state, value) {
            Ok(()) => (Ok(None), Some(waker)),
            Err(TrySendError::ReceiverDropped(value)) => (Err(value), Some(waker)),
            Err(TrySendError::Full(value)) => {
                // A reader that makes room from here on serves the queue. If one has just done so, `change` does.
                self.oldest.await_room();
                (Ok(Some(state.seldom().sending.push(waker, value))), None)
            }
        })
    }

    /// Sends a value, if need be in place of the oldest one, which is returned unless somebody is reading it.
    pub(super) fn send_over(&self, value: T) -> Result<Option<T>, T> {
        self.change(|state| {
            if state.is_closed() {
                return Err(value);
            }
            if state.log.is_at_border() || !self.has_room(state) {
                self.find_oldest(state);
            }
            let evicted = if self.has_room(state) {
                None
            } else {
                self.evict(state)
            };
            state.publish(value, &self.oldest);
            Ok(evicted)
        })
    }

    fn evict(&self, state: &State<T>) -> Option<T> {
        let slot = state.log.kept(self.oldest.position(state.log.next()));
        self.oldest.advance(1);
        if slot.evict() {
            // SAFETY: row LAST: nobody has begun to read it, and now nobody will.
            Some(unsafe { slot.take() })
        } else {
            None
        }
    }

    /// The position of the oldest message that is kept, or of the next one to come.
    ///
    /// A lossless receiver that is the last tells where it is. An overwriting one leaves it to be found in the slots; each
    /// is looked at until it is passed.
    fn find_oldest(&self, state: &State<T>) -> u64 {
        let next = state.log.next();
        if self.overwrites {
            let passed = state.log.passed(self.oldest.position(next));
            if passed > 0 {
                self.oldest.advance(passed);
            }
        }
        self.oldest.position(next)
    }

    /// A receiver has let the oldest message of a lossless channel go: senders that wait for room get it.
    pub(super) fn make_room(&self) {
        if self.oldest.advance(1) {
            self.serve();
        }
    }

    #[cold]
    fn serve(&self) {
        self.change(|state| {
            if state.nobody_waits_for_room() {
                self.oldest.stop_awaiting();
            }
        });
    }

    /// A new receiver of what is sent from now on.
    pub(super) fn enter_now(&self) -> (Cursor<T>, Option<T>) {
        self.inspect(|state| {
            let next = state.log.next();
            state.log.enter(next);
            (Cursor::at(next), None)
        })
    }

    /// A new receiver of all that is kept.
    pub(super) fn enter_at_oldest(&self) -> (Cursor<T>, Option<T>) {
        self.inspect(|state| {
            let oldest = self.oldest.position(state.log.next());
            state.log.enter_at_oldest(oldest)
        })
    }

    /// A new receiver that has read what this one has read.
    pub(super) fn enter_beside(&self, cursor: &Cursor<T>) -> (Cursor<T>, Option<T>) {
        self.inspect(|state| {
            state.log.enter(self.first_kept(state, cursor));
            (cursor.clone(), None)
        })
    }

    /// A receiver is no more. Values that it was the last to count on are to be dropped after the lock.
    ///
    /// Linear in what it has not read: the one step here that is not constant.
    pub(super) fn leave(&self, state: &mut State<T>, cursor: &Cursor<T>, freed: &mut Vec<T>) {
        let from = self.first_kept(state, cursor);
        state.log.leave(from, |slot| {
            if self.overwrites {
                let has_begun = slot.begin();
                debug_assert!(has_begun, "what is kept was not evicted");
            }
            if slot.let_go() {
                // SAFETY: row LAST.
                freed.push(unsafe { slot.take() });
                if !self.overwrites {
                    self.oldest.advance(1);
                }
            }
        });
        let oldest = self.find_oldest(state);
        state.log.retire(oldest);
    }

    /// The position of the first message that this receiver has still to read.
    fn first_kept(&self, state: &State<T>, cursor: &Cursor<T>) -> u64 {
        let oldest = self.oldest.position(state.log.next());
        if cursor.behind(oldest) > 0 {
            oldest
        } else {
            cursor.position
        }
    }

    /// The next message for a receiver, which has to let go of it; or what else there is to tell.
    pub(super) fn next(
        &self,
        state: &mut State<T>,
        cursor: &mut Cursor<T>,
    ) -> Poll<Result<NonNull<Slot<T>>, RecvError>> {
        let oldest = self.find_oldest(state);
        let missed = cursor.behind(oldest);
        if missed > 0 {
            *cursor = Cursor::at(oldest);
        }
        state.log.retire(oldest);
        if cursor.slot.is_none() {
            state.log.locate(cursor);
        }
        if missed > 0 {
            return Poll::Ready(Err(RecvError::Lagged(missed)));
        }
        match cursor.slot {
            Some(slot) if cursor.position != state.log.next() => {
                if self.overwrites {
                    let has_begun = state.log.kept(cursor.position).begin();
                    debug_assert!(has_begun, "what is kept was not evicted");
                }
                cursor.move_on_from(slot);
                Poll::Ready(Ok(slot))
            }
            _ if state.has_ended() => Poll::Ready(Err(RecvError::Closed)),
            _ => Poll::Pending,
        }
    }

    pub(super) fn overwrites(&self) -> bool {
        self.overwrites
    }

    /// Whether messages were evicted before this receiver has read them.
    pub(super) fn has_missed(&self, state: &State<T>, cursor: &Cursor<T>) -> bool {
        cursor.behind(self.oldest.position(state.log.next())) > 0
    }

    /// Polls for what has become of a send that waits in the queue; an error gives the value back.
    pub(super) fn poll_sent(&self, key: &Key, cx: &Context<'_>) -> Poll<Result<(), T>> {
        let sent = poll_wait(
            &self.state,
            cx,
            |state| state.sent(key),
            |state, waker| Some(state.seldom().sending.replace_waker(key, waker)),
        );
        sent.map(|sent| sent.map_err(|(_waker, value)| value))
    }

    /// Takes a send off the queue, if it is still there.
    pub(super) fn take_back(&self, key: &Key) -> Option<T> {
        let removed = self.inspect(|state| state.seldom().sending.remove(key));
        removed.map(|(_waker, value)| value)
    }

    pub(super) fn poll_closed(&self, watcher: &mut Option<Key>, cx: &Context<'_>) -> Poll<()> {
        poll_wait(
            &self.state,
            cx,
            |state| state.is_closed().then_some(()),
            |state, waker| state.seldom().closing.register(watcher, waker),
        )
    }

    /// The wait in `closed` is over or cancelled.
    pub(super) fn forget_watcher(&self, watcher: &mut Option<Key>) {
        if watcher.is_some() {
            drop(self.inspect(|state| state.stop_watching(watcher)));
        }
    }

    fn has_room(&self, state: &State<T>) -> bool {
        self.capacity == usize::MAX || self.oldest.len(state.log.next()) < self.capacity
    }

    fn send_within(&self, state: &mut State<T>, value: T) -> Result<(), TrySendError<T>> {
        if state.is_closed() {
            return Err(TrySendError::ReceiverDropped(value));
        }
        if !self.has_room(state) || !state.nobody_waits_for_room() {
            return Err(TrySendError::Full(value));
        }
        state.publish(value, &self.oldest);
        Ok(())
    }

    /// Whether [`settle`](Self::settle) has anything to do.
    fn is_anyone_due(&self, state: &State<T>) -> bool {
        let is_reader_due = !state.receiving.is_empty()
            && (state.news_end == state.receiving.next_ticket() || state.has_ended());
        is_reader_due
            || state.seldom.as_ref().is_some_and(|seldom| {
                let is_sender_due = state.is_closed() || self.has_room(state);
                (is_sender_due && !seldom.sending.is_empty())
                    || (state.is_closed() && !seldom.closing.is_empty())
            })
    }

    /// Ends all waits whose time has come, until the batch of wakers is full.
    ///
    /// - Nobody listens: senders stop to wait for room, which fails them, and for the end.
    /// - There is room: senders that wait fill it, first come, first served.
    /// - There is a message or the end: receivers that wait for it are woken.
    fn settle(&self, state: &mut State<T>, batch: &mut WakeBatch) {
        if state.is_closed()
            && let Some(seldom) = &mut state.seldom
        {
            while !batch.is_full()
                && let Some(sender) = seldom.sending.dismiss_front()
            {
                batch.push(sender);
            }
            seldom.closing.pop_into(batch, seldom.closing.next_ticket());
        }
        while self.has_room(state)
            && !batch.is_full()
            && let Some(seldom) = &mut state.seldom
            && let Some((sender, value)) = seldom.sending.pop_front()
        {
            state.publish(value, &self.oldest);
            batch.push(sender);
        }
        let end = if state.has_ended() {
            state.receiving.next_ticket()
        } else {
            state.news_end
        };
        state.receiving.pop_into(batch, end);
    }
}

impl<T> State<T> {
    /// Whether nobody listens.
    pub(super) fn is_closed(&self) -> bool {
        self.log.receivers() == 0
    }

    pub(super) fn log(&mut self) -> &mut Log<T> {
        &mut self.log
    }

    pub(super) fn senders(&mut self) -> &mut usize {
        &mut self.senders
    }

    pub(super) fn receiving(&mut self) -> &mut WaitList<()> {
        &mut self.receiving
    }

    /// A wait in `closed` is over or cancelled. Returns its waker, to drop after the lock.
    pub(super) fn stop_watching(&mut self, watcher: &mut Option<Key>) -> Option<Waker> {
        self.seldom.as_mut()?.closing.deregister(watcher)
    }

    fn seldom(&mut self) -> &mut Seldom<T> {
        self.seldom.get_or_insert_with(|| {
            Box::new(Seldom {
                sending: WaitList::new(),
                closing: WaitList::new(),
            })
        })
    }

    /// What has become of a send in the queue: served, refused since nobody listens, or `None` while it waits.
    fn sent(&mut self, key: &Key) -> Option<Result<(), Refused<T>>> {
        if self.seldom().sending.is_queued(key) && !self.is_closed() {
            return None;
        }
        Some(self.seldom().sending.remove(key).map_or(Ok(()), Err))
    }

    fn nobody_waits_for_room(&self) -> bool {
        self.seldom
            .as_ref()
            .is_none_or(|seldom| seldom.sending.is_empty())
    }

    /// Whether no message can come any more. (A send that was forgotten while it waited outlives its sender.)
    fn has_ended(&self) -> bool {
        self.senders == 0 && self.nobody_waits_for_room()
    }

    fn publish(&mut self, value: T, oldest: &Oldest) {
        self.log.push(value, oldest);
        self.news_end = self.receiving.next_ticket();
    }
}
