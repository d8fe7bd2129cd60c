//! How many connections come from where.
//!
//! An address stands for whoever can make as many of it as they like for nothing: one IPv4 address, or one IPv6 network
//! of 64 bits. Only sources from which somebody is connected, or has been a moment ago, are remembered; their number is
//! bounded by the connections and by `SOURCES_REMEMBERED_MAX`.

use core::net::IpAddr;
use std::collections::HashMap;

use crate::pure::rate::{Bucket, Rate};

/// While so many sources are remembered, a new one has those without a connection forgotten whose rate has recovered, and
/// if that is not enough, all without a connection.
pub(crate) const SOURCES_REMEMBERED_MAX: usize = 4096;

/// The bounds of what comes from one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CrowdLimits {
    /// So many connections from one address may be there at once.
    pub connections_max: u32,
    /// So many new connections an address may make.
    pub arrivals: Rate,
    /// Whether these bounds hold for loopback too, where many people may share an address: behind a tunnel, say.
    pub loopback: bool,
}

impl Default for CrowdLimits {
    fn default() -> Self {
        Self {
            connections_max: 32,
            arrivals: Rate {
                per_second: 1,
                at_once: 60,
            },
            loopback: false,
        }
    }
}

/// Where connections come from.
#[derive(Debug)]
pub(crate) struct Crowd {
    limits: CrowdLimits,
    sources: HashMap<Source, Seen>,
}

/// One IPv4 address, or one IPv6 network of 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Source(u64);

#[derive(Debug)]
struct Seen {
    connections: u32,
    arrivals: Bucket,
}

/// Why a connection is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crowded {
    /// As many are there as may be.
    TooMany,
    /// Too many came in too short a time.
    TooFast,
}

impl Source {
    /// Where an address is. An IPv4 address in IPv6 clothes is an IPv4 address.
    pub(crate) fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            // No IPv6 network in use begins with so many zeros.
            IpAddr::V4(address) => Self(u64::from(u32::from(address))),
            IpAddr::V6(address) => {
                let [network @ .., _, _, _, _, _, _, _, _] = address.octets();
                Self(u64::from_be_bytes(network))
            }
        }
    }
}

impl Crowd {
    pub(crate) fn new(limits: CrowdLimits) -> Self {
        Self {
            limits,
            sources: HashMap::new(),
        }
    }

    /// Counts a connection from this address, if it may come. Whoever is let in is given back with [`leave`](Self::leave);
    /// nothing is counted for whom these bounds do not hold.
    pub(crate) fn enter(&mut self, now_ms: u64, address: IpAddr) -> Result<Option<Source>, Crowded> {
        if !self.limits.loopback && is_loopback(address) {
            return Ok(None);
        }
        let source = Source::of(address);
        if !self.sources.contains_key(&source) && self.sources.len() >= SOURCES_REMEMBERED_MAX {
            self.forget(now_ms);
        }
        let seen = self.sources.entry(source).or_insert_with(|| Seen {
            connections: 0,
            arrivals: Bucket::new(),
        });
        if seen.arrivals.take(now_ms, self.limits.arrivals, 1).is_err() {
            return Err(Crowded::TooFast);
        }
        if seen.connections >= self.limits.connections_max {
            return Err(Crowded::TooMany);
        }
        seen.connections += 1;
        Ok(Some(source))
    }

    /// A connection from there is over.
    pub(crate) fn leave(&mut self, now_ms: u64, source: Source) {
        if let Some(seen) = self.sources.get_mut(&source) {
            seen.connections -= 1;
            if seen.connections == 0 && seen.arrivals.is_full(now_ms) {
                self.sources.remove(&source);
            }
        }
    }

    fn forget(&mut self, now_ms: u64) {
        self.sources
            .retain(|_, seen| seen.connections > 0 || !seen.arrivals.is_full(now_ms));
        if self.sources.len() >= SOURCES_REMEMBERED_MAX {
            self.sources.retain(|_, seen| seen.connections > 0);
        }
    }
}

/// Whether what comes from there never left the machine: all of 127.0.0.0/8, also where IPv6 carries it, and `::1`.
/// A tunnel that ends here counts as this machine.
#[must_use]
pub fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn crowd(connections_max: u32, at_once: u32) -> Crowd {
        let arrivals = Rate {
            per_second: 1,
            at_once,
        };
        Crowd::new(CrowdLimits {
            connections_max,
            arrivals,
            ..CrowdLimits::default()
        })
    }

    #[test]
    fn one_address_has_so_many_connections_and_another_its_own() {
        let mut crowd = crowd(2, 100);
        let (here, there) = (address("192.0.2.1"), address("192.0.2.2"));
        let source = crowd.enter(0, here).unwrap().unwrap();
        assert!(crowd.enter(0, here).is_ok());
        assert_eq!(crowd.enter(0, here), Err(Crowded::TooMany));
        assert!(crowd.enter(0, there).is_ok());
        crowd.leave(0, source);
        assert!(crowd.enter(0, here).is_ok());
    }

    #[test]
    fn an_address_that_comes_too_often_has_to_wait() {
        let mut crowd = crowd(100, 3);
        let here = address("192.0.2.1");
        for _ in 0..3 {
            let source = crowd.enter(0, here).unwrap().unwrap();
            crowd.leave(0, source);
        }
        assert_eq!(crowd.enter(999, here), Err(Crowded::TooFast));
        assert!(crowd.enter(1_000, here).is_ok());
    }

    #[test]
    fn an_ipv6_network_is_one_place_whatever_its_addresses() {
        let source = |text| Source::of(address(text));
        assert_eq!(source("2001:db8:0:1::1"), source("2001:db8:0:1:ffff::9"));
        assert_ne!(source("2001:db8:0:1::1"), source("2001:db8:0:2::1"));
        assert_eq!(source("::ffff:192.0.2.1"), source("192.0.2.1"));
    }

    #[test]
    fn this_machine_itself_is_spared_unless_told_otherwise() {
        let mut crowd = crowd(1, 1);
        for text in ["127.0.0.1", "127.3.2.1", "::1", "::ffff:127.0.0.1"] {
            for _ in 0..3 {
                assert_eq!(crowd.enter(0, address(text)), Ok(None), "{text}");
            }
        }
        crowd.limits.loopback = true;
        assert!(crowd.enter(0, address("127.0.0.1")).unwrap().is_some());
        assert!(crowd.enter(0, address("127.0.0.1")).is_err());
        assert!(crowd.enter(0, address("127.0.0.2")).is_ok());
    }

    #[test]
    fn what_is_remembered_of_places_is_bounded() {
        let mut crowd = crowd(1, 1);
        for number in 0..2 * u32::try_from(SOURCES_REMEMBERED_MAX).unwrap() {
            let source = crowd
                .enter(0, IpAddr::V4((0x0a00_0000 + number).into()))
                .unwrap()
                .unwrap();
            crowd.leave(0, source);
            assert!(crowd.sources.len() <= SOURCES_REMEMBERED_MAX);
        }
        // Who is connected is never forgotten.
        assert!(crowd.enter(0, address("192.0.2.1")).is_ok());
        for number in 0..2 * u32::try_from(SOURCES_REMEMBERED_MAX).unwrap() {
            let source = crowd
                .enter(0, IpAddr::V4((0x0b00_0000 + number).into()))
                .unwrap()
                .unwrap();
            crowd.leave(0, source);
        }
        assert_eq!(crowd.enter(9_000, address("192.0.2.1")), Err(Crowded::TooMany));
    }
}
