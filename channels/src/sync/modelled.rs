//! What loom's cells need beyond `core`'s.

use core::mem::MaybeUninit;

use loom::cell::UnsafeCell;

/// Makes an empty cell: loom's have an account beside the value.
///
/// # Safety
///
/// The place is aligned, large enough, and nobody else's.
pub(crate) unsafe fn prepare_cell<T>(place: *mut UnsafeCell<MaybeUninit<T>>) {
    // SAFETY: by the contract.
    unsafe { place.write(UnsafeCell::new(MaybeUninit::uninit())) }
}
