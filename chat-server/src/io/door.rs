//! The door between those who have said hello and those who are inside: as many as there are places.
//!
//! Who waits at the door still has a place among those who have not been welcomed, so the oldest of them may have to go
//! for a newcomer; and the deadline of the hello goes on. If it passes at the door, the answer is that the server is full,
//! with the invitation to come back later. So nobody waits without an end, and no crowd at the door can grow.

use std::sync::{Arc, Mutex, PoisonError};

use event_listener::{Event, EventListener};

/// Counts the places inside, and lets those who find none wait, first come, first served.
pub(crate) struct Door {
    /// Places that nobody has. Listeners are added under this lock, so that no place becomes free unseen.
    free: Mutex<usize>,
    /// At least as many listeners are notified as places are free.
    freed: Event,
}

/// A place inside. Dropping it lets the next one in.
pub(crate) struct Place {
    door: Arc<Door>,
}

enum Entrance {
    Open(Place),
    Shut(EventListener),
}

impl Door {
    pub(crate) fn new(places: usize) -> Arc<Self> {
        Arc::new(Self {
            free: Mutex::new(places),
            freed: Event::new(),
        })
    }

    /// Takes a place, and waits for one if there is none.
    ///
    /// Cancel safety: whoever stops waiting has taken no place, and the one that was meant for him goes to the next.
    pub(crate) async fn enter(self: &Arc<Self>) -> Place {
        // Whoever comes while others wait goes behind them: a place that is free now is one of theirs.
        let mut entrance = self.try_enter(|| self.freed.total_listeners() == 0);
        loop {
            match entrance {
                Entrance::Open(place) => return place,
                Entrance::Shut(freed) => freed.await,
            }
            entrance = self.try_enter(|| true);
        }
    }

    fn try_enter(self: &Arc<Self>, is_our_turn: impl Fn() -> bool) -> Entrance {
        let still_free = {
            let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
            if *free == 0 || !is_our_turn() {
                return Entrance::Shut(self.freed.listen());
            }
            *free -= 1;
            *free
        };
        self.freed.notify(still_free);
        Entrance::Open(Place {
            door: Arc::clone(self),
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let free = {
            let mut free = self.door.free.lock().unwrap_or_else(PoisonError::into_inner);
            *free += 1;
            *free
        };
        self.door.freed.notify(free);
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_lite::future::{block_on, poll_once};

    use super::*;

    #[test]
    fn who_finds_no_place_waits_until_one_is_free() {
        let door = Door::new(1);
        let inside = block_on(door.enter());
        let mut waiting = pin!(door.enter());
        assert!(block_on(poll_once(&mut waiting)).is_none());
        drop(inside);
        assert!(block_on(poll_once(&mut waiting)).is_some());
    }

    #[test]
    fn a_newcomer_does_not_overtake_those_who_wait() {
        let door = Door::new(1);
        let inside = block_on(door.enter());
        let mut first = pin!(door.enter());
        assert!(block_on(poll_once(&mut first)).is_none());
        drop(inside);
        let mut second = pin!(door.enter());
        assert!(block_on(poll_once(&mut second)).is_none());
        assert!(block_on(poll_once(&mut first)).is_some());
    }

    #[test]
    fn two_places_freed_at_once_let_two_in() {
        let door = Door::new(2);
        let inside = [block_on(door.enter()), block_on(door.enter())];
        let mut first = pin!(door.enter());
        let mut second = pin!(door.enter());
        assert!(block_on(poll_once(&mut first)).is_none());
        assert!(block_on(poll_once(&mut second)).is_none());
        drop(inside);
        let first = block_on(poll_once(&mut first));
        let second = block_on(poll_once(&mut second));
        assert!(first.is_some() && second.is_some());
    }

    #[test]
    fn who_stops_waiting_passes_the_place_on() {
        let door = Door::new(1);
        let inside = block_on(door.enter());
        let mut gone = Box::pin(door.enter());
        assert!(block_on(poll_once(&mut gone)).is_none());
        let mut waiting = pin!(door.enter());
        assert!(block_on(poll_once(&mut waiting)).is_none());
        drop(inside);
        drop(gone);
        assert!(block_on(poll_once(&mut waiting)).is_some());
    }
}
