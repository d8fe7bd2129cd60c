//! The store on disk: a SQLite file. What was acknowledged is in it, whatever happens to the process afterwards.
//!
//! - **A batch is a transaction**, synced to the disk before its outcomes are known. If it fails, for a full disk say,
//!   nothing of it has happened: its appends are refused for now, and the next batch tries again.
//! - **One writer**: [`Sqlite`], on a thread of its own. Readers ([`Reader`]) have connections of their own and never
//!   wait for it.
//! - **Every message has a checksum**, chained to the one before it in its room (see `chain.rs`). A reader shows nothing
//!   that does not verify; [`check`] goes through everything.
//! - **What is emptied or trimmed leaves the files**: it is overwritten where it stood, and [`Sqlite::purge`] takes it out of the
//!   WAL.
//! - **A message goes in three steps.** Its *record* can be emptied, by its author; it can be trimmed, when the room keeps
//!   no more ([`Retention`]); and when it is trimmed and older than [`SqliteLimits::ids_kept_ms`], its row goes, and with it the
//!   knowledge of its id. Its number is never used again.
//!
//! A room that nobody has said anything in has a row while somebody is in it, so that its log has an id; the row goes
//! when the room is forgotten.

mod chain;
mod check;
mod export;
mod fact;
mod index;
mod log;
mod page;
mod row;
mod schema;
mod trim;

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::error::Error;
use std::fmt;
use std::path::Path;

use chat_proto::name::{RoomName, UserName};
use rusqlite::{Connection, Transaction};

pub use self::check::{Damage, Progress, Report, check};
pub use self::export::{ExportError, export};
pub use self::index::Index;
pub use self::page::{Reader, Unreadable};
pub use self::trim::Retention;

use self::log::Log;
use crate::history::fact::{Fact, FactLimits, FactTotal};
use crate::history::{Draft, LogIds, Op, Outcome, Refusal};

/// The bounds of a store on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SqliteLimits {
    /// Rooms. One more can't be made.
    pub rooms_max: u64,
    /// So long, at least, is a message's id known, also after its record was trimmed.
    pub ids_kept_ms: u64,
    /// What of each room is kept.
    pub retention: Retention,
    /// Facts.
    pub facts: FactLimits,
}

impl Default for SqliteLimits {
    fn default() -> Self {
        Self {
            rooms_max: 100_000,
            ids_kept_ms: 7 * 24 * 60 * 60 * 1000,
            retention: Retention::default(),
            facts: FactLimits::default(),
        }
    }
}

/// The writer of a store on disk.
#[derive(Debug)]
pub struct Sqlite {
    connection: Connection,
    limits: SqliteLimits,
    log_ids: LogIds,
    /// The rooms that somebody is in, or was a moment ago.
    logs: HashMap<RoomName, Log>,
    facts: FactTotal,
    /// Where trimming goes on: behind the room of this number.
    trimmed_until: i64,
    /// Texts were emptied or trimmed that the WAL still has.
    has_erased: bool,
    /// Why the last batch could not be committed.
    trouble: Option<String>,
}

impl Sqlite {
    /// Opens the file; makes it if there is none. `seed` makes this store's logs other ones than any other's.
    ///
    /// # Errors
    /// [`OpenError`], if the file can't be used. It is left as it is.
    pub fn open(path: &Path, limits: SqliteLimits, seed: u64) -> Result<Self, OpenError> {
        let connection = schema::open_for_writing(path)?;
        Ok(Self {
            facts: fact::total(&connection)?,
            connection,
            limits,
            log_ids: LogIds::new(seed),
            logs: HashMap::new(),
            trimmed_until: 0,
            // Whatever the last run of the server has left.
            has_erased: true,
            trouble: None,
        })
    }

    /// All facts, for whoever is to decide by them.
    ///
    /// # Errors
    /// [`OpenError`], if they can't be read, or not understood.
    pub fn facts(&self) -> Result<Vec<Fact>, OpenError> {
        fact::load(&self.connection)
    }

    /// Commits a batch, and adds one outcome for each `Op`, in order.
    pub fn commit(&mut self, unix_ms: u64, batch: &[Op], outcomes: &mut Vec<Outcome>) {
        let before = outcomes.len();
        match self.try_commit(unix_ms, batch, outcomes) {
            Ok(()) => self.trouble = None,
            Err(cause) => {
                self.trouble = Some(cause.to_string());
                // The transaction is undone, and what is remembered here may be newer than the file.
                self.logs.clear();
                outcomes.truncate(before);
                self.refuse(batch, outcomes);
            }
        }
    }

    /// Whether texts that were emptied or trimmed are still in the WAL.
    #[must_use]
    pub const fn needs_purge(&self) -> bool {
        self.has_erased
    }

