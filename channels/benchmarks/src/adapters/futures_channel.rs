//! futures-channel.

use crate::kinds::{Bounded, ManyProducers, Oneshot, Peer, Unbounded};
use crate::message::{Arrival, Message};
use crate::registry::Registry;
use crate::workloads;
use futures_channel::{mpsc, oneshot};
use futures_util::SinkExt;

struct FuturesChannel;

pub(super) fn add(registry: &mut Registry) {
    workloads::oneshot::add::<FuturesChannel>(registry);
    workloads::bounded::add::<FuturesChannel>(registry);
    workloads::bounded::add_many::<FuturesChannel>(registry);
    workloads::ping_pong::add::<FuturesChannel>(registry);
    workloads::unbounded::add::<FuturesChannel>(registry);
}

impl Peer for FuturesChannel {
    const NAME: &'static str = "futures-channel";
}

impl Oneshot for FuturesChannel {
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

impl Bounded for FuturesChannel {
    type Sender<T: Message, const N: usize> = mpsc::Sender<T>;
    type Receiver<T: Message, const N: usize> = mpsc::Receiver<T>;

    fn channel<T: Message, const N: usize>() -> (Self::Sender<T, N>, Self::Receiver<T, N>) {
        // Each sender has a slot beyond the capacity.
        mpsc::channel(N - 1)
    }

    fn send<T: Message, const N: usize>(sender: &mut Self::Sender<T, N>, message: T) -> impl Future + Send {
        // `send` would also wait until there is room again.
        SinkExt::feed(sender, message)
    }

    fn recv<T: Message, const N: usize>(
        receiver: &mut Self::Receiver<T, N>,
    ) -> impl Future<Output = impl Arrival<T>> + Send {
        receiver.recv()
    }
}

impl ManyProducers for FuturesChannel {
    fn another<T: Message, const N: usize>(sender: &Self::Sender<T, N>) -> Self::Sender<T, N> {
        sender.clone()
    }
}

impl Unbounded for FuturesChannel {
    type Sender<T: Message> = mpsc::UnboundedSender<T>;
    type Receiver<T: Message> = mpsc::UnboundedReceiver<T>;

    fn channel<T: Message>() -> (Self::Sender<T>, Self::Receiver<T>) {
        mpsc::unbounded()
    }

    fn send<T: Message>(sender: &mut Self::Sender<T>, message: T) {
        let sent = sender.unbounded_send(message);
        assert!(sent.is_ok(), "the receiver is there");
    }

    fn recv<T: Message>(receiver: &mut Self::Receiver<T>) -> impl Future<Output = impl Arrival<T>> + Send {
        receiver.recv()
    }
}
