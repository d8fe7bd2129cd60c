//! Between two threads that never sleep: a ring for one producer, and a number that is handed to and fro.

use super::NAME;
use crate::executors::{Gate, pin_thread};
use crate::measure::Sample;
use crate::registry::Registry;
use std::hint::{black_box, spin_loop};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// Slots of the ring that stands for an unbounded channel.
const UNBOUNDED_SLOTS: u64 = 1024;

pub(super) fn add(registry: &mut Registry) {
    add_capacity::<1>(registry);
    add_capacity::<16>(registry);
    add_capacity::<128>(registry);
    registry.threaded("unbounded/8B/two-threads-spin", NAME, |operations| {
        ring::<1>(operations, UNBOUNDED_SLOTS)
    });
    registry.threaded("unbounded/64B/two-threads-spin", NAME, |operations| {
        ring::<8>(operations, UNBOUNDED_SLOTS)
    });
    registry.threaded("ping-pong/two-threads-spin", NAME, bounce);
}

fn add_capacity<const N: u64>(registry: &mut Registry) {
    registry.threaded(format!("bounded{N}/8B/two-threads-spin"), NAME, |operations| {
        ring::<1>(operations, N)
    });
    registry.threaded(format!("bounded{N}/64B/two-threads-spin"), NAME, |operations| {
        ring::<8>(operations, N)
    });
}

/// A number alone on its cache lines.
#[repr(align(128))]
struct Padded(AtomicU64);

/// Messages of so many words for one producer and one consumer; a number counts what was ever put in or taken out.
struct Ring<const WORDS: usize> {
    slots: Vec<[AtomicU64; WORDS]>,
    put: Padded,
    taken: Padded,
}

impl<const WORDS: usize> Ring<WORDS> {
    fn new(slots: u64) -> Self {
        let slots = (0..slots).map(|_| [const { AtomicU64::new(0) }; WORDS]).collect();
        Self {
            slots,
            put: Padded(AtomicU64::new(0)),
            taken: Padded(AtomicU64::new(0)),
        }
    }

    fn produce(&self, messages: u64) {
        let capacity = self.slots.len() as u64;
        let mut taken = 0;
        let mut slots = self.slots.iter().cycle();
        for number in 0..messages {
            while number - taken == capacity {
                spin_loop();
                taken = self.taken.0.load(Ordering::Acquire);
            }
            let slot = slots.next().expect("a ring has slots");
            slot.iter().for_each(|word| word.store(number, Ordering::Relaxed));
            self.put.0.store(number + 1, Ordering::Release);
        }
    }

    fn consume(&self, messages: u64) {
        let mut put = 0;
        let mut slots = self.slots.iter().cycle();
        for number in 0..messages {
            while number == put {
                spin_loop();
                put = self.put.0.load(Ordering::Acquire);
            }
            let slot = slots.next().expect("a ring has slots");
            for word in slot {
                black_box(word.load(Ordering::Relaxed));
            }
            self.taken.0.store(number + 1, Ordering::Release);
        }
    }
}

fn ring<const WORDS: usize>(operations: u64, slots: u64) -> Sample {
    let ring = Ring::<WORDS>::new(slots);
    let gate = Gate::new(1);
    thread::scope(|scope| {
        scope.spawn(|| {
            pin_thread(1);
            gate.pass();
            ring.produce(operations);
        });
        let watch = gate.open();
        ring.consume(operations);
        watch.stop(operations)
    })
}

/// Two threads that wait for each other's number.
fn bounce(operations: u64) -> Sample {
    let (to, fro) = (Padded(AtomicU64::new(0)), Padded(AtomicU64::new(0)));
    let gate = Gate::new(1);
    let await_number = |at: &AtomicU64, number| {
        while at.load(Ordering::Acquire) != number {
            spin_loop();
        }
    };
    thread::scope(|scope| {
        scope.spawn(|| {
            pin_thread(1);
            gate.pass();
            for number in 1..=operations {
                await_number(&to.0, number);
                fro.0.store(number, Ordering::Release);
            }
        });
        let watch = gate.open();
        for number in 1..=operations {
            to.0.store(number, Ordering::Release);
            await_number(&fro.0, number);
        }
        watch.stop(operations)
    })
}