    /// Takes what was emptied or trimmed out of the WAL too: from then on it is in no file. While somebody reads an older moment
    /// of the file that can't be done, and is to be tried again.
    ///
    /// # Errors
    /// SQLite's; it is to be tried again then, too.
    pub fn purge(&mut self) -> rusqlite::Result<()> {
        self.has_erased = !schema::cut_wal(&self.connection)?;
        Ok(())
    }

    /// Why nothing can be stored for now, if that is so.
    #[must_use]
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    fn try_commit(
        &mut self,
        unix_ms: u64,
        batch: &[Op],
        outcomes: &mut Vec<Outcome>,
    ) -> rusqlite::Result<()> {
        let transaction = schema::begin(&self.connection)?;
        let mut work = Work {
            transaction: &transaction,
            limits: &self.limits,
            log_ids: &mut self.log_ids,
            logs: &mut self.logs,
            facts: self.facts,
            changed: BTreeSet::new(),
            has_emptied: false,
        };
        let mut refused_for_now = BTreeSet::<(&RoomName, &UserName)>::new();
        for op in batch {
            let outcome = work.step(unix_ms, op, &refused_for_now)?;
            if let (Some(said_by), Outcome::Refused(refusal)) = (op.said_by(), outcome)
                && refusal.is_for_now()
            {
                refused_for_now.insert(said_by);
            }
            outcomes.push(outcome);
        }
        work.save()?;
        let (facts, has_emptied) = (work.facts, work.has_emptied);
        self.has_erased |= has_emptied;
        transaction.commit()?;
        self.facts = facts;
        Ok(())
    }

    /// The outcomes of a batch that can't be committed: nothing is done that would have to be stored.
    fn refuse(&mut self, batch: &[Op], outcomes: &mut Vec<Outcome>) {
        for op in batch {
            let outcome = match op {
                Op::Append { .. } | Op::Empty { .. } | Op::Act { .. } => self.known(op),
                Op::Recall { room, draft } => recall(&self.connection, room, draft).ok(),
                Op::Keep { .. } => None,
                Op::Locate { room, from } => match Log::load(&self.connection, room) {
                    Ok(Some(log)) => log.locate(&self.connection, *from).ok(),
                    Ok(None) | Err(_) => None,
                },
                Op::Forget { .. } => Some(Outcome::Forgotten),
            };
            outcomes.push(outcome.unwrap_or(Outcome::Refused(Refusal::Full)));
        }
    }

    /// What was stored before is still known.
    fn known(&self, op: &Op) -> Option<Outcome> {
        let known = recall(&self.connection, op.room()?, op.draft()?).ok()?;
        (known != Outcome::Unknown).then_some(known)
    }
}

/// Whether something is stored already.
fn recall(connection: &Connection, room: &RoomName, draft: &Draft) -> rusqlite::Result<Outcome> {
    let known = match Log::load(connection, room)? {
        Some(log) => log.known(connection, draft)?,
        None => None,
    };
    Ok(known.unwrap_or(Outcome::Unknown))
}

/// A batch on its way.
struct Work<'a> {
    transaction: &'a Transaction<'a>,
    limits: &'a SqliteLimits,
    log_ids: &'a mut LogIds,
    logs: &'a mut HashMap<RoomName, Log>,
    facts: FactTotal,
    /// The rooms whose logs have grown.
    changed: BTreeSet<&'a RoomName>,
    has_emptied: bool,
}

impl<'a> Work<'a> {
    fn step(
        &mut self,
        unix_ms: u64,
        op: &'a Op,
        refused_for_now: &BTreeSet<(&RoomName, &UserName)>,
    ) -> rusqlite::Result<Outcome> {
        if op
            .said_by()
            .is_some_and(|said_by| refused_for_now.contains(&said_by))
        {
            return Ok(Outcome::Refused(Refusal::AfterRefused));
        }
        let transaction = self.transaction;
        match op {
            Op::Keep { facts } => {
                let Some(total) = self.total_with(facts)? else {
                    return Ok(Outcome::Refused(Refusal::RegistryFull));
                };
                self.keep(facts, total)?;
                Ok(Outcome::Kept)
            }
            Op::Forget { room } => {
                self.forget(room)?;
                Ok(Outcome::Forgotten)
            }
            Op::Locate { room, from } => self.with_log(room, |log| log.locate(transaction, *from)),
            Op::Append { room, draft } => self.with_log(room, |log| log.append(transaction, unix_ms, draft)),
            Op::Empty {
                room,
                seq,
                by,
                notice,
            } => {
                let outcome =
                    self.with_log(room, |log| log.empty(transaction, unix_ms, *seq, *by, notice))?;
                self.has_emptied |= matches!(outcome, Outcome::Appended { .. });
                Ok(outcome)
            }
            Op::Act { room, notice, facts } => self.act(unix_ms, room, notice, facts),
            Op::Recall { room, draft } => recall(transaction, room, draft),
        }
    }

