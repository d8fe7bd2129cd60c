//! The promises of `blocking`: plain threads that wait for futures.

#![cfg(all(feature = "std", not(channels_loom)))]

mod support;

use std::cell::Cell;
use std::future::{Future, pending, poll_fn, ready};
use std::iter::from_fn;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::channel as std_channel;
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use channels::blocking::{wait, wait_until};
use channels::{broadcast, mpmc, mpsc, oneshot, watch};
use support::{WakerEvent, hooked_waker, poll_with};

const VALUES: u64 = 200;

/// A future that wakes itself, and is ready in its second poll.
fn yield_once() -> impl Future<Output = ()> + Unpin {
    let mut is_first = true;
    poll_fn(move |cx| {
        if mem::take(&mut is_first) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    })
}

/// The waker that a wait on this thread has.
fn waker() -> Waker {
    wait(poll_fn(|cx| Poll::Ready(cx.waker().clone())))
}

/// The last moment that the clock of this system can tell.
fn far_future() -> Instant {
    let mut last = Instant::now();
    let mut step = Duration::MAX;
    while step > Duration::from_secs(1) {
        match last.checked_add(step) {
            Some(later) => last = later,
            None => step /= 2,
        }
    }
    last
}

#[test]
fn a_ready_future_returns_at_once() {
    assert_eq!(wait(ready(5)), 5);
}

#[test]
fn a_future_need_not_be_unpin() {
    assert_eq!(wait(async { ready(2).await + ready(3).await }), 5);
}

#[test]
fn threads_pass_values_both_ways_through_oneshots() {
    let (request, requested) = oneshot::channel();
    let (reply, replied) = oneshot::channel();
    thread::scope(|scope| {
        scope.spawn(|| reply.send(wait(requested).unwrap() + 1));
        request.send(1).unwrap();
        assert_eq!(wait(replied), Ok(2));
    });
}

#[test]
fn threads_pass_values_both_ways_through_mpsc() {
    let (request, mut requests) = mpsc::channel();
    let (reply, mut replies) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            while let Some(number) = wait(requests.recv()) {
                reply.send(number + 1).unwrap();
            }
        });
        for number in 0..VALUES {
            request.send(number).unwrap();
            assert_eq!(wait(replies.recv()), Some(number + 1));
        }
        drop(request);
        assert_eq!(wait(replies.recv()), None);
    });
}

#[test]
fn threads_wait_for_room_and_for_values_of_a_bounded_mpsc() {
    for capacity in 0..3 {
        let (sender, mut receiver) = mpsc::bounded(capacity);
        thread::scope(|scope| {
            for _ in 0..2 {
                let sender = sender.clone();
                scope.spawn(move || (1..=VALUES).for_each(|number| wait(sender.send(number)).unwrap()));
            }
            drop(sender);
            let mut sum = 0;
            while let Some(number) = wait(receiver.recv()) {
                sum += number;
            }
            assert_eq!(sum, VALUES * (VALUES + 1));
        });
    }
}

#[test]
fn threads_share_the_values_of_an_mpmc() {
    for capacity in [0, 1, 2, usize::MAX] {
        let (sender, receiver) = mpmc::bounded(capacity);
        thread::scope(|scope| {
            for sender in [sender.clone(), sender] {
                scope.spawn(move || (1..=VALUES).for_each(|number| wait(sender.send(number)).unwrap()));
            }
            let threads = [receiver.clone(), receiver]
                .map(|receiver| scope.spawn(move || from_fn(|| wait(receiver.recv())).sum::<u64>()));
            let sums = threads.map(|thread| thread.join().unwrap());
            assert_eq!(sums[0] + sums[1], VALUES * (VALUES + 1));
        });
    }
}

#[test]
fn threads_wait_for_room_and_for_values_of_a_bounded_broadcast() {
    let (sender, receiver) = broadcast::bounded(1);
    thread::scope(|scope| {
        for mut receiver in [receiver.clone(), receiver] {
            scope.spawn(move || {
                for number in 1..=VALUES {
                    assert_eq!(wait(receiver.recv()), Ok(number));
                }
                wait(receiver.recv()).unwrap_err();
            });
        }
        (1..=VALUES).for_each(|number| wait(sender.send(number)).unwrap());
        drop(sender);
    });
}

#[test]
fn threads_wait_for_the_values_of_broadcasts_that_never_make_a_sender_wait() {
    let (sender, mut receiver) = broadcast::channel();
    let (overwriting, mut lagging) = broadcast::overwriting(2);
    thread::scope(|scope| {
        scope.spawn(move || {
            for number in 1..=VALUES {
                sender.send(number).unwrap();
                overwriting.send(number).unwrap();
            }
        });
        for number in 1..=VALUES {
            assert_eq!(wait(receiver.recv()), Ok(number));
        }
        let mut seen = 0;
        loop {
            match wait(lagging.recv()) {
                Ok(_) => seen += 1,
                Err(broadcast::RecvError::Lagged(missed)) => seen += missed,
                Err(broadcast::RecvError::Closed) => break,
            }
        }
        assert_eq!(seen, VALUES);
    });
}

