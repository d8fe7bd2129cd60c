//! The file: its tables, its version, how it is opened.
//!
//! ```text
//! room     one row each: name, log, what is kept, and the chain's two ends
//! message  (room, seq) ─▶ one record; its text is empty once it was emptied or trimmed
//! facts    (kind, subject, object) ─▶ what is so: whose a name is, who was let in, …
//! ```
//! A message's row outlives its record: while it is there, what is said again under its id is known.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction};

use super::OpenError;

/// In the file's header: this is a chat's history.
const APPLICATION_ID: i32 = i32::from_be_bytes(*b"chat");

/// Each turns a file of the version that is its index into one of the next version.
const MIGRATIONS: [&str; 2] = [
    "
    CREATE TABLE room (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        log INTEGER NOT NULL,            -- a u64, its bits as they are
        last_seq INTEGER NOT NULL,       -- the number of the last message, 0 if there was none
        last_id BLOB NOT NULL,           -- its author's id for it
        chain BLOB NOT NULL,             -- the checksum of the last message and all before it
        first_kept INTEGER NOT NULL,     -- the first message that still has a record
        kept_bytes INTEGER NOT NULL,     -- of the texts and authors of all records
        base_seq INTEGER NOT NULL,       -- the message before the first that has a row
        base_chain BLOB NOT NULL         -- its checksum
    ) STRICT;
    CREATE TABLE message (
        room INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        id BLOB NOT NULL,
        author TEXT NOT NULL,
        at_unix_ms INTEGER NOT NULL,
        kind INTEGER NOT NULL,
        text TEXT NOT NULL,              -- empty if it was emptied or is not kept
        extra BLOB NOT NULL,             -- likewise
        text_hash BLOB NOT NULL,         -- of the text and of the extra as they were said
        extra_hash BLOB NOT NULL,
        emptied_by INTEGER,              -- the number of the message that says so
        chain BLOB NOT NULL,
        PRIMARY KEY (room, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX message_id ON message (room, id);
",
    "
    CREATE TABLE facts (
        kind TEXT NOT NULL,
        subject TEXT NOT NULL,           -- a folded name, a key or a digest in hex, a room
        object TEXT NOT NULL,
        value TEXT NOT NULL,             -- times in milliseconds since 1970-01-01 UTC
        PRIMARY KEY (kind, subject, object)
    ) STRICT, WITHOUT ROWID;
",
];

/// So long somebody who reads or backs up the file from outside may keep the writer waiting.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Pages of commits that gather before they are folded into the file. Busy rooms write to the same few pages again and again,
/// so the more of that is gathered, the less is written twice.
const CHECKPOINT_PAGES: i64 = 4096;

/// Opens the file for the one that writes; makes it if there is none, and brings it to today's version.
pub(super) fn open_for_writing(path: &Path) -> Result<Connection, OpenError> {
    let mut connection = Connection::open(path).map_err(OpenError::from_sqlite)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    migrate(&mut connection)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // Each commit is on the disk before it returns.
    connection.pragma_update(None, "synchronous", "FULL")?;
    // What is emptied or trimmed is overwritten, not just forgotten.
    connection.pragma_update(None, "secure_delete", "ON")?;
    connection.pragma_update(None, "cache_size", -16 * 1024)?;
    connection.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    Ok(connection)
}

/// Begins a transaction. One that nobody could end, because that failed, ends first.
pub(super) fn begin(connection: &Connection) -> rusqlite::Result<Transaction<'_>> {
    if !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    connection.unchecked_transaction()
}

/// Folds all commits into the file and cuts the WAL to nothing, so that what was erased is in neither. Whether that was done:
/// somebody who reads an older moment is not waited for.
pub(super) fn cut_wal(connection: &Connection) -> rusqlite::Result<bool> {
    connection.busy_timeout(Duration::ZERO)?;
    let is_busy = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0));
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(!is_busy?)
}

/// Opens a file that is there, to read it.
pub(super) fn open_for_reading(path: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(OpenError::from_sqlite)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // Reading a file in WAL mode writes the index beside it, but nothing in the file itself.
    connection.pragma_update(None, "query_only", "ON")?;
    match version(&connection)? {
        Version::Of(found) if found == latest() => Ok(connection),
        Version::Empty => Err(OpenError::NotOurs),
        Version::Of(found) => Err(OpenError::OtherVersion {
            found,
            known: latest(),
        }),
    }
}

enum Version {
    /// Nothing is in the file yet.
    Empty,
    Of(i32),
}

fn latest() -> i32 {
    i32::try_from(MIGRATIONS.len()).expect("there are few versions")
}

fn version(connection: &Connection) -> Result<Version, OpenError> {
    let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if application == APPLICATION_ID {
        return Ok(Version::Of(version));
    }
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if application == 0 && version == 0 && tables == 0 {
        Ok(Version::Empty)
    } else {
        Err(OpenError::NotOurs)
    }
}

fn migrate(connection: &mut Connection) -> Result<(), OpenError> {
    let found = match version(connection)? {
        Version::Empty => 0,
        Version::Of(found) => found,
    };
    let known = latest();
    let missing = usize::try_from(found)
        .ok()
        .and_then(|done| MIGRATIONS.get(done..))
        .ok_or(OpenError::OtherVersion { found, known })?;
    if missing.is_empty() {
        return Ok(());
    }
    let transaction = connection.transaction()?;
    for step in missing {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
    Ok(())
}

impl OpenError {
    fn from_sqlite(cause: rusqlite::Error) -> Self {
        match cause.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::Damaged { cause },
            Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                Self::NotAllowed { cause }
            }
            _ => Self::Failed { cause },
        }
    }
}

impl OpenError {
    /// The reason as SQLite gave it.
    pub(super) fn into_sqlite(self) -> rusqlite::Error {
        match self {
            Self::NotAllowed { cause } | Self::Damaged { cause } | Self::Failed { cause } => cause,
            Self::NotOurs | Self::OtherVersion { .. } | Self::UnknownFact { .. } => {
                rusqlite::Error::InvalidQuery
            }
        }
    }
}

impl From<rusqlite::Error> for OpenError {
    fn from(cause: rusqlite::Error) -> Self {
        Self::from_sqlite(cause)
    }
}
