//! What must be true of what a client was told.
//!
//! The truth is the [`Chronicle`]: each log of each room, as the store's answers made it. A [`Journal`] is what one
//! client was told of one room. [`Journal::check`] compares the two and nothing else, so that a test can falsify a
//! journal and see that it is found out.

use std::collections::{BTreeMap, BTreeSet};

use chat_proto::ids::{LogId, MessageId, Seq};
use chat_proto::message::{Record, Resumed};
use chat_proto::name::{RoomName, UserName};

/// A record, as far as it can be told wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its author's id for it.
    pub id: MessageId,
    /// Its author.
    pub author: UserName,
    /// What was said.
    pub text: String,
    /// Whether its author had shown no key.
    pub is_unproven: bool,
}

impl From<&Record> for Line {
    fn from(record: &Record) -> Self {
        Self {
            id: record.id,
            author: record.author.clone(),
            text: record.text.as_str().to_owned(),
            is_unproven: record.is_unproven(),
        }
    }
}

/// Everything that was stored: for each log its lines, numbered from 1.
#[derive(Clone, Debug, Default)]
pub struct Chronicle(pub BTreeMap<(RoomName, LogId), Vec<Line>>);

impl Chronicle {
    /// The line under a number of a log.
    #[must_use]
    pub fn line(&self, room: &RoomName, log: LogId, seq: Seq) -> Option<&Line> {
        let index = usize::try_from(seq.0.checked_sub(1)?).ok()?;
        self.0.get(&(room.clone(), log))?.get(index)
    }

    /// The last number of a log.
    #[must_use]
    pub fn top(&self, room: &RoomName, log: LogId) -> Seq {
        let lines = self.0.get(&(room.clone(), log));
        lines.map_or(Seq::ZERO, |lines| numbered(lines.len()))
    }

    /// Notes what the store answered.
    ///
    /// # Errors
    /// If it left out a number, or stored something twice.
    pub fn append(&mut self, room: &RoomName, log: LogId, seq: Seq, line: Line) -> Result<(), Complaint> {
        let lines = self.0.entry((room.clone(), log)).or_default();
        let due = numbered(lines.len()).next();
        if seq != due {
            return Err(Complaint::Numbered { due, got: seq });
        }
        if lines.iter().any(|other| other.id == line.id) {
            return Err(Complaint::StoredTwice(line.id));
        }
        lines.push(line);
        Ok(())
    }
}

/// The number of the last of so many lines.
fn numbered(lines: usize) -> Seq {
    Seq(u64::try_from(lines).expect("a length has at most 64 bits"))
}

/// One thing that a client was told of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// It is in the room, whose log is this, with this last message.
    Joined {
        /// The log.
        log: LogId,
        /// Its last number.
        top: Seq,
        /// How this joins what was told before; `None` if nothing was.
        resumed: Option<Resumed>,
        /// So many of the last lines were asked for, or are given after a break.
        tail: u64,
    },
    /// Something was said.
    Said(Seq, Line),
    /// What it said is stored.
    Stored(MessageId, Seq),
    /// These can no longer be had.
    Missed(Seq, Seq),
    /// What follows does not join what was told.
    Broke,
    /// It is out of the room.
    Left,
}

/// What one client was told of one room, in order.
#[derive(Clone, Debug, Default)]
pub struct Journal(pub Vec<Entry>);

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the fields are numbers and what carries them, named by the variant's sentence"
)]
pub enum Complaint {
    /// The store gave a number that was not the next.
    Numbered { due: Seq, got: Seq },
    /// The store keeps the same id twice in one log.
    StoredTwice(MessageId),
    /// The store knows an id under a number that is not its own.
    KnownWrongly(MessageId, Seq),
    /// Something was told before the room was joined.
    BeforeJoining,
    /// A number was left out, or came again, or came too early.
    OutOfStep { due: (Seq, Seq), got: Seq },
    /// What was told is not what the log has under this number.
    Differs(Seq),
    /// The number under which something is said to be stored is not its own.
    StoredWrongly(MessageId, Seq),
    /// Another log was joined, and no break was told.
    SilentBreak,
    /// A break was told where there is none.
    NeedlessBreak,
    /// At the end, not everything was told.
    Incomplete { due: (Seq, Seq), top: Seq },
    /// Somebody's messages stand in another order than they were said in.
    Reordered(UserName, MessageId),
    /// A message has another author than said it, or is marked as unproven and is not, or the other way round.
    Misattributed(UserName, MessageId),
    /// A name does not belong to the key that it was taken with.
    NotTheOwner(UserName),
    /// A message was said, and is in no log.
    Lost(UserName, MessageId),
    /// What became of a message was told not exactly once.
    Answered(MessageId, usize),
    /// Somebody who was in the room already came again, or somebody who was not there left.
    Presence(UserName),
    /// At the end, those who are thought to be in the room are others than those who are.
    Members {
        thought: BTreeSet<UserName>,
        there: BTreeSet<UserName>,
    },
    /// Somebody was refused for good, or gave up.
    TurnedAway(UserName),
    /// Everything should have been over by now.
    NeverQuiet,
}

