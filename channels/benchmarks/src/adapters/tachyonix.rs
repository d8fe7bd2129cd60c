//! tachyonix.

use crate::kinds::{Bounded, ManyProducers, Peer};
use crate::message::{Arrival, Message};
use crate::registry::Registry;
use crate::workloads;
use tachyonix::{Receiver, Sender};

struct Tachyonix;

pub(super) fn add(registry: &mut Registry) {
    workloads::bounded::add::<Tachyonix>(registry);
    workloads::bounded::add_many::<Tachyonix>(registry);
    workloads::ping_pong::add::<Tachyonix>(registry);
}

impl Peer for Tachyonix {
    const NAME: &'static str = "tachyonix";
}

impl Bounded for Tachyonix {
    type Sender<T: Message, const N: usize> = Sender<T>;
    type Receiver<T: Message, const N: usize> = Receiver<T>;

    fn channel<T: Message, const N: usize>() -> (Self::Sender<T, N>, Self::Receiver<T, N>) {
        tachyonix::channel(N)
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

impl ManyProducers for Tachyonix {
    fn another<T: Message, const N: usize>(sender: &Self::Sender<T, N>) -> Self::Sender<T, N> {
        sender.clone()
    }
}
