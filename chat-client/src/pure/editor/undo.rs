//! What the text was before.

use std::collections::VecDeque;

/// So many edits can be taken back.
pub const UNDO_STEPS_MAX: usize = 100;

/// Earlier texts with their cursors, the newest last.
#[derive(Clone, Debug, Default)]
pub(super) struct Undo(VecDeque<(String, usize)>);

impl Undo {
    /// Remembers how it is before an edit.
    pub(super) fn record(&mut self, text: &str, cursor: usize) {
        if self.0.len() == UNDO_STEPS_MAX {
            self.0.pop_front();
        }
        self.0.push_back((text.into(), cursor));
    }

    /// How it was.
    pub(super) fn take(&mut self) -> Option<(String, usize)> {
        self.0.pop_back()
    }
}
