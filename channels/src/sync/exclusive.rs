//! A value that a shared reference cannot reach.

/// Owns a `T` and hands it out to exclusive references only, so sharing the wrapper between threads shares no `T`.
///
/// It lets a handle keep a value of its own and still be `Sync` for every `T: Send`.
pub(crate) struct Exclusive<T>(T);

// SAFETY: `&Exclusive<T>` offers nothing at all; who reaches the value has `&mut` or owns it, which needs `Send` only.
unsafe impl<T: Send> Sync for Exclusive<T> {}

impl<T> Exclusive<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(value)
    }

    pub(crate) fn get_mut(&mut self) -> &mut T {
        &mut self.0
    }

    pub(crate) fn into_inner(self) -> T {
        self.0
    }
}
