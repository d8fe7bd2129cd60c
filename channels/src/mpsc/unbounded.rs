//! The unbounded channel: [`send`](Sender::send) never waits.
//!
//! A list of blocks of slots. To send is to claim a position, to find its slot's block, to write the value there, and to
//! publish it; two atomic steps, no lock. To receive is to read the slots in turn; a slot that was seen ready takes plain
//! instructions alone. Nobody spins: a slot that is claimed and not yet written is waited for like a message.
//!
//! ```text
//!   first       open              newest        Shared::tail = position claimed next | WATCHED | CLOSED | PARKED
//!     │           │                  │          (positions count in steps of 8 and wrap: the first 8 are below 0)
//!     ▼           ▼                  ▼
//!   ┌────┐      ┌────────────┐     ┌────────────┐     ┌ ─ ─ ─ ─ ─ ─ ┐
//!   │ 8  │─────▶│ 32 slots   │────▶│ 32 slots   │────▶   spare        ────▶ null; the end, once the receiver is gone
//!   └────┘ next └────────────┘     └────────────┘     └ ─ ─ ─ ─ ─ ─ ┘
//!     ▲           ▲                                    Block::ready = AWAITED, which | GONE | PASSED | a bit for each slot
//!     │           └ the receiver's block and head
//!     └ the receiver's oldest block: freed, or appended as a spare, once nobody can reach it
//!
//!   a slot:       FREE ──claim──▶ CLAIMED ──publish──▶ WRITTEN ──receive──▶ READ
//!                                    │ the receiver is gone: the late sender takes the value back
//!   the receiver: AWAKE ──park──▶ PARKED: all that was claimed is read
//!                   └───await───▶ AWAITED: the slot at its head is claimed and not written
//! ```
//!
//! # Who owns what
//!
//! | row | what | whose |
//! |---|---|---|
//! | claimed | a slot whose position was claimed and is not published | the sender's that claimed it |
//! | | each block that such a sender can reach by `first`, `open`, `newest`, `next` | not freed until it publishes |
//! | written | a slot whose bit is set, and its value | the receiver's; after GONE the late sender's |
//! | receiver | the blocks from `oldest` on | the receiver's alone to free; it stands in one of them |
//! | passed | `passed_at` of a block | whose exchange moved `open` past it, until PASSED; then only read |
//! | not parked | the cell `parked`, while all that was claimed is read | the receiver's |
//! | parked | the waker in that cell, once PARKED is set | whose step clears PARKED; the receiver may still compare it |
//! | closed | all blocks, once all that was claimed before CLOSED is written | the receiver's: no later claim uses a block |
//! | gone | the blocks that a leaving receiver had to leave in `first` | freed with `Shared` |
//!
//! # When a block is freed
//!
//! A sender looks its block up only after it has claimed its position. Whoever moves `newest` and `open` past a full block
//! then reads the senders' position, by a read-modify-write, and notes it in the block. So a claim that comes later finds
//! `newest` and `open` past the block already (pair C), and all who might still hold it claimed earlier positions. Once these
//! are written, so is everything that their senders did with blocks, and the receiver frees the block.
//!
//! `newest` is where senders look first. It may be past the block of a slow sender; that one begins at `open`, which passes
//! full blocks only. So a sender that is stopped in the middle makes no other sender's way longer.
//!
//! # When the receiver catches up
//!
//! It is the faster side, so it does. Then each line that both sides use goes to and fro with every value, and that is what a
//! message costs: so the receiver reads the tail only if the slot is not ready. A receiver that has met a late sender is likely
//! to meet it again at the next slot, where a look would only take the line from the sender that is about to write it. There
//! it awaits the slot at once, by the same exchange that shows what is ready, until it finds the channel empty.
//!
//! # Pairs
//!
//! - Pair C, claim: `pass` moves both pointers, then adds 0 to the tail with Release; a claim is an addition with Acquire.
//! - Pair L, link: a block is written, then linked with Release; who follows a pointer to it does so with Acquire.
//! - Pair V, value: publishing a slot sets its bit with Release; the receiver sees the bit with Acquire.
//! - Pair P, passed: `passed_at` is written, then PASSED is set with Release; the receiver sees it with Acquire.
//! - Pair W, wake: the waker is stored, then PARKED is set with Release; who takes the waker has seen the flag with
//!   Acquire, in its claim or as it closes. (The waker of one that is AWAITED lies under a lock.)
//! - Pair E, end: `end` is written, then CLOSED is set with Release, and seen with Acquire.
//!
//! PARKED and AWAITED are set in the word that the sender changes next, and GONE too: both sides meet in one word, so no wake
//! and no value is lost.
//!
//! A design with a queue under a short lock, which this one replaced, took twice the instructions, and a pause to move
//! the whole queue each time it grew.

mod block;
mod cursor;
mod list;
mod receiver;
mod sender;
mod shared;
#[cfg(feature = "futures-sink")]
mod sink;

use crate::sync::Arc;
pub use receiver::{Receiver, RecvFuture, RecvManyFuture};
pub use sender::{ClosedFuture, Sender, WeakSender};
use shared::Shared;

/// Creates an unbounded channel.
///
/// # Examples
///
/// ```
/// let (sender, mut receiver) = channels::mpsc::channel();
/// sender.send("hello").expect("the receiver is there");
/// drop(sender);
/// futures_lite::future::block_on(async {
///     assert_eq!(receiver.recv().await, Some("hello"));
///     assert_eq!(receiver.recv().await, None);
/// });
/// ```
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let shared = Arc::new(Shared::new());
    (Sender::new(Arc::clone(&shared)), Receiver::new(shared))
}
