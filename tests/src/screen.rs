//! What stands on a terminal that was sent some bytes: as much of one as our client uses.

use std::fmt;

/// The cells of a terminal, and how it is set.
#[derive(Clone, PartialEq, Eq)]
pub struct Screen {
    rows: Vec<Vec<String>>,
    cursor: (usize, usize),
    modes: Vec<String>,
    /// A sequence that has not ended yet.
    pending: Vec<u8>,
}

impl Screen {
    /// An empty one.
    #[must_use]
    pub fn new(columns: u16, rows: u16) -> Self {
        let columns = usize::from(columns);
        Self {
            rows: vec![vec![String::new(); columns]; usize::from(rows)],
            cursor: (0, 0),
            modes: Vec::new(),
            pending: Vec::new(),
        }
    }

    /// Another size; what stood there is gone.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        let modes = std::mem::take(&mut self.modes);
        *self = Self {
            modes,
            ..Self::new(columns, rows)
        };
    }

    /// The rows, without the spaces at their ends.
    #[must_use]
    pub fn text(&self) -> String {
        let rows = self.rows.iter().map(|row| {
            let row: String = row
                .iter()
                .map(|cell| if cell.is_empty() { " " } else { cell })
                .collect();
            row.trim_end().to_owned() + "\n"
        });
        rows.collect()
    }

    /// Which private modes are set: `1049` is the other screen, `2004` pastes in brackets, `1004` focus; `25` the
    /// cursor, if it was hidden before.
    #[must_use]
    pub fn modes(&self) -> Vec<&str> {
        self.modes.iter().map(String::as_str).collect()
    }

    /// Takes bytes, in any pieces.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
        let pending = std::mem::take(&mut self.pending);
        let mut rest = &pending[..];
        while let Some(taken) = self.take(rest) {
            rest = &rest[taken..];
        }
        self.pending = rest.to_vec();
    }

    /// Takes one character or sequence; `None` if there is no whole one.
    fn take(&mut self, bytes: &[u8]) -> Option<usize> {
        match bytes {
            [] | [0x1b] | [0x1b, b'['] => None,
            [0x1b, b'[', rest @ ..] => {
                let end = rest.iter().position(|byte| matches!(byte, 0x40..=0x7e))?;
                let parameters = String::from_utf8_lossy(&rest[..end]).into_owned();
                self.sequence(&parameters, rest[end]);
                Some(2 + end + 1)
            }
            // Addresses, titles, notices: until their end.
            [0x1b, b']', rest @ ..] => {
                let end = rest.windows(2).position(|pair| pair == b"\x1b\\")?;
                Some(2 + end + 2)
            }
            [0x1b, _, ..] => Some(2),
            [b'\r', ..] => {
                self.cursor.0 = 0;
                Some(1)
            }
            [b'\n', ..] => {
                self.cursor.1 = (self.cursor.1 + 1).min(self.rows.len() - 1);
                Some(1)
            }
            [0..=0x1f, ..] => Some(1),
            [first, ..] => {
                let length = match first {
                    0..=0x7f => 1,
                    0xc0..=0xdf => 2,
                    0xe0..=0xef => 3,
                    _ => 4,
                };
                let text = String::from_utf8_lossy(bytes.get(..length)?).into_owned();
                self.put(&text);
                Some(length)
            }
        }
    }

    /// Each character takes a cell; our client says the column behind all that may take another number.
    fn put(&mut self, text: &str) {
        let (column, row) = self.cursor;
        if let Some(cell) = self.rows.get_mut(row).and_then(|row| row.get_mut(column)) {
            text.clone_into(cell);
            self.cursor.0 += 1;
        }
    }

    /// The row of the cursor: none if it was told for another size.
    fn row_mut(&mut self) -> Option<&mut Vec<String>> {
        self.rows.get_mut(self.cursor.1)
    }

    fn sequence(&mut self, parameters: &str, last: u8) {
        let number = |index: usize| -> Option<usize> { parameters.split(';').nth(index)?.parse().ok() };
        match last {
            b'H' => self.cursor = (number(1).unwrap_or(1) - 1, number(0).unwrap_or(1) - 1),
            b'G' => {
                let column = number(0).unwrap_or(1) - 1;
                // What a wide character covers.
                let from = self.cursor.0.min(column);
                if let Some(covered) = self.row_mut().and_then(|row| row.get_mut(from..column)) {
                    covered.fill(String::new());
                }
                self.cursor.0 = column;
            }
            b'K' => {
                let from = self.cursor.0;
                if let Some(rest) = self.row_mut().and_then(|row| row.get_mut(from..)) {
                    rest.fill(String::new());
                }
            }
            b'J' => self.rows.iter_mut().for_each(|row| row.fill(String::new())),
            b'h' | b'l' => {
                let mode = parameters.trim_start_matches('?');
                self.modes.retain(|known| known != mode);
                if last == b'h' {
                    self.modes.push(mode.into());
                }
            }
            _ => {}
        }
    }
}

impl fmt::Debug for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_in_any_pieces_are_the_same_screen() {
        let bytes = "\x1b[?1049h\x1b[2J\x1b[2;3Hab\x1b[0;1mé漢\x1b[8G!\x1b]8;;https://x\x1b\\k\x1b]8;;\x1b\\\x1b[K\x1b[1;1Hq".as_bytes();
        let mut whole = Screen::new(12, 3);
        whole.feed(bytes);
        assert_eq!(whole.text(), "q\n  abé漢 !k\n\n");
        assert_eq!(whole.modes(), ["1049"]);
        let mut pieces = Screen::new(12, 3);
        for byte in bytes {
            pieces.feed(&[*byte]);
        }
        assert_eq!(pieces, whole);
    }
}
