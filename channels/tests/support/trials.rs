//! What a wait may be put through: given up at every moment, forgotten at every moment, polled with wakers that panic or that
//! call back into the channel.

use std::future::Future;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::task::{Poll, Waker};

use super::{WakeCount, WakerEvent, hooked_waker, poll_with};

/// The moments at which a wait can be given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    Unpolled,
    Waiting,
    /// Waiting, in a second task.
    Moved,
    /// What it waits for has come, and it was not polled since.
    Woken,
    Ready,
}

impl Moment {
    const ALL: [Self; 5] = [
        Self::Unpolled,
        Self::Waiting,
        Self::Moved,
        Self::Woken,
        Self::Ready,
    ];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Cancelled(Moment),
    /// It never runs its drop.
    Forgotten(Moment),
    /// Its first waker panics once, when this happens to it.
    Panics(WakerEvent),
    /// Its wakers call back whenever anything happens to them.
    Reenters,
}

/// One run of a wait. At the end the wait's wakers must have been let go.
pub(crate) struct Trial {
    fate: Fate,
    wakes: Arc<WakeCount>,
    later_wakes: Arc<WakeCount>,
}

/// Runs the case once for each trial. All that the case makes must be gone when it returns.
pub(crate) fn in_every_trial(case: impl Fn(&Trial)) {
    in_trials(Moment::ALL.map(Fate::Forgotten), &case);
    in_every_trial_of_owned(case);
}

/// As [`in_every_trial`], for a future that owns what would leak with it.
pub(crate) fn in_every_trial_of_owned(case: impl Fn(&Trial)) {
    in_trials(Moment::ALL.map(Fate::Cancelled), &case);
    in_trials(
        [WakerEvent::Cloned, WakerEvent::Woken, WakerEvent::Dropped].map(Fate::Panics),
        &case,
    );
    in_trials([Fate::Reenters], &case);
}

/// As [`in_every_trial`], for a send: its value is under way when a poll needs a waker, so a panic in the poll ends it.
pub(crate) fn in_every_trial_of_sends(case: impl Fn(&Trial)) {
    in_trials(Moment::ALL.map(Fate::Forgotten), &case);
    in_trials(Moment::ALL.map(Fate::Cancelled), &case);
    in_trials([Fate::Panics(WakerEvent::Woken), Fate::Reenters], &case);
}

fn in_trials<const COUNT: usize>(fates: [Fate; COUNT], case: &impl Fn(&Trial)) {
    for fate in fates {
        Trial::new(fate).run(case);
    }
}

impl Trial {
    fn new(fate: Fate) -> Self {
        Self {
            fate,
            wakes: WakeCount::new(),
            later_wakes: WakeCount::new(),
        }
    }

    fn run(&self, case: impl Fn(&Self)) {
        case(self);
        for wakes in [&self.wakes, &self.later_wakes] {
            assert_eq!(
                Arc::strong_count(wakes),
                1,
                "B48, {:?}: a waker is left",
                self.fate
            );
        }
    }

    /// Puts a wait through this trial. `finish` brings what it waits for; `reenter` calls into the channel without changing
    /// it. Returns the output if the wait came to its end.
    pub(crate) fn wait<F: Future + Unpin>(
        &self,
        future: F,
        finish: impl FnOnce(),
        reenter: impl Fn() + Send + Sync + 'static,
    ) -> Option<F::Output> {
        match self.fate {
            Fate::Cancelled(moment) => self.give_up(future, moment, finish, drop),
            Fate::Forgotten(moment) => self.give_up(future, moment, finish, mem::forget),
            Fate::Panics(event) => Some(self.outlive_panic(future, event, finish)),
            Fate::Reenters => Some(self.reenter(future, finish, reenter)),
        }
    }

    /// Whether what came was given to the wait, though it may never have looked at it.
    pub(crate) fn is_served(&self) -> bool {
        match self.fate {
            Fate::Cancelled(moment) => matches!(moment, Moment::Woken | Moment::Ready),
            Fate::Forgotten(moment) => moment != Moment::Unpolled,
            Fate::Panics(_) | Fate::Reenters => true,
        }
    }

