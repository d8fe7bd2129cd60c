//! What goes wrong, and how it ends.

use super::*;

#[test]
fn no_server_at_the_first_try_is_one_line_and_its_own_exit() {
    for cause in [Cause::Unreachable, Cause::Ended, Cause::Silent, Cause::Nonsense] {
        let mut played = Played::new(FilterOptions {
            name: Some(user("alice")),
            ..options(&["lobby"])
        });
        played.event(lost(cause.clone()));
        assert_eq!(played.out.exit, Some(Exit::NoServer), "{cause:?}");
        let notes = played.notes();
        assert_eq!(notes.lines().count(), 1, "{notes}");
        assert!(notes.contains("127.0.0.1:8000"), "{notes}");
        assert_eq!(
            notes.contains("Connection refused"),
            cause != Cause::Nonsense,
            "{notes}"
        );
    }
}

#[test]
fn a_server_that_lets_nobody_in_for_now_is_tried_again_and_told_once() {
    let mut played = Played::new(FilterOptions {
        name: Some(user("alice")),
        ..options(&["lobby"])
    });
    played.event(lost(sent(Code::SERVER_FULL)));
    played.event(lost(sent(Code::SERVER_FULL)));
    played.event(lost(Cause::Unreachable));
    assert_eq!(played.out.exit, None);
    let notes = played.notes();
    assert_eq!(notes.lines().count(), 1, "{notes}");
    assert!(notes.contains("the house is full"), "{notes}");
}

#[test]
fn whoever_has_not_signed_yet_is_waited_for_and_told_once() {
    let mut played = Played::new(FilterOptions {
        name: Some(user("alice")),
        is_json: true,
        ..options(&["lobby"])
    });
    for _ in 0..2 {
        played.event(Event::Lost {
            cause: Cause::Unsigned,
            why: "the agent has\x1bnot answered".into(),
            retry_in_ms: 100,
        });
    }
    assert_eq!(played.out.exit, None);
    let note = "chat-client: not connected to 127.0.0.1:8000 yet, trying again: the agent has␛not answered\n";
    assert_eq!(played.notes(), note);
    let told = played.written();
    let expected = r#""cause":"unsigned","text":"the agent has\u001bnot answered","retry_in_ms":100}"#;
    assert!(told.lines().all(|line| line.ends_with(expected)), "{told}");
}

#[test]
fn a_loss_is_told_once_and_so_is_coming_back() {
    let mut played = Played::alice();
    played.event(lost(Cause::Ended));
    played.event(lost(Cause::Unreachable));
    played.event(welcomed());
    played.event(lost(sent(Code::STOPPING)));
    let notes = played.notes();
    assert_eq!(notes.lines().count(), 3, "{notes}");
    assert_eq!(played.out.exit, None);
    assert_eq!(played.written(), "");
}

#[test]
fn giving_up_names_what_is_unsent() {
    let mut played = Played::alice();
    played.event(lost(Cause::Ended));
    played.notes();
    played.event(Event::GaveUp {
        unsent: vec![unsent("one"), unsent("two\x1b[2J")],
    });
    assert_eq!(played.out.exit, Some(Exit::Lost));
    let notes = played.notes();
    let notes: Vec<&str> = notes.lines().collect();
    assert_eq!(
        notes[..2],
        [
            "chat-client: unsent in #lobby: one",
            "chat-client: unsent in #lobby: two␛[2J"
        ]
    );
    assert_eq!(notes.len(), 3);
}

#[test]
fn being_refused_is_one_line_and_its_own_exit() {
    let mut played = Played::new(FilterOptions {
        name: Some(user("alice")),
        ..options(&["lobby"])
    });
    played.event(refused());
    assert_eq!(played.out.exit, Some(Exit::Refused));
    assert_eq!(played.notes(), "chat-client: refused by 127.0.0.1:8000: taken\n");
}

