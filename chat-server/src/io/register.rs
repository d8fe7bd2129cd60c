//! Who is there: every connection's task, in the order in which they came, and which of them are inside.

use std::collections::BTreeMap;
use std::sync::Arc;

use smol::Task;

use crate::io::connection::Badge;
use crate::io::deadlines::{Deadlines, Seat};
use crate::io::descriptors::Places;
use crate::io::mailbox::Mail;
use crate::pure::hub::PeerId;

/// When the server stops, nobody is asked to come back before this.
const COME_BACK_AFTER_MIN_MS: u32 = 1_000;

/// Over so long after that they are asked to spread.
const COME_BACK_SPREAD_MS: u32 = 9_000;

/// What connections tell the register: each piece once at most, so there are never more than two for each.
pub(crate) enum News {
    /// The peer has come through the door.
    Inside(Seat),
    /// The connection has nothing more to do.
    Over(Seat),
}

/// One connection.
pub(crate) struct Entry {
    pub(crate) peer: PeerId,
    pub(crate) task: Task<()>,
    pub(crate) badge: Arc<Badge>,
}

/// All connections.
pub(crate) struct Register {
    places: Places,
    seats: Vec<Option<Entry>>,
    /// Seats that were taken once, and are not now.
    free: Vec<Seat>,
    /// Those who are not inside, and have not been told to make room. The first is the oldest: ids grow.
    greeting: BTreeMap<PeerId, Seat>,
}

impl Register {
    pub(crate) fn new(places: Places) -> Self {
        Self {
            places,
            seats: Vec::new(),
            free: Vec::new(),
            greeting: BTreeMap::new(),
        }
    }

    /// Whether nobody can be accepted until somebody's connection is over.
    pub(crate) fn is_full(&self) -> bool {
        self.count() >= self.places.connections_max()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count() == 0
    }

    fn count(&self) -> usize {
        self.seats.len() - self.free.len()
    }

    fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.seats.iter().flatten()
    }

    /// A seat for somebody who has just come, and is [added](Self::add) next.
    pub(crate) fn free_seat(&mut self) -> Seat {
        self.free.pop().unwrap_or_else(|| {
            self.seats.push(None);
            Seat(self.seats.len() - 1)
        })
    }

    /// Adds somebody who has just come. If the places before the door are taken, the oldest of those there goes, without
    /// a word: who floods the server with connections is owed none.
    pub(crate) fn add(&mut self, seat: Seat, entry: Entry) {
        if self.greeting.len() >= self.places.greeting
            && let Some((_, oldest)) = self.greeting.pop_first()
            && let Some(oldest) = &self.seats[oldest.0]
        {
            oldest.badge.mailbox.post(Mail::MakeRoom);
        }
        self.greeting.insert(entry.peer, seat);
        self.seats[seat.0] = Some(entry);
    }

    /// Takes note of news. The entry of a connection that is over comes back, its task to be awaited.
    pub(crate) fn note(&mut self, news: News) -> Option<Entry> {
        match news {
            News::Inside(seat) => {
                let entry = self.seats[seat.0].as_ref()?;
                self.greeting.remove(&entry.peer);
                None
            }
            News::Over(seat) => {
                let entry = self.seats[seat.0].take()?;
                self.greeting.remove(&entry.peer);
                self.free.push(seat);
                Some(entry)
            }
        }
    }

    /// Ticks those whose time has come.
    pub(crate) fn tick(&self, deadlines: &Deadlines, now_ms: u64) {
        for seat in deadlines.due(now_ms) {
            if let Some(Some(entry)) = self.seats.get(seat.0) {
                entry.badge.tick();
            }
        }
    }

    /// Tells everybody that the server stops, and to come back at different times.
    pub(crate) fn stop(&self) {
        for (index, entry) in self.entries().enumerate() {
            entry.badge.mailbox.post(Mail::Stop {
                come_back_after_ms: come_back_after_ms(index, self.count()),
            });
        }
    }

    /// Ends what is left.
    pub(crate) async fn cut(self) {
        for entry in self.seats.into_iter().flatten() {
            entry.task.cancel().await;
        }
    }
}

/// Spreads `count` peers evenly.
fn come_back_after_ms(index: usize, count: usize) -> u32 {
    let spread_ms = u64::from(COME_BACK_SPREAD_MS) * index as u64 / count.max(1) as u64;
    COME_BACK_AFTER_MIN_MS + u32::try_from(spread_ms).unwrap_or(COME_BACK_SPREAD_MS)
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use smol::Executor;

    use super::*;
    use crate::pure::session::SessionLimits;

    fn add(register: &mut Register, executor: &Executor<'static>, id: u64) -> Arc<Badge> {
        let badge = Badge::new(&SessionLimits::default());
        let entry = Entry {
            peer: PeerId(id),
            task: executor.spawn(async {}),
            badge: Arc::clone(&badge),
        };
        let seat = register.free_seat();
        register.add(seat, entry);
        badge
    }

    #[test]
    fn the_oldest_who_is_not_inside_makes_room() {
        let executor = Executor::new();
        let mut register = Register::new(Places {
            inside: 8,
            greeting: 2,
        });
        let badges: Vec<_> = (0..5)
            .map(|id| {
                let badge = add(&mut register, &executor, id);
                if id == 0 {
                    assert!(register.note(News::Inside(Seat(0))).is_none());
                }
                badge
            })
            .collect();
        // 0 is inside; 3 took the place of 1, and 4 that of 2.
        let cx = Context::from_waker(Waker::noop());
        let told: Vec<bool> = badges
            .iter()
            .map(|badge| matches!(badge.mailbox.take(&cx)[..], [Mail::MakeRoom]))
            .collect();
        assert_eq!(told, [false, true, true, false, false]);
    }

    #[test]
    fn nobody_is_accepted_while_everything_is_taken() {
        let executor = Executor::new();
        let places = Places {
            inside: 1,
            greeting: 1,
        };
        let mut register = Register::new(places);
        for id in 0..places.connections_max() as u64 {
            assert!(!register.is_full());
            add(&mut register, &executor, id);
        }
        assert!(register.is_full());
        assert!(register.note(News::Over(Seat(3))).is_some());
        assert!(!register.is_full());
        assert!(register.note(News::Over(Seat(3))).is_none(), "one is over once");
        assert_eq!(register.free_seat(), Seat(3), "a seat is taken again");
    }

    #[test]
    fn those_who_are_sent_away_are_spread_over_the_whole_time() {
        assert_eq!(come_back_after_ms(0, 1), COME_BACK_AFTER_MIN_MS);
        let all: Vec<u32> = (0..9_000).map(|index| come_back_after_ms(index, 9_000)).collect();
        assert!(all.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(all[8_999] < COME_BACK_AFTER_MIN_MS + COME_BACK_SPREAD_MS);
    }
}
