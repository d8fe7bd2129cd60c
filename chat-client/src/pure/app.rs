//! The full-screen client: everything that is seen, decided.
//!
//! ```text
//!   keys, pastes, sizes ──┐                        ┌──▶ commands for the Link
//!   what the Link tells ──┼──▶ App::handle ──▶ Effects
//!   ticks ────────────────┘        │               └──▶ acts for the terminal and the state file
//!                                  ▼
//!                         view::draw(&App, …)
//! ```
//! It sits on top of a [`Link`](super::link::Link), which keeps the outbox and the positions; whoever carries hands the
//! events of one to the other. It knows no terminal, no clock and no randomness of its own. Between two events it wants
//! nothing, but for a countdown that is seen: then [`App::next_deadline`] says when it changes.

mod answers;
mod carry;
mod hear;
mod keys;
mod line;
mod open;
mod paste;
mod pending;
mod rename;
mod room;
mod rooms;
mod seek;
mod status;
mod window;

use chat_proto::ids::{MessageId, PublicKey, Seq};
use chat_proto::message::Role;
use chat_proto::name::{RoomName, UserName};
use chat_proto::text::Text;

use super::clock::Clock;
use super::colour::Colours;
use super::complete::Choices;
use super::editor::Editor;
use super::key::KeyPress;
use super::link::{self, Content};
use super::scrollback::Body;
use super::state::State;

pub use open::{Hit, Open};
pub use paste::{PASTE_MESSAGES_MAX, Pasting};
pub use pending::{Pending, PendingState};
pub use room::{Room, RoomStanding};
pub use status::Standing;

pub(crate) use hear::people_shown;

/// So many random ids are wanted before each event: as many as one event may use.
pub const IDS_WANTED: usize = PASTE_MESSAGES_MAX + 1;

/// So many people can be ignored.
pub const IGNORED_MAX: usize = 256;

/// So many conversations are opened at once.
pub const OPENING_MAX: usize = 16;

/// Who, where, and how it is shown.
#[derive(Clone, Debug)]
pub struct AppOptions {
    /// The name to be known under.
    pub name: UserName,
    /// The server, as it is shown.
    pub server: String,
    /// The rooms to be in from the start; the first one is shown.
    pub rooms: Vec<RoomName>,
    /// So many of a room's last messages are fetched when it is joined.
    pub tail: u32,
    /// What colours the terminal shows.
    pub colours: Colours,
    /// The place's time.
    pub clock: Clock,
    /// Words that count as if somebody spoke to us, besides our name.
    pub highlights: Vec<String>,
    /// The form in which people compare a key.
    pub fingerprint: fn(&PublicKey) -> String,
    /// A paste of more lines is asked about.
    pub paste_lines: usize,
    /// What was kept of the last time.
    pub state: State,
}

/// What an [`App`] is told.
#[derive(Clone, Debug)]
pub enum Event {
    /// A key was pressed.
    Key(KeyPress),
    /// Something was pasted.
    Paste(String),
    /// The terminal has this size, in cells.
    Resize {
        /// Its width.
        columns: u16,
        /// Its height.
        rows: u16,
    },
    /// Somebody looks at the terminal, or looks away.
    Focus(bool),
    /// The link tells something.
    Link(link::Event),
    /// The link that [`Act::Ask`] wants tells something.
    Second(link::Event),
    /// What was kept under this name the last time, after [`Act::Rename`].
    Kept(State),
    /// Something outside went wrong. Safe to show.
    Trouble(String),
    /// A deadline may have passed.
    Tick,
}

/// What comes out of an [`App`]. The caller's, to be reused: `handle` adds, the caller takes out.
#[derive(Debug, Default)]
pub struct Effects {
    /// Random ids, filled up to [`IDS_WANTED`] by the caller before each event.
    pub ids: Vec<MessageId>,
    /// For the link, in order.
    pub commands: Vec<link::Command>,
    /// For the terminal and the files, in order.
    pub acts: Vec<Act>,
}

/// What is to be done besides drawing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Ring the bell, and show a notice where that is wanted.
    Notice {
        /// Who spoke, where. Safe to show.
        title: String,
        /// What was said. Safe to show.
        text: String,
    },
    /// Draw everything anew.
    Redraw,
    /// Go to the background.
    Suspend,
    /// Keep [`App::state`] under our name, before any command is given to the link.
    Save,
    /// Ask for another name: make a second link under it, in no room, in the place of any second link. It tells
    /// [`Event::Second`].
    Ask(UserName),
    /// Be known under that name: the second link is the link from now on, and the first one ends. What is kept is kept under
    /// this name from now on, and what was kept under it before is told as [`Event::Kept`].
    Rename(UserName),
    /// Ask no more: the second link ends.
    Stay,
    /// Try to connect now.
    Reconnect,
    /// End.
    Quit,
}

