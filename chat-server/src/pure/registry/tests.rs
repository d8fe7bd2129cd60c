use chat_proto::ids::{Invitation, PublicKey};
use chat_proto::name::UserName;
use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

use super::value::digest_of;
use super::*;
use crate::history::fixtures::{room, user};

const ALICE: PublicKey = PublicKey([0xa; 32]);
const BOB: PublicKey = PublicKey([0xb; 32]);
const INVITATION: Invitation = Invitation::from_bytes([7; 16]);
const NOW: u64 = 1_800_000_000_000;

impl Registry {
    fn put_all(&mut self, facts: impl IntoIterator<Item = Fact>) {
        for fact in facts {
            let before = self.in_place_of(&fact);
            self.put(&fact).unwrap();
            assert_eq!(self.in_place_of(&fact), fact, "what was put is there");
            self.put(&before).unwrap();
            assert_eq!(self.in_place_of(&fact), before, "and can be taken back");
            self.put(&fact).unwrap();
        }
    }

    fn take(&mut self, name: &str, by: &PublicKey) -> Result<(), Taken> {
        let fact = self.names.take(&user(name), by, NOW)?;
        self.put_all(fact);
        Ok(())
    }

    fn owning(names: &[(&str, &PublicKey)]) -> Self {
        let mut registry = Self::default();
        for (name, owner) in names {
            registry.take(name, owner).unwrap();
        }
        registry
    }

    fn invite(&mut self, uses: u32, for_ms: u64) {
        let order = InvitationOrder {
            invitation: INVITATION,
            uses,
            for_ms,
            room: Some(room("garden")),
        };
        let facts = self.doors.invite(&order, NOW).unwrap();
        self.put_all(facts);
    }

    fn admit(&mut self, guest: &Guest, unix_ms: u64) -> Result<Admission, KeptOut> {
        let admission = self.doors.admit(guest, Access::Invited, unix_ms)?;
        self.put_all(admission.facts.clone());
        Ok(admission)
    }
}

fn taken(by: &str) -> Result<(), Taken> {
    Err(Taken::By(user(by)))
}

fn guest(key: PublicKey, invitation: Option<Invitation>) -> Guest {
    Guest {
        key: Some(key),
        invitation,
        is_trusted_place: false,
    }
}

fn all_facts(registry: &Registry) -> Vec<Fact> {
    let names = registry.names.iter().map(|name| {
        let subject = crate::pure::fold::name_key(&name.spelling).as_str().to_owned();
        Fact::of(FactKind::Name, subject, None)
    });
    let members = registry
        .doors
        .members()
        .map(|(key, _)| Fact::of(FactKind::Member, write_key(key), None));
    let bans = registry
        .doors
        .bans(0)
        .map(|(key, _)| Fact::of(FactKind::Ban, write_key(key), None));
    let places = names.chain(members).chain(bans);
    places.map(|place| registry.in_place_of(&place)).collect()
}

#[test]
fn a_name_belongs_to_the_first_key_that_takes_it() {
    let mut registry = Registry::owning(&[("Alice", &ALICE)]);
    assert_eq!(registry.take("alice", &ALICE), Ok(()));
    assert_eq!(
        registry.names.take(&user("ALICE"), &ALICE, NOW),
        Ok(None),
        "nothing new"
    );
    for name in ["alice", "Alice", "ＡＬＩＣＥ", "𝐚lice"] {
        assert_eq!(registry.take(name, &BOB), taken("Alice"), "{name}");
        assert_eq!(registry.names.borrow(&user(name)), taken("Alice"), "{name}");
    }
    assert_eq!(registry.names.borrow(&user("bob")), Ok(()));
}

#[test]
fn a_name_that_looks_like_anothers_is_taken() {
    for (owned, looks_so) in [
        ("modern", "modem"),
        ("modem", "modern"),
        ("Ali", "AIi"),
        ("rnarie", "marie"),
        ("ace", "асе"),
        ("scope", "ѕсоре"),
        ("al1", "all"),
    ] {
        let mut registry = Registry::owning(&[(owned, &ALICE)]);
        assert_eq!(registry.take(looks_so, &BOB), taken(owned), "{looks_so}");
        assert_eq!(registry.names.borrow(&user(looks_so)), taken(owned), "{looks_so}");
        assert_eq!(
            registry.take(looks_so, &ALICE),
            Ok(()),
            "who looks like oneself fools nobody"
        );
    }
}

