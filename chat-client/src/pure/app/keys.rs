//! What keys do.

use std::collections::HashSet;

use chat_proto::name::RoomName;

use super::{Act, App, Effects, Open, PendingState, Room};
use crate::pure::complete::{Candidates, Choices, complete};
use crate::pure::editor::Edited;
use crate::pure::key::{Key, KeyPress};
use crate::pure::keymap::{self, Action};
use crate::pure::link::Command;
use crate::pure::scrollback::Body;
use crate::pure::view;

/// So many lines back one counts as having spoken lately.
const SPOKE_LATELY_LINES: usize = 200;

/// The keys that leave: any other one stays, while it is waited for what is to be stored.
const LEAVES: [KeyPress; 2] = [KeyPress::ctrl('c'), KeyPress::ctrl('d')];

impl App {
    pub(super) fn key(&mut self, press: KeyPress, out: &mut Effects) {
        self.hint = None;
        self.is_leaving &= LEAVES.contains(&press);
        if self.pasting.is_some() {
            return self.answer_paste(press, out);
        }
        if self.open.is_some() && self.key_of_open(press, out) {
            return;
        }
        let action = keymap::action(press);
        if !matches!(action, Some(Action::Complete | Action::CompleteBack)) {
            self.choices = None;
        }
        match action {
            None | Some(Action::Edit(_)) => self.edit(press, out),
            // While an earlier input is searched, these end the search first.
            Some(Action::Cancel | Action::Interrupt) if self.editor.searching().is_some() => {
                self.edit(press, out)
            }
            Some(action) => self.act(action, press, out),
        }
    }

    fn edit(&mut self, press: KeyPress, out: &mut Effects) {
        match self.editor.handle(press) {
            Edited::Nothing | Edited::Changed => {}
            Edited::Unused if press == KeyPress::ctrl('d') => self.leave(out),
            Edited::Unused => {}
            Edited::Refused(why) => self.trouble(why),
            Edited::Submit(text) => self.submit(&text, out),
        }
    }

    fn act(&mut self, action: Action, press: KeyPress, out: &mut Effects) {
        let page = view::pane(self).height.saturating_sub(1).max(1);
        match action {
            Action::Edit(_) => {}
            Action::Complete => self.complete(true),
            Action::CompleteBack => self.complete(false),
            Action::Cancel => self.cancel(),
            Action::NextRoom => self.go_by(true),
            Action::PreviousRoom => self.go_by(false),
            Action::NextUnread => self.go_to_unread(),
            Action::LastRoom => self.go_back(),
            Action::RoomByNumber => {
                if let Some(number) = keymap::room_number(press) {
                    self.go_to(number - 1);
                }
            }
            Action::FindRoom => self.open = Some(Open::find_room()),
            Action::PageUp => self.scroll(false, page),
            Action::PageDown => self.scroll(true, page),
            Action::RowUp => self.scroll(false, 1),
            Action::RowDown => self.scroll(true, 1),
            Action::ToMark => self.scroll_to_mark(out),
            Action::ToNewest => self.rooms[self.current].show_newest(),
            Action::ChooseBefore => self.choose(false),
            Action::ChooseAfter => self.choose(true),
            Action::SearchRoom => self.open = Some(Open::find_text()),
            Action::TryAgain => self.try_again(out),
            Action::Drop => self.drop_refused(),
            Action::Help => self.open = Some(Open::help()),
            Action::ToggleRooms => self.shows_rooms = !self.shows_rooms,
            Action::TogglePeople => self.show_people(out),
            Action::Redraw => out.acts.push(Act::Redraw),
            Action::Suspend => out.acts.push(Act::Suspend),
            Action::Interrupt if self.is_leaving || self.editor.take().is_empty() => self.leave(out),
            Action::Interrupt => self.tell("Ctrl-_ brings it back, Ctrl-C leaves"),
        }
    }

    fn cancel(&mut self) {
        self.rooms[self.current].show_newest();
    }

    fn show_people(&mut self, out: &mut Effects) {
        // Where there is no place beside the messages, the list lies over them.
        self.wants_people_over = self.size.0 < view::PEOPLE_FROM_CELLS;
        self.shows_people = !self.shows_people && !self.wants_people_over;
        if self.shows_people || self.wants_people_over {
            let room = self.room().name().clone();
            out.commands.push(Command::Members { room });
        }
    }

