//! One room or conversation: what it shows, and how far it was read.

use chat_proto::ids::{LogId, MessageId, Seq};
use chat_proto::message::{Kind, Record, Resumed, Span};
use chat_proto::name::{RoomName, UserName};

use super::line::Reader;
use super::pending::{Pending, PendingState};
use crate::pure::crowd::Crowd;
use crate::pure::link::{Content, MEMBERS_KEPT_MAX};
use crate::pure::scrollback::{Body, HIDDEN_LINES_MAX, Line, Scrollback};
use crate::pure::view::Scroll;

/// A room as it is shown.
#[derive(Debug)]
pub struct Room {
    name: RoomName,
    /// In a conversation: with whom.
    with: Option<UserName>,
    lines: Scrollback,
    pending: Vec<Pending>,
    pub(super) standing: RoomStanding,
    pub(crate) topic: String,
    pub(crate) count: u32,
    pub(crate) people: Vec<UserName>,
    log: Option<LogId>,
    /// The first number of the log that was told, and the last.
    first: Option<Seq>,
    last: Seq,
    /// The last number that the log had when we joined.
    top: Seq,
    /// Joined on a new link: what comes may not join what is here.
    is_rejoined: bool,
    /// Nothing earlier can be had, or is kept.
    pub(super) has_all: bool,
    pub(crate) is_fetching: bool,
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
    mark_line: Option<Seq>,
    /// What was being written here.
    pub(super) draft: String,
}

