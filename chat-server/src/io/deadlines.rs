//! When each connection has to be ticked: all deadlines side by side, so that looking at them costs next to nothing.

use std::sync::atomic::{AtomicU64, Ordering};

/// Where a connection is in the register, as long as it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seat(pub(crate) usize);

const NEVER_MS: u64 = u64::MAX;

/// One deadline for each seat.
pub(crate) struct Deadlines(Box<[AtomicU64]>);

// ORDERING: Relaxed throughout. A deadline is a hint that is looked at once a second; the tick itself comes by mail.
impl Deadlines {
    pub(crate) fn new(seats: usize) -> Self {
        Self((0..seats).map(|_| AtomicU64::new(NEVER_MS)).collect())
    }

    /// From now on a tick is due at this time.
    pub(crate) fn set(&self, seat: Seat, deadline_ms: Option<u64>) {
        self.0[seat.0].store(deadline_ms.unwrap_or(NEVER_MS), Ordering::Relaxed);
    }

    /// Who is to be ticked, at the latest, now.
    pub(crate) fn due(&self, now_ms: u64) -> impl Iterator<Item = Seat> {
        let is_due = move |deadline_ms: &AtomicU64| deadline_ms.load(Ordering::Relaxed) <= now_ms;
        (0..)
            .zip(&self.0)
            .filter(move |(_, deadline_ms)| is_due(deadline_ms))
            .map(|(seat, _)| Seat(seat))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_whose_deadline_has_come_are_due() {
        let deadlines = Deadlines::new(4);
        deadlines.set(Seat(0), Some(10));
        deadlines.set(Seat(1), Some(11));
        deadlines.set(Seat(3), Some(9));
        assert!(deadlines.due(8).next().is_none());
        assert!(deadlines.due(10).eq([Seat(0), Seat(3)]));
        deadlines.set(Seat(0), None);
        assert!(deadlines.due(10).eq([Seat(3)]));
    }
}
