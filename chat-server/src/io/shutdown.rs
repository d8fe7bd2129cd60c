//! The signals by which an operator stops the server.

use std::io;

use async_signal::{Signal, Signals};
use futures_lite::StreamExt;

/// A future that waits for SIGINT or SIGTERM. From this call on they no longer end the process by themselves.
///
/// # Errors
/// If the process may not have a handler for them.
pub fn stop_signal() -> io::Result<impl Future<Output = ()> + Send> {
    let mut signals = Signals::new([Signal::Int, Signal::Term])?;
    Ok(async move {
        // A stream of signals has no end, and what can't be read is no reason to go on without being stoppable.
        let _ = signals.next().await;
    })
}
