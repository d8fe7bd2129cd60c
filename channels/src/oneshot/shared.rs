//! The machine that both halves share. The picture, the table and the pairs are in the module doc of `oneshot`.

use alloc::boxed::Box;
use core::mem::MaybeUninit;
use core::ptr::NonNull;
use core::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use core::task::Waker;

use crate::sync::{AtomicUsize, UnsafeCell};

pub(super) const SENDER: usize = 0;
pub(super) const RECEIVER: usize = 1;

const SENT: usize = 1;
/// The bits of the wakers of both sides.
const WAKERS: usize = waker_of(SENDER) | waker_of(RECEIVER);

/// A waker stands in the cell of `side`.
const fn waker_of(side: usize) -> usize {
    0b10 << side
}

/// `side` has sent, closed or left; the other side was or is being woken.
const fn ended(side: usize) -> usize {
    0b1000 << side
}

/// `side` touches the allocation no more.
const fn gone(side: usize) -> usize {
    0b10_0000 << side
}

struct Shared<T> {
    state: AtomicUsize,
    value: UnsafeCell<MaybeUninit<T>>,
    /// By side. Not an `Option`: the state says whether one stands there.
    wakers: [UnsafeCell<MaybeUninit<Waker>>; 2],
}

impl<T> Shared<T> {
    /// Moves the waker out of the cell of `side`.
    ///
    /// # Safety
    ///
    /// The caller has cleared WAKER of `side`, and so owns the waker in the cell.
    unsafe fn take_waker(&self, side: usize) -> Waker {
        // SAFETY: row WAKER: the cell is written, and by the contract this waker is the caller's. It is only read, not
        // marked as empty, since the other half may be comparing it right now.
        self.wakers[side].with(|cell| unsafe { cell.cast::<Waker>().read() })
    }
}

/// One half's share of the allocation, and its right to what the table gives to that half.
///
/// A half is ended, never just dropped: that would leak the allocation, and leave the other half waiting.
pub(super) struct Half<T, const SIDE: usize>(NonNull<Shared<T>>);

// SAFETY: the halves move a `T` from one thread to another, and wakers are `Send` and `Sync`; all else is atomic.
unsafe impl<T: Send, const SIDE: usize> Send for Half<T, SIDE> {}

// SAFETY: a half behind a shared reference offers one atomic load.
unsafe impl<T: Send, const SIDE: usize> Sync for Half<T, SIDE> {}

pub(super) fn pair<T>() -> (Half<T, SENDER>, Half<T, RECEIVER>) {
    let no_waker = || UnsafeCell::new(MaybeUninit::uninit());
    let shared = NonNull::from(Box::leak(Box::new(Shared {
        state: AtomicUsize::new(0),
        value: UnsafeCell::new(MaybeUninit::uninit()),
        wakers: [no_waker(), no_waker()],
    })));
    (Half(shared), Half(shared))
}

impl<T, const SIDE: usize> Half<T, SIDE> {
    const PEER: usize = 1 - SIDE;

    fn shared(&self) -> &Shared<T> {
        // SAFETY: rows GONE: the allocation is not freed before both halves are gone, and this one still exists.
        unsafe { self.0.as_ref() }
    }

    pub(super) fn peer_has_ended(&self) -> bool {
        // ORDERING: Relaxed: nothing is read on the strength of the answer.
        self.shared().state.load(Relaxed) & ended(Self::PEER) != 0
    }

    /// Has `waker` woken when the other half ends. False if it has ended; then nothing is registered.
    pub(super) fn watch(&mut self, waker: &Waker) -> bool {
        // ORDERING: Relaxed: it leads to no reading but of the own cell, which this half wrote itself.
        let state = self.shared().state.load(Relaxed);
        if state & ended(Self::PEER) != 0 {
            return false;
        }
        if state & waker_of(SIDE) != 0 {
            return self.watch_again(state, waker);
        }
        self.register(state, waker.clone())
    }

