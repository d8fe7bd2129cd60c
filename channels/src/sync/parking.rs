//! A lock that parks the threads that wait for it.

#[cfg(channels_loom)]
use loom::sync::{Mutex, MutexGuard};
#[cfg(channels_shuttle)]
use shuttle::sync::{Mutex, MutexGuard};
#[cfg(not(any(channels_loom, channels_shuttle)))]
use std::sync::{Mutex, MutexGuard};

/// Access to what a [`Lock`] guards, for as long as this lives.
pub(crate) type Guard<'a, T> = MutexGuard<'a, T>;

/// Mutual exclusion for short sections without user code.
pub(crate) struct Lock<T>(Mutex<T>);

impl<T> Lock<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    /// Waits for the lock. Poison is ignored: no section runs code that could panic half-way through a change.
    pub(crate) fn lock(&self) -> Guard<'_, T> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
