//! Draws a scripted session as a picture: `cargo run -p chat-client --example screenshot > docs/screen.svg`.
//!
//! Nothing is taken from a real terminal: the same `App` and `view` that the client runs are told what happens, and the
//! cells that they fill become an SVG.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, Write as _};

use chat_client::pure::app::{App, AppOptions, Effects, Event, IDS_WANTED};
use chat_client::pure::clock::Clock;
use chat_client::pure::colour::Colours;
use chat_client::pure::key::KeyPress;
use chat_client::pure::link;
use chat_client::pure::roles::RolesOf;
use chat_client::pure::state::State;
use chat_client::pure::view::Picture;
use chat_client::pure::wrap;
use chat_proto::ids::{LogId, MessageId, Position, Seq};
use chat_proto::list::Extra;
use chat_proto::message::{Kind, Record, Resumed, Role, Storage};
use chat_proto::name::{RoomName, UserName};
use chat_proto::text::{Note, Text};
use jiff::tz::TimeZone;
use ratatui::style::{Color, Modifier};

const COLUMNS: u16 = 92;
const ROWS: u16 = 22;

/// Thursday, 5 November 2026, 14:00 UTC.
const AFTERNOON_MS: u64 = 1_793_887_200_000;

/// A cell, and what is around the screen, in pixels.
const CELL_WIDTH: f32 = 8.43;
const CELL_HEIGHT: f32 = 18.0;
const MARGIN: f32 = 12.0;

const BACKGROUND: &str = "#16181d";
const FOREGROUND: &str = "#d8dbe0";

fn main() -> Result<(), Box<dyn Error>> {
    io::stdout().write_all(picture()?.as_bytes())?;
    Ok(())
}

/// The picture, as it stands in `docs/screen.svg`.
pub(crate) fn picture() -> Result<String, Box<dyn Error>> {
    Ok(svg(&Picture::of(&session()?)))
}

/// An afternoon in three rooms.
fn session() -> Result<App, Box<dyn Error>> {
    let rooms = ["lobby", "kitchen", "release"].map(RoomName::parse);
    let rooms = rooms.into_iter().collect::<Result<Vec<_>, _>>()?;
    let mut script = Script::new(&rooms)?;
    let lobby = [
        (
            "alice",
            "good afternoon! the notes for today are at https://chat.example/notes/2026-11-05",
        ),
        ("Zoë", "thanks — 見てみます 👀"),
        (
            "bob",
            "one question before we begin: does anybody still need the old build machine?",
        ),
        ("alice", "I do not, and nobody has logged in there since March"),
        ("דנה", "שלום, I am in favour of turning it off"),
    ];
    for (seq, (author, text)) in (1..).zip(lobby) {
        script.said(&rooms[0], seq, author, text, Kind::LINE)?;
    }
    script.presence(&rooms[0], &["carol", "dan", "erin", "frank"])?;
    script.said(&rooms[0], 6, "carol", "waves", Kind::ACTION)?;
    script.said(
        &rooms[0],
        7,
        "bob",
        "maria: can you switch it off on Friday?\nI will send you the list of what runs there first",
        Kind::LINE,
    )?;
    script.said(&rooms[1], 1, "Zoë", "soup is ready", Kind::LINE)?;
    script.said(&rooms[2], 1, "bob", "maria: the tag is pushed", Kind::LINE)?;
    script.tell(Event::Paste("Friday is fine".into()));
    script.tell(Event::Key(KeyPress::plain(chat_client::pure::key::Key::Enter)));
    script.tell(Event::Paste("/mute ".into()));
    script.tell(Event::Key(KeyPress::plain(chat_client::pure::key::Key::Tab)));
    Ok(script.app)
}

/// An app and what it is told.
struct Script {
    app: App,
    out: Effects,
    now_ms: u64,
}

impl Script {
    fn new(rooms: &[RoomName]) -> Result<Self, Box<dyn Error>> {
        let mut out = Effects::default();
        let name = UserName::parse("maria")?;
        let options = AppOptions {
            name: name.clone(),
            server: "chat.example:8000".into(),
            rooms: rooms.to_vec(),
            tail: 100,
            colours: Colours::Many,
            clock: Clock::new(TimeZone::UTC),
            highlights: Vec::new(),
            fingerprint: |_| String::new(),
            paste_lines: 5,
            state: State::default(),
        };
        let now_ms = AFTERNOON_MS;
        let app = App::new(now_ms, options, &mut out);
        let mut script = Self { app, out, now_ms };
        script.tell(Event::Resize {
            columns: COLUMNS,
            rows: ROWS,
        });
        let storage = Storage::DISK;
        script.tell(Event::Link(link::Event::Welcomed { name, storage }));
        for room in rooms {
            script.tell(Event::Link(link::Event::Joined {
                room: room.clone(),
                again: false,
                resumed: Resumed::Exact,
                position: Position::start(LogId(1)),
                count: 5,
                members: vec![UserName::parse("maria")?],
                roles: RolesOf::new(),
                topic: Note::new("what is new, and what is for lunch"),
                role: Role::MEMBER,
                read: None,
            }));
        }
        Ok(script)
    }

