//! async-channel.

use crate::kinds::{Bounded, ManyProducers, Peer, Unbounded};
use crate::message::{Arrival, Message};
use crate::registry::Registry;
use crate::workloads;
use async_channel::{Receiver, Sender};

struct AsyncChannel;

pub(super) fn add(registry: &mut Registry) {
    workloads::bounded::add::<AsyncChannel>(registry);
    workloads::bounded::add_many::<AsyncChannel>(registry);
    workloads::ping_pong::add::<AsyncChannel>(registry);
    workloads::unbounded::add::<AsyncChannel>(registry);
}

impl Peer for AsyncChannel {
    const NAME: &'static str = "async-channel";
}

impl Bounded for AsyncChannel {
    type Sender<T: Message, const N: usize> = Sender<T>;
    type Receiver<T: Message, const N: usize> = Receiver<T>;

    fn channel<T: Message, const N: usize>() -> (Self::Sender<T, N>, Self::Receiver<T, N>) {
        async_channel::bounded(N)
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

impl ManyProducers for AsyncChannel {
    fn another<T: Message, const N: usize>(sender: &Self::Sender<T, N>) -> Self::Sender<T, N> {
        sender.clone()
    }
}

impl Unbounded for AsyncChannel {
    type Sender<T: Message> = Sender<T>;
    type Receiver<T: Message> = Receiver<T>;

    fn channel<T: Message>() -> (Self::Sender<T>, Self::Receiver<T>) {
        async_channel::unbounded()
    }

    fn send<T: Message>(sender: &mut Self::Sender<T>, message: T) {
        let sent = sender.try_send(message);
        assert!(sent.is_ok(), "the receiver is there");
    }

    fn recv<T: Message>(receiver: &mut Self::Receiver<T>) -> impl Future<Output = impl Arrival<T>> + Send {
        receiver.recv()
    }
}
