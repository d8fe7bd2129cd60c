//! Who is let in from where, and what holds for whom: the listener asks for those who come themselves, and their own
//! connection for those whom a proxy brings, once it has said from where they come.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ipnet::IpNet;

use crate::io::clock::Clock;
use crate::pure::crowd::{Crowd, CrowdLimits, Crowded, Source};
use crate::pure::rate::Rate;
use crate::pure::session::{Keeping, Rules, SessionLimits};

/// Counts the connections of each address.
pub(crate) struct Admission {
    /// Never held while anything is waited for.
    crowd: Mutex<Crowd>,
    manners: Manners,
    /// Who is believed to say from where others come.
    proxies: Vec<IpNet>,
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
    /// From where it comes, or from which proxy while nothing else is known.
    pub(crate) address: IpAddr,
    /// A listed proxy's, which is to say first from where it comes; until then it is counted nowhere.
    pub(crate) is_by_proxy: bool,
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
    pub(crate) fn new(limits: CrowdLimits, manners: Manners, proxies: Vec<IpNet>, clock: Clock) -> Arc<Self> {
        Arc::new(Self {
            crowd: Mutex::new(Crowd::new(limits)),
            manners,
            proxies,
            clock,
        })
    }

    /// Lets in who has connected from this address. Nobody, if too many have come from there in too short a time.
    pub(crate) fn receive(self: &Arc<Self>, address: IpAddr) -> Option<Admitted> {
        if !self.is_proxy(address) {
            return self.admit(address);
        }
        Some(Admitted {
            address,
            is_by_proxy: true,
            rules: Arc::clone(&self.manners.spared),
            counted: None,
            is_one_too_many: false,
        })
    }

    /// Lets in who comes from this address, however it is known. Nobody, as above.
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
            is_by_proxy: false,
            rules: Arc::clone(if is_counted { counted } else { spared }),
            counted: source.map(|source| Counted {
                admission: Arc::clone(self),
                source,
            }),
            is_one_too_many,
        })
    }

    fn is_proxy(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.proxies.iter().any(|network| network.contains(&address))
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
    fn admission(proxies: &[&str]) -> Arc<Admission> {
        let limits = CrowdLimits {
            connections_max: 1,
            arrivals: Rate::UNLIMITED,
            loopback: true,
        };
        let manners = Manners::new(SessionLimits::default(), Keeping::in_memory(1));
        let proxies = proxies.iter().map(|network| network.parse().unwrap()).collect();
        Admission::new(limits, manners, proxies, Clock::start())
    }

    #[test]
    fn a_connection_that_is_over_gives_its_place_to_the_next_one() {
        let admission = admission(&[]);
        let here = address("192.0.2.7");
        let first = admission.receive(here).unwrap();
        let second = admission.receive(here).unwrap();
        assert_eq!((first.is_one_too_many, second.is_one_too_many), (false, true));
        drop(second);
        assert!(
            admission.receive(here).unwrap().is_one_too_many,
            "it had no place"
        );
        drop(first);
        assert!(!admission.receive(here).unwrap().is_one_too_many);
    }

    #[test]
    fn who_a_proxy_brings_counts_where_they_come_from_and_the_proxy_not_at_all() {
        let admission = admission(&["10.0.0.0/8"]);
        let brought: Vec<Admitted> = (0..3)
            .map(|_| admission.receive(address("10.1.2.3")).unwrap())
            .collect();
        assert!(brought.iter().all(|one| one.is_by_proxy && !one.is_one_too_many));
        let first = admission.admit(address("192.0.2.7")).unwrap();
        assert!(!first.is_by_proxy && !first.is_one_too_many);
        assert!(admission.admit(address("192.0.2.7")).unwrap().is_one_too_many);
        assert!(!admission.admit(address("192.0.2.8")).unwrap().is_one_too_many);
        // Who speaks for itself counts like everybody else.
        let own = admission.admit(address("10.1.2.3")).unwrap();
        assert!(!own.is_one_too_many);
        assert!(admission.admit(address("10.1.2.3")).unwrap().is_one_too_many);
    }

    #[test]
    fn only_who_is_listed_is_a_proxy() {
        let admission = admission(&["10.0.0.0/8", "192.0.2.7/32", "2001:db8::/32"]);
        for text in ["10.255.0.1", "::ffff:10.0.0.1", "192.0.2.7", "2001:db8:1::2"] {
            assert!(admission.is_proxy(address(text)), "{text}");
        }
        for text in ["11.0.0.1", "192.0.2.8", "127.0.0.1", "::a00:1", "2001:db9::1"] {
            assert!(!admission.is_proxy(address(text)), "{text}");
        }
    }
}
