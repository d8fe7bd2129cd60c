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
    lines.push(Line {
        at_unix_ms: 0,
        seq: Seq(5),
        body: Body::Broke,
    });
    assert_eq!(lines.find(Seq(3)), None, "it was another log's");
    lines.push(said(3));
    assert_eq!(lines.find(Seq(3)), Some(LineNo(5)));
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
