//! The newest number, seen by one, eight and 64 receivers; an operation is one number seen by one of them.

use crate::executors::{BlockOn, Executor, Park, counted, yield_now};
use crate::kinds::Watch;
use crate::measure::{Sample, Stopwatch};
use crate::message::Arrival;
use crate::registry::Registry;
use futures_lite::future;
use std::hint::black_box;

pub(crate) fn add<P: Watch>(registry: &mut Registry) {
    add_receivers::<P, 1>(registry);
    add_receivers::<P, 8>(registry);
    add_receivers::<P, 64>(registry);
    registry.footprint("watch", P::NAME, super::memory::watch::<P>);
}

fn add_receivers<P: Watch, const RECEIVERS: usize>(registry: &mut Registry) {
    registry.single(
        format!("watch/1x{RECEIVERS}/one-task"),
        P::NAME,
        one_task::<P, RECEIVERS>,
    );
    registry.single(
        format!("watch/1x{RECEIVERS}/tasks"),
        P::NAME,
        tasks::<P, RECEIVERS>,
    );
}

/// Each number is there before anybody asks for it.
fn one_task<P: Watch, const RECEIVERS: usize>(operations: u64) -> Sample {
    let (mut sender, mut receivers) = P::channel(RECEIVERS);
    let numbers = operations.div_ceil(RECEIVERS as u64);
    Park::block_on(async {
        let watch = Stopwatch::start();
        for number in 1..=numbers {
            P::send(&mut sender, number);
            for receiver in &mut receivers {
                black_box(P::changed(receiver).await.message());
            }
        }
        watch.stop(numbers * RECEIVERS as u64)
    })
}

/// Every receiver is a task that waits; the sender yields after each number, so that all see it.
fn tasks<P: Watch, const RECEIVERS: usize>(operations: u64) -> Sample {
    let (mut sender, receivers) = P::channel(RECEIVERS);
    let numbers = operations.div_ceil(RECEIVERS as u64);
    let executor = Executor::new();
    let mut waiting = Vec::with_capacity(RECEIVERS);
    for mut receiver in receivers {
        waiting.push(executor.spawn(counted(async move {
            while P::changed(&mut receiver).await.message() != numbers {}
        })));
    }
    let sender = executor.spawn(counted(async move {
        for number in 1..=numbers {
            P::send(&mut sender, number);
            yield_now().await;
        }
        sender
    }));
    let watch = Stopwatch::start();
    future::block_on(executor.run(async {
        let sender = sender.await;
        for task in waiting {
            task.await;
        }
        drop(sender);
    }));
    watch.stop(numbers * RECEIVERS as u64)
}
