//! How far we have read, and that we are away: the server is told the newest, and once.

use chat_proto::message::{Done, EXTRA_MARK, EXTRA_ROLE, EXTRA_TOPIC, Mark, Marked, Role};

use super::*;

#[test]
fn only_the_newest_mark_is_told_and_one_at_a_time() {
    let mut played = Played::in_lobby();
    (1..=9).for_each(|seq| played.mark(seq));
    let first = played.marks();
    assert_eq!(first.iter().map(|mark| mark.seq).collect::<Vec<_>>(), [Seq(1)]);
    played.pass(10 * MARK_PAUSE_MS);
    assert_eq!(played.marks(), [], "the first is not answered yet");
    played.done(first[0].request);
    assert_eq!(played.marks()[0].seq, Seq(9));
    assert_eq!(played.events(), []);
}

#[test]
fn marks_are_told_now_and_then_only() {
    let mut played = Played::in_lobby();
    let began_ms = played.now_ms;
    for seq in 1..=3 {
        played.mark(seq);
        let mut marks = played.marks();
        while marks.is_empty() {
            played.wait();
            marks = played.marks();
        }
        assert_eq!(played.now_ms, began_ms + MARK_PAUSE_MS * (seq - 1));
        played.done(marks[0].request);
    }
}

#[test]
fn nobody_reads_backwards() {
    let mut played = Played::in_lobby();
    played.mark(5);
    let request = played.marks()[0].request;
    played.mark(4);
    played.done(request);
    played.mark(5);
    played.server(marked(9));
    played.mark(9);
    played.pass(2 * MARK_PAUSE_MS);
    assert_eq!(played.marks(), []);
    played.mark(10);
    assert_eq!(played.marks()[0].seq, Seq(10));
}

#[test]
fn a_mark_that_was_not_answered_is_told_again_after_a_loss_unless_there_is_a_newer() {
    for (newer, expected) in [(None, 5), (Some(7), 7)] {
        let mut played = Played::in_lobby();
        played.mark(5);
        newer.into_iter().for_each(|seq| played.mark(seq));
        played.reconnect();
        played.answer_join(|join| joined(join, 9));
        assert_eq!(played.marks()[0].seq, Seq(expected));
        played.lose();
        played.connect();
        played.server(welcome(4));
        played.answer_join(|join| Joined {
            extra: extra(EXTRA_MARK, &expected.to_be_bytes()),
            ..joined(join, 9)
        });
        assert_eq!(played.marks(), [], "the server has heard it");
    }
}

#[test]
fn a_mark_of_another_log_is_forgotten() {
    let mut played = Played::in_lobby();
    played.said(1);
    played.lose();
    played.mark(1);
    played.connect();
    played.server(welcome(4));
    played.answer_join(|join| Joined {
        position: position(LogId(9), 0),
        resumed: Resumed::Diverged,
        ..joined(join, 0)
    });
    assert_eq!(played.marks(), []);
}

#[test]
fn a_mark_that_is_refused_for_now_waits_as_long_as_the_server_asks() {
    let mut played = Played::in_lobby();
    played.mark(1);
    let request = played.marks()[0].request;
    played.fail_for(request, Code::TOO_FAST, 7_000);
    played.mark(2);
    played.pass(6_999);
    assert_eq!(played.marks(), []);
    played.pass(1);
    assert_eq!(played.marks()[0].seq, Seq(2));
    let what = |seq| Wanted::Mark {
        room: room("lobby"),
        seq: Seq(seq),
    };
    assert_eq!(played.events(), [failure(what(1), Code::TOO_FAST, Some(7_000))]);
}

#[test]
fn a_mark_that_is_refused_for_good_is_told_and_forgotten() {
    let mut played = Played::in_lobby();
    played.mark(1);
    let request = played.marks()[0].request;
    played.fail(request, Code::KEY_NEEDED);
    let what = Wanted::Mark {
        room: room("lobby"),
        seq: Seq(1),
    };
    assert_eq!(played.events(), [failure(what, Code::KEY_NEEDED, None)]);
    played.pass(2 * MARK_PAUSE_MS);
    assert_eq!(played.marks(), []);
}

#[test]
fn what_others_of_us_have_read_is_told_where_we_are() {
    let mut played = Played::in_lobby();
    played.server(marked(3));
    let room = room("lobby");
    assert_eq!(played.events(), [Event::Marked { room, seq: Seq(3) }]);
    played.command(Command::Leave {
        room: super::room("lobby"),
    });
    played.server(marked(4));
    assert_eq!(played.events(), []);
}