    fn act(
        &mut self,
        unix_ms: u64,
        room: &'a RoomName,
        notice: &Draft,
        facts: &[Fact],
    ) -> rusqlite::Result<Outcome> {
        let transaction = self.transaction;
        let Some(total) = self.total_with(facts)? else {
            let known = recall(transaction, room, notice)?;
            let is_known = known != Outcome::Unknown;
            return Ok(if is_known {
                known
            } else {
                Outcome::Refused(Refusal::RegistryFull)
            });
        };
        let outcome = self.with_log(room, |log| log.append(transaction, unix_ms, notice))?;
        if matches!(outcome, Outcome::Appended { .. }) {
            self.keep(facts, total)?;
        }
        Ok(outcome)
    }

    fn total_with(&self, facts: &[Fact]) -> rusqlite::Result<Option<FactTotal>> {
        self.facts.with(facts, &self.limits.facts, |fact| {
            fact::bytes_of(self.transaction, fact)
        })
    }

    fn keep(&mut self, facts: &[Fact], total: FactTotal) -> rusqlite::Result<()> {
        for fact in facts {
            fact::put(self.transaction, fact)?;
        }
        self.facts = total;
        Ok(())
    }

    /// Does something with the room's log, made if there is none.
    fn with_log(
        &mut self,
        room: &'a RoomName,
        work: impl FnOnce(&mut Log) -> rusqlite::Result<Outcome>,
    ) -> rusqlite::Result<Outcome> {
        let Some(log) = self.log(room)? else {
            return Ok(Outcome::Refused(Refusal::RoomsFull));
        };
        let outcome = work(log)?;
        if matches!(outcome, Outcome::Appended { .. }) {
            self.changed.insert(room);
        }
        Ok(outcome)
    }

    /// The room's log, made if there is none; nothing if there can't be another.
    fn log(&mut self, room: &RoomName) -> rusqlite::Result<Option<&mut Log>> {
        if !self.logs.contains_key(room) {
            let log = match Log::load(self.transaction, room)? {
                Some(log) => log,
                None if log::count(self.transaction)? >= self.limits.rooms_max => return Ok(None),
                None => Log::create(self.transaction, room, self.log_ids.next())?,
            };
            self.logs.insert(room.clone(), log);
        }
        Ok(self.logs.get_mut(room))
    }

    fn forget(&mut self, room: &'a RoomName) -> rusqlite::Result<()> {
        let log = match self.logs.remove(room) {
            Some(log) => Some(log),
            None => Log::load(self.transaction, room)?,
        };
        match log {
            Some(log) if log.never_had_a_record() => log.delete(self.transaction),
            Some(log) if self.changed.remove(room) => log.save(self.transaction),
            Some(_) | None => Ok(()),
        }
    }

    fn save(&self) -> rusqlite::Result<()> {
        for room in &self.changed {
            self.logs[*room].save(self.transaction)?;
        }
        Ok(())
    }
}

/// Why a store on disk can't be opened.
#[derive(Debug)]
pub enum OpenError {
    /// The file may not be read or written, or its directory.
    NotAllowed {
        /// SQLite's reason.
        cause: rusqlite::Error,
    },
    /// The file is something else.
    NotOurs,
    /// The file was written by another version of this program.
    OtherVersion {
        /// The version of the file.
        found: i32,
        /// The version that this program writes.
        known: i32,
    },
    /// Something is kept in it that this program can't understand.
    UnknownFact {
        /// The kind of what is kept.
        kind: String,
    },
    /// The file is no database any more.
    Damaged {
        /// SQLite's reason.
        cause: rusqlite::Error,
    },
    /// SQLite has another reason.
    Failed {
        /// The reason.
        cause: rusqlite::Error,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAllowed { cause } => write!(f, "it can't be written ({cause})"),
            Self::NotOurs => write!(f, "it is not a chat's history"),
            Self::OtherVersion { found, known } => write!(
                f,
                "it has version {found}, and this program knows version {known}: use a newer program"
            ),
            Self::UnknownFact { kind } => write!(
                f,
                "it keeps something that this program does not know ({}): use a newer program",
                kind.escape_debug()
            ),
            Self::Damaged { cause } => {
                write!(
                    f,
                    "it is damaged ({cause}): put a backup in its place, or move it away"
                )
            }
            Self::Failed { cause } => write!(f, "{cause}"),
        }
    }
}

impl Error for OpenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NotAllowed { cause } | Self::Damaged { cause } | Self::Failed { cause } => Some(cause),
            Self::NotOurs | Self::OtherVersion { .. } | Self::UnknownFact { .. } => None,
        }
    }
}
