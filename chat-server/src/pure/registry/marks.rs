//! How far keys have read in rooms.

use std::collections::BTreeMap;

use chat_proto::ids::{LogId, PublicKey, Seq};
use chat_proto::name::RoomName;

use super::value::{read_key, write_key};
use crate::history::fact::{Fact, FactKind};

/// Rooms in which it is known how far one key has read. One more takes the place of the one that it has read in longest ago.
pub const MARKS_PER_KEY_MAX: usize = 128;

/// How far a key has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) seq: Seq,
    /// The log that the number belongs to.
    pub(crate) log: LogId,
    pub(crate) at_unix_ms: u64,
}

/// The marks of all keys.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    by_key: BTreeMap<PublicKey, BTreeMap<RoomName, Mark>>,
}

impl Marks {
    /// How far a key has read in this log of a room.
    pub(crate) fn get(&self, key: &PublicKey, room: &RoomName, log: LogId) -> Option<Seq> {
        let mark = self.by_key.get(key)?.get(room)?;
        (mark.log == log).then_some(mark.seq)
    }

    /// What has to be kept so that a key has read so far.
    pub(crate) fn set(&self, key: &PublicKey, room: &RoomName, mark: Mark) -> Vec<Fact> {
        let mut facts = vec![fact(key, room, Some(mark))];
        if let Some(marks) = self.by_key.get(key)
            && !marks.contains_key(room)
            && marks.len() >= MARKS_PER_KEY_MAX
            && let Some((oldest, _)) = marks.iter().min_by_key(|(_, mark)| mark.at_unix_ms)
        {
            facts.push(Self::forget(key, oldest));
        }
        facts
    }

    /// What has to be kept so that it is not known how far a key has read in a room.
    pub(crate) fn forget(key: &PublicKey, room: &RoomName) -> Fact {
        fact(key, room, None)
    }

    pub(super) fn put(&mut self, fact: &Fact) -> Option<()> {
        let (key, room) = place(fact)?;
        match &fact.value {
            Some(value) => {
                let mark = Mark::from_value(value)?;
                self.by_key.entry(key).or_default().insert(room, mark);
            }
            None => {
                if let Some(marks) = self.by_key.get_mut(&key) {
                    marks.remove(&room);
                    if marks.is_empty() {
                        self.by_key.remove(&key);
                    }
                }
            }
        }
        Some(())
    }

    pub(super) fn value(&self, fact: &Fact) -> Option<String> {
        let (key, room) = place(fact)?;
        let mark = self.by_key.get(&key)?.get(&room)?;
        Some(mark.to_value())
    }
}

fn fact(key: &PublicKey, room: &RoomName, mark: Option<Mark>) -> Fact {
    Fact {
        kind: FactKind::Mark,
        subject: write_key(key),
        object: room.as_str().to_owned(),
        value: mark.map(|mark| mark.to_value()),
    }
}

fn place(fact: &Fact) -> Option<(PublicKey, RoomName)> {
    Some((read_key(&fact.subject)?, RoomName::parse(&fact.object).ok()?))
}

impl Mark {
    fn to_value(self) -> String {
        let Self { seq, log, at_unix_ms } = self;
        format!("{seq} {log} {at_unix_ms}")
    }

    fn from_value(value: &str) -> Option<Self> {
        let mut words = value.split(' ');
        let mut next = || words.next();
        let mark = Self {
            seq: Seq(next()?.parse().ok()?),
            log: LogId(u64::from_str_radix(next()?, 16).ok()?),
            at_unix_ms: next()?.parse().ok()?,
        };
        next().is_none().then_some(mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::fixtures::room;

    const KEY: PublicKey = PublicKey([1; 32]);
    const LOG: LogId = LogId(0xabc);

    fn set(marks: &mut Marks, name: &str, seq: u64, at_unix_ms: u64) -> usize {
        let mark = Mark {
            seq: Seq(seq),
            log: LOG,
            at_unix_ms,
        };
        let facts = marks.set(&KEY, &room(name), mark);
        for fact in &facts {
            marks.put(fact).unwrap();
            assert_eq!(marks.value(fact), fact.value);
        }
        facts.len()
    }

    #[test]
    fn a_mark_belongs_to_its_log() {
        let mut marks = Marks::default();
        set(&mut marks, "lobby", 7, 1);
        assert_eq!(marks.get(&KEY, &room("lobby"), LOG), Some(Seq(7)));
        assert_eq!(marks.get(&KEY, &room("lobby"), LogId(1)), None);
        assert_eq!(marks.get(&PublicKey([2; 32]), &room("lobby"), LOG), None);
    }

    #[test]
    fn a_key_has_so_many_marks_and_the_oldest_goes() {
        let mut marks = Marks::default();
        for number in 0..MARKS_PER_KEY_MAX {
            let at = 1_000 - u64::try_from(number).unwrap();
            assert_eq!(set(&mut marks, &format!("room{number}"), 1, at), 1);
        }
        assert_eq!(
            set(&mut marks, "room0", 2, 2_000),
            1,
            "one that is there moves on"
        );
        assert_eq!(set(&mut marks, "one-more", 1, 2_000), 2);
        let oldest = format!("room{}", MARKS_PER_KEY_MAX - 1);
        assert_eq!(marks.get(&KEY, &room(&oldest), LOG), None);
        assert_eq!(marks.by_key[&KEY].len(), MARKS_PER_KEY_MAX);
    }

    #[test]
    fn a_mark_that_makes_no_sense_is_found_out() {
        for value in ["7", "7 abc", "x abc 1", "7 xyz 1", "7 abc 1 1"] {
            let fact = Fact {
                value: Some(value.to_owned()),
                ..fact(&KEY, &room("lobby"), None)
            };
            assert_eq!(Marks::default().put(&fact), None, "{value}");
        }
    }
}
