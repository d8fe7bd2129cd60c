//! One search: from the index the numbers, from the log the records.

use chat_proto::ids::Seq;
use chat_proto::message::Record;
use rusqlite::{Connection, OptionalExtension, params};

use super::super::log::Log;
use super::super::page;
use super::{SEQ_BITS, rowid};
use crate::history::SearchRequest;

/// Messages that a search looks at in the log at most, because the index can't tell whether they are meant.
const CANDIDATES_MAX: u64 = 20_000;

/// Words that one search may have.
const SEARCH_WORDS_MAX: usize = 16;

/// The records that are meant, the newest first. `None` if the search ended with none of them, and there may be some.
pub(super) fn find(
    log: &Connection,
    words: &Connection,
    room: &Log,
    request: &SearchRequest,
) -> rusqlite::Result<Option<Vec<Record>>> {
    let mut found = Found {
        connection: log,
        room,
        request,
        records: Vec::new(),
        bytes: 0,
    };
    let has_seen_all = found.search(words)?;
    Ok((has_seen_all || !found.records.is_empty()).then_some(found.records))
}

/// A search on its way.
struct Found<'a> {
    connection: &'a Connection,
    room: &'a Log,
    request: &'a SearchRequest,
    records: Vec<Record>,
    bytes: usize,
}

impl Found<'_> {
    /// Whether everything that could be meant was looked at, or enough was found.
    fn search(&mut self, words: &Connection) -> rusqlite::Result<bool> {
        let (first, last) = self.range()?;
        if first > last || self.request.records_max == 0 {
            return Ok(true);
        }
        let Some(query) = fts_query(self.request) else {
            let candidates = (first.0..=last.0).rev().map(|seq| Ok(Seq(seq)));
            return self.take(candidates);
        };
        let mut select = words.prepare_cached(
            "SELECT rowid FROM words WHERE words MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid DESC",
        )?;
        let (first, last) = (rowid(self.room.row, first), rowid(self.room.row, last));
        let rows = select.query_map(params![query, first, last], |row| row.get::<_, i64>(0))?;
        self.take(rows.map(|rowid| rowid.map(|rowid| Seq((rowid & ((1 << SEQ_BITS) - 1)).cast_unsigned()))))
    }

    /// The numbers that are meant, as far as the request tells.
    fn range(&self) -> rusqlite::Result<(Seq, Seq)> {
        let request = self.request;
        let mut first = self.room.first_kept;
        let mut end = request.before.min(self.room.top.seq.next());
        if let Some(since) = request.since_unix_ms {
            first = first.max(page::first_since(self.connection, self.room, since)?);
        }
        if let Some(until) = request.until_unix_ms {
            end = end.min(page::first_since(self.connection, self.room, until)?);
        }
        Ok((first, Seq(end.0.saturating_sub(1))))
    }

    /// Takes what is meant, until that is enough; tells whether it was, or all candidates were looked at.
    fn take(&mut self, candidates: impl Iterator<Item = rusqlite::Result<Seq>>) -> rusqlite::Result<bool> {
        let mut left = CANDIDATES_MAX;
        for seq in candidates {
            if left == 0 {
                return Ok(false);
            }
            left -= 1;
            let seq = seq?;
            if !self.is_meant(seq)? {
                continue;
            }
            // Only what is shown need be verified.
            let Some(record) = page::read_one(self.connection, self.room, seq)? else {
                continue;
            };
            self.bytes += record.wire_bytes_max();
            if !self.records.is_empty() && self.bytes > self.request.bytes_max {
                return Ok(true);
            }
            self.records.push(record);
            if self.records.len() >= self.request.records_max {
                return Ok(true);
            }
        }
        Ok(true)
    }

    fn is_meant(&self, seq: Seq) -> rusqlite::Result<bool> {
        let request = self.request;
        let mut select = self.connection.prepare_cached(
            "SELECT author, at_unix_ms FROM message WHERE room = ? AND seq = ? AND emptied_by IS NULL",
        )?;
        let is_meant = select.query_row(params![self.room.row, seq.0], |row| {
            let at_unix_ms: u64 = row.get(1)?;
            let author = row.get_ref(0)?.as_str()?;
            let wanted = request.author.as_ref();
            Ok(wanted.is_none_or(|wanted| is_same_name(wanted.as_str(), author))
                && request.since_unix_ms.is_none_or(|since| at_unix_ms >= since)
                && request.until_unix_ms.is_none_or(|until| at_unix_ms < until))
        });
        Ok(is_meant.optional()?.unwrap_or(false))
    }
}

fn is_same_name(left: &str, right: &str) -> bool {
    left.chars()
        .flat_map(char::to_lowercase)
        .eq(right.chars().flat_map(char::to_lowercase))
}

/// The request in FTS5's language: each word in quotes, so that nothing in it is taken for an order. `None` if there are no words.
fn fts_query(request: &SearchRequest) -> Option<String> {
    let is_word = |word: &&str| word.chars().any(char::is_alphanumeric);
    let words: Vec<String> = request
        .words
        .split_whitespace()
        .filter(is_word)
        .take(SEARCH_WORDS_MAX)
        .map(quoted)
        .collect();
    let mut parts = Vec::new();
    if !words.is_empty() {
        parts.push(format!("(text : ({} *))", words.join(" AND ")));
    }
    if let Some(author) = request
        .author
        .as_ref()
        .map(|author| author.as_str())
        .filter(is_word)
    {
        parts.push(format!("(author : {})", quoted(author)));
    }
    (!parts.is_empty()).then(|| parts.join(" AND "))
}

fn quoted(word: &str) -> String {
    // A NUL would end the query.
    format!("\"{}\"", word.replace('\0', " ").replace('"', "\"\""))
}
