//! What decides. Nothing here waits, reads a clock, rolls dice or touches a socket, a file, a thread or a channel:
//! time and random bytes come in as arguments, and what is to be done comes back in a buffer of the caller's.
//!
//! `now_ms` is monotonic, in milliseconds since an arbitrary start; `unix_ms` is the wall clock.
//!
//! - [`session`]: one peer, from its first byte to its last.
//! - [`hub`]: all rooms and who is in them. It stands on `room` (one room), [`registry`] (what is known for good: whose a
//!   name is, who may come in, what somebody is in a room), `access` (who may what in a room) and `fold` (which names are the
//!   same, and which look so).
//! - [`operator`]: what the operator asks of a running server.
//! - [`turn`]: what a room tells everybody at once, encoded once.
//! - [`crowd`]: how many connections come from where. It stands on [`rate`]: how much may happen in a time.
//! - `proxy`: the header in which a proxy says from where a connection comes.

pub mod session;

pub mod hub;

pub mod turn;

pub mod crowd;

pub mod operator;
pub mod rate;

pub mod registry;

mod access;
mod fold;
pub(crate) mod proxy;
mod room;
pub(crate) mod room_map;

#[cfg(test)]
mod tests;