impl Journal {
    /// Compares the journal with the truth. With `trims`, the store may have let go of old lines, so that less than
    /// was asked for is told at first. With `whole`, the journal must reach the end of the log.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn check(
        &self,
        room: &RoomName,
        truth: &Chronicle,
        trims: bool,
        whole: bool,
    ) -> Result<(), Complaint> {
        let mut reader = Reader {
            room,
            truth,
            trims,
            place: None,
        };
        for entry in &self.0 {
            reader.read(entry)?;
        }
        if whole { reader.end() } else { Ok(()) }
    }
}

/// Who reads a journal and knows the truth.
struct Reader<'a> {
    room: &'a RoomName,
    truth: &'a Chronicle,
    trims: bool,
    /// `None` outside the room.
    place: Option<Place>,
}

/// Where a reader is.
#[derive(Clone, Copy)]
struct Place {
    log: LogId,
    /// What is told next has one of these numbers.
    due: (Seq, Seq),
    /// Nothing was told of this log yet.
    is_new: bool,
    /// A break must be told before anything else.
    breaks: bool,
}

impl Place {
    fn accept(&mut self, from: Seq, to: Seq) -> Result<(), Complaint> {
        let due = self.due;
        if self.breaks {
            return Err(Complaint::SilentBreak);
        }
        if from < due.0 || from > due.1 || to < from {
            return Err(Complaint::OutOfStep { due, got: from });
        }
        self.due = (to.next(), to.next());
        self.is_new = false;
        Ok(())
    }
}

impl Reader<'_> {
    fn read(&mut self, entry: &Entry) -> Result<(), Complaint> {
        if let Entry::Joined {
            log,
            top,
            resumed,
            tail,
        } = entry
        {
            return self.join(*log, *top, *resumed, *tail);
        }
        if *entry == Entry::Left {
            self.place = None;
            return Ok(());
        }
        let place = self.place.as_mut().ok_or(Complaint::BeforeJoining)?;
        match entry {
            Entry::Joined { .. } | Entry::Left => unreachable!("they were read above"),
            Entry::Broke if place.breaks => place.breaks = false,
            Entry::Broke => return Err(Complaint::NeedlessBreak),
            Entry::Missed(from, to) => place.accept(*from, *to)?,
            Entry::Said(seq, line) => {
                place.accept(*seq, *seq)?;
                if self.truth.line(self.room, place.log, *seq) != Some(line) {
                    return Err(Complaint::Differs(*seq));
                }
            }
            Entry::Stored(id, seq) => {
                let line = self.truth.line(self.room, place.log, *seq);
                if line.is_none_or(|line| line.id != *id) {
                    return Err(Complaint::StoredWrongly(*id, *seq));
                }
            }
        }
        Ok(())
    }

    fn join(&mut self, log: LogId, top: Seq, resumed: Option<Resumed>, tail: u64) -> Result<(), Complaint> {
        let begins = Seq(top.0.saturating_sub(tail) + 1);
        let anew = Place {
            log,
            due: (begins, if self.trims { top.next() } else { begins }),
            is_new: true,
            breaks: resumed == Some(Resumed::Diverged),
        };
        self.place = Some(match self.place {
            None => anew,
            Some(_) if anew.breaks => anew,
            Some(_) if resumed.is_none() => return Err(Complaint::SilentBreak),
            Some(before) if before.log == log => before,
            // Of the log before nothing was told: nothing breaks.
            Some(before) if before.is_new => anew,
            Some(_) => return Err(Complaint::SilentBreak),
        });
        Ok(())
    }

    fn end(&self) -> Result<(), Complaint> {
        let place = self.place.ok_or(Complaint::BeforeJoining)?;
        let top = self.truth.top(self.room, place.log);
        if place.breaks {
            return Err(Complaint::SilentBreak);
        }
        if place.due.0 <= top.next() && top.next() <= place.due.1 {
            return Ok(());
        }
        Err(Complaint::Incomplete { due: place.due, top })
    }
}
