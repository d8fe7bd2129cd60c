//! What people are in a room, as far as it is known.
//!
//! The server tells it with their names, as of a message of the log; what was done to them since is in the notices of later
//! messages. What is told late may be older than what is known, and counts for less.

use std::collections::BTreeMap;

use chat_proto::ids::Seq;
use chat_proto::message::{Act, Record, Role, ToldRoles};
use chat_proto::name::UserName;

/// So many people's roles are remembered in a room.
const ROLES_MAX: usize = 1024;

/// Those of some people who own a room, keep order there or may not speak. The others are neither.
pub type RolesOf = BTreeMap<UserName, Role>;

/// What people are in a room: see the [module](self).
#[derive(Debug, Default)]
pub(super) struct Roles {
    /// We joined at this place of the log: what comes before it is in what is told.
    joined_at: Seq,
    /// The last message that is known.
    last: Seq,
    known: BTreeMap<String, Known>,
}

/// What somebody is since a message of the log.
#[derive(Clone, Copy, Debug)]
struct Known {
    since: Seq,
    role: Role,
    /// When it ends; 0 for never.
    until_unix_ms: u64,
}

impl Roles {
    /// We joined, for the first time or again, at this place of the log. What was known before may be over.
    pub(super) fn joined(&mut self, at: Seq) {
        *self = Self {
            joined_at: at,
            last: at,
            known: BTreeMap::new(),
        };
    }

    /// What these people were at this place of the log, as the server told it.
    pub(super) fn told<'a>(
        &mut self,
        people: impl IntoIterator<Item = &'a UserName>,
        roles: &RolesOf,
        at: Seq,
    ) {
        for name in people {
            let role = roles.get(name).copied().unwrap_or(Role::NONE);
            let name = folded(name);
            let known = self.known.get(&name);
            if known.is_some_and(|known| known.since > at) {
                continue;
            }
            // What is told has no end, what its notice said has.
            let same = known.filter(|known| known.role == role);
            let until_unix_ms = same.map_or(0, |known| known.until_unix_ms);
            if ToldRoles::tells(role) {
                self.know(name, at, role, until_unix_ms);
            } else {
                self.known.remove(&name);
            }
        }
    }

    /// What these people are now, as it was told by others who follow the same log.
    pub(super) fn told_now<'a>(&mut self, people: impl IntoIterator<Item = &'a UserName>, roles: &RolesOf) {
        self.told(people, roles, self.last);
    }

    /// The next message of the log.
    pub(super) fn learn(&mut self, record: &Record) {
        let Some(acted) = record.acted().filter(|_| record.seq > self.joined_at) else {
            return;
        };
        self.last = self.last.max(record.seq);
        let role = match acted.act {
            Act::OWN => {
                self.depose(record.seq);
                Role::OWNER
            }
            Act::PROMOTE => Role::OPERATOR,
            Act::MUTE => Role::MUTED,
            Act::BAN | Act::UNBAN | Act::UNMUTE | Act::INVITE | Act::DEMOTE => Role::NONE,
            _ => return,
        };
        let name = folded(&acted.name);
        if self.known.get(&name).is_none_or(|known| known.since < record.seq) {
            self.know(name, record.seq, role, acted.until_unix_ms);
        }
    }

    /// What somebody is now.
    pub(super) fn of(&self, name: &UserName, now_unix_ms: u64) -> Role {
        let known = self.known.get(&folded(name));
        let known = known.filter(|known| known.until_unix_ms == 0 || now_unix_ms < known.until_unix_ms);
        known.map_or(Role::NONE, |known| known.role)
    }

    /// What these people are, if no time has passed since.
    pub(super) fn among<'a>(&self, people: impl IntoIterator<Item = &'a UserName>) -> RolesOf {
        let roles = people.into_iter().map(|name| (name.clone(), self.of(name, 0)));
        roles.filter(|(_, role)| ToldRoles::tells(*role)).collect()
    }

    /// Whoever owned the room keeps order there from now on.
    fn depose(&mut self, at: Seq) {
        let owners = self.known.values_mut();
        for owner in owners.filter(|known| known.role == Role::OWNER && known.since < at) {
            (owner.since, owner.role) = (at, Role::OPERATOR);
        }
    }

    fn know(&mut self, name: String, since: Seq, role: Role, until_unix_ms: u64) {
        if self.known.len() >= ROLES_MAX && !self.known.contains_key(&name) {
            self.known.retain(|_, known| known.role != Role::NONE);
            if self.known.len() >= ROLES_MAX {
                return;
            }
        }
        let known = Known {
            since,
            role,
            until_unix_ms,
        };
        self.known.insert(name, known);
    }
}

fn folded(name: &UserName) -> String {
    name.as_str().to_lowercase()
}

#[cfg(test)]
mod tests {
    use chat_proto::ids::MessageId;
    use chat_proto::list::Extra;
    use chat_proto::message::{Acted, EXTRA_ACT, Kind};
    use chat_proto::text::Text;

    use super::*;

    fn name(name: &str) -> UserName {
        UserName::parse(name).unwrap()
    }

