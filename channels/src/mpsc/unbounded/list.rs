//! The list of blocks: how a position's block is found, made, passed and used again.

use alloc::alloc::{Layout, handle_alloc_error};
use core::ptr::{self, NonNull};
use core::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

use super::block::{Block, is_before, list_end};
use super::shared::{FLAGS, Shared};
use crate::sync::AtomicPtr;

/// Unused blocks that are kept at the end of the list, so that bursts of two blocks' values allocate nothing.
const SPARES_MAX: usize = 2;

/// Blocks that `open` passes for each new one: so it catches up after a slow sender, without a pause in any `send`.
const PASSES_MAX: usize = 2;

/// How far senders may be ahead of the receiver, in the unit of positions: a quarter of them all, so that it stays clear which
/// of two positions is the earlier one. 64-bit memory cannot hold that many values.
const LEAD_MAX: usize = usize::MAX / 4;

/// The blocks of a channel, as its senders find them. Null as long as there is none.
pub(super) struct List<T> {
    /// A block near the end. Never before `open`.
    newest: AtomicPtr<Block<T>>,
    /// All blocks before it are full.
    open: AtomicPtr<Block<T>>,
    /// The first block, which the receiver begins with. Once the receiver is gone, what it left to be freed.
    first: AtomicPtr<Block<T>>,
}

impl<T> List<T> {
    pub(super) fn new() -> Self {
        let none = || AtomicPtr::new(ptr::null_mut());
        Self {
            newest: none(),
            open: none(),
            first: none(),
        }
    }

    pub(super) fn first(&self) -> &AtomicPtr<Block<T>> {
        &self.first
    }
}

impl<T> Shared<T> {
    /// The block of the caller's position; `None` if the receiver is gone.
    ///
    /// # Safety
    ///
    /// The caller has claimed the position and not yet published it.
    #[inline]
    pub(super) unsafe fn find(&self, position: usize) -> Option<NonNull<Block<T>>> {
        // ORDERING: Acquire, pairs L and C.
        let newest = NonNull::new(self.list.newest.load(Acquire));
        // SAFETY: row claimed: the position was claimed before the block was looked up, and is not published.
        if newest.is_some_and(|newest| unsafe { newest.as_ref() }.covers(position)) {
            return newest;
        }
        // SAFETY: by the contract.
        unsafe { self.search(position, newest) }
    }

    /// # Safety
    ///
    /// As for [`find`](Self::find), in which `newest` was looked up.
    #[cold]
    #[inline(never)]
    unsafe fn search(&self, position: usize, newest: Option<NonNull<Block<T>>>) -> Option<NonNull<Block<T>>> {
        // SAFETY: row claimed, by the contract. So are all blocks in this function, which only walks from one to the next.
        let newest = newest.filter(|newest| !unsafe { newest.as_ref() }.is_behind(position));
        let begin = match newest {
            Some(newest) => newest,
            None => self.open_block()?,
        };
        let mut block = begin;
        // SAFETY: as above.
        while !unsafe { block.as_ref() }.covers(position) {
            // SAFETY: as above.
            block = self.follow(unsafe { block.as_ref() })?;
        }
        if newest.is_some() && block != begin {
            // ORDERING: Release, pairs L and C. A failure is no loss: somebody else moved it on.
            let _ = self
                .list
                .newest
                .compare_exchange(begin.as_ptr(), block.as_ptr(), Release, Relaxed);
            for _ in 0..PASSES_MAX {
                // ORDERING: Relaxed: it is not past the caller's own block, and who has come there has seen all up to it (pair L).
                let Some(open) = NonNull::new(self.list.open.load(Relaxed)) else {
                    break;
                };
                // SAFETY: as above.
                if !self.pass(unsafe { open.as_ref() }) {
                    break;
                }
            }
        }
        Some(block)
    }

    /// The first block that is not full, or one before it.
    fn open_block(&self) -> Option<NonNull<Block<T>>> {
        // ORDERING: Acquire, pairs L and C.
        NonNull::new(self.list.open.load(Acquire)).or_else(|| self.first_block())
    }

