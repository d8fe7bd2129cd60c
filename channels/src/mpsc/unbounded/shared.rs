//! What both sides of the unbounded channel share. The picture, the table and the pairs are in the module doc of `unbounded`.

use alloc::boxed::Box;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::ptr::NonNull;
use core::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use core::task::{Context, Poll, Waker};

use super::block::{AWAITED, Block, GONE, is_before};
use super::list::List;
use crate::error::SendError;
use crate::sync::{AtomicUsize, Lock, UnsafeCell};
use crate::wait_list::{Key, WaitList, wake_all};

/// In the tail word: a waker stands in `parked`, which belongs to whoever clears this.
const PARKED: usize = 1;
/// In the tail word: nothing is sent any more. Never beside PARKED.
pub(super) const CLOSED: usize = 1 << 1;
/// In the tail word: who closes on the receiver's side finds watchers.
const WATCHED: usize = 1 << 2;

pub(super) const FLAG_BITS: u32 = 3;
/// A step of one position: the bits below are for flags.
pub(super) const ONE: usize = 1 << FLAG_BITS;
pub(super) const FLAGS: usize = ONE - 1;

// In this order: what senders write lies a cache line apart from what the receiver writes, the lock of its waker included.
#[repr(C)]
pub(super) struct Shared<T> {
    /// The position that is claimed next, and flags.
    pub(super) tail: AtomicUsize,
    pub(super) list: List<T>,
    /// Not an `Option`: PARKED says whether a waker stands there.
    parked: UnsafeCell<MaybeUninit<Waker>>,
    sender_count: AtomicUsize,
    /// Where the channel ends, once it is CLOSED. Claims run on, and fail.
    end: AtomicUsize,
    side: Lock<Side>,
    /// The position of the next value to receive; the receiver's own knowledge, told for those who ask for the length.
    pub(super) head: AtomicUsize,
    values: PhantomData<T>,
}

/// What is rarely needed.
struct Side {
    /// The waker of a receiver that waits for a slot that is claimed and not yet written.
    late: Option<Waker>,
    /// Who waits in `closed`.
    watchers: Option<Box<WaitList<()>>>,
}

/// A sender, or who closed, has taken the parked waker.
pub(super) struct Taken;

/// What the receiver finds as it closes.
pub(super) struct Closing {
    /// Where the channel ends.
    pub(super) end: usize,
    /// The receiver's own waker.
    pub(super) parked: Option<Waker>,
    /// There are watchers to wake.
    pub(super) is_watched: bool,
}

impl Closing {
    /// The channel was closed before.
    pub(super) fn already(end: usize) -> Self {
        Self {
            end,
            parked: None,
            is_watched: false,
        }
    }
}

impl Side {
    fn watchers(&mut self) -> &mut WaitList<()> {
        self.watchers.get_or_insert_with(|| Box::new(WaitList::new()))
    }
}

// SAFETY: a `&Shared<T>` lets a `T` move from one thread to another, no more: a slot belongs to one side at a time, as the
// table says. So does the waker's cell, and wakers are `Send`. All else is atomic or behind a lock.
unsafe impl<T: Send> Sync for Shared<T> {}

impl<T> Shared<T> {
    /// A channel with one sender.
    pub(super) fn new() -> Self {
        Self {
            tail: AtomicUsize::new(Block::<T>::START),
            list: List::new(),
            parked: UnsafeCell::new(MaybeUninit::uninit()),
            side: Lock::new(Side {
                late: None,
                watchers: None,
            }),
            sender_count: AtomicUsize::new(1),
            end: AtomicUsize::new(Block::<T>::START),
            head: AtomicUsize::new(Block::<T>::START),
            values: PhantomData,
        }
    }

    #[inline]
    pub(super) fn send(&self, value: T) -> Result<(), SendError<T>> {
        // ORDERING: Acquire, pair C.
        let claimed = self.tail.fetch_add(ONE, Acquire);
        if claimed & (CLOSED | PARKED) != 0 {
            return self.send_flagged(claimed, value);
        }
        // SAFETY: claimed just now.
        unsafe { self.deliver(claimed & !FLAGS, value) }
    }

    #[inline(never)]
    fn send_flagged(&self, claimed: usize, value: T) -> Result<(), SendError<T>> {
        if claimed & CLOSED != 0 {
            return Err(SendError::ReceiverDropped(value));
        }
        // Taken before the value is published: the receiver uses the cell again once it has all that was claimed.
        let waker = self.unpark();
        // SAFETY: claimed just before.
        let sent = unsafe { self.deliver(claimed & !FLAGS, value) };
        if let Some(waker) = waker {
            waker.wake();
        }
        sent
    }

