//! Connections: how they begin, how long they live, and what follows when one is lost.

use chat_proto::frame::{Decoder, write_client};
use chat_proto::limits::{FRAME_BYTES_MAX, VERSION_NEWEST, VERSION_OLDEST};
use chat_proto::list::Extra;
use chat_proto::message::{ClientMessage, Code, EXTRA_INVITATION, Hello, Ping, Welcome};
use chat_proto::name::RawName;
use chat_proto::text::Note;

use super::listing::Listing;
use super::{
    Action, COME_BACK_MAX_MS, Cause, Contact, Event, Link, Outputs, Phase, SAYS_IN_FLIGHT_MAX, STEADY_MS,
    Wanted,
};

impl Link {
    pub(super) fn connected(&mut self, now_ms: u64, out: &mut Outputs) {
        if !matches!(self.phase, Phase::Connecting { .. }) {
            return;
        }
        self.decoder = Decoder::new(FRAME_BYTES_MAX);
        self.phase = Phase::Greeting {
            deadline_ms: now_ms.saturating_add(self.options.connect_timeout_ms),
        };
        let mut extra = Extra::new();
        if let Some(invitation) = &self.options.invitation {
            let fits = extra.insert(EXTRA_INVITATION, invitation.as_bytes());
            debug_assert!(fits, "one invitation fits");
        }
        let hello = Hello {
            version_oldest: VERSION_OLDEST,
            version_newest: VERSION_NEWEST,
            name: RawName::from(&self.options.name),
            instance: self.options.instance,
            resume: self.resume,
            extra,
        };
        write_client(&ClientMessage::Hello(hello), &mut out.bytes);
    }

    pub(super) fn carrier_lost(&mut self, now_ms: u64, why: &str, out: &mut Outputs) {
        let cause = match self.phase {
            Phase::Connecting { .. } => Cause::Unreachable,
            Phase::Greeting { .. } | Phase::Present(_) | Phase::Closing { .. } => Cause::Ended,
            Phase::Waiting { .. } | Phase::Over => return,
        };
        self.lose(now_ms, cause, why, 0, out);
    }

    /// Nobody has signed with our key in time.
    pub(super) fn unsigned(&mut self, now_ms: u64, why: &str, out: &mut Outputs) {
        if let Phase::Connecting { .. } = self.phase {
            self.lose(now_ms, Cause::Unsigned, why, 0, out);
        }
    }

    /// The server lets us in.
    pub(super) fn welcome(&mut self, now_ms: u64, welcome: Welcome, out: &mut Outputs) {
        if !(VERSION_OLDEST..=VERSION_NEWEST).contains(&welcome.version) {
            return self.drop_connection(now_ms, Cause::Nonsense, 0, out);
        }
        self.phase = Phase::Present(Contact {
            since_ms: now_ms,
            heard_at_ms: now_ms,
            has_pinged: false,
        });
        self.down_since_ms = None;
        self.options.invitation = None;
        self.resume = Some(welcome.resume);
        self.me = welcome.name.clone();
        self.says_in_flight_max = usize::try_from(welcome.says_in_flight_max)
            .unwrap_or(SAYS_IN_FLIGHT_MAX)
            .clamp(1, SAYS_IN_FLIGHT_MAX);
        out.events.push(Event::Welcomed {
            name: welcome.name,
            storage: welcome.storage,
        });
        let mine = self.listings.iter_mut().filter(|list| list.is_of_mine());
        mine.for_each(Listing::begin);
        // Where we were not away, there is nothing to say again.
        let away = self.away_told.clone().filter(|text| !text.is_empty());
        if let Some(text) = away.filter(|_| self.away.is_settled()) {
            self.away.set(text);
        }
    }

    /// The server ends the connection, or refuses it.
    pub(super) fn sent_away(
        &mut self,
        now_ms: u64,
        code: Code,
        text: Note,
        come_back_after_ms: u32,
        out: &mut Outputs,
    ) {
        // Once we are known, it is our own dead connection that has the name: it will be taken over or end.
        let is_known = self.resume.is_some() || self.may_be_known;
        let is_for_now = code.is_for_now() && (code != Code::NAME_IN_USE || is_known);
        let is_closing = matches!(self.phase, Phase::Closing { .. });
        if is_for_now || is_closing {
            let cause = Cause::Sent { code, text };
            return self.drop_connection(now_ms, cause, u64::from(come_back_after_ms), out);
        }
        let unsent = self.unsent().collect();
        out.action = Some(Action::Disconnect);
        self.end(Event::Refused { code, text, unsent }, out);
    }

    /// Gives up a connection that may still stand.
    pub(super) fn drop_connection(
        &mut self,
        now_ms: u64,
        cause: Cause,
        come_back_after_ms: u64,
        out: &mut Outputs,
    ) {
        out.bytes.clear();
        out.action = Some(Action::Disconnect);
        self.lose(now_ms, cause, "", come_back_after_ms, out);
    }

