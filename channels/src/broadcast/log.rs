//! The messages that are kept, and how far each receiver has read. The picture is in the module doc of `broadcast`.

use alloc::collections::VecDeque;
use core::mem;

use crate::sync::Arc;

/// Positions wrap around. They start shortly before that, so that every channel passes the wrap, and every test too.
const FIRST_POSITION: u64 = u64::MAX - 2;

/// Slots whose memory an empty log keeps; what a burst needed beyond them is given back.
const SLOTS_KEPT: usize = 64;

/// A value that several receivers read. No lock is held while one clones it, and none when it is dropped.
pub(super) struct Message<T>(Arc<T>);

impl<T> Message<T> {
    pub(super) fn new(value: T) -> Self {
        Self(Arc::new(value))
    }

    fn share(&self) -> Self {
        Self(Arc::clone(&self.0))
    }

    /// The value, for a receiver: moved out if nobody else holds the message, cloned otherwise.
    pub(super) fn into_value(self) -> T
    where
        T: Clone,
    {
        Arc::try_unwrap(self.0).unwrap_or_else(|shared| T::clone(&shared))
    }

    /// The value, for its sender. The message must never have entered a log.
    pub(super) fn into_unsent(self) -> T {
        Arc::try_unwrap(self.0)
            .ok()
            .expect("before it is in the log, a message is held by its sender alone")
    }
}

struct Slot<T> {
    message: Message<T>,
    /// How many receivers read this message next.
    cursors: usize,
}

/// Messages that left the log, to be dropped with no lock held.
#[must_use = "values are dropped after the lock"]
pub(super) struct Freed<T> {
    _slots: VecDeque<Slot<T>>,
}

/// Messages in order, oldest first, without a gap.
///
/// Each receiver has a cursor: on the message that it reads next, or behind the newest one. A message is kept exactly as
/// long as there is a cursor on it or before it, so there is always one on the oldest.
pub(super) struct Log<T> {
    slots: VecDeque<Slot<T>>,
    /// Position of the oldest message, or of the next one to come if none is kept.
    oldest: u64,
    /// Cursors behind the newest message.
    caught_up: usize,
    /// All cursors.
    receivers: usize,
}

impl<T> Log<T> {
    pub(super) const fn new() -> Self {
        Self {
            slots: VecDeque::new(),
            oldest: FIRST_POSITION,
            caught_up: 0,
            receivers: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn receivers(&self) -> usize {
        self.receivers
    }

    /// Position of the oldest message that is kept.
    pub(super) fn oldest(&self) -> u64 {
        self.oldest
    }

    /// Position of the message that comes next.
    pub(super) fn next(&self) -> u64 {
        self.oldest.wrapping_add(self.slots.len() as u64)
    }

    /// Appends a message for all receivers; there must be one.
    pub(super) fn push(&mut self, message: Message<T>) {
        debug_assert!(
            self.receivers > 0,
            "a message that nobody will read must not be kept"
        );
        self.slots.push_back(Slot {
            message,
            cursors: mem::take(&mut self.caught_up),
        });
    }

    /// Takes the oldest message away from those who have not read it.
    pub(super) fn evict(&mut self) -> Option<Message<T>> {
        let Slot { message, cursors } = self.pop_oldest()?;
        *self.cursors_at(self.oldest) += cursors;
        Some(message)
    }

    /// How many messages between this position and the oldest one were evicted.
    pub(super) fn missed(&self, position: u64) -> u64 {
        let behind = self.oldest.wrapping_sub(position);
        // A position ahead of the oldest wraps to a huge number; a log of half of all numbers does not exist.
        if behind <= u64::MAX / 2 { behind } else { 0 }
    }

    /// How many messages a receiver at this position has to read.
    pub(super) fn unread(&self, position: u64) -> usize {
        self.slots.len() - self.index_of(position)
    }

    /// Reads the message at this position, which must not be evicted, and moves the receiver on.
    pub(super) fn read(&mut self, position: &mut u64) -> Option<Message<T>> {
        debug_assert_eq!(
            self.missed(*position),
            0,
            "who has missed messages catches up first"
        );
        let index = self.index_of(*position);
        let slot = self.slots.get_mut(index)?;
        slot.cursors -= 1;
        let is_last = index == 0 && slot.cursors == 0;
        let shared = if is_last { None } else { Some(slot.message.share()) };
        *position = position.wrapping_add(1);
        *self.cursors_at(*position) += 1;
        shared.or_else(|| self.pop_oldest().map(|slot| slot.message))
    }

    /// Adds a receiver. If its position is evicted, it counts as being at the oldest message.
    pub(super) fn enter(&mut self, position: u64) {
        *self.cursors_at(position) += 1;
        self.receivers += 1;
    }

    /// Removes the receiver at this position, and with it what only it still had to read.
    ///
    /// Linear in what it frees and, if that is not all, in what is left: the one step here that is not constant.
    pub(super) fn leave(&mut self, position: u64) -> Freed<T> {
        *self.cursors_at(position) -= 1;
        self.receivers -= 1;
        let freed = self.slots.iter().take_while(|slot| slot.cursors == 0).count();
        self.oldest = self.oldest.wrapping_add(freed as u64);
        let kept = if freed > 0 {
            self.slots.split_off(freed)
        } else {
            mem::take(&mut self.slots)
        };
        Freed {
            _slots: mem::replace(&mut self.slots, kept),
        }
    }

    fn pop_oldest(&mut self) -> Option<Slot<T>> {
        let slot = self.slots.pop_front()?;
        self.oldest = self.oldest.wrapping_add(1);
        if self.slots.is_empty() && self.slots.capacity() > SLOTS_KEPT {
            self.slots.shrink_to(SLOTS_KEPT);
        }
        Some(slot)
    }

    /// Where a receiver at this position is in the slots; their length if it has read all.
    fn index_of(&self, position: u64) -> usize {
        if self.missed(position) > 0 {
            return 0;
        }
        usize::try_from(position.wrapping_sub(self.oldest)).expect("no position is beyond the next message")
    }

    /// The count of cursors that a receiver at this position belongs to.
    fn cursors_at(&mut self, position: u64) -> &mut usize {
        let index = self.index_of(position);
        match self.slots.get_mut(index) {
            Some(slot) => &mut slot.cursors,
            None => &mut self.caught_up,
        }
    }
}
