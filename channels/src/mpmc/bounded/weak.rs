//! A handle that does not keep the channel open.

use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};

use super::{BoundedSender, SenderHandle, Shared};
use crate::sync::Arc;

/// A handle that does not keep the channel open, and becomes a sender again while another one is left. See
/// [`BoundedSender::downgrade`].
pub struct WeakBoundedSender<T> {
    shared: Arc<Shared<T>>,
}

impl<T> WeakBoundedSender<T> {
    pub(super) fn new(shared: Arc<Shared<T>>) -> Self {
        Self { shared }
    }

    /// A sender of the channel; `None` once all of them are gone, which is final.
    #[must_use]
    pub fn upgrade(&self) -> Option<BoundedSender<T>> {
        SenderHandle::revive(&self.shared).map(BoundedSender::new)
    }
}

impl<T> Clone for WeakBoundedSender<T> {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.shared))
    }
}

impl<T> fmt::Debug for WeakBoundedSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakBoundedSender").finish_non_exhaustive()
    }
}

// A panic leaves no half-done change behind: no user code runs inside one.
impl<T> UnwindSafe for WeakBoundedSender<T> {}
impl<T> RefUnwindSafe for WeakBoundedSender<T> {}
