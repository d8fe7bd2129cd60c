//! A number that goes to and fro through two channels of one slot; an operation is a round trip.

use crate::executors::{BlockOn, Executor, Gate, Spin, counted, idle_waker, pin_thread};
use crate::kinds::Bounded;
use crate::measure::{Sample, Stopwatch};
use crate::message::Arrival;
use crate::registry::Registry;
use futures_lite::future;
use std::pin::pin;
use std::task::{Context, Poll};
use std::thread;

pub(crate) fn add<P: Bounded>(registry: &mut Registry) {
    registry.single("ping-pong/by-hand", P::NAME, by_hand::<P>);
    registry.single("ping-pong/two-tasks", P::NAME, two_tasks::<P>);
    registry.threaded("ping-pong/two-threads-spin", P::NAME, two_threads::<P>);
}

/// One side of the table.
struct Player<P: Bounded> {
    sender: P::Sender<u64, 1>,
    receiver: P::Receiver<u64, 1>,
}

impl<P: Bounded> Player<P> {
    fn pair() -> (Self, Self) {
        let (to_second, from_first) = P::channel();
        let (to_first, from_second) = P::channel();
        let first = Self {
            sender: to_second,
            receiver: from_second,
        };
        (
            first,
            Self {
                sender: to_first,
                receiver: from_first,
            },
        )
    }

    async fn serve(mut self, trips: u64) {
        for number in 0..trips {
            P::send(&mut self.sender, number).await;
            let back = P::recv(&mut self.receiver).await.message();
            assert_eq!(back, number, "it comes back as it went");
        }
    }

    async fn give_back(mut self, trips: u64) {
        for _ in 0..trips {
            let number = P::recv(&mut self.receiver).await.message();
            P::send(&mut self.sender, number).await;
        }
    }
}

fn by_hand<P: Bounded>(operations: u64) -> Sample {
    let (first, second) = Player::<P>::pair();
    let mut first = pin!(first.serve(operations));
    let mut second = pin!(second.give_back(operations));
    let waker = idle_waker();
    let mut cx = Context::from_waker(&waker);
    let mut gave_back = false;
    let watch = Stopwatch::start();
    loop {
        if let Poll::Ready(()) = first.as_mut().poll(&mut cx) {
            return watch.stop(operations);
        }
        if !gave_back {
            gave_back = second.as_mut().poll(&mut cx).is_ready();
        }
    }
}

fn two_tasks<P: Bounded>(operations: u64) -> Sample {
    let (first, second) = Player::<P>::pair();
    let executor = Executor::new();
    executor.spawn(counted(second.give_back(operations))).detach();
    let first = executor.spawn(counted(first.serve(operations)));
    let watch = Stopwatch::start();
    future::block_on(executor.run(first));
    watch.stop(operations)
}

fn two_threads<P: Bounded>(operations: u64) -> Sample {
    let (first, second) = Player::<P>::pair();
    let gate = Gate::new(1);
    thread::scope(|scope| {
        scope.spawn(|| {
            pin_thread(1);
            gate.pass();
            Spin::block_on(second.give_back(operations));
        });
        let watch = gate.open();
        Spin::block_on(first.serve(operations));
        watch.stop(operations)
    })
}
