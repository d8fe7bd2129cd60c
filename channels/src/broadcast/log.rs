//! The messages that are kept, and how many receivers there are. The picture is in the module doc of `broadcast`.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::ptr::NonNull;
use core::sync::atomic::Ordering::Relaxed;

use super::slot::{Block, Slot};
use crate::sync::AtomicUsize;

/// Pointers to blocks that a short log keeps room for; what a burst needed beyond them is given back.
const BLOCKS_KEPT: usize = 32;

/// How far the oldest message that is kept has come, and whether senders wait for it to go. It changes outside the lock.
pub(super) struct Oldest(AtomicUsize);

/// The lowest bit of [`Oldest`]: senders wait. Above it is the position, as far as it fits.
const AWAITED: usize = 1;

/// One position further.
const STEP: usize = 2;

impl Oldest {
    pub(super) fn new<T>() -> Self {
        Self(AtomicUsize::new(doubled(Log::<T>::FIRST_POSITION)))
    }

    /// The number of messages between the oldest and the next one to come.
    pub(super) fn len(&self, next: u64) -> usize {
        distance(self.0.load(Relaxed), next)
    }

    /// The position of the oldest message, or of the next one to come if none is kept.
    pub(super) fn position(&self, next: u64) -> u64 {
        next.wrapping_sub(self.len(next) as u64)
    }

    /// The oldest message is gone. Returns whether senders wait for that.
    ///
    /// It and [`await_room`](Self::await_room) change one word, so that one of the two sees the other.
    pub(super) fn advance(&self) -> bool {
        self.0.fetch_add(STEP, Relaxed) & AWAITED != 0
    }

    /// Senders wait from now on. Under the lock.
    pub(super) fn await_room(&self) {
        self.0.fetch_or(AWAITED, Relaxed);
    }

    /// Nobody waits. Under the lock.
    pub(super) fn stop_awaiting(&self) {
        self.0.fetch_and(!AWAITED, Relaxed);
    }
}

fn distance(oldest: usize, next: u64) -> usize {
    doubled(next).wrapping_sub(oldest & !AWAITED) / STEP
}

fn doubled(position: u64) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a distance is less than half of all numbers"
    )]
    let low = position as usize;
    low.wrapping_mul(STEP)
}

/// How far a receiver has read.
pub(super) struct Cursor<T> {
    /// The message that it reads next, if it is not evicted by then.
    pub(super) position: u64,
    /// The slot of that message, if it is known already. A receiver that may miss messages knows none: its block may go.
    pub(super) slot: Option<NonNull<Slot<T>>>,
}

impl<T> Cursor<T> {
    pub(super) const fn at(position: u64) -> Self {
        Self { position, slot: None }
    }

    /// How far it is behind a position; 0 if it is not.
    pub(super) fn behind(&self, position: u64) -> u64 {
        let behind = position.wrapping_sub(self.position);
        // A position behind the cursor's wraps to a huge number; a log of half of all numbers does not exist.
        if behind <= u64::MAX / 2 { behind } else { 0 }
    }

    /// Moves on by one message, whose slot this is. The next slot is known then, unless it is in another block.
    pub(super) fn move_on_from(&mut self, slot: NonNull<Slot<T>>) {
        self.position = self.position.wrapping_add(1);
        self.slot = if Block::<T>::offset(self.position) == 0 {
            None
        } else {
            // SAFETY: the next position is not the first of a block, so the block goes on behind this slot.
            Some(unsafe { slot.add(1) })
        };
    }

    /// Moves on by one message, and forgets where the next one is.
    pub(super) fn move_on(&mut self) {
        *self = Self::at(self.position.wrapping_add(1));
    }
}

impl<T> Clone for Cursor<T> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

/// Blocks of messages in order, oldest first. Under the lock; what is in the slots changes outside it too.
pub(super) struct Log<T> {
    blocks: VecDeque<Block<T>>,
    /// Blocks whose messages are gone: spare ones, and those whose last readers have still to let go.
    retired: Vec<Block<T>>,
    /// Position of the first slot of the first block.
    start: u64,
    /// Position of the message that comes next.
    next: u64,
    receivers: usize,
}

// SAFETY: the slots hold values that move between threads and are read by several at once.
unsafe impl<T: Send + Sync> Send for Log<T> {}

impl<T> Log<T> {
    /// Positions wrap around. They start one block before that, so that every channel passes the wrap, and every test too.
    const FIRST_POSITION: u64 = 0_u64.wrapping_sub(Block::<T>::SLOTS as u64);

