//! Room that is reserved.

use core::fmt;
use core::iter::FusedIterator;
use core::mem;

use super::Reserve;
use crate::error::SendError;

/// Room for one value. See [`reserve`](crate::mpsc::BoundedSender::reserve).
///
/// A permit is capacity, not a place in the queue: its value comes behind all that were sent before it. Dropping it gives
/// the room back.
#[must_use = "a permit that is dropped gives its room back"]
pub struct Permit<'a, S: Reserve> {
    sender: &'a S,
}

impl<'a, S: Reserve> Permit<'a, S> {
    /// For who holds a permit that was counted.
    pub(crate) fn new(sender: &'a S) -> Self {
        Self { sender }
    }

    /// Sends a value at once.
    ///
    /// # Errors
    ///
    /// [`SendError::ReceiverDropped`] gives the value back if the channel was closed meanwhile, or nobody is left to receive.
    ///
    /// # Examples
    ///
    /// ```
    /// let (sender, mut receiver) = channels::mpsc::bounded(1);
    /// let permit = sender.try_reserve().expect("there is room");
    /// permit.send("a value made later").expect("the receiver is there");
    /// assert_eq!(receiver.try_recv(), Ok("a value made later"));
    /// ```
    pub fn send(self, value: S::Item) -> Result<(), SendError<S::Item>> {
        let sender = self.sender;
        // The permit is used, not given back.
        mem::forget(self);
        sender.send_reserved(value)
    }
}

impl<S: Reserve> Drop for Permit<'_, S> {
    fn drop(&mut self) {
        self.sender.release(1);
    }
}

impl<S: Reserve> fmt::Debug for Permit<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").finish_non_exhaustive()
    }
}

/// Room for several values: an iterator of [`Permit`]s. See [`reserve_many`](crate::mpsc::BoundedSender::reserve_many).
///
/// Dropping it gives back the room of those that were not taken.
#[must_use = "permits that are dropped give their room back"]
pub struct Permits<'a, S: Reserve> {
    sender: &'a S,
    left: usize,
}

impl<'a, S: Reserve> Permits<'a, S> {
    /// For who holds so many permits that were counted.
    pub(super) fn new(sender: &'a S, count: usize) -> Self {
        Self { sender, left: count }
    }
}

impl<'a, S: Reserve> Iterator for Permits<'a, S> {
    type Item = Permit<'a, S>;

    fn next(&mut self) -> Option<Permit<'a, S>> {
        self.left = self.left.checked_sub(1)?;
        Some(Permit::new(self.sender))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<S: Reserve> ExactSizeIterator for Permits<'_, S> {}
impl<S: Reserve> FusedIterator for Permits<'_, S> {}

impl<S: Reserve> Drop for Permits<'_, S> {
    fn drop(&mut self) {
        if self.left > 0 {
            self.sender.release(self.left);
        }
    }
}

impl<S: Reserve> fmt::Debug for Permits<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permits").field("left", &self.left).finish()
    }
}

/// Room for one value, and the sender itself. See [`reserve_owned`](crate::mpsc::BoundedSender::reserve_owned).
///
/// Dropping it gives the room back, and drops the sender.
#[must_use = "a permit that is dropped gives its room back"]
pub struct OwnedPermit<S: Reserve> {
    /// `None` once the permit was used or given back.
    sender: Option<S>,
}

impl<S: Reserve> OwnedPermit<S> {
    /// For who holds a permit that was counted.
    pub(super) fn new(sender: S) -> Self {
        Self { sender: Some(sender) }
    }

    /// Sends a value at once, and returns the sender.
    ///
    /// # Errors
    ///
    /// [`SendError::ReceiverDropped`] gives the value back if the channel was closed meanwhile, or nobody is left to receive;
    /// the sender is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_lite::future::block_on(async {
    /// let (sender, mut receiver) = channels::mpsc::bounded(1);
    /// let permit = sender.reserve_owned().await.expect("the receiver is there");
    /// let sender = permit.send(1).expect("the receiver is there");
    /// assert!(sender.try_send(2).is_err(), "the room is used");
    /// assert_eq!(receiver.recv().await, Some(1));
    /// # });
    /// ```
    pub fn send(self, value: S::Item) -> Result<S, SendError<S::Item>> {
        let sender = self.into_sender();
        sender.send_reserved(value)?;
        Ok(sender)
    }

    /// Gives the room back, and returns the sender.
    pub fn release(self) -> S {
        let sender = self.into_sender();
        sender.release(1);
        sender
    }

    /// Leaves the permit to the caller.
    fn into_sender(mut self) -> S {
        self.sender
            .take()
            .expect("it is taken only here, where the permit ends")
    }
}

impl<S: Reserve> Drop for OwnedPermit<S> {
    fn drop(&mut self) {
        if let Some(sender) = &self.sender {
            sender.release(1);
        }
    }
}

impl<S: Reserve> fmt::Debug for OwnedPermit<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedPermit").finish_non_exhaustive()
    }
}
