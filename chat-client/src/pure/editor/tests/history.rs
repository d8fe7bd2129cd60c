//! The way back to what was typed before, and lines of one text.

use super::*;

fn with_history(inputs: &[&str]) -> Editor {
    Editor::new(History::new(inputs.iter().map(|input| String::from(*input))))
}

#[test]
fn up_and_down_go_through_lines_and_then_through_what_was_typed_before() {
    let mut editor = with_history(&["first", "second\nline"]);
    type_text(&mut editor, "draft");
    for (key, expected) in [
        ("Up", "second\nline|"),
        ("Up", "seco|nd\nline"),
        ("Up", "first|"),
        ("Up", "first|"),
        ("Down", "second\nline|"),
        ("Up", "seco|nd\nline"),
        ("Down", "second\nline|"),
        ("Down", "draft|"),
        ("Down", "draft|"),
    ] {
        press(&mut editor, key);
        assert_eq!(drawn(&editor), expected, "{key}");
    }
}

#[test]
fn a_column_is_kept_on_the_way_through_shorter_lines() {
    let mut editor = editor("a long line\n漢字\nanother lin|e");
    for (key, expected) in [
        ("Up", "a long line\n漢字|\nanother line"),
        ("Up", "a long line|\n漢字\nanother line"),
        ("Down", "a long line\n漢字|\nanother line"),
        ("Down", "a long line\n漢字\nanother lin|e"),
        ("Ctrl-A", "a long line\n漢字\n|another line"),
        ("Right", "a long line\n漢字\na|nother line"),
        ("Up", "a long line\n|漢字\nanother line"),
    ] {
        press(&mut editor, key);
        assert_eq!(drawn(&editor), expected, "{key}");
    }
}

#[test]
fn what_was_submitted_comes_back_and_an_edit_of_it_can_be_undone() {
    let mut editor = Editor::default();
    for input in ["one", "two"] {
        type_text(&mut editor, input);
        press(&mut editor, "Enter");
    }
    press(&mut editor, "Up ! Up");
    assert_eq!(drawn(&editor), "one|");
    press(&mut editor, "Ctrl-_");
    assert_eq!(drawn(&editor), "two!|");
    assert!(editor.history().entries().eq(["one", "two"]));
}

#[test]
fn an_earlier_input_is_found_while_a_part_of_it_is_typed() {
    let mut editor = with_history(&["make one", "eat", "make two"]);
    type_text(&mut editor, "dra");
    press(&mut editor, "Ctrl-R");
    for (key, text, part, is_missing) in [
        ("a", "make two", "a", false),
        ("k", "make two", "ak", false),
        ("Ctrl-R", "make one", "ak", false),
        ("Ctrl-R", "make one", "ak", true),
        ("x", "make one", "akx", true),
        ("Backspace", "make two", "ak", false),
        ("Backspace", "make two", "a", false),
        ("Ctrl-R", "eat", "a", false),
        ("Backspace", "dra", "", false),
        ("o", "make two", "o", false),
    ] {
        assert_eq!(press(&mut editor, key), Edited::Changed);
        assert_eq!(editor.text(), text, "{key}");
        assert_eq!(editor.searching(), Some(Searching { part, is_missing }), "{key}");
    }
    assert_eq!(
        press(&mut editor, "Enter"),
        Edited::Changed,
        "nothing is said yet"
    );
    assert_eq!((editor.text(), editor.searching()), ("make two", None));
    press(&mut editor, "Ctrl-_");
    assert_eq!(editor.text(), "dra", "and the draft is not lost");
}

#[test]
fn a_search_is_given_up_or_ended_by_what_means_nothing_in_it() {
    let mut editor = with_history(&["make one"]);
    type_text(&mut editor, "dra");
    for given_up in ["Esc", "Ctrl-G", "Ctrl-C"] {
        assert_eq!(
            press(&mut editor, &format!("Ctrl-R m {given_up}")),
            Edited::Changed
        );
        assert_eq!((drawn(&editor).as_str(), editor.searching()), ("dra|", None));
    }
    press(&mut editor, "Ctrl-R m Ctrl-A");
    assert_eq!((drawn(&editor).as_str(), editor.searching()), ("|make one", None));
    press(&mut editor, "Ctrl-K Ctrl-R m");
    editor.paste("!");
    assert_eq!(
        (drawn(&editor).as_str(), editor.searching()),
        ("make one!|", None)
    );
}