#[test]
fn threads_wait_for_changes_of_a_watched_value() {
    let (question, mut asked) = watch::channel(0);
    let (answer, mut answered) = watch::channel(0);
    thread::scope(|scope| {
        scope.spawn(move || {
            while wait(asked.changed()).is_ok() {
                answer.send(*asked.borrow());
            }
        });
        for number in 1..=VALUES {
            question.send(number);
            wait(answered.wait_for(|answer| *answer == number)).unwrap();
        }
        drop(question);
    });
}

#[test]
fn a_value_that_is_there_is_received_after_the_deadline_too() {
    let past = Instant::now();
    let (sender, mut receiver) = mpsc::channel();
    sender.send(5).unwrap();
    assert_eq!(wait_until(receiver.recv(), past).unwrap(), Some(5));
    assert_eq!(wait_until(ready(5), past).unwrap(), 5);
}

/// B56.
#[test]
fn a_past_deadline_gives_the_future_back() {
    let past = Instant::now();
    assert!(wait_until(pending::<()>(), past).is_err());
}

/// Misses a deadline in the past; afterwards the future is as good as new.
fn works_on<F: Future + Unpin + Send>(future: F, finish: impl FnOnce()) -> F::Output
where
    F::Output: Send,
{
    let Err(future) = wait_until(future, Instant::now()) else {
        panic!("it is ready before it should be");
    };
    thread::scope(|scope| {
        // Another thread goes on with it, and another waker.
        let waiting = scope.spawn(|| wait(future));
        finish();
        waiting.join().expect("it does not panic")
    })
}

#[test]
fn what_was_given_back_works_on() {
    let (sender, receiver) = oneshot::channel();
    assert_eq!(works_on(receiver, || sender.send(5).unwrap()), Ok(5));

    let (sender, mut receiver) = mpsc::channel();
    assert_eq!(works_on(receiver.recv(), || sender.send(5).unwrap()), Some(5));

    let (sender, mut receiver) = mpsc::bounded(1);
    assert_eq!(
        works_on(receiver.recv(), || wait(sender.send(5)).unwrap()),
        Some(5)
    );
    wait(sender.send(1)).unwrap();
    let sent = works_on(sender.send(2), || assert_eq!(wait(receiver.recv()), Some(1)));
    assert_eq!(sent, Ok(()));
    assert_eq!(wait(receiver.recv()), Some(2));

    let (sender, receiver) = mpmc::bounded(1);
    assert_eq!(
        works_on(receiver.recv(), || wait(sender.send(5)).unwrap()),
        Some(5)
    );

    let (sender, mut receiver) = broadcast::bounded(1);
    assert_eq!(works_on(receiver.recv(), || wait(sender.send(5)).unwrap()), Ok(5));

    let (sender, mut receiver) = broadcast::overwriting(1);
    assert_eq!(works_on(receiver.recv(), || sender.send(5).unwrap()), Ok(5));

    let (sender, mut receiver) = watch::channel(1);
    assert_eq!(works_on(receiver.changed(), || sender.send(2)), Ok(()));
}

#[test]
fn a_value_that_is_too_late_can_be_taken_back() {
    let (sender, mut receiver) = mpsc::bounded(1);
    wait(sender.send("first")).unwrap();
    let send = wait_until(sender.send("second"), Instant::now()).unwrap_err();
    assert_eq!(send.into_value(), Some("second"));
    assert_eq!(wait(receiver.recv()), Some("first"));
    assert!(receiver.is_empty());
}

#[test]
fn a_deadline_ends_the_sleep_and_never_early() {
    let deadline = Instant::now() + Duration::from_millis(2);
    assert!(wait_until(pending::<()>(), deadline).is_err());
    assert!(Instant::now() >= deadline);
}

#[test]
fn a_future_that_is_ready_at_its_deadline_returns_its_output() {
    let deadline = Instant::now() + Duration::from_millis(2);
    // Nobody wakes it: it is the deadline that has it polled again.
    let mut is_first = true;
    let second_poll = poll_fn(move |_| {
        if mem::take(&mut is_first) {
            return Poll::Pending;
        }
        Poll::Ready(5)
    });
    assert_eq!(wait_until(second_poll, deadline).ok(), Some(5));
}

#[test]
fn a_future_that_wakes_itself_for_ever_misses_its_deadline() {
    let busy = poll_fn(|cx| {
        cx.waker().wake_by_ref();
        Poll::<()>::Pending
    });
    assert!(wait_until(busy, Instant::now() + Duration::from_millis(2)).is_err());
}

