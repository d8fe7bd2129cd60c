//! The behaviour of the whole house, seen from outside.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "whoever waits for one message passes over all others, also those of later versions"
)]

mod chat;
mod cli;
mod disk;
mod hostile;
#[cfg(target_os = "linux")]
mod load;
mod private;
mod scenarios;
mod sim;
mod tidy;