    fn lose(&mut self, now_ms: u64, cause: Cause, why: &str, come_back_after_ms: u64, out: &mut Outputs) {
        match self.phase {
            Phase::Closing { .. } => return self.end(Event::Finished, out),
            Phase::Present(contact) if now_ms.saturating_sub(contact.since_ms) >= STEADY_MS => {
                self.backoff.reset();
            }
            Phase::Greeting { .. } => self.may_be_known |= !matches!(cause, Cause::Sent { .. }),
            Phase::Present(_) | Phase::Connecting { .. } | Phase::Waiting { .. } | Phase::Over => {}
        }
        self.down_since_ms.get_or_insert(now_ms);
        self.outbox.lost();
        for room in &mut self.rooms {
            room.lost();
        }
        self.away.lost();
        self.listings.iter_mut().for_each(Listing::lost);
        let unanswered = self.asks.lost();
        let retry_in_ms = self
            .backoff
            .next_delay_ms(&mut self.random)
            .max(come_back_after_ms.min(COME_BACK_MAX_MS));
        self.phase = Phase::Waiting {
            until_ms: now_ms.saturating_add(retry_in_ms),
        };
        let why = why.to_owned();
        out.events.push(Event::Lost {
            cause,
            why,
            retry_in_ms,
        });
        for what in unanswered {
            out.failed(what, Code::IDLE);
        }
        self.give_up_homeless(out);
    }

    /// Nothing follows this event.
    pub(super) fn end(&mut self, event: Event, out: &mut Outputs) {
        self.phase = Phase::Over;
        for what in self.asks.remove_all() {
            out.failed(what, Code::IDLE);
        }
        for list in &mut self.listings {
            if list.take_wanted() {
                let mine = list.is_of_mine();
                out.failed(Wanted::Rooms { mine }, Code::IDLE);
            }
        }
        out.events.push(event);
    }

    pub(super) fn check_deadlines(&mut self, now_ms: u64, out: &mut Outputs) {
        match self.phase {
            Phase::Waiting { until_ms } if now_ms >= until_ms => {
                self.down_since_ms.get_or_insert(now_ms);
                self.tried_at_ms = Some(now_ms);
                self.phase = Phase::Connecting {
                    deadline_ms: now_ms.saturating_add(self.options.connect_timeout_ms),
                };
                out.action = Some(Action::Connect);
            }
            Phase::Connecting { deadline_ms } if now_ms >= deadline_ms => {
                self.drop_connection(now_ms, Cause::Unreachable, 0, out);
            }
            Phase::Greeting { deadline_ms } if now_ms >= deadline_ms => {
                self.drop_connection(now_ms, Cause::Silent, 0, out);
            }
            Phase::Present(contact) if now_ms >= self.idle_at_ms(contact) => {
                self.drop_connection(now_ms, Cause::Silent, 0, out);
            }
            Phase::Present(contact) if now_ms >= self.ping_at_ms(contact) && !contact.has_pinged => {
                let request = self.requests.next();
                write_client(&ClientMessage::Ping(Ping { request }), &mut out.bytes);
                self.phase = Phase::Present(Contact {
                    has_pinged: true,
                    ..contact
                });
            }
            Phase::Closing { deadline_ms } if now_ms >= deadline_ms => {
                out.action = Some(Action::Disconnect);
                self.end(Event::Finished, out);
            }
            Phase::Waiting { .. }
            | Phase::Connecting { .. }
            | Phase::Greeting { .. }
            | Phase::Present(_)
            | Phase::Closing { .. }
            | Phase::Over => {}
        }
        if self.give_up_at_ms().is_some_and(|at_ms| now_ms >= at_ms) {
            let unsent = self.unsent().collect();
            out.action = Some(Action::Disconnect);
            self.end(Event::GaveUp { unsent }, out);
        }
    }

    /// The server was heard.
    pub(super) const fn heard(&mut self, now_ms: u64) {
        if let Phase::Present(contact) = &mut self.phase {
            contact.heard_at_ms = now_ms;
            contact.has_pinged = false;
        }
    }

    pub(super) const fn ping_at_ms(&self, contact: Contact) -> u64 {
        contact.heard_at_ms.saturating_add(self.options.ping_interval_ms)
    }

    pub(super) const fn idle_at_ms(&self, contact: Contact) -> u64 {
        contact.heard_at_ms.saturating_add(self.options.idle_timeout_ms)
    }

    /// When it gives up, if it is down.
    pub(super) fn give_up_at_ms(&self) -> Option<u64> {
        let (since_ms, after_ms) = (self.down_since_ms?, self.options.give_up_ms?);
        (!self.is_over()).then(|| since_ms.saturating_add(after_ms))
    }
}
