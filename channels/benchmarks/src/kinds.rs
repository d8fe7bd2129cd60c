//! The thin traits that every crate is measured behind: only the channel differs.
//!
//! Methods give the peer's own futures where its interface allows, so that their sizes and their costs are its own.

use crate::message::{Arrival, Message, Text};

/// Messages that a broadcast channel holds.
pub(crate) const BROADCAST_CAPACITY: usize = 128;

/// A crate that takes part.
pub(crate) trait Peer: 'static {
    /// The crate's name, with a suffix where it takes part twice.
    const NAME: &'static str;
}

/// One number, once.
pub(crate) trait Oneshot: Peer {
    type Sender: Send + 'static;
    type Receiver: Send + 'static;

    fn channel() -> (Self::Sender, Self::Receiver);
    fn send(sender: Self::Sender, number: u64);
    fn recv(receiver: Self::Receiver) -> impl Future<Output = impl Arrival<u64>> + Send;
}

/// A channel for `N` messages. The capacity is a type, because some peers need it there.
pub(crate) trait Bounded: Peer {
    type Sender<T: Message, const N: usize>: Send + 'static;
    type Receiver<T: Message, const N: usize>: Send + 'static;

    fn channel<T: Message, const N: usize>() -> (Self::Sender<T, N>, Self::Receiver<T, N>);
    fn send<T: Message, const N: usize>(sender: &mut Self::Sender<T, N>, message: T) -> impl Future + Send;
    fn recv<T: Message, const N: usize>(
        receiver: &mut Self::Receiver<T, N>,
    ) -> impl Future<Output = impl Arrival<T>> + Send;
}

/// A bounded channel with more than one sender.
pub(crate) trait ManyProducers: Bounded {
    fn another<T: Message, const N: usize>(sender: &Self::Sender<T, N>) -> Self::Sender<T, N>;
}

/// A channel that takes what it is given.
pub(crate) trait Unbounded: Peer {
    type Sender<T: Message>: Clone + Send + 'static;
    type Receiver<T: Message>: Send + 'static;

    fn channel<T: Message>() -> (Self::Sender<T>, Self::Receiver<T>);
    fn send<T: Message>(sender: &mut Self::Sender<T>, message: T);
    fn recv<T: Message>(receiver: &mut Self::Receiver<T>) -> impl Future<Output = impl Arrival<T>> + Send;
}

/// What a broadcast channel does about a slow reader; the first part of the names of its workloads.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Policy {
    /// Senders wait for the slowest.
    Bounded,
    /// Everything is kept.
    Unbounded,
    /// The oldest is lost.
    Overwriting,
}

/// Each receiver gets each text.
pub(crate) trait Broadcast: Peer {
    const POLICY: Policy;
    const SENDERS_MAX: usize = usize::MAX;

    type Sender: Send + 'static;
    type Receiver: Send + 'static;

    /// A channel of [`BROADCAST_CAPACITY`], which a peer with const generics may hold as a type.
    fn channel(senders: usize, receivers: usize) -> (Vec<Self::Sender>, Vec<Self::Receiver>);
    fn send(sender: &mut Self::Sender, text: Text) -> impl Future + Send;
    fn recv(receiver: &mut Self::Receiver) -> impl Future<Output = impl Arrival<Text>> + Send;
}

/// The newest number, for whoever looks.
pub(crate) trait Watch: Peer {
    type Sender: Send + 'static;
    type Receiver: Send + 'static;

    /// A channel whose receivers have all seen the first value.
    fn channel(receivers: usize) -> (Self::Sender, Vec<Self::Receiver>);
    fn send(sender: &mut Self::Sender, number: u64);
    /// Waits for a value not seen yet, and gives it.
    fn changed(receiver: &mut Self::Receiver) -> impl Future<Output = impl Arrival<u64>> + Send;
}
