//! Its watch channel.

use super::Ours;
use crate::kinds::Watch;
use crate::message::Arrival;
use channels::watch;
use futures_lite::StreamExt;

impl Watch for Ours {
    type Sender = watch::Sender<u64>;
    type Receiver = watch::Receiver<u64>;

    fn channel(receivers: usize) -> (Self::Sender, Vec<Self::Receiver>) {
        let (sender, receiver) = watch::channel(0);
        (sender, vec![receiver; receivers])
    }

    fn send(sender: &mut Self::Sender, number: u64) {
        sender.send(number);
    }

    fn changed(receiver: &mut Self::Receiver) -> impl Future<Output = impl Arrival<u64>> + Send {
        receiver.next()
    }
}

impl Arrival<u64> for Option<watch::Snapshot<u64>> {
    fn message(self) -> u64 {
        *self.expect("no workload closes a channel early")
    }
}
