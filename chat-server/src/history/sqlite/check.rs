//! Going through everything, to find what is not as it was stored.

use std::fmt;
use std::path::Path;

use chat_proto::ids::Seq;
use rusqlite::{Connection, params};

use super::OpenError;
use super::chain::{self, Hash};
use super::log::{Log, ROOMS_AT_ONCE};
use super::row::{COLUMNS, MessageRow};
use super::schema;

/// So many damages are told one by one; of more, only how many there are.
const DAMAGES_MAX: usize = 100;

/// Messages between two words of progress.
const PROGRESS_MESSAGES: u64 = 10_000;

/// How far a check has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Messages that were looked at.
    pub messages: u64,
    /// Messages that there are.
    pub of_messages: u64,
}

/// What a check has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Rooms.
    pub rooms: u64,
    /// Messages, those whose record is not kept included.
    pub messages: u64,
    /// The first damages.
    pub damages: Vec<Damage>,
    /// All damages.
    pub damage_count: u64,
}

/// Something that is not as it was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Damage {
    /// SQLite finds its own structure broken.
    File {
        /// What it says.
        says: String,
    },
    /// Something about a room as a whole.
    Room {
        /// The room's name, as far as it can be read.
        room: String,
        /// What is wrong.
        what: &'static str,
    },
    /// A message is not what was stored, or not there.
    Message {
        /// The room.
        room: String,
        /// The message.
        seq: Seq,
    },
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { says } => write!(f, "the file: {}", says.escape_debug()),
            Self::Room { room, what } => write!(f, "room {}: {what}", room.escape_debug()),
            Self::Message { room, seq } => {
                write!(
                    f,
                    "room {}, message {seq}: not what was stored",
                    room.escape_debug()
                )
            }
        }
    }
}

impl Report {
    fn add(&mut self, damage: Damage) {
        self.damage_count += 1;
        if self.damages.len() < DAMAGES_MAX {
            self.damages.push(damage);
        }
    }

    fn add_error(&mut self, error: &rusqlite::Error) {
        self.add(Damage::File {
            says: error.to_string(),
        });
    }
}

/// Checks everything in the file, of one moment; a server may go on writing meanwhile.
///
/// # Errors
/// [`OpenError`], if there is nothing that could be checked. What is broken inside is in the report.
pub fn check(path: &Path, progress: impl FnMut(Progress)) -> Result<Report, OpenError> {
    let connection = schema::open_for_reading(path)?;
    let moment = connection.unchecked_transaction()?;
    let mut check = Check {
        connection: &moment,
        report: Report::default(),
        of_messages: 0,
        progress,
    };
    if let Err(error) = check.run() {
        check.report.add_error(&error);
    }
    Ok(check.report)
}

struct Check<'a, F> {
    connection: &'a Connection,
    report: Report,
    of_messages: u64,
    progress: F,
}

