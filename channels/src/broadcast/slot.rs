//! The place of one message, and the blocks that places are taken in.
//!
//! The word `remaining` says who owns the value. Only unsafe code is here; what it relies on is the table in the module doc
//! of `broadcast`, whose rows and pairs are named below.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem::MaybeUninit;
use core::ptr::{self, NonNull};
use core::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

use crate::sync::{AtomicUsize, UnsafeCell};

/// `remaining` before the message is sent, and while the last reader takes the value.
const EMPTY: usize = 0;

/// `remaining` once nobody will touch the slot again, until its block is used anew.
const DONE: usize = usize::MAX;

pub(super) struct Slot<T> {
    /// How many receivers have not let go of the message; or [`EMPTY`], or [`DONE`].
    remaining: AtomicUsize,
    /// How many of them have not begun to read it. Changed under the lock alone; only an overwriting channel looks at it.
    unread: AtomicUsize,
    value: UnsafeCell<MaybeUninit<T>>,
}

impl<T> Slot<T> {
    fn new() -> Self {
        Self {
            remaining: AtomicUsize::new(EMPTY),
            unread: AtomicUsize::new(EMPTY),
            value: UnsafeCell::new(MaybeUninit::uninit()),
        }
    }

    /// Shows the value to this many receivers, at least one.
    ///
    /// # Safety
    ///
    /// Row EMPTY: the slot is behind the newest message, and the caller holds the lock.
    pub(super) unsafe fn publish(&self, value: T, receivers: usize) {
        self.value.with_mut(|place| {
            // SAFETY: row EMPTY: nobody reads the value before `remaining` says so, and the lock keeps other senders out.
            unsafe { (*place).write(value) };
        });
        self.unread.store(receivers, Relaxed);
        // ORDERING: Release, pair A.
        self.remaining.store(receivers, Release);
    }

    /// Whether the message is there. For a receiver whose next message this is.
    pub(super) fn is_published(&self) -> bool {
        // ORDERING: Acquire, pair A.
        self.remaining.load(Acquire) != EMPTY
    }

    /// Adds a receiver, for one that has let go of nothing yet. Under the lock.
    pub(super) fn add_receiver(&self) {
        self.unread.fetch_add(1, Relaxed);
        self.remaining.fetch_add(1, Relaxed);
    }

    /// Adds a receiver if the message is still there. Under the lock.
    pub(super) fn try_add_receiver(&self) -> bool {
        let more = |remaining| (remaining != EMPTY && remaining != DONE).then(|| remaining + 1);
        let is_there = self.remaining.fetch_update(Relaxed, Relaxed, more).is_ok();
        if is_there {
            self.unread.fetch_add(1, Relaxed);
        }
        is_there
    }

    /// A receiver begins to read; returns whether all have begun now. Under the lock.
    pub(super) fn begin(&self) -> bool {
        let unread = self.unread.load(Relaxed) - 1;
        self.unread.store(unread, Relaxed);
        unread == 0
    }

    /// Takes the message away from those who have not begun to read it. Returns whether the caller owns the value now: row
    /// LAST. Under the lock.
    pub(super) fn evict(&self) -> bool {
        let unread = self.unread.load(Relaxed);
        self.unread.store(0, Relaxed);
        // ORDERING: Acquire, pair B. Nothing to release: a sender does not read the value.
        self.remaining.fetch_sub(unread, Acquire) == unread
    }

    /// Takes the value if this receiver is the only one left. Returns whether it owns the value now: row LAST.
    pub(super) fn claim(&self) -> bool {
        // ORDERING: Acquire, pair B; the load before it is only a guess.
        self.remaining.load(Relaxed) == 1
            && self
                .remaining
                .compare_exchange(1, EMPTY, Acquire, Relaxed)
                .is_ok()
    }

    /// A receiver lets go. Returns whether it owns the value now: row LAST.
    pub(super) fn let_go(&self) -> bool {
        // ORDERING: AcqRel, pair B.
        self.remaining.fetch_sub(1, AcqRel) == 1
    }

