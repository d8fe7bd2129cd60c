//! Checks what readers were shown against what the server kept.
//!
//! Input are lines of JSON. The *log* is an export: one object for each record, with `room`, `seq`, `id`, `from`, `kind` and
//! `text`. A *journal* is what `chat-client --json` wrote: of its events `said` is a record that a reader was shown, `stored`
//! an acknowledgement, `joined` says where it came in, `missed` and `broke` admit a loss.
//!
//! What has to hold:
//!
//! - the numbers of each room in the log are 1, 2, 3, … (or begin later, if it was trimmed), and each id of an author is there once;
//! - what was acknowledged is in the log, under the number that was told;
//! - what a reader was shown of a room is the log, from where it came in to the log's end: the same records, without hole
//!   or double.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chat_proto::visible::visible;
use serde_json::Value;

/// One record, as far as it must be the same everywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Record {
    id: String,
    from: String,
    kind: u64,
    text: String,
}

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file.
    pub file: String,
    /// Its line, counted from 1; 0 for what is missing at its end.
    pub line: usize,
    /// The room; empty if the line tells none.
    pub room: String,
    /// What is wrong.
    pub fault: Fault,
}

/// What can be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The line is not one of this format.
    NotUnderstood,
    /// In the log, the room's numbers have a gap, go back, or do not begin with 1.
    Numbers {
        /// The number that was due.
        due: u64,
        /// The number that is there.
        found: u64,
    },
    /// In the log, an author's id is there for the second time.
    DoubleId {
        /// The id.
        id: String,
    },
    /// A reader was shown another number than the one that was due: less is a double, more a hole.
    Shown {
        /// The number that was due.
        due: u64,
        /// The number that was shown.
        found: u64,
    },
    /// A reader was shown what the log does not have under this number.
    Differs {
        /// The number.
        seq: u64,
    },
    /// A reader was shown a room only up to here, and the log goes on.
    Ends {
        /// The last number that was shown.
        shown: u64,
        /// The last number of the log.
        last: u64,
    },
    /// A message was acknowledged, and the log does not have it under the number that was told.
    Acknowledged {
        /// The message.
        id: String,
        /// The number.
        seq: u64,
    },
    /// The reader itself says that something could not be had.
    Admitted,
}

/// A text of lines, and what to call it.
#[derive(Clone, Copy, Debug)]
pub struct Lines<'a> {
    /// The file's name.
    pub name: &'a str,
    /// What is in it.
    pub text: &'a str,
}

/// Checks a log and journals of its readers; nothing is found if everything is well.
#[must_use]
pub fn verify(log: Lines<'_>, is_trimmed: bool, journals: &[Lines<'_>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let log = read_log(log, is_trimmed, &mut findings);
    for journal in journals {
        read_journal(*journal, &log, &mut findings);
    }
    findings
}

/// The records of each room, by number.
type Log = BTreeMap<String, BTreeMap<u64, Record>>;

fn read_log(lines: Lines<'_>, is_trimmed: bool, findings: &mut Vec<Finding>) -> Log {
    let mut log = Log::new();
    let mut ids = BTreeSet::new();
    let mut dues = BTreeMap::<String, u64>::new();
    for (line, object) in objects(lines) {
        let room = room(&object);
        let mut find = |fault| findings.push(lines.finding(line, &room, fault));
        let Some((seq, record)) = record(&object) else {
            find(Fault::NotUnderstood);
            continue;
        };
        let first = if is_trimmed { seq } else { 1 };
        let due = dues.entry(room.clone()).or_insert(first);
        if *due != seq {
            find(Fault::Numbers {
                due: *due,
                found: seq,
            });
        }
        *due = seq.saturating_add(1);
        if !ids.insert((room.clone(), record.from.clone(), record.id.clone())) {
            let id = record.id.clone();
            find(Fault::DoubleId { id });
        }
        log.entry(room).or_default().insert(seq, record);
    }
    log
}

/// What a reader is to be shown next of a room.
#[derive(Clone, Copy, Debug)]
struct Due {
    seq: u64,
    /// Until something was shown, it may begin earlier: a reader can ask for what was said before it came.
    has_begun: bool,
}

