//! Something of which the server is to know the newest only: how far we have read in a room, that we are away.

use chat_proto::message::Failed;

use super::backoff::{Backoff, Random};

/// One value is on its way at most, and one waits: the newest.
#[derive(Debug)]
pub(super) struct Latest<T> {
    waiting: Option<T>,
    /// With its request, which is not answered yet.
    in_flight: Option<(u32, T)>,
    /// Nothing is sent before this time.
    hold_until_ms: Option<u64>,
    backoff: Backoff,
}

impl<T> Default for Latest<T> {
    fn default() -> Self {
        Self {
            waiting: None,
            in_flight: None,
            hold_until_ms: None,
            backoff: Backoff::default(),
        }
    }
}

impl<T: Clone> Latest<T> {
    /// This is the newest.
    pub(super) fn set(&mut self, value: T) {
        self.waiting = Some(value);
    }

    /// What waits means nothing any more.
    pub(super) fn clear(&mut self) {
        self.waiting = None;
    }

    /// What the server is told, or will be.
    pub(super) fn newest(&self) -> Option<&T> {
        let in_flight = self.in_flight.as_ref().map(|(_, value)| value);
        self.waiting.as_ref().or(in_flight)
    }

    /// Whether the server knows it all.
    pub(super) const fn is_settled(&self) -> bool {
        self.waiting.is_none() && self.in_flight.is_none()
    }

    /// What to send now, with this request. The next waits for the answer, and for `pause_ms`.
    pub(super) fn send(
        &mut self,
        now_ms: u64,
        pause_ms: u64,
        next_request: impl FnOnce() -> u32,
    ) -> Option<(u32, T)> {
        let is_held = self.hold_until_ms.is_some_and(|until_ms| now_ms < until_ms);
        if is_held || self.in_flight.is_some() {
            return None;
        }
        let sent = (next_request(), self.waiting.take()?);
        self.hold_until_ms = Some(now_ms.saturating_add(pause_ms));
        self.in_flight = Some(sent.clone());
        Some(sent)
    }

    /// When to send what waits, unless it is at once or after an answer.
    pub(super) fn next_deadline(&self) -> Option<u64> {
        let waits = self.waiting.is_some() && self.in_flight.is_none();
        self.hold_until_ms.filter(|_| waits)
    }

    pub(super) fn has_asked(&self, request: u32) -> bool {
        matches!(&self.in_flight, Some((asked, _)) if *asked == request)
    }

    /// The server knows what this request told.
    pub(super) fn done(&mut self, request: u32) -> Option<T> {
        if !self.has_asked(request) {
            return None;
        }
        self.backoff.reset();
        self.in_flight.take().map(|(_, value)| value)
    }

    /// The server has refused what is on its way: what it was, and when it is tried again, if it is.
    pub(super) fn refused(
        &mut self,
        now_ms: u64,
        failed: &Failed,
        random: &mut Random,
    ) -> Option<(T, Option<u64>)> {
        let (_, value) = self.in_flight.take()?;
        if !failed.code.is_for_now() {
            return Some((value, None));
        }
        let delay_ms = self.backoff.retry_ms(failed, random);
        self.hold_until_ms = Some(now_ms.saturating_add(delay_ms));
        self.waiting.get_or_insert_with(|| value.clone());
        Some((value, Some(delay_ms)))
    }

    /// The connection is lost: what was not answered waits again, unless there is something newer.
    pub(super) fn lost(&mut self) {
        self.hold_until_ms = None;
        if let Some((_, value)) = self.in_flight.take() {
            self.waiting.get_or_insert(value);
        }
    }
}
