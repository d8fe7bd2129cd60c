//! One message as a row, and back.

use chat_proto::ids::{LogId, MessageId, Seq};
use chat_proto::list::Extra;
use chat_proto::message::{Kind, Record};
use chat_proto::name::UserName;
use chat_proto::text::Text;
use rusqlite::Row;

use super::chain::{self, Hash, Link};

/// The columns of [`MessageRow::read`], in its order.
pub(super) const COLUMNS: &str =
    "seq, id, author, at_unix_ms, kind, text, extra, text_hash, extra_hash, emptied_by, chain";

/// A message as it stands in the file, believed in nothing yet.
#[derive(Debug)]
pub(super) struct MessageRow {
    pub(super) seq: Seq,
    pub(super) id: MessageId,
    pub(super) author: String,
    at_unix_ms: u64,
    pub(super) kind: Kind,
    pub(super) text: String,
    extra: Vec<u8>,
    pub(super) text_hash: Hash,
    pub(super) extra_hash: Hash,
    pub(super) emptied_by: Option<Seq>,
    pub(super) chain: Hash,
}

impl MessageRow {
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: Seq(row.get(0)?),
            id: MessageId(row.get(1)?),
            author: row.get(2)?,
            at_unix_ms: row.get(3)?,
            kind: Kind(row.get(4)?),
            text: row.get(5)?,
            extra: row.get(6)?,
            text_hash: row.get(7)?,
            extra_hash: row.get(8)?,
            emptied_by: row.get::<_, Option<u64>>(9)?.map(Seq),
            chain: row.get(10)?,
        })
    }

    /// Whether it is what was stored, in its place behind `before`. `has_text` says whether its record is kept.
    pub(super) fn verifies(&self, log: LogId, room: &str, before: &Hash, has_text: bool) -> bool {
        let link = Link {
            log,
            room,
            seq: self.seq,
            id: self.id,
            at_unix_ms: self.at_unix_ms,
            kind: self.kind,
            author: &self.author,
            text_hash: &self.text_hash,
            extra_hash: &self.extra_hash,
        };
        let text_is_right = if has_text && self.emptied_by.is_none() {
            self.text_hash == chain::hash(self.text.as_bytes()) && self.extra_hash == chain::hash(&self.extra)
        } else {
            self.text.is_empty() && self.extra.is_empty()
        };
        text_is_right && self.chain == link.after(before)
    }

    /// What its text and extra take.
    pub(super) fn body_bytes(&self) -> u64 {
        (self.text.len() + self.extra.len()) as u64
    }

    /// The record; `None` if something in it could never have been stored.
    pub(super) fn into_record(self) -> Option<Record> {
        let kind = if self.emptied_by.is_some() {
            Kind::EMPTIED
        } else {
            self.kind
        };
        Some(Record {
            seq: self.seq,
            id: self.id,
            author: UserName::parse(&self.author).ok()?,
            at_unix_ms: self.at_unix_ms,
            kind,
            text: Text::new(&self.text).ok()?,
            extra: extra_from_bytes(&self.extra)?,
        })
    }
}

/// An extra as bytes: for each entry its number, its length, its value.
pub(super) fn extra_to_bytes(extra: &Extra) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (key, value) in extra.iter() {
        bytes.extend_from_slice(&key.to_be_bytes());
        let length = u16::try_from(value.len()).expect("an extra's value is short");
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(value);
    }
    bytes
}

pub(super) fn extra_from_bytes(mut bytes: &[u8]) -> Option<Extra> {
    let mut extra = Extra::new();
    while !bytes.is_empty() {
        let (key, rest) = bytes.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (value, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
        if !extra.insert(u16::from_be_bytes(*key), value) {
            return None;
        }
        bytes = rest;
    }
    Some(extra)
}
