//! What all handles of a channel share: the cells, which of them is current, and who waits for what.

use alloc::boxed::Box;
use core::ops::DerefMut;
use core::ptr;
use core::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use core::task::{Context, Poll, Waker};

use super::Snapshot;
use super::cells::{Cell, Cells, NO_CELL, ONE, Pool, index_of, number_of};
use super::waiters::{Place, Waiters};
use crate::error::Closed;
use crate::sync::{Arc, AtomicUsize, Lock};
use crate::wait_list::poll_wait;

/// All senders are gone; beside the version in its word.
const CLOSED: usize = 1;
/// From one version to the next.
const VERSION_STEP: usize = 2;

/// The channel's own part of `holders` while the cell is current: more than the snapshots that may have let go of it and
/// are counted in `current` yet.
const CURRENT: usize = 1 << (usize::BITS - 2);
/// Beyond this the count of holders could overflow: only forgotten snapshots can bring it there.
pub(super) const SHARES_MAX: usize = 3 * CURRENT;
/// The most senders, and the most receivers.
const HANDLES_MAX: u32 = u32::MAX;
/// So many snapshots are moved from the count in `current` to the cell's own, long before that word overflows.
pub(super) const FOLDED: usize = if crate::sync::IS_MODEL {
    2
} else {
    1 << (usize::BITS / 2 - 1)
};

pub(super) struct Shared<T> {
    /// The index of the current cell, and how many snapshots were taken of it that its `holders` does not count yet.
    current: AtomicUsize,
    /// The newest version, at most one behind the current cell, and CLOSED.
    version: AtomicUsize,
    cells: Cells<T>,
    state: Lock<State>,
}

// SAFETY: `cells` is shared as its table says: several threads read a value, and any of them may drop it.
unsafe impl<T: Send + Sync> Sync for Shared<T> {}

struct State {
    pool: Pool,
    /// The newest version.
    version: usize,
    senders: u32,
    receivers: u32,
    /// Made by the first who waits.
    waiting: Option<Box<Waiting>>,
}

struct Waiting {
    /// Receivers that wait for a change.
    changes: Waiters,
    /// Senders that wait until nobody listens.
    closing: Waiters,
}

/// One of the two lists.
type List = fn(&mut Waiting) -> &mut Waiters;

const CHANGES: List = |waiting| &mut waiting.changes;
const CLOSING: List = |waiting| &mut waiting.closing;

impl<T> Shared<T> {
    /// A channel with one sender and one receiver, which has seen the value.
    pub(super) fn new(value: T, version: usize) -> Self {
        let (cells, mut pool) = Cells::new();
        // SAFETY: the cells are not shared yet, and all are vacant.
        let (index, cell) = unsafe { cells.take(&mut pool, &AtomicUsize::new(NO_CELL)) }
            .expect("a new channel has vacant cells");
        // SAFETY: row VACANT, as just taken.
        unsafe { cell.fill(version, value) };
        cell.holders.store(CURRENT, Relaxed);
        Self {
            current: AtomicUsize::new(index),
            version: AtomicUsize::new(version),
            cells,
            state: Lock::new(State {
                pool,
                version,
                senders: 1,
                receivers: 1,
                waiting: None,
            }),
        }
    }

    pub(super) fn cells(&self) -> &Cells<T> {
        &self.cells
    }

    /// Takes a snapshot of the current value, on behalf of a sender or receiver: while there is one, a cell is current.
    #[inline]
    pub(super) fn borrow(this: &Arc<Self>) -> Snapshot<T> {
        // ORDERING: Acquire, pair A: the value is visible.
        let word = this.current.fetch_add(ONE, Acquire);
        // SAFETY: row CURRENT: the line before has made this a holder of the cell at that index.
        let cell = unsafe { this.cells.get(index_of(word)) };
        if number_of(word) >= FOLDED {
            this.fold(index_of(word), cell);
        }
        Snapshot::new(cell)
    }

    /// Moves snapshots from the count in `current` to the cell's own. Each is counted at least once all the while.
    ///
    /// The caller is a holder of the cell at the index, so the same index is the same value.
    #[cold]
    #[inline(never)]
    fn fold(&self, index: usize, cell: &Cell<T>) {
        // ORDERING: Relaxed: the exchange below releases it.
        let holders = cell.holders.fetch_add(FOLDED, Relaxed);
        let mut word = self.current.load(Relaxed);
        while index_of(word) == index && number_of(word) >= FOLDED {
            let folded = word - FOLDED * ONE;
            // ORDERING: Release, pair C: who sees fewer in the word sees more in `holders`.
            match self.current.compare_exchange_weak(word, folded, Release, Relaxed) {
                Ok(_) => {
                    assert!(holders < SHARES_MAX, "too many snapshots were forgotten");
                    return;
                }
                Err(now) => word = now,
            }
        }
        // ORDERING: Relaxed: the caller lets go later, so this is not the last holder.
        cell.holders.fetch_sub(FOLDED, Relaxed);
    }

    /// Replaces the value.
    pub(super) fn send(this: &Arc<Self>, value: T) {
        Self::replace(this, this.state.lock(), value);
    }

