//! What each key does.

use super::*;

/// Each row: what is there, what is pressed, what is there then.
fn assert_rows(rows: &[(&str, &str, &str)]) {
    for (before, keys, after) in rows {
        let mut editor = editor(before);
        press(&mut editor, keys);
        assert_eq!(drawn(&editor), *after, "{before} {keys}");
    }
}

#[test]
fn the_cursor_moves_by_graphemes_words_and_lines() {
    assert_rows(&[
        ("ab|", "Ctrl-B", "a|b"),
        ("|ab", "Ctrl-F", "a|b"),
        ("|", "Ctrl-B Ctrl-F", "|"),
        ("e\u{301}|", "Left", "|e\u{301}"),
        ("|👨‍👩‍👧!", "Right", "👨‍👩‍👧|!"),
        ("one, two|", "Alt-B", "one, |two"),
        ("one, |two", "Alt-B", "|one, two"),
        ("one|, two", "Alt-F", "one, two|"),
        ("|one, two", "Ctrl-Right", "one|, two"),
        ("one\ntw|o", "Ctrl-A", "one\n|two"),
        ("o|ne\ntwo", "Ctrl-E", "one|\ntwo"),
        ("one\ntw|o", "Ctrl-Home", "|one\ntwo"),
        ("o|ne\ntwo", "Alt->", "one\ntwo|"),
    ]);
}

#[test]
fn text_is_deleted_by_graphemes() {
    assert_rows(&[
        ("ab|c", "Backspace", "a|c"),
        ("ab|c", "Ctrl-H", "a|c"),
        ("a|bc", "Ctrl-D", "a|c"),
        ("a|bc", "Del", "a|c"),
        ("|a", "Backspace", "|a"),
        ("a|", "Del", "a|"),
        ("e\u{301}|", "Backspace", "|"),
        ("|🇨🇭!", "Del", "|!"),
        ("a\n|b", "Backspace", "a|b"),
    ]);
}

#[test]
fn text_is_cut_and_put_in_again() {
    assert_rows(&[
        ("say /etc/hosts|", "Ctrl-W", "say |"),
        ("say /etc/hosts|", "Alt-Backspace", "say /etc/|"),
        ("|one, two", "Alt-D", "|, two"),
        ("one\ntw|o", "Ctrl-U", "one\n|o"),
        ("one\n|two", "Ctrl-U", "one|two"),
        ("o|ne\ntwo", "Ctrl-K", "o|\ntwo"),
        ("one|\ntwo", "Ctrl-K", "one|two"),
        ("one two|", "Ctrl-W Ctrl-Y Ctrl-Y", "one twotwo|"),
        // Cuts in a row are one.
        ("a b c|", "Ctrl-W Ctrl-W Ctrl-Y", "a b c|"),
        ("|a b", "Alt-D Alt-D Ctrl-Y", "a b|"),
        // Others are not, and the earlier one can be had.
        ("a b|", "Ctrl-W Left Right Ctrl-W Ctrl-Y", "a |"),
        ("a b|", "Ctrl-W Left Right Ctrl-W Ctrl-Y Alt-Y", "b|"),
        ("a b|", "Ctrl-W Left Right Ctrl-W Ctrl-Y Alt-Y Alt-Y", "a |"),
        ("a|", "Ctrl-Y", "a|"),
        ("a|", "Alt-Y", "a|"),
    ]);
}

#[test]
fn as_many_cuts_are_kept_as_are_promised() {
    let mut editor = Editor::default();
    for number in 0..=KILLS_MAX {
        type_text(&mut editor, &format!("cut{number}"));
        press(&mut editor, "Ctrl-U Left");
    }
    press(&mut editor, "Ctrl-Y");
    assert_eq!(editor.text(), format!("cut{KILLS_MAX}"));
    for _ in 1..KILLS_MAX {
        press(&mut editor, "Alt-Y");
    }
    assert_eq!(editor.text(), "cut1", "the oldest one went");
    press(&mut editor, "Alt-Y");
    assert_eq!(
        editor.text(),
        format!("cut{KILLS_MAX}"),
        "after the oldest comes the newest"
    );
}

#[test]
fn letters_are_swapped_and_words_change_their_case() {
    assert_rows(&[
        ("ab|c", "Ctrl-T", "acb|"),
        ("abc|", "Ctrl-T", "acb|"),
        ("a|", "Ctrl-T", "a|"),
        ("|ab", "Ctrl-T", "|ab"),
        ("a\n|b", "Ctrl-T", "a\n|b"),
        ("|oNe two", "Alt-U", "ONE| two"),
        ("|oNe two", "Alt-L", "one| two"),
        ("one| tWO", "Alt-C", "one Two|"),
        ("|straße", "Alt-U", "STRASSE|"),
        ("|…", "Alt-C", "…|"),
    ]);
}

