//! async-oneshot.

use crate::kinds::{Oneshot, Peer};
use crate::message::Arrival;
use crate::registry::Registry;
use crate::workloads;
use async_oneshot::{Receiver, Sender};

struct AsyncOneshot;

pub(super) fn add(registry: &mut Registry) {
    workloads::oneshot::add::<AsyncOneshot>(registry);
}

impl Peer for AsyncOneshot {
    const NAME: &'static str = "async-oneshot";
}

impl Oneshot for AsyncOneshot {
    type Sender = Sender<u64>;
    type Receiver = Receiver<u64>;

    fn channel() -> (Self::Sender, Self::Receiver) {
        async_oneshot::oneshot()
    }

    fn send(mut sender: Self::Sender, number: u64) {
        sender.send(number).expect("the receiver is there");
    }

    fn recv(receiver: Self::Receiver) -> impl Future<Output = impl Arrival<u64>> + Send {
        receiver
    }
}
