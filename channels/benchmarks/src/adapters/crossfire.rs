//! crossfire, for many senders and for one.

use crate::kinds::{Bounded, ManyProducers, Oneshot, Peer, Unbounded};
use crate::message::{Arrival, Message};
use crate::registry::Registry;
use crate::workloads;
use crossfire::{AsyncRx, AsyncTx, MAsyncTx, MTx, mpsc, oneshot, spsc};

struct Crossfire;

/// Its channel for one sender.
struct CrossfireSpsc;

pub(super) fn add(registry: &mut Registry) {
    workloads::oneshot::add::<Crossfire>(registry);
    workloads::bounded::add::<Crossfire>(registry);
    workloads::bounded::add_many::<Crossfire>(registry);
    workloads::ping_pong::add::<Crossfire>(registry);
    workloads::unbounded::add::<Crossfire>(registry);
    workloads::bounded::add::<CrossfireSpsc>(registry);
    workloads::ping_pong::add::<CrossfireSpsc>(registry);
}

impl Peer for Crossfire {
    const NAME: &'static str = "crossfire";
}

impl Oneshot for Crossfire {
    type Sender = oneshot::TxOneshot<u64>;
    type Receiver = oneshot::RxOneshot<u64>;

    fn channel() -> (Self::Sender, Self::Receiver) {
        oneshot::oneshot()
    }

    fn send(sender: Self::Sender, number: u64) {
        sender.send(number);
    }

    fn recv(receiver: Self::Receiver) -> impl Future<Output = impl Arrival<u64>> + Send {
        receiver
    }
}

impl Bounded for Crossfire {
    type Sender<T: Message, const N: usize> = MAsyncTx<mpsc::Array<T>>;
    type Receiver<T: Message, const N: usize> = AsyncRx<mpsc::Array<T>>;

    fn channel<T: Message, const N: usize>() -> (Self::Sender<T, N>, Self::Receiver<T, N>) {
        mpsc::bounded_async(N)
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

impl ManyProducers for Crossfire {
    fn another<T: Message, const N: usize>(sender: &Self::Sender<T, N>) -> Self::Sender<T, N> {
        sender.clone()
    }
}

impl Unbounded for Crossfire {
    type Sender<T: Message> = MTx<mpsc::List<T>>;
    type Receiver<T: Message> = AsyncRx<mpsc::List<T>>;

    fn channel<T: Message>() -> (Self::Sender<T>, Self::Receiver<T>) {
        mpsc::unbounded_async()
    }

    fn send<T: Message>(sender: &mut Self::Sender<T>, message: T) {
        let sent = sender.send(message);
        assert!(sent.is_ok(), "the receiver is there");
    }

    fn recv<T: Message>(receiver: &mut Self::Receiver<T>) -> impl Future<Output = impl Arrival<T>> + Send {
        receiver.recv()
    }
}

impl Peer for CrossfireSpsc {
    const NAME: &'static str = "crossfire-spsc";
}

impl Bounded for CrossfireSpsc {
    type Sender<T: Message, const N: usize> = AsyncTx<spsc::Array<T>>;
    type Receiver<T: Message, const N: usize> = AsyncRx<spsc::Array<T>>;

    fn channel<T: Message, const N: usize>() -> (Self::Sender<T, N>, Self::Receiver<T, N>) {
        spsc::bounded_async(N)
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
