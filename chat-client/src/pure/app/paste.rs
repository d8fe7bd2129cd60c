//! Several lines pasted at once: what they are is asked before they flood a room.

use chat_proto::limits::TEXT_BYTES_MAX;
use chat_proto::message::Kind;
use chat_proto::text::Text;

use super::{App, Effects};
use crate::pure::editor::Edited;
use crate::pure::key::{Key, KeyPress};
use crate::pure::link::Content;

/// So many messages can be said at once.
pub const PASTE_MESSAGES_MAX: usize = 64;

/// A paste that waits for an answer.
#[derive(Debug)]
pub struct Pasting {
    text: String,
    lines: usize,
}

impl Pasting {
    /// The question, in the order of preference.
    #[must_use]
    pub fn question(&self) -> String {
        let lines = self.lines;
        let each = if lines <= PASTE_MESSAGES_MAX {
            format!("l: as {lines} messages  ")
        } else {
            String::new()
        };
        if self.text.len() > TEXT_BYTES_MAX {
            return format!("{lines} lines pasted, too long for one message.  {each}Esc: not at all");
        }
        format!("{lines} lines pasted.  Enter: edit as one message  {each}Esc: not at all")
    }
}

impl App {
    pub(super) fn paste(&mut self, pasted: &str) {
        self.hint = None;
        self.is_leaving = false;
        self.choices = None;
        let text = pasted.replace("\r\n", "\n").replace('\r', "\n");
        let text = text.trim_end_matches('\n');
        let lines = text.split('\n').count();
        if lines <= self.options.paste_lines && text.len() <= TEXT_BYTES_MAX {
            return self.put(text);
        }
        self.pasting = Some(Pasting {
            text: text.into(),
            lines,
        });
    }

    fn put(&mut self, text: &str) {
        if let Edited::Refused(why) = self.editor.paste(text) {
            self.trouble(why);
        }
    }

    pub(super) fn answer_paste(&mut self, press: KeyPress, out: &mut Effects) {
        let Some(pasting) = self.pasting.take() else {
            return;
        };
        let gives_up = [
            KeyPress::plain(Key::Esc),
            KeyPress::ctrl('c'),
            KeyPress::ctrl('g'),
        ];
        if gives_up.contains(&press) {
            self.tell("nothing was pasted");
        } else if press.key == Key::Enter && pasting.text.len() <= TEXT_BYTES_MAX {
            self.put(&pasting.text);
        } else if press == KeyPress::char('l') && pasting.lines <= PASTE_MESSAGES_MAX {
            self.say_lines(&pasting.text, out);
        } else {
            self.pasting = Some(pasting);
        }
    }

    /// Each line is a message; none is a command.
    fn say_lines(&mut self, text: &str, out: &mut Effects) {
        let texts: Result<Vec<Text>, _> = text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(Text::new)
            .collect();
        match texts {
            Ok(texts) => {
                for text in texts {
                    let kind = Kind::LINE;
                    self.submit_content(self.current, Content::Text { kind, text }, out);
                }
            }
            Err(error) => self.trouble(error.to_string()),
        }
    }
}
