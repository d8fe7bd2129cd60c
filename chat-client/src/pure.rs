//! What decides: machines without sockets, clocks and threads. Time and random bytes come in as arguments, and what
//! is to be done comes out of the same call.

pub mod link;

pub mod command;
pub mod filter;
pub mod json;
pub mod lines;

pub mod key;
pub mod keymap;

pub mod complete;
pub mod editor;
pub mod history;
pub mod palette;
pub mod wrap;

pub mod app;
pub mod clock;
pub mod colour;
pub mod crowd;
mod reason;
pub mod roles;
pub mod scrollback;
pub mod sign;
pub mod state;
pub mod view;
