use chat_proto::visible::is_safe;
use proptest::prelude::*;

use super::*;

/// The rows as they are seen: trailing spaces that are shown stand as they are.
fn shown(text: &str, width: usize) -> Vec<String> {
    wrap(text, width)
        .map(|row| row.cells(text, width).map(|cell| cell.shown).collect())
        .collect()
}

#[test]
fn words_stay_whole_where_they_fit_and_are_broken_where_they_do_not() {
    for (text, width, rows) in [
        ("", 5, &[""][..]),
        ("one two three", 7, &["one two", "three"]),
        ("one two three", 13, &["one two three"]),
        ("one two three", 3, &["one", "two", "thr", "ee"]),
        ("see https://a.b/c now", 8, &["see", "https://", "a.b/c", "now"]),
        ("abcdef", 1, &["a", "b", "c", "d", "e", "f"]),
        // Not to be broken, not a space.
        ("10\u{a0}km on", 5, &["10\u{a0}km", "on"]),
    ] {
        assert_eq!(shown(text, width), rows, "{text:?} in {width}");
    }
}

#[test]
fn a_break_swallows_spaces_and_what_indents_stays() {
    for (text, width, rows) in [
        ("ab    cd", 3, &["ab", "cd"][..]),
        ("ab    cd", 8, &["ab    cd"]),
        ("  abcdef", 4, &["  ab", "cdef"]),
        ("      ab", 3, &["", "ab"]),
        ("ab  ", 4, &["ab  "]),
        ("ab    ", 4, &["ab"]),
    ] {
        assert_eq!(shown(text, width), rows, "{text:?} in {width}");
    }
}

#[test]
fn a_line_break_ends_a_row_once() {
    for (text, width, rows) in [
        ("a\nb", 5, &["a", "b"][..]),
        ("a\r\nb\n", 5, &["a", "b", ""]),
        ("\n\n", 5, &["", "", ""]),
        ("abc\ndef", 3, &["abc", "def"]),
        ("abc   \ndef", 3, &["abc", "def"]),
        ("abc   \n", 3, &["abc", ""]),
    ] {
        assert_eq!(shown(text, width), rows, "{text:?} in {width}");
    }
}

#[test]
fn what_is_seen_as_one_is_measured_as_one_and_never_torn_apart() {
    let family = "👨‍👩‍👧‍👦";
    for (text, cells) in [
        ("a", 1),
        ("漢字", 4),
        ("e\u{301}", 1),
        (family, 2),
        ("👍🏽", 2),
        ("🇨🇭", 2),
        ("\u{200b}", 0),
        ("a\tb", 5),
    ] {
        assert_eq!(width(text), cells, "{text:?}");
    }
    assert_eq!(shown(&format!("a{family}b"), 2), ["a", family, "b"]);
    assert_eq!(shown("e\u{301}e\u{301}", 1), ["e\u{301}", "e\u{301}"]);
    assert_eq!(shown("漢字かな", 5), ["漢字", "かな"]);
    assert_eq!(shown("go 漢字", 6), ["go 漢", "字"]);
}

#[test]
fn what_is_wider_than_the_row_has_a_stand_in() {
    assert_eq!(shown("a漢b", 1), ["a", STAND_IN, "b"]);
    assert_eq!(shown("a漢b", 0), ["a", STAND_IN, "b"]);
}

#[test]
fn what_would_command_the_terminal_has_a_stand_in() {
    let marks = "\u{300}".repeat(CLUSTER_CHARS_MAX);
    for text in [
        "\x1b",
        "\u{9b}",
        "\u{202e}",
        "\r",
        "\u{feff}",
        &format!("a{marks}"),
    ] {
        assert_eq!(shown(text, 9), [STAND_IN], "{text:?}");
    }
    let line: String = cells("a\nb").map(|cell| cell.shown).collect();
    assert_eq!(line, format!("a{STAND_IN}b"));
}

