//! Waiting for a future on a plain thread, which sleeps meanwhile.
//!
//! So threads and tasks can share a channel: each end waits in its own way.
//!
//! Not for code that an executor runs: the thread sleeps, and with it all other tasks that it would run. If the future needs
//! one of them, it sleeps for ever. There, await the future, with [`until`](crate::until) if it has a deadline.
//!
//! Any future will do, but it runs on this thread alone: one that needs an executor's timers or sockets needs that executor.
//!
//! ```
//! use std::thread;
//!
//! use channels::blocking::wait;
//! use channels::mpsc;
//!
//! let (sender, mut receiver) = mpsc::bounded(1);
//! let producer = thread::spawn(move || {
//!     for number in 1..=3 {
//!         wait(sender.send(number)).expect("the receiver is there");
//!     }
//! });
//! let mut sum = 0;
//! while let Some(number) = wait(receiver.recv()) {
//!     sum += number;
//! }
//! assert_eq!(sum, 6);
//! # producer.join().expect("it does not panic");
//! ```

use alloc::sync::Arc;
use alloc::task::Wake;
use core::cell::Cell;
use core::future::Future;
use core::pin::{Pin, pin};
use core::sync::atomic::AtomicBool;
use core::sync::atomic::Ordering::{Acquire, Release};
use core::task::{Context, Poll, Waker};
use std::thread::{self, Thread};
use std::thread_local;
use std::time::Instant;

/// Waits for a future, while the thread sleeps.
///
/// It may be called inside a poll or a waker that another `wait` runs. Only such a nested call, and the first call of a thread,
/// allocate.
///
/// # Examples
///
/// ```
/// use channels::{blocking, oneshot};
///
/// let (sender, receiver) = oneshot::channel();
/// std::thread::spawn(move || sender.send(42));
/// assert_eq!(blocking::wait(receiver), Ok(42));
/// ```
pub fn wait<F: Future>(future: F) -> F::Output {
    let seat = Seat::take();
    let waker = seat.waker();
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        seat.0.sleep();
    }
}

/// Waits for a future, while the thread sleeps, but only until the deadline.
///
/// The future is polled at least once, and once more after a sleep that the deadline ends: what is ready by then is returned
/// also when it is late. A deadline in the past is the way to poll once; one in the far future is as good as none.
///
/// # Errors
///
/// If the deadline comes first, the future itself. Nothing has happened to it: it can be waited for again, or asked what
/// became of its value. Who passes `&mut future` keeps it anyway.
///
/// # Examples
///
/// ```
/// use std::time::{Duration, Instant};
///
/// use channels::{blocking, mpsc};
///
/// let (sender, mut receiver) = mpsc::bounded(1);
/// let soon = Instant::now() + Duration::from_millis(1);
/// assert!(blocking::wait_until(receiver.recv(), soon).is_err());
///
/// blocking::wait(sender.send("first")).expect("the receiver is there");
/// let send = blocking::wait_until(sender.send("second"), soon).expect_err("the channel is full");
/// assert_eq!(send.into_value(), Some("second"));
/// ```
pub fn wait_until<F: Future + Unpin>(mut future: F, deadline: Instant) -> Result<F::Output, F> {
    let seat = Seat::take();
    let waker = seat.waker();
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = Pin::new(&mut future).poll(&mut context) {
            return Ok(output);
        }
        // A future that wakes itself in each poll never lets the thread sleep; the deadline holds for it too.
        if Instant::now() >= deadline {
            return Err(future);
        }
        seat.0.sleep_until(deadline);
    }
}

/// A thread that waits for one future.
///
/// The thread's token for unparking is shared with everything else that parks it, such as a nested `wait`, which may consume
/// it. So it is `is_woken` that decides, and the token only ends a sleep.
struct Sleeper {
    thread: Thread,
    is_woken: AtomicBool,
}

impl Sleeper {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            thread: thread::current(),
            is_woken: AtomicBool::new(false),
        })
    }

    /// Sleeps until a wake since the last sleep.
    fn sleep(&self) {
        while !self.take_wake() {
            thread::park();
        }
    }

    /// As [`sleep`](Self::sleep), but the deadline ends it too.
    fn sleep_until(&self, deadline: Instant) {
        while !self.take_wake() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            thread::park_timeout(left);
        }
    }

    fn take_wake(&self) -> bool {
        // ORDERING: Acquire, with the Release in `wake_by_ref`: the poll after it sees what the wake was for.
        self.is_woken.swap(false, Acquire)
    }
}

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // Who finds it set leaves the unparking to whoever has set it.
        // ORDERING: Release, with the Acquire in `take_wake`.
        if !self.is_woken.swap(true, Release) {
            self.thread.unpark();
        }
    }
}

thread_local! {
    /// The sleeper of the thread while nobody sleeps: so a `wait` allocates nothing, and a channel finds the same waker again.
    static IDLE: Cell<Option<Arc<Sleeper>>> = const { Cell::new(None) };
}

/// The use of the thread's sleeper for one `wait`. One that is nested in it finds none, and gets a new one.
///
/// A waker that outlives its `wait` wakes a later one, which then polls for nothing.
struct Seat(Arc<Sleeper>);

impl Seat {
    fn take() -> Self {
        let idle = IDLE.try_with(Cell::take).ok().flatten();
        Self(idle.unwrap_or_else(Sleeper::new))
    }

    fn waker(&self) -> Waker {
        Waker::from(Arc::clone(&self.0))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        // A thread that is ending, whose destructors wait, has nothing to keep it in.
        let _ = IDLE.try_with(|idle| idle.set(Some(Arc::clone(&self.0))));
    }
}