    fn notice(seq: u64, act: Act, whom: &str, until_unix_ms: u64) -> Record {
        let acted = Acted {
            act,
            until_unix_ms,
            name: name(whom),
        };
        let mut extra = Extra::new();
        assert!(extra.insert(EXTRA_ACT, &acted.to_bytes()));
        Record {
            seq: Seq(seq),
            id: MessageId::ZERO,
            author: name("alice"),
            at_unix_ms: 0,
            kind: Kind::MODERATION,
            text: Text::new("done").unwrap(),
            extra,
        }
    }

    /// At message 7, where these are.
    fn joined(told: &[(&str, Role)]) -> Roles {
        let mut roles = Roles::default();
        roles.joined(Seq(7));
        tell(&mut roles, told, 7);
        roles
    }

    fn tell(roles: &mut Roles, told: &[(&str, Role)], at: u64) {
        let told: RolesOf = told.iter().map(|(whom, role)| (name(whom), *role)).collect();
        let people = ["alice", "bob", "mallory"].map(name);
        roles.told(&people, &told, Seq(at));
    }

    fn are(roles: &Roles) -> [Role; 3] {
        ["Alice", "bob", "mallory"].map(|whom| roles.of(&name(whom), 0))
    }

    const AT_FIRST: [(&str, Role); 2] = [("alice", Role::OWNER), ("mallory", Role::MUTED)];

    #[test]
    fn what_was_told_is_known_at_once_and_notices_come_on_top() {
        let mut roles = joined(&AT_FIRST);
        assert_eq!(are(&roles), [Role::OWNER, Role::NONE, Role::MUTED]);
        roles.learn(&notice(8, Act::PROMOTE, "Bob", 0));
        roles.learn(&notice(9, Act::UNMUTE, "mallory", 0));
        roles.learn(&notice(10, Act::KICK, "bob", 0));
        assert_eq!(are(&roles), [Role::OWNER, Role::OPERATOR, Role::NONE]);
        roles.learn(&notice(11, Act::OWN, "bob", 0));
        assert_eq!(are(&roles), [Role::OPERATOR, Role::OWNER, Role::NONE]);
    }

    #[test]
    fn notices_from_before_we_joined_are_in_what_was_told() {
        let mut roles = joined(&AT_FIRST);
        roles.learn(&notice(6, Act::PROMOTE, "bob", 0));
        roles.learn(&notice(7, Act::UNMUTE, "mallory", 0));
        assert_eq!(are(&roles), [Role::OWNER, Role::NONE, Role::MUTED]);
    }

    #[test]
    fn what_comes_late_changes_nothing_that_is_newer_and_what_is_newer_counts() {
        let mut roles = joined(&AT_FIRST);
        roles.learn(&notice(8, Act::PROMOTE, "bob", 0));
        roles.learn(&notice(9, Act::UNMUTE, "mallory", 0));
        tell(&mut roles, &AT_FIRST, 7);
        assert_eq!(are(&roles), [Role::OWNER, Role::OPERATOR, Role::NONE]);
        tell(&mut roles, &[("alice", Role::OPERATOR), ("bob", Role::OWNER)], 12);
        roles.learn(&notice(10, Act::DEMOTE, "bob", 0));
        roles.learn(&notice(11, Act::OWN, "bob", 0));
        assert_eq!(are(&roles), [Role::OPERATOR, Role::OWNER, Role::NONE]);
    }

    #[test]
    fn a_page_takes_back_what_it_does_not_tell() {
        let mut roles = joined(&AT_FIRST);
        tell(&mut roles, &[("bob", Role(77)), ("mallory", Role::MEMBER)], 8);
        assert_eq!(are(&roles), [Role::NONE; 3]);
        assert_eq!(roles.among(&["bob", "mallory"].map(name)), RolesOf::new());
    }

    #[test]
    fn a_mute_ends_by_itself_if_its_notice_was_read() {
        let mut roles = joined(&[]);
        let mallory = name("mallory");
        roles.learn(&notice(8, Act::MUTE, "mallory", 1_000));
        tell(&mut roles, &[("mallory", Role::MUTED)], 9);
        assert_eq!(roles.of(&mallory, 999), Role::MUTED);
        assert_eq!(roles.of(&mallory, 1_000), Role::NONE);
    }

    #[test]
    fn who_joins_again_begins_anew() {
        let mut roles = joined(&AT_FIRST);
        roles.joined(Seq(20));
        assert_eq!(are(&roles), [Role::NONE; 3]);
    }

    #[test]
    fn so_many_people_are_remembered_and_no_more() {
        let mut roles = joined(&[]);
        for number in 0..ROLES_MAX {
            let seq = 8 + u64::try_from(number).unwrap();
            roles.learn(&notice(seq, Act::UNMUTE, &format!("n{number}"), 0));
        }
        assert_eq!(roles.known.len(), ROLES_MAX);
        for number in 0..2 * ROLES_MAX {
            let seq = 5_000 + u64::try_from(number).unwrap();
            roles.learn(&notice(seq, Act::PROMOTE, &format!("m{number}"), 0));
        }
        assert_eq!(roles.known.len(), ROLES_MAX);
        assert_eq!(
            roles.of(&name("m0"), 0),
            Role::OPERATOR,
            "rather than who is nobody"
        );
    }
}
