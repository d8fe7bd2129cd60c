use super::*;

fn said(seq: u64) -> Line {
    let body = Body::Said(Said {
        author: UserName::parse("alice").unwrap(),
        kind: Kind::LINE,
        text: Text::new("hello").unwrap(),
        is_mention: false,
        is_unproven: false,
    });
    Line {
        at_unix_ms: 0,
        seq: Seq(seq),
        body,
    }
}

fn broke(seq: u64) -> Line {
    Line {
        at_unix_ms: 0,
        seq: Seq(seq),
        body: Body::Broke,
    }
}

fn seqs(scrollback: &Scrollback) -> Vec<u64> {
    scrollback.iter().map(|(_, line)| line.seq.0).collect()
}

#[test]
fn a_line_keeps_its_number_whatever_comes_before_and_behind_it() {
    let mut lines = Scrollback::default();
    lines.push(said(5));
    let no = lines.last().unwrap();
    lines.push(said(6));
    assert!(lines.prepend(said(4)) && lines.prepend(said(3)));
    assert_eq!(lines.get(no).unwrap().seq, Seq(5));
    assert_eq!(seqs(&lines), [3, 4, 5, 6]);
    assert!(lines.trim(2));
    assert_eq!(lines.get(no).unwrap().seq, Seq(5));
    assert_eq!(seqs(&lines), [5, 6]);
    lines.clear();
    lines.push(said(9));
    assert_eq!(lines.get(no), None, "no other line gets its number");
}

#[test]
fn a_message_is_found_by_its_number_in_the_log_as_it_is_now() {
    let mut lines = Scrollback::default();
    for seq in [2, 3] {
        lines.push(said(seq));
    }
    lines.push(Line {
        at_unix_ms: 0,
        seq: Seq(3),
        body: Body::Note("a note".into()),
    });
    lines.push(said(5));
    assert_eq!(lines.find(Seq(3)), Some(LineNo(1)));
    assert_eq!(lines.find(Seq(5)), Some(LineNo(3)));
    assert_eq!(lines.find(Seq(4)), None);
    lines.push(broke(5));
    assert_eq!(lines.find(Seq(3)), None, "it was another log's");
    lines.push(said(3));
    assert_eq!(lines.find(Seq(3)), Some(LineNo(5)));
}

#[test]
fn what_is_put_before_the_log_moves_older_logs_and_nothing_else() {
    let mut lines = Scrollback::default();
    for line in [said(8), broke(8), said(5), said(6)] {
        lines.push(line);
    }
    assert!(lines.prepend(said(4)) && lines.prepend(said(3)));
    assert_eq!(seqs(&lines), [8, 8, 3, 4, 5, 6]);
    assert_eq!((lines.range(), lines.older_range()), (-2..4, -2..0));
    assert_eq!(lines.find(Seq(5)), Some(LineNo(2)));
    assert_eq!(lines.find(Seq(8)), None);
    let by_number = lines.iter().all(|(no, line)| lines.get(no) == Some(line));
    assert!(by_number);
    let of_log: Vec<i64> = (-4..6).filter(|no| lines.is_of_log(LineNo(*no))).collect();
    assert_eq!(of_log, [0, 1, 2, 3]);
}

#[test]
fn what_is_of_older_logs_goes_first() {
    let mut lines = Scrollback::default();
    for seq in 1..u64::try_from(LINES_MAX).unwrap() {
        lines.push(said(seq));
    }
    lines.push(broke(0));
    assert!(lines.push(said(11)));
    for seq in (1..11).rev() {
        assert!(lines.prepend(said(seq)));
    }
    assert_eq!(lines.len(), LINES_MAX);
    assert_eq!(lines.get(LineNo(lines.range().start)).unwrap().seq, Seq(12));
    let only_log = lines.range().end - lines.older_range().end;
    assert_eq!(only_log, 11);
    let counted: usize = lines.iter().map(|(_, line)| line.bytes()).sum();
    assert_eq!(lines.bytes, counted);
    // Once nothing of them is left, there is no room.
    lines.trim(11);
    assert!(!lines.has_older_log());
    while lines.len() < LINES_MAX {
        assert!(lines.prepend(said(1)));
    }
    assert!(!lines.prepend(said(1)));
}

#[test]
fn what_was_told_before_the_first_message_has_the_number_before_it() {
    let mut lines = Scrollback::default();
    let note = |seq| Line {
        at_unix_ms: 0,
        seq: Seq(seq),
        body: Body::Note("a note".into()),
    };
    lines.push(note(0));
    lines.push(note(0));
    lines.begin_at(Seq(5));
    lines.push(said(5));
    assert!(lines.prepend(said(4)) && lines.prepend(said(3)));
    assert_eq!(seqs(&lines), [3, 4, 4, 4, 5]);
    assert_eq!(lines.find(Seq(4)), Some(LineNo(-1)));
    assert_eq!(lines.at_or_after(Seq(0)), Some(LineNo(-2)));
    assert_eq!(lines.at_or_after(Seq(6)), None);
}

#[test]
fn what_is_emptied_is_forgotten() {
    let mut lines = Scrollback::default();
    lines.push(said(1));
    let bob = UserName::parse("bob").unwrap();
    lines.empty(Seq(1), &bob);
    lines.empty(Seq(2), &bob);
    let body = &lines.get(LineNo(0)).unwrap().body;
    assert!(matches!(body, Body::Emptied { by: Some(by), .. } if *by == bob));
}

#[test]
fn lines_and_bytes_are_bounded_at_both_ends() {
    let mut lines = Scrollback::default();
    let long = Text::new(&"x".repeat(8 * 1024)).unwrap();
    for seq in 1..=5_000 {
        let mut line = said(seq);
        if let Body::Said(said) = &mut line.body {
            said.text = long.clone();
        }
        lines.push(line);
    }
    assert!(lines.len() < 5_000 && lines.bytes <= SCROLLBACK_BYTES_MAX);
    let counted: usize = lines.lines.iter().map(Line::bytes).sum();
    assert_eq!(lines.bytes, counted);
    assert!(!lines.prepend(lines.lines[0].clone()), "there is no room for it");
}
