//! What people are in a room, as far as it is known.
//!
//! What we are is told when we join. What others are is told by what was done to them, and by what they do: only who
//! keeps order moderates, and only the owner names operators. So who was named before what was read of the room is shown
//! as everybody else.

use std::collections::BTreeMap;

use chat_proto::ids::Seq;
use chat_proto::message::{Act, Record, Role};
use chat_proto::name::UserName;

use crate::pure::sign;

/// So many people's roles are remembered in a room.
const ROLES_MAX: usize = 1024;

/// What people are in a room: see the [module](self).
#[derive(Debug, Default)]
pub(super) struct Roles(BTreeMap<String, Known>);

/// What somebody is since a message of the log.
#[derive(Clone, Copy, Debug)]
struct Known {
    since: Seq,
    role: Role,
    /// When it ends; 0 for never.
    until_unix_ms: u64,
}

impl Roles {
    /// We have this role at this place of the log.
    pub(super) fn joined(&mut self, me: &UserName, role: Role, at: Seq) {
        self.know(me, at, role, 0);
    }

    /// A message of the log, wherever in it.
    pub(super) fn learn(&mut self, record: &Record) {
        let Some(acted) = record.acted() else { return };
        let by = match acted.act {
            Act::PROMOTE | Act::DEMOTE => Role::OWNER,
            _ => Role::OPERATOR,
        };
        self.know(&record.author, record.seq, by, 0);
        let role = match acted.act {
            Act::PROMOTE => Role::OPERATOR,
            Act::MUTE => Role::MUTED,
            Act::BAN | Act::UNBAN | Act::UNMUTE | Act::INVITE | Act::DEMOTE => Role::NONE,
            _ => return,
        };
        self.know(&acted.name, record.seq, role, acted.until_unix_ms);
    }

    /// What somebody is now.
    pub(super) fn of(&self, name: &UserName, now_ms: u64) -> Role {
        let known = self.0.get(&folded(name));
        let known = known.filter(|known| known.until_unix_ms == 0 || now_ms < known.until_unix_ms);
        known.map_or(Role::NONE, |known| known.role)
    }

    /// A new log has other people.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }

    fn know(&mut self, name: &UserName, since: Seq, role: Role, until_unix_ms: u64) {
        let name = folded(name);
        if self.0.len() >= ROLES_MAX && !self.0.contains_key(&name) {
            return;
        }
        let new = Known {
            since,
            role,
            until_unix_ms,
        };
        let known = self.0.entry(name).or_insert(new);
        // Whoever owns a room owns it for good.
        if known.role != Role::OWNER && (known.since <= since || role == Role::OWNER) {
            *known = new;
        }
    }
}

fn folded(name: &UserName) -> String {
    name.as_str().to_lowercase()
}

/// What stands before the name of somebody with this role.
pub(crate) const fn sign_of(role: Role) -> &'static str {
    match role {
        Role::OWNER => sign::OWNER,
        Role::OPERATOR => sign::OPERATOR,
        Role::MUTED => sign::MUTED,
        _ => "",
    }
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

    fn notice(seq: u64, author: &str, act: Act, whom: &str, until_unix_ms: u64) -> Record {
        let name_of = name(whom);
        let acted = Acted {
            act,
            until_unix_ms,
            name: name_of,
        };
        let mut extra = Extra::new();
        assert!(extra.insert(EXTRA_ACT, &acted.to_bytes()));
        Record {
            seq: Seq(seq),
            id: MessageId::ZERO,
            author: name(author),
            at_unix_ms: 0,
            kind: Kind::MODERATION,
            text: Text::new("done").unwrap(),
            extra,
        }
    }

    #[test]
    fn the_latest_notice_counts_in_whatever_order_they_are_read() {
        let notices = [
            notice(1, "alice", Act::PROMOTE, "bob", 0),
            notice(2, "bob", Act::MUTE, "mallory", 0),
            notice(3, "alice", Act::DEMOTE, "bob", 0),
            notice(4, "alice", Act::UNMUTE, "mallory", 0),
        ];
        let (mut on, mut back) = (Roles::default(), Roles::default());
        notices.iter().for_each(|notice| on.learn(notice));
        notices.iter().rev().for_each(|notice| back.learn(notice));
        for roles in [on, back] {
            let of = |whom: &str| roles.of(&name(whom), 0);
            assert_eq!(of("Alice"), Role::OWNER);
            assert_eq!((of("bob"), of("mallory")), (Role::NONE, Role::NONE));
        }
    }

    #[test]
    fn a_mute_ends_by_itself_and_what_we_are_is_known_from_the_start() {
        let mut roles = Roles::default();
        roles.joined(&name("me"), Role::OPERATOR, Seq(7));
        roles.learn(&notice(3, "alice", Act::MUTE, "me", 0));
        roles.learn(&notice(8, "me", Act::MUTE, "mallory", 1_000));
        assert_eq!(roles.of(&name("me"), 0), Role::OPERATOR, "that was before");
        assert_eq!(roles.of(&name("alice"), 0), Role::OPERATOR, "or more");
        assert_eq!(roles.of(&name("mallory"), 999), Role::MUTED);
        assert_eq!(roles.of(&name("mallory"), 1_000), Role::NONE);
    }

    #[test]
    fn so_many_people_are_remembered_and_no_more() {
        let mut roles = Roles::default();
        for number in 0..2 * ROLES_MAX {
            roles.joined(&name(&format!("n{number}")), Role::OPERATOR, Seq(1));
        }
        assert_eq!(roles.0.len(), ROLES_MAX);
    }
}
