//! A cell with loom's interface, which sees where each access begins and ends.

use core::cell;
use core::mem::MaybeUninit;

/// As `core`'s cell, reached through closures.
pub(crate) struct UnsafeCell<T>(cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(cell::UnsafeCell::new(value))
    }

    /// For reading. Who follows the pointer must know that nobody writes meanwhile.
    pub(crate) fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        read(self.0.get())
    }

    /// For writing. Who follows the pointer must know that nobody else reads or writes meanwhile.
    pub(crate) fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        write(self.0.get())
    }
}

/// Makes an empty cell, in place: memory that holds nothing yet is one already.
///
/// # Safety
///
/// The place is aligned, large enough, and nobody else's.
pub(crate) const unsafe fn prepare_cell<T>(_place: *mut UnsafeCell<MaybeUninit<T>>) {}
