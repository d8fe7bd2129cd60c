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
    /// It as messages: one for each line, more for a line that is too long for one.
    messages: Vec<Text>,
}

impl Pasting {
    /// The question, in the order of preference.
    #[must_use]
    pub fn question(&self) -> String {
        let lines = match self.lines {
            1 => "1 line".into(),
            lines => format!("{lines} lines"),
        };
        let messages = self.messages.len();
        let each = if self.can_be_said() {
            format!("l: as {messages} messages  ")
        } else {
            String::new()
        };
        if self.text.len() > TEXT_BYTES_MAX {
            return format!("{lines} pasted, too long for one message.  {each}Esc: not at all");
        }
        format!("{lines} pasted.  Enter: edit as one message  {each}Esc: not at all")
    }

    const fn can_be_said(&self) -> bool {
        self.messages.len() <= PASTE_MESSAGES_MAX
    }
}

/// Each line as a message; one that is too long as several, cut at the ends of words.
fn messages(text: &str) -> Vec<Text> {
    let mut messages = Vec::new();
    for line in text.lines() {
        let mut rest = line;
        while !rest.trim().is_empty() {
            let (message, after) = rest.split_at(message_end(rest));
            messages.push(Text::new(message).expect("it is cut so that it fits"));
            rest = after.trim_start();
        }
    }
    messages
}

/// Where the first message of a line ends.
fn message_end(line: &str) -> usize {
    if line.len() <= TEXT_BYTES_MAX {
        return line.len();
    }
    let mut end = TEXT_BYTES_MAX;
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    let fits = &line[..end];
    let words = fits.rfind(char::is_whitespace).map(|at| fits[..at].trim_end());
    words
        .filter(|words| !words.is_empty())
        .map_or(fits.len(), str::len)
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
            messages: messages(text),
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
        } else if press == KeyPress::char('l') && pasting.can_be_said() {
            if let Some(why) = self.why_not_yet() {
                // The question stands where a hint would.
                self.note(why);
                self.pasting = Some(pasting);
                return;
            }
            self.say_each(pasting.messages, out);
        } else {
            self.pasting = Some(pasting);
        }
    }

    /// Each is a message; none is a command.
    fn say_each(&mut self, messages: Vec<Text>, out: &mut Effects) {
        self.open = None;
        for text in messages {
            let kind = Kind::LINE;
            self.submit_content(self.current, Content::Text { kind, text }, out);
        }
    }
}
