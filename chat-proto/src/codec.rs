//! Messages to bytes and back. The only file that knows what turns one into the other.
//!
//! The layout is described in PROTOCOL.md and pinned byte for byte by `tests/golden.rs`, so that what is used here
//! can be replaced. What a peer claims costs no memory: every string, list and value is read by its own type
//! (see [`list`](crate::list)), from bytes that have arrived.

use std::fmt;

use bincode::config::{self, Configuration, Limit, LittleEndian, Varint};
use serde::{Deserialize, Serialize};

use crate::limits::FRAME_BYTES_MAX;
use crate::message::{ClientMessage, ServerMessage};

/// A second belt beside our own types. bincode counts eight bytes for a number that took one on the wire.
const DECODE_BYTES_MAX: usize = 8 * FRAME_BYTES_MAX;

const CONFIG: Configuration<LittleEndian, Varint, Limit<DECODE_BYTES_MAX>> =
    config::standard().with_limit::<DECODE_BYTES_MAX>();

/// Why a payload is not a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// It is a message that this version does not know. A server answers `Failed`, a client ignores it.
    Unknown {
        /// The number of the message.
        tag: u32,
        /// The number that each request begins with, to be echoed; 0 if there is none.
        request: u32,
    },
    /// It is no message of any version. The connection can't go on.
    Malformed,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { tag, .. } => write!(f, "unknown message number {tag}"),
            Self::Malformed => f.write_str("malformed message"),
        }
    }
}

impl std::error::Error for DecodeError {}

/// The message that a client sent as this payload.
///
/// # Errors
/// [`DecodeError::Unknown`] if a later version may understand it, [`DecodeError::Malformed`] if nobody can.
pub fn decode_client(payload: &[u8]) -> Result<ClientMessage, DecodeError> {
    decode(payload, ClientMessage::COUNT)
}

/// The message that a server sent as this payload.
///
/// # Errors
/// [`DecodeError::Unknown`] if a later version may understand it, [`DecodeError::Malformed`] if nobody can.
pub fn decode_server(payload: &[u8]) -> Result<ServerMessage, DecodeError> {
    decode(payload, ServerMessage::COUNT)
}

/// Appends the payload of a client's message, without its length.
pub fn encode_client(message: &ClientMessage, payload: &mut Vec<u8>) {
    encode(message, payload);
}

/// Appends the payload of a server's message, without its length.
pub fn encode_server(message: &ServerMessage, payload: &mut Vec<u8>) {
    encode(message, payload);
}

fn decode<'a, M: Deserialize<'a>>(payload: &'a [u8], known: u32) -> Result<M, DecodeError> {
    let (tag, tag_bytes) = read::<u32>(payload)?;
    if tag >= known {
        let request = read::<u32>(&payload[tag_bytes..]).map_or(0, |(request, _)| request);
        return Err(DecodeError::Unknown { tag, request });
    }
    let (message, used) = read(payload)?;
    if used < payload.len() {
        return Err(DecodeError::Malformed);
    }
    Ok(message)
}

/// A value at the beginning of `payload`, and how many bytes it took.
fn read<'a, T: Deserialize<'a>>(payload: &'a [u8]) -> Result<(T, usize), DecodeError> {
    bincode::serde::borrow_decode_from_slice(payload, CONFIG).map_err(|_| DecodeError::Malformed)
}

fn encode(message: &impl Serialize, payload: &mut Vec<u8>) {
    bincode::serde::encode_into_std_write(message, payload, CONFIG)
        .expect("memory can always be written, and each part of a message has a wire form");
}
