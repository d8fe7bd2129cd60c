//! embassy-sync, over the critical section of `std`.

use crate::kinds::{BROADCAST_CAPACITY, Bounded, Broadcast, ManyProducers, Peer, Policy, Watch};
use crate::message::{Arrival, Message, Text};
use crate::registry::Registry;
use crate::workloads;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex as Mutex;
use embassy_sync::channel::Channel;
use embassy_sync::{pubsub, watch};
use std::sync::Arc;

/// Both of its broadcast channels are this one; the type says for how many it has places.
type PubSub = pubsub::PubSubChannel<Mutex, Text, BROADCAST_CAPACITY, 64, 4>;

type Publisher = pubsub::Publisher<'static, Mutex, Text, BROADCAST_CAPACITY, 64, 4>;
type Subscriber = pubsub::Subscriber<'static, Mutex, Text, BROADCAST_CAPACITY, 64, 4>;

struct Embassy;

/// Its broadcast, where publishers do not wait.
struct EmbassyOverwriting;

pub(super) fn add(registry: &mut Registry) {
    workloads::bounded::add::<Embassy>(registry);
    workloads::bounded::add_many::<Embassy>(registry);
    workloads::ping_pong::add::<Embassy>(registry);
    workloads::broadcast::add::<Embassy>(registry);
    workloads::broadcast::add::<EmbassyOverwriting>(registry);
    workloads::watch::add::<Embassy>(registry);
}

impl Peer for Embassy {
    const NAME: &'static str = "embassy-sync";
}

impl Bounded for Embassy {
    type Sender<T: Message, const N: usize> = Arc<Channel<Mutex, T, N>>;
    type Receiver<T: Message, const N: usize> = Arc<Channel<Mutex, T, N>>;

    fn channel<T: Message, const N: usize>() -> (Self::Sender<T, N>, Self::Receiver<T, N>) {
        let channel = Arc::new(Channel::new());
        (Arc::clone(&channel), channel)
    }

    fn send<T: Message, const N: usize>(sender: &mut Self::Sender<T, N>, message: T) -> impl Future + Send {
        sender.send(message)
    }

    fn recv<T: Message, const N: usize>(
        receiver: &mut Self::Receiver<T, N>,
    ) -> impl Future<Output = impl Arrival<T>> + Send {
        receiver.receive()
    }
}

impl ManyProducers for Embassy {
    fn another<T: Message, const N: usize>(sender: &Self::Sender<T, N>) -> Self::Sender<T, N> {
        Arc::clone(sender)
    }
}

impl Broadcast for Embassy {
    const POLICY: Policy = Policy::Bounded;

    type Sender = Publisher;
    type Receiver = Subscriber;

    fn channel(senders: usize, receivers: usize) -> (Vec<Self::Sender>, Vec<Self::Receiver>) {
        // Its handles borrow the channel. Each sample leaves a few kilobytes behind.
        let channel: &'static PubSub = Box::leak(Box::new(PubSub::new()));
        let publisher = |_| channel.publisher().expect("there are places for all publishers");
        let subscriber = |_| {
            channel
                .subscriber()
                .expect("there are places for all subscribers")
        };
        (
            (0..senders).map(publisher).collect(),
            (0..receivers).map(subscriber).collect(),
        )
    }

    fn send(sender: &mut Self::Sender, text: Text) -> impl Future + Send {
        sender.publish(text)
    }

    fn recv(receiver: &mut Self::Receiver) -> impl Future<Output = impl Arrival<Text>> + Send {
        receiver.next_message()
    }
}

impl Watch for Embassy {
    type Sender = watch::Sender<'static, Mutex, u64, 64>;
    type Receiver = watch::Receiver<'static, Mutex, u64, 64>;

    fn channel(receivers: usize) -> (Self::Sender, Vec<Self::Receiver>) {
        // Its handles borrow the channel. Each sample leaves a few kilobytes behind.
        let channel: &'static watch::Watch<Mutex, u64, 64> = Box::leak(Box::new(watch::Watch::new()));
        let receiver = |_| channel.receiver().expect("there are places for all receivers");
        (channel.sender(), (0..receivers).map(receiver).collect())
    }

    fn send(sender: &mut Self::Sender, number: u64) {
        sender.send(number);
    }

    fn changed(receiver: &mut Self::Receiver) -> impl Future<Output = impl Arrival<u64>> + Send {
        receiver.changed()
    }
}

impl Peer for EmbassyOverwriting {
    const NAME: &'static str = "embassy-sync";
}

impl Broadcast for EmbassyOverwriting {
    const POLICY: Policy = Policy::Overwriting;

    type Sender = Publisher;
    type Receiver = Subscriber;

    fn channel(senders: usize, receivers: usize) -> (Vec<Self::Sender>, Vec<Self::Receiver>) {
        <Embassy as Broadcast>::channel(senders, receivers)
    }

    fn send(sender: &mut Self::Sender, text: Text) -> impl Future + Send {
        sender.publish_immediate(text);
        std::future::ready(())
    }

    fn recv(receiver: &mut Self::Receiver) -> impl Future<Output = impl Arrival<Text>> + Send {
        receiver.next_message()
    }
}

impl Arrival<Text> for pubsub::WaitResult<Text> {
    fn message(self) -> Text {
        match self {
            Self::Message(text) => text,
            Self::Lagged(lost) => panic!("{lost} messages were lost"),
        }
    }
}
