//! Who is there: every connection's task, in the order in which they came, and which of them are inside.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use smol::Task;

use crate::io::connection::Badge;
use crate::io::descriptors::Places;
use crate::io::mailbox::{Mail, Mailbox};
use crate::pure::hub::PeerId;

/// When the server stops, nobody is asked to come back before this.
const COME_BACK_AFTER_MIN_MS: u32 = 1_000;

/// Over so long after that they are asked to spread.
const COME_BACK_SPREAD_MS: u32 = 9_000;

/// What connections tell the register: each piece once at most, so there are never more than two for each.
pub(crate) enum News {
    /// The peer has come through the door.
    Inside(PeerId),
    /// The connection has nothing more to do.
    Over(PeerId),
}

/// One connection.
pub(crate) struct Entry {
    pub(crate) task: Task<()>,
    pub(crate) mailbox: Mailbox,
    pub(crate) badge: Arc<Badge>,
}

/// All connections.
pub(crate) struct Register {
    places: Places,
    entries: BTreeMap<PeerId, Entry>,
    /// Those who are not inside, and have not been told to make room. The first is the oldest: ids grow.
    greeting: BTreeSet<PeerId>,
}

impl Register {
    pub(crate) fn new(places: Places) -> Self {
        Self {
            places,
            entries: BTreeMap::new(),
            greeting: BTreeSet::new(),
        }
    }

    /// Whether nobody can be accepted until somebody's connection is over.
    pub(crate) fn is_full(&self) -> bool {
        self.entries.len() >= self.places.connections_max()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Adds somebody who has just come. If the places before the door are taken, the oldest of those there goes, without
    /// a word: who floods the server with connections is owed none.
    pub(crate) fn add(&mut self, peer: PeerId, entry: Entry) {
        if self.greeting.len() >= self.places.greeting
            && let Some(oldest) = self.greeting.pop_first()
        {
            self.entries[&oldest].mailbox.post(Mail::MakeRoom);
        }
        self.greeting.insert(peer);
        self.entries.insert(peer, entry);
    }

    /// Takes note of news. The task of a connection that is over comes back, to be awaited.
    pub(crate) fn note(&mut self, news: News) -> Option<Task<()>> {
        match news {
            News::Inside(peer) => {
                self.greeting.remove(&peer);
                None
            }
            News::Over(peer) => {
                self.greeting.remove(&peer);
                self.entries.remove(&peer).map(|entry| entry.task)
            }
        }
    }

    /// Ticks those whose time has come.
    pub(crate) fn tick(&self, now_ms: u64) {
        for entry in self
            .entries
            .values()
            .filter(|entry| entry.badge.wants_tick(now_ms))
        {
            entry.mailbox.post(Mail::Tick);
        }
    }

    /// Tells everybody that the server stops, and to come back at different times.
    pub(crate) fn stop(&self) {
        for (index, entry) in self.entries.values().enumerate() {
            entry.mailbox.post(Mail::Stop {
                come_back_after_ms: come_back_after_ms(index, self.entries.len()),
            });
        }
    }

    /// Ends what is left.
    pub(crate) async fn cut(self) {
        for entry in self.entries.into_values() {
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
    use channels::mpsc::Receiver;
    use smol::Executor;

    use super::*;
    use crate::pure::session::SessionLimits;

    fn entry(executor: &Executor<'static>) -> (Entry, Receiver<Box<Mail>>) {
        let (mailbox, mail) = Mailbox::new(&SessionLimits::default());
        let task = executor.spawn(async {});
        (
            Entry {
                task,
                mailbox,
                badge: Badge::new(),
            },
            mail,
        )
    }

    #[test]
    fn the_oldest_who_is_not_inside_makes_room() {
        let executor = Executor::new();
        let mut register = Register::new(Places {
            inside: 8,
            greeting: 2,
        });
        let mut mail: Vec<_> = (0..5)
            .map(|id| {
                let (entry, mail) = entry(&executor);
                register.add(PeerId(id), entry);
                if id == 0 {
                    assert!(register.note(News::Inside(PeerId(0))).is_none());
                }
                mail
            })
            .collect();
        // 0 is inside; 3 took the place of 1, and 4 that of 2.
        let told: Vec<bool> = mail
            .iter_mut()
            .map(|mail| matches!(mail.try_recv(), Ok(mail) if matches!(*mail, Mail::MakeRoom)))
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
        let mut mail = Vec::new();
        for id in 0..places.connections_max() as u64 {
            assert!(!register.is_full());
            let (entry, receiver) = entry(&executor);
            register.add(PeerId(id), entry);
            mail.push(receiver);
        }
        assert!(register.is_full());
        assert!(register.note(News::Over(PeerId(0))).is_some());
        assert!(!register.is_full());
        assert!(register.note(News::Over(PeerId(0))).is_none(), "one is over once");
    }

    #[test]
    fn those_who_are_sent_away_are_spread_over_the_whole_time() {
        assert_eq!(come_back_after_ms(0, 1), COME_BACK_AFTER_MIN_MS);
        let all: Vec<u32> = (0..9_000).map(|index| come_back_after_ms(index, 9_000)).collect();
        assert!(all.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(all[8_999] < COME_BACK_AFTER_MIN_MS + COME_BACK_SPREAD_MS);
    }
}
