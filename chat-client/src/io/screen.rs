//! The full screen: one task that carries between the terminal, the [`App`], the [`Client`] and the file of what
//! survives.

mod keeping;

use std::collections::VecDeque;
use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::time::Duration;

use async_io::Timer;
use async_signal::{Signal, Signals};
use chat_proto::ids::MessageId;
use chat_proto::link::Link;
use chat_proto::name::{RoomName, UserName};
use chat_proto::visible::visible;
use chat_tls::fingerprint;
use futures_lite::StreamExt;
use futures_lite::future::{or, poll_once};
use jiff::tz::TimeZone;
use nix::unistd::{getpgrp, getppid, getsid};
use rustix::process::kill_current_process_group;

use super::client::Client;
use super::net::Events;
use super::random;
use super::state::StateFile;
use super::terminal::{Terminal, colours, give_back};
use super::wall_clock::WallClock;
use crate::config::{Arguments, Options, UsageError};
use crate::pure::app::{Act, App, AppOptions, Effects, Event, IDS_WANTED};
use crate::pure::clock::Clock;
use crate::pure::filter::Exit;
use crate::pure::link;
use crate::pure::state::State;

/// So many of a room's last messages are fetched when it is joined, or more if more are asked for.
const TAIL_MIN: u32 = 100;

/// So much is taken before it is shown.
const EVENTS_MAX: usize = 1024;

/// The bell rings at most so often.
const BELL_EVERY_MS: u64 = 1_000;

/// Talks on the terminal until somebody leaves, and says how it ended.
pub(crate) async fn run(mut arguments: Arguments) -> Exit {
    let name = match ask(&mut arguments) {
        Ok(Some(name)) => name,
        Ok(None) => return Exit::Usage,
        Err(error) => return trouble(&*error),
    };
    let mut screen = match Screen::new(arguments, name) {
        Ok(screen) => screen,
        Err(error) => return trouble(&*error),
    };
    let ended = screen.run().await;
    screen.save();
    give_back();
    if screen.why_not_kept.is_none()
        && let Some(Err(error)) = screen.file.take().map(StateFile::finish)
    {
        let _ = writeln!(
            io::stderr(),
            "chat-client: a power cut may lose what is not sent: {error}"
        );
    }
    let unsent = screen.app.unsent();
    if unsent > 0 {
        let messages = if unsent == 1 {
            "1 message is".into()
        } else {
            format!("{unsent} messages are")
        };
        let _ = match &screen.why_not_kept {
            None => writeln!(
                io::stderr(),
                "chat-client: {messages} not sent yet; the next start as {} sends what waits",
                screen.name
            ),
            Some(why) => writeln!(
                io::stderr(),
                "chat-client: {messages} not sent and not kept: {why}"
            ),
        };
    }
    match ended {
        Ok(exit) => exit,
        Err(error) => trouble(&error),
    }
}

fn trouble(error: &dyn Error) -> Exit {
    // Nobody is left to tell if standard error is gone.
    let _ = writeln!(io::stderr(), "chat-client: {error}");
    Exit::Usage
}

/// Asks for the link and the name, if they are to be asked for; `None` at the end of input. The name of the login is
/// taken if none is typed.
fn ask(arguments: &mut Arguments) -> Result<Option<UserName>, Box<dyn Error>> {
    if arguments.wants_link() {
        let Some(line) = ask_for("link")? else {
            return Ok(None);
        };
        arguments.follow(Link::parse(line.trim())?)?;
    }
    let login = env::var("USER").ok();
    let login = login.and_then(|name| UserName::parse(&name).ok());
    let asked = match &login {
        Some(name) => format!("your name [{}]", visible(name.as_str())),
        None => "your name".into(),
    };
    while arguments.name.is_none() {
        let Some(line) = ask_for(&asked)? else {
            return Ok(None);
        };
        match (line.trim(), &login) {
            ("", Some(name)) => arguments.name = Some(name.clone()),
            (typed, _) => match UserName::parse(typed) {
                Ok(name) => arguments.name = Some(name),
                Err(error) => writeln!(io::stdout(), "{error}")?,
            },
        }
    }
    Ok(arguments.name.clone())
}

/// A line of input; `None` at its end.
fn ask_for(what: &str) -> io::Result<Option<String>> {
    let mut output = io::stdout();
    write!(output, "{what}: ")?;
    output.flush()?;
    let mut line = String::new();
    Ok((io::stdin().read_line(&mut line)? > 0).then_some(line))
}

struct Screen {
    arguments: Arguments,
    app: App,
    out: Effects,
    terminal: Terminal,
    /// Under which it is kept.
    name: UserName,
    /// Where what survives is kept; `None` while there is no place.
    file: Option<StateFile>,
    /// Why it is not kept, once that is told. With each change it is tried again.
    why_not_kept: Option<String>,
    /// What survives has changed since it was kept.
    is_to_be_saved: bool,
    client: Client,
    events: Events,
    /// Asks for another name.
    second: Option<(Client, Events)>,
    /// The link has told its last event.
    is_link_over: bool,
    /// What the link has no room for yet.
    waiting: VecDeque<link::Command>,
    signals: Signals,
    clock: WallClock,
    rang_at_ms: u64,
    exit: Option<Exit>,
}

