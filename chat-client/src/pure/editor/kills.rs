//! What was cut.

use std::collections::VecDeque;

/// So many cuts are kept.
pub const KILLS_MAX: usize = 16;

/// On which side of the cursor something was cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Back,
    Forward,
}

/// What was cut, the newest first. Each of them is no longer than a text.
#[derive(Clone, Debug, Default)]
pub(super) struct Kills {
    kept: VecDeque<String>,
    /// How many cuts further back the one is that was put in last.
    back: usize,
}

impl Kills {
    /// Keeps what is cut; with what was cut just before, if it goes on with that.
    pub(super) fn cut(&mut self, text: &str, direction: Direction, goes_on: bool) {
        self.back = 0;
        match (self.kept.front_mut(), direction) {
            (Some(newest), Direction::Back) if goes_on => newest.insert_str(0, text),
            (Some(newest), Direction::Forward) if goes_on => newest.push_str(text),
            _ => {
                self.kept.truncate(KILLS_MAX - 1);
                self.kept.push_front(text.into());
            }
        }
    }

    /// What was cut last.
    pub(super) fn newest(&mut self) -> &str {
        self.back = 0;
        self.at_back()
    }

    /// What was cut before the one that was told last; after the oldest the newest again.
    pub(super) fn earlier(&mut self) -> &str {
        self.back = (self.back + 1) % self.kept.len().max(1);
        self.at_back()
    }

    fn at_back(&self) -> &str {
        self.kept.get(self.back).map_or("", String::as_str)
    }
}
