//! The index of words, in a file of its own: behind the log by a moment, and made anew when it is lost.
//!
//! ```text
//! words      FTS5, without the texts: rowid ─▶ words of the author and of the text
//! progress   one row for each room: up to which message it is indexed, and whose log that was
//! ```
//! A rowid is the room's row and the message's number in one, so a room is a range of rowids, and the newest of a room come
//! first without sorting. What is found is read from the log, and shown only if it verifies there.
//!
//! Words are FTS5's: letters and digits, in capitals or not, with their accents or without.

mod find;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use chat_proto::ids::{LogId, MessageId, Seq};
use chat_proto::message::{Kind, Record};
use chat_proto::name::RoomName;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::OpenError;
use super::log::{Log, ROOMS_AT_ONCE};
use super::row::{COLUMNS, MessageRow};
use super::schema;
use crate::history::{NoSearch, SearchAnswer, SearchRequest};

/// The version of the index: another one is thrown away and made anew.
const VERSION: i32 = 1;

const SCHEMA: &str = "
    CREATE VIRTUAL TABLE words USING fts5(
        author, text, content='', contentless_delete=1, tokenize=\"unicode61 remove_diacritics 2\"
    );
    CREATE TABLE progress (
        room INTEGER PRIMARY KEY,        -- the room's row in the log's file
        log INTEGER NOT NULL,
        seq INTEGER NOT NULL,            -- the last message that is indexed
        id BLOB NOT NULL,                -- its author's id for it
        first_kept INTEGER NOT NULL      -- what lies before is not indexed any more
    ) STRICT;
";

/// Bits of a rowid that are the message's number. So many messages a room, and so many rooms, have a place.
const SEQ_BITS: u32 = 40;

/// Messages that one step indexes, so that a search never waits long behind it.
const INDEX_MESSAGES_MAX: u64 = 512;

/// Pages that one step of purging merges.
const PURGE_PAGES_MAX: i64 = 64;

/// The index, and the log as it reads it.
#[derive(Debug)]
pub struct Index {
    pub(super) log: Connection,
    pub(super) words: Connection,
    path: PathBuf,
    /// Rooms that have grown, and whose rows are not looked up yet.
    grown: BTreeSet<RoomName>,
    /// Rooms that may have grown since they were indexed, by their rows: rowids must come in their order.
    behind: BTreeSet<i64>,
    purge: Purge,
}

/// Words of what was emptied are not found any more, but stand in the file until its parts are merged into one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purge {
    NotNeeded,
    Due,
    UnderWay,
}

/// How far a room is indexed.
#[derive(Clone, Copy)]
struct Done {
    log: LogId,
    seq: Seq,
    id: MessageId,
    first_kept: Seq,
}

impl Done {
    const fn nothing_of(log: LogId) -> Self {
        Self {
            log,
            seq: Seq::ZERO,
            id: MessageId::ZERO,
            first_kept: Seq(1),
        }
    }
}

impl Index {
    /// Opens the index at `words` for the log at `log`, which is there; makes it anew if it can't be used.
    ///
    /// # Errors
    /// [`OpenError`], if the log can't be read, or no index can be made.
    pub fn open(log: &Path, words: &Path) -> Result<Self, OpenError> {
        let mut index = Self {
            log: schema::open_for_reading(log)?,
            words: open_words(words)?,
            path: words.to_owned(),
            grown: BTreeSet::new(),
            behind: BTreeSet::new(),
            purge: Purge::NotNeeded,
        };
        if index.compare().is_err() {
            index.make_anew()?;
        }
        Ok(index)
    }

    /// These rooms have grown.
    pub fn add_rooms(&mut self, rooms: BTreeSet<RoomName>) {
        self.grown.extend(rooms);
    }

    /// Indexes some of what is new; tells whether there may be more.
    ///
    /// # Errors
    /// SQLite's. An index that is damaged has been thrown away, and is made anew by the next calls.
    pub fn go_on(&mut self) -> rusqlite::Result<bool> {
        let done = self.step();
        if done.as_ref().is_err_and(is_damage) {
            self.make_anew().map_err(OpenError::into_sqlite)?;
        }
        done
    }

    fn step(&mut self) -> rusqlite::Result<bool> {
        self.look_up_grown()?;
        if self.behind.is_empty() {
            self.purge_some()
        } else {
            self.index_some()
        }
    }

    /// A room that can't be looked up stays listed.
    fn look_up_grown(&mut self) -> rusqlite::Result<()> {
        let moment = schema::begin(&self.log)?;
        while let Some(room) = self.grown.first() {
            if let Some(log) = Log::load(&moment, room)? {
                self.behind.insert(log.row);
            }
            self.grown.pop_first();
        }
        Ok(())
    }

