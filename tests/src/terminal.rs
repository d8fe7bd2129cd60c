//! The real binaries, on a terminal.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Instant;

use rustix::fs::OFlags;
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Termios, Winsize, tcgetattr, tcsetwinsize};
use tempfile::TempDir;

use crate::GUARD;
use crate::Screen;
use crate::program::binary;

/// How large a terminal is at first.
const COLUMNS: u16 = 80;
const ROWS: u16 = 24;

/// A binary that runs on a pseudo-terminal of its own. Dropping it kills it.
#[derive(Debug)]
pub struct Terminal {
    child: Child,
    keyboard: File,
    screen: Receiver<Vec<u8>>,
    shown: Vec<u8>,
    /// What was waited for already ends here.
    seen: usize,
    /// What stands on it.
    screen_shown: Screen,
    /// The home of its user, if it is not shared.
    _home: Option<TempDir>,
}

impl Terminal {
    /// Starts a binary of the workspace on a new terminal.
    ///
    /// # Panics
    /// If the machine has no pseudo-terminals, or the binary cannot be built or started.
    #[must_use]
    pub fn start(name: &str, arguments: &[&str]) -> Self {
        let home = TempDir::new().expect("there is a place for files");
        let mut terminal = Self::start_at_home(name, arguments, home.path());
        terminal._home = Some(home);
        terminal
    }

    /// The same, for a user whose home this is: what one program has left there another one finds.
    ///
    /// # Panics
    /// If the machine has no pseudo-terminals, or the binary cannot be built or started.
    #[must_use]
    pub fn start_at_home(name: &str, arguments: &[&str], home: &Path) -> Self {
        Self::spawn(binary(name), arguments, home)
    }

    /// Starts another program on a new terminal, for a user whose home this is.
    ///
    /// # Panics
    /// If the machine has no pseudo-terminals, or the program cannot be started.
    #[must_use]
    pub fn spawn(program: &Path, arguments: &[&str], home: &Path) -> Self {
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)
            .expect("the machine has pseudo-terminals");
        grantpt(&controller).expect("a new pseudo-terminal is ours");
        unlockpt(&controller).expect("a new pseudo-terminal is ours");
        let path = ptsname(&controller, Vec::new()).expect("a pseudo-terminal has a name");
        let user = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(OFlags::NOCTTY.bits().cast_signed())
            .open(OsStr::from_bytes(path.as_bytes()))
            .expect("a new pseudo-terminal can be opened");
        let stdio = || Stdio::from(user.try_clone().expect("a terminal is a file"));
        let size = Winsize {
            ws_col: COLUMNS,
            ws_row: ROWS,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&user, size).expect("a terminal has a size");
        let child = Command::new(program)
            .args(arguments)
            // Whoever runs the tests may have settings; they are not for them.
            .env("XDG_CONFIG_HOME", std::env::temp_dir().join("no-settings"))
            .env("HOME", home)
            .env("XDG_DATA_HOME", home.join("data"))
            .env("XDG_STATE_HOME", home)
            .env("TERM", "xterm-256color")
            .env("USER", "login")
            .env_remove("NO_COLOR")
            // As a shell does: what stops all of its job does not stop the tests.
            .process_group(0)
            .stdin(stdio())
            .stdout(stdio())
            .stderr(stdio())
            .spawn()
            .expect("the program starts");
        let controller = File::from(controller);
        let (shown, screen) = mpsc::channel();
        let mut reader = controller.try_clone().expect("a terminal is a file");
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            // The end is an error here: nobody has the terminal open any more.
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                if shown.send(buffer[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            keyboard: controller,
            screen,
            shown: Vec::new(),
            seen: 0,
            screen_shown: Screen::new(COLUMNS, ROWS),
            _home: None,
        }
    }

    /// Types a line and Enter.
    ///
    /// # Panics
    /// If the terminal is gone.
    pub fn type_line(&mut self, line: &str) {
        self.type_bytes(format!("{line}\n").as_bytes());
    }

    /// Types bytes, whatever they are.
    ///
    /// # Panics
    /// If the terminal is gone.
    pub fn type_bytes(&mut self, bytes: &[u8]) {
        self.keyboard
            .write_all(bytes)
            .expect("the terminal takes what is typed");
    }

