//! What a crashed process said is said by the next one: first, in order, under its ids.

use chat_proto::limits::TEXT_BYTES_MAX;
use chat_proto::message::Act;

use super::*;

#[test]
fn what_was_unsent_is_said_again_before_everything_else() {
    let mut before = Played::new(with_lobby());
    (1..=3).for_each(|id| before.say(id));
    before.command(Command::Moderate {
        room: room("lobby"),
        id: message(4),
        act: Act::KICK,
        name: user("bob"),
        for_ms: 0,
        reason: Note::new(""),
    });
    let saved: Vec<Unsent> = before.link.unsent().collect();
    let mut played = Played::new(with_lobby());
    assert_eq!(played.link.restore(saved.clone()), []);
    played.say(5);
    assert_eq!(played.unsent(), [1, 2, 3, 4, 5]);
    assert_eq!(played.link.unsent().take(4).collect::<Vec<_>>(), saved);
    played.connect();
    played.server(welcome(8));
    played.answer_join(|join| joined(join, 0));
    let ids: Vec<u8> = played.sent().iter().map(id).collect();
    assert_eq!(ids, [1, 2, 3, 4, 5]);
    played.stored(1, 1);
    assert_eq!(played.unsent(), [2, 3, 4, 5]);
}

#[test]
fn what_can_not_be_said_is_given_back() {
    let mut played = Played::new(with_lobby());
    let items = [
        unsent("lobby", 1, "one"),
        unsent("den", 2, "two"),
        unsent("lobby", 3, ""),
    ];
    let given_back = played.link.restore(items);
    assert_eq!(given_back, [unsent("den", 2, "two"), unsent("lobby", 3, "")]);
    assert_eq!(played.unsent(), [1]);
}

#[test]
fn no_more_is_restored_than_the_outbox_holds() {
    let mut played = Played::new(with_lobby());
    let longest = "x".repeat(TEXT_BYTES_MAX);
    let items: Vec<Unsent> = (0..=255).map(|id| unsent("lobby", id, &longest)).collect();
    let given_back = played.link.restore(items.clone());
    let taken = OUTBOX_BYTES_MAX / (TEXT_BYTES_MAX + ENTRY_BYTES);
    assert_eq!(played.link.unsent().count(), taken);
    assert_eq!(given_back, items[taken..], "the last ones, in order");
    assert!(!played.link.can_say());
}

#[test]
fn what_is_restored_counts_for_finishing() {
    let mut played = Played::new(with_lobby());
    assert_eq!(played.link.restore([unsent("lobby", 1, "one")]), []);
    played.command(Command::Finish);
    played.connect();
    played.server(welcome(4));
    played.answer_join(|join| joined(join, 0));
    assert_eq!(played.out.action, None);
    played.stored(1, 1);
    played.said(1);
    assert_eq!(played.out.action.take(), Some(Action::CloseWriteSide));
}

fn unsent(name: &str, id: u8, said: &str) -> Unsent {
    Unsent {
        room: room(name),
        id: message(id),
        content: Content::Text {
            kind: Kind::LINE,
            text: text(said),
        },
    }
}

fn id(sent: &ClientMessage) -> u8 {
    match sent {
        ClientMessage::Say(say) => say.id.0[0],
        ClientMessage::Moderate(moderate) => moderate.id.0[0],
        other => panic!("not said: {other:?}"),
    }
}
