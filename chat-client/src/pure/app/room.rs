//! One room or conversation: what it shows, and how far it was read.

#[cfg(test)]
mod tests;

use chat_proto::ids::{LogId, MessageId, Position, Seq};
use chat_proto::message::{Kind, Record, Resumed};
use chat_proto::name::{Privacy, RoomName, UserName};

use super::line::Reader;
use super::pending::{Pending, PendingState};
use super::window::{Window, after};
use crate::pure::crowd::Crowd;
use crate::pure::link::MEMBERS_KEPT_MAX;
use crate::pure::roles::Roles;
use crate::pure::scrollback::{Body, HIDDEN_LINES_MAX, Line, LineNo, Scrollback};
use crate::pure::view::Scroll;

/// A room as it is shown.
#[derive(Debug)]
pub struct Room {
    name: RoomName,
    /// In a conversation: with whom.
    with: Option<UserName>,
    /// What is told as it comes.
    pub(super) live: Window,
    /// What is shown in its place: what stands around a message that was looked for.
    pub(super) excerpt: Option<Window>,
    /// The message that is looked for, and where the page that is to have it ends.
    pub(super) sought: Option<Sought>,
    /// A page was refused for now: none is fetched before one scrolls or comes back.
    pub(super) is_put_off: bool,
    /// The message that is chosen, among those that are shown.
    pub(super) chosen: Option<LineNo>,
    pub(super) pending: Vec<Pending>,
    pub(super) standing: RoomStanding,
    pub(crate) topic: String,
    pub(crate) count: u32,
    pub(crate) people: Vec<UserName>,
    pub(super) roles: Roles,
    /// The log as it was last known; from the state file, if we were not in yet.
    log: Option<LogId>,
    /// The last number that the log had when we joined.
    top: Seq,
    /// Joined on a new link: what comes may not join what is here.
    is_rejoined: bool,
    pub(super) scroll: Scroll,
    /// Came while one reads further back.
    pub(crate) new_below: u32,
    pub(crate) unread: u32,
    pub(crate) mentions: u32,
    /// What was read till, if that is known.
    pub(super) read: Option<Seq>,
    /// What the server was told of it.
    marked: Option<Seq>,
    /// Behind this message the mark is drawn.
    pub(super) mark_line: Option<Seq>,
    /// What was being written here.
    pub(super) draft: String,
}

/// A message that is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sought {
    /// Its number.
    pub(super) seq: Seq,
    /// The page that ends before this number is to have it.
    pub(super) before: Seq,
}

/// Whether we are in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomStanding {
    /// We want in.
    Joining,
    /// We are in.
    In,
    /// We are out, and this is why.
    Out(String),
}