type Dues = BTreeMap<String, Due>;

fn read_journal(lines: Lines<'_>, log: &Log, findings: &mut Vec<Finding>) {
    let mut dues = Dues::new();
    for (line, object) in objects(lines) {
        let faults = match event(&object) {
            Some("said") => shown(&object, log, &mut dues),
            Some("stored") => acknowledged(&object, log),
            Some("joined") => joined(&object, &mut dues),
            Some("missed" | "broke") => vec![Fault::Admitted],
            // Later versions add events, and most of today's are of no interest here.
            Some(_) => Vec::new(),
            None => vec![Fault::NotUnderstood],
        };
        let room = room(&object);
        findings.extend(faults.into_iter().map(|fault| lines.finding(line, &room, fault)));
    }
    for (room, due) in dues {
        let last = log.get(&room).and_then(|records| records.keys().next_back());
        let last = last.copied().unwrap_or(0);
        if due.seq <= last {
            let shown = due.seq - 1;
            findings.push(lines.finding(0, &room, Fault::Ends { shown, last }));
        }
    }
}

fn event(object: &Value) -> Option<&str> {
    object["event"].as_str()
}

fn shown(object: &Value, log: &Log, dues: &mut Dues) -> Vec<Fault> {
    let Some((seq, record)) = record(object) else {
        return vec![Fault::NotUnderstood];
    };
    let room = room(object);
    let begins = Due { seq, has_begun: true };
    let due = dues.entry(room.clone()).or_insert(begins);
    if !due.has_begun && seq <= due.seq {
        *due = begins;
    }
    let mut faults = Vec::new();
    if seq != due.seq {
        faults.push(Fault::Shown {
            due: due.seq,
            found: seq,
        });
    }
    // After a double the same number is due as before; after a hole it goes on behind it.
    *due = Due {
        seq: due.seq.max(seq.saturating_add(1)),
        has_begun: true,
    };
    if log.get(&room).and_then(|records| records.get(&seq)) != Some(&record) {
        faults.push(Fault::Differs { seq });
    }
    faults
}

/// Who comes into a room for the first time is shown what follows, at least; who comes again goes on where he was.
fn joined(object: &Value, dues: &mut Dues) -> Vec<Fault> {
    let Some(last) = object["seq"].as_u64() else {
        return vec![Fault::NotUnderstood];
    };
    dues.entry(room(object)).or_insert(Due {
        seq: last.saturating_add(1),
        has_begun: false,
    });
    Vec::new()
}

fn acknowledged(object: &Value, log: &Log) -> Vec<Fault> {
    let (Some(seq), Some(id)) = (object["seq"].as_u64(), word(object, "id")) else {
        return vec![Fault::NotUnderstood];
    };
    let kept = log.get(&room(object)).and_then(|records| records.get(&seq));
    if kept.is_some_and(|record| record.id == id) {
        return Vec::new();
    }
    vec![Fault::Acknowledged { id, seq }]
}

/// The lines' objects, with their numbers from 1; `null` where a line is none. Empty lines are passed over.
fn objects(lines: Lines<'_>) -> impl Iterator<Item = (usize, Value)> {
    let numbered = lines.text.lines().enumerate();
    let full = numbered.filter(|(_, line)| !line.trim().is_empty());
    full.map(|(index, line)| (index + 1, serde_json::from_str(line).unwrap_or_default()))
}

fn record(object: &Value) -> Option<(u64, Record)> {
    word(object, "room")?;
    let record = Record {
        id: word(object, "id")?,
        from: word(object, "from")?,
        kind: object["kind"].as_u64()?,
        text: word(object, "text")?,
    };
    Some((object["seq"].as_u64()?, record))
}

fn room(object: &Value) -> String {
    word(object, "room").unwrap_or_default()
}

fn word(object: &Value, name: &str) -> Option<String> {
    object[name].as_str().map(str::to_owned)
}

