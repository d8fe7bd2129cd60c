//! What holds whatever is pressed, and how it is drawn.

use proptest::prelude::*;

use super::*;
use crate::pure::wrap::cells;

/// The rows with `|` for the cursor.
fn layout_drawn(drawn: &str, width: usize) -> Vec<String> {
    let editor = editor(drawn);
    let Layout {
        rows,
        cursor,
        width_max,
    } = editor.layout(width);
    let mut shown: Vec<String> = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        let mut line: String = row
            .cells(editor.text(), width_max)
            .map(|cell| cell.shown)
            .collect();
        if number == cursor.row {
            let at = cells(&line)
                .scan(0, |column, cell| {
                    *column += cell.width;
                    Some((*column, cell.at + cell.bytes))
                })
                .take_while(|(column, _)| *column <= cursor.column)
                .map(|(_, at)| at)
                .last();
            line.insert(at.unwrap_or(0), '|');
        }
        shown.push(line);
    }
    shown
}

#[test]
fn the_text_is_drawn_in_rows_with_the_cursor_among_them() {
    for (text, width, rows) in [
        ("|", 5, &["|"][..]),
        ("ab|", 5, &["ab|"]),
        ("one two|", 8, &["one two|"]),
        ("one two|", 7, &["one", "two|"]),
        ("one |two", 5, &["one", "|two"]),
        ("abcd|ef", 5, &["abcd", "|ef"]),
        ("abcd|", 5, &["abcd|"]),
        ("a\n|", 5, &["a", "|"]),
        ("a|\nb", 5, &["a|", "b"]),
        ("漢|字", 5, &["漢|字"]),
        // The blank that a break swallows has no cell of its own but the free one.
        ("abcd| ef", 5, &["abcd|", "ef"]),
    ] {
        assert_eq!(layout_drawn(text, width), rows, "{text:?} in {width}");
    }
}

#[derive(Clone, Debug)]
enum Input {
    Press(KeyPress),
    Paste(String),
    Set(String),
    Take,
}

fn any_piece() -> impl Strategy<Value = String> {
    let hard = [
        "a",
        " ",
        "\n",
        "\r\n",
        "漢",
        "👨‍👩‍👧",
        "🇨",
        "\u{301}",
        "\u{200d}",
        "\u{1b}",
        "ש",
        "ᄀ",
        "क्षि",
    ];
    prop_oneof![
        4 => prop::sample::select(hard.map(String::from).to_vec()),
        4 => any::<String>(),
        1 => (0_usize..3 * TEXT_BYTES_MAX / 2).prop_map(|length| "b".repeat(length)),
    ]
}

fn any_input() -> impl Strategy<Value = Input> {
    let bound: Vec<KeyPress> = keymap::KEYS
        .iter()
        .flat_map(|binding| binding.keys)
        .copied()
        .chain([KeyPress::ctrl('x'), KeyPress::ctrl('g')])
        .collect();
    let chars = prop::sample::select(vec![
        'a', ' ', 'é', '漢', '\u{301}', '\u{200d}', '🇨', '🇭', '\u{1b}', '\n',
    ]);
    prop_oneof![
        8 => prop::sample::select(bound).prop_map(Input::Press),
        6 => chars.prop_map(|c| Input::Press(KeyPress::char(c))),
        1 => any::<char>().prop_map(|c| Input::Press(KeyPress::char(c))),
        2 => any_piece().prop_map(Input::Paste),
        1 => any_piece().prop_map(Input::Set),
        1 => Just(Input::Take),
    ]
}

proptest! {
    #[test]
    fn whatever_is_pressed_the_text_is_bounded_and_the_cursor_between_graphemes(
        inputs in prop::collection::vec(any_input(), 0..60),
        width in 0_usize..40,
    ) {
        let mut editor = Editor::default();
        for input in inputs {
            let before = drawn(&editor);
            let edited = match &input {
                Input::Press(press) => editor.handle(*press),
                Input::Paste(text) => editor.paste(text),
                Input::Set(text) => editor.set(text),
                Input::Take => {
                    editor.take();
                    Edited::Changed
                }
            };
            if matches!(edited, Edited::Refused(_)) {
                prop_assert_eq!(&drawn(&editor), &before, "{:?}", input);
            }
            prop_assert!(editor.text().len() <= TEXT_BYTES_MAX);
            prop_assert_eq!(motion::boundary_from(editor.text(), editor.cursor()), editor.cursor());
            prop_assert_eq!(tame(editor.text()), editor.text(), "{:?}", input);
            prop_assert!(editor.history().entries().all(|entry| entry.len() <= TEXT_BYTES_MAX));
        }
        let layout = editor.layout(width);
        prop_assert!(layout.cursor.row < layout.rows.len());
        prop_assert!(layout.cursor.column < width.max(1));
    }

    #[test]
    fn all_that_was_typed_can_be_taken_back(inputs in prop::collection::vec(any_input(), 0..UNDO_STEPS_MAX / 2)) {
        let mut editor = Editor::default();
        for input in inputs {
            match input {
                Input::Press(press) => {
                    editor.handle(press);
                }
                Input::Paste(text) | Input::Set(text) => {
                    editor.paste(&text);
                }
                Input::Take => {}
            }
        }
        editor.end_search();
        while editor.edit(Edit::Undo) == Edited::Changed {}
        prop_assert_eq!(editor.text(), "");
    }
}
