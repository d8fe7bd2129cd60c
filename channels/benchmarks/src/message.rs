//! What the channels carry, and how it is taken out of what a peer's `recv` gives.

use std::sync::Arc;

/// A shared text, as a chat room would broadcast it.
pub(crate) type Text = Arc<[u8]>;

/// A type of message.
pub(crate) trait Message: Arrival<Self> + Clone + Default + Send + Sync + Unpin + 'static {
    /// As it stands in the names of workloads.
    const NAME: &'static str;

    /// The message with this number.
    fn make(number: u64) -> Self;
}

impl Message for u64 {
    const NAME: &'static str = "8B";

    fn make(number: u64) -> Self {
        number
    }
}

impl Message for [u64; 8] {
    const NAME: &'static str = "64B";

    fn make(number: u64) -> Self {
        [number; 8]
    }
}

impl Message for Text {
    const NAME: &'static str = "arc";

    fn make(number: u64) -> Self {
        Self::from([number.to_le_bytes()[0]; 64])
    }
}

/// What awaiting a `recv` gives: the message itself, or the message unless the channel is closed or lost some.
/// Kept in the peer's own type, so that its future is measured and no wrapper of ours.
pub(crate) trait Arrival<T> {
    /// The message.
    ///
    /// # Panics
    ///
    /// When there is none: no workload closes a channel early, and none may lose a message.
    fn message(self) -> T;
}

impl<T> Arrival<T> for Option<T> {
    fn message(self) -> T {
        self.expect("no workload closes a channel early")
    }
}

impl<T, E> Arrival<T> for Result<T, E> {
    fn message(self) -> T {
        match self {
            Ok(message) => message,
            Err(_) => panic!("a message was lost, or a channel closed early"),
        }
    }
}

impl Arrival<Self> for u64 {
    fn message(self) -> Self {
        self
    }
}

impl Arrival<Self> for [u64; 8] {
    fn message(self) -> Self {
        self
    }
}

impl Arrival<Self> for Text {
    fn message(self) -> Self {
        self
    }
}
