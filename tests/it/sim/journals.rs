//! A journal that is falsified is found out: what the checker lets pass means something.

use chat_proto::ids::{LogId, Seq};
use chat_proto::message::{Code, Resumed, Role};
use chat_tests::sim;
use chat_tests::sim::chronicle::{Chronicle, Line};
use chat_tests::sim::complaint::Complaint;
use chat_tests::sim::journal::{Entry, Joined, Journal};

type Entries = Vec<(u64, Entry)>;

/// Journals with something in them, as runs gave them, and what the checker says of each after it was falsified there,
/// if it could be.
fn falsified_if(
    find: impl Fn(&Entries) -> Option<usize>,
    falsify: impl Fn(&Chronicle, &mut Journal, usize) -> bool,
    whole: bool,
) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for seed in 0..60 {
        let (truth, journals) = sim::journals(seed).unwrap_or_else(|failure| panic!("{failure}"));
        for mut journal in journals {
            let Some(at) = find(&journal.entries) else {
                continue;
            };
            assert_eq!(journal.check(&truth, true, false), Ok(()));
            if falsify(&truth, &mut journal, at) {
                let complaint = journal.check(&truth, true, whole);
                complaints.push(complaint.expect_err("what is false is found out"));
            }
        }
        if complaints.len() >= 5 {
            break;
        }
    }
    assert!(!complaints.is_empty(), "no run had what was looked for");
    complaints
}

fn falsified_at(
    find: impl Fn(&Entries) -> Option<usize>,
    falsify: impl Fn(&mut Journal, usize),
    whole: bool,
) -> Vec<Complaint> {
    let falsify = |_: &Chronicle, journal: &mut Journal, at: usize| {
        falsify(journal, at);
        true
    };
    falsified_if(find, falsify, whole)
}

/// Falsified where three lines stand in a row.
fn falsified(falsify: impl Fn(&mut Entries, usize)) -> Vec<Complaint> {
    let in_a_row = |entries: &Entries| {
        let mut rows = entries.windows(3);
        rows.position(|row| row.iter().all(|(_, entry)| matches!(entry, Entry::Said(..))))
    };
    falsified_at(in_a_row, |journal, at| falsify(&mut journal.entries, at), false)
}

fn is_joined(entry: &Entry) -> bool {
    matches!(entry, Entry::Joined(_))
}

/// Falsified in what is told on joining.
fn falsified_joined(falsify: impl Fn(&mut Joined)) -> Vec<Complaint> {
    let joined = |entries: &Entries| entries.iter().position(|(_, entry)| is_joined(entry));
    let falsify = |journal: &mut Journal, at: usize| {
        if let Entry::Joined(joined) = &mut journal.entries[at].1 {
            falsify(joined);
        }
    };
    falsified_at(joined, falsify, false)
}

fn find_put_out(entries: &Entries) -> Option<usize> {
    entries.iter().position(|(_, entry)| *entry == Entry::PutOut)
}

#[test]
fn a_line_that_was_not_told_is_found_out() {
    let complaints = falsified(|entries, at| drop(entries.remove(at + 1)));
    assert!(
        complaints
            .iter()
            .all(|complaint| matches!(complaint, Complaint::OutOfStep { .. }))
    );
}

#[test]
fn a_line_that_was_told_twice_is_found_out() {
    let complaints = falsified(|entries, at| entries.insert(at + 1, entries[at].clone()));
    assert!(
        complaints
            .iter()
            .all(|complaint| matches!(complaint, Complaint::OutOfStep { .. }))
    );
}

#[test]
fn lines_that_changed_places_are_found_out() {
    let complaints = falsified(|entries, at| entries.swap(at + 1, at + 2));
    assert!(
        complaints
            .iter()
            .all(|complaint| matches!(complaint, Complaint::OutOfStep { .. }))
    );
}

#[test]
fn a_line_under_the_number_of_another_is_found_out() {
    let complaints = falsified(|entries, at| {
        let [(_, Entry::Said(_, first)), (_, Entry::Said(_, second))] = &mut entries[at..at + 2] else {
            unreachable!("lines were looked for")
        };
        std::mem::swap(first, second);
    });
    assert!(
        complaints
            .iter()
            .all(|complaint| matches!(complaint, Complaint::Differs(_)))
    );
}

#[test]
fn another_log_without_a_break_is_found_out() {
    let complaints = falsified(|entries, at| {
        let at_ms = entries[at].0;
        let joined = Joined {
            asked_ms: at_ms,
            log: LogId(7),
            top: Seq(3),
            resumed: Some(Resumed::Exact),
            tail: 0,
            topic: String::new(),
            role: Role::NONE,
            read: None,
        };
        let joined = (at_ms, Entry::Joined(joined));
        entries.insert(at + 1, joined);
    });
    assert!(
        complaints
            .iter()
            .all(|complaint| *complaint == Complaint::SilentBreak)
    );
}

#[test]
fn a_false_acknowledgement_is_found_out() {
    let complaints = falsified(|entries, at| {
        let (at_ms, Entry::Said(seq, Line { id, .. })) = entries[at].clone() else {
            unreachable!("lines were looked for")
        };
        entries.insert(at + 1, (at_ms, Entry::Stored(id, seq.next())));
    });
    assert!(
        complaints
            .iter()
            .all(|complaint| matches!(complaint, Complaint::StoredWrongly(..)))
    );
}

