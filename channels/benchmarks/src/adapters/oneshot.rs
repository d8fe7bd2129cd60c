//! oneshot.

use crate::kinds::{Oneshot, Peer};
use crate::message::Arrival;
use crate::registry::Registry;
use crate::workloads;
use oneshot::{AsyncReceiver, Sender};

struct OneshotCrate;

pub(super) fn add(registry: &mut Registry) {
    workloads::oneshot::add::<OneshotCrate>(registry);
}

impl Peer for OneshotCrate {
    const NAME: &'static str = "oneshot";
}

impl Oneshot for OneshotCrate {
    type Sender = Sender<u64>;
    type Receiver = AsyncReceiver<u64>;

    fn channel() -> (Self::Sender, Self::Receiver) {
        oneshot::async_channel()
    }

    fn send(sender: Self::Sender, number: u64) {
        sender.send(number).expect("the receiver is there");
    }

    fn recv(receiver: Self::Receiver) -> impl Future<Output = impl Arrival<u64>> + Send {
        receiver
    }
}
