//! Screens of the editor are drawn with `|` for the cursor.

mod any;
mod history;
mod keys;

use super::*;

/// An editor with this text and cursor.
fn editor(drawn: &str) -> Editor {
    let cursor = drawn.find('|').expect("there is a cursor");
    Editor {
        text: drawn.replacen('|', "", 1),
        cursor,
        ..Editor::default()
    }
}

/// Its text and cursor.
fn drawn(editor: &Editor) -> String {
    let (before, after) = editor.text().split_at(editor.cursor());
    format!("{before}|{after}")
}

/// Presses keys as a help text names them, and single characters as they are.
fn press(editor: &mut Editor, keys: &str) -> Edited {
    let mut edited = Edited::Nothing;
    for name in keys.split(' ') {
        edited = editor.handle(key(name));
    }
    edited
}

fn key(name: &str) -> KeyPress {
    let all = keymap::KEYS.iter().flat_map(|binding| binding.keys);
    let mut named = all.filter(|press| press.to_string() == name);
    match (named.next(), name) {
        (Some(press), _) => *press,
        (None, "Ctrl-X") => KeyPress::ctrl('x'),
        (None, "Ctrl-G") => KeyPress::ctrl('g'),
        (None, "Space") => KeyPress::char(' '),
        (None, _) => {
            let mut chars = name.chars();
            let c = chars.next().expect("a key has a name");
            assert_eq!(chars.next(), None, "no key is called {name}");
            KeyPress::char(c)
        }
    }
}

fn type_text(editor: &mut Editor, text: &str) {
    for c in text.chars() {
        editor.handle(KeyPress::char(c));
    }
}