#[test]
fn the_operator_can_allow_a_look_alike() {
    let mut registry = Registry::owning(&[("modern", &ALICE)]);
    registry.put_all([Names::allow(&user("Modem"), NOW)]);
    assert_eq!(registry.take("modem", &BOB), Ok(()));
    assert_eq!(
        registry.take("rnodern", &BOB),
        taken("modern"),
        "that one, and no other"
    );
    assert_eq!(
        registry.take("modem", &ALICE),
        taken("modem"),
        "it is a name like each"
    );
}

#[test]
fn a_key_owns_three_names_at_most() {
    let mut registry = Registry::owning(&[("one", &ALICE), ("two", &ALICE), ("three", &ALICE)]);
    assert_eq!(registry.take("four", &ALICE), Err(Taken::TooMany));
    assert_eq!(registry.take("four", &BOB), Ok(()));
    let released = registry.names.release(&user("TWO"), &ALICE).unwrap();
    registry.put_all([released]);
    assert_eq!(registry.take("five", &ALICE), Ok(()));
    assert_eq!(
        registry.take("two", &ALICE),
        Err(Taken::TooMany),
        "taking it again is like taking any"
    );
}

#[test]
fn a_released_name_stays_its_owners_until_the_operator_frees_it() {
    let mut registry = Registry::owning(&[("alice", &ALICE)]);
    assert_eq!(
        registry.names.release(&user("alice"), &BOB),
        Err(NotReleased::NotOwned)
    );
    let released = registry.names.release(&user("alice"), &ALICE).unwrap();
    registry.put_all([released]);
    assert_eq!(
        registry.names.release(&user("alice"), &ALICE),
        Err(NotReleased::NotOwned)
    );
    assert_eq!(registry.take("alice", &BOB), taken("alice"));
    assert_eq!(registry.names.borrow(&user("a1ice")), taken("alice"));
    assert_eq!(registry.take("alice", &ALICE), Ok(()));
    let freed = registry.names.free(&user("ALICE")).unwrap();
    registry.put_all([freed]);
    assert_eq!(registry.names.free(&user("alice")), None);
    assert_eq!(registry.names.of(&ALICE).count(), 0);
    assert_eq!(registry.take("a1ice", &BOB), Ok(()), "its looks are free too");
}

#[test]
fn a_key_can_not_reserve_names_without_end() {
    let mut registry = Registry::default();
    for number in 0..RELEASED_PER_KEY_MAX {
        let name = format!("name{number}");
        registry.take(&name, &ALICE).unwrap();
        let released = registry.names.release(&user(&name), &ALICE).unwrap();
        registry.put_all([released]);
    }
    registry.take("last", &ALICE).unwrap();
    assert_eq!(
        registry.names.release(&user("last"), &ALICE),
        Err(NotReleased::TooMany)
    );
}

#[test]
fn an_invitation_lets_in_as_many_keys_as_it_has_uses() {
    let mut registry = Registry::default();
    assert_eq!(registry.admit(&guest(ALICE, None), NOW), Err(KeptOut::NotInvited));
    assert_eq!(
        registry.admit(&guest(ALICE, Some(INVITATION)), NOW),
        Err(KeptOut::InvitationInvalid)
    );
    registry.invite(2, 1000);
    let plain = Guest {
        invitation: Some(INVITATION),
        ..Guest::default()
    };
    assert_eq!(registry.admit(&plain, NOW), Err(KeptOut::KeyNeeded));
    let admitted = registry.admit(&guest(ALICE, Some(INVITATION)), NOW).unwrap();
    assert_eq!(admitted.room, Some(room("garden")));
    assert_eq!(
        registry.admit(&guest(ALICE, Some(INVITATION)), NOW),
        Ok(Admission::default()),
        "who is in already uses nothing up"
    );
    assert_eq!(registry.doors.invitations(NOW).next().unwrap().1.uses_left, 1);
    registry.admit(&guest(BOB, Some(INVITATION)), NOW).unwrap();
    assert_eq!(registry.doors.invitations(NOW).count(), 0);
    assert_eq!(
        registry.admit(&guest(PublicKey([1; 32]), Some(INVITATION)), NOW),
        Err(KeptOut::InvitationInvalid)
    );
    assert_eq!(registry.admit(&guest(BOB, None), NOW), Ok(Admission::default()));
}

