//! The receiver's place in the list of blocks.

use core::ptr::{self, NonNull};
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use super::block::{Block, is_before, list_end};
use super::shared::{CLOSED, FLAGS, ONE, Shared};

/// What the receiver finds where it stands.
pub(super) enum Front {
    /// A value.
    Ready,
    /// Nothing was sent, as the tail word says that comes with this.
    Empty(usize),
    /// A sender has claimed the slot and not yet written it.
    Late,
    /// The end.
    Ended,
}

pub(super) struct Cursor<T> {
    /// The position of the next value.
    head: usize,
    /// The block that the receiver stands in, or has just read to its end. Null as long as there is none.
    block: *mut Block<T>,
    /// The slots from `head` to the end of the block that were seen ready, that of `head` lowest.
    ready: usize,
    /// The oldest block that is not freed.
    oldest: *mut Block<T>,
}

// SAFETY: the cursor owns the values in front of it, as a queue would.
unsafe impl<T: Send> Send for Cursor<T> {}
// SAFETY: a `&Cursor<T>` offers nothing.
unsafe impl<T: Send> Sync for Cursor<T> {}

impl<T> Cursor<T> {
    pub(super) fn new() -> Self {
        Self {
            head: Block::<T>::START,
            block: ptr::null_mut(),
            ready: 0,
            oldest: ptr::null_mut(),
        }
    }

    /// The next value, if it was seen to be there.
    #[inline]
    pub(super) fn next(&mut self, shared: &Shared<T>) -> Option<T> {
        if self.ready & 1 == 0 {
            return None;
        }
        let head = self.step();
        // ORDERING: Relaxed: for the length only.
        shared.head.store(self.head, Relaxed);
        // SAFETY: a slot that was seen ready is in a block, and in one that is not freed.
        let block = unsafe { NonNull::new_unchecked(self.block) };
        // SAFETY: row written: it was seen with Acquire (pair V), and is passed only once.
        Some(unsafe { Block::take(block, head) })
    }

    /// The next value, if it is there, which stays the next.
    pub(super) fn peek(&mut self, shared: &Shared<T>) -> Option<&T> {
        if self.ready & 1 == 0 && !self.look(shared) {
            return None;
        }
        let block = NonNull::new(self.block)?;
        // SAFETY: row written, as for `next`; who moves it out or frees the block needs this cursor, which is borrowed.
        Some(unsafe { Block::peek(block, self.head) })
    }

    /// Goes on by one position, and returns the one before.
    fn step(&mut self) -> usize {
        let before = self.head;
        self.head = before.wrapping_add(ONE);
        self.ready >>= 1;
        before
    }

    /// The block that `head` is in, if it exists.
    fn enter(&mut self, shared: &Shared<T>) -> Option<&Block<T>> {
        let next = match NonNull::new(self.block) {
            // ORDERING: Acquire, pair L.
            None => shared.list.first().load(Acquire),
            // SAFETY: row receiver: only the receiver frees blocks, and never the one that it stands in.
            Some(block) => match unsafe { block.as_ref() } {
                block if block.covers(self.head) => self.block,
                // ORDERING: Acquire, pair L.
                block => block.next.load(Acquire),
            },
        };
        self.stand_in(NonNull::new(next)?);
        // SAFETY: as above; the reference ends before the cursor moves on.
        Some(unsafe { &*next })
    }

    fn stand_in(&mut self, block: NonNull<Block<T>>) {
        self.block = block.as_ptr();
        if self.oldest.is_null() {
            self.oldest = self.block;
        }
    }

    /// Looks whether the next value has come.
    #[inline(never)]
    pub(super) fn look(&mut self, shared: &Shared<T>) -> bool {
        let head = self.head;
        let ready = self.enter(shared).map(|block| block.ready_from(head));
        ready.is_some_and(|ready| self.note_ready(shared, ready))
    }

