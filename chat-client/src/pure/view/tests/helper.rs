//! An app, what it is told, and what is seen then.

use chat_proto::ids::{LogId, MessageId, Position, Seq};
use chat_proto::list::Extra;
use chat_proto::message::{Kind, Record, Resumed, Role, Storage};
use chat_proto::name::{RoomName, UserName};
use chat_proto::text::{Note, Text};
use jiff::tz::TimeZone;

use crate::pure::app::{Act, App, AppOptions, Effects, Event, IDS_WANTED};
use crate::pure::clock::Clock;
use crate::pure::colour::Colours;
use crate::pure::key::{Key, KeyPress};
use crate::pure::link::{self, Command};
use crate::pure::roles::RolesOf;
use crate::pure::state::State;
use crate::pure::view::Picture;
use crate::pure::wrap;

/// 2026-11-05 14:00 UTC.
pub(super) const AFTERNOON_MS: u64 = 1_793_887_200_000;

pub(super) const LOG: LogId = LogId(7);

pub(super) fn room(name: &str) -> RoomName {
    RoomName::parse(name).unwrap()
}

pub(super) fn person(name: &str) -> UserName {
    UserName::parse(name).unwrap()
}

/// An app with time, ids and hands.
pub(super) struct Stage {
    pub(super) app: App,
    pub(super) out: Effects,
    pub(super) now_ms: u64,
    next_id: u64,
    pub(super) has_joined: Vec<RoomName>,
}

impl Stage {
    /// Somebody called me, in these rooms, on a screen of this size; not connected yet.
    pub(super) fn new(columns: u16, rows: u16, names: &[&str]) -> Self {
        Self::with(columns, rows, names, State::default())
    }

    pub(super) fn with(columns: u16, rows: u16, names: &[&str], state: State) -> Self {
        let options = AppOptions {
            name: person("me"),
            server: "chat.example:8000".into(),
            rooms: names.iter().map(|name| room(name)).collect(),
            tail: 100,
            colours: Colours::None,
            clock: Clock::new(TimeZone::UTC),
            highlights: Vec::new(),
            fingerprint: |key| format!("SHA256:{}", key.0[0]),
            paste_lines: 3,
            state,
        };
        let mut out = Effects::default();
        let app = App::new(AFTERNOON_MS, options, &mut out);
        let mut stage = Self {
            app,
            out,
            now_ms: AFTERNOON_MS,
            next_id: 0,
            has_joined: Vec::new(),
        };
        stage.tell(Event::Resize { columns, rows });
        stage
    }

    /// The same, connected and in all rooms.
    pub(super) fn joined(columns: u16, rows: u16, names: &[&str]) -> Self {
        let mut stage = Self::new(columns, rows, names);
        stage.welcome();
        for name in names {
            stage.join(name, 0, 2);
        }
        stage
    }

    pub(super) fn tell(&mut self, event: Event) {
        while self.out.ids.len() < IDS_WANTED {
            self.next_id += 1;
            self.out
                .ids
                .push(MessageId(u128::from(self.next_id).to_be_bytes()));
        }
        self.app.handle(self.now_ms, event, &mut self.out);
    }

    pub(super) fn hear(&mut self, event: link::Event) {
        self.tell(Event::Link(event));
    }

    pub(super) fn welcome(&mut self) {
        self.hear(link::Event::Welcomed {
            name: person("me"),
            storage: Storage::DISK,
        });
    }

    pub(super) fn join(&mut self, name: &str, top: u64, count: u32) {
        let members = vec![person("alice"), person("me")];
        self.join_among(name, top, count, members, RolesOf::new());
    }

    /// In a room where these are, and are this.
    pub(super) fn join_with(&mut self, name: &str, top: u64, people: &[(&str, Role)]) {
        let roles: RolesOf = people.iter().map(|(name, role)| (person(name), *role)).collect();
        let members: Vec<UserName> = roles.keys().cloned().collect();
        let count = u32::try_from(members.len()).expect("a few");
        self.join_among(name, top, count, members, roles);
    }

    fn join_among(&mut self, name: &str, top: u64, count: u32, members: Vec<UserName>, roles: RolesOf) {
        let position = Position {
            log: LOG,
            seq: Seq(top),
            id: MessageId::ZERO,
        };
        let role = roles.get(&person("me")).copied();
        self.hear(link::Event::Joined {
            room: room(name),
            again: self.has_joined.contains(&room(name)),
            resumed: Resumed::Exact,
            position,
            count,
            members,
            roles,
            topic: Note::new(""),
            role: role.unwrap_or(Role::NONE),
            read: None,
        });
        self.has_joined.push(room(name));
    }

    /// A message with this number, so many minutes after it began.
    pub(super) fn record(seq: u64, author: &str, text: &str) -> Record {
        Record {
            seq: Seq(seq),
            id: MessageId((u128::from(seq) << 64).to_be_bytes()),
            author: person(author),
            at_unix_ms: AFTERNOON_MS + seq * 60_000,
            kind: Kind::LINE,
            text: Text::new(text).unwrap(),
            extra: Extra::new(),
        }
    }

    pub(super) fn said(&mut self, name: &str, seq: u64, author: &str, text: &str) {
        self.said_as(name, Self::record(seq, author, text));
    }

    pub(super) fn said_as(&mut self, name: &str, record: Record) {
        let room = room(name);
        self.hear(link::Event::Said { room, record });
    }

    pub(super) fn key(&mut self, key: Key) {
        self.press(KeyPress::plain(key));
    }

    pub(super) fn press(&mut self, press: KeyPress) {
        self.tell(Event::Key(press));
    }

    pub(super) fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            self.press(KeyPress::char(c));
        }
    }

    pub(super) fn enter(&mut self, text: &str) {
        self.type_text(text);
        self.key(Key::Enter);
    }

    /// The commands since the last call.
    pub(super) fn commands(&mut self) -> Vec<Command> {
        std::mem::take(&mut self.out.commands)
    }

    /// The acts since the last call.
    pub(super) fn acts(&mut self) -> Vec<Act> {
        std::mem::take(&mut self.out.acts)
    }

    /// What is seen: a line for each row, without the spaces at its end.
    pub(super) fn screen(&self) -> String {
        let picture = Picture::of(&self.app);
        let area = picture.cells.area;
        let rows = (0..area.height).map(|y| {
            let mut row = String::new();
            let mut x = 0;
            while x < area.width {
                let symbol = picture.cells[(x, y)].symbol();
                row.push_str(symbol);
                x += u16::try_from(wrap::width(symbol)).unwrap().max(1);
            }
            row.trim_end().to_owned() + "\n"
        });
        rows.collect()
    }

    /// The screen is this one, from its second line on; `|` marks where a row begins.
    #[track_caller]
    pub(super) fn expect(&self, expected: &str) {
        let rows = expected
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix('|'));
        let expected: String = rows.map(|row| format!("{row}\n")).collect();
        let screen = self.screen();
        assert_eq!(screen, expected, "\nthe screen is\n{screen}\nand not\n{expected}");
    }

    /// Some row of the screen has this.
    #[track_caller]
    pub(super) fn expect_part(&self, part: &str) {
        let screen = self.screen();
        assert!(screen.contains(part), "no {part:?} on\n{screen}");
    }

    #[track_caller]
    pub(super) fn expect_no(&self, part: &str) {
        let screen = self.screen();
        assert!(!screen.contains(part), "{part:?} is on\n{screen}");
    }
}