#[test]
fn being_refused_after_a_welcome_names_what_is_unsent_too() {
    let mut played = Played::alice();
    played.event(lost(Cause::Ended));
    played.notes();
    played.event(refused());
    let expected = "chat-client: unsent in #lobby: hello\nchat-client: refused by 127.0.0.1:8000: taken\n";
    assert_eq!(played.notes(), expected);
}

fn refused() -> Event {
    Event::Refused {
        code: Code::NAME_IN_USE,
        text: Note::new("taken"),
        unsent: vec![unsent("hello")],
    }
}

#[test]
fn a_room_that_can_not_be_joined_ends_a_filter_but_not_a_terminal() {
    let what = || Wanted::Join { room: room("lobby") };
    let mut played = Played::alice();
    played.event(failed(what(), Code::ROOMS_FULL, Some(5)));
    assert_eq!(played.out.exit, None);
    played.event(failed(what(), Code::TOO_MANY_ROOMS, None));
    assert_eq!(played.out.exit, Some(Exit::Refused));

    let mut played = Played::at_a_terminal();
    played.event(failed(what(), Code::TOO_MANY_ROOMS, None));
    assert_eq!(played.out.exit, None);
}

#[test]
fn what_was_refused_for_good_is_told_and_shows_in_the_exit() {
    let what = Wanted::Say {
        room: room("lobby"),
        id: MessageId([1; 16]),
    };
    let mut played = Played::alice();
    played.event(failed(what, Code::TEXT_INVALID, None));
    assert_eq!(played.notes(), "chat-client: not said in #lobby: too␛fast\n");
    played.filter.end_of_input(&mut played.out);
    played.event(Event::Finished);
    assert_eq!(played.out.exit, Some(Exit::Refused));
}

#[test]
fn what_the_server_did_not_refuse_is_told_in_words_too() {
    let mut played = Played::alice();
    played.event(Event::Failed {
        what: Wanted::Members { room: room("lobby") },
        code: Code::NOT_IN_ROOM,
        text: Note::new(""),
        retry_in_ms: None,
    });
    assert_eq!(
        played.notes(),
        "chat-client: #lobby: you are not in the room: /join it first\n"
    );
}

#[test]
fn what_is_refused_for_now_is_told_once_until_something_is_stored() {
    let what = || Wanted::Say {
        room: room("lobby"),
        id: MessageId([1; 16]),
    };
    let mut played = Played::alice();
    played.event(failed(what(), Code::TOO_FAST, Some(100)));
    played.event(failed(what(), Code::TOO_FAST, Some(200)));
    assert_eq!(played.notes().lines().count(), 1);
    played.event(Event::Stored {
        room: room("lobby"),
        id: MessageId([1; 16]),
        seq: Seq(1),
    });
    played.event(failed(what(), Code::TOO_FAST, Some(100)));
    assert_eq!(played.notes().lines().count(), 1);
    assert_eq!(played.out.exit, None);
}

#[test]
fn what_is_missing_is_one_line_each() {
    let mut played = Played::alice();
    played.event(Event::Missed {
        room: room("lobby"),
        from: Seq(3),
        to: Seq(7),
    });
    played.event(Event::Broke { room: room("lobby") });
    let notes = played.notes();
    assert_eq!(notes.lines().count(), 2, "{notes}");
    assert!(notes.contains("messages 3 to 7"), "{notes}");
    assert_eq!(played.written(), "");
}

#[test]
fn an_interrupt_names_what_is_unsent() {
    let mut played = Played::alice();
    played.filter.interrupted(&[unsent("one")], &mut played.out);
    assert_eq!(played.out.exit, Some(Exit::Interrupted));
    assert_eq!(played.notes(), "chat-client: unsent in #lobby: one\n");
}

#[test]
fn exit_codes_are_the_promised_ones_and_each_has_its_own() {
    let codes = Exit::ALL.map(|(exit, _)| exit.code());
    assert_eq!(codes, [0, 1, 2, 3, 4, 5, 130]);
}
