//! tokio's channels, which need no runtime of its own.

use crate::kinds::{
    BROADCAST_CAPACITY, Bounded, Broadcast, ManyProducers, Oneshot, Peer, Policy, Unbounded, Watch,
};
use crate::message::{Arrival, Message, Text};
use crate::registry::Registry;
use crate::workloads;
use tokio::sync::{broadcast, mpsc, oneshot, watch};

struct Tokio;

pub(super) fn add(registry: &mut Registry) {
    workloads::oneshot::add::<Tokio>(registry);
    workloads::bounded::add::<Tokio>(registry);
    workloads::bounded::add_many::<Tokio>(registry);
    workloads::ping_pong::add::<Tokio>(registry);
    workloads::unbounded::add::<Tokio>(registry);
    workloads::broadcast::add::<Tokio>(registry);
    workloads::watch::add::<Tokio>(registry);
}

impl Peer for Tokio {
    const NAME: &'static str = "tokio";
}

impl Oneshot for Tokio {
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

impl Bounded for Tokio {
    type Sender<T: Message, const N: usize> = mpsc::Sender<T>;
    type Receiver<T: Message, const N: usize> = mpsc::Receiver<T>;

    fn channel<T: Message, const N: usize>() -> (Self::Sender<T, N>, Self::Receiver<T, N>) {
        mpsc::channel(N)
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

impl ManyProducers for Tokio {
    fn another<T: Message, const N: usize>(sender: &Self::Sender<T, N>) -> Self::Sender<T, N> {
        sender.clone()
    }
}

impl Unbounded for Tokio {
    type Sender<T: Message> = mpsc::UnboundedSender<T>;
    type Receiver<T: Message> = mpsc::UnboundedReceiver<T>;

    fn channel<T: Message>() -> (Self::Sender<T>, Self::Receiver<T>) {
        mpsc::unbounded_channel()
    }

    fn send<T: Message>(sender: &mut Self::Sender<T>, message: T) {
        let sent = sender.send(message);
        assert!(sent.is_ok(), "the receiver is there");
    }

    fn recv<T: Message>(receiver: &mut Self::Receiver<T>) -> impl Future<Output = impl Arrival<T>> + Send {
        receiver.recv()
    }
}

impl Broadcast for Tokio {
    const POLICY: Policy = Policy::Overwriting;

    type Sender = broadcast::Sender<Text>;
    type Receiver = broadcast::Receiver<Text>;

    fn channel(senders: usize, receivers: usize) -> (Vec<Self::Sender>, Vec<Self::Receiver>) {
        let (sender, _) = broadcast::channel(BROADCAST_CAPACITY);
        let receivers = (0..receivers).map(|_| sender.subscribe()).collect();
        (vec![sender; senders], receivers)
    }

    fn send(sender: &mut Self::Sender, text: Text) -> impl Future + Send {
        let sent = sender.send(text);
        assert!(sent.is_ok(), "a receiver is there");
        std::future::ready(())
    }

    fn recv(receiver: &mut Self::Receiver) -> impl Future<Output = impl Arrival<Text>> + Send {
        receiver.recv()
    }
}

impl Watch for Tokio {
    type Sender = watch::Sender<u64>;
    type Receiver = watch::Receiver<u64>;

    fn channel(receivers: usize) -> (Self::Sender, Vec<Self::Receiver>) {
        let (sender, receiver) = watch::channel(0);
        (sender, vec![receiver; receivers])
    }

    fn send(sender: &mut Self::Sender, number: u64) {
        sender.send(number).expect("a receiver is there");
    }

    async fn changed(receiver: &mut Self::Receiver) -> impl Arrival<u64> {
        receiver.changed().await.map(|()| *receiver.borrow_and_update())
    }
}