    /// The first block, which is made if it is missing; `None` if the receiver is gone.
    pub(super) fn first_block(&self) -> Option<NonNull<Block<T>>> {
        let made = Block::allocate(Block::<T>::START);
        // ORDERING: Release, pair L; Acquire where it fails, the same.
        let linked = self
            .list
            .first
            .compare_exchange(ptr::null_mut(), made.as_ptr(), AcqRel, Acquire);
        let first = match linked {
            Ok(_) => made,
            Err(other) => {
                // SAFETY: nobody else has seen it.
                unsafe { Block::free(made) };
                NonNull::new(other).filter(|_| other != list_end())?
            }
        };
        for place in [&self.list.newest, &self.list.open] {
            // ORDERING: Release, pair L. In this order: `open` is never set while `newest` is not.
            let _ = place.compare_exchange(ptr::null_mut(), first.as_ptr(), Release, Relaxed);
        }
        Some(first)
    }

    /// The block that follows, which is made if it is missing; `None` if the receiver is gone.
    pub(super) fn follow(&self, block: &Block<T>) -> Option<NonNull<Block<T>>> {
        // ORDERING: Acquire, pair L.
        match NonNull::new(block.next.load(Acquire)) {
            Some(next) => Some(next).filter(|next| next.as_ptr() != list_end()),
            None => self.extend(block),
        }
    }

    fn extend(&self, block: &Block<T>) -> Option<NonNull<Block<T>>> {
        let start = block.end();
        // ORDERING: Relaxed: an older value only makes the limit a little lower.
        if is_before(self.head.load(Relaxed).wrapping_add(LEAD_MAX), start) {
            // The claim cannot be taken back, so this is as if the memory had not sufficed.
            handle_alloc_error(Layout::new::<T>());
        }
        let made = Block::allocate(start);
        // ORDERING: Release, pair L; Acquire where it fails, the same.
        match block
            .next
            .compare_exchange(ptr::null_mut(), made.as_ptr(), AcqRel, Acquire)
        {
            Ok(_) => Some(made),
            Err(other) => {
                // SAFETY: nobody else has seen it.
                unsafe { self.keep_or_free(made) };
                NonNull::new(other).filter(|_| other != list_end())
            }
        }
    }

    /// Moves `open` past a block if it stands there and the block is full, and notes in the block when that was. Returns
    /// whether it has.
    pub(super) fn pass(&self, block: &Block<T>) -> bool {
        // ORDERING: Relaxed: who finds this block full has its own place behind it, and has followed this link (pair L).
        let next = block.next.load(Relaxed);
        if next.is_null() || next == list_end() || !block.is_full() {
            return false;
        }
        let passed = ptr::from_ref(block).cast_mut();
        // `newest` goes first, so that both have passed the block once `open` has.
        // ORDERING: Release, pair L. Acquire where it fails: then who has moved it did so before the addition below.
        let _ = self.list.newest.compare_exchange(passed, next, AcqRel, Acquire);
        // ORDERING: Release, pair L, and for `Block::is_full`.
        if self
            .list
            .open
            .compare_exchange(passed, next, Release, Relaxed)
            .is_err()
        {
            return false;
        }
        // ORDERING: Release, pair C: a claim after this one finds `newest` and `open` past the block. It adds nothing, but
        // must be a read-modify-write: only so is each claim either before it or after it.
        let position = self.tail.fetch_add(0, Release) & !FLAGS;
        block.note_passed(position);
        true
    }

    /// Puts an unused block at the end of the list, for senders to come, unless enough are there.
    ///
    /// # Safety
    ///
    /// The block is the caller's alone. The caller is the receiver, or has a claim that is not published.
    pub(super) unsafe fn keep_or_free(&self, block: NonNull<Block<T>>) {
        // SAFETY: the block is the caller's.
        let spare = unsafe { block.as_ref() };
        // ORDERING: Acquire, pairs L and C.
        let mut last = self.list.newest.load(Acquire);
        for _ in 0..SPARES_MAX {
            let Some(end) = NonNull::new(last).filter(|_| last != list_end() && spare.is_whole()) else {
                break;
            };
            // SAFETY: row claimed, or the receiver's: only the receiver frees blocks of the list.
            let end = unsafe { end.as_ref() };
            // SAFETY: the block is the caller's.
            unsafe { spare.reset(end.end()) };
            // ORDERING: Release, pair L; Acquire where it fails, the same.
            match end
                .next
                .compare_exchange(ptr::null_mut(), block.as_ptr(), AcqRel, Acquire)
            {
                Ok(_) => return,
                Err(next) => last = next,
            }
        }
        // SAFETY: the block is the caller's.
        unsafe { Block::free(block) };
    }
}
