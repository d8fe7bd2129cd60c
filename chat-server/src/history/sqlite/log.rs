//! One room's log on disk, as its writer knows it.

use chat_proto::ids::{LogId, MessageId, Position, Seq};
use chat_proto::message::{EXTRA_UNPROVEN, From, Kind};
use chat_proto::name::RoomName;
use rusqlite::{Connection, OptionalExtension, params};

use super::chain::{self, Hash, Link};
use super::row::{extra_from_bytes, extra_to_bytes};
use crate::history::{Draft, EmptiedBy, Outcome, Refusal, located};

/// Rooms that are read at once by whoever goes through all of them.
pub(super) const ROOMS_AT_ONCE: usize = 256;

/// A room's row. What it says of the end is written back by [`save`](Log::save).
#[derive(Clone, Debug)]
pub(super) struct Log {
    pub(super) row: i64,
    pub(super) name: RoomName,
    pub(super) top: Position,
    /// The checksum of the last message.
    pub(super) chain: Hash,
    pub(super) first_kept: Seq,
    pub(super) kept_bytes: u64,
    /// The message before the first one that has a row, and its checksum.
    pub(super) base_seq: Seq,
    pub(super) base_chain: Hash,
}

/// How many rooms there are.
pub(super) fn count(connection: &Connection) -> rusqlite::Result<u64> {
    connection
        .prepare_cached("SELECT count(*) FROM room")?
        .query_row([], |row| row.get(0))
}

impl Log {
    const COLUMNS: &str =
        "id, name, log, last_seq, last_id, chain, first_kept, kept_bytes, base_seq, base_chain";

    /// The room's log, if it has one.
    pub(super) fn load(connection: &Connection, room: &RoomName) -> rusqlite::Result<Option<Self>> {
        let sql = format!("SELECT {} FROM room WHERE name = ?", Self::COLUMNS);
        let mut select = connection.prepare_cached(&sql)?;
        select.query_row([room.as_str()], Self::read).optional()
    }

