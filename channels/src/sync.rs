//! The tools for sharing memory, and the only place that knows the model checkers.
//!
//! Under `--cfg channels_loom` all of them are loom's, which explores each interleaving of a small model. Under
//! `--cfg channels_shuttle` atomics and locks are shuttle's, which tries random interleavings of larger ones. Otherwise they
//! are `core`'s and `alloc`'s. [`Lock`] is a `std::sync::Mutex` with the feature `std`, so that a contended thread parks,
//! and a test-and-set lock without it.
//!
//! **The rule of every lock in this crate**: a section is short and runs no user code. Wakers are cloned before it;
//! wakers are woken, and wakers and values dropped, after it. So a waker may call back into the channel and a `drop` may
//! panic, and neither can deadlock or leave a change half done. Nothing allocates inside but a queue or list that grows.
//! The lock without `std` spins: it is not for interrupt handlers.

#[cfg(not(channels_loom))]
mod cell;
mod exclusive;
#[cfg(channels_loom)]
mod modelled;
#[cfg(any(feature = "std", channels_loom, channels_shuttle))]
mod parking;
#[cfg(any(not(any(feature = "std", channels_loom, channels_shuttle)), test))]
mod spin;

#[cfg(not(channels_loom))]
pub(crate) use alloc::{
    alloc::{alloc, dealloc},
    sync::Arc,
};
#[cfg(not(any(channels_loom, channels_shuttle)))]
pub(crate) use core::sync::atomic::{AtomicPtr, AtomicUsize};
#[cfg(channels_loom)]
pub(crate) use loom::{
    alloc::{alloc, dealloc},
    cell::UnsafeCell,
    sync::Arc,
    sync::atomic::{AtomicPtr, AtomicUsize},
};
#[cfg(channels_shuttle)]
pub(crate) use shuttle::sync::atomic::{AtomicPtr, AtomicUsize};

#[cfg(not(channels_loom))]
pub(crate) use cell::{UnsafeCell, prepare_cell};
#[cfg(channels_loom)]
pub(crate) use modelled::prepare_cell;

/// A model checker runs: what is repeated stays small then, so that it sees every border.
pub(crate) const IS_MODEL: bool = cfg!(any(channels_loom, channels_shuttle));

pub(crate) use exclusive::Exclusive;
#[cfg(any(feature = "std", channels_loom, channels_shuttle))]
pub(crate) use parking::Lock;
#[cfg(not(any(feature = "std", channels_loom, channels_shuttle)))]
pub(crate) use spin::Lock;
