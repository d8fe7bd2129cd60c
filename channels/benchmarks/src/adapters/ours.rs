//! This repository's crate.

mod mpmc;
mod watch;

use super::OURS;
use crate::kinds::{BROADCAST_CAPACITY, Bounded, Broadcast, ManyProducers, Oneshot, Peer, Policy, Unbounded};
use crate::message::{Arrival, Message, Text};
use crate::registry::Registry;
use crate::workloads;
use channels::{broadcast, mpsc, oneshot};

struct Ours;

/// Its unbounded broadcast.
struct OursUnbounded;

/// Its overwriting broadcast.
struct OursOverwriting;

pub(super) fn add(registry: &mut Registry) {
    workloads::oneshot::add::<Ours>(registry);
    workloads::bounded::add::<Ours>(registry);
    workloads::bounded::add_many::<Ours>(registry);
    workloads::ping_pong::add::<Ours>(registry);
    workloads::unbounded::add::<Ours>(registry);
    workloads::broadcast::add::<Ours>(registry);
    workloads::broadcast::add::<OursUnbounded>(registry);
    workloads::broadcast::add::<OursOverwriting>(registry);
    workloads::watch::add::<Ours>(registry);
    mpmc::add(registry);
}

impl Peer for Ours {
    const NAME: &'static str = OURS;
}

impl Oneshot for Ours {
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

impl Bounded for Ours {
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

impl ManyProducers for Ours {
    fn another<T: Message, const N: usize>(sender: &Self::Sender<T, N>) -> Self::Sender<T, N> {
        sender.clone()
    }
}

impl Unbounded for Ours {
    type Sender<T: Message> = mpsc::Sender<T>;
    type Receiver<T: Message> = mpsc::Receiver<T>;

    fn channel<T: Message>() -> (Self::Sender<T>, Self::Receiver<T>) {
        mpsc::channel()
    }

    fn send<T: Message>(sender: &mut Self::Sender<T>, message: T) {
        let sent = sender.send(message);
        assert!(sent.is_ok(), "the receiver is there");
    }

    fn recv<T: Message>(receiver: &mut Self::Receiver<T>) -> impl Future<Output = impl Arrival<T>> + Send {
        receiver.recv()
    }
}

impl Broadcast for Ours {
    const POLICY: Policy = Policy::Bounded;

    type Sender = broadcast::BoundedSender<Text>;
    type Receiver = broadcast::Receiver<Text>;

    fn channel(senders: usize, receivers: usize) -> (Vec<Self::Sender>, Vec<Self::Receiver>) {
        let (sender, receiver) = broadcast::bounded(BROADCAST_CAPACITY);
        (vec![sender; senders], vec![receiver; receivers])
    }

    fn send(sender: &mut Self::Sender, text: Text) -> impl Future + Send {
        sender.send(text)
    }

    fn recv(receiver: &mut Self::Receiver) -> impl Future<Output = impl Arrival<Text>> + Send {
        receiver.recv()
    }
}

impl Peer for OursUnbounded {
    const NAME: &'static str = OURS;
}

impl Broadcast for OursUnbounded {
    const POLICY: Policy = Policy::Unbounded;

    type Sender = broadcast::Sender<Text>;
    type Receiver = broadcast::Receiver<Text>;

    fn channel(senders: usize, receivers: usize) -> (Vec<Self::Sender>, Vec<Self::Receiver>) {
        let (sender, receiver) = broadcast::channel();
        (vec![sender; senders], vec![receiver; receivers])
    }

    fn send(sender: &mut Self::Sender, text: Text) -> impl Future + Send {
        sender.send(text).expect("a receiver is there");
        std::future::ready(())
    }

    fn recv(receiver: &mut Self::Receiver) -> impl Future<Output = impl Arrival<Text>> + Send {
        receiver.recv()
    }
}

impl Peer for OursOverwriting {
    const NAME: &'static str = OURS;
}

impl Broadcast for OursOverwriting {
    const POLICY: Policy = Policy::Overwriting;

    type Sender = broadcast::OverwritingSender<Text>;
    type Receiver = broadcast::OverwritingReceiver<Text>;

    fn channel(senders: usize, receivers: usize) -> (Vec<Self::Sender>, Vec<Self::Receiver>) {
        let (sender, receiver) = broadcast::overwriting(BROADCAST_CAPACITY);
        (vec![sender; senders], vec![receiver; receivers])
    }

    fn send(sender: &mut Self::Sender, text: Text) -> impl Future + Send {
        sender.send(text).expect("a receiver is there");
        std::future::ready(())
    }

    fn recv(receiver: &mut Self::Receiver) -> impl Future<Output = impl Arrival<Text>> + Send {
        receiver.recv()
    }
}