enum Happening {
    Signal(Option<io::Result<Signal>>),
    Terminal(Option<io::Result<Option<Event>>>),
    Link(Option<link::Event>),
    Second(link::Event),
    Disk,
    Tick,
}

impl Screen {
    fn new(arguments: Arguments, name: UserName) -> Result<Self, Box<dyn Error>> {
        let (file, state, why_not) = match StateFile::open(&arguments.server, &name) {
            Ok((file, state)) => (Some(file), state, None),
            Err(error) => (None, State::default(), Some(error)),
        };
        let mut out = Effects::default();
        let mut clock = WallClock::new();
        let app = App::new(
            clock.now_ms(),
            AppOptions {
                name: name.clone(),
                server: arguments.server.clone(),
                rooms: arguments.rooms.clone(),
                tail: arguments.last.max(TAIL_MIN),
                colours: colours(arguments.settings.colours),
                clock: Clock::new(TimeZone::system()),
                highlights: arguments.settings.highlights.clone(),
                fingerprint,
                paste_lines: usize::try_from(arguments.settings.paste_lines).unwrap_or(usize::MAX),
                state,
            },
            &mut out,
        );
        let signals = Signals::new([
            Signal::Int,
            Signal::Term,
            Signal::Hup,
            Signal::Quit,
            Signal::Tstp,
            Signal::Cont,
            Signal::Winch,
        ])?;
        let rooms = app.rooms().iter().map(|room| room.name().clone());
        let rooms = rooms.map(|room| (room, app.options().tail));
        let (client, events) = connect(&arguments, rooms.collect(), name.clone())?;
        let mut screen = Self {
            terminal: Terminal::take_over()?,
            arguments,
            app,
            out,
            name,
            file,
            why_not_kept: None,
            is_to_be_saved: false,
            client,
            events,
            second: None,
            is_link_over: false,
            waiting: VecDeque::new(),
            signals,
            clock,
            rang_at_ms: 0,
            exit: None,
        };
        screen.measure();
        if let Some(error) = why_not {
            screen.not_kept(&error);
        }
        Ok(screen)
    }

    async fn run(&mut self) -> io::Result<Exit> {
        loop {
            if let Some(exit) = self.exit {
                return Ok(exit);
            }
            self.terminal.show(&self.app)?;
            let happening = self.happening().await;
            self.take(happening)?;
            self.take_what_is_there().await?;
            // Before any of it is sent: the link carries only while it is waited for.
            self.save_changes();
        }
    }

    /// Waits for what comes first. Signals and keys are looked at first.
    async fn happening(&mut self) -> Happening {
        let deadline_ms = self.app.next_deadline();
        let now_ms = self.clock.now_ms();
        let Self {
            signals,
            terminal,
            events,
            second,
            is_link_over,
            file,
            ..
        } = self;
        let signal = async { Happening::Signal(signals.next().await) };
        let terminal = async { Happening::Terminal(terminal.next().await) };
        let is_link_over = *is_link_over;
        let link = async {
            if is_link_over {
                return std::future::pending().await;
            }
            Happening::Link(events.next().await)
        };
        let second = async {
            let told = match second {
                Some((_, events)) => events.next().await,
                None => None,
            };
            match told {
                Some(event) => Happening::Second(event),
                None => std::future::pending().await,
            }
        };
        let disk = async {
            match file {
                Some(file) => file.changed().await,
                None => std::future::pending().await,
            }
            Happening::Disk
        };
        let tick = async {
            match deadline_ms {
                Some(at_ms) => Timer::after(Duration::from_millis(at_ms.saturating_sub(now_ms))).await,
                None => return std::future::pending().await,
            };
            Happening::Tick
        };
        or(signal, or(terminal, or(disk, or(second, or(link, tick))))).await
    }

    /// Takes what is there already, so that it is shown at once.
    async fn take_what_is_there(&mut self) -> io::Result<()> {
        for _ in 0..EVENTS_MAX {
            if self.exit.is_some() {
                return Ok(());
            }
            if let Some(event) = self.events.try_next() {
                self.handle(Event::Link(event));
            } else if let Some(told) = poll_once(self.terminal.next()).await {
                self.take(Happening::Terminal(told))?;
            } else {
                return Ok(());
            }
        }
        Ok(())
    }