    /// Up to `limit` logs whose rows come behind this one.
    pub(super) fn load_behind(
        connection: &Connection,
        row: i64,
        limit: usize,
    ) -> rusqlite::Result<Vec<Self>> {
        let sql = format!(
            "SELECT {} FROM room WHERE id > ? ORDER BY id LIMIT ?",
            Self::COLUMNS
        );
        let mut select = connection.prepare_cached(&sql)?;
        select.query_map(params![row, limit], Self::read)?.collect()
    }

    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        let name: String = row.get(1)?;
        let name = RoomName::parse(&name).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(1, rusqlite::types::Type::Text, Box::new(error))
        })?;
        Ok(Self {
            row: row.get(0)?,
            name,
            top: Position {
                log: LogId(row.get::<_, i64>(2)?.cast_unsigned()),
                seq: Seq(row.get(3)?),
                id: MessageId(row.get(4)?),
            },
            chain: row.get(5)?,
            first_kept: Seq(row.get(6)?),
            kept_bytes: row.get(7)?,
            base_seq: Seq(row.get(8)?),
            base_chain: row.get(9)?,
        })
    }

    /// A new log for a room that has none.
    pub(super) fn create(connection: &Connection, room: &RoomName, log: LogId) -> rusqlite::Result<Self> {
        let start = chain::start(log, room.as_str());
        let mut created = Self {
            row: 0,
            name: room.clone(),
            top: Position::start(log),
            chain: start,
            first_kept: Seq(1),
            kept_bytes: 0,
            base_seq: Seq::ZERO,
            base_chain: start,
        };
        let mut insert = connection.prepare_cached(
            "INSERT INTO room (name, log, last_seq, last_id, chain, first_kept, kept_bytes, base_seq, base_chain)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?;
        created.row = insert.insert(params![
            room.as_str(),
            log.0.cast_signed(),
            created.top.seq.0,
            created.top.id.0,
            created.chain,
            created.first_kept.0,
            created.kept_bytes,
            created.base_seq.0,
            created.base_chain,
        ])?;
        Ok(created)
    }

    pub(super) fn delete(&self, connection: &Connection) -> rusqlite::Result<()> {
        connection
            .prepare_cached("DELETE FROM room WHERE id = ?")?
            .execute([self.row])?;
        Ok(())
    }

    /// Writes back what changes as the log grows and is trimmed.
    pub(super) fn save(&self, connection: &Connection) -> rusqlite::Result<()> {
        let mut update = connection.prepare_cached(
            "UPDATE room SET last_seq = ?, last_id = ?, chain = ?, first_kept = ?, kept_bytes = ?, base_seq = ?, base_chain = ?
             WHERE id = ?",
        )?;
        update.execute(params![
            self.top.seq.0,
            self.top.id.0,
            self.chain,
            self.first_kept.0,
            self.kept_bytes,
            self.base_seq.0,
            self.base_chain,
            self.row,
        ])?;
        Ok(())
    }

    pub(super) fn never_had_a_record(&self) -> bool {
        self.top.seq == Seq::ZERO
    }

    /// What is to be answered to a draft whose id is known.
    pub(super) fn known(&self, connection: &Connection, draft: &Draft) -> rusqlite::Result<Option<Outcome>> {
        let mut select = connection
            .prepare_cached("SELECT seq, author, kind, text_hash FROM message WHERE room = ? AND id = ?")?;
        let found = select.query_row(params![self.row, draft.id.0], |row| {
            let is_same = row.get_ref(1)?.as_str()? == draft.author.as_str()
                && row.get::<_, u16>(2)? == draft.kind.0
                && row.get::<_, Hash>(3)? == chain::hash(draft.text.as_bytes());
            Ok(if is_same {
                Outcome::Known {
                    seq: Seq(row.get(0)?),
                }
            } else {
                Outcome::Refused(Refusal::IdReused)
            })
        });
        found.optional()
    }

    pub(super) fn append(
        &mut self,
        connection: &Connection,
        at_unix_ms: u64,
        draft: &Draft,
    ) -> rusqlite::Result<Outcome> {
        let seq = self.top.seq.next();
        let extra = extra_to_bytes(&draft.extra);
        let link = Link {
            log: self.top.log,
            room: self.name.as_str(),
            seq,
            id: draft.id,
            at_unix_ms,
            kind: draft.kind,
            author: draft.author.as_str(),
            text_hash: &chain::hash(draft.text.as_bytes()),
            extra_hash: &chain::hash(&extra),
        };
        let chain = link.after(&self.chain);
        let mut insert = connection.prepare_cached(
            "INSERT INTO message (room, seq, id, author, at_unix_ms, kind, text, extra, text_hash, extra_hash, chain)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (room, id) DO NOTHING",
        )?;
        let inserted = insert.execute(params![
            self.row,
            seq.0,
            draft.id.0,
            draft.author.as_str(),
            at_unix_ms,
            draft.kind.0,
            draft.text.as_str(),
            extra,
            link.text_hash,
            link.extra_hash,
            chain,
        ])?;
        // Nearly always the id is new, so it is looked up only when it turns out that it is not.
        if inserted == 0 {
            let known = self.known(connection, draft)?;
            return known.ok_or(rusqlite::Error::QueryReturnedNoRows);
        }
        self.chain = chain;
        self.top.seq = seq;
        self.top.id = draft.id;
        self.kept_bytes += (draft.text.len() + extra.len()) as u64;
        Ok(Outcome::Appended { seq, at_unix_ms })
    }

    /// Empties a message, and appends the notice that says so.
    pub(super) fn empty(
        &mut self,
        connection: &Connection,
        at_unix_ms: u64,
        seq: Seq,
        by: EmptiedBy,
        notice: &Draft,
    ) -> rusqlite::Result<Outcome> {
        if let Some(known) = self.known(connection, notice)? {
            return Ok(known);
        }
        let found = if seq < self.first_kept || seq > self.top.seq {
            None
        } else {
            let mut select = connection.prepare_cached(
                "SELECT author, length(CAST(text AS BLOB)) + length(extra), extra FROM message
                 WHERE room = ? AND seq = ? AND emptied_by IS NULL AND kind <> ?",
            )?;
            select
                .query_row(params![self.row, seq.0, Kind::MODERATION.0], |row| {
                    let extra = extra_from_bytes(row.get_ref(2)?.as_blob()?);
                    let is_unproven = extra.is_some_and(|extra| extra.get(EXTRA_UNPROVEN).is_some());
                    Ok((row.get::<_, String>(0)?, row.get::<_, u64>(1)?, is_unproven))
                })
                .optional()?
        };
        let Some((author, bytes, is_unproven)) = found else {
            return Ok(Outcome::Refused(Refusal::NothingToEmpty));
        };
        let is_its_author = author == notice.author.as_str() && is_unproven == notice.is_unproven();
        if by == EmptiedBy::Author && !is_its_author {
            return Ok(Outcome::Refused(Refusal::NotTheAuthor));
        }
        let outcome = self.append(connection, at_unix_ms, notice)?;
        let mut update = connection.prepare_cached(
            "UPDATE message SET text = '', extra = x'', emptied_by = ? WHERE room = ? AND seq = ?",
        )?;
        update.execute(params![self.top.seq.0, self.row, seq.0])?;
        self.kept_bytes -= bytes;
        Ok(outcome)
    }

    pub(super) fn locate(&self, connection: &Connection, from: From) -> rusqlite::Result<Outcome> {
        let is_known = match from {
            From::Tail(_) => true,
            From::After(position) => self.has(connection, position)?,
        };
        Ok(located(self.top, self.first_kept, from, is_known))
    }

    /// Whether this log has, or may have had, this message: of one whose row is gone the id can't be compared.
    fn has(&self, connection: &Connection, position: Position) -> rusqlite::Result<bool> {
        if position.log != self.top.log || position.seq > self.top.seq {
            return Ok(false);
        }
        if position.seq == Seq::ZERO {
            return Ok(position.id == MessageId::ZERO);
        }
        if position.seq <= self.base_seq {
            return Ok(true);
        }
        let mut select = connection.prepare_cached("SELECT id FROM message WHERE room = ? AND seq = ?")?;
        let id: Option<[u8; 16]> = select
            .query_row(params![self.row, position.seq.0], |row| row.get(0))
            .optional()?;
        Ok(id == Some(position.id.0))
    }
}
