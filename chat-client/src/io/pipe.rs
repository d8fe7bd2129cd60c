//! Standard input and output as lines: one task that carries between them, the [`Filter`] and the [`Client`].

use std::error::Error;
use std::io::{self, ErrorKind, IsTerminal, Write};

use async_signal::{Signal, Signals};
use blocking::Unblock;
use channels::mpsc::BoundedReceiver;
use chat_proto::ids::MessageId;
use chat_proto::limits::LINK_BYTES_MAX;
use chat_proto::link::Link;
use futures_lite::future::or;
use futures_lite::{AsyncWriteExt, StreamExt};

use super::client::Client;
use super::net::Events;
use super::{random, stdin};
use crate::config::Arguments;
use crate::pure::filter::{Act, Exit, Filter, FilterOptions, Outputs};
use crate::pure::lines::Lines;
use crate::pure::link::Event;

/// Output is written when it has grown to this, or when nothing more is there at once.
const WRITE_BYTES_MAX: usize = 64 * 1024;

/// Carries between the terminal or pipe and the server until all is done, and says how it ended. Everything that had to
/// be written is written then; a thread may still wait for input.
pub(crate) async fn run(arguments: Arguments) -> Exit {
    let mut pipe = match Pipe::begin(arguments).await {
        Ok(pipe) => pipe,
        Err(error) => {
            // Nobody is left to tell if standard error is gone.
            let _ = writeln!(io::stderr(), "chat-client: can't begin: {error}");
            return Exit::Usage;
        }
    };
    loop {
        if let Some(exit) = pipe.write().await {
            return exit;
        }
        pipe.take_lines();
        if !pipe.has_output() {
            let happening = pipe.happening().await;
            pipe.take(happening);
        }
    }
}

struct Pipe {
    arguments: Arguments,
    filter: Filter,
    out: Outputs,
    lines: Lines,
    has_ended: bool,
    input: BoundedReceiver<io::Result<Vec<u8>>>,
    output: Unblock<io::Stdout>,
    signals: Signals,
    /// The connection, once it is known who we are.
    chat: Option<(Client, Events)>,
}

enum Happening {
    Interrupt,
    Input(Option<io::Result<Vec<u8>>>),
    Event(Option<Event>),
}

impl Pipe {
    async fn begin(mut arguments: Arguments) -> Result<Self, Box<dyn Error>> {
        let mut input = stdin::pieces()?;
        let mut read = Vec::new();
        if arguments.wants_link() {
            arguments.follow(read_link(&mut input, &mut read).await?)?;
        }
        let mut out = Outputs::default();
        let options = FilterOptions {
            name: arguments.name.clone(),
            server: arguments.server.clone(),
            rooms: arguments.rooms.clone(),
            is_terminal: io::stdin().is_terminal() && io::stdout().is_terminal(),
            is_json: arguments.json,
        };
        let filter = Filter::new(options, &mut out);
        let mut pipe = Self {
            lines: Lines::new(filter.line_bytes_max()),
            filter,
            out,
            arguments,
            has_ended: false,
            input,
            output: Unblock::with_capacity(WRITE_BYTES_MAX, io::stdout()),
            // A hang-up is left to the system: whoever started it with `nohup` wants it to go on.
            signals: Signals::new([Signal::Int, Signal::Term])?,
            chat: None,
        };
        if !read.is_empty() {
            // The link is a line of input, too, but it is not said.
            pipe.lines.push(&read);
            pipe.lines.next_line();
        }
        pipe.act();
        Ok(pipe)
    }

    fn has_output(&self) -> bool {
        !self.out.out.is_empty() || !self.out.err.is_empty() || self.out.exit.is_some()
    }

    /// Writes what has to be written. How it ends, if it does.
    async fn write(&mut self) -> Option<Exit> {
        // Nobody is left to tell if standard error is gone.
        let _ = io::stderr().write_all(self.out.err.as_bytes());
        self.out.err.clear();
        if !self.out.out.is_empty() {
            let bytes = std::mem::take(&mut self.out.out).into_bytes();
            let (output, signals) = (&mut self.output, &mut self.signals);
            let write = async {
                output.write_all(&bytes).await?;
                output.flush().await
            };
            let interrupt = async {
                signals.next().await;
                None
            };
            match or(interrupt, async { Some(write.await) }).await {
                Some(Ok(())) => {}
                None => {
                    self.interrupt();
                    let _ = io::stderr().write_all(self.out.err.as_bytes());
                }
                Some(Err(error)) if error.kind() == ErrorKind::BrokenPipe => return Some(Exit::Done),
                Some(Err(error)) => {
                    let _ = writeln!(io::stderr(), "chat-client: can't write: {error}");
                    return Some(Exit::Usage);
                }
            }
        }
        self.out.exit
    }

