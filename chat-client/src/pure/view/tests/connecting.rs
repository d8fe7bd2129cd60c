//! What is told while there is no connection.

use chat_proto::message::Code;
use chat_proto::text::Note;

use super::helper::Stage;
use crate::pure::app::Act;
use crate::pure::link::{Cause, Event};

fn lost(cause: Cause, why: &str) -> Event {
    Event::Lost {
        cause,
        why: why.into(),
        retry_in_ms: 3_000,
    }
}

#[test]
fn why_there_is_no_connection_is_told_once() {
    let mut stage = Stage::joined(80, 7, &["lobby"]);
    for _ in 0..2 {
        stage.hear(lost(Cause::Unreachable, "Connection refused"));
    }
    for _ in 0..2 {
        stage.hear(lost(Cause::Unsigned, "the agent\x1bsleeps"));
    }
    stage.expect(
        "
        |
        |
        |── Thursday, 5 November 2026 ───────────────────────────────────────────────────
        |14:00            !  no connection to chat.example:8000: Connection refused
        |14:00            !  no connection to chat.example:8000: the agent␛sleeps
        |#lobby · 2 people                          your key has not signed: again in 3 s
        |>
        ",
    );
    stage.welcome();
    stage.hear(lost(Cause::Unsigned, "the agent\x1bsleeps"));
    assert_eq!(stage.screen().matches("sleeps").count(), 2);
}

#[test]
fn whoever_has_no_patience_sees_that_it_is_tried() {
    let mut stage = Stage::joined(80, 7, &["lobby"]);
    stage.hear(lost(Cause::Ended, ""));
    stage.expect_part("lost: again in 3 s");
    stage.enter("/reconnect");
    assert_eq!(stage.acts(), [Act::Reconnect]);
    stage.expect_part("lost: connecting");
    assert_eq!(stage.app.next_deadline(), None, "nothing counts down");
    stage.hear(lost(Cause::Unreachable, ""));
    stage.expect_part("no server: again in 3 s");
}

#[test]
fn whoever_can_not_get_in_is_told_how_to_go_on() {
    for (code, advice) in [
        (Code::NAME_IN_USE, "/name NAME takes another name"),
        (Code::TOO_MANY_NAMES, "/name NAME takes another name"),
        (Code::BANNED, "/reconnect tries again"),
        (Code::TAKEN_OVER, "/reconnect tries again"),
    ] {
        let mut stage = Stage::new(120, 7, &["lobby"]);
        stage.hear(Event::Refused {
            code,
            text: Note::new("no"),
            unsent: Vec::new(),
        });
        stage.expect_part(&format!("does not let us in: no; {advice}"));
    }
    let mut stage = Stage::new(120, 7, &["lobby"]);
    stage.hear(Event::Untrusted {
        reason: "the ssh-agent refuses to sign".into(),
        unsent: Vec::new(),
    });
    stage.expect_part("the ssh-agent refuses to sign; /reconnect tries again");
}

#[test]
fn what_only_the_server_knows_is_not_asked_without_one_and_stays_to_be_asked() {
    for typed in [
        "/who",
        "/topic",
        "/search word",
        "/rooms",
        "/whois bob",
        "/away lunch",
    ] {
        let mut stage = Stage::new(80, 8, &["lobby"]);
        stage.enter(typed);
        assert_eq!(stage.commands(), [], "{typed}");
        stage.expect_part("there is no connection: press Enter once there is one");
        stage.expect_part(&format!("> {typed}"));
    }
}