    /// # Safety
    ///
    /// The caller has claimed the position, and publishes it only here.
    #[inline]
    unsafe fn deliver(&self, position: usize, value: T) -> Result<(), SendError<T>> {
        // SAFETY: by the contract.
        let Some(block) = (unsafe { self.find(position) }) else {
            return Err(SendError::ReceiverDropped(value));
        };
        // SAFETY: by the contract.
        let ready = unsafe { Block::publish(block, position, value) };
        if ready & (AWAITED | GONE) == 0 {
            return Ok(());
        }
        // SAFETY: that is what `publish` returned.
        unsafe { self.deliver_late(block, position, ready) }
    }

    /// The receiver was here before the value.
    ///
    /// # Safety
    ///
    /// The position was just published in this block, whose ready word was `ready` before.
    #[cold]
    #[inline(never)]
    unsafe fn deliver_late(
        &self,
        block: NonNull<Block<T>>,
        position: usize,
        ready: usize,
    ) -> Result<(), SendError<T>> {
        if ready & GONE != 0 {
            // SAFETY: row gone: the value is the sender's again, and the block is freed after the last handle.
            return Err(SendError::ReceiverDropped(unsafe {
                Block::take(block, position)
            }));
        }
        if Block::<T>::is_awaited(ready, position)
            && let Some(waker) = self.replace_late(None)
        {
            waker.wake();
        }
        Ok(())
    }

    /// Where the channel ends, if `tail` says that it has.
    pub(super) fn end_of(&self, tail: usize) -> Option<usize> {
        // ORDERING: Relaxed: the Acquire that has shown CLOSED makes it visible (pair E).
        (tail & CLOSED != 0).then(|| self.end.load(Relaxed))
    }

    // How the receiver waits.

    /// Whether the waker that stands parked, by the tail word that the receiver has seen, is this one.
    pub(super) fn is_parked(&self, tail: usize, waker: &Waker) -> bool {
        // SAFETY: row parked: the cell is written. If a sender has moved the waker out since, the words are still there, and
        // comparing them follows no pointer. Equal words then mean that this task is the one that is woken: its waker is
        // here in `waker`, so no other can have got its address meanwhile.
        tail & PARKED != 0
            && self
                .parked
                .with(|cell| unsafe { &*cell.cast::<Waker>() }.will_wake(waker))
    }

    /// Parks a waker if the channel is as `tail` says, or gives the waker back.
    ///
    /// # Safety
    ///
    /// The caller is the receiver. `tail` says that the channel is not closed, and that all which was claimed is received.
    /// Nothing is parked now.
    pub(super) unsafe fn park(&self, tail: usize, waker: Waker) -> Result<(), Waker> {
        // SAFETY: row not parked, by the contract.
        self.parked.with_mut(|cell| unsafe { &mut *cell }.write(waker));
        // ORDERING: Release, pair W.
        let parked = self
            .tail
            .compare_exchange(tail & !PARKED, tail | PARKED, Release, Relaxed);
        // SAFETY: PARKED was not set, so the waker is still the receiver's.
        parked.map(drop).map_err(|_| unsafe { self.take_parked() })
    }

    /// Takes back the waker that stands parked, if one does by the tail word that the receiver has seen.
    pub(super) fn unparked(&self, tail: usize) -> Result<Option<Waker>, Taken> {
        if tail & PARKED == 0 {
            return Ok(None);
        }
        self.unpark().map(Some).ok_or(Taken)
    }

    /// Takes the parked waker, if one stands there.
    pub(super) fn unpark(&self) -> Option<Waker> {
        // ORDERING: Relaxed: a sender calls this after it has seen the flag with Acquire (pair W), in its claim; and there is no
        // later waker before it has published. The receiver takes back what it wrote itself.
        let before = self.tail.fetch_and(!PARKED, Relaxed);
        // SAFETY: row parked: it was cleared here.
        (before & PARKED != 0).then(|| unsafe { self.take_parked() })
    }

    /// # Safety
    ///
    /// The waker in the cell is the caller's.
    unsafe fn take_parked(&self) -> Waker {
        // SAFETY: by the contract. It is only read, not marked as empty: the receiver may be comparing it just now.
        self.parked.with(|cell| unsafe { cell.cast::<Waker>().read() })
    }

    /// Exchanges the waker that stands there for a slot which is claimed and not yet written.
    pub(super) fn replace_late(&self, waker: Option<Waker>) -> Option<Waker> {
        core::mem::replace(&mut self.side.lock().late, waker)
    }

    // How the channel ends.

