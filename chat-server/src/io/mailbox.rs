//! What comes to a connection from inside the house.

use channels::mpsc;

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

/// Where mail to one connection is posted.
///
/// Letters are boxed: the channel keeps a few places while it is idle, and a letter's place is large.
///
/// Nobody who posts ever waits. The channel beneath has no bound of its own, so that it takes memory only for mail that
/// is there; what comes through it is bounded: one answer to each request that the session lets its peer have
/// outstanding, one removal for each room that it is in or asks for, a little news, and the rest.
#[derive(Clone)]
pub(crate) struct Mailbox {
    letters: mpsc::Sender<Box<Mail>>,
    letters_max: usize,
}

impl Mailbox {
    /// A mailbox for a peer within these limits, and the connection's end of it.
    pub(crate) fn new(limits: &SessionLimits) -> (Self, mpsc::Receiver<Box<Mail>>) {
        let (letters, mail) = mpsc::channel();
        // An arrival is answered before there is any other request.
        let answers_max = limits.requests_in_flight_max.max(1) as usize;
        let removals_max = limits.rooms_max as usize + answers_max;
        let letters_max = answers_max + removals_max + LETTERS_BEFORE_NEWS_MAX + MAIL_BESIDES_ANSWERS_MAX;
        (Self { letters, letters_max }, mail)
    }

    pub(crate) fn post(&self, mail: Mail) {
        let is_news = matches!(&mail, Mail::Reply(reply, _) if reply.is_news());
        if is_news && self.letters.len() >= LETTERS_BEFORE_NEWS_MAX {
            return;
        }
        debug_assert!(
            self.letters.len() < self.letters_max,
            "a mailbox never holds more than the answers to its peer's requests, and the rest"
        );
        // It fails only if the connection is over, and then the news of that is under way.
        let _ = self.letters.send(Box::new(mail));
    }
}