    /// A clone of the value.
    ///
    /// # Safety
    ///
    /// Row COUNTED: the caller has read `remaining` with Acquire, or under the lock, and has not let go.
    pub(super) unsafe fn clone_value(&self) -> T
    where
        T: Clone,
    {
        self.value.with(|place| {
            // SAFETY: the cell's pointer is valid, and row COUNTED: nobody writes while a reader has not let go.
            let value = unsafe { &*place };
            // SAFETY: pair A: the value was written before `remaining` was.
            unsafe { value.assume_init_ref() }.clone()
        })
    }

    /// Moves the value out and gives the slot up; the caller must not touch it again.
    ///
    /// # Safety
    ///
    /// Row LAST: [`claim`](Self::claim), [`let_go`](Self::let_go) or [`evict`](Self::evict) has just returned `true`.
    pub(super) unsafe fn take(&self) -> T {
        let value = self.value.with_mut(|place| {
            // SAFETY: the cell's pointer is valid, and row LAST: there is no other reader, and no writer before DONE.
            unsafe { ptr::read(place) }
        });
        // ORDERING: Release, pair C.
        self.remaining.store(DONE, Release);
        // SAFETY: pair A: the value was written before `remaining` was. Row LAST: it is moved out once.
        unsafe { value.assume_init() }
    }
}

/// Places for [`SLOTS`](Self::SLOTS) messages in a row; its owner frees it. It never moves, so that receivers may point into it.
pub(super) struct Block<T>(NonNull<Slot<T>>);

impl<T> Block<T> {
    /// A power of two, so that positions may wrap around: at most 32, and at most 4 KiB unless one slot is larger.
    pub(super) const SLOTS: usize = if crate::sync::IS_MODEL {
        2
    } else {
        let fitting = BLOCK_BYTES_MAX / size_of::<Slot<T>>();
        match fitting {
            0 => 1,
            1..32 => 1 << fitting.ilog2(),
            _ => 32,
        }
    };

    /// Blocks that are kept for later: as many as fit into 4 KiB, at least one.
    pub(super) const SPARES_MAX: usize = {
        let fitting = BLOCK_BYTES_MAX / (Self::SLOTS * size_of::<Slot<T>>());
        if fitting == 0 || crate::sync::IS_MODEL {
            1
        } else {
            fitting
        }
    };

    pub(super) fn new() -> Self {
        let slots: Vec<_> = core::iter::repeat_with(Slot::<T>::new)
            .take(Self::SLOTS)
            .collect();
        let first = Box::into_raw(slots.into_boxed_slice()).cast();
        Self(NonNull::new(first).expect("a box is never null"))
    }

    /// The slot of a position whose block this is.
    pub(super) fn slot(&self, position: u64) -> NonNull<Slot<T>> {
        // SAFETY: the offset is below the length of the block.
        unsafe { self.0.add(Self::offset(position)) }
    }

    /// Where the position is in its block.
    pub(super) const fn offset(position: u64) -> usize {
        #[expect(clippy::cast_possible_truncation, reason = "only the lowest bits count")]
        let low = position as usize;
        low % Self::SLOTS
    }

    /// Whether all messages came and went: row DONE for each slot.
    pub(super) fn is_done(&self) -> bool {
        // ORDERING: Acquire, pair C.
        self.slots()
            .iter()
            .all(|slot| slot.remaining.load(Acquire) == DONE)
    }

    /// Makes a block that is done ready for new messages.
    pub(super) fn reset(&self) {
        for slot in self.slots() {
            slot.remaining.store(EMPTY, Relaxed);
        }
    }

    fn slots(&self) -> &[Slot<T>] {
        // SAFETY: it is the boxed slice that `new` has made, which lives until `free`.
        unsafe { NonNull::slice_from_raw_parts(self.0, Self::SLOTS).as_ref() }
    }

    /// Frees the memory.
    ///
    /// # Safety
    ///
    /// No receiver points into it: it is done, or there is no receiver any more.
    pub(super) unsafe fn free(self) {
        let slots = NonNull::slice_from_raw_parts(self.0, Self::SLOTS);
        // SAFETY: it is the boxed slice that `new` has made, and `self` ends here.
        drop(unsafe { Box::from_raw(slots.as_ptr()) });
    }
}

const BLOCK_BYTES_MAX: usize = 4096;