    /// Closes the channel unless it is. Returns the tail word before, and the parked waker.
    fn close(&self) -> (usize, Option<Waker>) {
        // ORDERING: Relaxed: the exchange checks it.
        let mut tail = self.tail.load(Relaxed);
        while tail & CLOSED == 0 {
            // ORDERING: Relaxed: the exchange releases it.
            self.end.store(tail & !FLAGS, Relaxed);
            // ORDERING: Release, pair E, and what the senders sent. Acquire, pair W.
            match self
                .tail
                .compare_exchange_weak(tail, (tail | CLOSED) & !PARKED, AcqRel, Relaxed)
            {
                // SAFETY: row parked: it was cleared here.
                Ok(_) => return (tail, (tail & PARKED != 0).then(|| unsafe { self.take_parked() })),
                Err(now) => tail = now,
            }
        }
        (tail, None)
    }

    /// Closes for the receiver, which does that once.
    pub(super) fn close_receiver(&self) -> Closing {
        let (tail, parked) = self.close();
        let end = tail & !FLAGS;
        // If the last sender was faster it has set `end`, but so may have `close` here, to what was no end after all.
        // ORDERING: Relaxed: no sender is left that could ask.
        if tail & CLOSED != 0 {
            self.end.store(end, Relaxed);
        }
        Closing {
            end,
            parked,
            is_watched: tail & WATCHED != 0,
        }
    }

    /// Wakes who waits in `closed`, after the given waker.
    pub(super) fn wake_watchers(&self, mut first: Option<Waker>) {
        wake_all(|batch| {
            if let Some(waker) = first.take() {
                batch.push(waker);
            }
            if let Some(watchers) = &mut self.side.lock().watchers {
                watchers.pop_into(batch, watchers.next_ticket());
            }
        });
    }

    /// Adds a sender. The caller is one, or has seen that there is one.
    pub(super) fn add_sender(&self) {
        // Cannot overflow: each sender holds a count of the `Arc` around this, which aborts sooner.
        // ORDERING: Relaxed, as for any count that the caller has a share of.
        self.sender_count.fetch_add(1, Relaxed);
    }

    /// Adds a sender, unless the last one is gone: that is final.
    pub(super) fn revive_sender(&self) -> bool {
        let one_more = |count: usize| (count > 0).then(|| count + 1);
        // ORDERING: Relaxed: the count decides, and nothing is read on the strength of it.
        self.sender_count.fetch_update(Relaxed, Relaxed, one_more).is_ok()
    }

    pub(super) fn remove_sender(&self, watcher: &mut Option<Key>) {
        self.forget_watcher(watcher);
        // ORDERING: Relaxed: the count alone decides. The receiver counts positions, not senders: a value of another sender that
        // it does not see yet as it sees the end is one more that it awaits.
        if self.sender_count.fetch_sub(1, Relaxed) > 1 {
            return;
        }
        let (_, waker) = self.close();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    pub(super) fn poll_closed(&self, watcher: &mut Option<Key>, cx: &Context<'_>) -> Poll<()> {
        if self.is_closed() {
            return Poll::Ready(());
        }
        let waker = cx.waker().clone();
        let mut side = self.side.lock();
        let replaced = side.watchers().register(watcher, waker);
        // ORDERING: Relaxed: either this sees CLOSED, or who closes sees WATCHED, and then finds the watcher by the lock.
        let tail = self.tail.fetch_or(WATCHED, Relaxed);
        drop(side);
        drop(replaced);
        if tail & CLOSED == 0 {
            return Poll::Pending;
        }
        self.forget_watcher(watcher);
        Poll::Ready(())
    }

    /// The wait in `closed` is over or cancelled.
    pub(super) fn forget_watcher(&self, watcher: &mut Option<Key>) {
        if watcher.is_some() {
            let mut side = self.side.lock();
            let waker = side
                .watchers
                .as_mut()
                .and_then(|watchers| watchers.deregister(watcher));
            drop(side);
            drop(waker);
        }
    }

    // What anybody may ask.

    pub(super) fn is_closed(&self) -> bool {
        // ORDERING: Relaxed: nothing is read on the strength of the answer.
        self.tail.load(Relaxed) & CLOSED != 0
    }

    pub(super) fn len(&self) -> usize {
        // ORDERING: Relaxed: the answer may be old when it arrives. The tail's Acquire is for `end`, pair E.
        let head = self.head.load(Relaxed);
        let tail = self.tail.load(Acquire);
        let end = self.end_of(tail).unwrap_or(tail & !FLAGS);
        if is_before(end, head) {
            0
        } else {
            end.wrapping_sub(head) >> FLAG_BITS
        }
    }

    pub(super) fn sender_count(&self) -> usize {
        // ORDERING: Relaxed: nothing is read on the strength of the answer.
        self.sender_count.load(Relaxed)
    }
}

impl<T> Drop for Shared<T> {
    fn drop(&mut self) {
        // ORDERING: Relaxed: whoever is gone has let go of the `Arc` before.
        let left = self.list.first().load(Relaxed);
        // SAFETY: row gone: nobody is left, and the receiver left these blocks to be freed here.
        unsafe { Block::free_list(left) };
    }
}
