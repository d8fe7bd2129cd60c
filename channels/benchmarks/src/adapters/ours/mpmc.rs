//! Channels whose receivers are many, in the rows of those with one: beside the peers that have no other kind.

use crate::adapters::OURS_MPMC;
use crate::kinds::{Bounded, ManyProducers, Peer, Unbounded};
use crate::message::{Arrival, Message};
use crate::registry::Registry;
use crate::workloads;
use channels::mpmc;

struct Mpmc;

pub(super) fn add(registry: &mut Registry) {
    workloads::bounded::add::<Mpmc>(registry);
    workloads::bounded::add_many::<Mpmc>(registry);
    workloads::ping_pong::add::<Mpmc>(registry);
    workloads::unbounded::add::<Mpmc>(registry);
}

impl Peer for Mpmc {
    const NAME: &'static str = OURS_MPMC;
}

impl Bounded for Mpmc {
    type Sender<T: Message, const N: usize> = mpmc::BoundedSender<T>;
    type Receiver<T: Message, const N: usize> = mpmc::BoundedReceiver<T>;

    fn channel<T: Message, const N: usize>() -> (Self::Sender<T, N>, Self::Receiver<T, N>) {
        mpmc::bounded(N)
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

impl ManyProducers for Mpmc {
    fn another<T: Message, const N: usize>(sender: &Self::Sender<T, N>) -> Self::Sender<T, N> {
        sender.clone()
    }
}

impl Unbounded for Mpmc {
    type Sender<T: Message> = mpmc::Sender<T>;
    type Receiver<T: Message> = mpmc::Receiver<T>;

    fn channel<T: Message>() -> (Self::Sender<T>, Self::Receiver<T>) {
        mpmc::channel()
    }

    fn send<T: Message>(sender: &mut Self::Sender<T>, message: T) {
        let sent = sender.send(message);
        assert!(sent.is_ok(), "a receiver is there");
    }

    fn recv<T: Message>(receiver: &mut Self::Receiver<T>) -> impl Future<Output = impl Arrival<T>> + Send {
        receiver.recv()
    }
}
