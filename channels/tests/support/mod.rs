//! What the hand-polled tests share.

#![allow(dead_code, reason = "each test binary uses its own part of this")]

#[cfg(channels_loom)]
pub(crate) mod models;
#[cfg(channels_shuttle)]
pub(crate) mod schedules;
pub(crate) mod trials;

use std::future::Future;
use std::mem::ManuallyDrop;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Wake, Waker};
use std::thread::{self, Thread};

/// A waker that counts how often it was woken.
#[derive(Default)]
pub(crate) struct WakeCount(AtomicUsize);

impl WakeCount {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(crate) fn waker(self: &Arc<Self>) -> Waker {
        Arc::clone(self).into()
    }

    /// The wakes so far.
    pub(crate) fn get(&self) -> usize {
        self.0.load(SeqCst)
    }
}

impl Wake for WakeCount {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// What happened to a [`hooked_waker`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WakerEvent {
    Cloned,
    Woken,
    Dropped,
}

/// A waker that runs a function when it is cloned, woken or dropped, for instance one that calls back into the channel.
pub(crate) fn hooked_waker<F: Fn(WakerEvent) + Send + Sync + 'static>(hook: F) -> Waker {
    let data = Arc::into_raw(Arc::new(hook)).cast();
    // SAFETY: the table fits the data: a counted `F`, whose count the waker owns.
    unsafe { Waker::new(data, Hooked::<F>::TABLE) }
}

struct Hooked<F>(F);

impl<F: Fn(WakerEvent) + Send + Sync + 'static> Hooked<F> {
    const TABLE: &'static RawWakerVTable =
        &RawWakerVTable::new(Self::clone, Self::wake, Self::wake_by_ref, Self::drop);

    fn clone(data: *const ()) -> RawWaker {
        let hook = Self::borrow(data);
        hook(WakerEvent::Cloned);
        RawWaker::new(Arc::into_raw(Arc::clone(&hook)).cast(), Self::TABLE)
    }

    fn wake(data: *const ()) {
        // SAFETY: the table fits the data, and the waker that is consumed here gives its count to this one, which drops it
        // also if the hook panics.
        let waker = unsafe { Waker::new(data, Self::TABLE) };
        waker.wake_by_ref();
    }

    fn wake_by_ref(data: *const ()) {
        Self::borrow(data)(WakerEvent::Woken);
    }

    fn drop(data: *const ()) {
        // SAFETY: the waker owned one count of this `F`, and ends here; also if the hook panics.
        let hook = unsafe { Arc::from_raw(data.cast::<F>()) };
        hook(WakerEvent::Dropped);
    }

    fn borrow(data: *const ()) -> ManuallyDrop<Arc<F>> {
        // SAFETY: the waker that called owns a count of this `F`, which stays its own: ours is never dropped.
        ManuallyDrop::new(unsafe { Arc::from_raw(data.cast::<F>()) })
    }
}

/// Polls once, with a waker of the caller's.
pub(crate) fn poll_with<F: Future + Unpin + ?Sized>(future: &mut F, waker: &Waker) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(waker))
}

/// Polls once, with a waker that nobody listens to.
pub(crate) fn poll_once<F: Future + Unpin + ?Sized>(future: &mut F) -> Poll<F::Output> {
    poll_with(future, Waker::noop())
}

/// How many values were dropped.
#[derive(Clone, Default)]
pub(crate) struct DropCount(Arc<AtomicUsize>);

impl DropCount {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A value whose drop is counted.
    pub(crate) fn value(&self) -> CountedDrop {
        CountedDrop {
            count: self.clone(),
            panics: false,
        }
    }

    /// A value whose drop is counted and then panics.
    pub(crate) fn panicking_value(&self) -> CountedDrop {
        CountedDrop {
            count: self.clone(),
            panics: true,
        }
    }

    /// The drops so far.
    pub(crate) fn get(&self) -> usize {
        self.0.load(SeqCst)
    }
}

/// See [`DropCount`].
pub(crate) struct CountedDrop {
    count: DropCount,
    panics: bool,
}

impl Drop for CountedDrop {
    fn drop(&mut self) {
        self.count.0.fetch_add(1, SeqCst);
        assert!(!self.panics, "a drop that panics");
    }
}

/// A value that calls a function when it is dropped, for instance one that calls back into the channel.
pub(crate) struct CallOnDrop(Option<Box<dyn FnOnce() + Send>>);

impl CallOnDrop {
    pub(crate) fn new(call: impl FnOnce() + Send + 'static) -> Self {
        Self(Some(Box::new(call)))
    }
}

impl Drop for CallOnDrop {
    fn drop(&mut self) {
        if let Some(call) = self.0.take() {
            call();
        }
    }
}

/// Takes out one of them, chosen by a random number.
pub(crate) fn take_any<T>(from: &mut Vec<T>, choice: usize) -> Option<T> {
    if from.is_empty() {
        None
    } else {
        Some(from.swap_remove(choice % from.len()))
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// The smallest executor: one future, and the thread sleeps while it waits.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Arc::new(Unpark(thread::current())).into();
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
