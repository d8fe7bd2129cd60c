//! Shared texts to everybody; an operation is one text received by one receiver.
//!
//! Where senders would not wait for slow readers by themselves, they wait here after each burst until it was read: what
//! loses messages would otherwise win.

use crate::executors::{BlockOn, Executor, Gate, Park, counted, pin_thread, yield_now};
use crate::kinds::{Broadcast, Policy};
use crate::measure::{Sample, Stopwatch};
use crate::message::{Arrival, Message, Text};
use crate::registry::Registry;
use futures_lite::future;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// Texts sent before they are read, by all senders together.
const BURST: u64 = 64;

pub(crate) fn add<P: Broadcast>(registry: &mut Registry) {
    add_shape::<P, 1, 1>(registry);
    add_shape::<P, 1, 8>(registry);
    add_shape::<P, 1, 64>(registry);
    if P::SENDERS_MAX >= 4 {
        add_shape::<P, 4, 8>(registry);
    }
    let kind = match P::POLICY {
        Policy::Bounded => "broadcast-bounded",
        Policy::Unbounded => "broadcast-unbounded",
        Policy::Overwriting => "broadcast-overwriting",
    };
    registry.footprint(kind, P::NAME, super::memory::broadcast::<P>);
}

fn add_shape<P: Broadcast, const SENDERS: usize, const RECEIVERS: usize>(registry: &mut Registry) {
    let policy = match P::POLICY {
        Policy::Bounded => "bounded",
        Policy::Unbounded => "unbounded",
        Policy::Overwriting => "overwriting",
    };
    let name = |place: &str| format!("broadcast-{policy}/{SENDERS}x{RECEIVERS}/{place}");
    registry.single(name("one-task"), P::NAME, one_task::<P, SENDERS, RECEIVERS>);
    registry.single(name("tasks"), P::NAME, tasks::<P, SENDERS, RECEIVERS>);
    registry.threaded(name("two-threads"), P::NAME, two_threads::<P, SENDERS, RECEIVERS>);
}

/// How much is to be done, and how much all receivers have read.
struct Plan {
    receivers: u64,
    rounds: u64,
    texts_each: u64,
    paced: bool,
    received: AtomicU64,
}

impl Plan {
    fn new<P: Broadcast>(senders: usize, receivers: usize, operations: u64) -> Self {
        Self {
            receivers: receivers as u64,
            rounds: operations.div_ceil(BURST * receivers as u64),
            texts_each: BURST / senders as u64,
            paced: P::POLICY != Policy::Bounded,
            received: AtomicU64::new(0),
        }
    }

    fn operations(&self) -> u64 {
        self.rounds * BURST * self.receivers
    }

    async fn send<P: Broadcast>(&self, sender: &mut P::Sender) {
        for round in 1..=self.rounds {
            for number in 0..self.texts_each {
                P::send(sender, Text::make(number)).await;
            }
            while self.paced && self.received.load(Ordering::Acquire) < round * BURST * self.receivers {
                yield_now().await;
            }
        }
    }

    async fn receive<P: Broadcast>(&self, receiver: &mut P::Receiver) {
        for _ in 0..self.rounds {
            for _ in 0..BURST {
                black_box(P::recv(receiver).await.message());
            }
            if self.paced {
                self.received.fetch_add(BURST, Ordering::AcqRel);
            }
        }
    }
}

/// 64 texts in, then each receiver takes them.
fn one_task<P: Broadcast, const SENDERS: usize, const RECEIVERS: usize>(operations: u64) -> Sample {
    let (mut senders, mut receivers) = P::channel(SENDERS, RECEIVERS);
    let plan = Plan::new::<P>(SENDERS, RECEIVERS, operations);
    Park::block_on(async {
        let watch = Stopwatch::start();
        for _ in 0..plan.rounds {
            for sender in &mut senders {
                for number in 0..plan.texts_each {
                    P::send(sender, Text::make(number)).await;
                }
            }
            for receiver in &mut receivers {
                for _ in 0..BURST {
                    black_box(P::recv(receiver).await.message());
                }
            }
        }
        watch.stop(plan.operations())
    })
}

/// Every sender and every receiver is a task of an executor on this thread.
fn tasks<P: Broadcast, const SENDERS: usize, const RECEIVERS: usize>(operations: u64) -> Sample {
    let (senders, receivers) = P::channel(SENDERS, RECEIVERS);
    let plan = Arc::new(Plan::new::<P>(SENDERS, RECEIVERS, operations));
    let executor = Executor::new();
    let running = spawn_receivers::<P>(&executor, &plan, receivers);
    let sending = spawn_senders::<P>(&executor, &plan, senders);
    let watch = Stopwatch::start();
    future::block_on(executor.run(async {
        let senders = all(sending).await;
        all(running).await;
        drop(senders);
    }));
    watch.stop(plan.operations())
}

/// The senders on one processor, the receivers on the other.
fn two_threads<P: Broadcast, const SENDERS: usize, const RECEIVERS: usize>(operations: u64) -> Sample {
    let (senders, receivers) = P::channel(SENDERS, RECEIVERS);
    let plan = Arc::new(Plan::new::<P>(SENDERS, RECEIVERS, operations));
    let gate = Gate::new(1);
    thread::scope(|scope| {
        let sending = scope.spawn(|| {
            pin_thread(1);
            let executor = Executor::new();
            let sending = spawn_senders::<P>(&executor, &plan, senders);
            gate.pass();
            future::block_on(executor.run(all(sending)))
        });
        let executor = Executor::new();
        let running = spawn_receivers::<P>(&executor, &plan, receivers);
        let watch = gate.open();
        future::block_on(executor.run(all(running)));
        let sample = watch.stop(plan.operations());
        drop(sending.join().expect("no sender panics"));
        sample
    })
}

type Task<T> = async_executor::Task<T>;

/// The tasks give their handles back, so that no channel closes early.
fn spawn_senders<P: Broadcast>(
    executor: &Executor<'static>,
    plan: &Arc<Plan>,
    senders: Vec<P::Sender>,
) -> Vec<Task<P::Sender>> {
    let spawn = |mut sender| {
        let plan = Arc::clone(plan);
        executor.spawn(counted(async move {
            plan.send::<P>(&mut sender).await;
            sender
        }))
    };
    senders.into_iter().map(spawn).collect()
}

fn spawn_receivers<P: Broadcast>(
    executor: &Executor<'static>,
    plan: &Arc<Plan>,
    receivers: Vec<P::Receiver>,
) -> Vec<Task<P::Receiver>> {
    let spawn = |mut receiver| {
        let plan = Arc::clone(plan);
        executor.spawn(counted(async move {
            plan.receive::<P>(&mut receiver).await;
            receiver
        }))
    };
    receivers.into_iter().map(spawn).collect()
}

async fn all<T>(tasks: Vec<Task<T>>) -> Vec<T> {
    let mut results = Vec::with_capacity(tasks.len());
    for task in tasks {
        results.push(task.await);
    }
    results
}
