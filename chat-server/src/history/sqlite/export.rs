//! Everything that is kept, in order.

use std::path::Path;

use chat_proto::message::{Record, Span};
use chat_proto::name::RoomName;

use super::OpenError;
use super::log::{Log, ROOMS_AT_ONCE};
use super::page::Reader;
use super::schema;
use crate::history::PageRequest;

/// Records that are read at once.
const RECORDS_AT_ONCE: usize = 1024;

/// Why an export has ended early.
#[derive(Debug)]
pub enum ExportError<E> {
    /// The file can't be opened.
    Open(OpenError),
    /// The file can't be read.
    Read(rusqlite::Error),
    /// Whoever takes the records wants no more.
    Taker(E),
}

/// Gives all records of all rooms, or of these rooms, in order; messages that do not verify are left out. A server may go
/// on writing meanwhile.
///
/// # Errors
/// [`ExportError`], also what `take` says.
pub fn export<E>(
    path: &Path,
    only: &[RoomName],
    mut take: impl FnMut(&RoomName, Record) -> Result<(), E>,
) -> Result<(), ExportError<E>> {
    let connection = schema::open_for_reading(path).map_err(ExportError::Open)?;
    let mut reader = Reader::open(path).map_err(ExportError::Open)?;
    let mut last = i64::MIN;
    loop {
        let rooms = Log::load_behind(&connection, last, ROOMS_AT_ONCE).map_err(ExportError::Read)?;
        let Some(room) = rooms.last() else {
            return Ok(());
        };
        last = room.row;
        for room in rooms {
            if only.is_empty() || only.contains(&room.name) {
                export_room(&mut reader, &room.name, &mut take)?;
            }
        }
    }
}

fn export_room<E>(
    reader: &mut Reader,
    room: &RoomName,
    take: &mut impl FnMut(&RoomName, Record) -> Result<(), E>,
) -> Result<(), ExportError<E>> {
    let mut request = PageRequest {
        room: room.clone(),
        span: Span::After(chat_proto::ids::Seq::ZERO),
        records_max: RECORDS_AT_ONCE,
        bytes_max: usize::MAX,
    };
    while let Some(page) = reader.page(&request).map_err(ExportError::Read)? {
        let Some(last) = page.records.last() else {
            break;
        };
        request.span = Span::After(last.seq);
        for record in page.records {
            take(room, record).map_err(ExportError::Taker)?;
        }
    }
    Ok(())
}
