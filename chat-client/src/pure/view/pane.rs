//! The part of a room that is seen: which rows, and where one gets by reading back and on.

use super::block::Paper;
use super::row::Row;
use crate::pure::app::{Pending, PendingState, Room};
use crate::pure::scrollback::LineNo;

/// What was refused takes at most this part of the height.
const REFUSED_PART: usize = 3;

/// Where one reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scroll {
    /// At the newest message: what comes is seen.
    #[default]
    Newest,
    /// Further back: the last row that is seen is this one. It stays where it is, whatever comes before or behind it.
    At {
        /// The line.
        line: LineNo,
        /// The row of its rows, from 0.
        row: usize,
    },
}

/// A room on paper of a certain height.
#[derive(Clone, Copy)]
pub(crate) struct Pane<'a> {
    pub(crate) paper: Paper<'a>,
    pub(crate) height: usize,
}

impl Pane<'_> {
    /// The rows that are seen, from top to bottom, at most as many as fit.
    pub(crate) fn rows(&self, room: &Room) -> Vec<Row> {
        let (mut rows, last) = match self.place(room) {
            None => (self.pending(room), room.lines().last()),
            Some((line, row)) => {
                let mut rows = self.paper.block(room, line);
                rows.truncate(row + 1);
                (rows, Some(LineNo(line.0 - 1)))
            }
        };
        let mut above = last;
        // From the bottom upwards; turned around at the end.
        rows.reverse();
        while let Some(line) =
            above.filter(|line| rows.len() < self.height && room.lines().get(*line).is_some())
        {
            rows.extend(self.paper.block(room, line).into_iter().rev());
            above = Some(LineNo(line.0 - 1));
        }
        rows.truncate(self.height);
        rows.reverse();
        rows
    }

    /// What is not in the log yet, below all lines. Of what was refused the newest is seen, in few rows, so that the others
    /// are still heard, and how many more there are.
    fn pending(&self, room: &Room) -> Vec<Row> {
        let is_refused = |pending: &Pending| matches!(pending.state, PendingState::Refused(_));
        let refused = room
            .pending()
            .iter()
            .filter(|pending| is_refused(pending))
            .count();
        let rows_max = self.height.div_ceil(REFUSED_PART);
        let mut rows_left = if refused > 1 {
            rows_max.saturating_sub(1)
        } else {
            rows_max
        };
        let mut seen = 0;
        // From the bottom upwards; turned around at the end.
        let mut rows = Vec::new();
        for pending in room.pending().iter().rev() {
            let mut block = self.paper.pending(pending);
            if is_refused(pending) {
                if block.len() > rows_left && (seen > 0 || rows_left == 0) {
                    rows_left = 0;
                    continue;
                }
                self.paper.cut(&mut block, rows_left);
                rows_left -= block.len();
                seen += 1;
            }
            rows.extend(block.into_iter().rev());
        }
        if seen < refused {
            rows.push(self.paper.more_refused(refused - seen, seen > 0));
        }
        rows.reverse();
        rows
    }

    /// Where one is after reading so many rows further back.
    pub(crate) fn up(&self, room: &Room, mut rows: usize) -> Scroll {
        let Some((mut line, mut row)) = self.place(room).or_else(|| self.end(room)) else {
            return Scroll::Newest;
        };
        if self.place(room).is_none() {
            rows = rows.saturating_sub(self.pending(room).len());
        }
        while rows > row {
            let before = LineNo(line.0 - 1);
            if room.lines().get(before).is_none() {
                return self.top(room);
            }
            rows -= row + 1;
            line = before;
            row = self.paper.block(room, line).len().saturating_sub(1);
        }
        row -= rows;
        self.not_above_top(room, line, row)
    }

    /// Where one is after reading so many rows further on.
    pub(crate) fn down(&self, room: &Room, rows: usize) -> Scroll {
        let at = self.place(room);
        at.map_or(Scroll::Newest, |(line, row)| self.forward(room, line, row, rows))
    }

    /// A place from which this line is the first that is seen, or the end if that is nearer.
    pub(crate) fn with_top(&self, room: &Room, line: LineNo) -> Scroll {
        let from = Scroll::At { line, row: 0 };
        let at = self.at(room, from);
        at.map_or(Scroll::Newest, |(line, row)| {
            self.forward(room, line, row, self.height.saturating_sub(1))
        })
    }

    /// A place from which this line is the last that is seen.
    pub(crate) fn with_bottom(&self, room: &Room, line: LineNo) -> Scroll {
        let last_row = self.paper.block(room, line).len().saturating_sub(1);
        self.not_above_top(room, line, last_row)
    }

    /// Whether the log as it is now begins less than this many rows above what is seen, or lines below it.
    pub(crate) fn is_near_start(&self, room: &Room, rows_min: usize) -> bool {
        let Some((mut line, row)) = self.place(room).or_else(|| self.end(room)) else {
            return true;
        };
        let start = room.lines().older_range().end;
        if line.0 < start {
            return is_less(start - 1 - line.0, rows_min);
        }
        let mut above = row;
        while line.0 > start && above < rows_min + self.height {
            line = LineNo(line.0 - 1);
            above += self.paper.block(room, line).len();
        }
        above < rows_min + self.height
    }

    /// A place from which this line is about in the middle.
    pub(crate) fn with_middle(&self, room: &Room, line: LineNo) -> Scroll {
        let above = self.forward(room, line, 0, self.height / 2);
        match self.at(room, above) {
            Some((line, row)) => self.not_above_top(room, line, row),
            None => Scroll::Newest,
        }
    }

    /// The place of the last row that there is, to be held there.
    pub(crate) fn bottom(&self, room: &Room) -> Scroll {
        let end = self.end(room);
        end.map_or(Scroll::Newest, |(line, row)| Scroll::At { line, row })
    }

    /// The last line that is seen.
    pub(crate) fn last_line(&self, room: &Room) -> Option<LineNo> {
        let last = self.place(room).or_else(|| self.end(room));
        last.map(|(line, _)| line)
    }

    /// Whether something of this line is seen.
    pub(crate) fn shows(&self, room: &Room, line: LineNo) -> bool {
        let Some((last, row)) = self.place(room).or_else(|| self.end(room)) else {
            return false;
        };
        let mut below = row + 1;
        let mut at = last;
        while at > line && below < self.height {
            at = LineNo(at.0 - 1);
            below += self.paper.block(room, at).len();
        }
        at == line
    }

    /// Whether less than this many lines are below what is seen.
    pub(crate) fn is_near_bottom(&self, room: &Room, lines_min: usize) -> bool {
        let end = room.lines().range().end;
        let below = self.last_line(room).map_or(0, |line| end - 1 - line.0);
        is_less(below, lines_min)
    }

    /// Where one reads, if that is not the end; what is gone has its place taken by the first line.
    fn place(&self, room: &Room) -> Option<(LineNo, usize)> {
        self.at(room, room.scroll())
    }

    fn at(&self, room: &Room, scroll: Scroll) -> Option<(LineNo, usize)> {
        let Scroll::At { line, row } = scroll else {
            return None;
        };
        let range = room.lines().range();
        if range.is_empty() {
            return None;
        }
        let line = LineNo(line.0.clamp(range.start, range.end - 1));
        let rows = self.paper.block(room, line).len();
        Some((line, row.min(rows.saturating_sub(1))))
    }

    fn end(&self, room: &Room) -> Option<(LineNo, usize)> {
        let line = room.lines().last()?;
        Some((line, self.paper.block(room, line).len().saturating_sub(1)))
    }

    /// As far back as one gets: the first row is the first that is seen.
    fn top(&self, room: &Room) -> Scroll {
        self.with_top(room, LineNo(room.lines().range().start))
    }

    fn not_above_top(&self, room: &Room, line: LineNo, row: usize) -> Scroll {
        let mut above = row + 1;
        let mut at = LineNo(line.0 - 1);
        while above < self.height {
            if room.lines().get(at).is_none() {
                return self.top(room);
            }
            above += self.paper.block(room, at).len();
            at = LineNo(at.0 - 1);
        }
        Scroll::At { line, row }
    }

    fn forward(&self, room: &Room, line: LineNo, row: usize, rows: usize) -> Scroll {
        let (mut line, mut row, mut rows) = (line, row, rows);
        loop {
            let left = self.paper.block(room, line).len().saturating_sub(row + 1);
            let next = LineNo(line.0 + 1);
            let is_last = room.lines().get(next).is_none();
            if is_last && rows >= left {
                return Scroll::Newest;
            }
            if rows <= left {
                return Scroll::At {
                    line,
                    row: row + rows,
                };
            }
            rows -= left + 1;
            (line, row) = (next, 0);
        }
    }
}

fn is_less(lines: i64, lines_min: usize) -> bool {
    usize::try_from(lines).is_ok_and(|lines| lines < lines_min)
}
