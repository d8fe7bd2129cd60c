//! The real binaries, as scripts and people use them.

pub(crate) mod filter;
mod signals;
mod terminal;
mod trouble;
