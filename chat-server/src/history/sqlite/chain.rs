//! The checksums: each message's covers all of it, and the one before it.
//!
//! ```text
//! link(0) = SHA-256(CHAIN, log, room)
//! link(n) = SHA-256(link(n-1), log, room, n, id, time, kind, author, SHA-256(text), SHA-256(extra))
//! ```
//! So a change anywhere in a log shows at the message that was changed, and a message that is missing shows at
//! the next. Only hashes of the text and the extra are covered: a message that was emptied still verifies.
//! It guards against damage, not against somebody who may write the file: that one can make the chain anew.

use chat_proto::ids::{LogId, MessageId, Seq};
use chat_proto::message::Kind;
use sha2::{Digest, Sha256};

/// What the first link begins with, so that nothing else hashes to the same.
const CHAIN: &[u8] = b"chat log, chain 1";

pub(super) type Hash = [u8; 32];

/// What a link covers besides the link before it.
#[derive(Clone, Copy)]
pub(super) struct Link<'a> {
    pub(super) log: LogId,
    pub(super) room: &'a str,
    pub(super) seq: Seq,
    pub(super) id: MessageId,
    pub(super) at_unix_ms: u64,
    pub(super) kind: Kind,
    pub(super) author: &'a str,
    pub(super) text_hash: &'a Hash,
    pub(super) extra_hash: &'a Hash,
}

impl Link<'_> {
    /// The checksum of this message, if `before` is that of the message before it.
    pub(super) fn after(&self, before: &Hash) -> Hash {
        let mut hasher = Sha256::new();
        hasher.update(before);
        hasher.update(self.log.0.to_be_bytes());
        update_with_length(&mut hasher, self.room);
        hasher.update(self.seq.0.to_be_bytes());
        hasher.update(self.id.0);
        hasher.update(self.at_unix_ms.to_be_bytes());
        hasher.update(self.kind.0.to_be_bytes());
        update_with_length(&mut hasher, self.author);
        hasher.update(self.text_hash);
        hasher.update(self.extra_hash);
        hasher.finalize().into()
    }
}

/// The checksum before the first message.
pub(super) fn start(log: LogId, room: &str) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(CHAIN);
    hasher.update(log.0.to_be_bytes());
    hasher.update(room);
    hasher.finalize().into()
}

/// The hash of a text or of an extra.
pub(super) fn hash(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

/// With its length in front, so that no two rows of fields look the same.
fn update_with_length(hasher: &mut Sha256, field: &str) {
    hasher.update((field.len() as u64).to_be_bytes());
    hasher.update(field);
}
