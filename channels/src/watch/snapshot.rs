use core::fmt;
use core::ops::Deref;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::ptr::NonNull;
use core::sync::atomic::Ordering::{AcqRel, Relaxed};

use super::cells::Cell;
use super::shared::SHARES_MAX;

/// A value of a watch channel, as it was when the snapshot was taken: a counted reference.
///
/// It holds no lock: while snapshots are held, values are sent and seen as ever. A value is dropped with its last snapshot,
/// or when it is replaced if there is none. A snapshot may outlive the channel.
pub struct Snapshot<T> {
    /// Row CURRENT: the handle that lent it, or another one, keeps this in memory; row LENT: the cell does.
    cell: NonNull<Cell<T>>,
}

// SAFETY: as for `Arc<T>`: several threads may read the value, and any of them may drop it.
unsafe impl<T: Send + Sync> Send for Snapshot<T> {}

// SAFETY: as for `Send`.
unsafe impl<T: Send + Sync> Sync for Snapshot<T> {}

impl<T> Snapshot<T> {
    /// Makes a holder of the cell a snapshot.
    pub(super) fn new(cell: &Cell<T>) -> Self {
        Self {
            cell: NonNull::from(cell),
        }
    }

    pub(super) fn cell(&self) -> &Cell<T> {
        // SAFETY: rows CURRENT and LENT: the channel's allocation stays while a value is held.
        unsafe { self.cell.as_ref() }
    }

    pub(super) fn version(&self) -> usize {
        // SAFETY: rows CURRENT and LENT: this is a holder.
        unsafe { self.cell().version() }
    }

    /// As if it had been cloned so often.
    #[cfg(test)]
    pub(super) fn count_clones(&self, clones: usize) {
        self.cell().holders.fetch_add(clones, Relaxed);
    }

    /// Moves the value out for dropping, and gives its cell back.
    #[cold]
    fn vacate(&mut self) {
        let cell = self.cell();
        // SAFETY: row LENT: this was the last holder.
        let share = unsafe { cell.take_share() }.expect("a cell that is lent has a share");
        // SAFETY: as before.
        let value = unsafe { cell.empty() };
        // SAFETY: row VACANT: the line before has made it so.
        unsafe { share.cells().give_back(cell) };
        drop(value);
    }
}

impl<T> Deref for Snapshot<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: rows CURRENT and LENT: this is a holder as long as it lives.
        unsafe { self.cell().value() }
    }
}

/// Another reference to the same value.
impl<T> Clone for Snapshot<T> {
    /// # Panics
    ///
    /// If half of all that a `usize` can count were cloned and forgotten.
    fn clone(&self) -> Self {
        let snapshot = Self { cell: self.cell };
        // ORDERING: Relaxed: this thread has been reading the value already.
        let holders = self.cell().holders.fetch_add(1, Relaxed);
        assert!(holders < SHARES_MAX, "too many snapshots were forgotten");
        snapshot
    }
}

impl<T> Drop for Snapshot<T> {
    fn drop(&mut self) {
        // ORDERING: Release, pair B; Acquire for the last one, of all others' (pair B) and of the share (pair C).
        if self.cell().holders.fetch_sub(1, AcqRel) == 1 {
            self.vacate();
        }
    }
}

// A reference to the value, so with a panic it is what the value is.
impl<T: RefUnwindSafe> UnwindSafe for Snapshot<T> {}
impl<T: RefUnwindSafe> RefUnwindSafe for Snapshot<T> {}

impl<T: fmt::Debug> fmt::Debug for Snapshot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: fmt::Display> fmt::Display for Snapshot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
