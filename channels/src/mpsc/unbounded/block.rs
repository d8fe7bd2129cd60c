//! A block of slots. The picture, the table and the pairs are in the module doc of `unbounded`.

use alloc::alloc::{Layout, handle_alloc_error};
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::ptr::{self, NonNull};
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use super::shared::{FLAG_BITS, ONE};
use crate::sync::{self, AtomicPtr, AtomicUsize, UnsafeCell};

/// Each slot needs a bit of the ready word, whose upper half is for flags.
const SLOTS_MAX: usize = if sync::IS_MODEL {
    2
} else {
    usize::BITS as usize / 2
};

/// The slots of a first block: a channel that is hardly used stays small.
const FIRST_SLOTS_MAX: usize = if sync::IS_MODEL { 1 } else { SLOTS_MAX / 4 };

/// What the slots of a block take at most, unless a single value is larger.
const SLOTS_BYTES_MAX: usize = 4096;

/// In the ready word: the receiver waits for the slot whose number is in [`WHICH`], and its waker is in `Side::late`.
pub(super) const AWAITED: usize = 1 << (usize::BITS - 1);
/// In the ready word: the number of the slot that is AWAITED.
const WHICH: usize = (SLOTS_MAX - 1) << SLOTS_MAX;
/// In the ready word: the receiver is gone, and who still writes a slot takes the value back.
pub(super) const GONE: usize = AWAITED >> 1;
/// In the ready word: `passed_at` is written.
const PASSED: usize = GONE >> 1;

const _: () = assert!(
    SLOTS_MAX.is_power_of_two() && WHICH < PASSED,
    "each flag has bits of its own"
);

/// What `next` says once the receiver is gone and no block will follow. No block has this address.
pub(super) fn list_end<T>() -> *mut Block<T> {
    const { assert!(align_of::<Block<T>>() > 1, "address 1 is no block's") };
    ptr::without_provenance_mut(1)
}

type Slot<T> = UnsafeCell<MaybeUninit<T>>;

/// The header of a block. The slots lie before it, the last one next to it: so the first block, which has only the last of
/// the slots, needs no arithmetic of its own.
pub(super) struct Block<T> {
    pub(super) next: AtomicPtr<Self>,
    /// A bit for each slot that is written, and the flags.
    ready: AtomicUsize,
    /// The position of the first slot.
    start: UnsafeCell<usize>,
    /// Where the senders' position was when the list's `open` had passed this block.
    passed_at: UnsafeCell<usize>,
    values: PhantomData<T>,
}

impl<T> Block<T> {
    const SLOTS: usize = {
        let mut slots = SLOTS_MAX;
        while slots > 1 && size_of::<T>() > SLOTS_BYTES_MAX / slots {
            slots /= 2;
        }
        slots
    };
    const FIRST_SLOTS: usize = if Self::SLOTS < FIRST_SLOTS_MAX {
        Self::SLOTS
    } else {
        FIRST_SLOTS_MAX
    };

    /// Positions for which a block stands; a multiple of it is where a block begins.
    const SPAN: usize = Self::SLOTS * ONE;

    /// The bits of all slots.
    const ALL: usize = usize::MAX >> (usize::BITS as usize - Self::SLOTS);

    /// Where positions begin: just below their wrap, so that every channel passes it and no code can rely on them growing.
    pub(super) const START: usize = (Self::FIRST_SLOTS * ONE).wrapping_neg();

    /// A block whose first slot is `start`.
    pub(super) fn allocate(start: usize) -> NonNull<Self> {
        let missing = Self::index(start);
        let (layout, header) = Self::layout(Self::SLOTS - missing);
        // SAFETY: the layout has the size of a header at least.
        let memory = unsafe { sync::alloc(layout) };
        if memory.is_null() {
            handle_alloc_error(layout);
        }
        // SAFETY: the layout has room for a header there.
        let block = unsafe { memory.add(header) }.cast::<Self>();
        // SAFETY: the place is aligned, large enough, and nobody else's.
        unsafe {
            block.write(Self {
                next: AtomicPtr::new(ptr::null_mut()),
                // The slots that the first block lacks count as read.
                ready: AtomicUsize::new((1 << missing) - 1),
                start: UnsafeCell::new(start),
                passed_at: UnsafeCell::new(0),
                values: PhantomData,
            });
        }
        // SAFETY: it is inside of an allocation.
        let block = unsafe { NonNull::new_unchecked(block) };
        for index in missing..Self::SLOTS {
            // SAFETY: the block has this slot.
            let place = unsafe { Self::place(block, index) };
            // SAFETY: nobody else knows the slot yet.
            unsafe { sync::prepare_cell(place.as_ptr()) };
        }
        block
    }

