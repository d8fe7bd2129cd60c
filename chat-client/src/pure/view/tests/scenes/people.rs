//! Rooms and people.

use super::*;

#[test]
fn rooms_and_conversations_with_what_is_unread() {
    scene("rooms", |stage| {
        talk(stage);
        stage.said("den", 1, "bob", "me: are you there?");
        stage.said("den", 2, "bob", "hm");
        let with = Some(person("Zoë"));
        let listed = Listed {
            room: room("=0011"),
            with,
            role: Role::MEMBER,
            count: 2,
            topic: Note::new(""),
        };
        stage.hear(Event::Announced { listed });
        stage.join("=0011", 0, 2);
        stage.said("=0011", 1, "Zoë", "psst");
    });
}

#[test]
fn who_is_here_with_their_roles() {
    scene("people", |stage| {
        talk(stage);
        stage.said_as("lobby", notice(4, "zoe", Act::PROMOTE, "alice", "done"));
        stage.said_as("lobby", notice(5, "alice", Act::MUTE, "mallory", "done: spam"));
        stage.key(Key::F(3));
        let roles = [
            ("zoe", Role::OWNER),
            ("alice", Role::OPERATOR),
            ("mallory", Role::MUTED),
        ];
        stage.hear(Event::Members {
            room: room("lobby"),
            count: 6,
            members: ["alice", "bob", "mallory", "me", "zoe", "דנה"]
                .map(person)
                .to_vec(),
            roles: roles.map(|(name, role)| (person(name), role)).into(),
        });
    });
}

#[test]
fn who_came_and_left_in_one_calm_line() {
    scene("presence", |stage| {
        talk(stage);
        let others: Vec<String> = (1..=12).map(|number| format!("guest{number}")).collect();
        let names = ["carol", "dan"]
            .into_iter()
            .chain(others.iter().map(String::as_str));
        stage.hear(Event::Presence {
            room: room("lobby"),
            arrived: names.map(person).collect(),
            left: vec![person("bob")],
            count: 15,
            roles: RolesOf::new(),
        });
    });
}

#[test]
fn a_topic_is_told_and_stays_in_the_bar() {
    scene("topic", |stage| {
        talk(stage);
        let topic = Record {
            kind: Kind::TOPIC,
            ..Stage::record(4, "bob", "dinner at eight, in the small room behind the kitchen")
        };
        stage.said_as("lobby", topic);
        stage.enter("/topic");
    });
}

#[test]
fn a_room_is_looked_for_by_a_part_of_its_name() {
    scene("find_room", |stage| {
        talk(stage);
        stage.press(KeyPress::alt('g'));
        stage.type_text("e");
    });
}

#[test]
fn the_rooms_of_the_server_are_listed() {
    scene("list_of_rooms", |stage| {
        stage.enter("/rooms");
        let listed = |name: &str, count, topic: &str| Listed {
            room: room(name),
            with: None,
            role: Role::NONE,
            count,
            topic: Note::new(topic),
        };
        let list = vec![
            listed(
                "kitchen",
                12,
                "what we cook, and who brings the wine on Friday evening",
            ),
            listed("lobby", 1, ""),
        ];
        stage.hear(Event::Rooms {
            mine: false,
            list,
            whole: true,
        });
    });
}

#[test]
fn who_somebody_is_with_key_and_fingerprint() {
    scene("whois", |stage| {
        stage.enter("/whois alice");
        stage.hear(Event::Person {
            name: person("alice"),
            key: Some(chat_proto::ids::PublicKey([0xab; 32])),
            connections: 2,
            away: Note::new("lunch"),
        });
    });
}

#[test]
fn what_keeps_order_is_told() {
    scene("order", |stage| {
        for (seq, act) in (1..).zip([
            Act::PROMOTE,
            Act::MUTE,
            Act::UNMUTE,
            Act::KICK,
            Act::BAN,
            Act::UNBAN,
            Act::INVITE,
            Act::DEMOTE,
        ]) {
            stage.said_as("lobby", notice(seq, "alice", act, "mallory", "done: as agreed"));
        }
    });
}
