//! What is done with the channels, the same for every peer.

pub(crate) mod bounded;
pub(crate) mod broadcast;
pub(crate) mod limit;
pub(crate) mod memory;
pub(crate) mod oneshot;
pub(crate) mod ping_pong;
pub(crate) mod unbounded;
pub(crate) mod watch;

use std::pin::Pin;
use std::task::{Context, Poll};

/// What a future gives in its first poll.
///
/// # Panics
///
/// When it is not ready then: the workload knows that it must be.
fn ready_now<F: Future>(future: Pin<&mut F>, cx: &mut Context<'_>) -> F::Output {
    match future.poll(cx) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("there is nothing to wait for"),
    }
}