    /// Frees a block; values in it are not dropped.
    ///
    /// # Safety
    ///
    /// Nobody uses the block any more, and all that was done to it is visible to the caller.
    pub(super) unsafe fn free(block: NonNull<Self>) {
        // SAFETY: by the contract. To loom, which checks cells and sees no freeing, this is a last access.
        let start = unsafe { block.as_ref() }
            .start
            .with_mut(|start| unsafe { *start });
        let missing = Self::index(start);
        for index in missing..Self::SLOTS {
            // SAFETY: by the contract; for loom as above.
            unsafe { Self::slot(block, index) }.with_mut(|_| ());
        }
        let (layout, header) = Self::layout(Self::SLOTS - missing);
        // SAFETY: by the contract, and the header was written by `allocate`.
        unsafe { block.drop_in_place() };
        // SAFETY: the header lies that far in its allocation.
        let memory = unsafe { block.cast::<u8>().sub(header) };
        // SAFETY: `allocate` got the memory with this layout, for the same start.
        unsafe { sync::dealloc(memory.as_ptr(), layout) };
    }

    /// Frees a list of blocks.
    ///
    /// # Safety
    ///
    /// As for [`free`](Self::free), for each block from this one to the last.
    pub(super) unsafe fn free_list(mut block: *mut Self) {
        while let Some(first) = NonNull::new(block)
            && block != list_end()
        {
            // ORDERING: Relaxed: by the contract all is visible.
            // SAFETY: by the contract.
            block = unsafe { first.as_ref() }.next.load(Relaxed);
            // SAFETY: by the contract.
            unsafe { Self::free(first) };
        }
    }

    /// The memory of a block with that many slots, and where in it the header is.
    fn layout(slots: usize) -> (Layout, usize) {
        let align = align_of::<Self>().max(align_of::<Slot<T>>());
        let header = (slots * size_of::<Slot<T>>()).next_multiple_of(align);
        let layout = Layout::from_size_align(header + size_of::<Self>(), align);
        (layout.expect("a value's size is far below the limit"), header)
    }

    /// The number of a position's slot in its block.
    pub(super) const fn index(position: usize) -> usize {
        (position >> FLAG_BITS) % Self::SLOTS
    }

    /// The slot's place; aligned, since the header is, and before it as many slots as a block has.
    ///
    /// # Safety
    ///
    /// The block is not freed, and has this slot.
    const unsafe fn place(block: NonNull<Self>, index: usize) -> NonNull<Slot<T>> {
        // SAFETY: by the contract the slot lies in the allocation, that far before the header.
        unsafe { block.cast::<Slot<T>>().sub(Self::SLOTS - index) }
    }

    /// # Safety
    ///
    /// The block is not freed as long as the reference lives, and has this slot.
    unsafe fn slot<'a>(block: NonNull<Self>, index: usize) -> &'a Slot<T> {
        // SAFETY: by the contract.
        let place = unsafe { Self::place(block, index) };
        // SAFETY: by the contract; `allocate` has made the cell.
        unsafe { place.as_ref() }
    }

    /// Whether the position's slot is in this block.
    #[inline]
    pub(super) fn covers(&self, position: usize) -> bool {
        position ^ self.start() < Self::SPAN
    }

    /// Whether the position's slot is in an earlier block.
    pub(super) fn is_behind(&self, position: usize) -> bool {
        is_before(position, self.start())
    }

    #[inline]
    fn start(&self) -> usize {
        // SAFETY: it was written before the block was linked (pair L), and is not written again before the block is unused.
        self.start.with(|start| unsafe { *start })
    }

    /// The start of the block that follows.
    pub(super) fn end(&self) -> usize {
        (self.start() | (Self::SPAN - 1)).wrapping_add(1)
    }

    /// Writes the value into the position's slot. Returns what the ready word was before.
    ///
    /// # Safety
    ///
    /// The caller has claimed the position, which the block covers, and publishes it only here. Afterwards the block is
    /// the caller's no more, unless the receiver waits for it to take its value back.
    #[inline]
    pub(super) unsafe fn publish(block: NonNull<Self>, position: usize, value: T) -> usize {
        let index = Self::index(position);
        // SAFETY: row claimed: blocks that the caller's position can reach are not freed.
        let slot = unsafe { Self::slot(block, index) };
        // SAFETY: row claimed: the slot is the caller's.
        slot.with_mut(|cell| unsafe { cell.cast::<T>().write(value) });
        // ORDERING: Release, pair V: the value is visible to the receiver, and all that the caller did to blocks. An
        // addition, since the bit is clear and it is cheaper than an or.
        // SAFETY: as above.
        unsafe { block.as_ref() }.ready.fetch_add(1 << index, Release)
    }

