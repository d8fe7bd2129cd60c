//! Where the values live: cells that never move, are found by their index, and are used again.

use alloc::boxed::Box;
use core::mem::MaybeUninit;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use super::shared::Shared;
use crate::sync::{Arc, AtomicUsize, UnsafeCell};

/// Cells within the channel's own allocation: one for the current value, one for the next.
const CELLS_FIRST: usize = 2;

/// Cells that are kept for later; what a burst of snapshots needed beyond them is given back once all are vacant.
const CELLS_KEPT: usize = if crate::sync::IS_MODEL { 2 } else { 64 };

/// The most cells there can be.
const CELLS_MAX: usize = 1 << (INDEX_BITS - 1);

const _: () = assert!(CELLS_KEPT >= CELLS_FIRST && CELLS_KEPT.is_power_of_two());

/// A word holds an index in its low half and a number in its high half.
const INDEX_BITS: u32 = usize::BITS / 2;

/// The index of no cell.
pub(super) const NO_CELL: usize = (1 << INDEX_BITS) - 1;

/// One in the high half of a word.
pub(super) const ONE: usize = 1 << INDEX_BITS;

pub(super) const fn index_of(word: usize) -> usize {
    word & NO_CELL
}

pub(super) const fn number_of(word: usize) -> usize {
    word >> INDEX_BITS
}

/// A place for one value. Who may do what with it, and when, is told by the table in the module doc of `watch`.
pub(super) struct Cell<T> {
    /// Who may read the value; see `shared`.
    pub(super) holders: AtomicUsize,
    /// While the cell is lent, what keeps it in memory.
    share: UnsafeCell<Option<Arc<Shared<T>>>>,
    contents: UnsafeCell<Contents<T>>,
}

struct Contents<T> {
    /// The version of the value, or the index of the next vacant cell.
    stamp: usize,
    value: MaybeUninit<T>,
}

impl<T> Cell<T> {
    fn vacant(next: usize) -> Self {
        Self {
            holders: AtomicUsize::new(0),
            share: UnsafeCell::new(None),
            contents: UnsafeCell::new(Contents {
                stamp: next,
                value: MaybeUninit::uninit(),
            }),
        }
    }

    /// Puts a value in.
    ///
    /// # Safety
    ///
    /// The cell is vacant and the caller's.
    pub(super) unsafe fn fill(&self, version: usize, value: T) {
        self.contents.with_mut(|contents| {
            // SAFETY: by the contract nobody else looks at a vacant cell.
            let contents = unsafe { &mut *contents };
            contents.stamp = version;
            contents.value.write(value);
        });
    }

    /// The version of the value.
    ///
    /// # Safety
    ///
    /// The caller is a holder.
    pub(super) unsafe fn version(&self) -> usize {
        // SAFETY: by the contract the contents are written, and nobody changes them before the caller lets go.
        self.contents.with(|contents| unsafe { (*contents).stamp })
    }

    /// The value.
    ///
    /// # Safety
    ///
    /// The caller is a holder for as long as it uses the reference.
    pub(super) unsafe fn value(&self) -> &T {
        // SAFETY: by the contract the contents are written, and nobody changes them before the caller lets go.
        let contents = self.contents.with(|contents| unsafe { &*contents });
        // SAFETY: as before: they are written.
        unsafe { contents.value.assume_init_ref() }
    }

    /// Moves the value out, which leaves the cell vacant.
    ///
    /// # Safety
    ///
    /// There is no holder any more, and the cell is the caller's.
    pub(super) unsafe fn empty(&self) -> T {
        // Also for writing: from now on there must be no reader.
        self.contents.with_mut(|contents| {
            // SAFETY: by the contract the value is written, and nobody else looks at it.
            let contents = unsafe { &*contents };
            // SAFETY: as before; a vacant cell's value is not looked at again.
            unsafe { contents.value.assume_init_read() }
        })
    }

    /// Puts in a share of the channel.
    ///
    /// # Safety
    ///
    /// The cell is that of the value being replaced, under the lock.
    pub(super) unsafe fn set_share(&self, share: Arc<Shared<T>>) {
        // SAFETY: by the contract nobody else looks at the share: no holder is the last one yet.
        self.share.with_mut(|own| unsafe { *own = Some(share) });
    }

    /// Takes the share out.
    ///
    /// # Safety
    ///
    /// There is no holder any more, and the cell is the caller's.
    pub(super) unsafe fn take_share(&self) -> Option<Arc<Shared<T>>> {
        // SAFETY: by the contract nobody else looks at the share.
        self.share.with_mut(|own| unsafe { (*own).take() })
    }

    /// # Safety
    ///
    /// The cell is vacant and the caller's.
    unsafe fn set_next(&self, next: usize) {
        // SAFETY: by the contract nobody else looks at a vacant cell.
        self.contents
            .with_mut(|contents| unsafe { (*contents).stamp = next });
    }