    fn tell(&mut self, event: Event) {
        let ids = (0..IDS_WANTED).map(|_| MessageId([7; 16]));
        self.out.ids = ids.collect();
        self.app.handle(self.now_ms, event, &mut self.out);
    }

    fn said(
        &mut self,
        room: &RoomName,
        seq: u64,
        author: &str,
        text: &str,
        kind: Kind,
    ) -> Result<(), Box<dyn Error>> {
        self.now_ms = AFTERNOON_MS + seq * 60_000;
        let record = Record {
            seq: Seq(seq),
            id: MessageId([u8::try_from(seq)?; 16]),
            author: UserName::parse(author)?,
            at_unix_ms: self.now_ms,
            kind,
            text: Text::new(text)?,
            extra: Extra::new(),
        };
        let room = room.clone();
        self.tell(Event::Link(link::Event::Said { room, record }));
        Ok(())
    }

    fn presence(&mut self, room: &RoomName, arrived: &[&str]) -> Result<(), Box<dyn Error>> {
        let arrived = arrived.iter().map(|name| UserName::parse(name));
        self.tell(Event::Link(link::Event::Presence {
            room: room.clone(),
            arrived: arrived.collect::<Result<_, _>>()?,
            left: Vec::new(),
            count: 9,
            roles: RolesOf::new(),
        }));
        Ok(())
    }
}

/// The cells as an SVG: a rectangle where the ground has a colour, a text for each cell that is not blank.
fn svg(picture: &Picture) -> String {
    let area = picture.cells.area;
    let width = f32::from(area.width) * CELL_WIDTH + 2.0 * MARGIN;
    let height = f32::from(area.height) * CELL_HEIGHT + 2.0 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" \
         aria-label=\"chat-client on a terminal\" font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" \
         font-size=\"14\">\n<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{BACKGROUND}\"/>\n"
    );
    for row in 0..area.height {
        let mut column = 0;
        while column < area.width {
            let cell = &picture.cells[(column, row)];
            let cells = u16::try_from(wrap::width(cell.symbol())).unwrap_or(1).max(1);
            let place = (
                f32::from(column) * CELL_WIDTH + MARGIN,
                f32::from(row) * CELL_HEIGHT + MARGIN,
            );
            draw_cell(&mut svg, place, f32::from(cells) * CELL_WIDTH, cell);
            column += cells;
        }
    }
    if let Some((column, row)) = picture.drawn.cursor {
        let (x, y) = (
            f32::from(column) * CELL_WIDTH + MARGIN,
            f32::from(row) * CELL_HEIGHT + MARGIN,
        );
        let rect = format!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{CELL_WIDTH}\" height=\"{CELL_HEIGHT}\" fill=\"{FOREGROUND}\"/>\n"
        );
        svg.push_str(&rect);
    }
    svg.push_str("</svg>\n");
    svg
}

fn draw_cell(svg: &mut String, (x, y): (f32, f32), width: f32, cell: &ratatui::buffer::Cell) {
    let is_reversed = cell.modifier.contains(Modifier::REVERSED);
    let colour = hex(cell.fg);
    let (fill, ground) = if is_reversed {
        (BACKGROUND, Some(colour))
    } else {
        (&*colour, None)
    };
    // A string can always be written.
    if let Some(ground) = &ground {
        let _ = writeln!(
            svg,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{CELL_HEIGHT}\" fill=\"{ground}\"/>",
            width + 0.2
        );
    }
    if cell.symbol().trim().is_empty() {
        return;
    }
    let bold = if cell.modifier.contains(Modifier::BOLD) {
        " font-weight=\"bold\""
    } else {
        ""
    };
    let underlined = if cell.modifier.contains(Modifier::UNDERLINED) {
        " text-decoration=\"underline\""
    } else {
        ""
    };
    let symbol = cell
        .symbol()
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{:.1}\" fill=\"{fill}\"{bold}{underlined}>{symbol}</text>",
        y + 13.5
    );
}

/// A colour of the 256 as browsers write it.
fn hex(colour: Color) -> String {
    let Color::Indexed(index) = colour else {
        return FOREGROUND.into();
    };
    if index >= 232 {
        let grey = 8 + 10 * (index - 232);
        return format!("#{grey:02x}{grey:02x}{grey:02x}");
    }
    let cube = index.saturating_sub(16);
    let part = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
    format!(
        "#{:02x}{:02x}{:02x}",
        part(cube / 36),
        part(cube / 6 % 6),
        part(cube % 6)
    )
}
