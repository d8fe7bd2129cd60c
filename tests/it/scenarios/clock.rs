//! The server's clock is set back.

use chat_proto::ids::{MessageId, Seq};
use chat_proto::list::Extra;
use chat_proto::message::{Kind, Span};
use chat_proto::text::Text;
use chat_server::history::memory::{Memory, MemoryLimits};
use chat_server::history::sqlite::{Reader, Sqlite, SqliteLimits};
use chat_server::history::{Draft, Op, Outcome, PageRequest};
use chat_tests::client::{lobby, user};

#[test]
fn s55_a_clock_that_goes_back_changes_no_order() {
    const HOUR_MS: u64 = 60 * 60 * 1000;
    let directory = tempfile::tempdir().expect("a directory for a test");
    let file = directory.path().join("chat.db");
    let mut memory = Memory::new(MemoryLimits::default(), 1);
    let mut disk = Sqlite::open(&file, SqliteLimits::default(), 1).expect("a new file");
    let times = [2 * HOUR_MS, HOUR_MS, HOUR_MS + 1];
    for (number, unix_ms) in (1..).zip(times) {
        let append = Op::Append {
            room: lobby(),
            draft: Draft {
                id: MessageId([number; 16]),
                author: user("alice"),
                kind: Kind::LINE,
                text: Text::new("what time is it?").expect("a short text"),
                extra: Extra::new(),
            },
        };
        let expected = Outcome::Appended {
            seq: Seq(u64::from(number)),
            at_unix_ms: unix_ms,
        };
        let mut outcomes = Vec::new();
        memory.commit(unix_ms, std::slice::from_ref(&append), &mut outcomes);
        disk.commit(unix_ms, &[append], &mut outcomes);
        assert_eq!(outcomes, [expected, expected]);
    }
    let all = PageRequest {
        room: lobby(),
        span: Span::After(Seq::ZERO),
        records_max: 10,
        bytes_max: usize::MAX,
    };
    let mut reader = Reader::open(&file).expect("the file is there");
    let pages = [memory.page(&all), reader.page(&all).expect("it can be read")];
    for page in pages {
        let records = page.expect("the room has a log").records;
        let told: Vec<(u64, u64)> = records
            .iter()
            .map(|record| (record.seq.0, record.at_unix_ms))
            .collect();
        assert_eq!(told, [(1, times[0]), (2, times[1]), (3, times[2])]);
    }
}