#[test]
fn the_last_edits_are_taken_back_word_by_word() {
    let mut editor = Editor::default();
    type_text(&mut editor, "one two");
    press(&mut editor, "Ctrl-A Ctrl-K Ctrl-Y Ctrl-Y");
    assert_eq!(drawn(&editor), "one twoone two|");
    for step in ["one two|", "|", "|one two", "one |", "|"] {
        assert_eq!(press(&mut editor, "Ctrl-_"), Edited::Changed);
        assert_eq!(drawn(&editor), step);
    }
    assert_eq!(press(&mut editor, "Ctrl-_"), Edited::Nothing);
    type_text(&mut editor, "x");
    press(&mut editor, "Ctrl-X Ctrl-U");
    assert_eq!(drawn(&editor), "|", "two keys for it");
}

#[test]
fn as_many_edits_as_are_promised_can_be_taken_back() {
    let mut editor = Editor::default();
    for _ in 0..UNDO_STEPS_MAX + 5 {
        press(&mut editor, "a Left Right");
    }
    for _ in 0..UNDO_STEPS_MAX {
        assert_eq!(press(&mut editor, "Ctrl-_"), Edited::Changed);
    }
    assert_eq!(press(&mut editor, "Ctrl-_"), Edited::Nothing);
    assert_eq!(drawn(&editor), "aaaaa|");
}

#[test]
fn enter_submits_and_alt_enter_makes_a_line() {
    let mut editor = editor("  one|");
    press(&mut editor, "Alt-Enter 2 Ctrl-J Space");
    assert_eq!(
        press(&mut editor, "Enter"),
        Edited::Submit("  one\n2".into()),
        "blanks at the end go, those that indent stay"
    );
    assert_eq!(drawn(&editor), "|");
    press(&mut editor, "Space");
    assert_eq!(press(&mut editor, "Enter"), Edited::Nothing);
    assert_eq!(drawn(&editor), " |");
}

#[test]
fn keys_that_are_not_the_editors_are_told_back() {
    let mut editor = editor("a|");
    for keys in ["Tab", "Esc", "PgUp", "Ctrl-C", "F1", "Alt-1"] {
        assert_eq!(press(&mut editor, keys), Edited::Unused, "{keys}");
    }
    assert_eq!(press(&mut editor, "Ctrl-D"), Edited::Nothing);
    assert_eq!(press(&mut editor, "Backspace"), Edited::Changed);
    assert_eq!(
        press(&mut editor, "Ctrl-D"),
        Edited::Unused,
        "with nothing typed it is the end"
    );
    assert_eq!(drawn(&editor), "|");
}

#[test]
fn a_paste_is_one_edit_and_commands_nothing() {
    let mut editor = editor("<|>");
    assert_eq!(editor.paste("a\r\nb\rc\n\td\x1b[31m\u{202e}"), Edited::Changed);
    assert_eq!(drawn(&editor), "<a\nb\nc\n\td␛[31m<U+202E>|>");
    press(&mut editor, "Ctrl-_");
    assert_eq!(drawn(&editor), "<|>");
    editor.handle(KeyPress::char('\u{7}'));
    assert_eq!(drawn(&editor), "<␇|>");
}

#[test]
fn what_is_longer_than_a_message_is_refused_and_changes_nothing() {
    let full = "a".repeat(TEXT_BYTES_MAX - 1);
    let mut editor = Editor::default();
    assert_eq!(editor.paste(&full), Edited::Changed);
    assert_eq!(editor.paste("漢"), Edited::Refused(TOO_LONG));
    assert_eq!(editor.handle(KeyPress::char('é')), Edited::Refused(TOO_LONG));
    assert_eq!(press(&mut editor, "b"), Edited::Changed);
    assert_eq!(press(&mut editor, "Alt-Enter"), Edited::Refused(TOO_LONG));
    assert_eq!(
        editor.set(&"b".repeat(TEXT_BYTES_MAX + 1)),
        Edited::Refused(TOO_LONG)
    );
    assert_eq!(editor.text(), format!("{full}b"));
}

#[test]
fn the_cursor_stays_between_graphemes_when_they_grow_together() {
    let mut editor = editor("|\u{301}b");
    press(&mut editor, "e");
    assert_eq!(drawn(&editor), "e\u{301}|b");
}

#[test]
fn a_replacement_puts_the_cursor_behind_it_and_several_are_one_edit() {
    let mut editor = editor("hi al| there");
    assert_eq!(editor.replace(3..5, "alice"), Edited::Changed);
    assert_eq!(drawn(&editor), "hi alice| there");
    editor.replace(3..8, "albert");
    assert_eq!(drawn(&editor), "hi albert| there");
    press(&mut editor, "Ctrl-_");
    assert_eq!(drawn(&editor), "hi al| there");
}

#[test]
fn a_text_is_taken_out_and_given_back() {
    let mut editor = editor("/jion| den");
    assert_eq!(editor.take(), "/jion den");
    assert!(editor.is_empty());
    editor.set("/join den");
    assert_eq!(drawn(&editor), "/join den|");
}
