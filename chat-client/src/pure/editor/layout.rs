//! The text as it is drawn.

use crate::pure::wrap::{Row, wrap};

/// A text in rows, and where the cursor is among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The rows, at least one. They leave a cell free at the end, where the cursor can stand.
    pub rows: Vec<Row>,
    /// The cursor.
    pub cursor: Place,
    /// How wide a row can be: what [`Row::cells`] wants to know.
    pub width_max: usize,
}

/// A cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The row, from 0.
    pub row: usize,
    /// The cell in it, from 0.
    pub column: usize,
}

pub(super) fn layout(text: &str, cursor: usize, width: usize) -> Layout {
    let width_max = width.saturating_sub(1).max(1);
    let rows: Vec<Row> = wrap(text, width_max).collect();
    let row = rows.partition_point(|row| row.range.start <= cursor) - 1;
    let column = column(text, &rows[row], cursor, width_max);
    Layout {
        cursor: Place {
            row,
            column: column.min(width.saturating_sub(1)),
        },
        rows,
        width_max,
    }
}

fn column(text: &str, row: &Row, cursor: usize, width_max: usize) -> usize {
    let cells = row.cells(text, width_max).take_while(|cell| cell.at < cursor);
    let shown: usize = cells.map(|cell| cell.width).sum();
    // Among blanks that a break has swallowed it goes on as if they were there, to the end of the row.
    let swallowed = cursor.saturating_sub(row.range.end);
    shown + swallowed
}
