//! Never losing.

use super::*;
use chat_proto::message::Code;

#[test]
fn what_is_on_its_way_stored_and_refused() {
    scene("pending", |stage| {
        talk(stage);
        stage.enter("this one is refused");
        let id = last_said(stage);
        stage.hear(Event::Failed {
            what: Wanted::Say {
                room: room("lobby"),
                id,
            },
            code: Code::MUTED,
            text: Note::new("you are muted"),
            retry_in_ms: None,
        });
        stage.enter("this one is stored");
        let id = last_said(stage);
        stage.hear(Event::Stored {
            room: room("lobby"),
            id,
            seq: Seq(4),
        });
        stage.enter("this one is on its way");
    });
}

#[test]
fn one_goes_on_writing_without_a_server() {
    scene("lost", |stage| {
        talk(stage);
        stage.hear(Event::Lost {
            cause: Cause::Ended,
            why: String::new(),
            retry_in_ms: 12_000,
        });
        stage.enter("is anybody there?");
        stage.enter("/me waits");
        stage.press(KeyPress::ctrl('c'));
    });
}

#[test]
fn what_can_not_be_had_is_a_gap() {
    scene("gap", |stage| {
        talk(stage);
        stage.hear(Event::Missed {
            room: room("lobby"),
            from: Seq(4),
            to: Seq(99),
        });
        stage.said("lobby", 100, "bob", "after the gap");
        stage.hear(Event::Broke { room: room("lobby") });
        stage.said("lobby", 1, "bob", "in another log");
    });
}

#[test]
fn another_log_is_read_back_behind_the_old_one() {
    scene("other_log", |stage| {
        talk(stage);
        stage.hear(Event::Broke { room: room("lobby") });
        for seq in 20..=22 {
            stage.said("lobby", seq, "bob", &format!("number {seq} of another log"));
        }
        let before = (18..20).map(|seq| Stage::record(seq, "bob", &format!("number {seq} of another log")));
        stage.hear(Event::Page {
            room: room("lobby"),
            span: Span::Before(Seq(20)),
            log: LOG,
            first_kept: Seq(18),
            last: Seq(22),
            records: before.collect(),
        });
    });
}

#[test]
fn who_is_put_out_is_told_why() {
    scene("put_out", |stage| {
        talk(stage);
        stage.hear(Event::Removed {
            room: room("lobby"),
            code: Code::KICKED,
            text: Note::new("please calm down"),
        });
        stage.enter("may I?");
    });
}

#[test]
fn a_name_that_is_refused_can_be_changed() {
    scene("refused", |stage| {
        stage.hear(Event::Refused {
            code: Code::NAME_OWNED,
            text: Note::new("the name belongs to another key"),
            unsent: Vec::new(),
        });
    });
}

#[test]
fn what_is_deleted_leaves_a_trace() {
    scene("removed", |stage| {
        talk(stage);
        for (seq, by, notice) in [(1, "alice", 4), (2, "zoe", 5)] {
            stage.hear(Event::Emptied {
                room: room("lobby"),
                seq: Seq(seq),
                by: person(by),
                notice: Seq(notice),
                id: chat_proto::ids::MessageId::ZERO,
                at_unix_ms: AFTERNOON_MS,
            });
        }
        stage.enter("/delete 3");
    });
}
