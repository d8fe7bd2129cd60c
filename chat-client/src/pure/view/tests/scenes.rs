//! Each thing that is to be seen, on a small, a usual and a large screen, as it is drawn in a file of its own in
//! [`scenes/`](scenes). With `REDRAW=1` in the environment the files are drawn anew; what changed is to be looked at.

mod losing;
mod people;
mod reading;
mod writing;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use chat_proto::ids::Seq;
use chat_proto::list::Extra;
use chat_proto::message::{Act, Acted, EXTRA_ACT, EXTRA_UNPROVEN, Kind, Listed, Record, Role, Span};
use chat_proto::text::Note;

use super::helper::{AFTERNOON_MS, LOG, Stage, person, room};
use crate::pure::key::{Key, KeyPress, Modifiers};
use crate::pure::link::{Cause, Command, Event, Query, Wanted};
use crate::pure::roles::RolesOf;

const SIZES: [(u16, u16); 3] = [(40, 10), (80, 24), (120, 40)];

/// What is played is seen as it is drawn in the file of this name.
#[track_caller]
fn scene(name: &str, play: impl Fn(&mut Stage)) {
    let mut drawn = String::new();
    for (columns, rows) in SIZES {
        let mut stage = Stage::joined(columns, rows, &["lobby", "den"]);
        play(&mut stage);
        writeln!(drawn, "{columns}×{rows}").unwrap();
        for row in stage.screen().lines() {
            writeln!(drawn, "|{row}").unwrap();
        }
    }
    let file = format!(
        "{}/src/pure/view/tests/scenes/{name}.txt",
        env!("CARGO_MANIFEST_DIR")
    );
    let file = Path::new(&file);
    if std::env::var_os("REDRAW").is_some() {
        fs::write(file, &drawn).unwrap();
    }
    let expected = fs::read_to_string(file).unwrap_or_default();
    assert!(
        drawn == expected,
        "{} is drawn otherwise:\n{drawn}",
        file.display()
    );
}

/// A little talk in the lobby.
fn talk(stage: &mut Stage) {
    for (seq, author, text) in [
        (
            1,
            "alice",
            "good afternoon, the notes are at https://chat.example/notes for whoever wants them",
        ),
        (2, "bob", "thanks"),
        (3, "alice", "does anybody still need the old machine?"),
    ] {
        stage.said("lobby", seq, author, text);
    }
}

/// A notice that something was done to somebody.
fn notice(seq: u64, author: &str, act: Act, name: &str, text: &str) -> Record {
    let acted = Acted {
        act,
        until_unix_ms: 0,
        name: person(name),
    };
    let mut extra = Extra::new();
    assert!(extra.insert(EXTRA_ACT, &acted.to_bytes()));
    Record {
        kind: Kind::MODERATION,
        extra,
        ..Stage::record(seq, author, text)
    }
}

/// The id of what was said last.
fn last_said(stage: &mut Stage) -> chat_proto::ids::MessageId {
    let commands = stage.commands().into_iter().rev();
    let mut ids = commands.filter_map(|command| {
        let Command::Say { id, .. } = command else {
            return None;
        };
        Some(id)
    });
    ids.next().unwrap()
}