impl Room {
    /// A room, and how far it was read in which log the last time.
    pub(super) fn new(name: RoomName, with: Option<UserName>, mark: Option<(LogId, Seq)>) -> Self {
        let (log, read) = mark.unzip();
        Self {
            name,
            with,
            live: Window::live(),
            excerpt: None,
            sought: None,
            is_put_off: false,
            chosen: None,
            pending: Vec::new(),
            standing: RoomStanding::Joining,
            topic: String::new(),
            count: 0,
            people: Vec::new(),
            roles: Roles::default(),
            log,
            top: Seq::ZERO,
            is_rejoined: false,
            scroll: Scroll::Newest,
            new_below: 0,
            unread: 0,
            mentions: 0,
            read,
            marked: None,
            mark_line: read,
            draft: String::new(),
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &RoomName {
        &self.name
    }

    /// With whom it is a conversation.
    #[must_use]
    pub const fn with(&self) -> Option<&UserName> {
        self.with.as_ref()
    }

    /// As it is called: `#lobby`, or `@alice` for a conversation.
    #[must_use]
    pub fn title(&self) -> String {
        match &self.with {
            Some(person) => format!("@{person}"),
            None => format!("#{}", self.name),
        }
    }

    /// It is a conversation with this person.
    pub(super) fn know_with(&mut self, with: Option<&UserName>) {
        self.with = with.cloned();
    }

    /// What it shows.
    #[must_use]
    pub fn lines(&self) -> &Scrollback {
        &self.window().lines
    }

    pub(super) fn window(&self) -> &Window {
        self.excerpt.as_ref().unwrap_or(&self.live)
    }

    pub(super) fn window_mut(&mut self) -> &mut Window {
        self.excerpt.as_mut().unwrap_or(&mut self.live)
    }

    /// Whether something is fetched that would be shown here.
    pub(crate) fn is_fetching(&self) -> bool {
        self.sought.is_some() || self.window().is_fetching
    }

    /// Whether what is shown is not what is told as it comes.
    pub(crate) const fn is_excerpt(&self) -> bool {
        self.excerpt.is_some()
    }

    /// The message that is chosen.
    #[must_use]
    pub const fn chosen(&self) -> Option<LineNo> {
        self.chosen
    }

    /// Where one reads.
    #[must_use]
    pub const fn scroll(&self) -> Scroll {
        self.scroll
    }

    /// Behind which message the mark is drawn.
    #[must_use]
    pub const fn mark_line(&self) -> Option<Seq> {
        self.mark_line
    }

    /// Whether what follows the first message was told, and not only begun to be.
    pub(super) fn is_caught_up(&self) -> bool {
        self.live.last >= self.top
    }

    pub(super) const fn log(&self) -> Option<LogId> {
        self.log
    }

    pub(super) fn joined(
        &mut self,
        position: Position,
        resumed: Resumed,
        again: bool,
        read: Option<Seq>,
        now_ms: u64,
    ) {
        let Position { log, seq: top, .. } = position;
        self.standing = RoomStanding::In;
        self.is_put_off = false;
        // The link asks again for what it was asked before a loss; a new link was asked for nothing.
        self.window_mut().is_fetching &= again;
        self.live.is_fetching &= again;
        self.sought = self.sought.filter(|_| again);
        let is_other_log = self.log.is_some_and(|known| known != log) || resumed == Resumed::Diverged;
        if is_other_log {
            // A new link knows of no other log, and does not say so.
            self.broke(now_ms);
            (self.read, self.marked, self.mark_line) = (None, None, None);
        }
        self.roles.joined(top);
        self.is_rejoined = !again;
        self.log = Some(log);
        self.top = top;
        if let Some(read) = read {
            self.read_elsewhere(read);
        }
        // Who is here for the first time has nothing unread; but somebody let us into a private room to be heard.
        self.read.get_or_insert(match self.name.privacy() {
            Privacy::Public => top,
            Privacy::Private | Privacy::Direct => Seq::ZERO,
        });
    }

    /// A message of the log, the next one. Whether it speaks to us and was not read yet.
    pub(super) fn said(&mut self, record: &Record, reader: Reader<'_>) -> bool {
        self.pending.retain(|pending| pending.id != record.id);
        if record.seq <= self.live.last {
            return false;
        }
        self.join_on(record.seq);
        self.roles.learn(record);
        self.told_to(record.seq);
        self.live.begin(record.seq);
        self.live.has_all |= record.seq <= Seq(1);
        if record.kind == Kind::TOPIC {
            self.topic = record.text.as_str().into();
        }
        if reader.is_ignored {
            return false;
        }
        let Some(line) = reader.line(record, self.with.is_some()) else {
            return false;
        };
        let is_mention = matches!(&line.body, Body::Said(said) if said.is_mention);
        let is_mine = record.author == *reader.me;
        self.push(line);
        if !reader.is_shown && self.live.lines.trim(HIDDEN_LINES_MAX) {
            self.live.forgot();
        }
        let is_below = self.scroll != Scroll::Newest;
        self.new_below = self.new_below.saturating_add(u32::from(is_below));
        if is_mine || reader.is_attentive {
            self.attend(reader.is_attentive);
            return is_mention && reader.is_attentive && !is_mine && self.with.is_none();
        }
        let is_unread = self.read.is_none_or(|read| record.seq > read);
        self.unread = self.unread.saturating_add(u32::from(is_unread));
        self.mentions = self.mentions.saturating_add(u32::from(is_unread && is_mention));
        is_unread && is_mention
    }

    /// What is told now begins with this number. On a new link it may not join what is here.
    fn join_on(&mut self, from: Seq) {
        let live = &mut self.live;
        if std::mem::take(&mut self.is_rejoined) && live.last > Seq::ZERO && from > after(live.last) {
            // What lies between is fetched when one reads back.
            live.lines.clear();
            (live.first, live.has_all, live.is_fetching) = (None, false, false);
            self.show_newest();
        }
    }

    /// Everything up to this number was told, is fetched when one reads back, or can't be had.
    fn told_to(&mut self, seq: Seq) {
        self.live.last = self.live.last.max(seq);
        let last = self.live.last;
        let is_told = |state: &_| matches!(state, PendingState::Stored { seq } if *seq <= last);
        self.pending.retain(|pending| !is_told(&pending.state));
    }

    /// Messages that can't be had.
    pub(super) fn missed(&mut self, from: Seq, to: Seq, now_ms: u64) {
        if to <= self.live.last {
            return;
        }
        self.join_on(from);
        self.told_to(to);
        self.live.begin(after(to));
        self.push(Line {
            at_unix_ms: now_ms,
            seq: to,
            body: Body::Missed { from },
        });
    }

    /// The log is another one.
    pub(super) fn broke(&mut self, now_ms: u64) {
        self.leave_excerpt();
        for pending in &mut self.pending {
            if let PendingState::Stored { .. } = pending.state {
                pending.state = PendingState::Refused("the server has lost it".into());
            }
        }
        if self.live.lines.has_messages() {
            self.tell(Body::Broke, now_ms);
        } else {
            self.live.lines.begin_at(Seq::ZERO);
        }
        (self.live.first, self.live.last) = (None, Seq::ZERO);
        (self.live.has_all, self.live.is_fetching) = (false, false);
    }

    /// A message was emptied.
    pub(super) fn emptied(&mut self, seq: Seq, by: &UserName, notice: Seq, id: MessageId) {
        self.pending.retain(|pending| pending.id != id);
        self.join_on(notice);
        let windows = self.excerpt.iter_mut().chain([&mut self.live]);
        windows.for_each(|window| window.lines.empty(seq, by));
        self.told_to(notice);
        self.live.begin(notice);
    }

    /// People came and went.
    pub(super) fn presence(&mut self, arrived: &[UserName], left: &[UserName], now_ms: u64) {
        self.people.retain(|name| !left.contains(name));
        for name in arrived {
            if self.people.len() < MEMBERS_KEPT_MAX && !self.people.contains(name) {
                self.people.push(name.clone());
            }
        }
        if arrived.is_empty() && left.is_empty() {
            return;
        }
        let lines = &self.live.lines;
        let last = lines.last().and_then(|no| lines.get(no));
        if !matches!(
            last,
            Some(Line {
                body: Body::Presence(_),
                ..
            })
        ) {
            self.tell(Body::Presence(Box::default()), now_ms);
        }
        let mut is_nothing = false;
        self.live.lines.change_last(|line| {
            if let Body::Presence(crowd) = &mut line.body {
                fold(crowd, arrived, left);
                is_nothing = crowd.is_empty();
                line.at_unix_ms = line.at_unix_ms.max(now_ms);
            }
        });
        if is_nothing {
            self.live.lines.pop();
        }
    }

    /// A line from the client itself.
    pub(super) fn tell(&mut self, body: Body, now_ms: u64) {
        let seq = self.live.last;
        self.push(Line {
            at_unix_ms: now_ms,
            seq,
            body,
        });
    }

    fn push(&mut self, line: Line) {
        if self.live.lines.push(line) {
            self.live.forgot();
        }
    }

    /// The room is before one's eyes: everything is read.
    pub(super) fn attend(&mut self, is_attentive: bool) {
        if is_attentive && self.scroll == Scroll::Newest {
            (self.unread, self.mentions, self.new_below) = (0, 0, 0);
            if self.live.last > Seq::ZERO {
                self.read = Some(self.live.last);
            }
        }
    }

    /// How far it was read, if the server was not told yet.
    pub(super) fn take_mark(&mut self) -> Option<Seq> {
        let read = self
            .read
            .filter(|read| *read > Seq::ZERO && self.marked.is_none_or(|marked| marked < *read))?;
        self.marked = Some(read);
        Some(read)
    }

    /// One looks away: what comes from now on is new.
    pub(super) fn look_away(&mut self) {
        if self.scroll == Scroll::Newest {
            self.mark_line = self.read;
        }
    }

    /// The room is not shown any more.
    pub(super) fn hide(&mut self) {
        self.show_newest();
        if self.live.lines.trim(HIDDEN_LINES_MAX) {
            self.live.forgot();
        }
    }

    /// Shows the newest message.
    pub(super) fn show_newest(&mut self) {
        self.leave_excerpt();
        (self.scroll, self.new_below) = (Scroll::Newest, 0);
        self.chosen = None;
    }

    /// Shows what is told as it comes again.
    fn leave_excerpt(&mut self) {
        self.sought = None;
        if self.excerpt.take().is_some() {
            (self.scroll, self.new_below) = (Scroll::Newest, 0);
            self.chosen = None;
        }
    }

    /// Nothing is shown; what was said can be fetched again.
    pub(super) fn clear(&mut self) {
        let live = &mut self.live;
        live.lines.clear();
        live.first = Some(after(live.last)).filter(|_| live.last > Seq::ZERO);
        (live.has_all, live.is_fetching) = (false, false);
        self.show_newest();
    }

    /// What was read elsewhere.
    pub(super) fn read_elsewhere(&mut self, seq: Seq) {
        if self.read.is_none_or(|read| read < seq) {
            self.read = Some(seq);
            self.mark_line = Some(seq);
            if seq >= self.live.last {
                (self.unread, self.mentions) = (0, 0);
            }
        }
    }

    /// The last message of this author that could be emptied.
    pub(super) fn last_of(&self, author: &UserName) -> Option<Seq> {
        let lines = &self.live.lines;
        let of_log = lines.iter().rev().take_while(|(no, _)| lines.is_of_log(*no));
        of_log
            .map(|(_, line)| line)
            .find(|line| matches!(&line.body, Body::Said(said) if said.author == *author))
            .map(|line| line.seq)
    }
}

fn fold(crowd: &mut Crowd, arrived: &[UserName], left: &[UserName]) {
    for name in arrived {
        crowd.arrive(name);
    }
    for name in left {
        crowd.leave(name);
    }
}