    pub(super) const fn new() -> Self {
        Self {
            blocks: VecDeque::new(),
            retired: Vec::new(),
            start: Self::FIRST_POSITION,
            next: Self::FIRST_POSITION,
            receivers: 0,
        }
    }

    /// Position of the message that comes next.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    pub(super) fn receivers(&self) -> usize {
        self.receivers
    }

    /// Appends a message for all receivers; there must be one.
    pub(super) fn push(&mut self, value: T, oldest: &Oldest) {
        debug_assert!(
            self.receivers > 0,
            "a message that nobody will read must not be kept"
        );
        if Block::<T>::offset(self.next) == 0 {
            self.retire(oldest.position(self.next));
            let block = self.reuse().unwrap_or_else(Block::new);
            self.blocks.push_back(block);
        }
        let slot = self
            .blocks
            .back()
            .expect("the next message has a block")
            .slot(self.next);
        // SAFETY: a block of the log is not freed.
        let slot = unsafe { slot.as_ref() };
        // SAFETY: row EMPTY: it is the next slot, and the log is only reached under the lock.
        unsafe { slot.publish(value, self.receivers) };
        self.next = self.next.wrapping_add(1);
    }

    /// The slot of a message that is kept, or of the next one to come if that has a block already.
    pub(super) fn slot(&self, position: u64) -> Option<NonNull<Slot<T>>> {
        let index = usize::try_from(position.wrapping_sub(self.start)).ok()? / Block::<T>::SLOTS;
        Some(self.blocks.get(index)?.slot(position))
    }

    /// Where the slot of a message that is kept is, for longer than the lock.
    pub(super) fn kept_slot(&self, position: u64) -> NonNull<Slot<T>> {
        self.slot(position).expect("a message that is kept has a block")
    }

    /// The slot of a message that is kept.
    pub(super) fn kept(&self, position: u64) -> &Slot<T> {
        // SAFETY: a block of the log is not freed.
        unsafe { self.kept_slot(position).as_ref() }
    }

    /// Adds a receiver that has this message and all later ones to read. It counts on them already, or nobody else can let
    /// them go meanwhile.
    pub(super) fn enter(&mut self, from: u64) {
        self.receivers += 1;
        let mut position = from;
        while position != self.next {
            self.kept(position).add_receiver();
            position = position.wrapping_add(1);
        }
    }

    /// Adds a receiver that has all messages to read that are still there; returns the position of the first.
    ///
    /// Messages go in order, and maybe right now. So this begins with the newest: what it finds gone was the last to go.
    pub(super) fn enter_at_oldest(&mut self, oldest: u64) -> u64 {
        self.receivers += 1;
        let mut position = self.next;
        while position != oldest && self.kept(position.wrapping_sub(1)).try_add_receiver() {
            position = position.wrapping_sub(1);
        }
        position
    }

    /// Removes a receiver; `let_go` is called for each message that it has not read, the first of which is given.
    ///
    /// It must not stay counted on a message any longer: later ones, which it is not counted on, would go before that one.
    pub(super) fn leave(&mut self, from: u64, mut let_go: impl FnMut(&Slot<T>)) {
        self.receivers -= 1;
        let mut position = from;
        while position != self.next {
            let_go(self.kept(position));
            position = position.wrapping_add(1);
        }
    }

    /// Takes blocks out whose messages are gone.
    pub(super) fn retire(&mut self, oldest: u64) {
        while oldest.wrapping_sub(self.start) >= Block::<T>::SLOTS as u64
            && let Some(block) = self.blocks.pop_front()
        {
            self.start = self.start.wrapping_add(Block::<T>::SLOTS as u64);
            self.retired.push(block);
            if self.retired.len() > Block::<T>::SPARES_MAX
                && let Some(block) = self.take_done()
            {
                // SAFETY: it is done.
                unsafe { block.free() };
            }
        }
        if self.blocks.len() <= 1 && self.blocks.capacity() > BLOCKS_KEPT {
            self.blocks.shrink_to(BLOCKS_KEPT);
        }
    }

    fn reuse(&mut self) -> Option<Block<T>> {
        self.take_done().inspect(Block::reset)
    }

    fn take_done(&mut self) -> Option<Block<T>> {
        let index = self.retired.iter().position(Block::is_done)?;
        Some(self.retired.swap_remove(index))
    }
}

impl<T> Drop for Log<T> {
    fn drop(&mut self) {
        for block in self.blocks.drain(..).chain(self.retired.drain(..)) {
            // SAFETY: each receiver has a share of the channel, so there is none any more. They have let go of all messages.
            unsafe { block.free() };
        }
    }
}