#[test]
fn an_invitation_ends_when_its_time_is_over_or_when_it_is_revoked() {
    let mut registry = Registry::default();
    registry.invite(1, 1000);
    let bob = guest(BOB, Some(INVITATION));
    assert_eq!(registry.admit(&bob, NOW + 1000), Err(KeptOut::InvitationInvalid));
    assert_eq!(registry.doors.invitations(NOW + 1000).count(), 0);
    let called = registry.doors.invitations(NOW).next().unwrap().0.to_owned();
    assert_eq!(registry.doors.revoke("00000000"), None);
    let revoked = registry.doors.revoke(&called).unwrap();
    registry.put_all([revoked]);
    assert_eq!(registry.admit(&bob, NOW), Err(KeptOut::InvitationInvalid));
}

#[test]
fn there_are_only_so_many_invitations_and_expired_ones_make_room() {
    let mut registry = Registry::default();
    let order = |number: usize| InvitationOrder {
        invitation: Invitation::from_bytes(u128::try_from(number).unwrap().to_be_bytes()),
        uses: 1,
        for_ms: 1000,
        room: None,
    };
    for number in 0..INVITATIONS_MAX {
        let facts = registry.doors.invite(&order(number), NOW).unwrap();
        registry.put_all(facts);
    }
    assert_eq!(registry.doors.invite(&order(INVITATIONS_MAX), NOW), None);
    let facts = registry
        .doors
        .invite(&order(INVITATIONS_MAX), NOW + 1000)
        .unwrap();
    registry.put_all(facts);
    assert_eq!(registry.doors.invitations(NOW + 1000).count(), 1);
}

#[test]
fn from_a_trusted_place_everybody_comes_in_but_who_is_banned() {
    let mut registry = Registry::default();
    let trusted = |key| Guest {
        key,
        invitation: None,
        is_trusted_place: true,
    };
    assert_eq!(registry.admit(&trusted(None), NOW), Ok(Admission::default()));
    assert_eq!(registry.admit(&trusted(Some(BOB)), NOW), Ok(Admission::default()));
    let facts = registry.doors.ban(&BOB, 0, NOW);
    registry.put_all(facts);
    assert_eq!(registry.admit(&trusted(Some(BOB)), NOW), Err(KeptOut::Banned));
    assert_eq!(
        registry.doors.admit(&guest(BOB, None), Access::Open, NOW),
        Err(KeptOut::Banned)
    );
}

#[test]
fn a_ban_holds_for_its_time() {
    let mut registry = Registry::default();
    registry.invite(9, 10_000);
    registry.admit(&guest(BOB, Some(INVITATION)), NOW).unwrap();
    let facts = registry.doors.ban(&BOB, NOW + 1000, NOW);
    registry.put_all(facts);
    assert_eq!(registry.admit(&guest(BOB, None), NOW + 999), Err(KeptOut::Banned));
    assert_eq!(
        registry.admit(&guest(BOB, None), NOW + 1000),
        Ok(Admission::default())
    );
    let facts = registry.doors.ban(&ALICE, 0, NOW + 2000);
    assert_eq!(facts.len(), 2, "a ban that has ended goes when another one comes");
    registry.put_all(facts);
    assert_eq!(registry.doors.unban(&BOB), None);
    let unbanned = registry.doors.unban(&ALICE).unwrap();
    registry.put_all([unbanned]);
    assert_eq!(
        registry
            .admit(&guest(ALICE, Some(INVITATION)), NOW + 2000)
            .map(|admission| admission.facts.len()),
        Ok(2)
    );
}

#[test]
fn a_registry_is_the_same_after_a_stop() {
    let mut registry = Registry::owning(&[("Alice", &ALICE), ("modern", &BOB), ("山田ゆき", &BOB)]);
    let released = registry.names.release(&user("modern"), &BOB).unwrap();
    registry.put_all([released]);
    registry.invite(2, 1000);
    registry.admit(&guest(BOB, Some(INVITATION)), NOW).unwrap();
    let facts = registry.doors.ban(&ALICE, 5, NOW - 9);
    registry.put_all(facts);
    let facts = all_facts(&registry);
    assert_eq!(facts.len(), 5);
    let again = Registry::new(&facts).unwrap();
    assert_eq!(all_facts(&again), facts);
    assert_eq!(again.names.borrow(&user("modem")), taken("modern"));
}

