//! Messages through an unbounded channel: in bursts, a million at once, between threads.

use super::ready_now;
use crate::executors::{BlockOn, Gate, Park, Spin, idle_waker, pin_thread, unpin_thread};
use crate::kinds::Unbounded;
use crate::measure::{Sample, Stopwatch};
use crate::message::{Arrival, Message, Text};
use crate::registry::Registry;
use std::hint::black_box;
use std::pin::pin;
use std::task::Context;
use std::thread;

const BURST: u64 = 64;
const MILLION: u64 = 1_000_000;

pub(crate) fn add<P: Unbounded>(registry: &mut Registry) {
    add_messages::<P, u64>(registry);
    add_messages::<P, [u64; 8]>(registry);
    add_messages::<P, Text>(registry);
    registry.single("unbounded/8B/wake", P::NAME, wake::<P>);
    registry.single("unbounded/drop", P::NAME, create_and_drop::<P>);
    registry.footprint("unbounded", P::NAME, super::memory::unbounded::<P>);
}

fn add_messages<P: Unbounded, T: Message>(registry: &mut Registry) {
    let name = |place: &str| format!("unbounded/{}/{place}", T::NAME);
    registry.single(name("bursts"), P::NAME, bursts::<P, T>);
    registry.single(name("million"), P::NAME, fill_and_drain::<P, T>);
    registry.fix_operations(MILLION);
    registry.threaded(name("two-threads-park"), P::NAME, two_threads::<P, T, Park>);
    registry.threaded(name("two-threads-spin"), P::NAME, two_threads::<P, T, Spin>);
    registry.threaded(name("4-threads"), P::NAME, four_threads::<P, T>);
}

fn produce<P: Unbounded, T: Message>(mut sender: P::Sender<T>, messages: u64) {
    for number in 0..messages {
        P::send(&mut sender, T::make(number));
    }
}

async fn consume<P: Unbounded, T: Message>(receiver: &mut P::Receiver<T>, messages: u64) {
    for _ in 0..messages {
        black_box(P::recv(receiver).await.message());
    }
}

/// 64 in, 64 out, in one task.
fn bursts<P: Unbounded, T: Message>(operations: u64) -> Sample {
    let (mut sender, mut receiver) = P::channel::<T>();
    let rounds = operations.div_ceil(BURST);
    Park::block_on(async {
        let watch = Stopwatch::start();
        for _ in 0..rounds {
            for number in 0..BURST {
                P::send(&mut sender, T::make(number));
            }
            consume::<P, T>(&mut receiver, BURST).await;
        }
        watch.stop(rounds * BURST)
    })
}

/// Everything in, then everything out.
fn fill_and_drain<P: Unbounded, T: Message>(operations: u64) -> Sample {
    let (sender, mut receiver) = P::channel::<T>();
    Park::block_on(async {
        let watch = Stopwatch::start();
        produce::<P, T>(sender, operations);
        consume::<P, T>(&mut receiver, operations).await;
        watch.stop(operations)
    })
}

/// Two threads, each on its processor.
fn two_threads<P: Unbounded, T: Message, B: BlockOn>(operations: u64) -> Sample {
    let (sender, mut receiver) = P::channel::<T>();
    let gate = Gate::new(1);
    thread::scope(|scope| {
        scope.spawn(|| {
            pin_thread(1);
            gate.pass();
            produce::<P, T>(sender, operations);
        });
        let watch = gate.open();
        B::block_on(consume::<P, T>(&mut receiver, operations));
        watch.stop(operations)
    })
}

/// Four producing threads and a consuming one, wherever the system puts them.
fn four_threads<P: Unbounded, T: Message>(operations: u64) -> Sample {
    const PRODUCERS: usize = 4;
    let (sender, mut receiver) = P::channel::<T>();
    let each = operations.div_ceil(PRODUCERS as u64);
    let total = each * PRODUCERS as u64;
    let gate = Gate::new(PRODUCERS);
    unpin_thread();
    let sample = thread::scope(|scope| {
        for _ in 0..PRODUCERS {
            let (sender, gate) = (sender.clone(), &gate);
            scope.spawn(move || {
                gate.pass();
                produce::<P, T>(sender, each);
            });
        }
        let watch = gate.open();
        Park::block_on(consume::<P, T>(&mut receiver, total));
        watch.stop(total)
    });
    pin_thread(0);
    sample
}

/// Begin to receive, send, receive: what it costs to wait and to be woken.
fn wake<P: Unbounded>(operations: u64) -> Sample {
    let (mut sender, mut receiver) = P::channel::<u64>();
    let waker = idle_waker();
    let mut cx = Context::from_waker(&waker);
    let watch = Stopwatch::start();
    for number in 0..operations {
        let mut recv = pin!(P::recv(&mut receiver));
        assert!(recv.as_mut().poll(&mut cx).is_pending(), "nothing was sent yet");
        P::send(&mut sender, black_box(number));
        black_box(ready_now(recv, &mut cx).message());
    }
    watch.stop(operations)
}

fn create_and_drop<P: Unbounded>(operations: u64) -> Sample {
    let watch = Stopwatch::start();
    for _ in 0..operations {
        drop(black_box(P::channel::<u64>()));
    }
    watch.stop(operations)
}
