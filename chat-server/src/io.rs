//! What carries: sockets, tasks, channels, clocks and signals. Nothing here decides what a peer may do or is told.
//!
//! ```text
//!             accept                 requests               batches, pages
//!  listener ─────────▶ connection ─────────────▶ hub ─────────────────▶ history
//!     │                 │  ▲   ▲                  │  ▲                     │
//!     │ ticks, stop     │  │   └───── mail ────────┤  └────── outcomes ─────┤
//!     └─────────────────┼──┘   └──── turns ────────┘                        │
//!                       └◀─────────────────── pages ────────────────────────┘
//! ```
//!
//! | task | owns | is awaited by |
//! |---|---|---|
//! | [`listener`] | the listening socket, the register of all connections | [`Server::run`](crate::Server::run), which it is part of |
//! | [`connection`], one for each peer | its socket, session and subscriptions | the register |
//! | [`hub`] | the rooms, their broadcasts, everyone's badge with the mailbox | `Server::run` |
//! | [`history`], and its threads if history is on disk | the store | `Server::run` |
//! | [`operator`], if it is wanted | the operator's socket | `Server::run`, which it is part of; it ends with the listener |
//!
//! The house ends from left to right: when the last connection and the listener are gone, so is the last sender of
//! requests, and the hub ends; with it goes the last sender of batches, and the history ends.

pub(crate) mod admission;
pub(crate) mod bell;
pub(crate) mod clock;
pub(crate) mod connection;
pub(crate) mod deadlines;
pub(crate) mod descriptors;
pub(crate) mod directory;
pub(crate) mod door;
pub(crate) mod history;
pub(crate) mod hub;
pub(crate) mod listener;
pub(crate) mod mailbox;
pub(crate) mod operator;
pub(crate) mod register;
pub(crate) mod shutdown;
pub(crate) mod stream;

use std::sync::Arc;

use channels::mpsc;

use crate::io::admission::Admission;
use crate::io::clock::Clock;
use crate::io::deadlines::Deadlines;
use crate::io::door::Door;
use crate::io::stream::opening::Entrance;

/// What every connection needs of the house. When the last one is dropped, the hub ends.
pub(crate) struct House {
    pub(crate) requests: mpsc::BoundedSender<hub::Letter>,
    pub(crate) lookups: history::Lookups,
    pub(crate) news: mpsc::Sender<register::News>,
    pub(crate) admission: Arc<Admission>,
    pub(crate) entrance: Entrance,
    pub(crate) door: Arc<Door>,
    pub(crate) deadlines: Deadlines,
    pub(crate) clock: Clock,
}
