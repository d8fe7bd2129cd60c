//! Messages through a bounded channel: in one task, between tasks, between threads, from many producers.

use super::ready_now;
use crate::executors::{
    BlockOn, Executor, Gate, Helper, Park, Spin, counted, idle_waker, pin_thread, unpin_thread,
};
use crate::kinds::{Bounded, ManyProducers};
use crate::measure::{Sample, Stopwatch};
use crate::message::{Arrival, Message, Text};
use crate::registry::Registry;
use futures_lite::future;
use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread;

/// Adds what needs one producer only.
pub(crate) fn add<P: Bounded>(registry: &mut Registry) {
    add_capacities::<P, u64>(registry);
    add_capacities::<P, [u64; 8]>(registry);
    add_capacities::<P, Text>(registry);
    registry.single("bounded128/8B/wake", P::NAME, wake::<P>);
    registry.footprint("bounded1", P::NAME, super::memory::bounded::<P, 1>);
    registry.footprint("bounded16", P::NAME, super::memory::bounded::<P, 16>);
    registry.footprint("bounded128", P::NAME, super::memory::bounded::<P, 128>);
}

/// Adds what needs many producers.
pub(crate) fn add_many<P: ManyProducers>(registry: &mut Registry) {
    add_many_capacities::<P, u64>(registry);
    add_many_capacities::<P, [u64; 8]>(registry);
    add_many_capacities::<P, Text>(registry);
}

fn add_capacities<P: Bounded, T: Message>(registry: &mut Registry) {
    add_one::<P, T, 1>(registry);
    add_one::<P, T, 16>(registry);
    add_one::<P, T, 128>(registry);
}

fn add_one<P: Bounded, T: Message, const N: usize>(registry: &mut Registry) {
    let name = |place: &str| format!("bounded{N}/{}/{place}", T::NAME);
    registry.single(name("one-task"), P::NAME, one_task::<P, T, N>);
    registry.single(name("two-tasks"), P::NAME, two_tasks::<P, T, N>);
    registry.single(name("by-hand"), P::NAME, by_hand::<P, T, N>);
    registry.threaded(name("two-threads-park"), P::NAME, two_threads::<P, T, N, Park>);
    registry.threaded(name("two-threads-spin"), P::NAME, two_threads::<P, T, N, Spin>);
}

fn add_many_capacities<P: ManyProducers, T: Message>(registry: &mut Registry) {
    add_many_one::<P, T, 1>(registry);
    add_many_one::<P, T, 16>(registry);
    add_many_one::<P, T, 128>(registry);
}

fn add_many_one<P: ManyProducers, T: Message, const N: usize>(registry: &mut Registry) {
    let name = |place: &str| format!("bounded{N}/{}/{place}", T::NAME);
    registry.threaded(name("4-tasks"), P::NAME, many_tasks::<P, T, N, 4>);
    registry.threaded(name("64-tasks"), P::NAME, many_tasks::<P, T, N, 64>);
    registry.threaded(name("4-threads"), P::NAME, four_threads::<P, T, N>);
}

async fn produce<P: Bounded, T: Message, const N: usize>(mut sender: P::Sender<T, N>, messages: u64) {
    for number in 0..messages {
        P::send(&mut sender, T::make(number)).await;
    }
}

async fn consume<P: Bounded, T: Message, const N: usize>(mut receiver: P::Receiver<T, N>, messages: u64) {
    for _ in 0..messages {
        black_box(P::recv(&mut receiver).await.message());
    }
}

/// Send and receive in turn: nobody ever waits.
fn one_task<P: Bounded, T: Message, const N: usize>(operations: u64) -> Sample {
    let (mut sender, mut receiver) = P::channel::<T, N>();
    Park::block_on(async {
        let watch = Stopwatch::start();
        for number in 0..operations {
            P::send(&mut sender, T::make(number)).await;
            black_box(P::recv(&mut receiver).await.message());
        }
        watch.stop(operations)
    })
}

