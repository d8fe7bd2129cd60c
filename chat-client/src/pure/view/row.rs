//! A row of cells: pieces of text, each in its style, some of them leading somewhere.

use std::ops::Range;
use std::sync::Arc;

use chat_proto::visible::visible;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Link;
use crate::pure::wrap::{self, isolated, wrap};

/// A piece of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) text: String,
    pub(crate) style: Style,
    /// Where it leads.
    pub(crate) link: Option<Arc<str>>,
}

/// Pieces that stand side by side, or one after the other in several rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Row(pub(crate) Vec<Span>);

impl Row {
    /// Adds a piece that we wrote ourselves.
    pub(crate) fn push(&mut self, text: impl Into<String>, style: Style) {
        let (text, link) = (text.into(), None);
        if !text.is_empty() {
            self.0.push(Span { text, style, link });
        }
    }

    /// Adds a name or another short piece that comes from a stranger.
    pub(crate) fn push_strange(&mut self, text: &str, style: Style) {
        let text = visible(text).to_string();
        self.push(isolated(&text), style);
    }

    /// How many cells it takes.
    pub(crate) fn width(&self) -> usize {
        self.0.iter().map(|span| wrap::width(&span.text)).sum()
    }

    /// The same in rows of this width.
    pub(crate) fn wrap(&self, width: usize) -> Vec<Self> {
        let text: String = self.0.iter().map(|span| span.text.as_str()).collect();
        wrap(&text, width).map(|row| self.part(row.range)).collect()
    }

    /// The pieces of these bytes.
    fn part(&self, range: Range<usize>) -> Self {
        let mut part = Self::default();
        let mut at = 0;
        for span in &self.0 {
            let (from, to) = (range.start.max(at), range.end.min(at + span.text.len()));
            if from < to {
                let text = span.text[from - at..to - at].into();
                part.0.push(Span { text, ..span.clone() });
            }
            at += span.text.len();
        }
        part
    }

    /// Draws it from the left of the area's first row, as far as there is room, and tells which cells lead somewhere.
    pub(crate) fn draw(&self, buffer: &mut Buffer, area: Rect, links: &mut Vec<Link>) {
        let area = area.intersection(buffer.area);
        if area.is_empty() {
            return;
        }
        let mut x = area.x;
        for span in &self.0 {
            let begin = x;
            x = draw_text(&span.text, span.style, buffer, x, area);
            if let Some(target) = &span.link
                && begin < x
            {
                let target = Arc::clone(target);
                links.push(Link {
                    row: area.y,
                    columns: begin..x,
                    target,
                });
            }
        }
    }
}

/// Draws a text into the cells from `x` to the right end of the area. Where it ended.
fn draw_text(text: &str, style: Style, buffer: &mut Buffer, mut x: u16, area: Rect) -> u16 {
    for cell in wrap::cells(text) {
        let width = u16::try_from(cell.width).unwrap_or(u16::MAX);
        if width > area.right().saturating_sub(x) {
            break;
        }
        if width == 0 {
            // What is invisible by itself and belongs to no letter is left out.
            continue;
        }
        for covered in x..x + width {
            buffer[(covered, area.y)].reset();
            buffer[(covered, area.y)].set_style(style);
        }
        // A tab is shown by spaces, and each has a cell.
        let shown = if cell.shown.starts_with(' ') {
            " "
        } else {
            cell.shown
        };
        buffer[(x, area.y)].set_symbol(shown);
        x += width;
    }
    x
}

/// The beginning of a text that takes no more than so many cells, with `…` if something is left out.
pub(crate) fn shortened(text: &str, width_max: usize) -> String {
    if wrap::width(text) <= width_max {
        return text.into();
    }
    let mut width = 0;
    let mut short = String::new();
    for cell in wrap::cells(text) {
        if width + cell.width + 1 > width_max {
            break;
        }
        width += cell.width;
        short.push_str(cell.shown);
    }
    if width_max > 0 {
        short.push('…');
    }
    short
}
