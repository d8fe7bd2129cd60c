//! One room: who says what, and what became of what one said.

use chat_proto::ids::{MessageId, Seq};
use chat_proto::list::Extra;
use chat_proto::message::{Act, Acted, Code, EXTRA_ACT, EXTRA_UNPROVEN, Kind, Record};
use chat_proto::text::Note;

use super::helper::{AFTERNOON_MS, Stage, person, room};
use crate::pure::link::{Cause, Command, Event, Wanted};
use crate::pure::roles::RolesOf;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// A little talk, and something of one's own.
fn talk(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::joined(columns, rows, &["lobby"]);
    stage.said(
        "lobby",
        1,
        "alice",
        "good afternoon, the release notes are at https://chat.example/notes if anybody wants to read them",
    );
    stage.said("lobby", 2, "bob", "two lines\nin one message");
    let waves = Record {
        kind: Kind::ACTION,
        ..Stage::record(3, "alice", "waves")
    };
    stage.said_as("lobby", waves);
    stage.said("lobby", 4, "Zoë", "漢字 and 👩‍👩‍👧 and e\u{301}");
    stage.enter("my own words");
    stage.type_text("being wri");
    stage
}

#[test]
fn a_talk_on_a_small_screen() {
    talk(40, 10).expect(
        "
        |      notes are at
        |      https://chat.example/notes if
        |      anybody wants to read them
        |14:02 bob: two lines
        |      in one message
        |14:03 * alice waves
        |14:04 Zoë: 漢字 and 👩‍👩‍👧 and é
        |14:00 … me: my own words
        |#lobby · 2 people              connected
        |> being wri
        ",
    );
}

#[test]
fn a_talk_on_a_usual_screen() {
    talk(80, 24).expect(
        "
        |
        |
        |
        |
        |
        |
        |
        |
        |
        |
        |
        |
        |
        |
        |── Thursday, 5 November 2026 ───────────────────────────────────────────────────
        |14:01        alice  good afternoon, the release notes are at
        |                    https://chat.example/notes if anybody wants to read them
        |14:02          bob  two lines
        |                    in one message
        |14:03            *  alice waves
        |14:04          Zoë  漢字 and 👩‍👩‍👧 and é
        |14:00         … me  my own words
        |#lobby · 2 people                                                      connected
        |> being wri
        ",
    );
}

#[test]
fn a_talk_on_a_large_screen() {
    talk(120, 40).expect(
        "
        |
        |
        |
        |
        |
        |
        |
        |
        |
        |
        |
        |
        |
        |
        |
        |
        |
        |
        |
        |
        |
        |
        |
        |
        |
        |
        |
        |
        |
        |
        |
        |── Thursday, 5 November 2026 ───────────────────────────────────────────────────────────────────────────────────────────
        |14:01        alice  good afternoon, the release notes are at https://chat.example/notes if anybody wants to read them
        |14:02          bob  two lines
        |                    in one message
        |14:03            *  alice waves
        |14:04          Zoë  漢字 and 👩‍👩‍👧 and é
        |14:00         … me  my own words
        |#lobby · 2 people                                                                                              connected
        |> being wri
        ",
    );
}

#[test]
fn what_one_says_is_on_its_way_then_stored_then_in_its_place() {
    let mut stage = Stage::joined(40, 6, &["lobby"]);
    stage.enter("hello");
    let commands = stage.commands();
    let Some(Command::Say { id, .. }) = commands.last() else {
        panic!("it is said: {commands:?}");
    };
    stage.expect_part("14:00 … me: hello");
    let lobby = room("lobby");
    stage.hear(Event::Stored {
        room: lobby,
        id: *id,
        seq: Seq(1),
    });
    stage.expect_part("14:00 ✓ me: hello");
    let record = Record {
        id: *id,
        ..Stage::record(1, "me", "hello")
    };
    stage.said_as("lobby", record);
    stage.expect(
        "
        |
        |
        |── Thursday, 5 November 2026 ───────────
        |14:01 me: hello
        |#lobby · 2 people              connected
        |>
        ",
    );
}

#[test]
fn what_is_told_before_it_is_stored_is_shown_once() {
    let mut stage = Stage::joined(40, 6, &["lobby"]);
    stage.enter("hello");
    let Some(Command::Say { id, .. }) = stage.commands().pop() else {
        panic!("it is said");
    };
    stage.said_as(
        "lobby",
        Record {
            id,
            ..Stage::record(1, "me", "hello")
        },
    );
    stage.hear(Event::Stored {
        room: room("lobby"),
        id,
        seq: Seq(1),
    });
    assert_eq!(stage.screen().matches("hello").count(), 1);
}

