//! Letting old records go, a few at a time.

use chat_proto::ids::Seq;
use rusqlite::{Connection, OptionalExtension, params};

use super::Sqlite;
use super::chain::Hash;
use super::log::Log;
use super::schema;

/// What of each room is kept; without bounds, everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// Records younger than this.
    pub age_ms: Option<u64>,
    /// So many of the last records.
    pub records_max: Option<u64>,
    /// So many of the last records that their texts have at most so many bytes.
    pub bytes_max: Option<u64>,
}

/// Messages that one step changes, so that nobody waits long behind it.
const TRIM_MESSAGES_MAX: u64 = 256;

/// Rooms that one step looks at.
const TRIM_ROOMS_MAX: usize = 64;

impl Sqlite {
    /// Lets some of what is too old or too much go. Whether there may be more to do at once; otherwise it is enough to come
    /// again after a while.
    ///
    /// # Errors
    /// SQLite's; nothing was changed then.
    pub fn trim(&mut self, unix_ms: u64) -> rusqlite::Result<bool> {
        let trimmed = self.trim_rooms(unix_ms);
        if trimmed.is_err() {
            // What is remembered here may be newer than the file.
            self.logs.clear();
        }
        trimmed
    }

    fn trim_rooms(&mut self, unix_ms: u64) -> rusqlite::Result<bool> {
        let rooms = Log::load_behind(&self.connection, self.trimmed_until, TRIM_ROOMS_MAX)?;
        let are_more_rooms = rooms.len() == TRIM_ROOMS_MAX;
        let last = rooms.last().map_or(0, |room| room.row);
        let transaction = schema::begin(&self.connection)?;
        let bounds = Bounds::at(unix_ms, &self.limits.retention, self.limits.ids_kept_ms);
        let mut left = TRIM_MESSAGES_MAX;
        // After the last room it begins again with the first.
        let mut done_until = if are_more_rooms { last } else { 0 };
        for mut room in rooms {
            let before = left;
            let is_room_done = bounds.apply(&transaction, &mut room, &mut left)?;
            if left < before {
                room.save(&transaction)?;
                // A copy that is remembered has the same end, which the file has too.
                if let Some(log) = self.logs.get_mut(&room.name) {
                    *log = room.clone();
                }
            }
            if left == 0 {
                done_until = if is_room_done { room.row } else { room.row - 1 };
                break;
            }
        }
        transaction.commit()?;
        self.has_erased |= left < TRIM_MESSAGES_MAX;
        self.trimmed_until = done_until;
        Ok(left == 0 || are_more_rooms)
    }
}

/// What may stay of a room at one time.
struct Bounds {
    /// Records of before this time go.
    oldest_record_unix_ms: u64,
    records_max: u64,
    bytes_max: u64,
    /// Rows of before this time go, if they have no record.
    oldest_row_unix_ms: u64,
}

/// The oldest message that is looked at.
struct Oldest {
    seq: Seq,
    at_unix_ms: u64,
    bytes: u64,
    chain: Hash,
}

impl Bounds {
    fn at(unix_ms: u64, retention: &Retention, ids_kept_ms: u64) -> Self {
        Self {
            oldest_record_unix_ms: retention
                .age_ms
                .map_or(0, |age_ms| unix_ms.saturating_sub(age_ms)),
            records_max: retention.records_max.unwrap_or(u64::MAX),
            bytes_max: retention.bytes_max.unwrap_or(u64::MAX),
            oldest_row_unix_ms: unix_ms.saturating_sub(ids_kept_ms),
        }
    }

    /// Whether all is done, within the `left` messages that may still be changed.
    fn apply(&self, connection: &Connection, room: &mut Log, left: &mut u64) -> rusqlite::Result<bool> {
        Ok(self.trim_records(connection, room, left)? && self.drop_rows(connection, room, left)?)
    }

    fn trim_records(
        &self,
        connection: &Connection,
        room: &mut Log,
        left: &mut u64,
    ) -> rusqlite::Result<bool> {
        while room.first_kept <= room.top.seq {
            let kept = room.top.seq.0 - room.first_kept.0 + 1;
            let is_too_much = kept > self.records_max || room.kept_bytes > self.bytes_max;
            if !is_too_much && self.oldest_record_unix_ms == 0 {
                // Nothing is too old either: the oldest record need not be read.
                return Ok(true);
            }
            let Some(oldest) = read(connection, room, room.first_kept)? else {
                // A hole, which `check` tells of: nothing is there to trim.
                return Ok(true);
            };
            if !is_too_much && oldest.at_unix_ms >= self.oldest_record_unix_ms {
                return Ok(true);
            }
            if *left == 0 {
                return Ok(false);
            }
            *left -= 1;
            connection
                .prepare_cached("UPDATE message SET text = '', extra = x'' WHERE room = ? AND seq = ?")?
                .execute(params![room.row, oldest.seq.0])?;
            room.kept_bytes = room.kept_bytes.saturating_sub(oldest.bytes);
            room.first_kept = oldest.seq.next();
        }
        Ok(true)
    }

    fn drop_rows(&self, connection: &Connection, room: &mut Log, left: &mut u64) -> rusqlite::Result<bool> {
        while room.base_seq.next() < room.first_kept {
            let Some(oldest) = read(connection, room, room.base_seq.next())? else {
                return Ok(true);
            };
            if oldest.at_unix_ms >= self.oldest_row_unix_ms {
                return Ok(true);
            }
            if *left == 0 {
                return Ok(false);
            }
            *left -= 1;
            connection
                .prepare_cached("DELETE FROM message WHERE room = ? AND seq = ?")?
                .execute(params![room.row, oldest.seq.0])?;
            room.base_seq = oldest.seq;
            room.base_chain = oldest.chain;
        }
        Ok(true)
    }
}

fn read(connection: &Connection, room: &Log, seq: Seq) -> rusqlite::Result<Option<Oldest>> {
    let mut select = connection.prepare_cached(
        "SELECT at_unix_ms, length(CAST(text AS BLOB)) + length(extra), chain FROM message WHERE room = ? AND seq = ?",
    )?;
    select
        .query_row(params![room.row, seq.0], |row| {
            Ok(Oldest {
                seq,
                at_unix_ms: row.get(0)?,
                bytes: row.get(1)?,
                chain: row.get(2)?,
            })
        })
        .optional()
}