    /// Whether the wait was forgotten at a moment at which it was registered or served.
    pub(crate) fn is_forgotten(&self) -> bool {
        matches!(
            self.fate,
            Fate::Forgotten(Moment::Waiting | Moment::Moved | Moment::Woken)
        )
    }

    fn give_up<F: Future + Unpin>(
        &self,
        mut future: F,
        moment: Moment,
        finish: impl FnOnce(),
        end: fn(F),
    ) -> Option<F::Output> {
        let is_cancelled = matches!(self.fate, Fate::Cancelled(_));
        if moment != Moment::Unpolled {
            assert!(poll_with(&mut future, &self.wakes.waker()).is_pending());
        }
        if moment == Moment::Moved {
            assert!(poll_with(&mut future, &self.later_wakes.waker()).is_pending());
            assert_eq!(
                Arc::strong_count(&self.wakes),
                1,
                "B22: the first waker is let go"
            );
        }
        assert_eq!(self.wakes.get(), 0, "B44: nobody was woken for nothing");
        if matches!(moment, Moment::Unpolled | Moment::Waiting | Moment::Moved) {
            end(future);
            let held = Arc::strong_count(&self.wakes) + Arc::strong_count(&self.later_wakes) - 2;
            assert!(held == 0 || !is_cancelled, "B48: the waker goes with the wait");
            finish();
            let woken = self.wakes.get() + self.later_wakes.get();
            assert!(woken == 0 || !is_cancelled, "who has left is not woken");
            return None;
        }
        finish();
        assert_eq!(self.wakes.get(), 1, "one wake");
        let output = (moment == Moment::Ready).then(|| ready(poll_with(&mut future, &self.wakes.waker())));
        end(future);
        output
    }

    fn outlive_panic<F: Future + Unpin>(
        &self,
        mut future: F,
        event: WakerEvent,
        finish: impl FnOnce(),
    ) -> F::Output {
        let has_panicked = AtomicBool::new(false);
        let bad = hooked_waker(move |happened| {
            assert!(
                happened != event || has_panicked.swap(true, SeqCst),
                "a waker that panics"
            );
        });
        let good = self.wakes.waker();
        let panics = |act: &mut dyn FnMut()| {
            assert!(catch_unwind(AssertUnwindSafe(act)).is_err(), "{event:?} panics");
        };
        if event == WakerEvent::Cloned {
            panics(&mut || assert!(poll_with(&mut future, &bad).is_ready()));
            assert!(poll_with(&mut future, &good).is_pending());
        } else {
            assert!(poll_with(&mut future, &bad).is_pending());
        }
        if event == WakerEvent::Woken {
            let mut finish = Some(finish);
            panics(&mut || finish.take().expect("it is called once")());
            return ready(poll_with(&mut future, &good));
        }
        if event == WakerEvent::Dropped {
            panics(&mut || assert!(poll_with(&mut future, &good).is_ready()));
            assert!(poll_with(&mut future, &good).is_pending());
        }
        finish();
        assert_eq!(self.wakes.get(), 1, "the waker behind the panic is the one woken");
        ready(poll_with(&mut future, &good))
    }

    fn reenter<F: Future + Unpin>(
        &self,
        mut future: F,
        finish: impl FnOnce(),
        reenter: impl Fn() + Send + Sync + 'static,
    ) -> F::Output {
        let reenter = Arc::new(reenter);
        let calls = Arc::new(AtomicUsize::new(0));
        let waker = || {
            let (reenter, calls) = (Arc::clone(&reenter), Arc::clone(&calls));
            hooked_waker(move |_| {
                reenter();
                calls.fetch_add(1, SeqCst);
            })
        };
        assert!(poll_with(&mut future, &waker()).is_pending());
        assert!(poll_with(&mut future, &waker()).is_pending());
        let before = calls.load(SeqCst);
        assert!(before >= 4, "two clones, two drops");
        finish();
        assert!(calls.load(SeqCst) > before, "a wake");
        ready(poll_with(&mut future, Waker::noop()))
    }
}

fn ready<T>(polled: Poll<T>) -> T {
    match polled {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("what it waits for has come"),
    }
}
