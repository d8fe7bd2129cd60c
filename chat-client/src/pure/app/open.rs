//! What lies over the room for a while: the help, what was found, and the fields that find.

use chat_proto::ids::Seq;
use chat_proto::name::RoomName;

use super::{App, Effects};
use crate::pure::command::{self, CHAPTERS};
use crate::pure::editor::{Edited, Editor};
use crate::pure::key::{Key, KeyPress};
use crate::pure::keymap::{self, Action};
use crate::pure::scrollback::{Body, LineNo};
use crate::pure::view;

/// What lies over the room for a while: the help, what was found, and the fields that find.
#[derive(Debug)]
pub enum Open {
    /// A text to be read, row by row from `top`.
    Text {
        /// What it is.
        title: String,
        /// Its lines, safe to show.
        lines: Vec<String>,
        /// The first line that is seen.
        top: usize,
    },
    /// What was found, to go to one of it.
    Found {
        /// What it is.
        title: String,
        /// What was found.
        hits: Vec<Hit>,
        /// Which of it is chosen.
        selected: usize,
        /// One goes there.
        is_done: bool,
    },
    /// A room is looked for by a part of its name.
    FindRoom {
        /// What was typed.
        part: Box<Editor>,
        /// Which of the rooms that have it is chosen.
        selected: usize,
        /// It is found.
        is_done: bool,
    },
    /// A text is looked for in the room.
    FindText {
        /// What was typed.
        part: Box<Editor>,
        /// The line where it was found last.
        found: Option<LineNo>,
        /// It is found.
        is_done: bool,
    },
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The room, or where the message is.
    pub room: RoomName,
    /// The number of the message, if it is one.
    pub seq: Option<Seq>,
    /// As it is shown. Safe to show.
    pub shown: String,
}

impl Open {
    /// The whole help: the commands, and each chapter.
    pub(super) fn help() -> Self {
        let mut text = format!("Commands:\n{}", command::help_text(false));
        for chapter in CHAPTERS {
            text.push('\n');
            text.push_str(&(chapter.text)());
        }
        Self::text("help", text.lines().map(String::from).collect())
    }

    pub(super) fn text(title: &str, lines: Vec<String>) -> Self {
        Self::Text {
            title: title.into(),
            lines,
            top: 0,
        }
    }

    pub(super) const fn found(title: String, hits: Vec<Hit>) -> Self {
        Self::Found {
            title,
            hits,
            selected: 0,
            is_done: false,
        }
    }

    pub(super) fn find_room() -> Self {
        Self::FindRoom {
            part: Box::default(),
            selected: 0,
            is_done: false,
        }
    }

    pub(super) fn find_text() -> Self {
        Self::FindText {
            part: Box::default(),
            found: None,
            is_done: false,
        }
    }

    pub(super) const fn is_done(&self) -> bool {
        match self {
            Self::Text { .. } => false,
            Self::Found { is_done, .. } | Self::FindRoom { is_done, .. } | Self::FindText { is_done, .. } => {
                *is_done
            }
        }
    }
}

impl App {
    /// The rooms whose name has this part, those that begin with it first.
    #[must_use]
    pub fn rooms_with(&self, part: &str) -> Vec<usize> {
        let part = part.trim().to_lowercase();
        let mut found: Vec<(usize, usize)> = Vec::new();
        for (index, room) in self.rooms.iter().enumerate() {
            let at = room.title().to_lowercase().find(&part);
            found.extend(at.map(|at| (at, index)));
        }
        found.sort_unstable();
        found.into_iter().map(|(_, index)| index).collect()
    }

    /// A key while something is open. Whether it was for it.
    pub(super) fn open_key(&mut self, open: &mut Open, press: KeyPress, out: &mut Effects) -> bool {
        match open {
            Open::Text { lines, top, .. } => {
                let pane = view::pane(self);
                let page = pane.height.saturating_sub(1).max(1);
                let last = view::last_top(&pane, lines);
                *top = match (keymap::action(press), press.key) {
                    (Some(Action::PageUp), _) => top.saturating_sub(page),
                    (Some(Action::PageDown), _) => (*top + page).min(last),
                    (Some(Action::RowUp), _) | (_, Key::Up) => top.saturating_sub(1),
                    (Some(Action::RowDown), _) | (_, Key::Down) => (*top + 1).min(last),
                    _ => return false,
                };
                true
            }
            Open::Found {
                hits,
                selected,
                is_done,
                ..
            } => {
                *is_done = press.key == Key::Enter && self.editor.text().is_empty();
                if *is_done {
                    self.go_to_hit(hits.get(*selected), out);
                    return true;
                }
                self.choose_hit(hits.len(), selected, press)
            }
            Open::FindRoom {
                part,
                selected,
                is_done,
            } => {
                self.find_room_key(part, selected, is_done, press);
                true
            }
            Open::FindText { part, found, is_done } => {
                self.find_text_key(part, found, is_done, press);
                true
            }
        }
    }