    /// Waits until the terminal shows this, after what was waited for before.
    ///
    /// # Panics
    /// If it never does; the message shows what it showed instead.
    pub fn expect(&mut self, text: &str) {
        let wanted = text.as_bytes();
        let too_late = Instant::now() + GUARD;
        loop {
            let unseen = &self.shown[self.seen..];
            if let Some(at) = unseen.windows(wanted.len()).position(|part| part == wanted) {
                self.seen += at + wanted.len();
                return;
            }
            if let Err(error) = self.read_more(too_late) {
                panic!(
                    "{error}: the terminal never showed {text:?}, but {:?}",
                    self.text()
                );
            }
        }
    }

    /// Waits until this stands on the screen, whatever was shown before.
    ///
    /// # Panics
    /// If it never does; the message shows the screen.
    pub fn expect_on_screen(&mut self, text: &str) {
        self.await_screen(text, |screen| screen.text().contains(text));
    }

    /// Waits until the screen is as wanted.
    ///
    /// # Panics
    /// If it never is; the message shows it.
    pub fn await_screen(&mut self, wanted: &str, is_so: impl Fn(&Screen) -> bool) {
        let too_late = Instant::now() + GUARD;
        // A picture that is half painted is none.
        while self.screen_shown.modes().contains(&"2026") || !is_so(&self.screen_shown) {
            if let Err(error) = self.read_more(too_late) {
                panic!("{error}: never {wanted:?} on\n{}", self.screen_shown.text());
            }
        }
    }

    /// What stands on the screen, as far as it was waited for.
    #[must_use]
    pub const fn screen(&self) -> &Screen {
        &self.screen_shown
    }

    /// Makes the terminal another size, and tells the program.
    ///
    /// # Panics
    /// If the terminal or the program is gone.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        let size = Winsize {
            ws_col: columns,
            ws_row: rows,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&self.keyboard, size).expect("a terminal has a size");
        self.screen_shown.resize(columns, rows);
        self.signal(Signal::WINCH);
    }

    /// How the terminal treats what is typed.
    ///
    /// # Panics
    /// If the terminal is gone.
    #[must_use]
    pub fn settings(&self) -> Termios {
        tcgetattr(&self.keyboard).expect("a terminal has settings")
    }

    /// Sends the program a signal.
    ///
    /// # Panics
    /// If it has ended already.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.id(), signal).expect("a child can be sent a signal");
    }

    /// The program's number.
    ///
    /// # Panics
    /// If the system numbers them in another way than it says.
    #[must_use]
    pub fn id(&self) -> Pid {
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        id.expect("a child has a process number")
    }

    /// Waits until the program has ended, and says its exit code.
    ///
    /// # Panics
    /// If it does not end.
    pub fn ended(&mut self) -> Option<i32> {
        let too_late = Instant::now() + GUARD;
        let end = loop {
            if let Err(end) = self.read_more(too_late) {
                break end;
            }
        };
        assert!(
            end == RecvTimeoutError::Disconnected,
            "{end}: the program did not end, and showed {:?}",
            self.text()
        );
        self.child.wait().expect("a child can be waited for").code()
    }

    /// Everything that was shown so far, byte for byte.
    #[must_use]
    pub fn shown(&self) -> &[u8] {
        &self.shown
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.shown).into_owned()
    }

    /// Waits for what is shown next. What comes too late is not looked at, so that a program that never stops showing
    /// something holds up nobody.
    fn read_more(&mut self, too_late: Instant) -> Result<(), RecvTimeoutError> {
        let left = too_late.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(RecvTimeoutError::Timeout);
        }
        let bytes = self.screen.recv_timeout(left)?;
        self.screen_shown.feed(&bytes);
        self.shown.extend(bytes);
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended by itself; what counts is that nothing of it is left.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_never_stops_showing_something_does_not_lengthen_a_wait() {
        let home = TempDir::new().unwrap();
        let endless = ["-c", "while echo a line; do :; done"];
        let mut terminal = Terminal::spawn(Path::new("/bin/sh"), &endless, home.path());
        terminal.expect("a line");
        let too_late = Instant::now();
        let seen = terminal.shown.len();
        assert_eq!(terminal.read_more(too_late), Err(RecvTimeoutError::Timeout));
        assert_eq!(terminal.shown.len(), seen);
    }
}
