//! asyncband, formerly mea.

use crate::kinds::{
    BROADCAST_CAPACITY, Bounded, Broadcast, ManyProducers, Oneshot, Peer, Policy, Unbounded, Watch,
};
use crate::message::{Arrival, Message, Text};
use crate::registry::Registry;
use crate::workloads;
use asyncband::{broadcast::mpmc as broadcast, mpsc, oneshot, watch};

struct Asyncband;

/// Its unbounded broadcast.
struct AsyncbandUnbounded;

pub(super) fn add(registry: &mut Registry) {
    workloads::oneshot::add::<Asyncband>(registry);
    workloads::bounded::add::<Asyncband>(registry);
    workloads::bounded::add_many::<Asyncband>(registry);
    workloads::ping_pong::add::<Asyncband>(registry);
    workloads::unbounded::add::<Asyncband>(registry);
    workloads::broadcast::add::<Asyncband>(registry);
    workloads::broadcast::add::<AsyncbandUnbounded>(registry);
    workloads::watch::add::<Asyncband>(registry);
}

impl Peer for Asyncband {
    const NAME: &'static str = "asyncband";
}

impl Oneshot for Asyncband {
    type Sender = oneshot::Sender<u64>;
    type Receiver = oneshot::Receiver<u64>;

    fn channel() -> (Self::Sender, Self::Receiver) {
        oneshot::channel()
    }

    fn send(sender: Self::Sender, number: u64) {
        let sent = sender.send(number);
        assert!(sent.is_ok(), "the receiver is there");
    }

    fn recv(receiver: Self::Receiver) -> impl Future<Output = impl Arrival<u64>> + Send {
        receiver.into_future()
    }
}

impl Bounded for Asyncband {
    type Sender<T: Message, const N: usize> = mpsc::BoundedSender<T>;
    type Receiver<T: Message, const N: usize> = mpsc::BoundedReceiver<T>;

    fn channel<T: Message, const N: usize>() -> (Self::Sender<T, N>, Self::Receiver<T, N>) {
        mpsc::bounded(N)
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

impl ManyProducers for Asyncband {
    fn another<T: Message, const N: usize>(sender: &Self::Sender<T, N>) -> Self::Sender<T, N> {
        sender.clone()
    }
}

impl Unbounded for Asyncband {
    type Sender<T: Message> = mpsc::UnboundedSender<T>;
    type Receiver<T: Message> = mpsc::UnboundedReceiver<T>;

    fn channel<T: Message>() -> (Self::Sender<T>, Self::Receiver<T>) {
        mpsc::unbounded()
    }

    fn send<T: Message>(sender: &mut Self::Sender<T>, message: T) {
        let sent = sender.send(message);
        assert!(sent.is_ok(), "the receiver is there");
    }

    fn recv<T: Message>(receiver: &mut Self::Receiver<T>) -> impl Future<Output = impl Arrival<T>> + Send {
        receiver.recv()
    }
}

impl Broadcast for Asyncband {
    const POLICY: Policy = Policy::Bounded;

    type Sender = broadcast::BoundedSender<Text>;
    type Receiver = broadcast::BoundedReceiver<Text>;

    fn channel(senders: usize, receivers: usize) -> (Vec<Self::Sender>, Vec<Self::Receiver>) {
        let (sender, _) = broadcast::bounded(BROADCAST_CAPACITY);
        let receivers = (0..receivers).map(|_| sender.subscribe()).collect();
        (vec![sender; senders], receivers)
    }

    fn send(sender: &mut Self::Sender, text: Text) -> impl Future + Send {
        sender.send(text)
    }

    fn recv(receiver: &mut Self::Receiver) -> impl Future<Output = impl Arrival<Text>> + Send {
        receiver.recv()
    }
}

impl Watch for Asyncband {
    type Sender = watch::Sender<u64>;
    type Receiver = watch::Receiver<u64>;

    fn channel(receivers: usize) -> (Self::Sender, Vec<Self::Receiver>) {
        let (sender, receiver) = watch::channel(0);
        (sender, vec![receiver; receivers])
    }

    fn send(sender: &mut Self::Sender, number: u64) {
        sender.send(number).expect("a receiver is there");
    }

    fn changed(receiver: &mut Self::Receiver) -> impl Future<Output = impl Arrival<u64>> + Send {
        receiver.recv()
    }
}

impl Peer for AsyncbandUnbounded {
    const NAME: &'static str = "asyncband";
}

impl Broadcast for AsyncbandUnbounded {
    const POLICY: Policy = Policy::Unbounded;

    type Sender = broadcast::UnboundedSender<Text>;
    type Receiver = broadcast::UnboundedReceiver<Text>;

    fn channel(senders: usize, receivers: usize) -> (Vec<Self::Sender>, Vec<Self::Receiver>) {
        let (sender, _) = broadcast::unbounded();
        let receivers = (0..receivers).map(|_| sender.subscribe()).collect();
        (vec![sender; senders], receivers)
    }

    fn send(sender: &mut Self::Sender, text: Text) -> impl Future + Send {
        sender.send(text);
        std::future::ready(())
    }

    fn recv(receiver: &mut Self::Receiver) -> impl Future<Output = impl Arrival<Text>> + Send {
        receiver.recv()
    }
}