#[test]
fn what_is_refused_says_why_and_can_be_said_again() {
    let mut stage = Stage::joined(60, 7, &["lobby"]);
    stage.enter("hello");
    let Some(Command::Say { id, .. }) = stage.commands().pop() else {
        panic!("it is said");
    };
    let what = Wanted::Say {
        room: room("lobby"),
        id,
    };
    let text = Note::new("you are muted");
    stage.hear(Event::Failed {
        what,
        code: Code::MUTED,
        text,
        retry_in_ms: None,
    });
    stage.expect(
        "
        |
        |
        |
        |14:00         ! me  hello [not said: you are muted; Alt-R
        |                    says it again, Alt-K drops it]
        |#lobby · 2 people                                  connected
        |>
        ",
    );
    stage.press(crate::pure::key::KeyPress::alt('r'));
    stage.expect_part("… me");
    assert!(matches!(stage.commands().pop(), Some(Command::Say { id: again, .. }) if again == id));
    stage.press(crate::pure::key::KeyPress::alt('k'));
    stage.expect_part("… me");
    stage.expect_part("nothing was refused here");
    let text = Note::new("you are muted");
    stage.hear(Event::Failed {
        what: Wanted::Say {
            room: room("lobby"),
            id,
        },
        code: Code::MUTED,
        text,
        retry_in_ms: None,
    });
    stage.press(crate::pure::key::KeyPress::alt('k'));
    stage.expect_no("hello");
}

#[test]
fn days_gaps_and_breaks_are_lines_across_the_screen() {
    let mut stage = Stage::joined(40, 12, &["lobby"]);
    stage.said("lobby", 1, "alice", "yesterday");
    let next_day = Record {
        at_unix_ms: AFTERNOON_MS + DAY_MS,
        ..Stage::record(2, "alice", "today")
    };
    stage.now_ms += DAY_MS + 60_000;
    stage.said_as("lobby", next_day);
    stage.hear(Event::Missed {
        room: room("lobby"),
        from: Seq(3),
        to: Seq(9),
    });
    stage.hear(Event::Missed {
        room: room("lobby"),
        from: Seq(10),
        to: Seq(10),
    });
    stage.hear(Event::Broke { room: room("lobby") });
    let anew = Record {
        at_unix_ms: stage.now_ms,
        ..Stage::record(1, "bob", "anew")
    };
    stage.said_as("lobby", anew);
    stage.expect(
        "
        |
        |
        |── Thursday, 5 November 2026 ───────────
        |14:01 alice: yesterday
        |── Friday, 6 November 2026 ─────────────
        |14:00 alice: today
        |── messages 3 to 9 are gone ────────────
        |── message 10 is gone ──────────────────
        |── another log from here on ────────────
        |14:01 bob: anew
        |#lobby · 2 people              connected
        |>
        ",
    );
}

#[test]
fn who_comes_and_goes_is_one_calm_line() {
    let mut stage = Stage::joined(60, 8, &["lobby"]);
    let presence = |arrived: &[&str], left: &[&str], count| Event::Presence {
        room: room("lobby"),
        arrived: arrived.iter().map(|name| person(name)).collect(),
        left: left.iter().map(|name| person(name)).collect(),
        count,
        roles: RolesOf::new(),
    };
    stage.hear(presence(&["bob", "carol"], &[], 4));
    stage.hear(presence(&["dan", "erin"], &["alice"], 5));
    stage.hear(presence(&["alice"], &["bob"], 5));
    stage.said("lobby", 1, "carol", "hello");
    stage.hear(presence(&[], &["carol"], 4));
    stage.expect(
        "
        |
        |
        |── Thursday, 5 November 2026 ───────────────────────────────
        |14:00           --  carol, dan and erin joined
        |14:01        carol  hello
        |14:00           --  carol left
        |#lobby · 4 people                                  connected
        |>
        ",
    );
    stage.hear(presence(&["carol"], &[], 5));
    stage.expect_no("carol left");
}

#[test]
fn what_was_removed_is_seen_to_be() {
    let mut stage = Stage::joined(60, 8, &["lobby"]);
    stage.said("lobby", 1, "bob", "oh no");
    stage.said("lobby", 2, "mallory", "spam");
    for (seq, notice) in [(1, 3), (2, 4)] {
        stage.hear(Event::Emptied {
            room: room("lobby"),
            seq: Seq(seq),
            by: person("bob"),
            notice: Seq(notice),
            id: MessageId::ZERO,
            at_unix_ms: AFTERNOON_MS,
        });
    }
    stage.said_as(
        "lobby",
        Record {
            kind: Kind::EMPTIED,
            ..Stage::record(5, "alice", "")
        },
    );
    stage.expect(
        "
        |
        |
        |── Thursday, 5 November 2026 ───────────────────────────────
        |14:01          bob  (removed)
        |14:02      mallory  (removed by bob)
        |14:05        alice  (removed)
        |#lobby · 2 people                                  connected
        |>
        ",
    );
}

