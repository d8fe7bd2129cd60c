//! The chat's protocol: what travels between a client and the server, and nothing that makes it travel.
//!
//! There is no socket, clock or runtime here. Bytes come in as slices, frames go out into a buffer, and whoever
//! owns the connection decides when. `PROTOCOL.md` in the repository's root says the same for other languages.
//!
//! # A frame
//! ```text
//! ┌──────────────────────┬──────────────┬──────────────────────────────┐
//! │ length               │ tag          │ fields of the message        │
//! │ u32, big-endian      │ varint       │ varints, strings, lists, …   │
//! └──────────────────────┴──────────────┴──────────────────────────────┘
//!   4 bytes, the first 0  ╰─────────── payload, `length` bytes ───────╯
//! ```
//!
//! # A conversation
//! A client begins with a `Hello` and is told `Welcome` or `Refused`. Then it joins rooms: `Joined` says where it
//! stands in the room's log, and `Said` brings what is said there, each message under a number, in the same order
//! for everybody. What the client itself says is `Stored` once it is safe, or has `Failed`. A client that lost its
//! connection comes back with the last position that it reached, and misses nothing that the server still keeps.
//! `Empty` takes the text out of what the client has said, and puts a notice of that into the log; `Search` is answered by
//! what was `Found`.
//!
//! # Modules, in reading order
//! - [`limits`]: every bound, with its unit in its name.
//! - [`message`]: what both sides say, field by field.
//! - [`ids`], [`name`], [`text`], [`list`]: what fields are made of. A value that breaks a rule can't be made.
//! - [`link`]: what a friend is sent, to find a server and a room.
//! - [`codec`]: messages to payloads and back.
//! - [`frame`]: payloads in a stream of bytes.
//! - [`visible`](mod@visible): strangers' text, made safe to show.
//!
//! # Examples
//! ```
//! use chat_proto::codec::decode_client;
//! use chat_proto::frame::{Decoder, write_client};
//! use chat_proto::limits::FRAME_BYTES_MAX;
//! use chat_proto::message::{ClientMessage, Ping};
//!
//! let mut sent = Vec::new();
//! write_client(&ClientMessage::Ping(Ping { request: 1 }), &mut sent);
//! assert_eq!(sent, [0, 0, 0, 2, 7, 1]);
//!
//! let mut decoder = Decoder::new(FRAME_BYTES_MAX);
//! let mut arrived = &sent[..];
//! while let Some(payload) = decoder.next(&mut arrived)? {
//!     assert_eq!(decode_client(payload)?, ClientMessage::Ping(Ping { request: 1 }));
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

pub mod limits;
pub mod message;

pub mod ids;
pub mod link;
pub mod list;
pub mod name;
pub mod text;

pub mod codec;
pub mod frame;
pub mod visible;

mod base32;
mod wire;
