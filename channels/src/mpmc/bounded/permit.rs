//! What permits ask of this channel, and their names here.

use core::task::{Context, Poll};

use super::BoundedSender;
use crate::error::SendError;
use crate::permit::{self, Reserve, Room};
use crate::wait_list::Key;

/// Room for one value. See [`BoundedSender::reserve`].
pub type Permit<'a, T> = permit::Permit<'a, BoundedSender<T>>;

/// Room for several values: an iterator of [`Permit`]s. See [`BoundedSender::reserve_many`].
pub type Permits<'a, T> = permit::Permits<'a, BoundedSender<T>>;

/// Room for one value, and the sender itself. See [`BoundedSender::reserve_owned`].
pub type OwnedPermit<T> = permit::OwnedPermit<BoundedSender<T>>;

/// The future of [`BoundedSender::reserve`].
pub type ReserveFuture<'a, T> = permit::ReserveFuture<'a, BoundedSender<T>>;

/// The future of [`BoundedSender::reserve_many`].
pub type ReserveManyFuture<'a, T> = permit::ReserveManyFuture<'a, BoundedSender<T>>;

/// The future of [`BoundedSender::reserve_owned`].
pub type ReserveOwnedFuture<T> = permit::ReserveOwnedFuture<BoundedSender<T>>;

/// A sender for code that polls. See [`BoundedSender::into_poll_sender`].
pub type PollSender<T> = permit::PollSender<BoundedSender<T>>;

impl<T> Reserve for BoundedSender<T> {
    type Item = T;
}

impl<T> Room<T> for BoundedSender<T> {
    fn reserve_or_queue(&self, count: usize, cx: &Context<'_>) -> Result<Option<Key>, SendError<()>> {
        self.shared().reserve_or_queue(count, cx)
    }

    fn poll_reserved(&self, key: &Key, cx: &Context<'_>) -> Poll<bool> {
        self.shared().poll_request(key, cx)
    }

    fn forgo(&self, key: &Key, count: usize) {
        self.shared().forgo(key, count);
    }

    fn release(&self, count: usize) {
        self.shared().release(count);
    }

    fn send_reserved(&self, value: T) -> Result<(), SendError<T>> {
        self.shared().send_reserved(value)
    }
}
