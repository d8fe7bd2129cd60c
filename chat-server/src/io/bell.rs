//! A waker that remembers whether it was woken, so that one of several things in a task knows that it was meant.
//!
//! A task is polled whole, whatever woke it. Where looking costs a system call, it pays to look only when the bell has
//! rung. The reactor's readiness is such a place: it may wake for an event and yet answer "not ready" if the event came
//! in the very turn in which it was asked for; the task would ask again, and be woken again, for some rounds. A bell that
//! the reactor has rung means that it is worth to try.

use std::future::poll_fn;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// See the module's documentation.
pub(crate) struct Bell {
    state: Mutex<State>,
}

struct State {
    sound: Sound,
    /// The task that the bell belongs to, once it has listened.
    waker: Option<Waker>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sound {
    /// Nobody has been asked to ring.
    Unasked,
    /// Asked to ring, and silent so far.
    Silent,
    Rung,
}

impl Bell {
    pub(crate) const fn new() -> Self {
        Self {
            state: Mutex::new(State {
                sound: Sound::Unasked,
                waker: None,
            }),
        }
    }

    /// Polls for a socket's readiness with `poll`, which is given `ringer` as its waker, if there can be anything new.
    /// Its "not ready" after the bell has rung counts as ready: there has been an event. The ringer is whatever holds the
    /// bell and rings it when it is woken.
    pub(crate) fn poll_ready<E>(
        &self,
        cx: &Context<'_>,
        ringer: &Arc<impl Wake + Send + Sync + 'static>,
        poll: impl FnOnce(&mut Context<'_>) -> Poll<Result<(), E>>,
    ) -> Poll<Result<(), E>> {
        let sound = self.listen(cx);
        if sound == Sound::Silent {
            return Poll::Pending;
        }
        match ask(ringer, poll) {
            Poll::Pending if sound == Sound::Rung => Poll::Ready(Ok(())),
            Poll::Pending => Poll::Pending,
            Poll::Ready(ready) => {
                // Its answer is not followed by a ring: next time it has to be asked again.
                self.lock().sound = Sound::Unasked;
                Poll::Ready(ready)
            }
        }
    }

    /// Whether it has rung since it was asked last. From now on the bell is silent, and wakes the task of `cx`.
    pub(crate) fn has_rung(&self, cx: &Context<'_>) -> bool {
        self.listen(cx) == Sound::Rung
    }

    /// What was heard last. From now on the bell is silent, and wakes the task of `cx`.
    fn listen(&self, cx: &Context<'_>) -> Sound {
        let mut state = self.lock();
        let sound = mem::replace(&mut state.sound, Sound::Silent);
        if state
            .waker
            .as_ref()
            .is_some_and(|waker| waker.will_wake(cx.waker()))
        {
            return sound;
        }
        let before = state.waker.replace(cx.waker().clone());
        drop(state);
        drop(before);
        sound
    }

    /// Something has happened: the task that listens is woken.
    pub(crate) fn ring(&self) {
        let waker = {
            let mut state = self.lock();
            state.sound = Sound::Rung;
            state.waker.clone()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ring();
    }
}

fn ask<T>(
    ringer: &Arc<impl Wake + Send + Sync + 'static>,
    poll: impl FnOnce(&mut Context<'_>) -> Poll<T>,
) -> Poll<T> {
    poll(&mut Context::from_waker(&Waker::from(Arc::clone(ringer))))
}

/// Polls the future only when it was woken itself, whatever else woke the task that it is part of.
pub(crate) async fn only_when_woken<F: Future>(future: F) -> F::Output {
    let mut future = Box::pin(future);
    let bell = Arc::new(Bell::new());
    poll_fn(|cx| match bell.listen(cx) {
        Sound::Silent => Poll::Pending,
        Sound::Unasked | Sound::Rung => ask(&bell, |cx| future.as_mut().poll(cx)),
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures_lite::future::{block_on, or, yield_now};

    use super::*;

    fn poll(bell: &Arc<Bell>, answer: Poll<Result<(), ()>>) -> (bool, Poll<Result<(), ()>>) {
        let mut is_asked = false;
        let polled = bell.poll_ready(&Context::from_waker(Waker::noop()), bell, |_| {
            is_asked = true;
            answer
        });
        (is_asked, polled)
    }

    #[test]
    fn the_reactor_is_asked_once_until_it_rings() {
        let bell = Arc::new(Bell::new());
        assert_eq!(poll(&bell, Poll::Pending), (true, Poll::Pending));
        assert_eq!(poll(&bell, Poll::Pending), (false, Poll::Pending));
        bell.ring();
        assert_eq!(poll(&bell, Poll::Ready(Ok(()))), (true, Poll::Ready(Ok(()))));
        assert_eq!(poll(&bell, Poll::Pending), (true, Poll::Pending));
    }

    #[test]
    fn a_ring_counts_as_ready_whatever_the_reactor_says() {
        let bell = Arc::new(Bell::new());
        assert_eq!(poll(&bell, Poll::Pending), (true, Poll::Pending));
        bell.ring();
        assert_eq!(poll(&bell, Poll::Pending), (true, Poll::Ready(Ok(()))));
        assert_eq!(poll(&bell, Poll::Pending), (false, Poll::Pending));
    }

    #[test]
    fn a_future_is_not_polled_for_what_woke_its_neighbour() {
        let polls = Cell::new(0);
        let quiet = only_when_woken(poll_fn(|_| -> Poll<()> {
            polls.set(polls.get() + 1);
            Poll::Pending
        }));
        block_on(or(quiet, async {
            for _ in 0..5 {
                yield_now().await;
            }
        }));
        assert_eq!(polls.get(), 1);
    }

    #[test]
    fn a_future_is_polled_whenever_it_was_woken_itself() {
        block_on(only_when_woken(async {
            for _ in 0..5 {
                yield_now().await;
            }
        }));
    }
}
