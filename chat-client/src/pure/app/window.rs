//! A stretch of a room's log that has no gaps: what is told as it comes, or what stands around a message that was looked
//! for.
//!
//! ```text
//!    ◀── Before(first) ──┌ first … last ┐── After(last) ──▶        a page is taken if it joins
//! ```

use chat_proto::ids::{LogId, Seq};
use chat_proto::message::{Record, Span};

use crate::pure::scrollback::{Body, Line, LineNo, Scrollback};

/// So many lines are kept around a message that was looked for.
pub(super) const EXCERPT_LINES_MAX: usize = 10_000;

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Window {
    pub(super) lines: Scrollback,
    /// The number of the first message; `None` if none was told yet.
    pub(super) first: Option<Seq>,
    /// And of the last one.
    pub(super) last: Seq,
    /// Nothing earlier can be had, or is kept.
    pub(super) has_all: bool,
    /// Nothing later joins.
    pub(super) has_end: bool,
    pub(super) is_fetching: bool,
}

/// A page of history as it was asked for.
pub(super) struct Page<'a> {
    pub(super) span: Span,
    pub(super) log: LogId,
    pub(super) first_kept: Seq,
    pub(super) records: &'a [Record],
}

impl Window {
    /// What is told as it comes, before it comes.
    pub(super) fn live() -> Self {
        Self {
            lines: Scrollback::default(),
            first: None,
            last: Seq::ZERO,
            has_all: false,
            has_end: true,
            is_fetching: false,
        }
    }

    /// The end of a page, as far as it has no gaps; none if there is nothing on it.
    pub(super) fn of(page: &Page<'_>, line: impl Fn(&Record) -> Option<Line>) -> Option<Self> {
        let last = page.records.last()?.seq;
        let mut window = Self {
            first: Some(after(last)),
            last,
            has_end: false,
            ..Self::live()
        };
        window.prepend(page, line);
        Some(window)
    }

    /// Whether a message with this number is here, or would be if it were shown.
    pub(super) fn spans(&self, seq: Seq) -> bool {
        self.first.is_some_and(|first| first <= seq) && seq <= self.last
    }

    /// A page of what was said before. `false` if it was not asked for.
    pub(super) fn page_before(&mut self, page: &Page<'_>, line: impl Fn(&Record) -> Option<Line>) -> bool {
        let is_next = self.first.is_some_and(|first| page.span == Span::Before(first));
        if is_next {
            self.is_fetching = false;
            self.prepend(page, line);
        }
        is_next
    }

    /// A page of what was said after. `false` if it was not asked for.
    pub(super) fn page_after(&mut self, page: &Page<'_>, line: impl Fn(&Record) -> Option<Line>) -> bool {
        if page.span != Span::After(self.last) {
            return false;
        }
        self.is_fetching = false;
        let before = self.last;
        for record in page.records {
            if !follows(record.seq, self.last) {
                break;
            }
            self.last = record.seq;
            if let Some(line) = line(record) {
                self.lines.push(line);
            }
        }
        self.has_end = self.last == before;
        if self.lines.trim(EXCERPT_LINES_MAX) {
            self.forgot();
        }
        true
    }

    /// Puts what ends where this begins before it. By how much the numbers of its lines differ now.
    pub(super) fn join(&mut self, before: Self) -> i64 {
        let first = self.begin(after(before.last));
        let lines = before.lines.iter();
        let end = lines.rev().find(|(_, line)| line.seq < first);
        let end = end.map_or(before.lines.range().start, |(no, _)| no.0 + 1);
        let shift = self.lines.older_range().end - end;
        let (mut begin, mut has_all) = (before.first, before.has_all);
        for line in before
            .lines
            .into_lines()
            .rev()
            .skip_while(|line| line.seq >= first)
        {
            let seq = line.seq;
            if !self.lines.prepend(line) {
                (begin, has_all) = (Some(after(seq)), true);
                break;
            }
        }
        (self.first, self.has_all) = (begin, has_all);
        self.is_fetching = false;
        shift
    }

    /// Something is told: it begins with this number, if it did not begin before. The number with which it begins.
    pub(super) fn begin(&mut self, seq: Seq) -> Seq {
        if self.first.is_none() {
            self.lines.begin_at(seq);
        }
        *self.first.get_or_insert(seq)
    }

    /// What was first is gone; it can be fetched again, unless it was of an older log.
    pub(super) fn forgot(&mut self) {
        if self.lines.has_older_log() {
            return;
        }
        self.is_fetching = false;
        if let Some(before) = self.first {
            let first = self.lines.first_seq().unwrap_or(after(self.last));
            self.has_all &= first <= before;
            self.first = Some(first.max(before));
        }
    }

    /// The next message before this line, or after it.
    pub(super) fn next_message(&self, no: LineNo, forth: bool) -> Option<LineNo> {
        let step = if forth { 1 } else { -1 };
        let mut at = LineNo(no.0 + step);
        while let Some(line) = self.lines.get(at) {
            if line.is_message() && !matches!(line.body, Body::Acted(_)) {
                return Some(at);
            }
            at = LineNo(at.0 + step);
        }
        None
    }

    fn prepend(&mut self, page: &Page<'_>, line: impl Fn(&Record) -> Option<Line>) {
        let Some(mut first) = self.first else { return };
        for record in page.records.iter().rev() {
            if !follows(first, record.seq) {
                break;
            }
            if line(record).is_some_and(|line| !self.lines.prepend(line)) {
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
}

/// The number after this one. Of what a server claims there may be none: then it is the same.
pub(super) const fn after(seq: Seq) -> Seq {
    Seq(seq.0.saturating_add(1))
}

/// Whether a number is the next one after another.
fn follows(seq: Seq, before: Seq) -> bool {
    seq.0.checked_sub(1) == Some(before.0)
}