/// Two tasks of an executor on this thread.
fn two_tasks<P: Bounded, T: Message, const N: usize>(operations: u64) -> Sample {
    let (sender, receiver) = P::channel::<T, N>();
    let executor = Executor::new();
    executor
        .spawn(counted(produce::<P, T, N>(sender, operations)))
        .detach();
    let consumer = executor.spawn(counted(consume::<P, T, N>(receiver, operations)));
    let watch = Stopwatch::start();
    future::block_on(executor.run(consumer));
    watch.stop(operations)
}

/// Two futures, polled in turn.
fn by_hand<P: Bounded, T: Message, const N: usize>(operations: u64) -> Sample {
    let (sender, receiver) = P::channel::<T, N>();
    let mut producer = pin!(produce::<P, T, N>(sender, operations));
    let mut consumer = pin!(consume::<P, T, N>(receiver, operations));
    let waker = idle_waker();
    let mut cx = Context::from_waker(&waker);
    let mut produced = false;
    let watch = Stopwatch::start();
    loop {
        if !produced {
            produced = producer.as_mut().poll(&mut cx).is_ready();
        }
        if let Poll::Ready(()) = consumer.as_mut().poll(&mut cx) {
            return watch.stop(operations);
        }
    }
}

/// Two threads, each on its processor.
fn two_threads<P: Bounded, T: Message, const N: usize, B: BlockOn>(operations: u64) -> Sample {
    let (sender, receiver) = P::channel::<T, N>();
    let gate = Gate::new(1);
    thread::scope(|scope| {
        scope.spawn(|| {
            pin_thread(1);
            let producer = produce::<P, T, N>(sender, operations);
            gate.pass();
            B::block_on(producer);
        });
        let watch = gate.open();
        B::block_on(consume::<P, T, N>(receiver, operations));
        watch.stop(operations)
    })
}

/// Producers and the consumer are tasks of one executor that two threads run.
fn many_tasks<P: ManyProducers, T: Message, const N: usize, const PRODUCERS: u64>(operations: u64) -> Sample {
    let (sender, receiver) = P::channel::<T, N>();
    let each = operations.div_ceil(PRODUCERS);
    let total = each * PRODUCERS;
    let executor = Arc::new(Executor::new());
    for _ in 0..PRODUCERS {
        executor
            .spawn(counted(produce::<P, T, N>(P::another(&sender), each)))
            .detach();
    }
    let consumer = executor.spawn(counted(consume::<P, T, N>(receiver, total)));
    let gate = Gate::new(1);
    let helper = Helper::start(Arc::clone(&executor), Arc::clone(&gate));
    let watch = gate.open();
    future::block_on(executor.run(consumer));
    let sample = watch.stop(total);
    drop((helper, sender));
    sample
}

/// Four producing threads and a consuming one, wherever the system puts them.
fn four_threads<P: ManyProducers, T: Message, const N: usize>(operations: u64) -> Sample {
    const PRODUCERS: usize = 4;
    let (sender, receiver) = P::channel::<T, N>();
    let each = operations.div_ceil(PRODUCERS as u64);
    let total = each * PRODUCERS as u64;
    let gate = Gate::new(PRODUCERS);
    unpin_thread();
    let sample = thread::scope(|scope| {
        for _ in 0..PRODUCERS {
            let producer = produce::<P, T, N>(P::another(&sender), each);
            let gate = &gate;
            scope.spawn(move || {
                gate.pass();
                Park::block_on(producer);
            });
        }
        let watch = gate.open();
        Park::block_on(consume::<P, T, N>(receiver, total));
        watch.stop(total)
    });
    pin_thread(0);
    sample
}

/// Begin to receive, send, receive: what it costs to wait and to be woken.
fn wake<P: Bounded>(operations: u64) -> Sample {
    let (mut sender, mut receiver) = P::channel::<u64, 128>();
    let waker = idle_waker();
    let mut cx = Context::from_waker(&waker);
    let watch = Stopwatch::start();
    for number in 0..operations {
        let mut recv = pin!(P::recv(&mut receiver));
        assert!(recv.as_mut().poll(&mut cx).is_pending(), "nothing was sent yet");
        ready_now(pin!(P::send(&mut sender, black_box(number))), &mut cx);
        black_box(ready_now(recv, &mut cx).message());
    }
    watch.stop(operations)
}
