//! fibre.

use crate::kinds::{BROADCAST_CAPACITY, Bounded, Broadcast, ManyProducers, Oneshot, Peer, Policy, Unbounded};
use crate::message::{Arrival, Message, Text};
use crate::registry::Registry;
use crate::workloads;
use fibre::{mpsc, oneshot, spmc};

struct Fibre;

pub(super) fn add(registry: &mut Registry) {
    workloads::oneshot::add::<Fibre>(registry);
    workloads::bounded::add::<Fibre>(registry);
    workloads::bounded::add_many::<Fibre>(registry);
    workloads::ping_pong::add::<Fibre>(registry);
    workloads::unbounded::add::<Fibre>(registry);
    workloads::broadcast::add::<Fibre>(registry);
}

impl Peer for Fibre {
    const NAME: &'static str = "fibre";
}

impl Oneshot for Fibre {
    type Sender = oneshot::ExclusiveSender<u64>;
    type Receiver = oneshot::ExclusiveReceiver<u64>;

    fn channel() -> (Self::Sender, Self::Receiver) {
        oneshot::exclusive()
    }

    fn send(sender: Self::Sender, number: u64) {
        let sent = sender.send(number);
        assert!(sent.is_ok(), "the receiver is there");
    }

    async fn recv(mut receiver: Self::Receiver) -> impl Arrival<u64> {
        receiver.recv().await
    }
}

impl Bounded for Fibre {
    type Sender<T: Message, const N: usize> = mpsc::BoundedAsyncSender<T>;
    type Receiver<T: Message, const N: usize> = mpsc::BoundedAsyncReceiver<T>;

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

impl ManyProducers for Fibre {
    fn another<T: Message, const N: usize>(sender: &Self::Sender<T, N>) -> Self::Sender<T, N> {
        sender.clone()
    }
}

impl Unbounded for Fibre {
    type Sender<T: Message> = mpsc::UnboundedAsyncSender<T>;
    type Receiver<T: Message> = mpsc::UnboundedAsyncReceiver<T>;

    fn channel<T: Message>() -> (Self::Sender<T>, Self::Receiver<T>) {
        mpsc::unbounded_async()
    }

    fn send<T: Message>(sender: &mut Self::Sender<T>, message: T) {
        let sent = sender.try_send(message);
        assert!(sent.is_ok(), "the receiver is there");
    }

    fn recv<T: Message>(receiver: &mut Self::Receiver<T>) -> impl Future<Output = impl Arrival<T>> + Send {
        receiver.recv()
    }
}

impl Broadcast for Fibre {
    const POLICY: Policy = Policy::Bounded;
    const SENDERS_MAX: usize = 1;

    type Sender = spmc::BoundedAsyncSender<Text>;
    type Receiver = spmc::BoundedAsyncReceiver<Text>;

    fn channel(senders: usize, receivers: usize) -> (Vec<Self::Sender>, Vec<Self::Receiver>) {
        let (sender, receiver) = spmc::bounded_async(BROADCAST_CAPACITY);
        assert_eq!(senders, 1, "this broadcast has one sender");
        (vec![sender], vec![receiver; receivers])
    }

    fn send(sender: &mut Self::Sender, text: Text) -> impl Future + Send {
        sender.send(text)
    }

    fn recv(receiver: &mut Self::Receiver) -> impl Future<Output = impl Arrival<Text>> + Send {
        receiver.recv()
    }
}
