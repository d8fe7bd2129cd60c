//! What every broadcast promises.

mod closing;
mod handles;
mod receiving;
mod values;
mod waits;

use super::{END, Receiver, SendError, TryRecvError, channel, send};

/// All that a receiver finds.
pub(super) fn drain(receiver: &mut Receiver<u32>) -> Vec<u32> {
    std::iter::from_fn(|| receiver.try_recv().ok()).collect()
}
