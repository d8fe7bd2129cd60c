//! What runs the futures of all peers alike, and what counts their wakes.

use crate::measure::Stopwatch;
use futures_channel::oneshot;
use futures_lite::future;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::future::poll_fn;
use std::hint;
use std::pin::pin;
use std::sync::Arc;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, JoinHandle};

pub(crate) use async_executor::Executor;

/// Runs one future on this thread.
pub(crate) trait BlockOn: 'static {
    fn block_on<F: Future>(future: F) -> F::Output;
}

/// Parks the thread while nothing is to do.
pub(crate) struct Park;

impl BlockOn for Park {
    fn block_on<F: Future>(future: F) -> F::Output {
        future::block_on(counted(future))
    }
}

/// Turns in circles until the future is woken.
pub(crate) struct Spin;

impl BlockOn for Spin {
    fn block_on<F: Future>(future: F) -> F::Output {
        let flag = Arc::new(WokenFlag(AtomicBool::new(false)));
        let waker = Waker::from(Arc::clone(&flag));
        let mut cx = Context::from_waker(&waker);
        let mut future = pin!(future);
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                return output;
            }
            while !flag.0.swap(false, Ordering::Acquire) {
                hint::spin_loop();
            }
        }
    }
}

struct WokenFlag(AtomicBool);

impl Wake for WokenFlag {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        count_wake();
        self.0.store(true, Ordering::Release);
    }
}

/// A waker for polling by hand: it only counts.
pub(crate) fn idle_waker() -> Waker {
    struct Idle;

    impl Wake for Idle {
        fn wake(self: Arc<Self>) {
            count_wake();
        }

        fn wake_by_ref(self: &Arc<Self>) {
            count_wake();
        }
    }

    Waker::from(Arc::new(Idle))
}

/// Whether wakes are counted now: never while a sample is timed.
static COUNTING: AtomicBool = AtomicBool::new(false);
static WAKES: AtomicU64 = AtomicU64::new(0);

/// Runs `work` and gives its result and the wakes that it made.
pub(crate) fn counting_wakes<R>(work: impl FnOnce() -> R) -> (R, u64) {
    WAKES.store(0, Ordering::Relaxed);
    COUNTING.store(true, Ordering::Relaxed);
    let result = work();
    COUNTING.store(false, Ordering::Relaxed);
    (result, WAKES.load(Ordering::Relaxed))
}

fn count_wake() {
    if COUNTING.load(Ordering::Relaxed) {
        WAKES.fetch_add(1, Ordering::Relaxed);
    }
}

/// Lets other tasks run; the wake that this takes is not counted.
pub(crate) async fn yield_now() {
    future::yield_now().await;
    if COUNTING.load(Ordering::Relaxed) {
        WAKES.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The future, with its executor's waker behind one that counts whenever wakes are counted.
pub(crate) async fn counted<F: Future>(future: F) -> F::Output {
    struct Counter(Waker);

    impl Wake for Counter {
        fn wake(self: Arc<Self>) {
            self.wake_by_ref();
        }

        fn wake_by_ref(self: &Arc<Self>) {
            count_wake();
            self.0.wake_by_ref();
        }
    }

    let mut future = pin!(future);
    let mut wrapped: Option<(Waker, Waker)> = None;
    poll_fn(move |cx| {
        if !COUNTING.load(Ordering::Relaxed) {
            return future.as_mut().poll(cx);
        }
        let (_, counter) = match &mut wrapped {
            Some(pair) if pair.0.will_wake(cx.waker()) => pair,
            stale => stale.insert((
                cx.waker().clone(),
                Waker::from(Arc::new(Counter(cx.waker().clone()))),
            )),
        };
        future.as_mut().poll(&mut Context::from_waker(counter))
    })
    .await
}

/// The processors that this process may use, before anything was pinned.
static PROCESSORS: LazyLock<Vec<usize>> = LazyLock::new(|| {
    let set = sched_getaffinity(None).expect("a thread may read its own affinity");
    (0..CpuSet::MAX_CPU).filter(|&index| set.is_set(index)).collect()
});

/// Pins this thread to the processor with that number among those allowed.
pub(crate) fn pin_thread(number: usize) {
    set_affinity(&[PROCESSORS[number % PROCESSORS.len()]]);
}

/// Lets this thread run wherever the process may.
pub(crate) fn unpin_thread() {
    set_affinity(&PROCESSORS);
}

fn set_affinity(processors: &[usize]) {
    let mut set = CpuSet::new();
    for &index in processors {
        set.set(index);
    }
    sched_setaffinity(None, &set).expect("a thread may pin itself to an allowed processor");
}

/// Lets threads start together, and not before the clocks run.
pub(crate) struct Gate {
    missing: AtomicUsize,
    open: AtomicBool,
}

impl Gate {
    /// A gate for that many threads beside the one that opens it.
    pub(crate) fn new(others: usize) -> Arc<Self> {
        Arc::new(Self {
            missing: AtomicUsize::new(others),
            open: AtomicBool::new(false),
        })
    }

    /// Waits until the gate opens, without sleeping.
    pub(crate) fn pass(&self) {
        self.missing.fetch_sub(1, Ordering::AcqRel);
        while !self.open.load(Ordering::Acquire) {
            thread::yield_now();
        }
    }

    /// Waits until the others stand at the gate, starts the clocks, and opens it.
    pub(crate) fn open(&self) -> Stopwatch {
        while self.missing.load(Ordering::Acquire) != 0 {
            thread::yield_now();
        }
        let watch = Stopwatch::start();
        self.open.store(true, Ordering::Release);
        watch
    }
}

/// A second thread that runs an executor too, until this is dropped.
pub(crate) struct Helper {
    thread: Option<JoinHandle<()>>,
    stop: Option<oneshot::Sender<()>>,
}

impl Helper {
    /// Starts the thread, which runs tasks as soon as the gate opens.
    pub(crate) fn start(executor: Arc<Executor<'static>>, gate: Arc<Gate>) -> Self {
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || {
            pin_thread(1);
            gate.pass();
            let _: Result<(), oneshot::Canceled> = future::block_on(executor.run(stopped));
        });
        Self {
            thread: Some(thread),
            stop: Some(stop),
        }
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        drop(self.stop.take());
        let thread = self.thread.take().expect("the thread is joined only here");
        thread.join().expect("no task panics");
    }
}