/// B56.
#[test]
fn a_deadline_in_the_far_future_is_as_good_as_none() {
    let (sender, receiver) = oneshot::channel();
    let (slept, sleeping) = std_channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            sleeping.recv().unwrap();
            sender.send(5)
        });
        let mut receiver = receiver;
        let future = poll_fn(move |cx| {
            let polled = poll_with(&mut receiver, cx.waker());
            // The value is sent only once this thread has to wait for it.
            slept.send(()).ok();
            polled
        });
        assert!(matches!(wait_until(future, far_future()), Ok(Ok(5))));
    });
}

#[test]
fn an_unpark_that_is_no_wake_polls_nothing() {
    let mut polls = 0;
    let future = poll_fn(|_| {
        polls += 1;
        thread::current().unpark();
        Poll::<()>::Pending
    });
    assert!(wait_until(future, Instant::now() + Duration::from_millis(5)).is_err());
    assert!(polls <= 2, "one poll is the first, one the deadline's");
}

#[test]
fn a_wake_after_an_unpark_is_not_lost() {
    let (give, wakers) = std_channel::<Waker>();
    let mut is_first = true;
    thread::scope(|scope| {
        scope.spawn(move || wakers.recv().unwrap().wake());
        thread::current().unpark();
        wait(poll_fn(|cx| {
            if !mem::take(&mut is_first) {
                return Poll::Ready(());
            }
            thread::current().unpark();
            give.send(cx.waker().clone()).unwrap();
            Poll::Pending
        }));
    });
}

#[test]
fn a_wake_is_not_lost_to_somebody_else_who_parks_the_thread() {
    let mut is_first = true;
    wait(poll_fn(|cx| {
        if mem::take(&mut is_first) {
            cx.waker().wake_by_ref();
            thread::park();
            return Poll::Pending;
        }
        Poll::Ready(())
    }));
}

#[test]
fn a_wait_inside_a_poll_takes_no_wake_of_the_one_around_it() {
    let mut is_first = true;
    wait(poll_fn(|cx| {
        if !mem::take(&mut is_first) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        assert!(!waker().will_wake(cx.waker()));
        wait(yield_once());
        wait_until(yield_once(), far_future()).ok().unwrap();
        wait(poll_fn(|_| {
            wait(yield_once());
            Poll::Ready(())
        }));
        Poll::Pending
    }));
    wait(yield_once());
}

#[test]
fn a_wait_inside_a_waker_works() {
    let (reply, replied) = std_channel();
    let waker = hooked_waker(move |event| {
        if event == WakerEvent::Woken {
            let (sender, mut receiver) = mpsc::bounded(0);
            thread::spawn(move || wait(sender.send(5)));
            reply.send(wait(receiver.recv())).unwrap();
        }
    });
    let (sender, mut receiver) = oneshot::channel();
    assert!(poll_with(&mut receiver, &waker).is_pending());

    wait(async { sender.send(()).unwrap() });
    assert_eq!(replied.recv(), Ok(Some(5)));
}

#[test]
fn the_waits_of_a_thread_share_a_waker() {
    let first = waker();
    assert!(first.will_wake(&waker()));
    catch_unwind(|| wait(poll_fn(|_| -> Poll<()> { panic!("a poll that panics") }))).unwrap_err();
    assert!(first.will_wake(&waker()), "also after a panic");
    let other = thread::spawn(waker).join().unwrap();
    assert!(!first.will_wake(&other));
}

#[test]
fn a_waker_that_outlives_its_wait_disturbs_no_later_one() {
    let (sender, mut receiver) = mpsc::channel();
    let abandoned = wait_until(receiver.recv(), Instant::now()).unwrap_err();
    mem::forget(abandoned);
    sender.send(5).unwrap();
    wait(yield_once());
    assert_eq!(wait(receiver.recv()), Some(5));

    let outlives_its_thread = thread::spawn(waker).join().unwrap();
    outlives_its_thread.wake();
}

#[test]
fn a_panic_in_a_poll_passes_through() {
    let (sender, mut receiver) = mpsc::channel();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        wait(poll_fn(|cx| -> Poll<()> {
            assert!(poll_with(&mut receiver.recv(), cx.waker()).is_pending());
            panic!("a poll that panics");
        }));
    }));
    panicked.unwrap_err();
    sender.send(5).unwrap();
    assert_eq!(wait(receiver.recv()), Some(5));
}

/// Waits while its thread ends.
struct WaitOnDrop;

impl Drop for WaitOnDrop {
    fn drop(&mut self) {
        wait(yield_once());
    }
}

thread_local! {
    static LAST_WAIT: Cell<Option<WaitOnDrop>> = const { Cell::new(None) };
}

#[test]
fn a_thread_that_ends_can_wait() {
    let is_after_others = thread::spawn(|| {
        LAST_WAIT.set(Some(WaitOnDrop));
        wait(yield_once());
    });
    let is_before_others = thread::spawn(|| {
        wait(yield_once());
        LAST_WAIT.set(Some(WaitOnDrop));
    });
    is_after_others.join().unwrap();
    is_before_others.join().unwrap();
}