    /// As `watch`, where a waker stands registered already.
    #[cold]
    fn watch_again(&mut self, state: usize, waker: &Waker) -> bool {
        // SAFETY: row WAKER: the cell is written, and both may read it. If the other half has moved the waker out since,
        // the words are still there, and comparing them follows no pointer. Equal words then mean that this task is the
        // one that is woken: its waker is here in `waker`, so no other can have got its address meanwhile.
        if self.shared().wakers[SIDE].with(|cell| unsafe { &*cell.cast::<Waker>() }.will_wake(waker)) {
            return true;
        }
        // The clone comes first: it may panic, or make the other half end.
        let waker = waker.clone();
        let Some(replaced) = self.unwatch() else {
            return false;
        };
        let is_registered = self.register(state & !waker_of(SIDE), waker);
        drop(replaced);
        is_registered
    }

    /// Puts `waker` into the own cell, which the caller knows to be this half's and empty.
    fn register(&self, mut state: usize, waker: Waker) -> bool {
        let shared = self.shared();
        // SAFETY: row not WAKER: the bit is clear, and the other half had not ended since it was; the cell is this
        // half's, and stays so if the other half ends before the bit is set again.
        shared.wakers[SIDE].with_mut(|cell| unsafe { &mut *cell }.write(waker));
        loop {
            let next = state | waker_of(SIDE);
            // ORDERING: Release, pair B. Relaxed on failure: what is then read this half has just written.
            match shared.state.compare_exchange_weak(state, next, Release, Relaxed) {
                Ok(_) => return true,
                Err(now) if now & ended(Self::PEER) != 0 => {
                    // SAFETY: the bit was not set, so the waker written above never left this half.
                    drop(unsafe { shared.take_waker(SIDE) });
                    return false;
                }
                Err(now) => state = now,
            }
        }
    }

    /// Takes back the waker that stands registered, if one does and the other half has not taken it.
    pub(super) fn unwatch(&mut self) -> Option<Waker> {
        let shared = self.shared();
        // ORDERING: Relaxed: only this half sets the bit.
        if shared.state.load(Relaxed) & waker_of(SIDE) == 0 {
            return None;
        }
        // ORDERING: Relaxed: the waker that comes back was written by this half.
        let before = shared.state.fetch_and(!waker_of(SIDE), Relaxed);
        // SAFETY: row WAKER: the bit stood, and was cleared here.
        (before & waker_of(SIDE) != 0).then(|| unsafe { shared.take_waker(SIDE) })
    }

    /// Ends this half and wakes the other, unless one of the bits of `unless` stands; then nothing changes and the half
    /// comes back. Adds `with` to the state.
    ///
    /// Runs a waker of the user's last, when no half is needed any more: a panic there leaves nothing undone.
    #[inline]
    fn end(self, with: usize, unless: usize) -> Result<(), Self> {
        // The two usual cases come first: nobody waits, or the other half alone does.
        let state = &self.shared().state;
        // ORDERING: Relaxed: the exchanges make sure of it.
        let now = state.load(Relaxed);
        if now & (WAKERS | gone(Self::PEER) | unless) == 0 {
            let next = now | with | ended(SIDE) | gone(SIDE);
            // ORDERING: Release, pair A with SENT and pair C with GONE.
            if state.compare_exchange(now, next, Release, Relaxed).is_ok() {
                return Ok(());
            }
        } else if now == waker_of(Self::PEER) {
            let next = with | ended(SIDE);
            // ORDERING: Release, pair A with SENT; Acquire, pair B.
            if state.compare_exchange(now, next, AcqRel, Relaxed).is_ok() {
                self.let_go(waker_of(Self::PEER));
                return Ok(());
            }
        }
        self.end_slowly(with, unless)
    }

    /// As `end`, for all cases.
    #[inline(never)]
    fn end_slowly(self, with: usize, unless: usize) -> Result<(), Self> {
        let shared = self.shared();
        // ORDERING: Acquire, here and where the exchange fails: pair A for who looks for SENT, pair C for the free.
        let mut state = shared.state.load(Acquire);
        loop {
            if state & unless != 0 {
                return Err(self);
            }
            if state & gone(Self::PEER) != 0 {
                // SAFETY: row one half GONE: it is the other one, and its last acts are visible by pair C.
                unsafe { self.free() };
                return Ok(());
            }
            let wakers = state & WAKERS;
            let gone = if wakers == 0 { gone(SIDE) } else { 0 };
            let next = state & !wakers | with | ended(SIDE) | gone;
            // ORDERING: Release, pair A with SENT and pair C with GONE; Acquire, pair B.
            match shared.state.compare_exchange_weak(state, next, AcqRel, Acquire) {
                Ok(_) if wakers == 0 => return Ok(()),
                Ok(_) => break self.let_go(wakers),
                Err(now) => state = now,
            }
        }
        Ok(())
    }

