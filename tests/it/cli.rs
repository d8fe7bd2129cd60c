//! The real binaries, as scripts and people use them.

mod filter;
mod signals;
mod terminal;
mod trouble;
