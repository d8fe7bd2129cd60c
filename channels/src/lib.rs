#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

#[cfg(feature = "std")]
pub mod blocking;
pub mod broadcast;
mod error;
pub mod mpmc;
pub mod mpsc;
pub mod oneshot;
pub mod permit;
mod sync;
mod until;
mod wait_list;
pub mod watch;

pub use until::{Until, until};