    /// Moves out the wakers that were cleared as this half ended, and is gone.
    #[inline]
    fn let_go(self, wakers: usize) {
        let shared = self.shared();
        // SAFETY: row WAKER: the bit stood, and was cleared by the caller. So for the next one.
        let own = (wakers & waker_of(SIDE) != 0).then(|| unsafe { shared.take_waker(SIDE) });
        // SAFETY: as for the one before.
        let peer = (wakers & waker_of(Self::PEER) != 0).then(|| unsafe { shared.take_waker(Self::PEER) });
        // The bit is clear, so adding sets it.
        // ORDERING: Release and Acquire, pair C, on whichever side of it this half is.
        if shared.state.fetch_add(gone(SIDE), AcqRel) & gone(Self::PEER) != 0 {
            // SAFETY: row both GONE: this half was second.
            unsafe { self.free() };
        }
        if let Some(peer) = peer {
            peer.wake();
        }
        drop(own);
    }

    /// Ends this half whatever the state.
    fn leave(self) {
        let left = self.end(0, 0);
        debug_assert!(left.is_ok(), "no bit was named that could have refused it");
    }

    /// # Safety
    ///
    /// The other half is gone, and an Acquire has shown it.
    unsafe fn free(self) {
        // SAFETY: by the contract no other pointer to the box is used again, and this one is consumed.
        let shared = unsafe { Box::from_raw(self.0.as_ptr()) };
        // To loom these are the last accesses: it checks cells, and does not see a box being freed.
        shared.value.with_mut(|_| ());
        shared.wakers.iter().for_each(|cell| cell.with_mut(|_| ()));
    }
}

impl<T> Half<T, SENDER> {
    /// Sends the value, or gives it back if the receiver has ended.
    #[inline]
    pub(super) fn send(self, value: T) -> Result<(), T> {
        // SAFETY: row not SENT: the cell is the sender's.
        self.shared()
            .value
            .with_mut(|cell| unsafe { &mut *cell }.write(value));
        self.end(SENT, ended(RECEIVER)).map_err(Self::take_back)
    }

    /// Ends without the value that was written in vain, and returns it.
    #[cold]
    #[inline(never)]
    fn take_back(self) -> T {
        // SAFETY: SENT was not set, so the value never left this half.
        let value = self
            .shared()
            .value
            .with(|cell| unsafe { cell.cast::<T>().read() });
        self.leave();
        value
    }

    /// Ends without a value.
    pub(super) fn abandon(self) {
        self.leave();
    }
}

impl<T> Half<T, RECEIVER> {
    /// Ends without a value, unless one was sent; then the half comes back.
    pub(super) fn close(self) -> Result<(), Self> {
        self.end(0, SENT)
    }

    /// Ends, and returns the value if one was sent.
    #[inline]
    pub(super) fn finish(self) -> Option<T> {
        // ORDERING: Acquire: pair A for SENT, pair C for the free.
        let state = self.shared().state.load(Acquire);
        if state & gone(SENDER) == 0 {
            return self.finish_first();
        }
        // SAFETY: row SENT: the value is written, and the receiver's to take.
        let value = (state & SENT != 0).then(|| unsafe { self.take_value() });
        // SAFETY: row one half GONE: it is the sender, and its last acts are visible by pair C.
        unsafe { self.free() };
        value
    }

    /// As `finish`, where the sender is not gone yet.
    #[inline(never)]
    fn finish_first(self) -> Option<T> {
        let Err(half) = self.close() else { return None };
        // SAFETY: row SENT, which `close` saw with Acquire (pair A): the value is written, and the receiver's to take.
        let value = unsafe { half.take_value() };
        half.leave();
        Some(value)
    }

    /// # Safety
    ///
    /// SENT was seen with Acquire, and this is the only call.
    unsafe fn take_value(&self) -> T {
        // SAFETY: row SENT: by the contract the value is written, and the receiver's to take.
        self.shared()
            .value
            .with(|cell| unsafe { cell.cast::<T>().read() })
    }
}
