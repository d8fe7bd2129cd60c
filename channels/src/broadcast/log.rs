//! The messages that are kept, and how many receivers there are. The picture is in the module doc of `broadcast`.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::ptr::NonNull;
use core::sync::atomic::Ordering::Relaxed;

use super::slot::{Block, Slot};
use crate::sync::{Arc, AtomicUsize};

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

    /// This many of the oldest messages are gone. Returns whether senders wait for that.
    ///
    /// It and [`await_room`](Self::await_room) change one word, so that one of the two sees the other.
    pub(super) fn advance(&self, messages: usize) -> bool {
        self.0.fetch_add(messages * STEP, Relaxed) & AWAITED != 0
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
    /// The slot of that message, if it is known already: it is in the block below.
    pub(super) slot: Option<NonNull<Slot<T>>>,
    /// The block that it was in when it last had the lock. It is held, so that the slot is good to point to.
    block: Option<Arc<Block<T>>>,
}

impl<T> Cursor<T> {
    pub(super) const fn at(position: u64) -> Self {
        Self {
            position,
            slot: None,
            block: None,
        }
    }

    /// How far it is behind a position; 0 if it is not.
    pub(super) fn behind(&self, position: u64) -> u64 {
        let behind = position.wrapping_sub(self.position);
        // A position behind the cursor's wraps to a huge number; a log of half of all numbers does not exist.
        if behind <= u64::MAX / 2 { behind } else { 0 }
    }

    /// Moves on by one message, whose slot this is. The next slot is known then, unless it is in another block.
    ///
    /// The block is still held, so that this slot is good to point to until the next one is looked for.
    pub(super) fn move_on_from(&mut self, slot: NonNull<Slot<T>>) {
        self.position = self.position.wrapping_add(1);
        self.slot = if Block::<T>::offset(self.position) == 0 {
            None
        } else {
            // SAFETY: the next position is not the first of a block, so the block goes on behind this slot.
            Some(unsafe { slot.add(1) })
        };
    }
}

impl<T> Clone for Cursor<T> {
    fn clone(&self) -> Self {
        Self {
            block: self.block.clone(),
            ..*self
        }
    }
}

/// Blocks of messages in order, oldest first. Under the lock; what is in the slots changes outside it too.
pub(super) struct Log<T> {
    blocks: VecDeque<Arc<Block<T>>>,
    /// Blocks whose messages are gone, for later; receivers may still hold them.
    retired: Vec<Arc<Block<T>>>,
    /// Position of the first slot of the first block.
    start: u64,
    /// Position of the message that comes next.
    next: u64,
    receivers: usize,
}

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

    /// Whether the next message needs a block of its own.
    pub(super) fn is_at_border(&self) -> bool {
        Block::<T>::offset(self.next) == 0
    }

    /// Appends a message for all receivers; there must be one.
    pub(super) fn push(&mut self, value: T, oldest: &Oldest) {
        debug_assert!(
            self.receivers > 0,
            "a message that nobody will read must not be kept"
        );
        if self.is_at_border() {
            self.retire(oldest.position(self.next));
            let block = self.reuse().unwrap_or_else(|| Arc::new(Block::new()));
            self.blocks.push_back(block);
        }
        let block = self.blocks.back().expect("the next message has a block");
        // SAFETY: row EMPTY: it is the next slot, and the log is only reached under the lock.
        unsafe { block.slot(self.next).publish(value, self.receivers) };
        self.next = self.next.wrapping_add(1);
    }

    /// The block of a message that is kept, or of the next one to come if that has a block already.
    fn block(&self, position: u64) -> Option<&Arc<Block<T>>> {
        let index = usize::try_from(position.wrapping_sub(self.start)).ok()? / Block::<T>::SLOTS;
        self.blocks.get(index)
    }

    /// The slot of a message that is kept.
    pub(super) fn kept(&self, position: u64) -> &Slot<T> {
        let block = self.block(position);
        block.expect("a message that is kept has a block").slot(position)
    }

    /// Tells a cursor where its slot is, if that has a block already.
    pub(super) fn locate(&self, cursor: &mut Cursor<T>) {
        let block = self.block(cursor.position);
        cursor.slot = block.map(|block| NonNull::from(block.slot(cursor.position)));
        cursor.block = block.cloned();
    }

    /// How many of the messages from this one on were passed by all receivers of an overwriting channel.
    pub(super) fn passed(&self, oldest: u64) -> usize {
        let mut count = 0;
        let mut position = oldest;
        while position != self.next && self.kept(position).is_passed() {
            count += 1;
            position = position.wrapping_add(1);
        }
        count
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

    /// Adds a receiver that has all messages to read that are still there; returns where it begins, and a value that nobody
    /// else has any more, to drop after the lock.
    ///
    /// Messages go in order, and maybe right now. So this begins with the newest: what it finds gone was the last to go.
    pub(super) fn enter_at_oldest(&mut self, oldest: u64) -> (Cursor<T>, Option<T>) {
        self.receivers += 1;
        let mut position = self.next;
        while position != oldest {
            let before = position.wrapping_sub(1);
            if let Err(freed) = self.kept(before).try_add_receiver() {
                return (Cursor::at(position), freed);
            }
            position = before;
        }
        (Cursor::at(position), None)
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
            if self.retired.len() > Block::<T>::SPARES_MAX {
                self.give_up_one();
            }
        }
        if self.blocks.len() <= 1 && self.blocks.capacity() > BLOCKS_KEPT {
            self.blocks.shrink_to(BLOCKS_KEPT);
        }
    }

    /// Leaves a block to the receivers that hold it, or frees one if none of them is held.
    fn give_up_one(&mut self) {
        let is_held = |block: &mut Arc<Block<T>>| Arc::get_mut(block).is_none();
        let index = self.retired.iter_mut().position(is_held).unwrap_or(0);
        self.retired.remove(index);
    }

    /// A block that nobody but the log holds, ready for new messages.
    ///
    /// Pair C: whoever has held it has let go of the [`Arc`] after all else, which `get_mut` acquires.
    fn reuse(&mut self) -> Option<Arc<Block<T>>> {
        let is_free = |block: &mut Arc<Block<T>>| Arc::get_mut(block).map(Block::reset).is_some();
        let index = self.retired.iter_mut().position(is_free)?;
        Some(self.retired.remove(index))
    }
}