    /// Notes which slots are ready from `head` on. Returns whether that of `head` is.
    #[inline]
    fn note_ready(&mut self, shared: &Shared<T>, ready: usize) -> bool {
        self.ready = ready;
        if ready & 1 == 0 {
            return false;
        }
        self.free_blocks(shared, self.head.wrapping_add(ONE));
        true
    }

    /// Whether somebody has claimed the position of the next value, by this tail word.
    fn is_claimed(&self, shared: &Shared<T>, tail: usize) -> bool {
        shared.end_of(tail).unwrap_or(tail & !FLAGS) != self.head
    }

    /// What is at the front. The tail is looked at only if the slot is not ready: its cache line is the senders'.
    pub(super) fn front(&mut self, shared: &Shared<T>) -> Front {
        if self.ready & 1 != 0 || self.look(shared) {
            return Front::Ready;
        }
        // ORDERING: Acquire, pair E.
        let tail = shared.tail.load(Acquire);
        if self.is_claimed(shared, tail) {
            return if self.look(shared) {
                Front::Ready
            } else {
                Front::Late
            };
        }
        self.free_blocks(shared, self.head);
        if tail & CLOSED == 0 {
            Front::Empty(tail)
        } else {
            Front::Ended
        }
    }

    /// Whether somebody is about to write the value at the front.
    pub(super) fn is_late(&self, shared: &Shared<T>) -> bool {
        // ORDERING: Acquire, pair E.
        self.is_claimed(shared, shared.tail.load(Acquire))
    }

    /// Whether the block of the next value is there.
    pub(super) fn has_block(&mut self, shared: &Shared<T>) -> bool {
        self.enter(shared).is_some()
    }

    /// Has the sender of the value at the front, which is claimed and not yet written, look for a waker. False if it is
    /// written by now.
    pub(super) fn await_late(&mut self, shared: &Shared<T>) -> bool {
        while self.enter(shared).is_none() {
            // Its sender has not got that far, so this makes the block.
            match NonNull::new(self.block) {
                None => drop(shared.first_block()),
                // SAFETY: row receiver.
                Some(block) => drop(shared.follow(unsafe { block.as_ref() })),
            }
        }
        let head = self.head;
        self.enter(shared).is_some_and(|block| block.await_slot(head))
    }

    /// Ends what `await_late` began. Returns whether the next value is there.
    pub(super) fn cease_to_await(&mut self, shared: &Shared<T>) -> bool {
        let head = self.head;
        // SAFETY: row receiver.
        let block = NonNull::new(self.block).map(|block| unsafe { block.as_ref() });
        // Values may have been read without a wait since, to the end of the block; then nobody writes what was awaited.
        let ready = block
            .filter(|block| block.covers(head))
            .map(|block| block.cease_to_await(head));
        ready.is_some_and(|ready| self.note_ready(shared, ready))
    }

    /// Frees the blocks that nobody can reach any more, when all before `written` is written.
    #[inline]
    fn free_blocks(&mut self, shared: &Shared<T>, written: usize) {
        if self.oldest != self.block {
            self.free_read_blocks(shared, written);
        }
    }

    #[cold]
    #[inline(never)]
    fn free_read_blocks(&mut self, shared: &Shared<T>, written: usize) {
        while self.oldest != self.block {
            let Some(oldest) = NonNull::new(self.oldest) else {
                return;
            };
            // SAFETY: row receiver.
            let block = unsafe { oldest.as_ref() };
            let passed_at = block.passed_at().or_else(|| {
                // The senders may have sent too little to come by.
                shared.pass(block);
                block.passed_at()
            });
            if passed_at.is_none_or(|passed_at| is_before(written, passed_at)) {
                return;
            }
            // ORDERING: Relaxed: the receiver has followed this pointer before.
            self.oldest = block.next.load(Relaxed);
            // SAFETY: row passed: whoever could hold the block had claimed a position before `passed_at`, and has written it.
            unsafe { shared.keep_or_free(oldest) };
        }
    }
}

