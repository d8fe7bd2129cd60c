//! A test-and-set lock, for targets without an operating system to park on.

use core::cell::UnsafeCell;
use core::hint;
use core::ops::{Deref, DerefMut};
use core::sync::atomic::AtomicUsize;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};

const FREE: usize = 0;
const HELD: usize = 1;

/// Mutual exclusion for short sections without user code.
pub(crate) struct Lock<T> {
    state: AtomicUsize,
    value: UnsafeCell<T>,
}

// SAFETY: a lock hands its value to one thread at a time, as a move would: `Send` is enough.
unsafe impl<T: Send> Sync for Lock<T> {}

/// Access to what a [`Lock`] guards, for as long as this lives.
pub(crate) struct Guard<'a, T> {
    lock: &'a Lock<T>,
}

// SAFETY: a shared guard lends `&T` alone.
unsafe impl<T: Sync> Sync for Guard<'_, T> {}

impl<T> Lock<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self {
            state: AtomicUsize::new(FREE),
            value: UnsafeCell::new(value),
        }
    }

    /// Spins until the lock is free.
    pub(crate) fn lock(&self) -> Guard<'_, T> {
        // ORDERING: Acquire, with the Release in `Guard::drop`: what the last holder wrote is visible.
        while self.state.swap(HELD, Acquire) == HELD {
            // Only reads, so that those who wait leave the cache line to the holder.
            while self.state.load(Relaxed) == HELD {
                hint::spin_loop();
            }
        }
        Guard { lock: self }
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: a guard exists only while the lock is held by its owner, and `&self` keeps it from being written.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: a guard exists only while the lock is held by its owner, and `&mut self` makes this the only reference.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T> Drop for Guard<'_, T> {
    fn drop(&mut self) {
        // ORDERING: Release, with the Acquire in `lock`.
        self.lock.state.store(FREE, Release);
    }
}

#[cfg(test)]
mod tests {
    use super::Lock;
    use std::thread;

    #[test]
    fn no_increment_under_the_lock_is_lost() {
        let counter = Lock::new(0);
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for _ in 0..1_000 {
                        *counter.lock() += 1;
                    }
                });
            }
        });
        assert_eq!(*counter.lock(), 3_000);
    }
}
