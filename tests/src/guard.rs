//! A bound for every wait.

use std::future::Future;
use std::time::Duration;

use async_io::Timer;
use futures_lite::future;

/// So long may anything take that a test waits for. Far more than it ever does: it bounds a failing test.
pub const GUARD: Duration = Duration::from_secs(60);

/// Waits for `future`, on any executor.
///
/// # Panics
/// If it takes longer than [`GUARD`]; the message names `what` was waited for.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    let too_late = async {
        Timer::after(GUARD).await;
        panic!("{what}: not within {GUARD:?}")
    };
    future::or(future, too_late).await
}