/// The full-screen client: see the [module](self).
#[derive(Debug)]
pub struct App {
    options: AppOptions,
    /// The name under which the server knows us.
    me: UserName,
    /// The name that the server is asked for.
    asked_name: Option<UserName>,
    now_ms: u64,
    size: (u16, u16),
    has_focus: bool,
    standing: Standing,
    /// Why there is no connection, as it was told last.
    why_lost: String,
    /// Not empty.
    rooms: Vec<Room>,
    current: usize,
    /// Where one was before.
    previous: Option<RoomName>,
    editor: Editor,
    choices: Option<Choices>,
    pasting: Option<Pasting>,
    open: Option<Open>,
    hint: Option<Hint>,
    ignored: Vec<UserName>,
    /// Conversations that are being opened, and what is to be said first.
    opening: Vec<(UserName, Option<(MessageId, Text)>)>,
    /// The list of rooms was asked for: those with this part.
    wanted_rooms: Option<String>,
    /// The rooms that were listed last, to complete their names.
    rooms_listed: Vec<RoomName>,
    /// Whether the list of rooms and the list of people are wanted.
    shows_rooms: bool,
    shows_people: bool,
    /// Who is here was asked for where the list has no place.
    wants_people_over: bool,
    /// One wants to leave, as soon as nothing is lost by it.
    is_leaving: bool,
}

/// A word to whoever types, until the next key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// What.
    pub text: String,
    /// Something is wrong.
    pub is_trouble: bool,
}

impl App {
    /// A client that has heard nothing yet, at `now_ms` as [`handle`](Self::handle) has it. Its link is to be in all of
    /// [`rooms`](Self::rooms) from the start; what is to be said again goes to it through `out`.
    ///
    /// # Panics
    /// If there is no room.
    #[must_use]
    pub fn new(now_ms: u64, options: AppOptions, out: &mut Effects) -> Self {
        assert!(!options.rooms.is_empty(), "what is said is said in some room");
        let mut app = Self {
            me: options.name.clone(),
            asked_name: None,
            now_ms,
            size: (80, 24),
            has_focus: true,
            standing: Standing::Connecting,
            why_lost: String::new(),
            rooms: Vec::new(),
            current: 0,
            previous: None,
            editor: Editor::default(),
            choices: None,
            pasting: None,
            open: None,
            hint: None,
            ignored: Vec::new(),
            opening: Vec::new(),
            wanted_rooms: None,
            rooms_listed: Vec::new(),
            shows_rooms: true,
            shows_people: false,
            wants_people_over: false,
            is_leaving: false,
            options,
        };
        for room in app.options.rooms.clone() {
            app.add_room(room, None);
        }
        app.say_again(out);
        app
    }

    /// Takes what happened at `now_ms`, in milliseconds since 1970-01-01 UTC and never going back, and adds to `out` what
    /// is to be done.
    pub fn handle(&mut self, now_ms: u64, event: Event, out: &mut Effects) {
        self.now_ms = self.now_ms.max(now_ms);
        match event {
            Event::Key(press) => self.key(press, out),
            Event::Paste(text) => self.paste(&text),
            Event::Resize { columns, rows } => self.size = (columns, rows),
            Event::Focus(has_focus) => self.focus(has_focus),
            Event::Link(event) => self.hear(event, out),
            Event::Second(event) => self.hear_second(event, out),
            Event::Kept(state) => self.take_over(state, out),
            Event::Trouble(trouble) => self.trouble(trouble),
            Event::Tick => {}
        }
        if self.is_leaving {
            self.go_on_leaving(out);
        }
        self.attend(out);
        self.fetch_if_near_end(out);
    }

    /// When something that is seen changes by itself, and [`Event::Tick`] is due. `None`: not before something happens.
    #[must_use]
    pub fn next_deadline(&self) -> Option<u64> {
        self.standing.next_change(self.now_ms)
    }

    /// The rooms, in the order of the list.
    #[must_use]
    pub fn rooms(&self) -> &[Room] {
        &self.rooms
    }

    /// Which of the rooms is shown.
    #[must_use]
    pub const fn current(&self) -> usize {
        self.current
    }

    /// The room that is shown.
    #[must_use]
    pub fn room(&self) -> &Room {
        &self.rooms[self.current]
    }

    /// Where one writes.
    #[must_use]
    pub const fn editor(&self) -> &Editor {
        &self.editor
    }

    /// What the word before the cursor may become, while one chooses.
    #[must_use]
    pub const fn choices(&self) -> Option<&Choices> {
        self.choices.as_ref()
    }

    /// What was pasted, while it is asked what to do with it.
    #[must_use]
    pub const fn pasting(&self) -> Option<&Pasting> {
        self.pasting.as_ref()
    }

    /// What lies over the room.
    #[must_use]
    pub const fn open(&self) -> Option<&Open> {
        self.open.as_ref()
    }

    /// A word to whoever types.
    #[must_use]
    pub const fn hint(&self) -> Option<&Hint> {
        self.hint.as_ref()
    }

    /// How we stand with the server, and since when that is said.
    #[must_use]
    pub fn standing_shown(&self) -> String {
        self.standing.shown(self.now_ms)
    }

