//! Who may come in.

use super::*;

/// Scenarios 21 and 26: one gate, whatever is shown and however one comes back, and a secret of an earlier connection opens nothing.
#[test]
fn an_invited_server_lets_in_who_is_invited() {
    let mut house = House::invited_only(1);
    assert_eq!(house.denied(plain("alice")), Some(Code::NOT_INVITED));
    assert_eq!(house.denied(with_key("alice", KEY)), Some(Code::NOT_INVITED));
    let wrong = Invitation::from_bytes([8; 16]);
    assert_eq!(
        house.denied(invited("alice", Some(KEY), wrong)),
        Some(Code::INVITATION_INVALID)
    );
    assert_eq!(
        house.denied(invited("alice", None, INVITATION)),
        Some(Code::KEY_NEEDED)
    );
    assert_eq!(house.denied(invited("alice", Some(KEY), INVITATION)), None);
    assert_eq!(
        house.denied(invited("bob", Some(OTHER_KEY), INVITATION)),
        Some(Code::INVITATION_INVALID),
        "it is used up"
    );
    assert_eq!(house.denied(with_key("alice", KEY)), None, "and lets in for good");
    let facts = house.hub.registry.doors.ban(&KEY, 0, UNIX_MS);
    house.hub.unsettled.put(&mut house.hub.registry, &facts);
    let resumed = arrive(PeerId(99), "alice", 9, Some(secret_of(PeerId(99))), Some(KEY));
    assert_eq!(house.denied(resumed), Some(Code::BANNED));
}

#[test]
fn an_invitation_is_used_up_only_by_an_arrival_that_is_granted_and_stored() {
    let mut house = House::invited_only(1);
    let uses_left = |house: &House| {
        let mut invitations = house.hub.registry.doors.invitations(UNIX_MS);
        invitations
            .next()
            .map_or(0, |(_, invitation)| invitation.uses_left)
    };
    for name in ["аlice", "αbc"] {
        assert_eq!(
            house.denied(invited(name, Some(KEY), INVITATION)),
            Some(Code::NAME_INVALID)
        );
    }
    assert_eq!(uses_left(&house), 1);
    let peer = PeerId(99);
    house.request(peer, invited("alice", Some(KEY), INVITATION));
    house.end_turn();
    house.refuse_all();
    assert_eq!(denied(&house.take_replies()), Some(Code::STORE_UNAVAILABLE));
    assert_eq!(uses_left(&house), 1);
    assert_eq!(house.denied(invited("alice", Some(KEY), INVITATION)), None);
    assert_eq!(uses_left(&house), 0);
}

#[test]
fn two_who_bring_the_last_use_of_an_invitation_are_not_both_let_in() {
    let mut house = House::invited_only(1);
    for (peer, name, key) in [(LAPTOP, "alice", KEY), (PHONE, "bob", OTHER_KEY)] {
        let mut request = invited(name, Some(key), INVITATION);
        if let Request::Arrive { secret, .. } = &mut request {
            *secret = secret_of(peer);
        }
        house.request(peer, request);
    }
    house.settle();
    let replies = house.take_replies();
    assert_eq!(denied(&replies), Some(Code::INVITATION_INVALID));
    assert!(replies.contains(&arrived(LAPTOP, "alice")), "{replies:?}");
}

#[test]
fn from_a_trusted_place_everybody_is_welcome_on_an_invited_server() {
    let mut house = House::invited_only(1);
    for mut request in [plain("carol"), with_key("dave", OTHER_KEY)] {
        if let Request::Arrive { is_trusted_place, .. } = &mut request {
            *is_trusted_place = true;
        }
        assert_eq!(house.denied(request), None);
    }
}

/// Scenario 23: Outside, nobody learns whether a name is somebody's.
#[test]
fn who_is_not_invited_learns_nothing_of_names() {
    let mut house = House::invited_only(1);
    assert_eq!(house.denied(invited("alice", Some(KEY), INVITATION)), None);
    for name in ["alice", "aIice", "nobody", "аlice"] {
        assert_eq!(house.denied(plain(name)), Some(Code::NOT_INVITED), "{name}");
        assert_eq!(
            house.denied(with_key(name, OTHER_KEY)),
            Some(Code::NOT_INVITED),
            "{name}"
        );
    }
}
