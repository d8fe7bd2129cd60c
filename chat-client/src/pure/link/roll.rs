//! Who is in a room.
//!
//! The server tells changes, with a version that grows by one. Where a version is missing, or names do not add up to
//! the count, the members are gathered page by page, and the difference to what was told before is told.

use std::collections::BTreeSet;

use chat_proto::message::{Joined, MemberPage, Presence};
use chat_proto::name::UserName;

/// The names of larger rooms are not kept.
pub const MEMBERS_KEPT_MAX: usize = 4096;

/// Nor those of rooms whose server tells fewer than one on each page.
pub const PAGES_MAX: u32 = 4096;

/// So often gathering begins again because the members changed meanwhile.
pub const GATHER_TRIES_MAX: u32 = 4;

#[derive(Debug, Default)]
pub(super) struct Roll {
    version: u64,
    count: u32,
    /// The names as they were told, ourselves included; `None` if not all are known.
    names: Option<BTreeSet<UserName>>,
    gathering: Option<Gathering>,
    /// Whether the application waits for the members.
    wanted: bool,
}

#[derive(Debug, Default)]
struct Gathering {
    /// The version that the pages show.
    version: u64,
    names: BTreeSet<UserName>,
    next_page: u32,
    request: Option<u32>,
    tries: u32,
}

/// What is to be told to the application.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) arrived: Vec<UserName>,
    pub(super) left: Vec<UserName>,
}

impl Roll {
    pub(super) const fn count(&self) -> u32 {
        self.count
    }

    /// The names, or none if not all are known.
    pub(super) fn names(&self) -> Vec<UserName> {
        self.names.iter().flatten().cloned().collect()
    }

    /// The room was joined, for the first time or again.
    pub(super) fn joined(&mut self, joined: &Joined) -> Option<Change> {
        self.version = joined.presence_version;
        self.gathering = None;
        let members: BTreeSet<UserName> = joined.members.iter().cloned().collect();
        let are_all = usize::try_from(joined.count).is_ok_and(|count| count == joined.members.len());
        if are_all {
            return self.complete(members, joined.count);
        }
        self.count = joined.count;
        if members.is_empty() {
            self.names = None;
            if self.wanted {
                self.gather();
            }
        } else {
            self.gathering = Some(Gathering {
                version: joined.presence_version,
                names: members,
                next_page: 1,
                ..Gathering::default()
            });
        }
        None
    }

    /// Whether all names are known.
    pub(super) const fn is_known(&self) -> bool {
        self.names.is_some()
    }

    /// Somebody came or left.
    pub(super) fn presence(&mut self, presence: &Presence) -> Option<Change> {
        if presence.version <= self.version {
            return None;
        }
        let follows = presence.version - self.version == 1;
        let counts_only = presence.arrived.is_empty() && presence.left.is_empty();
        self.version = presence.version;
        self.count = presence.count;
        let Some(names) = &mut self.names else {
            if !counts_only {
                self.gather();
            }
            return Some(Change {
                arrived: presence.arrived.to_vec(),
                left: presence.left.to_vec(),
            });
        };
        let left = presence.left.iter().filter(|name| names.remove(name));
        let left = left.cloned().collect();
        let arrived = presence.arrived.iter();
        let arrived = arrived.filter(|name| names.insert((*name).clone())).cloned();
        let arrived = arrived.collect();
        let adds_up = usize::try_from(presence.count).is_ok_and(|count| count == names.len());
        let are_too_many = names.len() > MEMBERS_KEPT_MAX;
        if are_too_many || (counts_only && follows && !adds_up) {
            // The room has grown beyond what names are kept for, or told for.
            self.names = None;
        } else if !(follows && adds_up) {
            self.gather();
        }
        Some(Change { arrived, left })
    }

    /// The application wants to know the members.
    pub(super) fn want(&mut self, in_room: bool) {
        self.wanted = true;
        if in_room && self.names.is_none() {
            self.gather();
        }
    }

    /// Whether the application waited for the members and is to be told now.
    pub(super) const fn take_wanted(&mut self) -> bool {
        let is_now = self.wanted && self.gathering.is_none();
        self.wanted = self.wanted && !is_now;
        is_now
    }

    /// The page to ask for, with this request.
    pub(super) fn next_page(&mut self, next_request: impl FnOnce() -> u32) -> Option<(u32, u32)> {
        let gathering = self.gathering.as_mut()?;
        if gathering.request.is_some() {
            return None;
        }
        let request = next_request();
        gathering.request = Some(request);
        Some((request, gathering.next_page))
    }

    /// Whether this request is one for a page.
    pub(super) fn has_asked(&self, request: u32) -> bool {
        self.gathering
            .as_ref()
            .is_some_and(|gathering| gathering.request == Some(request))
    }

    /// A page that was asked for.
    pub(super) fn page(&mut self, page: &MemberPage) -> Option<Change> {
        let mut gathering = self.gathering.take()?;
        gathering.request = None;
        if gathering.next_page == 0 {
            gathering.version = page.presence_version;
        } else if gathering.version != page.presence_version {
            return self.gather_again(gathering.tries);
        }
        gathering.names.extend(page.members.iter().cloned());
        gathering.next_page += 1;
        let is_last = gathering.next_page >= page.pages || page.members.is_empty();
        let are_too_many = gathering.names.len() > MEMBERS_KEPT_MAX || gathering.next_page > PAGES_MAX;
        if are_too_many {
            self.count = page.count;
            self.names = None;
            return None;
        }
        if !is_last {
            self.gathering = Some(gathering);
            return None;
        }
        if gathering.version < self.version {
            return self.gather_again(gathering.tries);
        }
        self.version = gathering.version;
        self.complete(gathering.names, page.count)
    }

    /// Whether the application waits for the members.
    pub(super) const fn is_wanted(&self) -> bool {
        self.wanted
    }

    /// The members can't be had. Whether the application waited for them.
    pub(super) fn refused(&mut self) -> bool {
        self.gathering = None;
        self.names = None;
        std::mem::take(&mut self.wanted)
    }

    /// The connection is lost. What was told before is kept: coming back tells the difference.
    pub(super) fn lost(&mut self) {
        self.gathering = None;
    }

    /// These are all, and what differs from those who were known before. Nothing differs the first time.
    fn complete(&mut self, members: BTreeSet<UserName>, count: u32) -> Option<Change> {
        self.count = count;
        let before = self.names.replace(members);
        let (before, now) = (before?, self.names.as_ref()?);
        Some(Change {
            arrived: now.difference(&before).cloned().collect(),
            left: before.difference(now).cloned().collect(),
        })
    }

    /// Begins to gather the members, unless they are too many to be kept.
    fn gather(&mut self) {
        let can_be_kept = usize::try_from(self.count).is_ok_and(|count| count <= MEMBERS_KEPT_MAX);
        if can_be_kept && self.gathering.is_none() {
            self.gathering = Some(Gathering::default());
        }
    }

    fn gather_again(&mut self, tries: u32) -> Option<Change> {
        if tries >= GATHER_TRIES_MAX {
            self.names = None;
            return None;
        }
        self.gathering = Some(Gathering {
            tries: tries + 1,
            ..Gathering::default()
        });
        None
    }
}