    /// # Safety
    ///
    /// The cell is vacant and the caller's.
    unsafe fn next(&self) -> usize {
        // SAFETY: by the contract nobody else looks at a vacant cell, and each vacant cell has this.
        self.contents.with(|contents| unsafe { (*contents).stamp })
    }
}

/// All cells of a channel: the first two, and further chunks, each as large as all before it.
pub(super) struct Cells<T> {
    first: [Cell<T>; CELLS_FIRST],
    more: Link<T>,
    /// The chain of cells that were lent and came back vacant; and the number of those still lent.
    returned: AtomicUsize,
}

struct Chunk<T> {
    cells: Box<[Cell<T>]>,
    more: Link<T>,
}

/// Written under the lock, while no holder looks for a cell behind it.
type Link<T> = UnsafeCell<Option<Box<Chunk<T>>>>;

/// What only the senders know of the cells, under their lock.
pub(super) struct Pool {
    /// First of the chain of vacant cells.
    vacant: usize,
    /// The cells that there are.
    len: usize,
}

impl<T> Cells<T> {
    /// Cells and their pool, all vacant.
    pub(super) fn new() -> (Self, Pool) {
        let cells = Self {
            first: [Cell::vacant(1), Cell::vacant(NO_CELL)],
            more: UnsafeCell::new(None),
            returned: AtomicUsize::new(NO_CELL),
        };
        let pool = Pool {
            vacant: 0,
            len: CELLS_FIRST,
        };
        (cells, pool)
    }

    /// Finds a cell.
    ///
    /// # Safety
    ///
    /// There is such a cell, and the caller holds it or the lock: so its chunk stays.
    #[inline]
    pub(super) unsafe fn get(&self, index: usize) -> &Cell<T> {
        match self.first.get(index) {
            Some(cell) => cell,
            // SAFETY: the caller's promise.
            None => unsafe { self.get_far(index) },
        }
    }

    #[cold]
    unsafe fn get_far(&self, index: usize) -> &Cell<T> {
        let (mut start, mut link) = (CELLS_FIRST, &self.more);
        loop {
            // SAFETY: by the contract the chunk stays, and so do those before it: nobody writes their links.
            let chunk = link.with(|chunk| unsafe { &*chunk });
            let chunk = chunk
                .as_deref()
                .expect("the caller knows that there is such a cell");
            if let Some(cell) = chunk.cells.get(index - start) {
                return cell;
            }
            start += chunk.cells.len();
            link = &chunk.more;
        }
    }

    /// The index of a cell.
    ///
    /// # Safety
    ///
    /// It is one of these, and the caller holds it or it is the caller's: so its chunk stays.
    unsafe fn index(&self, cell: &Cell<T>) -> usize {
        if let Some(index) = position(&self.first, cell) {
            return index;
        }
        let (mut start, mut link) = (CELLS_FIRST, &self.more);
        loop {
            // SAFETY: by the contract the chunk stays, and so do those before it: nobody writes their links.
            let chunk = link.with(|chunk| unsafe { &*chunk });
            let chunk = chunk.as_deref().expect("the cell is one of these");
            if let Some(index) = position(&chunk.cells, cell) {
                return start + index;
            }
            start += chunk.cells.len();
            link = &chunk.more;
        }
    }

    /// Takes a vacant cell, and tells its index; `None` if all are taken and there can be no more.
    ///
    /// # Safety
    ///
    /// The caller has the lock, the pool is that of these cells, and the index in `current` is that of the only cell that is
    /// neither vacant nor lent.
    #[inline]
    pub(super) unsafe fn take(&self, pool: &mut Pool, current: &AtomicUsize) -> Option<(usize, &Cell<T>)> {
        if pool.len > CELLS_KEPT {
            // ORDERING: Relaxed: the index changes only under the lock.
            // SAFETY: the caller's promise.
            unsafe { self.trim(pool, index_of(current.load(Relaxed))) };
        }
        if pool.vacant == NO_CELL {
            self.collect(pool);
        }
        if pool.vacant == NO_CELL {
            // SAFETY: the caller's promise.
            unsafe { self.grow(pool)? };
        }
        let index = pool.vacant;
        // SAFETY: the caller has the lock, and the chain is one of cells that there are.
        let cell = unsafe { self.get(index) };
        // SAFETY: row VACANT: it is in the chain, which belongs to who has the lock.
        pool.vacant = unsafe { cell.next() };
        Some((index, cell))
    }

    /// Puts back a cell that was vacated under the lock.
    ///
    /// # Safety
    ///
    /// The caller has the lock, and the cell, which has this index, is vacant and the caller's.
    pub(super) unsafe fn put(pool: &mut Pool, index: usize, cell: &Cell<T>) {
        // SAFETY: the caller's promise.
        unsafe { cell.set_next(pool.vacant) };
        pool.vacant = index;
    }