    /// Whether there is a connection.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.standing == Standing::Connected
    }

    /// What somebody is in the room that is shown, as far as that is known.
    #[must_use]
    pub fn role_of(&self, name: &UserName) -> Role {
        self.room().roles.of(name, self.now_ms)
    }

    /// The name under which we are known.
    #[must_use]
    pub const fn me(&self) -> &UserName {
        &self.me
    }

    /// The size of the terminal, in cells: width and height.
    #[must_use]
    pub const fn size(&self) -> (u16, u16) {
        self.size
    }

    /// How it is shown.
    #[must_use]
    pub const fn options(&self) -> &AppOptions {
        &self.options
    }

    /// Whether the list of rooms is wanted, and the list of people.
    #[must_use]
    pub const fn shows(&self) -> (bool, bool) {
        (self.shows_rooms, self.shows_people)
    }

    /// What is to survive: what is not stored yet, and how far each room was read.
    #[must_use]
    pub fn state(&self) -> State {
        let mut state = State::default();
        for room in &self.rooms {
            if let (Some(log), Some(read)) = (room.log(), room.read.filter(|read| *read > Seq::ZERO)) {
                state.marks.push((room.name().clone(), log, read));
            }
            state.unsent.extend(room.on_its_way().map(|pending| link::Unsent {
                room: room.name().clone(),
                id: pending.id,
                content: pending.content.clone(),
            }));
        }
        // What was read in rooms in which we were another time stays known.
        for mark in &self.options.state.marks {
            let is_new = state.marks.iter().all(|(room, ..)| *room != mark.0);
            if is_new && state.marks.len() < link::ROOMS_MAX {
                state.marks.push(mark.clone());
            }
        }
        let first = self.opening.iter().filter_map(|(person, first)| {
            let (id, text) = first.clone()?;
            Some((person.clone(), id, text))
        });
        state.opening.extend(first);
        state
    }

    /// How many messages are not known to be stored.
    #[must_use]
    pub fn unsent(&self) -> usize {
        let first = self.opening.iter().filter_map(|(_, first)| first.as_ref());
        self.rooms.iter().flat_map(Room::on_its_way).count() + first.count()
    }

    /// What was kept under another name, which is ours now: marks, and what is said again.
    fn take_over(&mut self, mut kept: State, out: &mut Effects) {
        let is_here = |unsent: &link::Unsent| {
            let pending = self.rooms.iter().flat_map(Room::pending);
            pending.into_iter().any(|pending| pending.id == unsent.id)
        };
        kept.unsent.retain(|unsent| !is_here(unsent));
        let is_first = |id| {
            let mut first = self.opening.iter().filter_map(|(_, first)| first.as_ref());
            first.any(|(known, _)| *known == id)
        };
        kept.opening.retain(|(_, id, _)| !is_first(*id));
        for unsent in &kept.unsent {
            self.ensure_room(&unsent.room, None, out);
        }
        self.options.state.take_over(kept);
        self.say_again(out);
    }

    /// What was not stored the last time is said again, under its ids.
    fn say_again(&mut self, out: &mut Effects) {
        for unsent in std::mem::take(&mut self.options.state.unsent) {
            let index = self.add_room(unsent.room, None);
            self.begin(index, unsent.id, unsent.content, out);
        }
        for (person, id, text) in std::mem::take(&mut self.options.state.opening) {
            self.begin_to_open(person, Some((id, text)), out);
        }
    }

    /// Has something come into a room's log. Whether there was an id for it.
    fn submit_content(&mut self, index: usize, content: Content, out: &mut Effects) -> bool {
        let Some(id) = out.ids.pop() else {
            self.trouble("not done: try again");
            return false;
        };
        out.acts.push(Act::Save);
        self.begin(index, id, content, out);
        true
    }

    fn begin(&mut self, index: usize, id: MessageId, content: Content, out: &mut Effects) {
        let pending = Pending {
            id,
            content,
            at_unix_ms: self.now_ms,
            state: PendingState::OnItsWay,
        };
        self.give_to_link(index, &pending, out);
        self.rooms[index].add_pending(pending);
    }

    fn give_to_link(&self, index: usize, pending: &Pending, out: &mut Effects) {
        let room = self.rooms[index].name().clone();
        let id = pending.id;
        out.commands.push(match pending.content.clone() {
            Content::Text { kind, text } => link::Command::Say { room, id, kind, text },
            Content::Emptying { seq } => link::Command::Empty { room, id, seq },
            Content::Moderation {
                act,
                name,
                for_ms,
                reason,
            } => link::Command::Moderate {
                room,
                id,
                act,
                name,
                for_ms,
                reason,
            },
        });
    }

    /// A line in the room that is shown.
    fn note(&mut self, text: impl Into<String>) {
        let note = Body::Note(text.into().into());
        self.rooms[self.current].tell(note, self.now_ms);
    }

    fn tell(&mut self, text: impl Into<String>) {
        let (text, is_trouble) = (text.into(), false);
        self.hint = Some(Hint { text, is_trouble });
    }

    fn trouble(&mut self, text: impl Into<String>) {
        let (text, is_trouble) = (text.into(), true);
        self.hint = Some(Hint { text, is_trouble });
    }
}

/// Whether these are the same person's name, in capitals or not.
fn is_same(one: &UserName, other: &UserName) -> bool {
    one.as_str().to_lowercase() == other.as_str().to_lowercase()
}
