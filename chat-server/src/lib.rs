//! A small chat server: rooms over TCP, as a library and as a binary.
//!
//! [`Server::bind`] takes a [`Config`], [`Server::run`] serves until it is told to stop. The server brings its own executor
//! and polls it inside `run`, so it works under smol, async-std, tokio or a plain `block_on`, and a test can have one in its
//! own process.
//!
//! # Examples
//!
//! ```
//! use chat_server::{Config, Server};
//! use futures_lite::future;
//!
//! # fn main() -> Result<(), chat_server::BindError> {
//! future::block_on(async {
//!     let config = Config { listen: ([127, 0, 0, 1], 0).into(), ..Config::default() };
//!     let server = Server::bind(config).await?;
//!     assert_ne!(server.local_addr().port(), 0);
//!     // Whatever future says when to stop; this one says so at once.
//!     server.run(future::ready(())).await;
//!     Ok(())
//! })
//! # }
//! ```
//!
//! # The map
//!
//! | module | what it does |
//! |---|---|
//! | [`config`] | what an operator can choose, and the command line |
//! | [`pure`] | decides: one peer ([`Session`](pure::session::Session)), all rooms ([`Hub`](pure::hub::Hub)) |
//! | [`history`] | stores and numbers records: in memory, on disk |
//! | `io` | carries: sockets, tasks, channels, clocks, signals |
//! | `server` | [`Server`]: what is seen from outside |
//!
//! # Three laws
//!
//! 1. What decides is pure, what carries is I/O. In [`pure`] and [`history`] there is no socket, task, thread, channel, clock or
//!    randomness (and only [`history::sqlite`] touches files): time and random bytes come in as arguments, and what is to be done comes back into a buffer of the caller's.
//! 2. Arrows point one way: `main → lib → server → io → {pure, history}`. What decides never names what carries, and a store knows
//!    names, ids and records, but neither frames nor sessions.
//! 3. Everything has a bound, and the bound has a name with a unit. Relations between bounds are asserted when the crate is
//!    compiled.

#![forbid(unsafe_code)]

pub mod config;
pub mod history;
mod io;
pub mod pure;
mod server;

pub use config::Config;
pub use io::directory::DirectoryError;
pub use io::operator::{OperatorError, operate, socket_in, socket_of_port};
pub use io::shutdown::stop_signal;
pub use server::{BindError, KEY_FILE, LOG_FILE, Server};
