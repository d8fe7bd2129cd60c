//! The place of one message, and the blocks that places are taken in.
//!
//! The word `remaining` says who owns the value. Only unsafe code is here; what it relies on is the table in the module doc
//! of `broadcast`, whose rows and pairs are named below.

use alloc::boxed::Box;
use core::mem::MaybeUninit;
use core::ptr;
use core::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

use crate::sync::{AtomicUsize, UnsafeCell};

/// `remaining` before the message is sent and after its value is taken; `unread` before it is sent.
const EMPTY: usize = 0;

/// `unread` once the message was evicted. From then on it counts down for each receiver that comes too late, and so
/// stays above [`EVICTED_MIN`]: there are fewer receivers than that leaves.
const EVICTED: usize = usize::MAX - (EVICTED_MIN >> 1);

/// `unread` from here on means that the message was evicted.
const EVICTED_MIN: usize = 1 << (usize::BITS - 1);

pub(super) struct Slot<T> {
    /// How many receivers have not let go of the message; or [`EMPTY`].
    remaining: AtomicUsize,
    /// How many of them have not begun to read it; or [`EMPTY`], or [`EVICTED`]. Only an overwriting channel counts it down.
    unread: AtomicUsize,
    value: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: receivers of several threads read the value at once, and one of them moves it out.
unsafe impl<T: Send + Sync> Sync for Slot<T> {}

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
            // SAFETY: row EMPTY: nobody reads the value before a count says so, and the lock keeps other senders out.
            unsafe { (*place).write(value) };
        });
        // ORDERING: Release, pair A of a lossless channel.
        self.remaining.store(receivers, Release);
        // ORDERING: Release, pair A of an overwriting channel, and the last: its receivers go on with `remaining`.
        self.unread.store(receivers, Release);
    }

    /// Whether the message is there. For a lossless receiver whose next message this is.
    pub(super) fn is_published(&self) -> bool {
        // ORDERING: Acquire, pair A.
        self.remaining.load(Acquire) != EMPTY
    }

    /// Whether the message is there and was not evicted so far. For an overwriting receiver whose next message this is.
    pub(super) fn is_readable(&self) -> bool {
        // ORDERING: Acquire, pair A.
        (EMPTY + 1..EVICTED_MIN).contains(&self.unread.load(Acquire))
    }

    /// Adds a receiver, for one that has not begun to read yet. Under the lock.
    pub(super) fn add_receiver(&self) {
        self.remaining.fetch_add(1, Relaxed);
        self.unread.fetch_add(1, Relaxed);
    }

    /// Adds a receiver if the message is still there. Otherwise it returns the value, to drop after the lock, if the others
    /// have all let go meanwhile. Under the lock.
    pub(super) fn try_add_receiver(&self) -> Result<(), Option<T>> {
        let more = |count| (count != EMPTY).then(|| count + 1);
        // In this order: who is counted as unread has a share.
        if self.remaining.fetch_update(Relaxed, Relaxed, more).is_err() {
            return Err(None);
        }
        if self.unread.fetch_update(Relaxed, Relaxed, more).is_ok() {
            return Ok(());
        }
        // SAFETY: row LAST, if it is.
        Err(self.let_go().then(|| unsafe { self.take() }))
    }

    /// A receiver of an overwriting channel begins to read its next message: from now on its share cannot be taken away.
    /// Returns whether it has one, or the message is evicted by now.
    pub(super) fn begin(&self) -> bool {
        self.unread.fetch_sub(1, Relaxed) < EVICTED_MIN
    }

    /// Whether all receivers of an overwriting channel have begun to read the message. Under the lock.
    pub(super) fn is_passed(&self) -> bool {
        self.unread.load(Relaxed) == EMPTY
    }

    /// Takes the message away from those who have not begun to read it. Returns whether the caller owns the value now: row
    /// LAST. Under the lock.
    pub(super) fn evict(&self) -> bool {
        let unread = self.unread.swap(EVICTED, Relaxed);
        // ORDERING: Acquire, pair B. Nothing to release: a sender does not read the value.
        unread != EMPTY && self.remaining.fetch_sub(unread, Acquire) == unread
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

    /// Moves the value out.
    ///
    /// # Safety
    ///
    /// Row LAST: [`claim`](Self::claim), [`let_go`](Self::let_go) or [`evict`](Self::evict) has just returned `true`.
    pub(super) unsafe fn take(&self) -> T {
        let value = self.value.with_mut(|place| {
            // SAFETY: the cell's pointer is valid, and row LAST: there is no other reader, and no writer before the block
            // is used anew.
            unsafe { ptr::read(place) }
        });
        // SAFETY: pair A: the value was written before `remaining` was. Row LAST: it is moved out once.
        unsafe { value.assume_init() }
    }
}

/// Places for [`SLOTS`](Self::SLOTS) messages in a row. Who holds an `Arc` of it may point into it.
pub(super) struct Block<T>(Box<[Slot<T>]>);

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
        Self((0..Self::SLOTS).map(|_| Slot::new()).collect())
    }

    /// The slot of a position whose block this is.
    pub(super) fn slot(&self, position: u64) -> &Slot<T> {
        &self.0[Self::offset(position)]
    }

    /// Where the position is in its block.
    pub(super) const fn offset(position: u64) -> usize {
        #[expect(clippy::cast_possible_truncation, reason = "only the lowest bits count")]
        let low = position as usize;
        low % Self::SLOTS
    }

    /// Makes a block ready for new messages, whose old ones are all gone.
    pub(super) fn reset(&mut self) {
        for slot in &self.0 {
            slot.unread.store(EMPTY, Relaxed);
        }
    }
}

const BLOCK_BYTES_MAX: usize = 4096;