    /// Says the lines that are there, while there is room.
    fn take_lines(&mut self) {
        while self.wants_lines() && !self.has_output() {
            match self.lines.next_line() {
                Some((number, line)) => self.filter.line(number, line, MessageId(random()), &mut self.out),
                None if self.has_ended => self.filter.end_of_input(&mut self.out),
                None => return,
            }
            self.act();
        }
    }

    fn wants_lines(&self) -> bool {
        let can_say = self.chat.as_ref().is_none_or(|(_, events)| events.can_say());
        can_say && self.filter.wants_lines()
    }

    /// Waits for what comes first. Signals are looked at first, then input: it ends soon if there is no room for it.
    async fn happening(&mut self) -> Happening {
        let wants_input = self.wants_lines() && !self.has_ended;
        let Self {
            signals, input, chat, ..
        } = self;
        let interrupt = async {
            signals.next().await;
            Happening::Interrupt
        };
        let input = async {
            if !wants_input {
                return std::future::pending().await;
            }
            Happening::Input(input.recv().await)
        };
        let event = async {
            match chat {
                Some((_, events)) => Happening::Event(events.next().await),
                None => std::future::pending().await,
            }
        };
        or(interrupt, or(input, event)).await
    }

    fn take(&mut self, happening: Happening) {
        match happening {
            Happening::Interrupt => self.interrupt(),
            Happening::Input(Some(Ok(piece))) => self.lines.push(&piece),
            Happening::Input(end) => {
                if let Some(Err(error)) = end {
                    let _ = writeln!(io::stderr(), "chat-client: can't read: {error}");
                }
                self.has_ended = true;
                self.lines.end();
            }
            Happening::Event(event) => self.take_events(event),
        }
        self.act();
    }

    /// Takes an event, and those that happened with it.
    fn take_events(&mut self, first: Option<Event>) {
        let Some((_, events)) = &mut self.chat else { return };
        let mut next = first;
        while let Some(event) = next.take() {
            self.filter.event(&event, &mut self.out);
            if self.out.exit.is_none() && self.out.out.len() < WRITE_BYTES_MAX {
                next = events.try_next();
            }
        }
    }

    fn interrupt(&mut self) {
        let unsent = self.chat.take().map(|(_, events)| events.stop());
        self.filter
            .interrupted(&unsent.unwrap_or_default(), &mut self.out);
    }

    /// Does what the filter wants done.
    fn act(&mut self) {
        for act in self.out.acts.drain(..) {
            if let Act::Connect(name) = act {
                match self.arguments.options(name) {
                    Ok(options) => self.chat = Some(Client::connect(options)),
                    Err(error) => {
                        let _ = writeln!(io::stderr(), "chat-client: {error}");
                        self.out.exit = Some(Exit::Usage);
                    }
                }
                continue;
            }
            let Some((client, _)) = &self.chat else { continue };
            let taken = match act {
                Act::Connect(_) => Ok(()),
                Act::Say(room, kind, text) => client.say_as(&room, kind, text).map(drop),
                Act::Join(room) => client.join(&room, self.arguments.last),
                Act::Members(room) => client.members(&room),
                Act::Do(command) => client.command(command),
                Act::Finish => client.finish(),
            };
            // There is room: lines are taken only while there is, and each makes at most one command.
            debug_assert!(taken.is_ok(), "a command was not taken: {taken:?}");
        }
    }
}

/// Reads the first line of input, which is a link: so it stands neither in the list of processes nor in a shell's history.
/// What was read stays in `read`, with a line end behind the link.
async fn read_link(
    input: &mut BoundedReceiver<io::Result<Vec<u8>>>,
    read: &mut Vec<u8>,
) -> Result<Link, Box<dyn Error>> {
    let end = loop {
        if let Some(end) = read.iter().position(|byte| *byte == b'\n') {
            break end;
        }
        if read.len() > LINK_BYTES_MAX {
            return Err("the first line of input has to be a link, and is far too long".into());
        }
        match input.recv().await {
            Some(piece) => read.extend_from_slice(&piece?),
            None => read.push(b'\n'),
        }
    };
    let line = str::from_utf8(&read[..end]).map_err(|_| "the first line of input has to be a link")?;
    Ok(Link::parse(line.trim())?)
}
