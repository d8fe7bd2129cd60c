//! The promises of the broadcasts, polled by hand.
//!
//! What all of them promise is written once, in `promises/`, against names that each flavour's module has: `channel` makes a
//! channel with room for all that a promise sends, `send` puts a value there without waiting, and `END` is what a receive says
//! of the end. What only one flavour promises stands in its module.

#![cfg(not(any(channels_loom, channels_shuttle)))]
#![expect(
    clippy::duplicate_mod,
    reason = "a promise is loaded once for each flavour that makes it"
)]

#[path = "../support/mod.rs"]
mod support;

mod broadcast_bounded;
mod broadcast_lossless;
mod broadcast_overwriting;

use std::thread;

use channels::broadcast::Receiver;
use support::block_on;

/// Three threads send numbered values, and three more and this one receive: all see the same order, which is that of each sender.
fn same_order_for_every_thread<S: Clone + Send>(
    sender: S,
    receiver: Receiver<u32>,
    send: impl Fn(&S, u32) + Sync,
) {
    const SENDERS: u32 = 3;
    const VALUES: u32 = 300;
    let receive = |mut receiver: Receiver<u32>| -> Vec<u32> {
        std::iter::from_fn(|| block_on(receiver.recv()).ok()).collect()
    };
    let order = thread::scope(|scope| {
        let readers = [(); 3].map(|()| {
            let receiver = receiver.clone();
            scope.spawn(move || receive(receiver))
        });
        for from in 0..SENDERS {
            let (sender, send) = (sender.clone(), &send);
            scope.spawn(move || (0..VALUES).for_each(|number| send(&sender, from * VALUES + number)));
        }
        drop(sender);
        let order = receive(receiver);
        for reader in readers {
            assert_eq!(reader.join().expect("a receiver panics at nothing"), order);
        }
        order
    });
    for from in 0..SENDERS {
        let sent = order.iter().copied().filter(|value| value / VALUES == from);
        assert!(
            sent.eq(from * VALUES..(from + 1) * VALUES),
            "B57: in order from each sender"
        );
    }
}
