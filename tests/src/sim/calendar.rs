//! Virtual time, and what happens when.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Something that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Event {
    /// A piece of what the client wrote arrives at the server.
    Up(u64),
    /// A piece of what the server wrote arrives at the client.
    Down(u64),
    /// The hub takes what was requested.
    HubTakes,
    /// A deadline of the hub.
    HubDue,
    /// The store has done the oldest order.
    StoreAnswers,
    /// A deadline of a session.
    PeerDue(u64),
    /// The server learns that a connection is lost.
    PeerLoses(u64),
    /// A guest's attempt to connect succeeds or fails.
    Connects(usize, u64),
    /// A guest begins, or begins again.
    GuestBegins(usize),
    /// A deadline of a guest's link.
    GuestDue(usize),
    /// A guest does something.
    GuestActs(usize),
    /// A guest that has stopped reading reads on.
    GuestReads(usize),
    /// A guest learns that its connection is lost.
    GuestLoses(usize, u64),
    /// A connection is cut.
    Cut(u64),
    /// The server dies.
    Crash,
    /// The server is started again.
    Restart,
    /// From now on nothing goes wrong any more.
    Calm,
}

/// What is due when. What is due at the same time happens in the order in which it was noted.
#[derive(Debug, Default)]
pub(crate) struct Calendar {
    now_ms: u64,
    noted: u64,
    due: BinaryHeap<Reverse<(u64, u64, Event)>>,
}

impl Calendar {
    pub(crate) const fn now_ms(&self) -> u64 {
        self.now_ms
    }

    /// Notes something for so much later.
    pub(crate) fn after(&mut self, delay_ms: u64, event: Event) {
        self.at(self.now_ms + delay_ms, event);
    }

    /// Notes something for a time; for now, if that has passed.
    pub(crate) fn at(&mut self, at_ms: u64, event: Event) {
        self.noted += 1;
        self.due
            .push(Reverse((at_ms.max(self.now_ms), self.noted, event)));
    }

    /// The next thing until then; time goes on to it, or to then if there is nothing.
    pub(crate) fn next_until(&mut self, until_ms: u64) -> Option<Event> {
        match self.due.peek() {
            Some(Reverse((at_ms, _, event))) if *at_ms <= until_ms => {
                let event = *event;
                self.now_ms = *at_ms;
                self.due.pop();
                Some(event)
            }
            _ => {
                self.now_ms = until_ms;
                None
            }
        }
    }
}

/// A deadline that moves: only the latest one that was noted counts.
#[derive(Debug, Default)]
pub(crate) struct Alarm {
    noted_ms: Option<u64>,
}

impl Alarm {
    /// Notes the deadline in the calendar, unless it or an earlier one is there already.
    pub(crate) fn set(&mut self, deadline_ms: Option<u64>, event: Event, calendar: &mut Calendar) {
        let Some(deadline_ms) = deadline_ms else {
            return;
        };
        if self.noted_ms.is_none_or(|noted_ms| deadline_ms < noted_ms) {
            self.noted_ms = Some(deadline_ms);
            calendar.at(deadline_ms, event);
        }
    }

    /// The calendar came to it. Whether it was still the one that counts.
    pub(crate) fn rings(&mut self, now_ms: u64) -> bool {
        let counts = self.noted_ms.is_some_and(|noted_ms| noted_ms <= now_ms);
        if counts {
            self.noted_ms = None;
        }
        counts
    }
}
