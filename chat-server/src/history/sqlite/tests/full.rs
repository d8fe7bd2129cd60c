//! A disk that is full, and has room again.

use super::*;

/// Lets the file have no more pages than it has, or as many as it likes.
pub(super) fn let_grow(house: &House, may_grow: bool) {
    let pages: i64 = if may_grow {
        i64::from(u32::MAX - 1)
    } else {
        house
            .store
            .connection
            .pragma_query_value(None, "page_count", |row| row.get(0))
            .unwrap()
    };
    house
        .store
        .connection
        .pragma_update(None, "max_page_count", pages)
        .unwrap();
}

fn long(author: &str, number: u32) -> Op {
    append("lobby", draft(author, number, &"long ".repeat(1000)))
}

#[test]
fn a_full_disk_refuses_what_is_new_and_keeps_everything_else_working() {
    let mut house = House::new();
    house.fill(1..=5);
    let_grow(&house, false);
    let known = append("lobby", draft("alice", 1, "text 1"));
    let reused = append("lobby", draft("bob", 1, "text 1"));
    let outcomes = house.commit(
        9,
        &[
            long("alice", 10),
            long("bob", 11),
            known,
            reused,
            locate("lobby", From::Tail(2)),
            locate("attic", From::Tail(0)),
            Op::Forget { room: room("lobby") },
        ],
    );
    let full = Outcome::Refused(Refusal::Full);
    assert_eq!(outcomes[..2], [full, full]);
    assert_eq!(outcomes[2], Outcome::Known { seq: Seq(1) });
    assert_eq!(outcomes[3], Outcome::Refused(Refusal::IdReused));
    assert!(matches!(outcomes[4], Outcome::Located { next: Seq(4), .. }));
    assert_eq!(outcomes[5..], [full, Outcome::Forgotten]);
    assert!(house.store.trouble().is_some());
    assert_eq!(house.texts().len(), 5);

    let_grow(&house, true);
    let outcomes = house.commit(10, &[long("alice", 10), long("bob", 11)]);
    assert_eq!(
        outcomes,
        [6, 7].map(|seq| Outcome::Appended {
            seq: Seq(seq),
            at_unix_ms: 10
        }),
        "what was refused has used no number"
    );
    assert_eq!(house.store.trouble(), None);
    assert_eq!(house.report().damages, []);
}

#[test]
fn a_batch_that_fails_in_the_middle_has_done_nothing() {
    let mut house = House::new();
    house.fill(1..=5);
    let_grow(&house, false);
    let mut batch: Vec<Op> = (6..=8)
        .map(|number| append("lobby", draft("alice", number, "short")))
        .collect();
    batch.push(long("bob", 9));
    let outcomes = house.commit(9, &batch);
    assert_eq!(outcomes, [Outcome::Refused(Refusal::Full); 4]);
    assert_eq!(house.texts().len(), 5);
    let_grow(&house, true);
    house.fill(6..=6);
    assert_eq!(house.report().damages, []);
}
