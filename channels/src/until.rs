//! A future with a deadline.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::FusedFuture;

/// Waits for a future, but only until another future, the deadline, is ready.
///
/// The deadline can be any future: a timer of the executor at hand, or the end of something else. What it returns is dropped.
/// The future is polled first, so when both are ready, its output wins. Futures that are not `Unpin`, such as `async` blocks,
/// go in pinned: as `Box::pin(future)`, or as `pin!(future)`.
///
/// For plain threads there is `blocking::wait_until`.
///
/// # Errors
///
/// If the deadline comes first, the output is the future itself. Nothing has happened to it: it can be polled on, or asked
/// what became of its value.
///
/// # Cancel safety
///
/// As safe as the two futures: dropping an [`Until`] drops both. Who wants to keep them passes `&mut future`.
///
/// # Examples
///
/// With a timer of [smol](https://docs.rs/smol):
///
/// ```
/// use std::time::Duration;
///
/// use channels::{oneshot, until};
/// use smol::Timer;
///
/// # smol::block_on(async {
/// let (sender, receiver) = oneshot::channel();
/// let receiver = until(receiver, Timer::after(Duration::from_millis(1)))
///     .await
///     .expect_err("nobody has sent");
///
/// sender.send("late").expect("the receiver is there: it was given back");
/// assert_eq!(receiver.await, Ok("late"));
/// # });
/// ```
///
/// A message that could not be sent in time is taken back:
///
/// ```
/// use std::time::Duration;
///
/// use channels::{mpsc, until};
/// use smol::Timer;
///
/// # smol::block_on(async {
/// let (sender, _receiver) = mpsc::bounded(1);
/// sender.send("first").await.expect("the receiver is there");
///
/// let deadline = Timer::after(Duration::from_millis(1));
/// match until(sender.send("second"), deadline).await {
///     Ok(sent) => sent.expect("the receiver is there"),
///     Err(send) => assert_eq!(send.into_value(), Some("second")),
/// }
/// # });
/// ```
pub fn until<F, D>(future: F, deadline: D) -> Until<F, D>
where
    F: Future + Unpin,
    D: Future + Unpin,
{
    Until {
        future: Some(future),
        deadline,
    }
}

/// The future of [`until`].
#[must_use = "futures do nothing unless they are awaited or polled"]
pub struct Until<F, D> {
    /// `None` once it has ended: its output, or the future itself, was returned.
    future: Option<F>,
    deadline: D,
}

/// # Panics
///
/// `poll` panics if the future was ready before.
impl<F, D> Future for Until<F, D>
where
    F: Future + Unpin,
    D: Future + Unpin,
{
    type Output = Result<F::Output, F>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let Some(future) = &mut this.future else {
            panic!("an Until was polled after it was ready");
        };
        if let Poll::Ready(output) = Pin::new(future).poll(cx) {
            this.future = None;
            return Poll::Ready(Ok(output));
        }
        ready!(Pin::new(&mut this.deadline).poll(cx));
        Poll::Ready(Err(this.future.take().expect("it was polled above")))
    }
}

impl<F, D> FusedFuture for Until<F, D>
where
    F: Future + Unpin,
    D: Future + Unpin,
{
    fn is_terminated(&self) -> bool {
        self.future.is_none()
    }
}

impl<F, D> fmt::Debug for Until<F, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Until").finish_non_exhaustive()
    }
}