    /// Counts one more cell that is lent, before it is.
    pub(super) fn lend(&self) {
        // ORDERING: Relaxed: pair C on `holders` orders it before `give_back`.
        self.returned.fetch_add(ONE, Relaxed);
    }

    /// The cell was not lent after all.
    pub(super) fn keep(&self) {
        // ORDERING: Relaxed: the lock orders it for who compares the number.
        self.returned.fetch_sub(ONE, Relaxed);
    }

    /// Gives back a cell that was lent.
    ///
    /// # Safety
    ///
    /// The cell is vacant and the caller's.
    pub(super) unsafe fn give_back(&self, cell: &Cell<T>) {
        // SAFETY: the caller's promise.
        let index = unsafe { self.index(cell) };
        let mut word = self.returned.load(Relaxed);
        loop {
            // SAFETY: the caller's promise, which holds until the exchange succeeds.
            unsafe { cell.set_next(index_of(word)) };
            let next = word - index_of(word) - ONE + index;
            // ORDERING: Release, pair D.
            match self.returned.compare_exchange_weak(word, next, Release, Relaxed) {
                Ok(_) => return,
                Err(now) => word = now,
            }
        }
    }

    /// Takes all cells that were given back. The chain that the pool has had must be empty or given up.
    fn collect(&self, pool: &mut Pool) {
        // Setting all bits of the index empties the chain.
        // ORDERING: Acquire, pair D: who vacated the cells is done with them.
        pool.vacant = index_of(self.returned.fetch_or(NO_CELL, Acquire));
    }

    /// Doubles the cells.
    ///
    /// # Safety
    ///
    /// The caller has the lock.
    #[cold]
    unsafe fn grow(&self, pool: &mut Pool) -> Option<()> {
        let len = pool.len;
        let doubled = len.checked_mul(2).filter(|doubled| *doubled <= CELLS_MAX)?;
        let next = |index| if index + 1 < doubled { index + 1 } else { NO_CELL };
        let chunk = Chunk {
            cells: (len..doubled).map(|index| Cell::vacant(next(index))).collect(),
            more: UnsafeCell::new(None),
        };
        // SAFETY: by the contract; there are as many cells before this link.
        let link = unsafe { self.link_after(len) };
        // SAFETY: nobody looks behind this link, as there are no cells yet.
        link.with_mut(|link| unsafe { *link = Some(Box::new(chunk)) });
        pool.vacant = len;
        pool.len = doubled;
        Some(())
    }

    /// Once nothing is lent, gives back the cells beyond those to keep; if the current one is among them, its follower will
    /// not be, and the next call succeeds.
    ///
    /// # Safety
    ///
    /// As for [`take`](Self::take).
    #[cold]
    unsafe fn trim(&self, pool: &mut Pool, current: usize) {
        // ORDERING: Relaxed: if all are back, `collect` acquires it.
        if number_of(self.returned.load(Relaxed)) > 0 {
            return;
        }
        self.collect(pool);
        if current < CELLS_KEPT {
            // SAFETY: by the contract; there are more cells than these.
            let link = unsafe { self.link_after(CELLS_KEPT) };
            // SAFETY: all cells behind it are vacant, so nobody looks for them.
            link.with_mut(|link| unsafe { *link = None });
            pool.len = CELLS_KEPT;
        }
        pool.vacant = NO_CELL;
        for index in (0..CELLS_KEPT).rev().filter(|index| *index != current) {
            // SAFETY: the caller has the lock, and there are at least as many cells.
            let cell = unsafe { self.get(index) };
            // SAFETY: nothing is lent and it is not the current one, so it is vacant, and now in the one chain there is.
            unsafe { Self::put(pool, index, cell) };
        }
    }

    /// The link behind that many cells.
    ///
    /// # Safety
    ///
    /// The caller has the lock, and a chunk ends there.
    unsafe fn link_after(&self, len: usize) -> &Link<T> {
        let (mut start, mut link) = (CELLS_FIRST, &self.more);
        while start < len {
            // SAFETY: links are written under the lock, which the caller has.
            let chunk = link.with(|chunk| unsafe { &*chunk });
            let chunk = chunk.as_deref().expect("there are as many cells");
            start += chunk.cells.len();
            link = &chunk.more;
        }
        link
    }

    #[cfg(test)]
    pub(super) fn are_trimmed(pool: &Pool) -> bool {
        pool.len <= CELLS_KEPT
    }
}

/// Where a cell is in a row of them, if it is there.
fn position<T>(row: &[Cell<T>], cell: &Cell<T>) -> Option<usize> {
    let offset = (&raw const *cell).addr().wrapping_sub(row.as_ptr().addr());
    let index = offset / size_of::<Cell<T>>();
    (index < row.len()).then_some(index)
}