#[test]
fn a_journal_that_ends_too_early_is_found_out() {
    let (truth, journals) = sim::journals(0).unwrap_or_else(|failure| panic!("{failure}"));
    let cut_short = journals.into_iter().find_map(|mut journal| {
        let is_said = |(_, entry): &(u64, Entry)| matches!(entry, Entry::Said(..));
        let last = journal.entries.iter().rposition(is_said)?;
        let is_whole = journal.check(&truth, true, true).is_ok();
        journal.entries.truncate(last);
        is_whole.then(|| journal.check(&truth, true, true))
    });
    assert!(
        matches!(cut_short, Some(Err(Complaint::Incomplete { .. }))),
        "{cut_short:?}"
    );
}

#[test]
fn who_was_put_out_and_not_told_is_found_out() {
    let complaints = falsified_at(find_put_out, |journal, at| journal.entries.truncate(at), true);
    assert!(
        complaints
            .iter()
            .all(|complaint| matches!(complaint, Complaint::PutOut(..)))
    );
}

#[test]
fn who_was_put_out_by_nobody_is_found_out() {
    let joined = |entries: &Entries| {
        let was_put_out = find_put_out(entries).is_some();
        let joined = entries.iter().position(|(_, entry)| is_joined(entry));
        joined.filter(|_| !was_put_out)
    };
    let complaints = falsified_at(
        joined,
        |journal, at| {
            let at_ms = journal.entries[at].0;
            journal.entries.truncate(at + 1);
            journal.entries.push((at_ms, Entry::PutOut));
        },
        false,
    );
    assert!(
        complaints
            .iter()
            .all(|complaint| matches!(complaint, Complaint::PutOut(..)))
    );
}

#[test]
fn a_line_that_was_told_to_who_was_put_out_is_found_out() {
    let complaints = falsified_if(find_put_out, hear_more, false);
    assert!(
        complaints
            .iter()
            .all(|complaint| matches!(complaint, Complaint::Overheard(..)))
    );
}

/// Instead of being put out, somebody is told more, until after what put it out; unless nothing was said after that.
fn hear_more(truth: &Chronicle, journal: &mut Journal, at: usize) -> bool {
    let (at_ms, before) = (journal.entries[at].0, &journal.entries[..at]);
    let joined = before.iter().rev().find_map(|(_, entry)| match entry {
        Entry::Joined(joined) => Some(joined),
        _ => None,
    });
    let joined = joined.expect("who is put out has joined");
    let said = before.iter().rev().find_map(|(_, entry)| match entry {
        Entry::Said(seq, _) => Some(*seq),
        _ => None,
    });
    let end = truth.put_out(&journal.name, &journal.room, joined.log, joined.top);
    let (Some(said), Some(end)) = (said, end) else {
        return false;
    };
    let line = |seq| truth.stored(&journal.room, joined.log, Seq(seq));
    let lines = (said.next().0..=end.next().0).map(|seq| (seq, line(seq)));
    let lines: Option<Entries> = lines
        .map(|(seq, stored)| Some((at_ms, Entry::Said(Seq(seq), stored?.line.clone()))))
        .collect();
    let Some(lines) = lines else { return false };
    journal.entries.truncate(at);
    journal.entries.extend(lines);
    true
}

#[test]
fn who_is_told_of_a_room_that_is_not_for_it_is_found_out() {
    let joined_privately = |entries: &Entries| {
        entries
            .iter()
            .position(|(_, entry)| matches!(entry, Entry::Joined(joined) if joined.role == Role::MEMBER))
    };
    let complaints = falsified_at(joined_privately, |journal, _| journal.key = None, false);
    assert!(
        complaints
            .iter()
            .all(|complaint| matches!(complaint, Complaint::LetIn(..)))
    );
}

#[test]
fn a_topic_a_role_and_a_mark_that_never_were_are_found_out() {
    let falsify: [fn(&mut Joined); 3] = [
        |joined| joined.topic = "nobody said so".to_owned(),
        |joined| joined.role = Role(99),
        |joined| joined.read = Some(Seq(1_000)),
    ];
    for complaints in falsify.map(falsified_joined) {
        assert!(
            complaints
                .iter()
                .all(|complaint| matches!(complaint, Complaint::Unfounded(..)))
        );
    }
}

#[test]
fn a_mark_that_goes_back_is_found_out() {
    let marked = |entries: &Entries| {
        entries
            .iter()
            .position(|(_, entry)| matches!(entry, Entry::Marked(_)))
    };
    let complaints = falsified_at(
        marked,
        |journal, at| {
            let at_ms = journal.entries[at].0;
            journal.entries.insert(at + 1, (at_ms, Entry::Marked(Seq::ZERO)));
        },
        false,
    );
    assert!(
        complaints
            .iter()
            .all(|complaint| matches!(complaint, Complaint::ReadBackwards(..)))
    );
}

#[test]
fn who_was_kept_out_for_no_reason_is_found_out() {
    let complaints = falsified(|entries, at| {
        let (asked_ms, code) = (entries[at].0, Code::BANNED);
        entries.insert(at + 1, (asked_ms, Entry::KeptOut { asked_ms, code }));
    });
    assert!(
        complaints
            .iter()
            .all(|complaint| matches!(complaint, Complaint::KeptOut(..)))
    );
}
