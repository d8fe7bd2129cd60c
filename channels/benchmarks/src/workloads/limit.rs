//! The same work with no channel: what no channel can go below, as a peer of the name `limit`.
//!
//! On one thread that is the data structure that cannot be avoided, the allocation, the waker, the poll. Between threads
//! it is a ring of plain atomics for one producer. Rows in which threads sleep, or in which many producers meet, have
//! no limit: sleeping is the system's work, and what contention must cost depends on the order of arrival.

mod threads;

use crate::executors::{counted, idle_waker, yield_now};
use crate::measure::{Sample, Stopwatch};
use crate::message::{Message, Text};
use crate::registry::Registry;
use async_executor::LocalExecutor;
use futures_lite::future;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::hint::black_box;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::task::Waker;

/// The name of the peer that is none.
pub(crate) const NAME: &str = "limit";

const BURST: u64 = 64;

pub(crate) fn add(registry: &mut Registry) {
    registry.single("oneshot/ready", NAME, |operations| oneshot(operations, None));
    registry.single("oneshot/waiting", NAME, |operations| {
        oneshot(operations, Some(&idle_waker()))
    });
    registry.single("oneshot/drop", NAME, create_and_drop);
    add_queues::<u64>(registry);
    add_queues::<[u64; 8]>(registry);
    add_queues::<Text>(registry);
    registry.single("bounded128/8B/wake", NAME, |operations| wakes(operations, 1));
    registry.single("unbounded/8B/wake", NAME, |operations| wakes(operations, 1));
    registry.single("unbounded/drop", NAME, create_and_drop);
    registry.single("ping-pong/by-hand", NAME, |operations| wakes(operations, 2));
    registry.single("ping-pong/two-tasks", NAME, |operations| {
        polls(operations, 2, operations)
    });
    for policy in ["bounded", "unbounded", "overwriting"] {
        registry.single(format!("broadcast-{policy}/1x1/one-task"), NAME, broadcast::<1>);
        registry.single(format!("broadcast-{policy}/1x8/one-task"), NAME, broadcast::<8>);
        registry.single(format!("broadcast-{policy}/1x64/one-task"), NAME, broadcast::<64>);
        registry.single(format!("broadcast-{policy}/4x8/one-task"), NAME, broadcast::<8>);
    }
    add_watch::<1>(registry);
    add_watch::<8>(registry);
    add_watch::<64>(registry);
    threads::add(registry);
}

fn add_queues<T: Message>(registry: &mut Registry) {
    add_capacity::<T, 1>(registry);
    add_capacity::<T, 16>(registry);
    add_capacity::<T, 128>(registry);
    registry.single(format!("unbounded/{}/bursts", T::NAME), NAME, |operations| {
        queue::<T>(operations, BURST)
    });
    registry.single(format!("unbounded/{}/million", T::NAME), NAME, |operations| {
        queue::<T>(operations, operations)
    });
    registry.fix_operations(1_000_000);
}

fn add_capacity<T: Message, const N: u64>(registry: &mut Registry) {
    registry.single(format!("bounded{N}/{}/one-task", T::NAME), NAME, |operations| {
        queue::<T>(operations, 1)
    });
    registry.single(format!("bounded{N}/{}/by-hand", T::NAME), NAME, |operations| {
        queue::<T>(operations, N)
    });
    registry.single(
        format!("bounded{N}/{}/two-tasks", T::NAME),
        NAME,
        shared_queue::<T, N>,
    );
}

fn add_watch<const RECEIVERS: u64>(registry: &mut Registry) {
    registry.single(
        format!("watch/1x{RECEIVERS}/one-task"),
        NAME,
        versions::<RECEIVERS>,
    );
    registry.single(format!("watch/1x{RECEIVERS}/tasks"), NAME, |operations| {
        let numbers = operations.div_ceil(RECEIVERS);
        polls(numbers, RECEIVERS + 1, numbers * RECEIVERS)
    });
}

/// An allocation with a state and a value, two exchanges of the state, and a waker's clone and wake.
fn oneshot(operations: u64, waker: Option<&Waker>) -> Sample {
    let watch = Stopwatch::start();
    for number in 0..operations {
        let slot = black_box(Box::new((AtomicU8::new(0), AtomicU64::new(0))));
        let registered = black_box(waker.cloned());
        slot.1.store(number, Ordering::Relaxed);
        slot.0.swap(1, Ordering::AcqRel);
        registered.into_iter().for_each(Waker::wake);
        slot.0.swap(2, Ordering::AcqRel);
        black_box(slot.1.load(Ordering::Relaxed));
    }
    watch.stop(operations)
}