/// A receiver that leaves: what is left to receive is to be dropped, and each claimed slot that is not written to be marked.
pub(super) struct Leaving<'a, T> {
    cursor: &'a mut Cursor<T>,
    shared: &'a Shared<T>,
    end: usize,
    /// The block is marked: what `ready` says of it is final.
    is_marked: bool,
    first_unwritten: Option<usize>,
    is_done: bool,
}

impl<'a, T> Leaving<'a, T> {
    /// The channel is closed, and ends at `end`.
    pub(super) fn new(cursor: &'a mut Cursor<T>, shared: &'a Shared<T>, end: usize) -> Self {
        // ORDERING: Relaxed: for the length only.
        shared.head.store(end, Relaxed);
        Self {
            cursor,
            shared,
            end,
            is_marked: false,
            first_unwritten: None,
            is_done: false,
        }
    }

    /// Drops what is left, and frees the blocks.
    pub(super) fn run(&mut self) {
        while let Some(value) = self.next() {
            drop(value);
        }
        if !self.is_done {
            self.is_done = true;
            self.leave_blocks();
        }
    }

    /// The next value that is written.
    fn next(&mut self) -> Option<T> {
        while self.cursor.head != self.end {
            let head = self.cursor.head;
            let Some(block) = self.mark() else {
                // No slots were made for the rest, and no block will follow.
                self.first_unwritten.get_or_insert(head);
                self.cursor.head = self.end;
                break;
            };
            let is_ready = self.cursor.ready & 1 != 0;
            self.cursor.step();
            // SAFETY: row receiver.
            self.is_marked = unsafe { block.as_ref() }.covers(self.cursor.head);
            if is_ready {
                // SAFETY: row written: it was seen with Acquire (pair V), and is passed only once.
                return Some(unsafe { Block::take(block, head) });
            }
            self.first_unwritten.get_or_insert(head);
        }
        None
    }

    /// Marks the block that the cursor is in; `None` if there is none, and never will be.
    fn mark(&mut self) -> Option<NonNull<Block<T>>> {
        let head = self.cursor.head;
        if !self.is_marked {
            let link = match NonNull::new(self.cursor.block) {
                None => Some(self.shared.list.first()),
                // SAFETY: row receiver.
                Some(block) => Some(unsafe { &*block.as_ptr() })
                    .filter(|block| !block.covers(head))
                    .map(|block| &block.next),
            };
            if let Some(link) = link {
                // ORDERING: Acquire where it fails, pair L. Relaxed else: the mark is all that it says.
                let next = link
                    .compare_exchange(ptr::null_mut(), list_end(), Relaxed, Acquire)
                    .err()?;
                self.cursor.stand_in(NonNull::new(next)?);
            }
            // SAFETY: row receiver.
            self.cursor.ready = unsafe { &*self.cursor.block }.abandon(head);
            self.is_marked = true;
        }
        NonNull::new(self.cursor.block)
    }

    fn leave_blocks(&mut self) {
        let first = self.shared.list.first();
        let Some(unwritten) = self.first_unwritten else {
            if self.cursor.oldest.is_null() {
                // ORDERING: Relaxed: no sender is left that could write it.
                self.cursor.oldest = first.load(Relaxed);
            }
            // ORDERING: Relaxed: as above, and the `Arc` orders it before `Shared`'s drop.
            first.store(ptr::null_mut(), Relaxed);
            // SAFETY: row closed: all that was claimed is written, and who claims now fails, and uses no block.
            unsafe { Block::free_list(self.cursor.oldest) };
            return;
        };
        self.cursor.free_blocks(self.shared, unwritten);
        if !self.cursor.oldest.is_null() {
            // ORDERING: Release, pair L: a late sender may begin here.
            first.store(self.cursor.oldest, Release);
        }
    }
}

impl<T> Drop for Leaving<'_, T> {
    /// If a waker or the drop of a value panics, the rest is dropped all the same.
    fn drop(&mut self) {
        self.run();
    }
}
