//! The table of facts, which an operator can read with any SQLite program.

use rusqlite::{Connection, OptionalExtension, params};

use super::OpenError;
use crate::history::fact::{FACT_BYTES, Fact, FactKind, FactTotal};

/// All facts, in order.
pub(super) fn load(connection: &Connection) -> Result<Vec<Fact>, OpenError> {
    let mut select = connection
        .prepare("SELECT kind, subject, object, value FROM facts ORDER BY kind, subject, object")?;
    let mut rows = select.query([])?;
    let mut facts = Vec::new();
    while let Some(row) = rows.next()? {
        let kind: String = row.get(0)?;
        let Some(kind) = FactKind::parse(&kind) else {
            return Err(OpenError::UnknownFact { kind });
        };
        facts.push(Fact {
            kind,
            subject: row.get(1)?,
            object: row.get(2)?,
            value: Some(row.get(3)?),
        });
    }
    Ok(facts)
}

/// How many there are, and what they take.
pub(super) fn total(connection: &Connection) -> rusqlite::Result<FactTotal> {
    let sql = format!("SELECT count(*), coalesce(sum({}), 0) FROM facts", bytes());
    connection.query_row(&sql, [], |row| {
        Ok(FactTotal {
            facts: row.get(0)?,
            bytes: row.get(1)?,
        })
    })
}

/// What stands in this fact's place takes so much.
pub(super) fn bytes_of(connection: &Connection, fact: &Fact) -> rusqlite::Result<Option<u64>> {
    let sql = format!(
        "SELECT {} FROM facts WHERE kind = ? AND subject = ? AND object = ?",
        bytes()
    );
    connection
        .prepare_cached(&sql)?
        .query_row(params![fact.kind.as_str(), fact.subject, fact.object], |row| {
            row.get(0)
        })
        .optional()
}

/// Replaces what stands in this fact's place, or takes it away.
pub(super) fn put(connection: &Connection, fact: &Fact) -> rusqlite::Result<()> {
    let (kind, subject, object) = (fact.kind.as_str(), &fact.subject, &fact.object);
    match &fact.value {
        Some(value) => connection
            .prepare_cached(
                "INSERT OR REPLACE INTO facts (kind, subject, object, value) VALUES (?, ?, ?, ?)",
            )?
            .execute(params![kind, subject, object, value])?,
        None => connection
            .prepare_cached("DELETE FROM facts WHERE kind = ? AND subject = ? AND object = ?")?
            .execute(params![kind, subject, object])?,
    };
    Ok(())
}

/// What a row takes, as [`Fact`] counts it.
fn bytes() -> String {
    format!("{FACT_BYTES} + octet_length(subject) + octet_length(object) + octet_length(value)")
}
