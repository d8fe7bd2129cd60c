//! What those of a list of names are in a room.

use super::{EXTRA_ROLES, Role};
use crate::ids::Seq;
use crate::limits::EXTRA_BYTES_MAX;
use crate::list::Extra;

const SEQ_BYTES: usize = size_of::<u64>();

/// An index and a role, two bytes each.
const ONE_BYTES: usize = 4;

/// Who keeps order in a room and who may not speak there, among the names that a message tells: the value of
/// [`EXTRA_ROLES`]. Whoever of them is not in it is neither.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldRoles {
    /// The room's last message when it was so: what was done by later ones is not in it.
    pub at: Seq,
    /// The place of a name in the message's list, counted from 0, and what it is in the room.
    pub roles: Vec<(u16, Role)>,
}

impl ToldRoles {
    /// Whether a role is told: the owner's, an operator's, or that of somebody who is muted.
    #[must_use]
    pub const fn tells(role: Role) -> bool {
        rank(role).is_some()
    }

    /// Puts them into an extra, as many as fit its [`EXTRA_BYTES_MAX`]: owners first, then operators, then the muted.
    /// `false`, and nothing changed, if there are roles in it already or there is no place for any.
    pub fn insert_into(mut self, extra: &mut Extra) -> bool {
        let taken: usize = extra.iter().map(|(_, value)| value.len()).sum();
        let Some(left) = EXTRA_BYTES_MAX.checked_sub(taken + SEQ_BYTES) else {
            return false;
        };
        self.roles.retain(|(_, role)| Self::tells(*role));
        self.roles.sort_by_key(|(_, role)| rank(*role));
        self.roles.truncate(left / ONE_BYTES);
        extra.insert(EXTRA_ROLES, &self.to_bytes())
    }

    /// Its bytes: the number of the message, then index and role of each, all big-endian.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(SEQ_BYTES + self.roles.len() * ONE_BYTES);
        bytes.extend_from_slice(&self.at.0.to_be_bytes());
        for (index, role) in &self.roles {
            bytes.extend_from_slice(&index.to_be_bytes());
            bytes.extend_from_slice(&role.0.to_be_bytes());
        }
        bytes
    }

    /// Reads such bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (at, rest) = bytes.split_first_chunk()?;
        let (ones, rest) = rest.as_chunks::<ONE_BYTES>();
        let role =
            |&[a, b, c, d]: &[u8; ONE_BYTES]| (u16::from_be_bytes([a, b]), Role(u16::from_be_bytes([c, d])));
        rest.is_empty().then(|| Self {
            at: Seq(u64::from_be_bytes(*at)),
            roles: ones.iter().map(role).collect(),
        })
    }
}

/// Who is told first if not all fit.
const fn rank(role: Role) -> Option<u8> {
    match role {
        Role::OWNER => Some(0),
        Role::OPERATOR => Some(1),
        Role::MUTED => Some(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{MEMBERS_PAGE_MAX, NOTE_BYTES_MAX};
    use crate::message::{EXTRA_MARK, EXTRA_ROLE, EXTRA_TOPIC};

    fn told(roles: Vec<(u16, Role)>) -> ToldRoles {
        ToldRoles { at: Seq(300), roles }
    }

    fn read(extra: &Extra) -> Vec<(u16, Role)> {
        ToldRoles::from_bytes(extra.get(EXTRA_ROLES).unwrap())
            .unwrap()
            .roles
    }

    #[test]
    fn roles_are_read_as_they_were_written() {
        for roles in [vec![], vec![(0, Role::OWNER), (127, Role::MUTED), (2, Role(77))]] {
            let told = told(roles);
            assert_eq!(ToldRoles::from_bytes(&told.to_bytes()), Some(told));
        }
    }

    #[test]
    fn bytes_that_are_no_roles_are_none() {
        let whole = told(vec![(0, Role::OWNER), (1, Role::MUTED)]).to_bytes();
        for end in 0..whole.len() {
            let is_whole = [8, 12].contains(&end);
            assert_eq!(
                ToldRoles::from_bytes(&whole[..end]).is_some(),
                is_whole,
                "{end} bytes"
            );
        }
    }

    #[test]
    fn who_keeps_order_is_told_first_and_who_is_like_everybody_else_not_at_all() {
        let mut extra = Extra::new();
        let all = [
            Role::MEMBER,
            Role::MUTED,
            Role::NONE,
            Role::OPERATOR,
            Role::BANNED,
            Role::OWNER,
        ];
        assert!(told((0..).zip(all).collect()).insert_into(&mut extra));
        assert_eq!(
            read(&extra),
            [(5, Role::OWNER), (3, Role::OPERATOR), (1, Role::MUTED)]
        );
        assert!(!told(vec![]).insert_into(&mut extra), "they are told once");
    }

    #[test]
    fn a_page_has_place_for_all_its_roles_and_one_beside_the_longest_topic_for_as_many_as_fit() {
        let muted = |count: usize| (0..).zip(vec![Role::MUTED; count]).collect::<Vec<_>>();
        let mut page = Extra::new();
        assert!(told(muted(MEMBERS_PAGE_MAX)).insert_into(&mut page));
        assert_eq!(read(&page).len(), MEMBERS_PAGE_MAX);
        let mut joined = Extra::new();
        assert!(joined.insert(EXTRA_TOPIC, &[b'x'; NOTE_BYTES_MAX]));
        assert!(joined.insert(EXTRA_ROLE, &[0; 2]));
        assert!(joined.insert(EXTRA_MARK, &[0; 8]));
        let mut roles = muted(MEMBERS_PAGE_MAX - 1);
        roles.push((127, Role::OWNER));
        assert!(told(roles).insert_into(&mut joined));
        let read = read(&joined);
        assert_eq!(
            (read.len(), read[0], read[1]),
            (123, (127, Role::OWNER), (0, Role::MUTED))
        );
    }

    #[test]
    fn an_extra_that_is_full_stays_as_it_is() {
        let mut extra = Extra::new();
        assert!(extra.insert(99, &[0; EXTRA_BYTES_MAX - 7]));
        assert!(!told(vec![(0, Role::OWNER)]).insert_into(&mut extra));
        assert_eq!(extra.iter().count(), 1);
    }
}
