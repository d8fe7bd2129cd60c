//! Events as JSON, one object on each line.
//!
//! Every object has `"v":1`, the version of this format, and `"event"`, the name of the event. Later versions of the
//! program add fields and events; whoever reads ignores those that he does not know. Ids are hexadecimal in strings,
//! because a number in JSON is not reliable beyond 2⁵³. Characters that could command a terminal are escaped, so that
//! the lines can be shown as they are.
//!
//! | `event` | other fields |
//! |---|---|
//! | `welcomed` | `name`, `storage` (0: in the server's memory, 1: on its disk) |
//! | `refused` | `code`, `text`, `unsent` |
//! | `lost` | `cause` (`unreachable`, `ended`, `silent`, `nonsense`, `sent`), `code` and `text` if `sent`, `retry_in_ms` |
//! | `joined` | `room`, `again`, `resumed` (`exact`, `trimmed`, `diverged`), `seq` (of the last message), `count`, `members` |
//! | `left` | `room` |
//! | `said` | `room`, `seq`, `id`, `from`, `at` (milliseconds since 1970), `kind` (0: line, 1: action, …), `text` |
//! | `emptied` | `room`, `seq` (of the message that was emptied), `by`, `notice` (the number of the message that says so), `id` (of the same), `at` |
//! | `stored` | `room`, `id`, `seq` |
//! | `failed` | `what` (`say`, `empty`, `join`, `leave`, `history`, `search`, `members`), `room`, `id` if `say` or `empty`, `seq` if `empty`, `code`, `text`, `retry_in_ms` if it is tried again |
//! | `presence` | `room`, `arrived`, `left`, `count` |
//! | `missed` | `room`, `from`, `to` |
//! | `broke` | `room` |
//! | `page` | `room`, `log`, `first_kept`, `last`, `records` (as in `said`, without `room`) |
//! | `found` | `room`, `log`, `searched`, `last`, `records` (as in `page`, the newest first) |
//! | `members` | `room`, `count`, `members` |
//! | `gave_up` | `unsent` (objects with `room`, `id`, and `kind` and `text`, or `empties`: the number of a message that was to be emptied) |
//! | `finished` | |

use std::fmt::Write;

use chat_proto::ids::MessageId;
use chat_proto::message::{Code, Record, Resumed};
use chat_proto::name::{RoomName, UserName};
use chat_proto::text::Note;
use chat_proto::visible::visible;

use super::link::{Cause, Content, Event, Unsent, Wanted};

/// The version of the format.
pub const JSON_VERSION: u64 = 1;

/// The event as one JSON object, without a line end.
#[must_use]
#[expect(
    clippy::too_many_lines,
    reason = "one arm for each event, as the table has one row for each"
)]
pub fn event_to_json(event: &Event) -> String {
    let mut object = Object::new();
    object.number("v", JSON_VERSION);
    match event {
        Event::Welcomed { name, storage } => object
            .event("welcomed")
            .text("name", name.as_str())
            .number("storage", storage.0),
        Event::Refused { code, text, unsent } => object.event("refused").reason(*code, text).unsent(unsent),
        Event::Pinned {
            server_key,
            fingerprint,
        } => object
            .event("pinned")
            .text("key", &server_key.to_string())
            .text("fingerprint", fingerprint),
        Event::Untrusted { reason, unsent } => object.event("untrusted").text("text", reason).unsent(unsent),
        Event::Lost { cause, retry_in_ms } => object
            .event("lost")
            .cause(cause)
            .number("retry_in_ms", *retry_in_ms),
        Event::Joined {
            room,
            again,
            resumed,
            position,
            count,
            members,
        } => {
            object
                .event_in("joined", room)
                .flag("again", *again)
                .text("resumed", resumed_name(*resumed));
            object
                .number("seq", position.seq.0)
                .number("count", *count)
                .names("members", members)
        }
        Event::Left { room } => object.event_in("left", room),
        Event::Said { room, record } => object.event_in("said", room).record(record),
        Event::Emptied {
            room,
            seq,
            by,
            notice,
            id,
            at_unix_ms,
        } => {
            object.event_in("emptied", room).number("seq", seq.0);
            object.text("by", by.as_str()).number("notice", notice.0);
            object.id(*id).number("at", *at_unix_ms)
        }
        Event::Stored { room, id, seq } => object.event_in("stored", room).id(*id).number("seq", seq.0),
        Event::Failed {
            what,
            code,
            text,
            retry_in_ms,
        } => object
            .event("failed")
            .wanted(what)
            .reason(*code, text)
            .retry(*retry_in_ms),
        Event::Presence {
            room,
            arrived,
            left,
            count,
        } => {
            object
                .event_in("presence", room)
                .names("arrived", arrived)
                .names("left", left);
            object.number("count", *count)
        }
        Event::Missed { room, from, to } => object
            .event_in("missed", room)
            .number("from", from.0)
            .number("to", to.0),
        Event::Broke { room } => object.event_in("broke", room),
        Event::Page {
            room,
            span: _,
            log,
            first_kept,
            last,
            records,
        } => {
            object.event_in("page", room).text("log", &log.to_string());
            object
                .number("first_kept", first_kept.0)
                .number("last", last.0)
                .records(records)
        }
        Event::Found {
            room,
            query: _,
            log,
            searched,
            last,
            records,
        } => {
            object.event_in("found", room).text("log", &log.to_string());
            object
                .number("searched", searched.0)
                .number("last", last.0)
                .records(records)
        }
        Event::Members { room, count, members } => object
            .event_in("members", room)
            .number("count", *count)
            .names("members", members),
        Event::GaveUp { unsent } => object.event("gave_up").unsent(unsent),
        Event::Finished => object.event("finished"),
    };
    object.end()
}

