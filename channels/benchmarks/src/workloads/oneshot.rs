//! One number through a fresh channel, polled by hand.

use super::ready_now;
use crate::executors::idle_waker;
use crate::kinds::Oneshot;
use crate::measure::{Sample, Stopwatch};
use crate::message::Arrival;
use crate::registry::Registry;
use std::hint::black_box;
use std::pin::pin;
use std::task::Context;

pub(crate) fn add<P: Oneshot>(registry: &mut Registry) {
    registry.single("oneshot/ready", P::NAME, ready::<P>);
    registry.single("oneshot/waiting", P::NAME, waiting::<P>);
    registry.single("oneshot/drop", P::NAME, create_and_drop::<P>);
    registry.footprint("oneshot", P::NAME, super::memory::oneshot::<P>);
}

/// Create, send, receive.
fn ready<P: Oneshot>(operations: u64) -> Sample {
    let waker = idle_waker();
    let mut cx = Context::from_waker(&waker);
    let watch = Stopwatch::start();
    for number in 0..operations {
        let (sender, receiver) = P::channel();
        P::send(sender, black_box(number));
        black_box(ready_now(pin!(P::recv(receiver)), &mut cx).message());
    }
    watch.stop(operations)
}

/// Create, begin to receive, send, receive.
fn waiting<P: Oneshot>(operations: u64) -> Sample {
    let waker = idle_waker();
    let mut cx = Context::from_waker(&waker);
    let watch = Stopwatch::start();
    for number in 0..operations {
        let (sender, receiver) = P::channel();
        let mut recv = pin!(P::recv(receiver));
        assert!(recv.as_mut().poll(&mut cx).is_pending(), "nothing was sent yet");
        P::send(sender, black_box(number));
        black_box(ready_now(recv, &mut cx).message());
    }
    watch.stop(operations)
}

fn create_and_drop<P: Oneshot>(operations: u64) -> Sample {
    let watch = Stopwatch::start();
    for _ in 0..operations {
        drop(black_box(P::channel()));
    }
    watch.stop(operations)
}