#[test]
fn tabs_go_on_to_the_next_stop_of_their_row() {
    assert_eq!(shown("\ta", 9), ["    a"]);
    assert_eq!(shown("ab\tc", 9), ["ab  c"]);
    assert_eq!(shown("\ta", 2), ["  ", "a"]);
    assert_eq!(shown("ab\tc", 3), ["ab", "c"]);
}

#[test]
fn isolates_go_with_the_letters_beside_them() {
    let name = isolated("דנ");
    let shown: Vec<(&str, usize)> = cells(&name).map(|cell| (cell.shown, cell.width)).collect();
    assert_eq!(shown, [("\u{2068}ד", 1), ("נ\u{2069}", 1)]);
    assert_eq!(width(&isolated("سلام")), width("سلام"));
    assert_eq!(width("\u{2068}"), 0);
    assert_eq!(isolated("Zoë"), "Zoë");
}

/// Texts that rows find hard: spaces, breaks, wide and invisible characters, and what joins them.
fn any_text() -> impl Strategy<Value = String> {
    let hard = prop::sample::select(
        [
            "a",
            "b",
            " ",
            "  ",
            "\t",
            "\n",
            "\r\n",
            "漢",
            "👨‍👩‍👧",
            "👍🏽",
            "🇨🇭",
            "\u{301}",
            "\u{200d}",
            "\u{200b}",
            "\u{1b}",
            "ש",
            "\u{2068}",
            "\u{2069}",
            "\u{fe0f}",
            "क्षि",
            "ᄀ",
            "\u{a0}",
            "\u{202e}",
        ]
        .map(String::from)
        .to_vec(),
    );
    prop_oneof![
        prop::collection::vec(prop_oneof![hard, any::<char>().prop_map(String::from)], 0..60)
            .prop_map(|pieces| pieces.concat()),
        any::<String>(),
    ]
}

proptest! {
    #[test]
    fn rows_are_the_text_and_none_is_too_wide(text in any_text(), width in 1_usize..=400) {
        let mut at = 0;
        let rows: Vec<Row> = wrap(&text, width).collect();
        for (index, row) in rows.iter().enumerate() {
            prop_assert_eq!(row.range.start, at);
            prop_assert!(row.range.end <= row.next);
            let swallowed = &text[row.range.end..row.next];
            prop_assert!(swallowed.chars().all(|c| " \t\r\n".contains(c)), "{:?}", swallowed);
            let cells: Vec<Cell<'_>> = row.cells(&text, width).collect();
            prop_assert!(cells.iter().map(|cell| cell.width).sum::<usize>() <= width);
            prop_assert_eq!(cells.iter().map(|cell| cell.width).sum::<usize>(), row.width);
            prop_assert_eq!(cells.iter().map(|cell| cell.bytes).sum::<usize>(), row.range.len());
            // Each row gets further, but for an empty one at the end.
            prop_assert!(row.next > at || index + 1 == rows.len());
            at = row.next;
        }
        prop_assert_eq!(at, text.len());
        prop_assert_eq!(rows.len(), height(&text, width));
    }

    #[test]
    fn narrow_rows_hold_too(text in any_text(), width in 0_usize..4) {
        for row in wrap(&text, width) {
            prop_assert!(row.width <= width.max(1));
        }
    }

    #[test]
    fn what_is_tame_is_shown_as_it_is_and_stays_so(text in any_text()) {
        let tamed = tame(&text);
        prop_assert!(tamed.chars().all(|c| is_safe(c) || c == '\n' || c == '\t'));
        prop_assert_eq!(tame(&tamed), tamed);
    }

    #[test]
    fn nothing_shown_commands_a_terminal(text in any_text(), width in 1_usize..20) {
        for row in shown(&text, width) {
            prop_assert!(!row.contains(char::is_control), "{row:?}");
            prop_assert!(!row.contains(['\u{202e}', '\u{2066}', '\u{feff}']), "{row:?}");
        }
    }
}
