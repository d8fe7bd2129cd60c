//! The terminal: taken over, painted, read, and given back as it was.
//!
//! It is given back when [`Terminal`] is dropped, and before a panic is told: whoever sees the message sees it on a
//! terminal that works.

use std::env;
use std::io::{self, Write};
use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use channels::mpsc::BoundedReceiver;
use crossterm::event::{Event as Told, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode, size};

use super::keyboard;
use crate::pure::app::{App, Event};
use crate::pure::colour::Colours;
use crate::pure::key::{Key, KeyPress, Modifiers};
use crate::pure::view::{Picture, paint};

/// Another screen, pastes in brackets, and whether somebody looks.
const TAKE_OVER: &str = "\x1b[?1049h\x1b[?2004h\x1b[?1004h\x1b[0m\x1b[2J";

/// Everything of it undone: no link is open, the cursor is seen.
const GIVE_BACK: &str = "\x1b]8;;\x1b\\\x1b[?2026l\x1b[?1004l\x1b[?2004l\x1b[0m\x1b[?25h\x1b[?1049l";

/// A notice has at most so many characters.
const NOTICE_CHARS_MAX: usize = 160;

/// Whether the terminal is ours.
static IS_TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal, while it is ours.
pub(crate) struct Terminal {
    /// What it shows; `None`: nobody knows.
    shown: Option<Picture>,
    /// What it tells.
    told: BoundedReceiver<io::Result<Told>>,
    bytes: String,
}

impl Terminal {
    /// Takes the terminal over.
    pub(crate) fn take_over() -> io::Result<Self> {
        give_back_before_a_panic_is_told();
        let mut terminal = Self {
            shown: None,
            told: keyboard::events()?,
            bytes: String::new(),
        };
        terminal.resume()?;
        Ok(terminal)
    }

    /// Takes it over again.
    pub(crate) fn resume(&mut self) -> io::Result<()> {
        enable_raw_mode()?;
        IS_TAKEN.store(true, Ordering::SeqCst);
        self.shown = None;
        write(TAKE_OVER)
    }

    /// Shows the app.
    ///
    /// # Errors
    /// If the terminal is gone, or was given back because another thread has panicked: nobody paints over what that tells.
    pub(crate) fn show(&mut self, app: &App) -> io::Result<()> {
        if !IS_TAKEN.load(Ordering::SeqCst) {
            return Err(io::Error::other("a part of the program has failed"));
        }
        let picture = Picture::of(app);
        self.bytes.clear();
        paint(self.shown.as_ref(), &picture, &mut self.bytes);
        self.shown = Some(picture);
        if self.bytes.is_empty() {
            Ok(())
        } else {
            write(&self.bytes)
        }
    }

    /// What it shows is not known any more: the next time all is painted.
    pub(crate) fn forget(&mut self) {
        self.shown = None;
    }

    /// Rings the bell, and has the terminal show a notice. Title and text have no control characters.
    pub(crate) fn notice(&self, bell: bool, notice: Option<(&str, &str)>) -> io::Result<()> {
        let mut bytes = String::new();
        if let Some((title, text)) = notice {
            let short = |text: &str| -> String {
                let shown = text.chars().filter(|c| !c.is_control() && *c != ';');
                shown.take(NOTICE_CHARS_MAX).collect()
            };
            let (title, text) = (short(title), short(text));
            bytes = format!("\x1b]9;{title}: {text}\x1b\\\x1b]777;notify;{title};{text}\x1b\\");
        }
        if bell {
            bytes.push('\x07');
        }
        write(&bytes)
    }

    /// What it tells next; `None` once it is gone.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> Option<io::Result<Option<Event>>> {
        let told = self.told.recv().await?;
        Some(told.map(event))
    }

    /// How large it is.
    pub(crate) fn size() -> (u16, u16) {
        size().unwrap_or((80, 24))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        give_back();
    }
}

fn write(bytes: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    output.write_all(bytes.as_bytes())?;
    output.flush()
}

/// Gives the terminal back as it was, if it is ours.
pub(crate) fn give_back() {
    if IS_TAKEN.swap(false, Ordering::SeqCst) {
        // A terminal that is gone has nothing to be given back.
        let _ = write(GIVE_BACK);
        let _ = disable_raw_mode();
    }
}

fn give_back_before_a_panic_is_told() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let tell = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            give_back();
            tell(panic);
        }));
    });
}

/// What colours the terminal shows, as the environment says.
pub(crate) fn colours(are_wanted: bool) -> Colours {
    let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let has = |name: &str, part: &str| env::var(name).is_ok_and(|value| value.contains(part));
    if !are_wanted || is_set("NO_COLOR") {
        Colours::None
    } else if is_set("COLORTERM") || has("TERM", "256color") || has("TERM", "direct") {
        Colours::Many
    } else {
        Colours::Eight
    }
}

/// Whether a terminal can be painted at all.
pub(crate) fn can_be_painted() -> bool {
    env::var("TERM").is_ok_and(|term| !term.is_empty() && term != "dumb")
}

fn event(told: Told) -> Option<Event> {
    match told {
        Told::Key(KeyEvent {
            code,
            modifiers,
            kind: KeyEventKind::Press | KeyEventKind::Repeat,
            ..
        }) => key(code, modifiers).map(Event::Key),
        Told::Paste(text) => Some(Event::Paste(text)),
        Told::FocusGained => Some(Event::Focus(true)),
        Told::FocusLost => Some(Event::Focus(false)),
        // Of its size a signal tells: here it may wait behind the beginning of a key.
        Told::Resize(..) | Told::Key(_) | Told::Mouse(_) => None,
    }
}

fn key(code: KeyCode, held: KeyModifiers) -> Option<KeyPress> {
    let key = match code {
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::Enter => Key::Enter,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Delete => Key::Delete,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Esc => Key::Esc,
        KeyCode::F(number) => Key::F(number),
        KeyCode::Insert
        | KeyCode::Null
        | KeyCode::CapsLock
        | KeyCode::ScrollLock
        | KeyCode::NumLock
        | KeyCode::PrintScreen
        | KeyCode::Pause
        | KeyCode::Menu
        | KeyCode::KeypadBegin
        | KeyCode::Media(_)
        | KeyCode::Modifier(_) => return None,
    };
    let modifiers = Modifiers {
        ctrl: held.contains(KeyModifiers::CONTROL),
        alt: held.contains(KeyModifiers::ALT),
        // Shift-Tab is a key of its own.
        shift: held.contains(KeyModifiers::SHIFT) && key != Key::BackTab,
    };
    Some(KeyPress::new(key, modifiers))
}
