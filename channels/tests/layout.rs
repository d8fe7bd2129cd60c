//! The compile-time table of auto traits: which the handles, futures and errors have, and which they must not have.

#![cfg(not(channels_loom))]

use std::cell::Cell;
use std::marker::{PhantomData, PhantomPinned};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::MutexGuard;

use channels::broadcast::{self, lossless, overwriting};
use channels::mpmc;
use channels::mpsc::{self, bounded, unbounded};
use channels::{oneshot, watch};

/// May move between threads; nothing else.
#[expect(dead_code, reason = "only its auto traits matter")]
struct Awkward(Cell<u8>, PhantomPinned, PhantomData<&'static mut u8>);

/// May be shared between threads, but not move.
struct Settled(PhantomData<MutexGuard<'static, u8>>);

/// May move between threads and be shared; nothing else.
struct Shareable(PhantomPinned, PhantomData<&'static mut u8>);

/// Compiles if the type has the traits.
macro_rules! has {
    ($type:ty: $($bound:ident),+) => {
        const _: fn() = || {
            fn has<X: ?Sized $(+ $bound)+>() {}
            has::<$type>();
        };
    };
}

/// Compiles if the type lacks the trait: with it, two implementations would fit, and which is meant could not be inferred.
macro_rules! lacks {
    ($type:ty: $bound:ident) => {
        const _: fn() = || {
            trait Fits<Choice> {
                fn choose() {}
            }
            impl<X: ?Sized> Fits<()> for X {}
            impl<X: ?Sized + $bound> Fits<u8> for X {}
            <$type as Fits<_>>::choose();
        };
    };
}

/// For types whose `Send` and `Sync` ask `T: Send`, and whose other auto traits ask nothing.
macro_rules! send_and_sync_if_values_are_send {
    ($($type:ty),+ $(,)?) => {
        $(const _: () = {
            type Row<T> = $type;
            has!(Row<Awkward>: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);
            has!(Row<Settled>: Unpin, UnwindSafe, RefUnwindSafe);
            lacks!(Row<Settled>: Send);
            lacks!(Row<Settled>: Sync);
        };)+
    };
}

/// For types whose `Send` and `Sync` ask `T: Send + Sync`, since several receivers look at one value.
macro_rules! send_and_sync_if_values_are_both {
    ($($type:ty),+ $(,)?) => {
        $(const _: () = {
            type Row<T> = $type;
            has!(Row<Shareable>: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);
            has!(Row<Awkward>: Unpin, UnwindSafe, RefUnwindSafe);
            lacks!(Row<Awkward>: Send);
            lacks!(Row<Awkward>: Sync);
            has!(Row<Settled>: Unpin, UnwindSafe, RefUnwindSafe);
            lacks!(Row<Settled>: Send);
            lacks!(Row<Settled>: Sync);
        };)+
    };
}

// The table is tested, too: what it would find missing or superfluous is so.
has!(Awkward: Send);
lacks!(Awkward: Sync);
lacks!(Awkward: Unpin);
lacks!(Awkward: UnwindSafe);
lacks!(Awkward: RefUnwindSafe);
has!(Settled: Sync);
lacks!(Settled: Send);
has!(Shareable: Send, Sync);
lacks!(Shareable: Unpin);
lacks!(Shareable: UnwindSafe);

send_and_sync_if_values_are_send! {
    mpsc::Sender<T>,
    mpsc::Receiver<T>,
    unbounded::WeakSender<T>,
    unbounded::ClosedFuture<'static, T>,
    unbounded::RecvFuture<'static, T>,
    unbounded::RecvManyFuture<'static, T>,
    mpsc::BoundedSender<T>,
    mpsc::BoundedReceiver<T>,
    bounded::ClosedFuture<'static, T>,
    bounded::RecvFuture<'static, T>,
    bounded::RecvManyFuture<'static, T>,
    bounded::SendFuture<'static, T>,
    mpsc::WeakBoundedSender<T>,
    mpsc::PollSender<T>,
    mpsc::Permit<'static, T>,
    mpsc::Permits<'static, T>,
    mpsc::OwnedPermit<T>,
    bounded::ReserveFuture<'static, T>,
    bounded::ReserveManyFuture<'static, T>,
    bounded::ReserveOwnedFuture<T>,
    oneshot::Sender<T>,
    oneshot::Receiver<T>,
    oneshot::ClosedFuture<'static, T>,
    mpmc::Sender<T>,
    mpmc::Receiver<T>,
    mpmc::WeakSender<T>,
    mpmc::unbounded::ClosedFuture<'static, T>,
    mpmc::unbounded::RecvFuture<'static, T>,
    mpmc::unbounded::RecvManyFuture<'static, T>,
    mpmc::BoundedSender<T>,
    mpmc::BoundedReceiver<T>,
    mpmc::WeakBoundedSender<T>,
    mpmc::PollSender<T>,
    mpmc::Permit<'static, T>,
    mpmc::Permits<'static, T>,
    mpmc::OwnedPermit<T>,
    mpmc::bounded::SendFuture<'static, T>,
    mpmc::bounded::ReserveFuture<'static, T>,
    mpmc::bounded::ReserveManyFuture<'static, T>,
    mpmc::bounded::ReserveOwnedFuture<T>,
}

send_and_sync_if_values_are_both! {
    broadcast::Sender<T>,
    broadcast::BoundedSender<T>,
    broadcast::Receiver<T>,
    broadcast::WeakSender<T>,
    broadcast::WeakBoundedSender<T>,
    broadcast::WeakOverwritingSender<T>,
    lossless::ClosedFuture<'static, T>,
    lossless::RecvFuture<'static, T>,
    lossless::RecvManyFuture<'static, T>,
    lossless::SendFuture<'static, T>,
    broadcast::OverwritingSender<T>,
    broadcast::OverwritingReceiver<T>,
    overwriting::RecvFuture<'static, T>,
    overwriting::RecvManyFuture<'static, T>,
    watch::Sender<T>,
    watch::WeakSender<T>,
    watch::Receiver<T>,
    watch::ClosedFuture<'static, T>,
    watch::ChangedFuture<'static, T>,
    watch::WaitForFuture<'static, T, fn(&T) -> bool>,
}

// A predicate is what it is by itself, but is never pinned.
has!(watch::WaitForFuture<'static, Shareable, PhantomPinned>: Unpin);
lacks!(watch::WaitForFuture<'static, Shareable, Awkward>: Sync);
lacks!(watch::WaitForFuture<'static, Shareable, Settled>: Send);
lacks!(watch::WaitForFuture<'static, Shareable, Shareable>: UnwindSafe);

// A snapshot is a shared reference to its value.
has!(watch::Snapshot<Shareable>: Send, Sync, Unpin);
has!(watch::Snapshot<u8>: UnwindSafe, RefUnwindSafe);
lacks!(watch::Snapshot<Awkward>: Send);
lacks!(watch::Snapshot<Awkward>: Sync);
lacks!(watch::Snapshot<Awkward>: UnwindSafe);
lacks!(watch::Snapshot<Awkward>: RefUnwindSafe);
lacks!(watch::Snapshot<Settled>: Send);
lacks!(watch::Snapshot<Settled>: Sync);

const _: () = {
    let word = size_of::<usize>();
    assert!(
        size_of::<oneshot::Sender<[u8; 100]>>() == word,
        "a half is a pointer"
    );
    assert!(
        size_of::<oneshot::Receiver<[u8; 100]>>() == word,
        "a half is a pointer"
    );
};

const _: () = {
    let word = size_of::<usize>();
    assert!(
        size_of::<unbounded::RecvFuture<'static, [u8; 100]>>() <= 2 * word,
        "a receive is a pointer and two flags"
    );
    assert!(
        size_of::<unbounded::WeakSender<[u8; 100]>>() == word,
        "a weak sender is a pointer"
    );
};

const _: () = {
    let word = size_of::<usize>();
    assert!(
        size_of::<Option<watch::Snapshot<[u8; 100]>>>() == word,
        "a snapshot is a pointer"
    );
    assert!(
        size_of::<watch::ChangedFuture<'static, [u8; 100]>>() <= 2 * word,
        "a wait is a pointer and a flag"
    );
};

const _: () = {
    let word = size_of::<usize>();
    assert!(
        size_of::<mpmc::unbounded::RecvFuture<'static, [u8; 100]>>() <= 4 * word,
        "a receive is a pointer, and its place among those who wait if it has one"
    );
    assert!(
        size_of::<mpmc::bounded::SendFuture<'static, u64>>() <= 3 * word + size_of::<u64>(),
        "a send is a pointer and the value, or its place among those who wait"
    );
};

// An error holds the value itself, so it has what the value has.
has!(mpsc::SendError<u8>: Send, Sync, Unpin, UnwindSafe);
has!(mpsc::TrySendError<u8>: Send, Sync, Unpin, UnwindSafe);
lacks!(mpsc::SendError<Awkward>: Sync);
lacks!(mpsc::SendError<Settled>: Send);
lacks!(mpsc::TrySendError<Awkward>: Sync);
lacks!(mpsc::TrySendError<Settled>: Send);
