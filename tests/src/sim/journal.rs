//! What must be true of what a client was told.
//!
//! The truth is the [`Chronicle`]: each log of each room, and who was what there, as the store's answers made it. A
//! [`Journal`] is what one client was told of one room. [`Journal::check`] compares the two and nothing else, so that a
//! test can falsify a journal and see that it is found out.

use chat_proto::ids::{LogId, MessageId, PublicKey, Seq};
use chat_proto::message::{Code, Resumed, Role};
use chat_proto::name::{Privacy, RoomName, UserName};

use super::chronicle::{Chronicle, Line};
use super::complaint::Complaint;

/// One thing that a client was told of a room, or did there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// It is in the room.
    Joined(Joined),
    /// It may not be in the room.
    KeptOut {
        /// Since when it may have asked.
        asked_ms: u64,
        /// Why.
        code: Code,
    },
    /// Something was said.
    Said(Seq, Line),
    /// What it asked to see, of this log.
    Shown(LogId, Vec<(Seq, Line)>),
    /// What it said is stored.
    Stored(MessageId, Seq),
    /// These can no longer be had.
    Missed(Seq, Seq),
    /// What follows does not join what was told.
    Broke,
    /// It says that it has read so far.
    Read(Seq),
    /// It has read so far elsewhere.
    Marked(Seq),
    /// It is out of the room.
    Left,
    /// Somebody has put it out of the room.
    PutOut,
}

/// What a client is told when it is in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// Since when it may have asked.
    pub asked_ms: u64,
    /// The room's log.
    pub log: LogId,
    /// Its last number.
    pub top: Seq,
    /// How this joins what was told before; `None` if nothing was.
    pub resumed: Option<Resumed>,
    /// So many of the last lines were asked for, or are given after a break.
    pub tail: u64,
    /// What the room is about.
    pub topic: String,
    /// What it is in the room.
    pub role: Role,
    /// How far it has read.
    pub read: Option<Seq>,
}

/// What one client was told of one room.
#[derive(Clone, Debug)]
pub struct Journal {
    /// The room.
    pub room: RoomName,
    /// The client's name.
    pub name: UserName,
    /// The client's key.
    pub key: Option<PublicKey>,
    /// What it was told, in order, each with its time.
    pub entries: Vec<(u64, Entry)>,
}

impl Journal {
    /// Compares the journal with the truth. With `trims`, the store may have let go of old lines, so that less than
    /// was asked for is told at first. With `whole`, the journal must reach the end of the log.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn check(&self, truth: &Chronicle, trims: bool, whole: bool) -> Result<(), Complaint> {
        let mut reader = Reader {
            journal: self,
            truth,
            trims,
            now_ms: 0,
            place: None,
            last_log: None,
            told_read: None,
            own_read: Seq::ZERO,
        };
        for (at_ms, entry) in &self.entries {
            reader.now_ms = *at_ms;
            reader.read(entry)?;
        }
        if whole { reader.end() } else { Ok(()) }
    }
}

/// Who reads a journal and knows the truth.
struct Reader<'a> {
    journal: &'a Journal,
    truth: &'a Chronicle,
    trims: bool,
    now_ms: u64,
    /// `None` outside the room.
    place: Option<Place>,
    /// Where it was last.
    last_log: Option<LogId>,
    /// How far the key has read, as it was told last.
    told_read: Option<(LogId, Seq)>,
    /// How far the client itself has read since it joined.
    own_read: Seq,
}

