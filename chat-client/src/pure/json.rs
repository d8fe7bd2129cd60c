//! Events as JSON, one object on each line.
//!
//! Every object has `"v":1`, the version of this format, and `"event"`, the name of the event. Later versions of the
//! program add fields and events; whoever reads ignores those that he does not know. Ids are hexadecimal in strings,
//! because a number in JSON is not reliable beyond 2⁵³. Characters that could command a terminal are escaped, so that
//! the lines can be shown as they are. Commands can be given as JSON too: see [`input`].
//!
//! | `event` | other fields |
//! |---|---|
//! | `welcomed` | `name`, `storage` (0: in the server's memory, 1: on its disk) |
//! | `refused` | `code`, `text`, `unsent` |
//! | `pinned` | `key` (the server's, by which it is known from now on), `fingerprint` |
//! | `untrusted` | `text`, `unsent` |
//! | `lost` | `cause` (`unreachable`, `unsigned`: nobody has signed with your key in time, `ended`, `silent`, `nonsense`, `sent`), `code` if `sent`, `text` (for people) if anybody says why, `retry_in_ms` |
//! | `joined` | `room`, `again`, `resumed` (`exact`, `trimmed`, `diverged`), `seq` (of the last message), `count`, `members`, `roles`, `topic`, `role` (`none`, `member`, `operator`, `owner`, `muted`, `banned`), `read` (the last message that was read) if it is known |
//! | `left` | `room` |
//! | `removed` | `room`, `code`, `text` |
//! | `said` | `room`, `seq`, `id`, `from`, `at` (milliseconds since 1970), `kind` (0: line, 1: action, 2: topic, 3: moderation, 4: emptied), `text`, `unproven` (true) if anybody could have said it under this name; `act` (as in [`input`], or `own`), `who` and `until` (milliseconds since 1970, 0: for good) if it tells what was done to somebody |
//! | `emptied` | `room`, `seq` (of the message that was emptied), `by`, `notice` (the number of the message that says so), `id` (of the same), `at` |
//! | `stored` | `room`, `id`, `seq` |
//! | `failed` | `what` (`say`, `empty`, `moderate`, `join`, `leave`, `history`, `search`, `members`, `mark`, `create`, `open`, `rooms`, `whois`, `away`, `release`), `room` but for the last five, `id` if it is one of the first three, `seq` if `empty` or `mark`, `act` if `moderate`, `name` if `moderate`, `open`, `whois` or `release`, `mine` if `rooms`, `code`, `text`, `retry_in_ms` if it is tried again |
//! | `presence` | `room`, `arrived`, `left`, `count`, `roles` (of `arrived`) |
//! | `missed` | `room`, `from`, `to` |
//! | `broke` | `room` |
//! | `page` | `room`, `log`, `first_kept`, `last`, `records` (as in `said`, without `room`) |
//! | `found` | `room`, `log`, `searched`, `last`, `records` (as in `page`, the newest first) |
//! | `members` | `room`, `count`, `members`, `roles` |
//! | `opened`, `announced` | `room`, `with` (the other person) if it is a conversation, `role`, `count`, `topic` |
//! | `rooms` | `mine`, `list` (objects as in `opened`), `whole` (whether these are all) |
//! | `marked` | `room`, `seq` |
//! | `person` | `name`, `key` if one owns the name, `connections`, `away` |
//! | `away` | `text` |
//! | `released` | `name` |
//! | `gave_up` | `unsent` (objects with `room`, `id`, and `kind` and `text`, or `empties`: the number of a message that was to be emptied, or `act`, `name`, `for_ms` and `reason`) |
//! | `finished` | |
//!
//! `roles` has those of the names with it who own the room, keep order there or may not speak: objects with `name` and `role`
//! (`owner`, `operator`, `muted`). It is exact when it is told; what is done later comes as `said`, with `act` and `who`.

pub mod input;

use std::borrow::Cow;
use std::fmt::Write;

