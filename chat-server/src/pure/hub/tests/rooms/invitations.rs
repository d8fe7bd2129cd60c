//! Invitations to the server that lead into a private room.

use super::super::keys::{INVITATION, denied, invited};
use super::*;
use crate::pure::access::Standing;
use crate::pure::registry::{self, Roles};

/// Who invitations let in.
const NEW: PeerId = PeerId(99);
const NEW_KEY: PublicKey = PublicKey([0xc; 32]);

impl House {
    /// Alice's private room on a server that lets in who is invited, and an invitation that leads there.
    fn with_invitation(uses: u32) -> (Self, RoomName) {
        let mut house = Self::with_keys();
        house.hub.limits.access = Access::Invited;
        let private = house.private();
        house.invite(uses, Some(private.clone()));
        (house, private)
    }

    /// Somebody comes with the invitation.
    fn come_invited(&mut self) {
        self.request(NEW, invited("carol", Some(NEW_KEY), INVITATION));
        self.settle();
        assert_eq!(self.take_replies(), [arrived(NEW, "carol")]);
    }

    /// Makes a key something in a room.
    fn appoint(&mut self, room: &RoomName, key: PublicKey, standing: Standing) {
        let role = registry::Role {
            standing,
            until_unix_ms: 0,
            since_unix_ms: UNIX_MS,
            name: user("carol"),
        };
        let fact = Roles::grant(room, &key, &role);
        self.hub.registry.put(&fact).expect("it makes sense");
    }
}

#[test]
fn who_is_invited_to_a_private_room_is_let_in_and_is_its_member_at_once() {
    let (mut house, private) = House::with_invitation(1);
    house.come_invited();
    assert_eq!(names(&house.rooms(NEW, true, None)), [private.as_str()]);
    let joined = house.joined(NEW, private.as_str(), From::Tail(0));
    assert_eq!(role(&joined), Role::MEMBER);
}

#[test]
fn being_let_in_and_being_a_member_are_kept_together_or_not_at_all() {
    let (mut house, private) = House::with_invitation(1);
    house.request(NEW, invited("carol", Some(NEW_KEY), INVITATION));
    house.end_turn();
    let [Op::Keep { facts }] = &house.batch[..] else {
        panic!("all of it is kept at once: {:?}", house.batch);
    };
    assert!(
        facts.iter().any(|fact| fact.subject == private.as_str()),
        "{facts:?}"
    );
    house.refuse_all();
    assert_eq!(denied(&house.take_replies()), Some(Code::STORE_UNAVAILABLE));
    let standing = house.hub.standing(&private, Some(&NEW_KEY));
    assert_eq!(standing, Standing::Stranger);
    house.come_invited();
    house.joined(NEW, private.as_str(), From::Tail(0));
}

/// [21] An invitation of the server takes back nothing that a room has done.
#[test]
fn who_is_something_in_the_room_stays_that_whatever_invitation_it_shows() {
    for (standing, is_let_in) in [(Standing::Banned, false), (Standing::Muted, true)] {
        let (mut house, private) = House::with_invitation(1);
        house.appoint(&private, NEW_KEY, standing);
        house.come_invited();
        let refused = house.refused(NEW, |request| join_at(request, &private, From::Tail(9)));
        let expected = (!is_let_in).then_some(Code::NO_SUCH_ROOM);
        assert_eq!(refused, expected, "{standing:?}");
        assert_eq!(house.hub.standing(&private, Some(&NEW_KEY)), standing);
    }
}

#[test]
fn an_invitation_makes_no_room_and_opens_no_conversation() {
    let (gone, conversation) = (room("+garden-0000"), room("=0123456789abcdef01234567"));
    for room in [gone, conversation] {
        let mut house = House::with_keys();
        house.hub.limits.access = Access::Invited;
        house.invite(1, Some(room.clone()));
        house.come_invited();
        assert!(!house.hub.registry.roles.knows(&room));
        let refused = house.refused(NEW, |request| join_at(request, &room, From::Tail(9)));
        assert_eq!(refused, Some(Code::NO_SUCH_ROOM), "{room}");
    }
}

#[test]
fn who_is_invited_to_a_full_room_is_let_in_without_it() {
    let (mut house, private) = House::with_invitation(1);
    for number in 1..registry::ROLES_PER_ROOM_MAX {
        let mut key = [0xd; 32];
        key[..8].copy_from_slice(&number.to_be_bytes());
        house.appoint(&private, PublicKey(key), Standing::Member);
    }
    house.come_invited();
    let refused = house.refused(NEW, |request| join_at(request, &private, From::Tail(9)));
    assert_eq!(refused, Some(Code::NO_SUCH_ROOM));
}