/// Where a reader is.
#[derive(Clone, Copy)]
struct Place {
    log: LogId,
    /// The log's last number when it joined on this connection.
    top: Seq,
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
        match entry {
            Entry::Joined(joined) => return self.join(joined),
            Entry::KeptOut { asked_ms, code } => return self.kept_out(*asked_ms, *code),
            Entry::Stored(id, seq) => return self.stored(*id, *seq),
            Entry::Left | Entry::PutOut => {
                let was_put_out = self.put_out().is_some();
                (self.place, self.own_read) = (None, Seq::ZERO);
                return if was_put_out || *entry == Entry::Left {
                    Ok(())
                } else {
                    Err(self.put_out_wrongly())
                };
            }
            Entry::Said(..)
            | Entry::Shown(..)
            | Entry::Missed(..)
            | Entry::Broke
            | Entry::Read(_)
            | Entry::Marked(_) => {}
        }
        let place = self.place.as_mut().ok_or(Complaint::BeforeJoining)?;
        match entry {
            Entry::Broke if place.breaks => place.breaks = false,
            Entry::Broke => return Err(Complaint::NeedlessBreak),
            Entry::Missed(from, to) => place.accept(*from, *to)?,
            Entry::Said(seq, line) => {
                place.accept(*seq, *seq)?;
                let log = place.log;
                self.hear(log, *seq, line)?;
            }
            Entry::Shown(log, lines) => {
                for (seq, line) in lines {
                    self.hear(*log, *seq, line)?;
                }
            }
            Entry::Read(seq) => self.own_read = self.own_read.max(*seq),
            Entry::Marked(seq) => {
                let log = place.log;
                self.marked(log, *seq)?;
            }
            Entry::Joined(_) | Entry::KeptOut { .. } | Entry::Stored(..) | Entry::Left | Entry::PutOut => {
                unreachable!("they were read above")
            }
        }
        Ok(())
    }

    /// What is told is true, and was said when the client might be there.
    fn hear(&self, log: LogId, seq: Seq, line: &Line) -> Result<(), Complaint> {
        let Journal { room, name, key, .. } = self.journal;
        let stored = self.truth.stored(room, log, seq);
        let stored = stored.filter(|stored| stored.line == *line);
        let at_ms = stored.ok_or(Complaint::Differs(seq))?.at_ms;
        let rights = &self.truth.rights;
        let is_after_the_end = self.put_out().is_some_and(|end| end < seq);
        if is_after_the_end || !rights.might_be_in(room, *key, at_ms, self.now_ms) {
            return Err(Complaint::Overheard(name.clone(), seq));
        }
        Ok(())
    }

    /// What put the client out of the room since it joined.
    fn put_out(&self) -> Option<Seq> {
        let Journal { room, name, .. } = self.journal;
        let place = self.place?;
        self.truth.put_out(name, room, place.log, place.top)
    }

    fn put_out_wrongly(&self) -> Complaint {
        Complaint::PutOut(self.journal.name.clone(), self.journal.room.clone())
    }

    /// What was said before the client was put out may be known to be stored only after it.
    fn stored(&self, id: MessageId, seq: Seq) -> Result<(), Complaint> {
        let log = self.last_log.ok_or(Complaint::BeforeJoining)?;
        let stored = self.truth.stored(&self.journal.room, log, seq);
        if stored.is_none_or(|stored| stored.line.id != id) {
            return Err(Complaint::StoredWrongly(id, seq));
        }
        Ok(())
    }

    fn join(&mut self, joined: &Joined) -> Result<(), Complaint> {
        let (log, top) = (joined.log, joined.top);
        let begins = Seq(top.0.saturating_sub(joined.tail) + 1);
        let anew = Place {
            log,
            top,
            due: (begins, if self.trims { top.next() } else { begins }),
            is_new: true,
            breaks: joined.resumed == Some(Resumed::Diverged),
        };
        let place = match self.place {
            None => anew,
            Some(_) if anew.breaks => anew,
            Some(_) if joined.resumed.is_none() => return Err(Complaint::SilentBreak),
            Some(before) if before.log == log => Place { top, ..before },
            // Of the log before nothing was told: nothing breaks.
            Some(before) if before.is_new => anew,
            Some(_) => return Err(Complaint::SilentBreak),
        };
        if self.place.is_none_or(|before| before.log != log) {
            self.own_read = Seq::ZERO;
        }
        (self.place, self.last_log) = (Some(place), Some(log));
        self.check_joined(joined)
    }

    /// What the client is told of the room, and of itself, is so.
    fn check_joined(&mut self, joined: &Joined) -> Result<(), Complaint> {
        let Journal { room, name, key, .. } = self.journal;
        let (rights, from_ms, to_ms) = (&self.truth.rights, joined.asked_ms, self.now_ms);
        if !rights.might_be_in(room, *key, from_ms, to_ms) {
            return Err(Complaint::LetIn(name.clone(), room.clone()));
        }
        let is_founded = rights.was(room, *key, joined.role, from_ms, to_ms)
            && rights.had_topic(room, &joined.topic, from_ms, to_ms);
        if !is_founded {
            return Err(Complaint::Unfounded(name.clone(), room.clone()));
        }
        self.marked(joined.log, joined.read.unwrap_or(Seq::ZERO))
    }

    /// The key has read so far, in truth, and no less far than it was told before.
    fn marked(&mut self, log: LogId, seq: Seq) -> Result<(), Complaint> {
        let Journal { room, name, key, .. } = self.journal;
        let before = self.told_read.filter(|(before, _)| *before == log);
        if before.is_some_and(|(_, before)| seq < before) {
            return Err(Complaint::ReadBackwards(room.clone(), seq));
        }
        self.told_read = Some((log, seq));
        let had_read = |key| self.truth.rights.had_read(key, room, log, seq, self.now_ms);
        if seq == Seq::ZERO || key.is_some_and(had_read) {
            return Ok(());
        }
        Err(Complaint::Unfounded(name.clone(), room.clone()))
    }

    /// Who is kept out of a room is a stranger there, or banned.
    fn kept_out(&mut self, asked_ms: u64, code: Code) -> Result<(), Complaint> {
        let Journal { room, name, key, .. } = self.journal;
        let (rights, now_ms) = (&self.truth.rights, self.now_ms);
        let was = |role| rights.was(room, *key, role, asked_ms, now_ms);
        let is_founded = match (room.privacy(), code) {
            (Privacy::Public, Code::BANNED) => was(Role::BANNED),
            (Privacy::Private | Privacy::Direct, Code::NO_SUCH_ROOM) => was(Role::BANNED) || was(Role::NONE),
            _ => false,
        };
        if is_founded {
            // Who was in the room before the connection was lost is so no more.
            (self.place, self.own_read) = (None, Seq::ZERO);
            return Ok(());
        }
        Err(Complaint::KeptOut(name.clone(), room.clone(), code))
    }

    fn end(&self) -> Result<(), Complaint> {
        let Journal { room, key, .. } = self.journal;
        let place = self.place.ok_or(Complaint::BeforeJoining)?;
        let top = self.truth.top(room, place.log);
        if place.breaks {
            return Err(Complaint::SilentBreak);
        }
        if self.put_out().is_some() {
            return Err(self.put_out_wrongly());
        }
        if place.due.0 > top.next() || top.next() > place.due.1 {
            return Err(Complaint::Incomplete { due: place.due, top });
        }
        let told = self.told_read.map_or(Seq::ZERO, |(_, seq)| seq);
        let thought = told.max(self.own_read);
        match key.map(|key| self.truth.rights.mark(key, room, place.log)) {
            Some(kept) if kept != thought => Err(Complaint::Unread { thought, kept }),
            Some(_) | None => Ok(()),
        }
    }
}
