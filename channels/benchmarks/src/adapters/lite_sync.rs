//! lite-sync.

use crate::kinds::{Bounded, Oneshot, Peer};
use crate::message::{Arrival, Message};
use crate::registry::Registry;
use crate::workloads;
use lite_sync::{oneshot::generic as oneshot, spsc};
use std::num::NonZeroUsize;

struct LiteSync;

pub(super) fn add(registry: &mut Registry) {
    workloads::oneshot::add::<LiteSync>(registry);
    workloads::bounded::add::<LiteSync>(registry);
    workloads::ping_pong::add::<LiteSync>(registry);
}

impl Peer for LiteSync {
    const NAME: &'static str = "lite-sync";
}

impl Oneshot for LiteSync {
    type Sender = oneshot::Sender<u64>;
    type Receiver = oneshot::Receiver<u64>;

    fn channel() -> (Self::Sender, Self::Receiver) {
        oneshot::channel()
    }

    fn send(sender: Self::Sender, number: u64) {
        sender.send(number).expect("the receiver is there");
    }

    fn recv(receiver: Self::Receiver) -> impl Future<Output = impl Arrival<u64>> + Send {
        receiver
    }
}

impl Bounded for LiteSync {
    type Sender<T: Message, const N: usize> = spsc::Sender<T, 0>;
    type Receiver<T: Message, const N: usize> = spsc::Receiver<T, 0>;

    fn channel<T: Message, const N: usize>() -> (Self::Sender<T, N>, Self::Receiver<T, N>) {
        spsc::channel(const { NonZeroUsize::new(N).expect("a channel has slots") })
    }

    fn send<T: Message, const N: usize>(sender: &mut Self::Sender<T, N>, message: T) -> impl Future + Send {
        sender.send(message)
    }

    fn recv<T: Message, const N: usize>(
        receiver: &mut Self::Receiver<T, N>,
    ) -> impl Future<Output = impl Arrival<T>> + Send {
        receiver.recv()
    }
}
