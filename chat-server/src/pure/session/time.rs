//! Deadlines. They are lazy: what happens stores a time, and somebody asks now and then what is due.

use super::SessionLimits;

/// When things happened, in milliseconds.
#[derive(Debug)]
pub(super) struct Clock {
    accepted_ms: u64,
    /// The last byte from the peer.
    heard_ms: u64,
    /// The last byte either way.
    moved_ms: u64,
    /// Whether the peer was pinged since it was heard last.
    pinged: bool,
    /// When the connection was to end.
    ended_ms: u64,
    now_ms: u64,
}

/// What is due in the presence of a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Nothing,
    Ping,
    Idle,
}

impl Clock {
    pub(super) const fn new(now_ms: u64) -> Self {
        Self {
            accepted_ms: now_ms,
            heard_ms: now_ms,
            moved_ms: now_ms,
            pinged: false,
            ended_ms: now_ms,
            now_ms,
        }
    }

    pub(super) const fn set(&mut self, now_ms: u64) {
        self.now_ms = now_ms;
    }

    pub(super) const fn now_ms(&self) -> u64 {
        self.now_ms
    }

    pub(super) const fn heard(&mut self) {
        self.heard_ms = self.now_ms;
        self.moved_ms = self.now_ms;
        self.pinged = false;
    }

    pub(super) const fn wrote(&mut self) {
        self.moved_ms = self.now_ms;
    }

    pub(super) const fn pinged(&mut self) {
        self.pinged = true;
    }

    pub(super) const fn ended(&mut self) {
        self.ended_ms = self.now_ms;
    }

    /// When a peer must have been welcomed.
    pub(super) fn hello_deadline_ms(&self, limits: &SessionLimits) -> u64 {
        after(self.accepted_ms, limits.hello_timeout_ms)
    }

    /// When the last bytes must have left.
    pub(super) fn ending_deadline_ms(&self, limits: &SessionLimits) -> u64 {
        after(self.ended_ms, limits.ending_timeout_ms)
    }

    /// When [`due`](Self::due) is something again. Nobody is pinged while the ping would only wait.
    pub(super) fn present_deadline_ms(&self, limits: &SessionLimits, may_ping: bool) -> u64 {
        let idle_ms = after(self.moved_ms, limits.idle_timeout_ms);
        if self.pinged || !may_ping {
            return idle_ms;
        }
        idle_ms.min(after(self.heard_ms, limits.ping_interval_ms))
    }

    pub(super) fn due(&self, limits: &SessionLimits, may_ping: bool) -> Due {
        if self.is_past(after(self.moved_ms, limits.idle_timeout_ms)) {
            Due::Idle
        } else if self.is_past(self.present_deadline_ms(limits, may_ping)) {
            Due::Ping
        } else {
            Due::Nothing
        }
    }

    pub(super) const fn is_past(&self, deadline_ms: u64) -> bool {
        self.now_ms >= deadline_ms
    }
}

fn after(since_ms: u64, wait_ms: u32) -> u64 {
    since_ms.saturating_add(u64::from(wait_ms))
}
