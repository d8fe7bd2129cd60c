//! What 100 000 lines of history weigh, and what a key costs with them on a screen of 120×40:
//! `cargo run --release -p chat-client --example weight`.
//!
//! The same `App`, `view` and `paint` that the client runs are told what happens; only the terminal and the socket are
//! left out.

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use chat_client::pure::app::{App, AppOptions, Effects, Event, IDS_WANTED};
use chat_client::pure::clock::Clock;
use chat_client::pure::colour::Colours;
use chat_client::pure::key::{Key, KeyPress};
use chat_client::pure::link;
use chat_client::pure::roles::RolesOf;
use chat_client::pure::scrollback::LINES_MAX;
use chat_client::pure::state::State;
use chat_client::pure::view::{Picture, paint};
use chat_proto::ids::{LogId, MessageId, Position, Seq};
use chat_proto::list::Extra;
use chat_proto::message::{Kind, Record, Resumed, Role, Storage};
use chat_proto::name::{RoomName, UserName};
use chat_proto::text::{Note, Text};
use jiff::tz::TimeZone;

/// Thursday, 5 November 2026, 14:00 UTC.
const AFTERNOON_MS: u64 = 1_793_887_200_000;

const KEYS: usize = 1_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut screen = Screen::new()?;
    let before = resident_kib()?;
    for seq in 1..=LINES_MAX as u64 {
        screen.tell(said(seq)?);
    }
    let after = resident_kib()?;
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{LINES_MAX} lines of 60 characters: {} KiB resident, {before} KiB before",
        after
    )?;
    let keys = [("a letter", Key::Char('x')), ("a page back", Key::PageUp)];
    for (what, key) in keys {
        let mut times: Vec<Duration> = (0..KEYS).map(|_| screen.time(key)).collect();
        times.sort_unstable();
        let (median, worst) = (times[KEYS / 2], times[KEYS - 1]);
        writeln!(
            out,
            "{what}, painted: median {median:.0?}, worst of {KEYS} {worst:.0?}"
        )?;
    }
    Ok(())
}

/// A terminal that is never shown.
struct Screen {
    app: App,
    out: Effects,
    shown: Option<Picture>,
    bytes: String,
}

impl Screen {
    fn new() -> Result<Self, Box<dyn Error>> {
        let (name, lobby) = (UserName::parse("maria")?, RoomName::parse("lobby")?);
        let mut out = Effects::default();
        let options = AppOptions {
            name: name.clone(),
            server: "chat.example:8000".into(),
            rooms: vec![lobby.clone()],
            tail: 100,
            colours: Colours::Many,
            clock: Clock::new(TimeZone::UTC),
            highlights: Vec::new(),
            fingerprint: |_| String::new(),
            paste_lines: 5,
            state: State::default(),
        };
        let mut screen = Self {
            app: App::new(AFTERNOON_MS, options, &mut out),
            out,
            shown: None,
            bytes: String::new(),
        };
        let storage = Storage::DISK;
        screen.tell(Event::Resize {
            columns: 120,
            rows: 40,
        });
        screen.tell(Event::Link(link::Event::Welcomed {
            name: name.clone(),
            storage,
        }));
        screen.tell(Event::Link(link::Event::Joined {
            room: lobby,
            again: false,
            resumed: Resumed::Exact,
            position: Position::start(LogId(1)),
            count: 1,
            members: vec![name],
            roles: RolesOf::new(),
            topic: Note::new("what is new"),
            role: Role::MEMBER,
            read: None,
        }));
        Ok(screen)
    }

    fn tell(&mut self, event: Event) {
        self.out.ids = vec![MessageId::ZERO; IDS_WANTED];
        self.app.handle(AFTERNOON_MS, event, &mut self.out);
        self.out.acts.clear();
        self.out.commands.clear();
    }

    /// How long it takes from a key to what the terminal is sent.
    fn time(&mut self, key: Key) -> Duration {
        let begin = Instant::now();
        self.tell(Event::Key(KeyPress::plain(key)));
        let picture = Picture::of(&self.app);
        self.bytes.clear();
        paint(self.shown.as_ref(), &picture, &mut self.bytes);
        self.shown = Some(picture);
        black_box(&self.bytes);
        begin.elapsed()
    }
}

fn said(seq: u64) -> Result<Event, Box<dyn Error>> {
    let record = Record {
        seq: Seq(seq),
        id: MessageId::ZERO,
        author: UserName::parse(["alice", "bob", "Zoë"][usize::try_from(seq % 3)?])?,
        at_unix_ms: AFTERNOON_MS + seq,
        kind: Kind::LINE,
        text: Text::new(&format!(
            "message {seq:06}, as long as most of what people say to others"
        ))?,
        extra: Extra::new(),
    };
    let room = RoomName::parse("lobby")?;
    Ok(Event::Link(link::Event::Said { room, record }))
}

/// What the kernel holds in memory for us.
fn resident_kib() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.ok_or("the kernel does not tell")?.parse()?)
}