impl Lines<'_> {
    fn finding(&self, line: usize, room: &str, fault: Fault) -> Finding {
        Finding {
            file: self.name.to_owned(),
            line,
            room: room.to_owned(),
            fault,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            room,
            fault,
        } = self;
        write!(f, "{file}:{line}: ")?;
        if !room.is_empty() {
            // Files hold what strangers wrote.
            write!(f, "room {}: ", visible(room))?;
        }
        write!(f, "{fault}")
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUnderstood => f.write_str("not a line of this format"),
            Self::Numbers { due, found } => write!(f, "number {found} where {due} was due"),
            Self::DoubleId { id } => write!(f, "{} is there for the second time", visible(id)),
            Self::Shown { due, found } if found < due => {
                write!(f, "{found} was shown when {due} was due: a double")
            }
            Self::Shown { due, found } => write!(f, "{found} was shown when {due} was due: a hole"),
            Self::Differs { seq } => write!(f, "what was shown as {seq} is not what the log has"),
            Self::Ends { shown, last } => {
                write!(f, "it was shown up to {shown}, and the log goes on to {last}")
            }
            Self::Acknowledged { id, seq } => {
                write!(
                    f,
                    "{} was acknowledged as {seq}, and the log does not have it there",
                    visible(id)
                )
            }
            Self::Admitted => f.write_str("the reader says itself that something could not be had"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record of a room, as one line of the log or of a journal.
    fn said(room: &str, seq: u64) -> String {
        format!(
            r#"{{"v":1,"event":"said","room":"{room}","seq":{seq},"id":"{room}{seq}","from":"ann","at":5,"kind":0,"text":"line {seq}"}}"#
        )
    }

    fn lines(seqs: impl IntoIterator<Item = u64>) -> String {
        seqs.into_iter().map(|seq| said("lobby", seq) + "\n").collect()
    }

    /// What is found about one journal beside a log of six records.
    fn found(journal: &str) -> Vec<Fault> {
        faults(&lines(1..=6), journal)
    }

    fn faults(log: &str, journal: &str) -> Vec<Fault> {
        let file = |name, text| Lines { name, text };
        let findings = verify(file("log", log), false, &[file("journal", journal)]);
        findings.into_iter().map(|finding| finding.fault).collect()
    }

    #[test]
    fn a_journal_that_is_the_log_has_no_fault() {
        assert_eq!(found(&lines(1..=6)), []);
        assert_eq!(found(&lines(4..=6)), [], "it may come in later");
        assert_eq!(found(""), []);
    }

    #[test]
    fn a_dropped_line_is_found() {
        assert_eq!(
            found(&lines([1, 2, 4, 5, 6])),
            [Fault::Shown { due: 3, found: 4 }]
        );
    }

    #[test]
    fn a_dropped_last_line_is_found() {
        assert_eq!(found(&lines(1..=5)), [Fault::Ends { shown: 5, last: 6 }]);
    }

    #[test]
    fn a_dropped_first_line_is_found_by_where_the_reader_came_in() {
        let joined = |seq| format!("{{\"event\":\"joined\",\"room\":\"lobby\",\"seq\":{seq}}}\n");
        assert_eq!(found(&(joined(2) + &lines(3..=6))), []);
        assert_eq!(
            found(&(joined(2) + &lines(2..=6))),
            [],
            "it asked for the last one"
        );
        let fault = Fault::Shown { due: 3, found: 4 };
        assert_eq!(found(&(joined(2) + &lines(4..=6))), [fault]);
        assert_eq!(found(&joined(2)), [Fault::Ends { shown: 2, last: 6 }]);
        let again = joined(2) + &lines(3..=4) + &joined(5) + &lines(5..=6);
        assert_eq!(found(&again), [], "it goes on where it was");
    }

    #[test]
    fn a_double_is_found() {
        let fault = Fault::Shown { due: 4, found: 3 };
        assert_eq!(found(&lines([1, 2, 3, 3, 4, 5, 6])), [fault]);
    }

    #[test]
    fn a_swap_is_found() {
        let hole = Fault::Shown { due: 3, found: 4 };
        let double = Fault::Shown { due: 5, found: 3 };
        assert_eq!(found(&lines([1, 2, 4, 3, 5, 6])), [hole, double]);
    }

    #[test]
    fn a_wrong_number_is_found() {
        let journal = lines(1..=6).replace("\"seq\":3", "\"seq\":9");
        let expected = [
            Fault::Shown { due: 3, found: 9 },
            Fault::Differs { seq: 9 },
            Fault::Shown { due: 10, found: 4 },
            Fault::Shown { due: 10, found: 5 },
            Fault::Shown { due: 10, found: 6 },
        ];
        assert_eq!(found(&journal), expected);
    }

    #[test]
    fn another_text_author_or_id_is_found() {
        for (is, becomes) in [
            ("line 2", "line Z"),
            ("lobby2", "lobbyZ"),
            ("\"kind\":0", "\"kind\":1"),
        ] {
            let journal = lines(1..=6).replacen(is, becomes, 1);
            assert_eq!(found(&journal).len(), 1, "{becomes}");
        }
        let journal = lines(1..=6).replacen("ann", "bob", 1);
        assert_eq!(found(&journal), [Fault::Differs { seq: 1 }]);
    }

    #[test]
    fn what_was_acknowledged_is_in_the_log_as_told() {
        let stored = |id: &str, seq| {
            format!("{{\"event\":\"stored\",\"room\":\"lobby\",\"id\":\"{id}\",\"seq\":{seq}}}\n")
        };
        assert_eq!(found(&stored("lobby3", 3)), []);
        for (id, seq) in [("lobby3", 4), ("lobby7", 7), ("nothing", 3)] {
            let id = id.to_owned();
            assert_eq!(found(&stored(&id, seq)), [Fault::Acknowledged { id, seq }]);
        }
    }

    #[test]
    fn a_log_with_a_gap_a_swap_or_a_double_id_is_found() {
        let gap = faults(&lines([1, 2, 4]), "");
        assert_eq!(gap, [Fault::Numbers { due: 3, found: 4 }]);
        assert_eq!(faults(&lines([2, 3]), ""), [Fault::Numbers { due: 1, found: 2 }]);
        assert_eq!(faults(&lines([1, 3, 2]), "").len(), 2);
        let double = lines(1..=3).replace("lobby3", "lobby1");
        let id = "lobby1".to_owned();
        assert_eq!(faults(&double, ""), [Fault::DoubleId { id }]);
    }

    #[test]
    fn a_trimmed_log_may_begin_later_if_that_is_said() {
        let text = &*lines(4..=6);
        let log = Lines { name: "log", text };
        assert_eq!(verify(log, true, &[log]), []);
        assert_eq!(verify(log, false, &[]).len(), 1);
    }

    #[test]
    fn rooms_are_numbered_apart() {
        let log = [said("a", 1), said("b", 1), said("a", 2), said("b", 2)].join("\n");
        let journal = [said("a", 1), said("a", 2), said("b", 1)].join("\n");
        assert_eq!(faults(&log, &log), []);
        assert_eq!(faults(&log, &journal), [Fault::Ends { shown: 1, last: 2 }]);
    }

    #[test]
    fn losses_that_a_reader_admits_and_lines_that_nobody_understands_are_faults() {
        assert_eq!(
            found("{\"event\":\"broke\",\"room\":\"lobby\"}"),
            [Fault::Admitted]
        );
        assert_eq!(
            found("{\"event\":\"missed\",\"room\":\"lobby\"}"),
            [Fault::Admitted]
        );
        assert_eq!(found("{\"event\":\"finished\"}"), []);
        for line in [
            "{\"event\":\"sa",
            "[]",
            "{\"event\":\"said\"}",
            "{\"event\":\"stored\"}",
        ] {
            assert_eq!(found(line), [Fault::NotUnderstood], "{line}");
        }
        assert_eq!(faults("nonsense", ""), [Fault::NotUnderstood]);
    }

    #[test]
    fn a_finding_is_one_line_whatever_the_files_hold() {
        let finding = Finding {
            file: "j.jsonl".to_owned(),
            line: 17,
            room: "lob\nby".to_owned(),
            fault: Fault::Shown { due: 11, found: 12 },
        };
        let shown = finding.to_string();
        assert_eq!(shown.lines().count(), 1, "{shown}");
        assert!(shown.starts_with("j.jsonl:17: room lob"), "{shown}");
        assert!(shown.ends_with("12 was shown when 11 was due: a hole"), "{shown}");
    }
}
