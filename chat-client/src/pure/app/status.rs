//! How we stand with the server.

use crate::pure::link::Cause;
use crate::pure::reason::reason;

/// How we stand with the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The first connection is being made.
    Connecting,
    /// We are in.
    Connected,
    /// There is no connection.
    Lost {
        /// Why.
        why: String,
        /// When it is tried again.
        retry_at_ms: u64,
    },
    /// The server does not want us, and this is why.
    Refused(String),
}

impl Standing {
    /// It in a few words, now.
    #[must_use]
    pub fn shown(&self, now_ms: u64) -> String {
        match self {
            Self::Connecting => "connecting".into(),
            Self::Connected => "connected".into(),
            Self::Lost { why, retry_at_ms } => match seconds_left(*retry_at_ms, now_ms) {
                0 => format!("{why}: connecting"),
                seconds => format!("{why}: again in {seconds} s"),
            },
            Self::Refused(why) => format!("refused: {why}"),
        }
    }

    /// It is tried again now.
    pub(super) fn retry_now(&mut self, now_ms: u64) {
        if let Self::Lost { retry_at_ms, .. } = self {
            *retry_at_ms = now_ms.min(*retry_at_ms);
        }
    }

    /// When [`shown`](Self::shown) is something else.
    pub(super) fn next_change(&self, now_ms: u64) -> Option<u64> {
        let Self::Lost { retry_at_ms, .. } = self else {
            return None;
        };
        let seconds = seconds_left(*retry_at_ms, now_ms);
        (seconds > 0).then(|| retry_at_ms.saturating_sub((seconds - 1) * 1000))
    }
}

fn seconds_left(at_ms: u64, now_ms: u64) -> u64 {
    at_ms.saturating_sub(now_ms).div_ceil(1000)
}

/// Why there is no connection, in a few words.
pub(super) fn cause_shown(cause: &Cause) -> String {
    match cause {
        Cause::Unreachable => "no server".into(),
        Cause::Unsigned => "your key has not signed".into(),
        Cause::Ended => "lost".into(),
        Cause::Silent => "silent".into(),
        Cause::Nonsense => "no chat server".into(),
        Cause::Sent { code, text } => reason(text, *code),
    }
}