impl<F: FnMut(Progress)> Check<'_, F> {
    fn run(&mut self) -> rusqlite::Result<()> {
        self.of_messages = self
            .connection
            .query_row("SELECT count(*) FROM message", [], |row| row.get(0))?;
        self.ask_sqlite()?;
        self.rooms()?;
        if self.report.messages != self.of_messages {
            self.report.add(Damage::File {
                says: "there are messages of rooms that are not there".to_owned(),
            });
        }
        Ok(())
    }

    fn ask_sqlite(&mut self) -> rusqlite::Result<()> {
        let mut pragma = self.connection.prepare("PRAGMA integrity_check")?;
        let mut rows = pragma.query([])?;
        while let Some(row) = rows.next()? {
            let says: String = row.get(0)?;
            if says != "ok" {
                self.report.add(Damage::File { says });
            }
        }
        Ok(())
    }

    fn rooms(&mut self) -> rusqlite::Result<()> {
        let mut behind = i64::MIN;
        loop {
            let rooms = match Log::load_behind(self.connection, behind, ROOMS_AT_ONCE) {
                Ok(rooms) => rooms,
                Err(error) => {
                    // One of them can't be read: find which, and go on behind it.
                    self.report.add_error(&error);
                    self.one_by_one(behind)?
                }
            };
            let Some(last) = rooms.last() else {
                return Ok(());
            };
            behind = last.row;
            for room in &rooms {
                self.room(room)?;
            }
        }
    }

    /// The next rooms that can be read, looked up alone.
    fn one_by_one(&self, behind: i64) -> rusqlite::Result<Vec<Log>> {
        let mut rows = self
            .connection
            .prepare("SELECT id FROM room WHERE id > ? ORDER BY id")?;
        let ids: Vec<i64> = rows
            .query_map([behind], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        Ok(ids
            .into_iter()
            .filter_map(|id| {
                let mut one = Log::load_behind(self.connection, id - 1, 1).ok()?;
                one.pop()
            })
            .take(ROOMS_AT_ONCE)
            .collect())
    }

    fn room(&mut self, room: &Log) -> rusqlite::Result<()> {
        self.report.rooms += 1;
        let name = room.name.as_str();
        let mut walk = Walk {
            seq: room.base_seq,
            chain: room.base_chain,
            kept_bytes: 0,
        };
        if room.base_seq == Seq::ZERO && room.base_chain != chain::start(room.top.log, name) {
            self.room_damage(name, "its log's id, its name or its first checksum was changed");
        }
        let sql = format!("SELECT {COLUMNS} FROM message WHERE room = ? ORDER BY seq");
        let mut select = self.connection.prepare_cached(&sql)?;
        let mut rows = select.query([room.row])?;
        let mut last_id = None;
        while let Some(row) = rows.next()? {
            self.count_message();
            match MessageRow::read(row) {
                Ok(message) => {
                    last_id = Some(message.id);
                    if !walk.step(room, &message) {
                        self.message_damage(name, message.seq);
                    }
                }
                Err(_unreadable) => {
                    walk.seq = walk.seq.next();
                    self.message_damage(name, walk.seq);
                }
            }
        }
        let ends_well = walk.seq == room.top.seq
            && walk.chain == room.chain
            && last_id.is_none_or(|id| id == room.top.id);
        if !ends_well {
            self.room_damage(name, "it does not end where it should");
        }
        if room.first_kept <= room.base_seq || room.first_kept > room.top.seq.next() {
            self.room_damage(name, "what is kept begins where it can't");
        } else if walk.kept_bytes != room.kept_bytes {
            self.room_damage(name, "its size is not what it should be");
        }
        self.index(room)
    }

    /// Each message is found under its id.
    fn index(&mut self, room: &Log) -> rusqlite::Result<()> {
        let (by_number, by_id): (u64, u64) = self.connection.query_row(
            "SELECT (SELECT count(*) FROM message WHERE room = ?1),
                    (SELECT count(DISTINCT id) FROM message INDEXED BY message_id WHERE room = ?1)",
            params![room.row],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        if by_number != by_id {
            self.room_damage(room.name.as_str(), "not every message is found under its id");
        }
        Ok(())
    }

    fn count_message(&mut self) {
        self.report.messages += 1;
        if self.report.messages.is_multiple_of(PROGRESS_MESSAGES) {
            (self.progress)(Progress {
                messages: self.report.messages,
                of_messages: self.of_messages,
            });
        }
    }

    fn room_damage(&mut self, room: &str, what: &'static str) {
        self.report.add(Damage::Room {
            room: room.to_owned(),
            what,
        });
    }

    fn message_damage(&mut self, room: &str, seq: Seq) {
        self.report.add(Damage::Message {
            room: room.to_owned(),
            seq,
        });
    }
}

/// Where the walk through a room's messages is.
struct Walk {
    seq: Seq,
    chain: Hash,
    kept_bytes: u64,
}

impl Walk {
    /// Goes on to this message. Whether it is the next one, and what was stored.
    fn step(&mut self, room: &Log, message: &MessageRow) -> bool {
        let is_kept = message.seq >= room.first_kept;
        let is_right = self.seq.0.checked_add(1) == Some(message.seq.0)
            && message.verifies(room.top.log, room.name.as_str(), &self.chain, is_kept)
            && message
                .emptied_by
                .is_none_or(|by| by > message.seq && by <= room.top.seq);
        self.seq = message.seq;
        self.chain = message.chain;
        self.kept_bytes += message.body_bytes();
        is_right
    }
}