/// An allocation.
fn create_and_drop(operations: u64) -> Sample {
    let watch = Stopwatch::start();
    for _ in 0..operations {
        drop(black_box(Box::new([1_u64; 4])));
    }
    watch.stop(operations)
}

/// A queue that is filled and drained.
fn queue<T: Message>(operations: u64, burst: u64) -> Sample {
    let mut queue = VecDeque::new();
    let rounds = operations.div_ceil(burst);
    let watch = Stopwatch::start();
    for _ in 0..rounds {
        for number in 0..burst {
            black_box(&mut queue).push_back(T::make(number));
        }
        while let Some(message) = black_box(&mut queue).pop_front() {
            black_box(message);
        }
    }
    watch.stop(rounds * burst)
}

/// A queue without locks between two tasks that take turns. In one turn a channel of `N` slots can move as many, and one
/// that it hands to who waits to receive, and one that waits to be sent.
fn shared_queue<T: Message, const N: u64>(operations: u64) -> Sample {
    let queue = Rc::new(RefCell::new(VecDeque::<T>::new()));
    let rounds = operations.div_ceil(N + 2);
    let executor = LocalExecutor::new();
    let producer_end = Rc::clone(&queue);
    let producer = executor.spawn(counted(async move {
        for _ in 0..rounds {
            for number in 0..N + 2 {
                producer_end.borrow_mut().push_back(T::make(number));
            }
            yield_now().await;
        }
    }));
    let consumer = executor.spawn(counted(async move {
        for _ in 0..rounds {
            while let Some(message) = queue.borrow_mut().pop_front() {
                black_box(message);
            }
            yield_now().await;
        }
    }));
    let watch = Stopwatch::start();
    future::block_on(executor.run(async {
        producer.await;
        consumer.await;
    }));
    watch.stop(rounds * (N + 2))
}

/// For each operation so many wakers, each cloned and woken between two exchanges.
fn wakes(operations: u64, each: u64) -> Sample {
    let waker = idle_waker();
    let state = AtomicU8::new(0);
    let watch = Stopwatch::start();
    for _ in 0..operations * each {
        let registered = black_box(waker.clone());
        black_box(&state).swap(1, Ordering::AcqRel);
        black_box(&state).swap(0, Ordering::AcqRel);
        registered.wake();
    }
    watch.stop(operations)
}

/// That many tasks, each polled in each turn.
fn polls(turns: u64, tasks: u64, operations: u64) -> Sample {
    let executor = LocalExecutor::new();
    let spawn = |_| {
        executor.spawn(counted(async move {
            for _ in 0..turns {
                yield_now().await;
            }
        }))
    };
    let tasks: Vec<_> = (0..tasks).map(spawn).collect();
    let watch = Stopwatch::start();
    future::block_on(executor.run(async {
        for task in tasks {
            task.await;
        }
    }));
    watch.stop(operations)
}

/// 64 texts in a list, which each receiver clones and drops.
fn broadcast<const RECEIVERS: u64>(operations: u64) -> Sample {
    let rounds = operations.div_ceil(BURST * RECEIVERS);
    let mut texts = Vec::with_capacity(64);
    let watch = Stopwatch::start();
    for _ in 0..rounds {
        texts.extend((0..BURST).map(Text::make));
        for _ in 0..RECEIVERS {
            for text in &texts {
                drop(black_box(Arc::clone(text)));
            }
        }
        texts.clear();
    }
    watch.stop(rounds * BURST * RECEIVERS)
}

/// A version and a value, stored once and loaded by each receiver.
fn versions<const RECEIVERS: u64>(operations: u64) -> Sample {
    let numbers = operations.div_ceil(RECEIVERS);
    let (version, value) = (AtomicU64::new(0), AtomicU64::new(0));
    let watch = Stopwatch::start();
    for number in 1..=numbers {
        value.store(number, Ordering::Relaxed);
        black_box(&version).fetch_add(1, Ordering::Release);
        for _ in 0..RECEIVERS {
            black_box(black_box(&version).load(Ordering::Acquire));
            black_box(value.load(Ordering::Relaxed));
        }
    }
    watch.stop(numbers * RECEIVERS)
}