#[test]
fn facts_that_make_no_sense_are_not_passed_over() {
    let key = write_key(&ALICE);
    let digest = digest_of(&INVITATION);
    for (kind, subject, value) in [
        (FactKind::Name, "alice", format!("{key} 5 owned bob")),
        (FactKind::Name, "alice", format!("{key} 5 lent alice")),
        (FactKind::Name, "alice", format!("{key} x owned alice")),
        (FactKind::Name, "alice", "me 5 owned alice".to_owned()),
        (FactKind::Name, "a b", format!("{key} 5 owned a b")),
        (FactKind::Allowed, "alice", "yes".to_owned()),
        (FactKind::Member, "alice", "5 operator".to_owned()),
        (FactKind::Member, &key, "operator".to_owned()),
        (FactKind::Invitation, "7", "1 2 3 -".to_owned()),
        (FactKind::Invitation, &digest, "0 2 3 -".to_owned()),
        (FactKind::Invitation, &digest, "1 2 3".to_owned()),
        (FactKind::Invitation, &digest, "1 2 3 - more".to_owned()),
        (FactKind::Invitation, &digest, "1 2 3 #".to_owned()),
        (FactKind::Ban, "alice", "0 5".to_owned()),
        (FactKind::Ban, &key, "ever".to_owned()),
    ] {
        let refused = Registry::new(&[Fact::of(kind, subject, Some(value.clone()))]).unwrap_err();
        assert_eq!(
            (refused.kind, refused.subject.as_str()),
            (kind, subject),
            "{value}"
        );
    }
    assert!(UserName::parse("a b").is_err(), "so it was never a name");
}

/// A letter or number of any script, or what may stand among them.
fn name_character() -> impl Strategy<Value = char> {
    prop_oneof![
        3 => prop::char::range('a', 'z'),
        2 => prop::char::range('A', 'Z'),
        1 => prop::char::range('0', '9'),
        1 => prop::sample::select(vec!['-', '_', '.', 'ﬁ', 'ß', 'İ', 'ς', '𝐀', 'Ω', '㍿', 'ﷺ', '\u{301}', 'ſ', 'K']),
        1 => prop::char::range('\u{c0}', '\u{24f}'),
        1 => prop::char::range('\u{370}', '\u{5ff}'),
        1 => prop::char::range('\u{620}', '\u{6ff}'),
        1 => prop::char::range('\u{900}', '\u{e7f}'),
        1 => prop::char::range('\u{1e00}', '\u{1fff}'),
        1 => prop::char::range('\u{3041}', '\u{30ff}'),
        1 => prop::char::range('\u{4e00}', '\u{9fff}'),
        1 => prop::char::range('\u{ac00}', '\u{d7a3}'),
        1 => prop::char::range('\u{1d400}', '\u{1d7ff}'),
    ]
}

proptest! {
    #[test]
    fn whatever_name_is_taken_it_is_understood_again_and_nobody_elses(
        characters in prop::collection::vec(name_character(), 1..20)
    ) {
        let name: String = characters.into_iter().collect();
        let Ok(name) = UserName::parse(&name) else {
            return Ok(());
        };
        let fact = Names::default().take(&name, &ALICE, NOW).unwrap().unwrap();
        let registry = Registry::new(std::slice::from_ref(&fact)).unwrap();
        prop_assert_eq!(registry.in_place_of(&fact), fact);
        prop_assert_eq!(registry.names.take(&name, &ALICE, NOW), Ok(None));
        prop_assert_eq!(registry.names.take(&name, &BOB, NOW), Err(Taken::By(name.clone())));
        prop_assert_eq!(registry.names.borrow(&name), Err(Taken::By(name.clone())));
        // A change of case takes marks for letters of their own where they are not composed.
        let composed: String = name.as_str().nfkc().collect();
        for other in [composed.to_uppercase(), composed.to_lowercase(), composed] {
            if let Ok(other) = UserName::parse(&other) {
                prop_assert_eq!(registry.names.borrow(&other), Err(Taken::By(name.clone())));
            }
        }
        // Whether it is of one script is always told, too.
        let _ = crate::pure::fold::one_script(&name);
    }
}
