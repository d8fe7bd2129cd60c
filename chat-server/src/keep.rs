//! `chat-server check` and `chat-server export`: what an operator does with a data directory.

use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use chat_proto::message::Record;
use chat_proto::name::RoomName;
use chat_proto::visible::is_safe;
use chat_server::LOG_FILE;
use chat_server::config::default_data;
use chat_server::history::sqlite::{ExportError, Progress, check as check_file, export as export_file};
use serde::Serialize;

/// The exit code of a check that has found damage.
const DAMAGED: u8 = 3;

type Done = Result<ExitCode, Box<dyn Error>>;

fn log_file(data: Option<PathBuf>) -> Result<PathBuf, Box<dyn Error>> {
    let directory = match data {
        Some(directory) => directory,
        None => default_data()?,
    };
    let file = directory.join(LOG_FILE);
    if file.is_file() {
        Ok(file)
    } else {
        Err(format!("there is no {LOG_FILE} in {}", directory.display()).into())
    }
}

/// Checks everything, and tells what is damaged, a line each.
pub(crate) fn check(data: Option<PathBuf>) -> Done {
    let file = log_file(data)?;
    let mut shown = ProgressLine::new();
    let report = check_file(&file, |progress| shown.show(progress))
        .map_err(|cause| format!("cannot check {}: {cause}", file.display()))?;
    shown.clear();
    let mut out = io::stdout().lock();
    for damage in &report.damages {
        writeln!(out, "{damage}")?;
    }
    let told = report.damages.len() as u64;
    if report.damage_count > told {
        writeln!(out, "… and {} more", report.damage_count - told)?;
    }
    writeln!(
        out,
        "{}, {}: {}",
        counted(report.rooms, "room"),
        counted(report.messages, "message"),
        if report.damage_count == 0 {
            "everything is as it was stored".to_owned()
        } else {
            format!(
                "{}; a backup has what was there",
                counted(report.damage_count, "damage")
            )
        }
    )?;
    Ok(if report.damage_count == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(DAMAGED)
    })
}

/// So many of them, in words.
fn counted(count: u64, what: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {what}{s}")
}

/// How far a check has come, on one line of a terminal that is written over.
struct ProgressLine {
    is_terminal: bool,
}

impl ProgressLine {
    fn new() -> Self {
        Self {
            is_terminal: io::stderr().is_terminal(),
        }
    }

    fn show(&mut self, progress: Progress) {
        if self.is_terminal {
            let percent = progress.messages * 100 / progress.of_messages.max(1);
            // A terminal that is gone needs no progress.
            let _ = write!(io::stderr(), "\r{} messages, {percent} %", progress.messages);
        }
    }

    fn clear(&self) {
        if self.is_terminal {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

/// A message as `export` prints it: as `chat-client --json` prints one that it is told.
#[derive(Serialize)]
struct Line<'a> {
    v: u8,
    event: &'static str,
    room: &'a str,
    seq: u64,
    id: String,
    from: &'a str,
    at: u64,
    kind: u16,
    text: &'a str,
}

impl<'a> Line<'a> {
    fn new(room: &'a RoomName, record: &'a Record) -> Self {
        Self {
            v: 1,
            event: "said",
            room: room.as_str(),
            seq: record.seq.0,
            id: record.id.to_string(),
            from: record.author.as_str(),
            at: record.at_unix_ms,
            kind: record.kind.0,
            text: &record.text,
        }
    }
}

/// Writes a line of JSON, and as its escapes what could command a terminal: it stands in strings alone.
fn write_safely(line: &str, out: &mut impl Write) -> io::Result<()> {
    let mut utf16 = [0; 2];
    for c in line.chars() {
        if is_safe(c) {
            write!(out, "{c}")?;
        } else {
            for unit in c.encode_utf16(&mut utf16) {
                write!(out, "\\u{unit:04x}")?;
            }
        }
    }
    writeln!(out)
}

/// Prints all messages, a line of JSON each.
pub(crate) fn export(data: Option<PathBuf>, rooms: &[String]) -> Done {
    let rooms: Vec<RoomName> = rooms
        .iter()
        .map(|room| RoomName::parse(room).map_err(|error| format!("{room:?} is no room: {error}")))
        .collect::<Result<_, _>>()?;
    let file = log_file(data)?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let exported = export_file(&file, &rooms, |room, record| {
        let line = serde_json::to_string(&Line::new(room, &record))?;
        write_safely(&line, &mut out)
    });
    match exported {
        Ok(()) => {}
        // Whoever reads has enough.
        Err(ExportError::Taker(cause)) if cause.kind() == io::ErrorKind::BrokenPipe => {
            return Ok(ExitCode::SUCCESS);
        }
        Err(ExportError::Taker(cause)) => return Err(cause.into()),
        Err(ExportError::Open(cause)) => {
            return Err(format!("cannot open {}: {cause}", file.display()).into());
        }
        Err(ExportError::Read(cause)) => {
            return Err(format!("cannot read {}: {cause}", file.display()).into());
        }
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}
