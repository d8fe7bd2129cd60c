//! What strangers wrote commands nothing, and JSON is what it promises.

use proptest::prelude::*;

use super::*;
use crate::pure::link::Query;

#[test]
fn in_json_each_event_is_one_object_and_nothing_else_is_written() {
    let mut played = Played::welcome(FilterOptions {
        is_json: true,
        ..options(&["lobby"])
    });
    played.event(said("lobby", "bob", Kind::LINE, "a\"b\\c\n\u{1b}\u{202e}é"));
    played.event(presence(&["carol"], &[]));
    played.event(Event::Finished);
    let expected = concat!(
        r#"{"v":1,"event":"said","room":"lobby","seq":1,"id":"01010101010101010101010101010101","#,
        r#""from":"bob","at":7,"kind":0,"text":"a\"b\\c\n\u001b\u202eé"}"#,
        "\n",
        r#"{"v":1,"event":"presence","room":"lobby","arrived":["carol"],"left":[],"count":2,"roles":[]}"#,
        "\n",
        r#"{"v":1,"event":"finished"}"#,
        "\n",
    );
    assert_eq!(played.written(), expected);
}

#[test]
fn in_json_what_was_emptied_and_what_was_found_have_objects_of_their_own() {
    let mut played = Played::welcome(FilterOptions {
        is_json: true,
        ..options(&["lobby"])
    });
    played.event(emptied(17));
    let Event::Said { room: lobby, record } = said("lobby", "bob", Kind::LINE, "hello") else {
        panic!("it is said");
    };
    played.event(Event::Found {
        room: lobby.clone(),
        query: Query::words("hel"),
        log: LogId(10),
        searched: Seq(3),
        last: Seq(4),
        records: vec![record],
    });
    let (id, seq) = (MessageId([1; 16]), Seq(17));
    let what = Wanted::Empty {
        room: lobby.clone(),
        id,
        seq,
    };
    played.event(failed(what, Code::NOT_THE_AUTHOR, None));
    let query = Query::words("hel");
    let what = Wanted::Search {
        room: lobby.clone(),
        query,
    };
    played.event(failed(what, Code::NO_SEARCH, None));
    let content = Content::Emptying { seq };
    let room = lobby;
    let unsent = vec![unsent("more"), Unsent { room, id, content }];
    played.event(Event::GaveUp { unsent });
    let expected = concat!(
        r#"{"v":1,"event":"emptied","room":"lobby","seq":17,"by":"alice","notice":18,"#,
        r#""id":"01010101010101010101010101010101","at":7}"#,
        "\n",
        r#"{"v":1,"event":"found","room":"lobby","log":"000000000000000a","searched":3,"last":4,"records":["#,
        r#"{"seq":1,"id":"01010101010101010101010101010101","from":"bob","at":7,"kind":0,"text":"hello"}]}"#,
        "\n",
        r#"{"v":1,"event":"failed","what":"empty","room":"lobby","id":"01010101010101010101010101010101","#,
        r#""seq":17,"code":16,"text":"too\u001bfast"}"#,
        "\n",
        r#"{"v":1,"event":"failed","what":"search","room":"lobby","code":17,"text":"too\u001bfast"}"#,
        "\n",
        r#"{"v":1,"event":"gave_up","unsent":["#,
        r#"{"room":"lobby","id":"01010101010101010101010101010101","kind":0,"text":"more"},"#,
        r#"{"room":"lobby","id":"01010101010101010101010101010101","empties":17}]}"#,
        "\n",
    );
    assert_eq!(played.written(), expected);
}

/// Texts with many characters that command terminals.
fn any_text() -> impl Strategy<Value = String> {
    const COMMANDING: [&str; 16] = [
        "\x1b[2J",
        "\x1b]52;c;ZXZpbA==\x07",
        "\u{9b}31m",
        "\u{9d}0;x\u{9c}",
        "\u{202e}",
        "\u{2066}",
        "\r",
        "\n",
        "\0",
        "\u{7f}",
        "\u{feff}",
        "\u{e0041}",
        "\u{2028}",
        "é",
        "漢",
        "👋",
    ];
    let part = prop_oneof![
        prop::sample::select(&COMMANDING[..]).prop_map(String::from),
        any::<String>()
    ];
    prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn nothing_that_commands_a_terminal_is_ever_written(said_text in any_text(), kind in 0_u16..6, is_json: bool) {
        prop_assume!(said_text.len() <= TEXT_BYTES_MAX);
        let note = Note::new(&said_text);
        let code = Code::TOO_FAST;
        let events = [
            said("lobby", "bob", Kind(kind), &said_text),
            failed(Wanted::Say { room: room("lobby"), id: MessageId([1; 16]) }, code, None),
            Event::Failed { what: Wanted::Members { room: room("lobby") }, code, text: note.clone(), retry_in_ms: None },
            lost(Cause::Sent { code, text: note.clone() }),
            Event::GaveUp { unsent: vec![unsent(&said_text)] },
            Event::Refused { code, text: note, unsent: vec![unsent(&said_text)] },
        ];
        let lines = events.len();
        let mut played = Played::welcome(FilterOptions { is_json, is_terminal: true, ..options(&["lobby"]) });
        for event in events {
            played.event(event);
        }
        let written = played.written();
        prop_assert!(is_safe(&written), "{:?}", written);
        prop_assert!(!written.contains('\r'));
        prop_assert_eq!(written.lines().count(), if is_json { lines } else { 1 });
        played.filter.line(1, Line::Text(format!("/{said_text}")), FRESH, &mut played.out);
        let notes = played.notes();
        prop_assert!(is_safe(&notes), "{:?}", notes);
        prop_assert!(!notes.contains('\r'));
    }
}