    fn take(&mut self, happening: Happening) -> io::Result<()> {
        match happening {
            Happening::Signal(Some(Ok(Signal::Tstp))) => self.suspend()?,
            Happening::Signal(Some(Ok(Signal::Cont))) => self.resume()?,
            Happening::Signal(Some(Ok(Signal::Winch))) => self.measure(),
            Happening::Signal(_) => self.exit = Some(Exit::Interrupted),
            Happening::Terminal(Some(Ok(Some(event)))) => self.handle(event),
            Happening::Terminal(Some(Ok(None))) => {}
            // Nobody is there any more.
            Happening::Terminal(Some(Err(_)) | None) => self.exit = Some(Exit::Interrupted),
            Happening::Link(Some(event)) => self.handle(Event::Link(event)),
            // It has told its last event, and was refused or has finished: one may still read, or take another name.
            Happening::Link(None) => self.is_link_over = true,
            Happening::Second(event) => self.handle(Event::Second(event)),
            Happening::Disk => self.hear_of_disk(),
            Happening::Tick => self.handle(Event::Tick),
        }
        Ok(())
    }

    fn handle(&mut self, event: Event) {
        while self.out.ids.len() < IDS_WANTED {
            self.out.ids.push(MessageId(random()));
        }
        let now_ms = self.clock.now_ms();
        self.app.handle(now_ms, event, &mut self.out);
        self.act();
    }

    fn act(&mut self) {
        for act in std::mem::take(&mut self.out.acts) {
            match act {
                Act::Notice { title, text } => self.notice(&title, &text),
                Act::Redraw => self.terminal.forget(),
                Act::Suspend => {
                    if self.suspend().is_err() {
                        self.exit = Some(Exit::Interrupted);
                    }
                }
                Act::Save => self.is_to_be_saved = true,
                Act::Ask(name) => self.ask(name),
                Act::Rename(name) => self.rename(&name),
                Act::Stay => self.second = None,
                Act::Reconnect => self.retry_now(),
                Act::Quit => {
                    self.exit = Some(if self.app.unsent() > 0 {
                        Exit::Lost
                    } else {
                        Exit::Done
                    })
                }
            }
        }
        self.waiting.extend(self.out.commands.drain(..));
        while self.events.can_say()
            && let Some(command) = self.waiting.pop_front()
        {
            if self.client.command(command).is_err() {
                // The link is over; what was to be said is kept in the file.
                self.waiting.clear();
            }
        }
    }

    fn ask(&mut self, name: UserName) {
        // It could be done with the first name, so it can be done with this one.
        self.second = connect(&self.arguments, Vec::new(), name).ok();
    }

    fn rename(&mut self, name: &UserName) {
        if let Some(second) = self.second.take() {
            (self.client, self.events) = second;
            self.is_link_over = false;
            // What waits is said again on the new link.
            self.waiting.clear();
            self.keep_under(name);
        }
    }

    fn retry_now(&mut self) {
        self.events.retry_now();
        if let Some((_, events)) = &mut self.second {
            events.retry_now();
        }
    }

    fn notice(&mut self, title: &str, text: &str) {
        let now_ms = self.clock.now_ms();
        if now_ms < self.rang_at_ms.saturating_add(BELL_EVERY_MS) {
            return;
        }
        self.rang_at_ms = now_ms;
        let settings = &self.arguments.settings;
        let notice = settings.notify.then_some((title, text));
        if self.terminal.notice(settings.bell, notice).is_err() {
            self.exit = Some(Exit::Interrupted);
        }
    }

    /// Stops with all of its job as other programs do, and goes on when it is told to.
    fn suspend(&mut self) -> io::Result<()> {
        if !is_job() {
            let trouble = "there is no shell that could bring it back".into();
            self.handle(Event::Trouble(trouble));
            return Ok(());
        }
        self.save_changes();
        give_back();
        kill_current_process_group(rustix::process::Signal::STOP)?;
        self.resume()
    }

    fn resume(&mut self) -> io::Result<()> {
        self.terminal.resume()?;
        self.measure();
        Ok(())
    }

    fn measure(&mut self) {
        let (columns, rows) = Terminal::size();
        self.handle(Event::Resize { columns, rows });
    }
}

/// Whether a shell that knows of jobs has started us, and lives: it has put us into a group that is not its own, and the
/// session is that of our parent. In a terminal's window of our own, or behind `ssh -t`, nobody is there who goes on
/// with what is stopped.
///
/// Any of these numbers is 0 if who has it is outside of a container that we are in, and `rustix` takes none for 0.
fn is_job() -> bool {
    getsid(None).is_ok_and(|session| getpgrp() != session && getsid(Some(getppid())) == Ok(session))
}

/// A link under this name, in these rooms from the start, with so many of their last messages; it never gives up.
fn connect(
    arguments: &Arguments,
    rooms: Vec<(RoomName, u32)>,
    name: UserName,
) -> Result<(Client, Events), UsageError> {
    let options = Options {
        rooms,
        give_up: None,
        ..arguments.options(name)?
    };
    Ok(Client::connect(options))
}