#[test]
fn a_room_tells_its_topic_our_role_and_how_far_we_have_read() {
    let mut played = Played::welcome(with_lobby());
    let mut extra = extra(EXTRA_TOPIC, "tea".as_bytes());
    assert!(extra.insert(EXTRA_ROLE, &Role::OWNER.0.to_be_bytes()));
    assert!(extra.insert(EXTRA_MARK, &7_u64.to_be_bytes()));
    played.answer_join(|join| Joined {
        extra,
        ..joined(join, 9)
    });
    assert!(matches!(
        &played.events()[..],
        [Event::Joined { topic, role: Role::OWNER, read: Some(Seq(7)), .. }] if topic.as_str() == "tea"
    ));
}

#[test]
fn what_is_no_topic_role_or_mark_counts_as_not_told() {
    let long = "x".repeat(513);
    for (key, value) in [
        (EXTRA_TOPIC, &b"\xff"[..]),
        (EXTRA_TOPIC, long.as_bytes()),
        (EXTRA_ROLE, b"\x01"),
        (EXTRA_ROLE, b"\x00\x01\x02"),
        (EXTRA_MARK, b"1234567"),
        (EXTRA_MARK, b"123456789"),
    ] {
        let mut played = Played::welcome(with_lobby());
        played.answer_join(|join| Joined {
            extra: extra(key, value),
            ..joined(join, 9)
        });
        let events = played.events();
        assert!(
            matches!(&events[..], [Event::Joined { topic, role: Role::NONE, read: None, .. }] if topic.is_empty()),
            "{events:?}"
        );
    }
}

#[test]
fn being_away_is_said_again_after_each_loss_and_told_once() {
    let mut played = Played::in_lobby();
    played.away("lunch");
    let request = played.aways()[0].0;
    played.done(request);
    assert_eq!(played.events(), [away("lunch")]);
    for _ in 0..2 {
        played.reconnect();
        played.events();
        let (request, text) = played.aways().remove(0);
        assert_eq!(text, "lunch");
        played.done(request);
        assert_eq!(played.events(), []);
    }
    played.away("lunch");
    let request = played.aways()[0].0;
    played.done(request);
    assert_eq!(played.events(), [away("lunch")], "asked again it is told again");
}

#[test]
fn being_back_is_not_said_again() {
    let mut played = Played::in_lobby();
    for text in ["lunch", ""] {
        played.away(text);
        let request = played.aways()[0].0;
        played.done(request);
    }
    played.reconnect();
    assert_eq!(played.aways(), []);
}

#[test]
fn finishing_waits_for_marks_but_not_for_ever() {
    let mut played = Played::in_lobby();
    played.mark(1);
    played.command(Command::Finish);
    assert_eq!(played.out.action, None);
    let request = played.marks()[0].request;
    played.done(request);
    assert_eq!(played.out.action.take(), Some(Action::CloseWriteSide));
    let mut played = Played::in_lobby();
    played.away("gone");
    played.command(Command::Finish);
    played.pass(FINISH_WAIT_MS);
    assert_eq!(played.out.action.take(), Some(Action::CloseWriteSide));
}

impl Played {
    fn mark(&mut self, seq: u64) {
        self.command(Command::Mark {
            room: room("lobby"),
            seq: Seq(seq),
        });
    }

    fn marks(&mut self) -> Vec<Mark> {
        let marks = self.sent().into_iter().filter_map(|message| match message {
            ClientMessage::Mark(mark) => Some(mark),
            _ => None,
        });
        marks.collect()
    }

    fn done(&mut self, request: u32) {
        self.server(ServerMessage::Done(Done { request }));
    }

    fn away(&mut self, text: &str) {
        let text = Note::new(text);
        self.command(Command::Away { text });
    }

    fn aways(&mut self) -> Vec<(u32, String)> {
        let aways = self.sent().into_iter().filter_map(|message| match message {
            ClientMessage::Away(away) => Some((away.request, away.text.to_string())),
            _ => None,
        });
        aways.collect()
    }
}

fn marked(seq: u64) -> ServerMessage {
    ServerMessage::Marked(Marked {
        room: room("lobby"),
        seq: Seq(seq),
    })
}

fn away(text: &str) -> Event {
    let text = Note::new(text);
    Event::Away { text }
}

fn extra(key: u16, value: &[u8]) -> Extra {
    let mut extra = Extra::new();
    assert!(extra.insert(key, value));
    extra
}
