//! The slots, and the arithmetic of positions.
//!
//! A *position* counts the values that were ever sent: the lap in its high bits, the index of a slot in its low bits.
//! Positions are kept shifted, as they stand in `tail` and in a slot's state, with zeros where the flags are. They wrap.

use alloc::boxed::Box;
use core::mem::MaybeUninit;

use crate::sync::{AtomicUsize, UnsafeCell};

/// Low bits of a word that are flags.
const FLAG_BITS: u32 = 4;
/// One value further, unless that is the end of a lap.
const STEP: usize = 1 << FLAG_BITS;
pub(super) const FLAGS: usize = STEP - 1;

// The flags of a slot's state; who sets and who reads them is told in the module doc.
pub(super) const FULL: usize = 1;
pub(super) const AWAITED: usize = 2;
pub(super) const OWED: usize = 4;
pub(super) const GONE: usize = 8;

/// The greatest capacity: half of the positions are left for telling laps apart.
pub(super) const CAPACITY_MAX: usize = usize::MAX >> (FLAG_BITS + 2);

/// Where the positions of such a ring begin: at 0. Models begin one lap before positions wrap.
pub(super) const fn first_position(slot_count: usize) -> usize {
    if crate::sync::IS_MODEL {
        !(index_bits(slot_count) | FLAGS)
    } else {
        0
    }
}

/// As many bits as the last index has, where a position has them.
const fn index_bits(slot_count: usize) -> usize {
    (slot_count.next_power_of_two() - 1) << FLAG_BITS
}

pub(super) struct Slot<T> {
    /// The position for which this slot is free, claimed or full, and its flags.
    pub(super) state: AtomicUsize,
    pub(super) value: UnsafeCell<MaybeUninit<T>>,
}

pub(super) struct Ring<T> {
    slots: Box<[Slot<T>]>,
    /// The bits of a position that are an index.
    index_bits: usize,
}

impl<T> Ring<T> {
    /// A ring of free slots, for which `start` is the next position.
    pub(super) fn new(slot_count: usize, start: usize) -> Self {
        let index_bits = index_bits(slot_count);
        let mut ring = Self {
            slots: Box::default(),
            index_bits,
        };
        let first = start & !index_bits;
        ring.slots = (0..slot_count)
            .map(|index| first + (index << FLAG_BITS))
            .map(|position| Slot {
                state: AtomicUsize::new(if position < start {
                    ring.next_lap(position)
                } else {
                    position
                }),
                value: UnsafeCell::new(MaybeUninit::uninit()),
            })
            .collect();
        ring
    }

    pub(super) fn slot_count(&self) -> usize {
        self.slots.len()
    }

    /// The slot of a position, and the position behind it with the same flags.
    #[inline]
    pub(super) fn locate(&self, position: usize) -> (&Slot<T>, usize) {
        let index = self.index(position);
        let slot = &self.slots[index];
        let last_before = if index + 1 < self.slots.len() {
            position
        } else {
            position | self.index_bits
        };
        (slot, last_before.wrapping_add(STEP))
    }

    /// The slot of a position; flags do not matter.
    #[inline]
    pub(super) fn slot(&self, position: usize) -> &Slot<T> {
        &self.slots[self.index(position)]
    }

    /// The same slot one lap later, with the same flags.
    #[inline]
    pub(super) fn next_lap(&self, position: usize) -> usize {
        position.wrapping_add(self.index_bits + STEP)
    }

    /// The position `count` values further.
    pub(super) fn advance(&self, position: usize, count: usize) -> usize {
        let mut lap = position & !self.index_bits;
        let mut index = self.index(position) + count;
        while index >= self.slots.len() {
            index -= self.slots.len();
            lap = self.next_lap(lap);
        }
        lap + (index << FLAG_BITS)
    }

    /// How many values lie from `head` to `tail`. If the two were not read at once, this is a number that once was near.
    pub(super) fn distance(&self, head: usize, tail: usize) -> usize {
        let lap = |position| position & !(self.index_bits | FLAGS);
        let laps = lap(tail).wrapping_sub(lap(head));
        let (head, tail) = (self.index(head), self.index(tail));
        if laps == 0 {
            tail.saturating_sub(head)
        } else if laps == self.next_lap(0) {
            (self.slots.len() - head + tail).min(self.slots.len())
        } else {
            self.slots.len()
        }
    }

    #[inline]
    fn index(&self, position: usize) -> usize {
        (position & self.index_bits) >> FLAG_BITS
    }
}