    /// Puts the first choice, or the next one, in the place of the word before the cursor.
    fn complete(&mut self, forth: bool) {
        match &mut self.choices {
            Some(choices) if forth => choices.forth(),
            Some(choices) => choices.back(),
            None => self.choices = self.find_choices(),
        }
        let Some(choices) = &self.choices else {
            return self.tell("nothing begins so");
        };
        let (range, text) = (choices.range(), choices.text());
        let is_only = choices.items.len() == 1;
        if let Edited::Refused(why) = self.editor.replace(range, &text) {
            self.trouble(why);
        }
        if is_only || self.hint.is_some() {
            self.choices = None;
        }
    }

    fn find_choices(&self) -> Option<Choices> {
        let rooms = self.rooms.iter().map(Room::name).chain(&self.rooms_listed);
        let rooms: Vec<&str> = rooms.map(RoomName::as_str).collect();
        let room = self.room();
        // Those who spoke last come first, those of other rooms last.
        let (mut people, mut known) = (Vec::new(), HashSet::new());
        let recent = room.lines().iter().rev().take(SPOKE_LATELY_LINES);
        let spoke = recent.filter_map(|(_, line)| match &line.body {
            Body::Said(said) => Some(&said.author),
            Body::Emptied { .. } | Body::Acted(_) | Body::Presence(_) | Body::Missed { .. } => None,
            Body::Broke | Body::Note(_) | Body::Trouble(_) => None,
        });
        let elsewhere = self.rooms.iter().flat_map(|room| &room.people);
        for name in spoke.chain(&room.people).chain(room.with()).chain(elsewhere) {
            if *name != self.me && known.insert(name.as_str()) {
                people.push(name.as_str());
            }
        }
        let candidates = Candidates {
            rooms: &rooms,
            people: &people,
        };
        complete(self.editor.text(), self.editor.cursor(), &candidates)
    }

    /// Leaves: at once if nothing is lost by it, else when everything is stored or the key is pressed again.
    pub(super) fn leave(&mut self, out: &mut Effects) {
        if std::mem::replace(&mut self.is_leaving, true) {
            out.acts.push(Act::Quit);
        }
    }

    /// Goes on with leaving: says what it waits for, or ends.
    pub(super) fn go_on_leaving(&mut self, out: &mut Effects) {
        let refused = self.rooms.iter().flat_map(Room::pending);
        let refused = refused.filter(|pending| matches!(pending.state, PendingState::Refused(_)));
        match (refused.count(), self.unsent()) {
            (0, 0) => out.acts.push(Act::Quit),
            (0, unsent) if self.is_connected() => {
                let messages = messages(unsent, "is", "are");
                self.tell(format!(
                    "{messages} being sent; Ctrl-C leaves now, any other key stays"
                ));
            }
            (0, unsent) => {
                let messages = messages(unsent, "is", "are");
                self.trouble(format!(
                    "{messages} not sent yet; Ctrl-C leaves, they are sent next time"
                ));
            }
            (refused, _) => {
                let lost = messages(refused, "was refused and is", "were refused and are");
                self.trouble(format!("{lost} lost then; Ctrl-C leaves, any other key stays"));
            }
        }
    }

    /// Closes what is open over the room or scrolls it. Whether the key was for it.
    fn key_of_open(&mut self, press: KeyPress, out: &mut Effects) -> bool {
        let Some(mut open) = self.open.take() else {
            return false;
        };
        let closes = [
            KeyPress::plain(Key::Esc),
            KeyPress::ctrl('c'),
            KeyPress::ctrl('g'),
            KeyPress::plain(Key::F(1)),
        ];
        if closes.contains(&press) {
            return true;
        }
        let is_used = self.open_key(&mut open, press, out);
        if self.open.is_none() && !open.is_done() {
            self.open = Some(open);
        }
        is_used
    }
}

/// `1 message is`, `12 messages are`.
fn messages(count: usize, is: &str, are: &str) -> String {
    match count {
        1 => format!("1 message {is}"),
        _ => format!("{count} messages {are}"),
    }
}