    /// Replaces the value, and returns a snapshot of the old one.
    pub(super) fn send_replace(this: &Arc<Self>, value: T) -> Snapshot<T> {
        let state = this.state.lock();
        let replaced = Self::borrow(this);
        Self::replace(this, state, value);
        replaced
    }

    /// Replaces the value that the snapshot shows, unless another sender was faster; then the value comes back.
    pub(super) fn send_if_current(this: &Arc<Self>, seen: Snapshot<T>, value: T) -> Result<(), T> {
        let state = this.state.lock();
        // ORDERING: Relaxed: only senders change the index, under the lock.
        let index = index_of(this.current.load(Relaxed));
        // SAFETY: the lock is held, and with a sender there is a current cell.
        let current = unsafe { this.cells.get(index) };
        // The snapshot keeps its cell from being used again, so the same cell is the same value.
        if !ptr::eq(current, seen.cell()) {
            drop(state);
            return Err(value);
        }
        // It is not the last holder, since the cell is current: nothing is dropped under the lock.
        drop(seen);
        Self::replace(this, state, value);
        Ok(())
    }

    #[inline]
    fn replace(this: &Arc<Self>, mut state: impl DerefMut<Target = State>, value: T) {
        // SAFETY: the lock is held, and with a sender there is one current cell.
        let Some((index, cell)) = (unsafe { this.cells.take(&mut state.pool, &this.current) }) else {
            drop(state);
            panic!("too many values are held by snapshots");
        };
        let version = state.version.wrapping_add(VERSION_STEP);
        state.version = version;
        // SAFETY: row VACANT, as just taken.
        unsafe { cell.fill(version, value) };
        cell.holders.store(CURRENT, Relaxed);
        let replaced = Self::set_current(this, &mut state, index);
        // ORDERING: Release, pair E: who sees the version finds the value.
        this.version.store(version, Release);
        this.unlock_and_wake(state, CHANGES);
        drop(replaced);
    }

    /// Makes another cell current. If nobody holds the old value it is returned, to drop after the lock.
    #[inline]
    fn set_current(this: &Arc<Self>, state: &mut State, index: usize) -> Option<T> {
        // ORDERING: Release, pair A; Acquire, pair C with `fold`.
        let word = this.current.swap(index, AcqRel);
        let index = index_of(word);
        // SAFETY: the lock is held, and this cell was the current one.
        let cell = unsafe { this.cells.get(index) };
        // What turns the count of a current cell into that of its snapshots.
        let taken = number_of(word).wrapping_sub(CURRENT);
        // ORDERING: Acquire, pair B: those who have let go of the value are done with it.
        let is_held = cell.holders.load(Acquire).wrapping_add(taken) != 0;
        if is_held && Self::lend(this, cell, taken) {
            return None;
        }
        // SAFETY: nobody holds it, and nobody can from now on: it is not current any more.
        let value = unsafe { cell.empty() };
        // SAFETY: row VACANT, under the lock.
        unsafe { Cells::put(&mut state.pool, index, cell) };
        Some(value)
    }

    /// Leaves the cell to its holders. False if the last of them has let go meanwhile.
    #[cold]
    #[inline(never)]
    fn lend(this: &Arc<Self>, cell: &Cell<T>, taken: usize) -> bool {
        this.cells.lend();
        // SAFETY: the value is just being replaced, under the lock.
        unsafe { cell.set_share(Arc::clone(this)) };
        // ORDERING: Release, pair C, with the lines above; Acquire, pair B.
        let is_held = cell.holders.fetch_add(taken, AcqRel).wrapping_add(taken) != 0;
        if !is_held {
            // SAFETY: nobody holds it, and nobody can from now on: it is not current any more.
            drop(unsafe { cell.take_share() });
            this.cells.keep();
        }
        is_held
    }

    /// The newest version, if a receiver that has seen this one has not seen it.
    #[inline]
    pub(super) fn newer(&self, seen: usize) -> Option<usize> {
        // ORDERING: Acquire, pair E.
        newer(self.version.load(Acquire), seen)
    }

    /// What such a receiver learns: the newest version, the end, or nothing.
    #[inline]
    pub(super) fn news(&self, seen: usize) -> Option<Result<usize, Closed>> {
        // ORDERING: Acquire, pair E.
        let word = self.version.load(Acquire);
        match newer(word, seen) {
            Some(version) => Some(Ok(version)),
            None => (word & CLOSED != 0).then_some(Err(Closed)),
        }
    }

    /// Polls for news where none were found yet.
    ///
    /// A wait that ends with news needs no more: who made them has taken it out of the list, or is about to.
    #[cold]
    pub(super) fn poll_news(
        &self,
        seen: usize,
        waiting: &mut Option<Place>,
        cx: &Context<'_>,
    ) -> Poll<Result<usize, Closed>> {
        let waker = cx.waker().clone();
        let mut state = self.state.lock();
        let news = self.news(seen);
        let unneeded = match news {
            Some(_) => Some(waker),
            None => state.waiting().changes.register(waiting, waker),
        };
        drop(state);
        drop(unneeded);
        news.map_or(Poll::Pending, Poll::Ready)
    }