#[test]
fn topics_and_what_keeps_order_are_notices() {
    let mut stage = Stage::joined(80, 10, &["lobby"]);
    stage.said_as(
        "lobby",
        Record {
            kind: Kind::TOPIC,
            ..Stage::record(1, "alice", "dinner at eight")
        },
    );
    for (seq, act, until_unix_ms, text) in [
        (
            2,
            Act::BAN,
            AFTERNOON_MS + DAY_MS,
            "banned mallory for 1 day: spam",
        ),
        (3, Act::KICK, 0, "kicked mallory"),
        (4, Act::INVITE, 0, "invited mallory"),
        (5, Act(999), 0, "stretched mallory"),
    ] {
        let acted = Acted {
            act,
            until_unix_ms,
            name: person("mallory"),
        };
        let mut extra = Extra::new();
        assert!(extra.insert(EXTRA_ACT, &acted.to_bytes()));
        let record = Record {
            kind: Kind::MODERATION,
            extra,
            ..Stage::record(seq, "alice", text)
        };
        stage.said_as("lobby", record);
    }
    stage.expect(
        "
        |
        |
        |── Thursday, 5 November 2026 ───────────────────────────────────────────────────
        |14:01           --  alice set the topic: dinner at eight
        |14:02           --  alice banned mallory until 2026-11-06 14:00: spam
        |14:03           --  alice kicked mallory
        |14:04           --  alice invited mallory
        |14:05           --  alice did something to mallory
        |#lobby · 2 people · dinner at eight                                    connected
        |>
        ",
    );
}

#[test]
fn a_name_that_anybody_could_have_is_marked() {
    let mut stage = Stage::joined(60, 5, &["lobby"]);
    let mut extra = Extra::new();
    assert!(extra.insert(EXTRA_UNPROVEN, &[]));
    stage.said_as(
        "lobby",
        Record {
            extra,
            ..Stage::record(1, "alice", "it is me")
        },
    );
    stage.expect(
        "
        |
        |── Thursday, 5 November 2026 ───────────────────────────────
        |14:01       ~alice  it is me
        |#lobby · 2 people                                  connected
        |>
        ",
    );
}

#[test]
fn a_kind_that_is_not_known_is_a_plain_line() {
    let mut stage = Stage::joined(60, 5, &["lobby"]);
    stage.said_as(
        "lobby",
        Record {
            kind: Kind(77),
            ..Stage::record(1, "alice", "from the future")
        },
    );
    stage.expect_part("alice  from the future");
}

#[test]
fn a_lost_server_is_counted_down() {
    let mut stage = Stage::joined(40, 5, &["lobby"]);
    stage.hear(Event::Lost {
        cause: Cause::Ended,
        why: String::new(),
        retry_in_ms: 2_500,
    });
    for (now_ms, shown, next) in [
        (0, "lost: again in 3 s", Some(500)),
        (500, "lost: again in 2 s", Some(1_500)),
        (1_499, "lost: again in 2 s", Some(1_500)),
        (2_500, "lost: connecting", None),
    ] {
        stage.now_ms = AFTERNOON_MS + now_ms;
        stage.tell(crate::pure::app::Event::Tick);
        stage.expect_part(shown);
        assert_eq!(
            stage.app.next_deadline(),
            next.map(|next| AFTERNOON_MS + next),
            "{shown}"
        );
    }
    stage.welcome();
    stage.expect_part("connected");
    assert_eq!(stage.app.next_deadline(), None, "nothing is waited for");
}

#[test]
fn a_refusal_says_what_to_do() {
    let mut stage = Stage::new(60, 6, &["lobby"]);
    let text = Note::new("the name belongs to another key");
    stage.hear(Event::Refused {
        code: Code::NAME_OWNED,
        text,
        unsent: Vec::new(),
    });
    stage.expect(
        "
        |── Thursday, 5 November 2026 ───────────────────────────────
        |14:00            !  chat.example:8000 does not let us in:
        |                    the name belongs to another key; /name
        |                    NAME takes another name
        |#lobby              refused: the name belongs to another key
        |>
        ",
    );
}

#[test]
fn a_server_that_is_new_or_another_is_told_of() {
    let mut stage = Stage::new(120, 8, &["lobby"]);
    stage.hear(Event::Pinned {
        server_key: chat_proto::ids::PublicKey([1; 32]),
        fingerprint: "SHA256:abc".into(),
    });
    stage.expect_part("known by its key: SHA256:abc");
    let reason = "chat.example:8000 shows another key\u{1b}[2J".into();
    stage.hear(Event::Untrusted {
        reason,
        unsent: Vec::new(),
    });
    stage.expect_part("nothing was sent: chat.example:8000 shows");
    stage.expect_part("refused: not trusted");
}
