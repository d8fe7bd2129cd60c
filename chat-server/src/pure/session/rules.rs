//! What holds for all sessions of a server.

use chat_proto::message::Storage;

use crate::pure::rate::Rate;

/// The bounds of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLimits {
    /// So long after it was accepted a peer must have been welcomed.
    pub hello_timeout_ms: u32,
    /// A peer that was silent for so long is pinged.
    pub ping_interval_ms: u32,
    /// A connection on which no byte moved either way for so long is ended.
    pub idle_timeout_ms: u32,
    /// So long the last bytes of an ended connection may take.
    pub ending_timeout_ms: u32,
    /// So many requests of a peer may be unanswered.
    pub requests_in_flight_max: u32,
    /// Told to the peer: so many rooms may it join.
    pub rooms_max: u32,
    /// While so many bytes wait for the peer, nothing more is read from it or fetched for it.
    pub output_bytes_max: usize,
    /// So many requests may a peer make; beyond it they fail, with the time to wait.
    pub requests: Rate,
    /// So many bytes may a peer send; beyond it, it is not read.
    pub bytes: Rate,
}

impl Default for SessionLimits {
    fn default() -> Self {
        Self {
            hello_timeout_ms: 10_000,
            ping_interval_ms: 30_000,
            idle_timeout_ms: 120_000,
            ending_timeout_ms: 5_000,
            requests_in_flight_max: 64,
            rooms_max: 64,
            output_bytes_max: 64 * 1024,
            requests: Rate {
                per_second: 20,
                at_once: 100,
            },
            bytes: Rate {
                per_second: 256 * 1024,
                at_once: 1024 * 1024,
            },
        }
    }
}

/// What a peer is told of how messages are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keeping {
    /// What "stored" means.
    pub storage: Storage,
    /// So many ids of each room, at least, are known for longer than their records are kept.
    pub dedupe_ids: u32,
    /// Ids are known for so long, at least.
    pub dedupe_ms: u64,
}

impl Keeping {
    /// In memory, where so many ids of each room are known.
    #[must_use]
    pub fn in_memory(ids: usize) -> Self {
        Self {
            storage: Storage::MEMORY,
            dedupe_ids: u32::try_from(ids).unwrap_or(u32::MAX),
            dedupe_ms: 0,
        }
    }

    /// On disk, where ids are known for so long.
    #[must_use]
    pub const fn on_disk(ids_kept_ms: u64) -> Self {
        Self {
            storage: Storage::DISK,
            dedupe_ids: 0,
            dedupe_ms: ids_kept_ms,
        }
    }
}

/// What is the same for all sessions of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The bounds.
    pub limits: SessionLimits,
    /// How messages are kept.
    pub keeping: Keeping,
}
