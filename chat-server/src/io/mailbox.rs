//! What comes to a connection from inside the house.

use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};

use channels::mpsc;

use crate::io::hub::Subscription;
use crate::pure::hub::Reply;

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

/// Mail besides the answers to requests: `TakenOver`, `Tick`, `Stop` and `MakeRoom`, each once at most.
const MAIL_BESIDES_ANSWERS_MAX: usize = 4;

/// Where mail to one connection is posted.
///
/// Letters are boxed: the channel keeps a few places while it is idle, and a letter's place is large.
///
/// Nobody who posts ever waits. The channel beneath has no bound of its own, so that it takes memory only for mail that
/// is there; what comes through it is bounded: one answer to each request that the session lets its peer have
/// outstanding, and the rest.
pub(crate) struct Mailbox {
    letters: mpsc::Sender<Box<Mail>>,
    letters_max: usize,
    /// So many letters were posted, or are about to be. It may wrap.
    posted: AtomicU32,
}

/// The connection's end of its mailbox.
pub(crate) struct Inbox {
    letters: mpsc::Receiver<Box<Mail>>,
    taken: u32,
    /// The next letter will wake the task.
    is_watched: bool,
}

impl Mailbox {
    /// A mailbox for a peer that may have so many requests outstanding, and the connection's end of it.
    pub(crate) fn new(requests_in_flight_max: u32) -> (Self, Inbox) {
        let (sender, receiver) = mpsc::channel();
        // An arrival is answered before there is any other request.
        let letters_max = requests_in_flight_max.max(1) as usize + MAIL_BESIDES_ANSWERS_MAX;
        let mailbox = Self {
            letters: sender,
            letters_max,
            posted: AtomicU32::new(0),
        };
        let inbox = Inbox {
            letters: receiver,
            taken: 0,
            is_watched: false,
        };
        (mailbox, inbox)
    }

    pub(crate) fn post(&self, mail: Mail) {
        debug_assert!(
            self.letters.len() < self.letters_max,
            "a mailbox never holds more than the answers to its peer's requests, and the rest"
        );
        // ORDERING: Relaxed. Before the letter is sent: whoever is woken by the letter sees that it was posted.
        self.posted.fetch_add(1, Ordering::Relaxed);
        // It fails only if the connection is over, and then the news of that is under way.
        let _ = self.letters.send(Box::new(mail));
    }
}

impl Inbox {
    /// Polls for the next letter. To be polled by one task only, with the mailbox that this is an end of.
    ///
    /// Most of what wakes a connection is no mail, so the channel is looked at only if a letter was posted.
    pub(crate) fn poll_next(&mut self, mailbox: &Mailbox, cx: &mut Context<'_>) -> Poll<Option<Box<Mail>>> {
        if self.is_watched && self.taken == mailbox.posted.load(Ordering::Relaxed) {
            return Poll::Pending;
        }
        let polled = self.letters.poll_recv(cx);
        self.is_watched = polled.is_pending();
        if polled.is_ready() {
            self.taken = self.taken.wrapping_add(1);
        }
        polled
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::thread;

    use futures_lite::future::block_on;

    use super::*;

    #[test]
    fn every_letter_that_is_posted_wakes_the_one_who_waits_for_it() {
        const LETTERS: u32 = 1_000;
        let (mailbox, mut inbox) = Mailbox::new(LETTERS);
        thread::scope(|scope| {
            scope.spawn(|| {
                for come_back_after_ms in 0..LETTERS {
                    mailbox.post(Mail::Stop { come_back_after_ms });
                }
            });
            for expected in 0..LETTERS {
                let mail = block_on(poll_fn(|cx| inbox.poll_next(&mailbox, cx)));
                let Some(Mail::Stop { come_back_after_ms }) = mail.as_deref() else {
                    panic!("the letter is there");
                };
                assert_eq!(*come_back_after_ms, expected);
            }
        });
    }
}