    fn go_to_hit(&mut self, hit: Option<&Hit>, out: &mut Effects) {
        let Some(hit) = hit else { return };
        match (hit.seq, self.find_room(&hit.room)) {
            (Some(seq), Some(index)) => {
                self.go_to(index);
                self.go_to_message(seq, out);
            }
            (Some(_), None) => self.tell("you are not in that room any more"),
            (None, _) => {
                let index = self.ensure_room(&hit.room, None, out);
                self.go_to(index);
            }
        }
    }

    /// Chooses among what was found. Whether the key was for that: what is typed goes on being typed.
    fn choose_hit(&self, hits: usize, selected: &mut usize, press: KeyPress) -> bool {
        let page = view::pane(self).height.saturating_sub(1).max(1);
        let last = hits.saturating_sub(1);
        *selected = match (keymap::action(press), press.key) {
            (Some(Action::PageUp), _) => selected.saturating_sub(page),
            (Some(Action::PageDown), _) => (*selected + page).min(last),
            (_, Key::Up) => selected.saturating_sub(1),
            (_, Key::Down) => (*selected + 1).min(last),
            _ => return false,
        };
        true
    }

    fn find_room_key(
        &mut self,
        part: &mut Editor,
        selected: &mut usize,
        is_done: &mut bool,
        press: KeyPress,
    ) {
        let found = self.rooms_with(part.text());
        let others = found.len().max(1);
        match press.key {
            Key::Enter => {
                *is_done = true;
                match found.get(*selected) {
                    Some(index) => self.go_to(*index),
                    None => self.tell("no room has this in its name"),
                }
            }
            Key::Down | Key::Tab => *selected = (*selected + 1) % others,
            Key::Up | Key::BackTab => *selected = (*selected + others - 1) % others,
            _ if part.handle(press) == Edited::Changed => *selected = 0,
            Key::Char(_) | Key::Backspace | Key::Delete | Key::Left | Key::Right | Key::Home => {}
            Key::End | Key::PageUp | Key::PageDown | Key::Esc | Key::F(_) => {}
        }
    }

    fn find_text_key(
        &mut self,
        part: &mut Editor,
        found: &mut Option<LineNo>,
        is_done: &mut bool,
        press: KeyPress,
    ) {
        match press.key {
            Key::Enter => *is_done = true,
            Key::Up | Key::Tab => self.find_text(part.text(), found, true),
            Key::Down | Key::BackTab => self.find_text(part.text(), found, false),
            _ if part.handle(press) == Edited::Changed => {
                *found = None;
                self.find_text(part.text(), found, true);
            }
            Key::Char(_) | Key::Backspace | Key::Delete | Key::Left | Key::Right | Key::Home => {}
            Key::End | Key::PageUp | Key::PageDown | Key::Esc | Key::F(_) => {}
        }
    }

    /// Looks for a text further back or further on, from where it was found last.
    fn find_text(&mut self, part: &str, found: &mut Option<LineNo>, back: bool) {
        let part = part.to_lowercase();
        if part.is_empty() {
            return;
        }
        let has_part = |body: &Body| match body {
            Body::Said(said) => said.text.to_lowercase().contains(&part),
            Body::Note(text) | Body::Trouble(text) => text.to_lowercase().contains(&part),
            Body::Emptied { .. } | Body::Acted(_) | Body::Presence(_) | Body::Missed { .. } | Body::Broke => {
                false
            }
        };
        let lines = self.room().lines();
        let hit = if back {
            let mut before = lines
                .iter()
                .rev()
                .filter(|(no, _)| found.is_none_or(|found| *no < found));
            before.find(|(_, line)| has_part(&line.body))
        } else {
            let mut after = lines
                .iter()
                .filter(|(no, _)| found.is_some_and(|found| *no > found));
            after.find(|(_, line)| has_part(&line.body))
        };
        match hit.map(|(no, _)| no) {
            Some(no) => {
                *found = Some(no);
                let scroll = view::pane(self).with_bottom(self.room(), no);
                self.choose_line(no, scroll);
            }
            None => self.tell("not found; /search asks the server"),
        }
    }
}