    /// Moves the value out of the position's slot.
    ///
    /// # Safety
    ///
    /// The slot is written, and the value is the caller's by the table.
    #[inline]
    pub(super) unsafe fn take(block: NonNull<Self>, position: usize) -> T {
        // SAFETY: a slot that is written is in a block that is not freed.
        let slot = unsafe { Self::slot(block, Self::index(position)) };
        // SAFETY: by the contract.
        slot.with_mut(|cell| unsafe { cell.cast::<T>().read() })
    }

    /// The value in the position's slot.
    ///
    /// # Safety
    ///
    /// As for [`take`](Self::take), as long as the reference lives.
    pub(super) unsafe fn peek<'a>(block: NonNull<Self>, position: usize) -> &'a T {
        // SAFETY: as for `take`.
        let slot = unsafe { Self::slot(block, Self::index(position)) };
        // SAFETY: by the contract.
        slot.with(|cell| unsafe { &*cell.cast::<T>() })
    }

    /// A bit for each slot from the position's on that is ready, the position's lowest.
    pub(super) fn ready_from(&self, position: usize) -> usize {
        // ORDERING: Acquire, pair V.
        (self.ready.load(Acquire) & Self::ALL) >> Self::index(position)
    }

    /// What the ready word says while the position's slot is awaited.
    const fn awaited(position: usize) -> usize {
        AWAITED | Self::index(position) << SLOTS_MAX
    }

    /// Has who writes the position's slot look for a waker. Returns whether it is not written. No slot is awaited now.
    pub(super) fn await_slot(&self, position: usize) -> bool {
        // ORDERING: Relaxed: sender and receiver meet in this word, and the lock around the waker does the rest. If the slot is
        // written, who reads it loads the word again.
        self.ready.fetch_or(Self::awaited(position), Relaxed) & (1 << Self::index(position)) == 0
    }

    /// Ends what `await_slot` began. Returns as `ready_from` what is ready.
    pub(super) fn cease_to_await(&self, position: usize) -> usize {
        // ORDERING: Acquire, pair V. Who has seen the flag finds no waker then, or takes one more than needed.
        (self.ready.fetch_and(!(AWAITED | WHICH), Acquire) & Self::ALL) >> Self::index(position)
    }

    /// Whether the receiver waits for the position's slot, by what the ready word was when the slot was published.
    pub(super) const fn is_awaited(ready: usize, position: usize) -> bool {
        ready & (AWAITED | WHICH) == Self::awaited(position)
    }

    /// Leaves word that the receiver is gone. Returns as `ready_from` what was ready before.
    pub(super) fn abandon(&self, position: usize) -> usize {
        // ORDERING: Acquire, pair V. No Release: a late sender takes back what it wrote itself.
        (self.ready.fetch_or(GONE, Acquire) & Self::ALL) >> Self::index(position)
    }

    /// Whether all slots are written.
    pub(super) fn is_full(&self) -> bool {
        // ORDERING: Relaxed: no value is read. That each sender of this block looked `open` up before follows from the
        // Release in `publish`, this, the Release that moves `open` on, and the Acquire of who looks it up.
        self.ready.load(Relaxed) & Self::ALL == Self::ALL
    }

    /// Notes where the senders' position was when `open` had passed this block. Only who moved `open` does that.
    pub(super) fn note_passed(&self, position: usize) {
        // SAFETY: row passed: nobody reads it before PASSED is set, and only one caller moved `open`.
        self.passed_at
            .with_mut(|passed_at| unsafe { *passed_at = position });
        // ORDERING: Release, pair P.
        self.ready.fetch_or(PASSED, Release);
    }

    /// What `note_passed` noted, if it has.
    pub(super) fn passed_at(&self) -> Option<usize> {
        // ORDERING: Acquire, pair P.
        let is_passed = self.ready.load(Acquire) & PASSED != 0;
        // SAFETY: row passed: it is written, and not written again.
        is_passed.then(|| self.passed_at.with(|passed_at| unsafe { *passed_at }))
    }

    /// Prepares an unused block, which is not a short one, to follow another.
    ///
    /// # Safety
    ///
    /// The block is the caller's alone.
    pub(super) unsafe fn reset(&self, start: usize) {
        debug_assert_eq!(Self::index(start), 0, "only the first block is short");
        // ORDERING: Relaxed, all: the block is the caller's alone, and linking it makes this visible (pair L).
        self.next.store(ptr::null_mut(), Relaxed);
        self.ready.store(0, Relaxed);
        // SAFETY: by the contract.
        self.start.with_mut(|place| unsafe { *place = start });
    }

    /// Whether it has all slots.
    pub(super) fn is_whole(&self) -> bool {
        Self::index(self.start()) == 0
    }
}

/// Whether position `a` is before `b`, which are less than half of all positions apart.
pub(super) const fn is_before(a: usize, b: usize) -> bool {
    a.wrapping_sub(b) > usize::MAX / 2
}
