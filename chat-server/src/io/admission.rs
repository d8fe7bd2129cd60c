//! Who is let in from where, and what holds for whom.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::io::clock::Clock;
use crate::pure::crowd::{Crowd, CrowdLimits, Crowded, Source};
use crate::pure::rate::Rate;
use crate::pure::session::{Keeping, Rules, SessionLimits};

/// Counts the connections of each address.
pub(crate) struct Admission {
    /// Never held while anything is waited for.
    crowd: Mutex<Crowd>,
    manners: Manners,
    clock: Clock,
}

/// What holds for whom.
pub(crate) struct Manners {
    /// For peers from an address whose connections are counted.
    counted: Arc<Rules>,
    /// For the others.
    spared: Arc<Rules>,
}

/// A connection that was let in.
pub(crate) struct Admitted {
    /// From where it comes.
    pub(crate) address: IpAddr,
    /// What holds for whoever comes from there.
    pub(crate) rules: Arc<Rules>,
    /// Its place among the connections of its address, if they are counted.
    pub(crate) counted: Option<Counted>,
    /// The address has as many connections as it may have, without this one.
    pub(crate) is_one_too_many: bool,
}

/// A connection that counts. Dropping it gives its place to another one from there.
pub(crate) struct Counted {
    admission: Arc<Admission>,
    source: Source,
}

impl Manners {
    /// The bounds of each connection hold for all; how much it may send in a time, for those who are counted.
    pub(crate) fn new(limits: SessionLimits, keeping: Keeping) -> Self {
        let spared = SessionLimits {
            requests: Rate::UNLIMITED,
            bytes: Rate::UNLIMITED,
            ..limits
        };
        let [counted, spared] = [limits, spared].map(|limits| Arc::new(Rules { limits, keeping }));
        Self { counted, spared }
    }
}

impl Admission {
    pub(crate) fn new(limits: CrowdLimits, manners: Manners, clock: Clock) -> Arc<Self> {
        Arc::new(Self {
            crowd: Mutex::new(Crowd::new(limits)),
            manners,
            clock,
        })
    }

    /// Lets in who comes from this address. Nobody, if too many have come from there in too short a time.
    pub(crate) fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Admitted> {
        let entered = self.crowd().enter(self.clock.now_ms(), address);
        let (source, is_one_too_many) = match entered {
            Ok(source) => (source, false),
            Err(Crowded::TooMany) => (None, true),
            Err(Crowded::TooFast) => return None,
        };
        let Manners { counted, spared } = &self.manners;
        let is_counted = source.is_some() || is_one_too_many;
        Some(Admitted {
            address,
            rules: Arc::clone(if is_counted { counted } else { spared }),
            counted: source.map(|source| Counted {
                admission: Arc::clone(self),
                source,
            }),
            is_one_too_many,
        })
    }

    fn crowd(&self) -> MutexGuard<'_, Crowd> {
        self.crowd.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let now_ms = self.admission.clock.now_ms();
        self.admission.crowd().leave(now_ms, self.source);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// One connection of each address may be there.
    fn admission() -> Arc<Admission> {
        let limits = CrowdLimits {
            connections_max: 1,
            arrivals: Rate::UNLIMITED,
            loopback: true,
        };
        let manners = Manners::new(SessionLimits::default(), Keeping::in_memory(1));
        Admission::new(limits, manners, Clock::start())
    }

    #[test]
    fn a_connection_that_is_over_gives_its_place_to_the_next_one() {
        let admission = admission();
        let here = address("192.0.2.7");
        let first = admission.admit(here).unwrap();
        let second = admission.admit(here).unwrap();
        assert_eq!((first.is_one_too_many, second.is_one_too_many), (false, true));
        drop(second);
        assert!(admission.admit(here).unwrap().is_one_too_many, "it had no place");
        drop(first);
        assert!(!admission.admit(here).unwrap().is_one_too_many);
    }
}