use chat_proto::ids::MessageId;
use chat_proto::message::{Act, Code, Listed, Record, Resumed, Role};
use chat_proto::name::{RoomName, UserName};
use chat_proto::text::Note;
use chat_proto::visible::visible;

use super::link::{Cause, Content, Event, Unsent, Wanted};
use super::roles::RolesOf;

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
        Event::Lost {
            cause,
            why,
            retry_in_ms,
        } => object
            .event("lost")
            .cause(cause, why)
            .number("retry_in_ms", *retry_in_ms),
        Event::Joined {
            room,
            again,
            resumed,
            position,
            count,
            members,
            roles,
            topic,
            role,
            read,
        } => {
            object
                .event_in("joined", room)
                .flag("again", *again)
                .text("resumed", resumed_name(*resumed));
            object
                .number("seq", position.seq.0)
                .number("count", *count)
                .names("members", members)
                .roles(roles);
            object.text("topic", topic).text("role", role_name(*role));
            object.number_if("read", read.map(|seq| seq.0))
        }
        Event::Left { room } => object.event_in("left", room),
        Event::Removed { room, code, text } => object.event_in("removed", room).reason(*code, text),
        Event::Opened { listed } => object.event("opened").listed(listed),
        Event::Announced { listed } => object.event("announced").listed(listed),
        Event::Rooms { mine, list, whole } => object
            .event("rooms")
            .flag("mine", *mine)
            .listeds("list", list)
            .flag("whole", *whole),
        Event::Marked { room, seq } => object.event_in("marked", room).number("seq", seq.0),
        Event::Person {
            name,
            key,
            connections,
            away,
        } => {
            object.event("person").text("name", name.as_str());
            if let Some(key) = key {
                object.text("key", &key.to_string());
            }
            object.number("connections", *connections).text("away", away)
        }
        Event::Away { text } => object.event("away").text("text", text),
        Event::Released { name } => object.event("released").text("name", name.as_str()),
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
            .number_if("retry_in_ms", *retry_in_ms),
        Event::Presence {
            room,
            arrived,
            left,
            count,
            roles,
        } => {
            object
                .event_in("presence", room)
                .names("arrived", arrived)
                .names("left", left);
            object.number("count", *count).roles(roles)
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
        Event::Members {
            room,
            count,
            members,
            roles,
        } => {
            object.event_in("members", room).number("count", *count);
            object.names("members", members).roles(roles)
        }
        Event::GaveUp { unsent } => object.event("gave_up").unsent(unsent),
        Event::Finished => object.event("finished"),
    };
    object.end()
}

/// What acts are called.
const ACTS: [(Act, &str); 8] = [
    (Act::KICK, "kick"),
    (Act::BAN, "ban"),
    (Act::UNBAN, "unban"),
    (Act::MUTE, "mute"),
    (Act::UNMUTE, "unmute"),
    (Act::INVITE, "invite"),
    (Act::PROMOTE, "promote"),
    (Act::DEMOTE, "demote"),
];

/// What an act is called: one of a later version has its number only.
pub(super) fn act_name(act: Act) -> Cow<'static, str> {
    match ACTS.iter().find(|(known, _)| *known == act) {
        Some((_, name)) => Cow::Borrowed(name),
        // Nobody can ask for it here.
        None if act == Act::OWN => Cow::Borrowed("own"),
        None => Cow::Owned(act.0.to_string()),
    }
}