/// A page of history as it was asked for.
pub(super) struct Page<'a> {
    pub(super) span: Span,
    pub(super) first_kept: Seq,
    pub(super) records: &'a [Record],
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
    pub(super) fn new(name: RoomName, with: Option<UserName>, read: Option<Seq>) -> Self {
        Self {
            name,
            with,
            lines: Scrollback::default(),
            pending: Vec::new(),
            standing: RoomStanding::Joining,
            topic: String::new(),
            count: 0,
            people: Vec::new(),
            log: None,
            first: None,
            last: Seq::ZERO,
            top: Seq::ZERO,
            is_rejoined: false,
            has_all: false,
            is_fetching: false,
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
    pub const fn lines(&self) -> &Scrollback {
        &self.lines
    }

    /// What we said and is not in the log yet.
    #[must_use]
    pub fn pending(&self) -> &[Pending] {
        &self.pending
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

    /// The number of the first message that was told.
    pub(super) const fn first(&self) -> Option<Seq> {
        self.first
    }

    /// Whether what follows the first message was told, and not only begun to be.
    pub(super) fn is_caught_up(&self) -> bool {
        self.last >= self.top
    }

    pub(super) const fn log(&self) -> Option<LogId> {
        self.log
    }

    pub(super) fn joined(&mut self, log: LogId, top: Seq, resumed: Resumed, again: bool, read: Option<Seq>) {
        self.standing = RoomStanding::In;
        // The link asks again for what it was asked before a loss; a new link was asked for nothing.
        self.is_fetching &= again;
        let is_other_log = self.log.is_some_and(|known| known != log) || resumed == Resumed::Diverged;
        if is_other_log {
            (self.first, self.last, self.has_all) = (None, Seq::ZERO, false);
            (self.read, self.mark_line) = (None, None);
        }
        self.is_rejoined = !again;
        self.log = Some(log);
        self.top = top;
        if let Some(read) = read {
            self.read_elsewhere(read);
        }
        // Who is here for the first time has nothing unread.
        if self.read.is_none() {
            self.read = Some(top);
        }
    }

    /// A message of the log, the next one. Whether it speaks to us and was not read yet.
    pub(super) fn said(&mut self, record: &Record, reader: Reader<'_>) -> bool {
        self.pending.retain(|pending| pending.id != record.id);
        if record.seq <= self.last {
            return false;
        }
        if std::mem::take(&mut self.is_rejoined) && self.last > Seq::ZERO && record.seq > self.last.next() {
            // What lies between is fetched when one reads back.
            self.lines.clear();
            (self.first, self.has_all, self.is_fetching) = (None, false, false);
            self.scroll = Scroll::Newest;
        }
        self.last = record.seq;
        self.first.get_or_insert(record.seq);
        self.has_all |= record.seq <= Seq(1);
        if reader.is_ignored {
            return false;
        }
        let Some(line) = reader.line(record, self.with.is_some()) else {
            return false;
        };
        if record.kind == Kind::TOPIC {
            self.topic = record.text.as_str().into();
        }
        let is_mention = matches!(&line.body, Body::Said(said) if said.is_mention);
        let is_mine = record.author == *reader.me;
        self.push(line);
        if !reader.is_shown && self.lines.trim(HIDDEN_LINES_MAX) {
            self.forgot();
        }
        self.new_below = self
            .new_below
            .saturating_add(u32::from(self.scroll != Scroll::Newest));
        if is_mine || reader.is_attentive {
            self.attend(reader.is_attentive);
            return is_mention && reader.is_attentive && !is_mine && self.with.is_none();
        }
        let is_unread = self.read.is_none_or(|read| record.seq > read);
        self.unread = self.unread.saturating_add(u32::from(is_unread));
        self.mentions = self.mentions.saturating_add(u32::from(is_unread && is_mention));
        is_unread && is_mention
    }

    /// A page of what was said before the first message, if it is the one that was asked for last.
    pub(super) fn page(
        &mut self,
        page: &Page<'_>,
        reader: Reader<'_>,
        is_ignored: impl Fn(&UserName) -> bool,
    ) {
        let is_direct = self.with.is_some();
        let Some(mut first) = self.first else { return };
        if page.span != Span::Before(first) {
            return;
        }
        self.is_fetching = false;
        for record in page.records.iter().rev() {
            if record.seq.next() != first {
                break;
            }
            let line = reader
                .line(record, is_direct)
                .filter(|_| !is_ignored(&record.author));
            if line.is_some_and(|line| !self.lines.prepend(line)) {
                self.has_all = true;
                break;
            }
            first = record.seq;
        }
        if self.first == Some(first) || first <= page.first_kept || first <= Seq(1) {
            self.has_all = true;
        }
        self.first = Some(first);
    }

    /// Messages that can't be had.
    pub(super) fn missed(&mut self, from: Seq, to: Seq, now_ms: u64) {
        self.is_rejoined = false;
        self.last = self.last.max(to);
        self.first.get_or_insert(to.next());
        self.push(Line {
            at_unix_ms: now_ms,
            seq: to,
            body: Body::Missed { from },
        });
    }

    /// The log is another one.
    pub(super) fn broke(&mut self, now_ms: u64) {
        (self.first, self.last) = (None, Seq::ZERO);
        (self.has_all, self.is_fetching) = (true, false);
        if !self.lines.is_empty() {
            self.tell(Body::Broke, now_ms);
        }
    }

    /// A message was emptied.
    pub(super) fn emptied(&mut self, seq: Seq, by: &UserName, notice: Seq, id: MessageId) {
        self.pending.retain(|pending| pending.id != id);
        self.lines.empty(seq, by);
        self.last = self.last.max(notice);
        self.first.get_or_insert(notice);
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
        let last = self.lines.last().and_then(|no| self.lines.get(no));
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
        self.lines.change_last(|line| {
            if let Body::Presence(crowd) = &mut line.body {
                fold(crowd, arrived, left);
                is_nothing = crowd.is_empty();
                line.at_unix_ms = line.at_unix_ms.max(now_ms);
            }
        });
        if is_nothing {
            self.lines.pop();
        }
    }

    /// A line from the client itself.
    pub(super) fn tell(&mut self, body: Body, now_ms: u64) {
        let seq = self.last;
        self.push(Line {
            at_unix_ms: now_ms,
            seq,
            body,
        });
    }

    fn push(&mut self, line: Line) {
        self.lines.push(line);
        if self.lines.len() >= crate::pure::scrollback::LINES_MAX {
            self.forgot();
        }
    }

    /// What was first is gone; it can be fetched again.
    fn forgot(&mut self) {
        self.is_fetching = false;
        if let Some(first) = self.lines.first_seq() {
            self.has_all = self.has_all && self.first == Some(first);
            self.first = Some(first);
        }
    }

    pub(super) fn add_pending(&mut self, pending: Pending) {
        self.pending.push(pending);
        self.scroll = Scroll::Newest;
        self.new_below = 0;
        self.mark_line = None;
    }

    pub(super) fn pending_mut(&mut self, id: MessageId) -> Option<&mut Pending> {
        self.pending.iter_mut().find(|pending| pending.id == id)
    }

    /// What we said is stored. It stays until it is told in its place, if that is still to come.
    pub(super) fn stored(&mut self, id: MessageId, seq: Seq) {
        let is_told = seq <= self.last;
        self.pending.retain(|pending| {
            pending.id != id || !(is_told || matches!(pending.content, Content::Emptying { .. }))
        });
        if let Some(pending) = self.pending_mut(id) {
            pending.state = PendingState::Stored;
        }
    }

    /// What was refused is given up.
    pub(super) fn forget_refused(&mut self) {
        self.pending
            .retain(|pending| !matches!(pending.state, PendingState::Refused(_)));
    }

    /// The room is before one's eyes: everything is read.
    pub(super) fn attend(&mut self, is_attentive: bool) {
        if is_attentive && self.scroll == Scroll::Newest {
            (self.unread, self.mentions, self.new_below) = (0, 0, 0);
            if self.last > Seq::ZERO {
                self.read = Some(self.last);
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
        self.scroll = Scroll::Newest;
        self.new_below = 0;
        if self.lines.trim(HIDDEN_LINES_MAX) {
            self.forgot();
        }
    }

    /// Nothing is shown; what was said can be fetched again.
    pub(super) fn clear(&mut self) {
        self.lines.clear();
        self.first = Some(self.last.next()).filter(|_| self.last > Seq::ZERO);
        (self.has_all, self.is_fetching) = (false, false);
        self.scroll = Scroll::Newest;
        self.new_below = 0;
        self.forget_refused();
    }

    /// What was read elsewhere.
    pub(super) fn read_elsewhere(&mut self, seq: Seq) {
        if self.read.is_none_or(|read| read < seq) {
            self.read = Some(seq);
            self.mark_line = Some(seq);
            if seq >= self.last {
                (self.unread, self.mentions) = (0, 0);
            }
        }
    }

    /// The last message of this author that could be emptied.
    pub(super) fn last_of(&self, author: &UserName) -> Option<Seq> {
        let mut lines = self.lines.iter().rev().map(|(_, line)| line);
        lines
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