    /// The wait for news is cancelled.
    pub(super) fn stop_waiting(&self, waiting: &mut Option<Place>) {
        if waiting.is_some() {
            let waker = self.state.lock().deregister(CHANGES, waiting);
            drop(waker);
        }
    }

    pub(super) fn poll_closed(&self, watcher: &mut Option<Place>, cx: &Context<'_>) -> Poll<()> {
        poll_wait(
            &self.state,
            cx,
            |state| (state.receivers == 0).then_some(()),
            |state, waker| state.waiting().closing.register(watcher, waker),
        )
    }

    /// The wait in `closed` is over or cancelled.
    pub(super) fn forget_watcher(&self, watcher: &mut Option<Place>) {
        if watcher.is_some() {
            let waker = self.state.lock().deregister(CLOSING, watcher);
            drop(waker);
        }
    }

    pub(super) fn receivers(&self) -> u32 {
        self.state.lock().receivers
    }

    pub(super) fn senders(&self) -> u32 {
        self.state.lock().senders
    }

    /// Counts another sender.
    pub(super) fn add_sender(&self) {
        add_handle(&mut self.state.lock().senders);
    }

    /// Counts another sender, unless the last is gone.
    pub(super) fn revive_sender(&self) -> bool {
        let mut state = self.state.lock();
        if state.senders > 0 {
            add_handle(&mut state.senders);
        }
        state.senders > 0
    }

    pub(super) fn remove_sender(this: &Arc<Self>, watcher: &mut Option<Place>) {
        let mut state = this.state.lock();
        state.senders -= 1;
        let waker = state.deregister(CLOSING, watcher);
        let value = Self::end_if_last(this, &mut state);
        if state.senders == 0 {
            // ORDERING: Release, pair E.
            this.version.store(state.version | CLOSED, Release);
            this.unlock_and_wake(state, CHANGES);
        } else {
            drop(state);
        }
        drop((waker, value));
    }

    /// Counts another receiver. Returns the version that is current now.
    pub(super) fn add_receiver(&self) -> usize {
        let mut state = self.state.lock();
        add_handle(&mut state.receivers);
        state.version
    }

    pub(super) fn remove_receiver(this: &Arc<Self>, waiting: &mut Option<Place>) {
        let mut state = this.state.lock();
        state.receivers -= 1;
        let waker = state.deregister(CHANGES, waiting);
        let value = Self::end_if_last(this, &mut state);
        if state.receivers == 0 {
            this.unlock_and_wake(state, CLOSING);
        } else {
            drop(state);
        }
        drop((waker, value));
    }

    /// Without a handle nobody can look at the value any more but the snapshots that there are.
    fn end_if_last(this: &Arc<Self>, state: &mut State) -> Option<T> {
        if state.senders == 0 && state.receivers == 0 {
            Self::set_current(this, state, NO_CELL)
        } else {
            None
        }
    }

    /// Unlocks, and wakes all who wait in a list.
    fn unlock_and_wake(&self, mut state: impl DerefMut<Target = State>, list: List) {
        if state
            .waiting
            .as_deref_mut()
            .is_some_and(|waiting| !list(waiting).is_empty())
        {
            self.wake(state, list);
        }
    }

    #[cold]
    #[inline(never)]
    fn wake(&self, mut state: impl DerefMut<Target = State>, list: List) {
        let waiters = list(state.waiting());
        if let Some(waker) = waiters.take_only() {
            drop(state);
            waker.wake();
            return;
        }
        let mut round = waiters.take();
        drop(state);
        round.wake();
        list(self.state.lock().waiting()).keep(&mut round);
    }

    #[cfg(test)]
    pub(super) fn is_trimmed(&self) -> bool {
        Cells::<T>::are_trimmed(&self.state.lock().pool)
    }

    /// As if so many snapshots had been taken and dropped since the value was sent.
    #[cfg(test)]
    pub(super) fn count_snapshots(&self, snapshots: usize) {
        let word = self.current.fetch_add(snapshots * ONE, Relaxed);
        // SAFETY: row CURRENT: the line before has made this a holder.
        let cell = unsafe { self.cells.get(index_of(word)) };
        cell.holders.fetch_sub(snapshots, Release);
    }
}

impl State {
    fn waiting(&mut self) -> &mut Waiting {
        self.waiting.get_or_insert_with(|| {
            Box::new(Waiting {
                changes: Waiters::new(),
                closing: Waiters::new(),
            })
        })
    }

    fn deregister(&mut self, list: List, key: &mut Option<Place>) -> Option<Waker> {
        key.is_some().then(|| list(self.waiting()).deregister(key))?
    }
}

#[inline]
fn newer(word: usize, seen: usize) -> Option<usize> {
    // Who has looked while a value was being stored is ahead by one version; and CLOSED is no version.
    let is_newer = word.wrapping_sub(seen).wrapping_add(VERSION_STEP) > VERSION_STEP | CLOSED;
    is_newer.then_some(word & !CLOSED)
}

fn add_handle(handles: &mut u32) {
    assert!(*handles < HANDLES_MAX, "too many handles were forgotten");
    *handles += 1;
}
