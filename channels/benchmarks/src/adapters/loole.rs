//! loole.

use crate::kinds::{Bounded, ManyProducers, Peer, Unbounded};
use crate::message::{Arrival, Message};
use crate::registry::Registry;
use crate::workloads;
use loole::{Receiver, Sender};

struct Loole;

pub(super) fn add(registry: &mut Registry) {
    workloads::bounded::add::<Loole>(registry);
    workloads::bounded::add_many::<Loole>(registry);
    workloads::ping_pong::add::<Loole>(registry);
    workloads::unbounded::add::<Loole>(registry);
}

impl Peer for Loole {
    const NAME: &'static str = "loole";
}

impl Bounded for Loole {
    type Sender<T: Message, const N: usize> = Sender<T>;
    type Receiver<T: Message, const N: usize> = Receiver<T>;

    fn channel<T: Message, const N: usize>() -> (Self::Sender<T, N>, Self::Receiver<T, N>) {
        loole::bounded(N)
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

impl ManyProducers for Loole {
    fn another<T: Message, const N: usize>(sender: &Self::Sender<T, N>) -> Self::Sender<T, N> {
        sender.clone()
    }
}

impl Unbounded for Loole {
    type Sender<T: Message> = Sender<T>;
    type Receiver<T: Message> = Receiver<T>;

    fn channel<T: Message>() -> (Self::Sender<T>, Self::Receiver<T>) {
        loole::unbounded()
    }

    fn send<T: Message>(sender: &mut Self::Sender<T>, message: T) {
        let sent = sender.send(message);
        assert!(sent.is_ok(), "the receiver is there");
    }

    fn recv<T: Message>(receiver: &mut Self::Receiver<T>) -> impl Future<Output = impl Arrival<T>> + Send {
        receiver.recv_async()
    }
}