    fn index_some(&mut self) -> rusqlite::Result<bool> {
        // One moment for all that is read: to begin another one for each room would cost more than what is read.
        let moment = schema::begin(&self.log)?;
        let transaction = schema::begin(&self.words)?;
        let mut left = INDEX_MESSAGES_MAX;
        let mut finished = Vec::new();
        let mut has_emptied = false;
        for &row in &self.behind {
            if left == 0 {
                break;
            }
            let Some(room) = Log::load_behind(&moment, row - 1, 1)?
                .pop()
                .filter(|room| room.row == row)
            else {
                finished.push(row);
                continue;
            };
            if index_room(&moment, &transaction, &room, &mut left, &mut has_emptied)? {
                finished.push(row);
            }
        }
        transaction.commit()?;
        drop(moment);
        for row in finished {
            self.behind.remove(&row);
        }
        if has_emptied {
            self.purge = Purge::Due;
        }
        Ok(!self.behind.is_empty() || self.purge != Purge::NotNeeded)
    }

    /// Merges a few more pages; tells whether there is more to do.
    fn purge_some(&mut self) -> rusqlite::Result<bool> {
        // FTS5: a negative number begins to merge all parts into one, a positive one goes on; fewer than two changes say that
        // nothing was left to do.
        let pages = match self.purge {
            Purge::NotNeeded => return Ok(false),
            Purge::Due => -PURGE_PAGES_MAX,
            Purge::UnderWay => PURGE_PAGES_MAX,
        };
        let before = self.words.total_changes();
        self.words
            .prepare_cached("INSERT INTO words (words, rank) VALUES ('merge', ?)")?
            .execute([pages])?;
        let has_done_something = self.words.total_changes() - before >= 2;
        self.purge = if has_done_something {
            Purge::UnderWay
        } else {
            // The one who searches is the only one who reads it, and does not at the moment.
            schema::cut_wal(&self.words)?;
            Purge::NotNeeded
        };
        Ok(has_done_something)
    }

    /// Looks for something in one room.
    ///
    /// # Errors
    /// SQLite's. An index that is damaged has been thrown away, and is made anew by the next calls.
    pub fn search(&mut self, request: &SearchRequest) -> rusqlite::Result<Result<SearchAnswer, NoSearch>> {
        let found = self.find(request);
        if found.as_ref().is_err_and(is_damage) {
            self.make_anew().map_err(OpenError::into_sqlite)?;
        }
        found
    }

    fn find(&self, request: &SearchRequest) -> rusqlite::Result<Result<SearchAnswer, NoSearch>> {
        let moment = schema::begin(&self.log)?;
        let Some(room) = Log::load(&moment, &request.room)? else {
            return Ok(Err(NoSearch::Unavailable));
        };
        let searched = load(&self.words, room.row)?.map_or(Seq::ZERO, |done| done.seq);
        let Some(records) = find::find(&moment, &self.words, &room, request)? else {
            return Ok(Err(NoSearch::TooMuch));
        };
        Ok(Ok(SearchAnswer {
            log: room.top.log,
            searched: searched.min(room.top.seq),
            last: room.top.seq,
            records,
        }))
    }

    /// Finds out which rooms have grown since they were indexed, and lets go of what is not the log's.
    fn compare(&mut self) -> rusqlite::Result<()> {
        self.behind.clear();
        let mut known = load_all(&self.words)?;
        let transaction = schema::begin(&self.words)?;
        let mut last = i64::MIN;
        loop {
            let rooms = Log::load_behind(&self.log, last, ROOMS_AT_ONCE)?;
            let Some(room) = rooms.last() else {
                break;
            };
            last = room.row;
            for room in &rooms {
                let done = known.remove(&room.row);
                if let Some(done) = done
                    && !is_of(&self.log, room, done)?
                {
                    forget(&transaction, room.row)?;
                }
                if done.is_none_or(|done| done.seq != room.top.seq || done.first_kept != room.first_kept) {
                    self.behind.insert(room.row);
                }
            }
        }
        for row in known.into_keys() {
            forget(&transaction, row)?;
        }
        transaction.commit()
    }

    fn make_anew(&mut self) -> Result<(), OpenError> {
        self.words = Connection::open_in_memory()?;
        self.words = make_words(&self.path)?;
        self.compare()?;
        Ok(())
    }
}

fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase)
    )
}

fn open_words(path: &Path) -> Result<Connection, OpenError> {
    let connection = Connection::open(path)?;
    let version = connection.pragma_query_value(None, "user_version", |row| row.get::<_, i32>(0));
    if version.is_ok_and(|version| version == VERSION) {
        prepare_words(&connection)?;
        return Ok(connection);
    }
    drop(connection);
    make_words(path)
}

