use proptest::prelude::*;

use super::*;
use crate::pure::editor::{Edited, Editor};

const CANDIDATES: Candidates<'_> = Candidates {
    rooms: &["kitchen", "lobby", "chicken-run"],
    people: &["Albert", "alice", "Sally", "Zoë"],
};

/// Completes at `|`, and tells what the text becomes with each choice.
fn completed(drawn: &str) -> Vec<String> {
    let cursor = drawn.find('|').expect("there is a cursor");
    let text = drawn.replacen('|', "", 1);
    let Some(mut choices) = complete(&text, cursor, &CANDIDATES) else {
        return Vec::new();
    };
    let mut editor = Editor::default();
    editor.set(&text);
    let mut texts = Vec::new();
    for _ in 0..choices.items.len() {
        assert_eq!(editor.replace(choices.range(), &choices.text()), Edited::Changed);
        let (before, after) = editor.text().split_at(editor.cursor());
        texts.push(format!("{before}|{after}"));
        choices.forth();
    }
    assert_eq!(choices.selected, 0, "after the last comes the first");
    texts
}

#[test]
fn the_word_becomes_what_its_place_wants() {
    for (text, choices) in [
        ("/jo|", &["/join |"][..]),
        ("/wh|", &["/who |", "/whois |"]),
        ("  /jo|", &["  /join |"]),
        ("/join k|", &["/join kitchen |", "/join chicken-run |"]),
        ("/join #KIT|", &["/join #kitchen |"]),
        ("/j l|", &["/j lobby |"]),
        (
            "/part |",
            &["/part kitchen |", "/part lobby |", "/part chicken-run |"],
        ),
        ("/invite zo|", &["/invite Zoë |"]),
        ("/invite Zoë lo|", &["/invite Zoë lobby |"]),
        ("/help ba|", &["/help ban |", "/help unban |"]),
        ("/help ke|", &["/help keys |"]),
        ("/help /ke|", &[]),
        ("/me hugs zo|", &["/me hugs Zoë |"]),
        ("/ban Zoë 7d sal|", &["/ban Zoë 7d Sally |"]),
        ("see #kit|", &["see #kitchen |"]),
        ("ask @zo|", &["ask @Zoë |"]),
    ] {
        assert_eq!(completed(text), choices, "{text}");
    }
}

#[test]
fn who_spoke_last_comes_first_and_what_begins_before_what_is_within() {
    assert_eq!(completed("al|"), ["Albert: |", "alice: |", "Sally: |"]);
    assert_eq!(completed("hi al|"), ["hi Albert |", "hi alice |", "hi Sally |"]);
    assert_eq!(completed("|").len(), CANDIDATES.people.len());
    let candidates = Candidates {
        people: &["bob", "bob"],
        ..CANDIDATES
    };
    let choices = complete("b", 1, &candidates).unwrap();
    assert_eq!(choices.items, ["bob"], "each once");
}

#[test]
fn nothing_is_offered_where_nothing_fits() {
    for text in [
        "x|",
        "hello |",
        " |",
        "//jo|",
        "/join xyz|",
        "/rooms k|",
        "/ban alice 7|",
        "/delete 1|",
        "/quit x|",
    ] {
        assert_eq!(completed(text), [""; 0], "{text}");
    }
}

#[test]
fn what_follows_is_not_doubled_and_the_rest_stays() {
    assert_eq!(completed("zo| there"), ["Zoë: |there"]);
    assert_eq!(completed("zo|: there"), ["Zoë: |there"]);
    assert_eq!(completed("hi zo| there"), ["hi Zoë |there"]);
    assert_eq!(completed("/jo| den"), ["/join |den"]);
    assert_eq!(completed("hi zo|, there"), ["hi Zoë |, there"]);
    assert_eq!(completed("one\nzo|"), ["one\nZoë |"]);
}

#[test]
fn one_can_go_back_through_the_choices() {
    let mut choices = complete("al", 2, &CANDIDATES).unwrap();
    let mut editor = Editor::default();
    editor.set("al");
    for expected in ["Albert: ", "Sally: ", "alice: ", "Albert: "] {
        editor.replace(choices.range(), &choices.text());
        assert_eq!(editor.text(), expected);
        choices.back();
    }
}

#[test]
fn no_more_are_offered_than_can_be_shown() {
    let names: Vec<String> = (0..CHOICES_MAX + 9).map(|number| format!("n{number}")).collect();
    let people: Vec<&str> = names.iter().map(String::as_str).collect();
    let candidates = Candidates {
        people: &people,
        ..Candidates::default()
    };
    let choices = complete("n", 1, &candidates).unwrap();
    assert_eq!(choices.items.len(), CHOICES_MAX);
}

proptest! {
    #[test]
    fn any_text_can_be_completed_anywhere(
        text in prop_oneof![any::<String>(), "[/#@ a-z\u{3000}İß\n]{0,20}"],
        at: prop::sample::Index,
        presses in prop::collection::vec(any::<bool>(), 0..6),
    ) {
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let cursor = *at.get(&places);
        if let Some(mut choices) = complete(&text, cursor, &CANDIDATES) {
            let mut completed = text.clone();
            for is_forth in presses {
                completed.replace_range(choices.range(), &choices.text());
                prop_assert!(completed[choices.range().start..].starts_with(&choices.text()));
                if is_forth { choices.forth() } else { choices.back() }
            }
        }
    }
}
