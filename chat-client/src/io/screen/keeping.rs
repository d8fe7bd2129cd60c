//! What survives is kept, and whoever writes it knows whether it is.

use std::io;

use chat_proto::name::UserName;

use super::Screen;
use crate::io::state::StateFile;
use crate::pure::app::Event;
use crate::pure::state::State;

impl Screen {
    pub(super) fn save_changes(&mut self) {
        if self.is_to_be_saved {
            self.save();
        }
    }

    /// What is said under a name is kept under this name, so that nobody says it under another one later.
    pub(super) fn keep_under(&mut self, name: &UserName) {
        if *name == self.name {
            return;
        }
        self.name = name.clone();
        let before = self.file.take();
        self.save();
        // Only now: what is kept twice is said once.
        let marks = self.app.state().marks;
        let marks_alone = State {
            marks,
            ..State::default()
        };
        if self.why_not_kept.is_none()
            && let Some(mut before) = before
            && let Err(error) = before.write(&marks_alone)
        {
            self.not_kept(&error);
        }
    }

    pub(super) fn not_kept(&mut self, error: &io::Error) {
        let trouble = format!("what is not sent when this ends is lost: {error}");
        if self.why_not_kept.replace(error.to_string()).is_none() {
            self.handle(Event::Trouble(trouble));
        }
    }

    pub(super) fn save(&mut self) {
        self.is_to_be_saved = false;
        let kept = self.keep();
        self.tell_of_keeping(kept);
    }

    /// The disk has taken what was written a while ago, or has not.
    pub(super) fn hear_of_disk(&mut self) {
        if let Some(file) = &self.file {
            let kept = file.outcome();
            self.tell_of_keeping(kept);
        }
    }

    fn tell_of_keeping(&mut self, kept: io::Result<()>) {
        match kept {
            Ok(()) if self.why_not_kept.take().is_some() => {
                self.handle(Event::Trouble("what is not sent is kept again".into()));
            }
            Ok(()) => {}
            Err(error) => self.not_kept(&error),
        }
    }

    fn keep(&mut self) -> io::Result<()> {
        if self.file.is_none() {
            let (file, kept) = StateFile::open(&self.arguments.server, &self.name)?;
            self.file = Some(file);
            self.handle(Event::Kept(kept));
        }
        let state = self.app.state();
        self.file.as_mut().map_or(Ok(()), |file| file.write(&state))
    }
}