fn make_words(path: &Path) -> Result<Connection, OpenError> {
    for end in ["", "-wal", "-shm"] {
        let mut file = path.as_os_str().to_owned();
        file.push(end);
        // What can't be removed can't be replaced, which shows in a moment.
        let _ = fs::remove_file(file);
    }
    let connection = Connection::open(path)?;
    prepare_words(&connection)?;
    connection.execute_batch(SCHEMA)?;
    connection.pragma_update(None, "user_version", VERSION)?;
    Ok(connection)
}

fn prepare_words(connection: &Connection) -> Result<(), OpenError> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // What is lost in a crash is indexed again.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "secure_delete", "ON")?;
    Ok(())
}

fn rowid(row: i64, seq: Seq) -> i64 {
    let seq = i64::try_from(seq.0).unwrap_or(i64::MAX);
    (row << SEQ_BITS) | seq.min((1 << SEQ_BITS) - 1)
}

fn load(words: &Connection, row: i64) -> rusqlite::Result<Option<Done>> {
    words
        .prepare_cached("SELECT log, seq, id, first_kept FROM progress WHERE room = ?")?
        .query_row([row], |row| read_done(row, 0))
        .optional()
}

fn load_all(words: &Connection) -> rusqlite::Result<BTreeMap<i64, Done>> {
    words
        .prepare("SELECT room, log, seq, id, first_kept FROM progress")?
        .query_map([], |row| Ok((row.get(0)?, read_done(row, 1)?)))?
        .collect()
}

fn read_done(row: &rusqlite::Row<'_>, first: usize) -> rusqlite::Result<Done> {
    Ok(Done {
        log: LogId(row.get::<_, i64>(first)?.cast_unsigned()),
        seq: Seq(row.get(first + 1)?),
        id: MessageId(row.get(first + 2)?),
        first_kept: Seq(row.get(first + 3)?),
    })
}

/// Whether this is what was indexed, or has grown out of it.
fn is_of(log: &Connection, room: &Log, done: Done) -> rusqlite::Result<bool> {
    if done.log != room.top.log || done.seq > room.top.seq {
        return Ok(false);
    }
    let id: Option<[u8; 16]> = log
        .prepare_cached("SELECT id FROM message WHERE room = ? AND seq = ?")?
        .query_row(params![room.row, done.seq.0], |row| row.get(0))
        .optional()?;
    Ok(id.is_none_or(|id| id == done.id.0))
}

fn forget(words: &Connection, row: i64) -> rusqlite::Result<()> {
    words.execute(
        "DELETE FROM words WHERE rowid BETWEEN ? AND ?",
        [rowid(row, Seq::ZERO), rowid(row, Seq::MAX)],
    )?;
    words.execute("DELETE FROM progress WHERE room = ?", [row])?;
    Ok(())
}

/// Indexes some of what is new in a room; tells whether that was all.
fn index_room(
    log: &Connection,
    words: &Transaction<'_>,
    room: &Log,
    left: &mut u64,
    has_emptied: &mut bool,
) -> rusqlite::Result<bool> {
    let mut done = load(words, room.row)?.unwrap_or(Done::nothing_of(room.top.log));
    while done.first_kept < room.first_kept && done.first_kept <= done.seq && *left > 0 {
        remove(words, room.row, done.first_kept)?;
        done.first_kept = done.first_kept.next();
        *left -= 1;
    }
    if done.first_kept > done.seq {
        done.first_kept = room.first_kept;
    }
    let sql = format!("SELECT {COLUMNS} FROM message WHERE room = ? AND seq > ? ORDER BY seq LIMIT ?");
    let mut select = log.prepare_cached(&sql)?;
    let mut insert = words.prepare_cached("INSERT INTO words (rowid, author, text) VALUES (?, ?, ?)")?;
    let mut rows = select.query(params![room.row, done.seq.0, *left])?;
    while let Some(row) = rows.next()? {
        *left -= 1;
        let message = MessageRow::read(row)?;
        done.seq = message.seq;
        done.id = message.id;
        if !message.text.is_empty() {
            insert.execute(params![
                rowid(room.row, message.seq),
                message.author,
                message.text
            ])?;
        }
        if message.kind == Kind::MODERATION
            && let Some(emptied) = message.into_record().as_ref().and_then(Record::empties)
        {
            remove(words, room.row, emptied)?;
            *has_emptied = true;
        }
    }
    words
        .prepare_cached(
            "INSERT OR REPLACE INTO progress (room, log, seq, id, first_kept) VALUES (?, ?, ?, ?, ?)",
        )?
        .execute(params![
            room.row,
            done.log.0.cast_signed(),
            done.seq.0,
            done.id.0,
            done.first_kept.0
        ])?;
    Ok(done.seq >= room.top.seq && done.first_kept >= room.first_kept)
}

fn remove(words: &Connection, row: i64, seq: Seq) -> rusqlite::Result<()> {
    words
        .prepare_cached("DELETE FROM words WHERE rowid = ?")?
        .execute([rowid(row, seq)])?;
    Ok(())
}
