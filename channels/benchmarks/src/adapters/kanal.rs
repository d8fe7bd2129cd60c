//! kanal.

use crate::kinds::{Bounded, ManyProducers, Peer, Unbounded};
use crate::message::{Arrival, Message};
use crate::registry::Registry;
use crate::workloads;
use kanal::{AsyncReceiver, AsyncSender};

struct Kanal;

pub(super) fn add(registry: &mut Registry) {
    workloads::bounded::add::<Kanal>(registry);
    workloads::bounded::add_many::<Kanal>(registry);
    workloads::ping_pong::add::<Kanal>(registry);
    workloads::unbounded::add::<Kanal>(registry);
}

impl Peer for Kanal {
    const NAME: &'static str = "kanal";
}

impl Bounded for Kanal {
    type Sender<T: Message, const N: usize> = AsyncSender<T>;
    type Receiver<T: Message, const N: usize> = AsyncReceiver<T>;

    fn channel<T: Message, const N: usize>() -> (Self::Sender<T, N>, Self::Receiver<T, N>) {
        kanal::bounded_async(N)
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

impl ManyProducers for Kanal {
    fn another<T: Message, const N: usize>(sender: &Self::Sender<T, N>) -> Self::Sender<T, N> {
        sender.clone()
    }
}

impl Unbounded for Kanal {
    type Sender<T: Message> = AsyncSender<T>;
    type Receiver<T: Message> = AsyncReceiver<T>;

    fn channel<T: Message>() -> (Self::Sender<T>, Self::Receiver<T>) {
        kanal::unbounded_async()
    }

    fn send<T: Message>(sender: &mut Self::Sender<T>, message: T) {
        let sent = sender.try_send(message);
        assert_eq!(sent, Ok(true), "there is room and a receiver");
    }

    fn recv<T: Message>(receiver: &mut Self::Receiver<T>) -> impl Future<Output = impl Arrival<T>> + Send {
        receiver.recv()
    }
}
