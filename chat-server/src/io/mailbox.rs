//! What comes to a connection from inside the house.

use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Context;

use crate::io::bell::Bell;
use crate::io::hub::Subscription;
use crate::pure::hub::Reply;
use crate::pure::session::SessionLimits;

/// A letter to a connection.
pub(crate) enum Mail {
    /// The hub's; the subscription comes with [`Reply::Joined`], so that it is there before the room's first turn.
    Reply(Reply, Option<Subscription>),
    /// A deadline of the session may have passed. At most one is under way.
    Tick,
    /// The server stops. Sent once.
    Stop { come_back_after_ms: u32 },
    /// Another peer needs the place before the door; whoever is inside already stays. Sent once.
    MakeRoom,
}

/// Mail besides the answers to requests: `TakenOver` or `Dismissed`, `Tick`, `Stop` and `MakeRoom`, each once at most.
const MAIL_BESIDES_ANSWERS_MAX: usize = 4;

/// News that nobody asked for is only posted while fewer letters wait: whoever misses it can ask.
const LETTERS_BEFORE_NEWS_MAX: usize = 64;

/// Where mail to one connection is posted, and where the connection finds it.
///
/// Nobody who posts ever waits: what is here at once is bounded by one answer to each request that the session lets its
/// peer have outstanding, one removal for each room that it is in or asks for, a little news, and the rest. It is no channel: that would be memory of its own with a handle for each side, and
/// this lies in the [badge](crate::io::connection::Badge) that all sides share anyway.
pub(crate) struct Mailbox {
    letters: Mutex<Vec<Mail>>,
    letters_max: usize,
    /// Rings after a letter was posted.
    posted: Bell,
}

impl Mailbox {
    /// A mailbox for a peer within these limits.
    pub(crate) fn new(limits: &SessionLimits) -> Self {
        // An arrival is answered before there is any other request.
        let answers_max = limits.requests_in_flight_max.max(1) as usize;
        let removals_max = limits.rooms_max as usize + answers_max;
        Self {
            letters: Mutex::new(Vec::new()),
            letters_max: answers_max + removals_max + LETTERS_BEFORE_NEWS_MAX + MAIL_BESIDES_ANSWERS_MAX,
            posted: Bell::new(),
        }
    }

    pub(crate) fn post(&self, mail: Mail) {
        let mut letters = self.lock();
        let is_news = matches!(&mail, Mail::Reply(reply, _) if reply.is_news());
        if is_news && letters.len() >= LETTERS_BEFORE_NEWS_MAX {
            return;
        }
        debug_assert!(
            letters.len() < self.letters_max,
            "a mailbox never holds more than the answers to its peer's requests, and the rest"
        );
        letters.push(mail);
        drop(letters);
        self.posted.ring();
    }

    /// Takes all letters that are there, in order. The task is woken when the next one comes.
    pub(crate) fn take(&self, cx: &Context<'_>) -> Vec<Mail> {
        if self.posted.has_rung(cx) {
            mem::take(&mut *self.lock())
        } else {
            Vec::new()
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Mail>> {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::task::Poll;
    use std::thread;

    use futures_lite::future::block_on;

    use super::*;

    #[test]
    fn every_letter_that_is_posted_wakes_the_one_who_waits_for_it() {
        const LETTERS: u32 = 1_000;
        let mailbox = Mailbox::new(&SessionLimits {
            requests_in_flight_max: LETTERS,
            ..SessionLimits::default()
        });
        let mut arrived = Vec::new();
        thread::scope(|scope| {
            scope.spawn(|| {
                for come_back_after_ms in 0..LETTERS {
                    mailbox.post(Mail::Stop { come_back_after_ms });
                }
            });
            block_on(poll_fn(|cx| {
                arrived.extend(mailbox.take(cx));
                if arrived.len() < LETTERS as usize {
                    return Poll::Pending;
                }
                Poll::Ready(())
            }));
        });
        let in_order = (0..).zip(&arrived).all(|(expected, mail)| {
            matches!(mail, Mail::Stop { come_back_after_ms } if *come_back_after_ms == expected)
        });
        assert!(in_order && arrived.len() == LETTERS as usize);
    }
}
