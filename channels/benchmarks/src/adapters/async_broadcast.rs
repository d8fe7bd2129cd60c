//! async-broadcast, with and without its overflow mode.

use crate::kinds::{BROADCAST_CAPACITY, Broadcast, Peer, Policy};
use crate::message::{Arrival, Text};
use crate::registry::Registry;
use crate::workloads;
use async_broadcast::{Receiver, Sender};

struct AsyncBroadcast;

/// In overflow mode.
struct AsyncBroadcastOverflow;

pub(super) fn add(registry: &mut Registry) {
    workloads::broadcast::add::<AsyncBroadcast>(registry);
    workloads::broadcast::add::<AsyncBroadcastOverflow>(registry);
}

fn channel(overflow: bool, senders: usize, receivers: usize) -> (Vec<Sender<Text>>, Vec<Receiver<Text>>) {
    let (mut sender, receiver) = async_broadcast::broadcast(BROADCAST_CAPACITY);
    sender.set_overflow(overflow);
    (vec![sender; senders], vec![receiver; receivers])
}

impl Peer for AsyncBroadcast {
    const NAME: &'static str = "async-broadcast";
}

impl Peer for AsyncBroadcastOverflow {
    const NAME: &'static str = "async-broadcast";
}

impl Broadcast for AsyncBroadcast {
    const POLICY: Policy = Policy::Bounded;

    type Sender = Sender<Text>;
    type Receiver = Receiver<Text>;

    fn channel(senders: usize, receivers: usize) -> (Vec<Self::Sender>, Vec<Self::Receiver>) {
        channel(false, senders, receivers)
    }

    fn send(sender: &mut Self::Sender, text: Text) -> impl Future + Send {
        sender.broadcast_direct(text)
    }

    fn recv(receiver: &mut Self::Receiver) -> impl Future<Output = impl Arrival<Text>> + Send {
        receiver.recv_direct()
    }
}

impl Broadcast for AsyncBroadcastOverflow {
    const POLICY: Policy = Policy::Overwriting;

    type Sender = Sender<Text>;
    type Receiver = Receiver<Text>;

    fn channel(senders: usize, receivers: usize) -> (Vec<Self::Sender>, Vec<Self::Receiver>) {
        channel(true, senders, receivers)
    }

    fn send(sender: &mut Self::Sender, text: Text) -> impl Future + Send {
        sender.broadcast_direct(text)
    }

    fn recv(receiver: &mut Self::Receiver) -> impl Future<Output = impl Arrival<Text>> + Send {
        receiver.recv_direct()
    }
}