/// A role of a later version is none.
const fn role_name(role: Role) -> &'static str {
    match role {
        Role::MEMBER => "member",
        Role::OPERATOR => "operator",
        Role::OWNER => "owner",
        Role::MUTED => "muted",
        Role::BANNED => "banned",
        _ => "none",
    }
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

    fn roles(&mut self, roles: &RolesOf) -> &mut Self {
        let roles: Vec<_> = roles.iter().collect();
        self.list("roles", &roles, |(name, role)| {
            let mut object = Self::new();
            object.text("name", name.as_str()).text("role", role_name(**role));
            object.end()
        })
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

    fn number_if(&mut self, key: &str, value: Option<u64>) -> &mut Self {
        match value {
            Some(value) => self.number(key, value),
            None => self,
        }
    }

    fn listed(&mut self, listed: &Listed) -> &mut Self {
        self.text("room", listed.room.as_str());
        if let Some(with) = &listed.with {
            self.text("with", with.as_str());
        }
        self.text("role", role_name(listed.role))
            .number("count", listed.count)
            .text("topic", &listed.topic)
    }

    fn listeds(&mut self, key: &str, list: &[Listed]) -> &mut Self {
        self.list(key, list, |listed| {
            let mut object = Self::new();
            object.listed(listed);
            object.end()
        })
    }

    fn act(&mut self, act: Act) -> &mut Self {
        self.text("act", &act_name(act))
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

    fn cause(&mut self, cause: &Cause, why: &str) -> &mut Self {
        let name = match cause {
            Cause::Unreachable => "unreachable",
            Cause::Unsigned => "unsigned",
            Cause::Ended => "ended",
            Cause::Silent => "silent",
            Cause::Nonsense => "nonsense",
            Cause::Sent { code, text } => return self.text("cause", "sent").reason(*code, text),
        };
        self.text("cause", name);
        if why.is_empty() {
            self
        } else {
            self.text("text", why)
        }
    }

    fn wanted(&mut self, wanted: &Wanted) -> &mut Self {
        let what = match wanted {
            Wanted::Say { .. } => "say",
            Wanted::Empty { .. } => "empty",
            Wanted::Moderate { .. } => "moderate",
            Wanted::Join { .. } => "join",
            Wanted::Leave { .. } => "leave",
            Wanted::History { .. } => "history",
            Wanted::Search { .. } => "search",
            Wanted::Members { .. } => "members",
            Wanted::Mark { .. } => "mark",
            Wanted::Create { .. } => "create",
            Wanted::Open { .. } => "open",
            Wanted::Rooms { .. } => "rooms",
            Wanted::Whois { .. } => "whois",
            Wanted::Away { .. } => "away",
            Wanted::Release { .. } => "release",
        };
        self.text("what", what);
        if let Wanted::Create { room } = wanted {
            self.text("room", room.as_str());
        }
        if let Some(room) = wanted.room() {
            self.text("room", room.as_str());
        }
        if let Wanted::Say { id, .. } | Wanted::Empty { id, .. } | Wanted::Moderate { id, .. } = wanted {
            self.id(*id);
        }
        if let Wanted::Empty { seq, .. } | Wanted::Mark { seq, .. } = wanted {
            self.number("seq", seq.0);
        }
        if let Wanted::Moderate { act, .. } = wanted {
            self.act(*act);
        }
        if let Wanted::Moderate { name, .. }
        | Wanted::Open { name }
        | Wanted::Whois { name }
        | Wanted::Release { name } = wanted
        {
            self.text("name", name.as_str());
        }
        if let Wanted::Rooms { mine } = wanted {
            self.flag("mine", *mine);
        }
        self
    }

    fn record(&mut self, record: &Record) -> &mut Self {
        self.number("seq", record.seq.0).id(record.id);
        self.text("from", record.author.as_str())
            .number("at", record.at_unix_ms);
        self.number("kind", record.kind.0).text("text", &record.text);
        if record.is_unproven() {
            self.flag("unproven", true);
        }
        if let Some(acted) = record.acted() {
            self.act(acted.act)
                .text("who", acted.name.as_str())
                .number("until", acted.until_unix_ms);
        }
        self
    }

    fn unsent(&mut self, unsent: &[Unsent]) -> &mut Self {
        self.list("unsent", unsent, |unsent| {
            let mut object = Self::new();
            object.text("room", unsent.room.as_str());
            object.id(unsent.id);
            match &unsent.content {
                Content::Text { kind, text } => object.number("kind", kind.0).text("text", text),
                Content::Emptying { seq } => object.number("empties", seq.0),
                Content::Moderation {
                    act,
                    name,
                    for_ms,
                    reason,
                } => {
                    object.act(*act).text("name", name.as_str());
                    object.number("for_ms", *for_ms).text("reason", reason)
                }
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