const fn resumed_name(resumed: Resumed) -> &'static str {
    match resumed {
        Resumed::Exact => "exact",
        Resumed::Trimmed { .. } => "trimmed",
        Resumed::Diverged => "diverged",
    }
}

/// A JSON object in the making.
struct Object(String);

impl Object {
    fn new() -> Self {
        Self("{".into())
    }

    fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }

    fn raw(&mut self, key: &str, value: &str) -> &mut Self {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push('"');
        self.0.push_str(key);
        self.0.push_str("\":");
        self.0.push_str(value);
        self
    }

    fn text(&mut self, key: &str, value: &str) -> &mut Self {
        self.raw(key, &quoted(value))
    }

    fn number(&mut self, key: &str, value: impl Into<u64>) -> &mut Self {
        self.raw(key, &value.into().to_string())
    }

    fn list<T>(&mut self, key: &str, values: &[T], to_json: impl Fn(&T) -> String) -> &mut Self {
        let values: Vec<String> = values.iter().map(to_json).collect();
        self.raw(key, &format!("[{}]", values.join(",")))
    }

    fn names(&mut self, key: &str, names: &[UserName]) -> &mut Self {
        self.list(key, names, |name| quoted(name.as_str()))
    }

    fn event(&mut self, name: &str) -> &mut Self {
        self.text("event", name)
    }

    fn event_in(&mut self, name: &str, room: &RoomName) -> &mut Self {
        self.event(name).text("room", room.as_str())
    }

    fn flag(&mut self, key: &str, value: bool) -> &mut Self {
        self.raw(key, if value { "true" } else { "false" })
    }

    fn id(&mut self, id: MessageId) -> &mut Self {
        self.text("id", &id.to_string())
    }

    fn retry(&mut self, retry_in_ms: Option<u64>) -> &mut Self {
        match retry_in_ms {
            Some(retry_in_ms) => self.number("retry_in_ms", retry_in_ms),
            None => self,
        }
    }

    fn records(&mut self, records: &[Record]) -> &mut Self {
        self.list("records", records, |record| {
            let mut object = Self::new();
            object.record(record);
            object.end()
        })
    }

    fn reason(&mut self, code: Code, text: &Note) -> &mut Self {
        self.number("code", code.0).text("text", text)
    }

    fn cause(&mut self, cause: &Cause) -> &mut Self {
        match cause {
            Cause::Unreachable => self.text("cause", "unreachable"),
            Cause::Ended => self.text("cause", "ended"),
            Cause::Silent => self.text("cause", "silent"),
            Cause::Nonsense => self.text("cause", "nonsense"),
            Cause::Sent { code, text } => self.text("cause", "sent").reason(*code, text),
        }
    }

    fn wanted(&mut self, wanted: &Wanted) -> &mut Self {
        let what = match wanted {
            Wanted::Say { .. } => "say",
            Wanted::Empty { .. } => "empty",
            Wanted::Join { .. } => "join",
            Wanted::Leave { .. } => "leave",
            Wanted::History { .. } => "history",
            Wanted::Search { .. } => "search",
            Wanted::Members { .. } => "members",
        };
        self.text("what", what).text("room", wanted.room().as_str());
        if let Wanted::Say { id, .. } | Wanted::Empty { id, .. } = wanted {
            self.id(*id);
        }
        if let Wanted::Empty { seq, .. } = wanted {
            self.number("seq", seq.0);
        }
        self
    }

    fn record(&mut self, record: &Record) -> &mut Self {
        self.number("seq", record.seq.0).id(record.id);
        self.text("from", record.author.as_str())
            .number("at", record.at_unix_ms);
        self.number("kind", record.kind.0).text("text", &record.text)
    }

    fn unsent(&mut self, unsent: &[Unsent]) -> &mut Self {
        self.list("unsent", unsent, |unsent| {
            let mut object = Self::new();
            object.text("room", unsent.room.as_str());
            object.id(unsent.id);
            match &unsent.content {
                Content::Text { kind, text } => object.number("kind", kind.0).text("text", text),
                Content::Emptying { seq } => object.number("empties", seq.0),
            };
            object.end()
        })
    }
}

/// A JSON string. What [`visible`] would mark is escaped, so that it comes through and commands nothing.
fn quoted(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 2);
    json.push('"');
    let mut bytes = [0; 4];
    for c in text.chars() {
        let is_plain = matches!(c, ' '..='~') || {
            let c: &str = c.encode_utf8(&mut bytes);
            visible(c).to_string() == c
        };
        match c {
            '"' | '\\' => json.extend(['\\', c]),
            '\n' => json.push_str("\\n"),
            '\t' => json.push_str("\\t"),
            _ if is_plain => json.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(json, "\\u{unit:04x}").expect("a string can always be written");
                }
            }
        }
    }
    json.push('"');
    json
}
