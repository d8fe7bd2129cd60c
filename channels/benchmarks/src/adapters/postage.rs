//! postage.

use crate::kinds::{BROADCAST_CAPACITY, Bounded, Broadcast, ManyProducers, Oneshot, Peer, Policy, Watch};
use crate::message::{Arrival, Message, Text};
use crate::registry::Registry;
use crate::workloads;
use postage::prelude::{Sink, Stream};
use postage::{broadcast, mpsc, oneshot, watch};

struct Postage;

pub(super) fn add(registry: &mut Registry) {
    workloads::oneshot::add::<Postage>(registry);
    workloads::bounded::add::<Postage>(registry);
    workloads::bounded::add_many::<Postage>(registry);
    workloads::ping_pong::add::<Postage>(registry);
    workloads::broadcast::add::<Postage>(registry);
    workloads::watch::add::<Postage>(registry);
}

impl Peer for Postage {
    const NAME: &'static str = "postage";
}

impl Oneshot for Postage {
    type Sender = oneshot::Sender<u64>;
    type Receiver = oneshot::Receiver<u64>;

    fn channel() -> (Self::Sender, Self::Receiver) {
        oneshot::channel()
    }

    fn send(mut sender: Self::Sender, number: u64) {
        let sent = sender.try_send(number);
        assert!(sent.is_ok(), "the receiver is there");
    }

    async fn recv(mut receiver: Self::Receiver) -> impl Arrival<u64> {
        receiver.recv().await
    }
}

impl Bounded for Postage {
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

impl ManyProducers for Postage {
    fn another<T: Message, const N: usize>(sender: &Self::Sender<T, N>) -> Self::Sender<T, N> {
        sender.clone()
    }
}

impl Broadcast for Postage {
    const POLICY: Policy = Policy::Bounded;

    type Sender = broadcast::Sender<Text>;
    type Receiver = broadcast::Receiver<Text>;

    fn channel(senders: usize, receivers: usize) -> (Vec<Self::Sender>, Vec<Self::Receiver>) {
        let (sender, receiver) = broadcast::channel(BROADCAST_CAPACITY);
        (vec![sender; senders], vec![receiver; receivers])
    }

    fn send(sender: &mut Self::Sender, text: Text) -> impl Future + Send {
        sender.send(text)
    }

    fn recv(receiver: &mut Self::Receiver) -> impl Future<Output = impl Arrival<Text>> + Send {
        receiver.recv()
    }
}

impl Watch for Postage {
    type Sender = watch::Sender<u64>;
    type Receiver = watch::Receiver<u64>;

    fn channel(receivers: usize) -> (Self::Sender, Vec<Self::Receiver>) {
        let (sender, mut receiver) = watch::channel_with(0);
        assert_eq!(
            receiver.try_recv(),
            Ok(0),
            "the first value counts as one not seen"
        );
        (sender, vec![receiver; receivers])
    }

    fn send(sender: &mut Self::Sender, number: u64) {
        *sender.borrow_mut() = number;
    }

    fn changed(receiver: &mut Self::Receiver) -> impl Future<Output = impl Arrival<u64>> + Send {
        receiver.recv()
    }
}
