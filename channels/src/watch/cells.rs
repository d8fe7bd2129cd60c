//! Where the values live: cells that never move, are found by their index, and are used again.

use alloc::boxed::Box;
use core::mem::MaybeUninit;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use crate::sync::{AtomicUsize, UnsafeCell};

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
    index: usize,
    /// Who may read the value; see `shared`.
    pub(super) holders: AtomicUsize,
    contents: UnsafeCell<Contents<T>>,
}

struct Contents<T> {
    /// The version of the value, or the index of the next vacant cell.
    stamp: usize,
    value: MaybeUninit<T>,
}

impl<T> Cell<T> {
    fn vacant(index: usize, next: usize) -> Self {
        Self {
            index,
            holders: AtomicUsize::new(0),
            contents: UnsafeCell::new(Contents {
                stamp: next,
                value: MaybeUninit::uninit(),
            }),
        }
    }

    pub(super) fn index(&self) -> usize {
        self.index
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
    /// The chain of cells that their last snapshot has vacated, and their number.
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
    /// Cells whose value was replaced while it was held. They come back in `returned`.
    pub(super) lent: usize,
}

impl<T> Cells<T> {
    /// Cells and their pool, all vacant.
    pub(super) fn new() -> (Self, Pool) {
        let cells = Self {
            first: [Cell::vacant(0, 1), Cell::vacant(1, NO_CELL)],
            more: UnsafeCell::new(None),
            returned: AtomicUsize::new(NO_CELL),
        };
        let pool = Pool {
            vacant: 0,
            len: CELLS_FIRST,
            lent: 0,
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

    /// Takes a vacant cell; `None` if all are taken and there can be no more.
    ///
    /// # Safety
    ///
    /// The caller has the lock, the pool is that of these cells, and the index in `current` is that of the only cell that is
    /// neither vacant nor lent.
    #[inline]
    pub(super) unsafe fn take(&self, pool: &mut Pool, current: &AtomicUsize) -> Option<&Cell<T>> {
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
        // SAFETY: the caller has the lock, and the chain is one of cells that there are.
        let cell = unsafe { self.get(pool.vacant) };
        // SAFETY: row VACANT: it is in the chain, which belongs to who has the lock.
        pool.vacant = unsafe { cell.next() };
        Some(cell)
    }

    /// Puts back a cell that was vacated under the lock.
    ///
    /// # Safety
    ///
    /// The caller has the lock, and the cell is vacant and the caller's.
    pub(super) unsafe fn put(&self, pool: &mut Pool, cell: &Cell<T>) {
        // SAFETY: the caller's promise.
        unsafe { cell.set_next(pool.vacant) };
        pool.vacant = cell.index;
    }

    /// Gives back a cell that was lent.
    ///
    /// # Safety
    ///
    /// The cell is vacant and the caller's.
    pub(super) unsafe fn give_back(&self, cell: &Cell<T>) {
        let mut word = self.returned.load(Relaxed);
        loop {
            // SAFETY: the caller's promise, which holds until the exchange succeeds.
            unsafe { cell.set_next(index_of(word)) };
            let next = word - index_of(word) + ONE + cell.index;
            // ORDERING: Release, pair D.
            match self.returned.compare_exchange_weak(word, next, Release, Relaxed) {
                Ok(_) => return,
                Err(now) => word = now,
            }
        }
    }

    /// Takes all cells that were given back. The chain that the pool has had must be empty or given up.
    fn collect(&self, pool: &mut Pool) {
        // ORDERING: Acquire, pair D: who vacated the cells is done with them.
        let word = self.returned.swap(NO_CELL, Acquire);
        pool.vacant = index_of(word);
        pool.lent -= number_of(word);
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
            cells: (len..doubled)
                .map(|index| Cell::vacant(index, next(index)))
                .collect(),
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
        if number_of(self.returned.load(Relaxed)) != pool.lent {
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
            unsafe { self.put(pool, cell) };
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
