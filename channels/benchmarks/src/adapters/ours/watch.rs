//! Its watch channel.

use super::Ours;
use crate::kinds::Watch;
use crate::message::Arrival;
use channels::watch;

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

    async fn changed(receiver: &mut Self::Receiver) -> impl Arrival<u64> {
        receiver.changed().await.map(|()| *receiver.borrow_and_update())
    }
}
