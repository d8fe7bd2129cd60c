#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

pub mod broadcast;
mod error;
pub mod mpsc;
pub mod oneshot;
mod sync;
mod wait_list;
