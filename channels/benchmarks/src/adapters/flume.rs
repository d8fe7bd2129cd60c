//! flume.

use crate::kinds::{Bounded, ManyProducers, Peer, Unbounded};
use crate::message::{Arrival, Message};
use crate::registry::Registry;
use crate::workloads;
use flume::{Receiver, Sender};

struct Flume;

pub(super) fn add(registry: &mut Registry) {
    workloads::bounded::add::<Flume>(registry);
    workloads::bounded::add_many::<Flume>(registry);
    workloads::ping_pong::add::<Flume>(registry);
    workloads::unbounded::add::<Flume>(registry);
}

impl Peer for Flume {
    const NAME: &'static str = "flume";
}

impl Bounded for Flume {
    type Sender<T: Message, const N: usize> = Sender<T>;
    type Receiver<T: Message, const N: usize> = Receiver<T>;

    fn channel<T: Message, const N: usize>() -> (Self::Sender<T, N>, Self::Receiver<T, N>) {
        flume::bounded(N)
    }

    fn send<T: Message, const N: usize>(sender: &mut Self::Sender<T, N>, message: T) -> impl Future + Send {
        sender.send_async(message)
    }

    fn recv<T: Message, const N: usize>(
        receiver: &mut Self::Receiver<T, N>,
    ) -> impl Future<Output = impl Arrival<T>> + Send {
        receiver.recv_async()
    }
}

impl ManyProducers for Flume {
    fn another<T: Message, const N: usize>(sender: &Self::Sender<T, N>) -> Self::Sender<T, N> {
        sender.clone()
    }
}

impl Unbounded for Flume {
    type Sender<T: Message> = Sender<T>;
    type Receiver<T: Message> = Receiver<T>;

    fn channel<T: Message>() -> (Self::Sender<T>, Self::Receiver<T>) {
        flume::unbounded()
    }

    fn send<T: Message>(sender: &mut Self::Sender<T>, message: T) {
        let sent = sender.send(message);
        assert!(sent.is_ok(), "the receiver is there");
    }

    fn recv<T: Message>(receiver: &mut Self::Receiver<T>) -> impl Future<Output = impl Arrival<T>> + Send {
        receiver.recv_async()
    }
}
