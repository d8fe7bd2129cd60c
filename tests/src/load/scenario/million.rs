//! A room with a long history: how long it takes to join it, to read pages of it, to search it, to store one more message.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use chat_proto::ids::{MessageId, Seq};
use chat_proto::list::Extra;
use chat_proto::message::{
    ClientMessage, From, History, Join, Kind, Leave, Say, Search, ServerMessage, Span,
};
use chat_proto::name::{RawName, RoomName, UserName};
use chat_proto::text::{Note, Text};
use chat_server::LOG_FILE;
use chat_server::history::sqlite::{Sqlite, SqliteLimits};
use chat_server::history::{Draft, Op, Outcome};
use clap::Args;
use serde_json::json;

use super::super::Trouble;
use super::super::histogram::Histogram;
use super::super::process::{Choices, pin_to};
use super::super::report::Report;
use super::super::wire::Kind as Server;
use super::{Run, float};
use crate::RawPeer;

/// Messages that are stored at once while the room is filled.
const BATCH_MESSAGES: usize = 1000;

/// Between two looks at how far the index is.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);

/// An index that has not come to the end in this time never does.
const INDEX_TIME_MAX: Duration = Duration::from_secs(600);

/// One room.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Million {
    /// How many messages its history has
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub messages: u64,

    /// How often each is measured
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    pub times: u32,
}

impl Million {
    pub(super) fn run(&self, run: &Run<'_>) -> Result<Report, Trouble> {
        if run.kind != Server::Chat || run.host.running.is_some() {
            return Err("only our server has a history, and it is made before the server starts".into());
        }
        if run.measuring.tls {
            return Err("the visitor of a long history speaks in the clear".into());
        }
        if let Some(cores) = run.host.cores {
            pin_to(cores.load)?;
        }
        let parent = run.host.on_disk.clone().unwrap_or_else(std::env::temp_dir);
        let data = Directory::new(parent.join(format!("chat-load-{}", std::process::id())))?;
        let settings = vec![("messages", json!(self.messages)), ("times", json!(self.times))];
        let mut report = Report::new("million", run.kind, settings);
        let began = Instant::now();
        fill(&data.0, self.messages, run.progress)?;
        report.add("fill_s", began.elapsed().as_secs_f64());

        let choices = Choices {
            data: Some(&data.0),
            ..Choices::default()
        };
        let target = run.host.start(run.kind, choices)?;
        let began = Instant::now();
        let mut visitor = Visitor::new(RawPeer::welcomed(target.address, "visitor"));
        visitor.join();
        visitor.wait_for_index(run.progress)?;
        report.add("index_s", began.elapsed().as_secs_f64());
        for (name, file) in [("log_mib", LOG_FILE), ("words_mib", "words.db")] {
            let bytes = fs::metadata(data.0.join(file))?.len();
            report.add(name, float(bytes) / 1024.0 / 1024.0);
        }
        (run.progress)("measuring");
        self.measure(&mut visitor, &data.0, &mut report)?;
        Ok(report)
    }

    /// All kinds of questions in turn, so that each finds the caches as the others leave them.
    fn measure(&self, visitor: &mut Visitor, data: &Path, report: &mut Report) -> Result<(), Trouble> {
        let file = File::create(data.join("sync"))?;
        let mut times: [Histogram; FIGURES.len()] = Default::default();
        for turn in 0..u64::from(self.times) {
            // Far from the page before.
            let middle = Seq(1 + turn * 7919 * 101 % self.messages);
            let number = 1 + turn * 104_729 % self.messages;
            visitor.leave();
            let measured = [
                timed(|| visitor.join()),
                timed(|| visitor.page(Seq::MAX, 50)),
                timed(|| visitor.page(middle, 256)),
                timed(|| visitor.search(&format!("number{number}"))),
                timed(|| visitor.search("topic7 word11")),
                timed(|| visitor.search("the")),
                timed(|| visitor.say(turn)),
                synced(&file)?,
            ];
            for (histogram, time) in times.iter_mut().zip(measured) {
                histogram.record(u64::try_from(time.as_nanos())?);
            }
        }
        for ((p50, p99), histogram) in FIGURES.into_iter().zip(&times) {
            for (name, per_mille) in [(p50, 500), (p99, 990)] {
                let time = histogram.quantile_ns(per_mille);
                report.add_if_known(name, time.map(|ns| float(ns) / 1e3));
            }
        }
        Ok(())
    }
}

/// What is measured, in its order.
const FIGURES: [(&str, &str); 8] = [
    ("join_p50_us", "join_p99_us"),
    ("last_50_p50_us", "last_50_p99_us"),
    ("middle_page_p50_us", "middle_page_p99_us"),
    ("search_one_p50_us", "search_one_p99_us"),
    ("search_two_words_p50_us", "search_two_words_p99_us"),
    ("search_in_all_p50_us", "search_in_all_p99_us"),
    ("stored_p50_us", "stored_p99_us"),
    ("sync_p50_us", "sync_p99_us"),
];

fn timed<T>(ask: impl FnOnce() -> T) -> Duration {
    let began = Instant::now();
    ask();
    began.elapsed()
}

/// What the disk takes for a page that is written over.
fn synced(file: &File) -> io::Result<Duration> {
    file.write_all_at(&[1; 4096], 0)?;
    let began = Instant::now();
    file.sync_all()?;
    Ok(began.elapsed())
}

