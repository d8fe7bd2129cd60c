//! Reading: pages of a room's history, on connections that only read.

use std::path::Path;

use chat_proto::ids::Seq;
use chat_proto::message::{Record, Span};
use chat_proto::name::RoomName;
use rusqlite::{Connection, OptionalExtension, params};

use super::OpenError;
use super::chain::Hash;
use super::log::Log;
use super::row::{COLUMNS, MessageRow};
use super::schema;
use crate::history::{PageAnswer, PageRequest};

/// Reads a store on disk, beside its writer.
#[derive(Debug)]
pub struct Reader {
    pub(super) connection: Connection,
    unreadable: Option<Unreadable>,
}

/// A message that is not what was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The room.
    pub room: RoomName,
    /// The message.
    pub seq: Seq,
}

impl Reader {
    /// Opens a file that is there.
    ///
    /// # Errors
    /// [`OpenError`], if the file can't be used.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        Ok(Self {
            connection: schema::open_for_reading(path)?,
            unreadable: None,
        })
    }

    /// Some records of a room; nothing if the room has no log. A message that does not verify is never shown: a page
    /// begins behind it, or ends before it.
    ///
    /// # Errors
    /// SQLite's, if the file can't be read.
    pub fn page(&mut self, request: &PageRequest) -> rusqlite::Result<Option<PageAnswer>> {
        // What the room says of itself and its messages are read at one moment.
        let moment = schema::begin(&self.connection)?;
        let Some(log) = Log::load(&moment, &request.room)? else {
            return Ok(None);
        };
        let mut found = Found::default();
        read(&moment, &log, request, &mut found)?;
        if let Some(seq) = found.unreadable {
            self.unreadable = Some(Unreadable {
                room: request.room.clone(),
                seq,
            });
        }
        if let Span::Before(_) = request.span {
            found.records.reverse();
        }
        Ok(Some(PageAnswer {
            log: log.top.log,
            first_kept: log.first_kept,
            last: log.top.seq,
            records: found.records,
        }))
    }

    /// The message that could not be shown in a page since the last call, if there was one.
    pub fn take_unreadable(&mut self) -> Option<Unreadable> {
        self.unreadable.take()
    }
}

#[derive(Default)]
struct Found {
    /// In the order in which they were looked for.
    records: Vec<Record>,
    bytes: usize,
    unreadable: Option<Seq>,
}

impl Found {
    /// Adds a record if the page has room for it. Whether more is wanted.
    fn add(&mut self, record: Record, request: &PageRequest) -> bool {
        self.bytes += record.wire_bytes_max();
        if self.records.len() >= request.records_max
            || (!self.records.is_empty() && self.bytes > request.bytes_max)
        {
            return false;
        }
        self.records.push(record);
        self.records.len() < request.records_max
    }

    /// Meets a message that does not verify. Whether more is wanted: what lies behind it, if nothing came before it.
    fn skip(&mut self, seq: Seq) -> bool {
        self.unreadable = Some(seq);
        self.records.is_empty()
    }
}

fn read(
    connection: &Connection,
    log: &Log,
    request: &PageRequest,
    found: &mut Found,
) -> rusqlite::Result<()> {
    if request.records_max == 0 {
        return Ok(());
    }
    match request.span {
        Span::After(seq) if seq >= log.top.seq => Ok(()),
        Span::After(seq) => read_forwards(connection, log, seq.next().max(log.first_kept), request, found),
        Span::Before(seq) => read_backwards(connection, log, seq.min(log.top.seq.next()), request, found),
    }
}

fn read_forwards(
    connection: &Connection,
    log: &Log,
    first: Seq,
    request: &PageRequest,
    found: &mut Found,
) -> rusqlite::Result<()> {
    let sql = format!("SELECT {COLUMNS} FROM message WHERE room = ? AND seq >= ? ORDER BY seq");
    let mut select = connection.prepare_cached(&sql)?;
    // With the one before, whose checksum the first one's rests on.
    let mut rows = select.query(params![log.row, first.0 - 1])?;
    let mut before = Some((log.base_seq, log.base_chain));
    while let Some(row) = rows.next()? {
        let message = MessageRow::read(row)?;
        let (seq, chain) = (message.seq, message.chain);
        if seq >= first {
            let goes_on = match verified(message, log, before) {
                Some(record) => found.add(record, request),
                None => found.skip(seq),
            };
            if !goes_on {
                break;
            }
        }
        before = Some((seq, chain));
    }
    Ok(())
}

fn read_backwards(
    connection: &Connection,
    log: &Log,
    end: Seq,
    request: &PageRequest,
    found: &mut Found,
) -> rusqlite::Result<()> {
    let sql = format!("SELECT {COLUMNS} FROM message WHERE room = ? AND seq < ? ORDER BY seq DESC");
    let mut select = connection.prepare_cached(&sql)?;
    let mut rows = select.query(params![log.row, end.0])?;
    let mut later: Option<MessageRow> = None;
    loop {
        let message = rows.next()?.map(MessageRow::read).transpose()?;
        let before = match &message {
            Some(message) => (message.seq, message.chain),
            None => (log.base_seq, log.base_chain),
        };
        if let Some(later) = later.take() {
            let seq = later.seq;
            let goes_on = match verified(later, log, Some(before)) {
                Some(record) => found.add(record, request),
                None => found.skip(seq),
            };
            if !goes_on {
                break;
            }
        }
        match message {
            Some(message) if message.seq >= log.first_kept => later = Some(message),
            Some(_) | None => break,
        }
    }
    Ok(())
}

/// One record, if it is there and is what was stored.
pub(super) fn read_one(connection: &Connection, log: &Log, seq: Seq) -> rusqlite::Result<Option<Record>> {
    let before = Seq(seq.0.saturating_sub(1));
    let request = PageRequest {
        room: log.name.clone(),
        span: Span::After(before),
        records_max: 1,
        bytes_max: 0,
    };
    let mut found = Found::default();
    read(connection, log, &request, &mut found)?;
    Ok(found.records.pop().filter(|record| record.seq == seq))
}

/// The first message that was not stored before this time, as far as the clock went forwards; one more than the last if
/// none is.
pub(super) fn first_since(connection: &Connection, log: &Log, unix_ms: u64) -> rusqlite::Result<Seq> {
    let mut select =
        connection.prepare_cached("SELECT at_unix_ms FROM message WHERE room = ? AND seq = ?")?;
    let (mut low, mut high) = (log.first_kept.0, log.top.seq.0 + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        let at: Option<u64> = select
            .query_row(params![log.row, middle], |row| row.get(0))
            .optional()?;
        if at.is_some_and(|at| at < unix_ms) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(Seq(low))
}

/// The record, if it is what was stored and stands behind this message.
fn verified(message: MessageRow, log: &Log, before: Option<(Seq, Hash)>) -> Option<Record> {
    let (before_seq, before_chain) = before?;
    let is_next = before_seq.0.checked_add(1) == Some(message.seq.0);
    let verifies = is_next && message.verifies(log.top.log, log.name.as_str(), &before_chain, true);
    if verifies { message.into_record() } else { None }
}
