//! The real binaries, on a terminal.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;

use rustix::fs::OFlags;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::GUARD;
use crate::program::binary;

/// A binary that runs on a pseudo-terminal of its own. Dropping it kills it.
#[derive(Debug)]
pub struct Terminal {
    child: Child,
    keyboard: File,
    screen: Receiver<Vec<u8>>,
    shown: Vec<u8>,
    /// What was waited for already ends here.
    seen: usize,
}

impl Terminal {
    /// Starts a binary of the workspace on a new terminal.
    ///
    /// # Panics
    /// If the machine has no pseudo-terminals, or the binary cannot be built or started.
    #[must_use]
    pub fn start(name: &str, arguments: &[&str]) -> Self {
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
        let child = Command::new(binary(name))
            .args(arguments)
            // Whoever runs the tests may have settings; they are not for them.
            .env("XDG_CONFIG_HOME", std::env::temp_dir().join("no-settings"))
            .stdin(stdio())
            .stdout(stdio())
            .stderr(stdio())
            .spawn()
            .expect("the binary starts");
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
        loop {
            let unseen = &self.shown[self.seen..];
            if let Some(at) = unseen.windows(wanted.len()).position(|part| part == wanted) {
                self.seen += at + wanted.len();
                return;
            }
            assert!(
                self.read_more(),
                "the terminal never showed {text:?}, but {:?}",
                self.text()
            );
        }
    }

    /// Waits until the program has ended, and says its exit code.
    ///
    /// # Panics
    /// If it does not end.
    pub fn ended(&mut self) -> Option<i32> {
        while self.read_more() {}
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

    fn read_more(&mut self) -> bool {
        match self.screen.recv_timeout(GUARD) {
            Ok(bytes) => {
                self.shown.extend(bytes);
                true
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => false,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                panic!(
                    "the terminal showed nothing more within {GUARD:?}, and so far {:?}",
                    self.text()
                )
            }
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended by itself; what counts is that nothing of it is left.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