/// A directory that goes when it is not needed any more.
struct Directory(PathBuf);

impl Directory {
    fn new(path: PathBuf) -> io::Result<Self> {
        // A server takes no directory that others can look into.
        DirBuilder::new().recursive(true).mode(0o700).create(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // What can't be removed is only in the way.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn room() -> RoomName {
    RoomName::parse("long").expect("a name")
}

/// Of every number one, of few words many, and some that are in all.
fn text(number: u64) -> Text {
    let (topic, word) = (number % 31, number % 997);
    let text = format!("number{number} topic{topic} word{word} the quick brown fox jumps over it");
    Text::new(&text).expect("a short text")
}

fn id(number: u64) -> MessageId {
    let mut id = [1; 16];
    // Others make theirs at random: neighbours are far from each other.
    let scattered = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    id[..8].copy_from_slice(&scattered.to_be_bytes());
    MessageId(id)
}

/// Makes the history, through the store itself.
fn fill(data: &Path, messages: u64, progress: &dyn Fn(&str)) -> Result<(), Trouble> {
    let mut store = Sqlite::open(&data.join(LOG_FILE), SqliteLimits::default(), 1)?;
    let authors = ["alice", "bob", "carol", "dave"].map(|name| UserName::parse(name).expect("a name"));
    let mut outcomes = Vec::new();
    let mut told_at = Instant::now();
    for (number, author) in (1..=messages).step_by(BATCH_MESSAGES).zip(authors.iter().cycle()) {
        let last = (number + BATCH_MESSAGES as u64 - 1).min(messages);
        let batch: Vec<Op> = (number..=last)
            .map(|number| Op::Append {
                room: room(),
                draft: Draft {
                    id: id(number),
                    author: author.clone(),
                    kind: Kind::LINE,
                    text: text(number),
                    extra: Extra::new(),
                },
            })
            .collect();
        outcomes.clear();
        store.commit(1_700_000_000_000 + number, &batch, &mut outcomes);
        if !outcomes
            .iter()
            .all(|outcome| matches!(outcome, Outcome::Appended { .. }))
        {
            return Err(store.trouble().unwrap_or("the store refused").to_owned().into());
        }
        if told_at.elapsed() > Duration::from_secs(1) {
            told_at = Instant::now();
            progress(&format!("{last} of {messages} messages are stored"));
        }
    }
    Ok(())
}

/// Who asks, one thing after the other.
struct Visitor {
    peer: RawPeer,
    requests: u32,
}

impl Visitor {
    const fn new(peer: RawPeer) -> Self {
        Self { peer, requests: 0 }
    }

    /// Asks, and waits for the answer.
    fn ask(&mut self, question: impl FnOnce(u32) -> ClientMessage) -> ServerMessage {
        self.requests += 1;
        let request = self.requests;
        self.peer.send_message(&question(request));
        self.peer.until_with_pongs("an answer", |message| {
            (message.answers() == Some(request)).then_some(message)
        })
    }

    fn join(&mut self) {
        let answer = self.ask(|request| {
            ClientMessage::Join(Join {
                request,
                room: RawName::from(&room()),
                from: From::Tail(0),
                extra: Extra::new(),
            })
        });
        assert!(matches!(answer, ServerMessage::Joined(_)), "{answer:?}");
    }

    fn leave(&mut self) {
        let answer = self.ask(|request| {
            ClientMessage::Leave(Leave {
                request,
                room: room(),
            })
        });
        assert!(matches!(answer, ServerMessage::Left(_)), "{answer:?}");
    }

    fn page(&mut self, before: Seq, limit: u32) {
        let answer = self.ask(|request| {
            ClientMessage::History(History {
                request,
                room: room(),
                span: Span::Before(before),
                limit,
            })
        });
        assert!(matches!(answer, ServerMessage::Page(_)), "{answer:?}");
    }

    /// Tells how far the index is, and how far the log.
    fn search(&mut self, words: &str) -> (Seq, Seq) {
        let answer = self.ask(|request| {
            ClientMessage::Search(Search {
                request,
                room: room(),
                words: Note::new(words),
                author: None,
                since_unix_ms: None,
                until_unix_ms: None,
                before: Seq::MAX,
                limit: 50,
            })
        });
        match answer {
            ServerMessage::Found(found) => (found.searched, found.last),
            other => panic!("{other:?}"),
        }
    }

    fn say(&mut self, turn: u64) {
        let answer = self.ask(|request| {
            ClientMessage::Say(Say {
                request,
                room: room(),
                id: MessageId((u128::from(turn) << 64 | 7).to_be_bytes()),
                kind: Kind::LINE,
                text: text(turn),
                extra: Extra::new(),
            })
        });
        assert!(matches!(answer, ServerMessage::Stored(_)), "{answer:?}");
    }

    fn wait_for_index(&mut self, progress: &dyn Fn(&str)) -> Result<(), Trouble> {
        let until = Instant::now() + INDEX_TIME_MAX;
        while Instant::now() < until {
            let (searched, last) = self.search("nothing");
            if searched == last {
                return Ok(());
            }
            progress(&format!("{searched} of {last} messages are indexed"));
            thread::sleep(LOOK_INTERVAL);
        }
        Err("the index never came to the end".into())
    }
}
