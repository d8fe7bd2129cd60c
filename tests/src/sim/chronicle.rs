//! The truth: what the store did, as its answers tell it.

use std::collections::{BTreeMap, BTreeSet};

use chat_proto::ids::{LogId, MessageId, Seq};
use chat_proto::message::{Act, Acted, Kind, Record};
use chat_proto::name::{RoomName, UserName};
use chat_server::history::Draft;

use super::complaint::Complaint;
use super::rights::Rights;

/// A record, as far as it can be told wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its author's id for it.
    pub id: MessageId,
    /// Its author.
    pub author: UserName,
    /// What sort of message it is.
    pub kind: Kind,
    /// What was said.
    pub text: String,
    /// What was done to somebody, if it is the notice of that.
    pub acted: Option<Acted>,
    /// Whether its author had shown no key.
    pub is_unproven: bool,
}

impl From<&Record> for Line {
    fn from(record: &Record) -> Self {
        Self {
            id: record.id,
            author: record.author.clone(),
            kind: record.kind,
            text: record.text.as_str().to_owned(),
            acted: record.acted(),
            is_unproven: record.is_unproven(),
        }
    }
}

impl Line {
    /// Whether this put somebody out of the room.
    fn puts_out(&self, name: &UserName) -> bool {
        let acted = self.acted.as_ref().filter(|acted| acted.name == *name);
        acted.is_some_and(|acted| [Act::KICK, Act::BAN].contains(&acted.act))
    }
}

/// A line, and when it was stored.
#[derive(Clone, Debug)]
pub struct Stored {
    /// By the clock of the simulator.
    pub at_ms: u64,
    /// The line.
    pub line: Line,
}

/// Everything that was stored.
#[derive(Clone, Debug, Default)]
pub struct Chronicle {
    /// For each log its lines, numbered from 1.
    pub logs: BTreeMap<(RoomName, LogId), Vec<Stored>>,
    /// Who was what.
    pub rights: Rights,
    /// What was not allowed once. If its author did not hear of it, it said it again, and it may have been allowed then.
    pub refused: BTreeSet<MessageId>,
}

impl Chronicle {
    /// What is stored under a number of a log.
    #[must_use]
    pub fn stored(&self, room: &RoomName, log: LogId, seq: Seq) -> Option<&Stored> {
        let index = usize::try_from(seq.0.checked_sub(1)?).ok()?;
        self.logs.get(&(room.clone(), log))?.get(index)
    }

    /// The last number of a log.
    #[must_use]
    pub fn top(&self, room: &RoomName, log: LogId) -> Seq {
        let lines = self.logs.get(&(room.clone(), log));
        lines.map_or(Seq::ZERO, |lines| numbered(lines.len()))
    }

    /// The first number after this one under which somebody was put out of the room.
    #[must_use]
    pub fn put_out(&self, name: &UserName, room: &RoomName, log: LogId, after: Seq) -> Option<Seq> {
        let lines = self.logs.get(&(room.clone(), log))?;
        let skipped = usize::try_from(after.0).ok()?;
        let later = lines.iter().enumerate().skip(skipped);
        let mut removals = later.filter(|(_, stored)| stored.line.puts_out(name));
        removals.next().map(|(index, _)| numbered(index).next())
    }

    /// Notes what the store answered.
    ///
    /// # Errors
    /// If it left out a number, or stored something twice.
    pub fn append(
        &mut self,
        at_ms: u64,
        room: &RoomName,
        log: LogId,
        seq: Seq,
        draft: &Draft,
    ) -> Result<(), Complaint> {
        let lines = self.logs.entry((room.clone(), log)).or_default();
        let due = numbered(lines.len()).next();
        if seq != due {
            return Err(Complaint::Numbered { due, got: seq });
        }
        if lines.iter().any(|other| other.line.id == draft.id) {
            return Err(Complaint::StoredTwice(draft.id));
        }
        let line = Line::from(&draft.clone().into_record(seq, 0));
        lines.push(Stored { at_ms, line });
        Ok(())
    }
}

/// The number of the last of so many lines.
fn numbered(lines: usize) -> Seq {
    Seq(u64::try_from(lines).expect("a length has at most 64 bits"))
}
