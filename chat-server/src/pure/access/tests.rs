//! Every wish of everybody in every room, as tables.

use super::*;

const PRIVACIES: [(&str, Privacy, bool); 4] = [
    ("nobody's", Privacy::Public, false),
    ("owned", Privacy::Public, true),
    ("private", Privacy::Private, true),
    ("direct", Privacy::Direct, false),
];

fn code(result: Result<(), Denied>) -> Option<Code> {
    result.err().map(|Denied(code, _)| code)
}

fn decided(place: (&str, Privacy, bool), standing: Standing, is_in: bool, wish: Wish) -> Option<Code> {
    let (_, privacy, is_owned) = place;
    let who = Who {
        standing,
        has_key: true,
        is_in,
    };
    code(decide(Place { privacy, is_owned }, who, wish))
}

/// How a table writes an answer.
fn read(word: &str) -> Option<Code> {
    match word {
        "yes" => None,
        "NO" => Some(Code::NOT_ALLOWED),
        "BANNED" => Some(Code::BANNED),
        "MUTED" => Some(Code::MUTED),
        "none" => Some(Code::NO_SUCH_ROOM),
        "out" => Some(Code::NOT_IN_ROOM),
        _ => panic!("no answer is written {word}"),
    }
}

fn wish(word: &str) -> Wish {
    match word {
        "join" => Wish::Join,
        "leave" => Wish::Leave,
        "listen" => Wish::Listen,
        "say" => Wish::Say,
        "topic" => Wish::Topic,
        "empty" => Wish::EmptyOthers,
        "order" => Wish::Moderate,
        "mark" => Wish::Mark,
        "kick" => Wish::Act(Act::KICK, Target::Key(Standing::Stranger)),
        "unproven" => Wish::Act(Act::KICK, Target::Unproven),
        _ => panic!("no wish is written {word}"),
    }
}

#[test]
fn everybody_may_what_the_table_says() {
    // The columns are those of `Standing::ALL`.
    let table = "
        nobody's join      yes    yes    yes    yes    yes    BANNED
        nobody's leave     yes    yes    yes    yes    yes    yes
        nobody's listen    yes    yes    yes    yes    yes    BANNED
        nobody's say       yes    yes    yes    yes    MUTED  BANNED
        nobody's topic     yes    yes    yes    yes    MUTED  BANNED
        nobody's empty     NO     NO     yes    yes    NO     BANNED
        nobody's order     NO     NO     yes    yes    NO     BANNED
        nobody's mark      yes    yes    yes    yes    yes    BANNED
        nobody's kick      NO     NO     yes    yes    NO     BANNED
        nobody's unproven  NO     NO     yes    yes    NO     BANNED
        owned    join      yes    yes    yes    yes    yes    BANNED
        owned    leave     yes    yes    yes    yes    yes    yes
        owned    listen    yes    yes    yes    yes    yes    BANNED
        owned    say       yes    yes    yes    yes    MUTED  BANNED
        owned    topic     NO     NO     yes    yes    MUTED  BANNED
        owned    empty     NO     NO     yes    yes    NO     BANNED
        owned    order     NO     NO     yes    yes    NO     BANNED
        owned    mark      yes    yes    yes    yes    yes    BANNED
        owned    kick      NO     NO     yes    yes    NO     BANNED
        owned    unproven  NO     NO     yes    yes    NO     BANNED
        private  join      none   yes    yes    yes    yes    none
        private  leave     yes    yes    yes    yes    yes    yes
        private  listen    none   yes    yes    yes    yes    none
        private  say       none   yes    yes    yes    MUTED  none
        private  topic     none   NO     yes    yes    MUTED  none
        private  empty     none   NO     yes    yes    NO     none
        private  order     none   NO     yes    yes    NO     none
        private  mark      none   yes    yes    yes    yes    none
        private  kick      none   NO     yes    yes    NO     none
        direct   join      none   yes    yes    yes    yes    none
        direct   leave     yes    yes    yes    yes    yes    yes
        direct   listen    none   yes    yes    yes    yes    none
        direct   say       none   yes    yes    yes    MUTED  none
        direct   topic     none   yes    yes    yes    MUTED  none
        direct   empty     none   NO     yes    yes    NO     none
        direct   order     none   NO     NO     NO     NO     none
        direct   mark      none   yes    yes    yes    yes    none
        direct   kick      none   NO     NO     NO     NO     none";
    for line in table.lines().filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let place = PRIVACIES
            .into_iter()
            .find(|(name, ..)| *name == words[0])
            .unwrap();
        for (standing, word) in Standing::ALL.into_iter().zip(&words[2..]) {
            let decided = decided(place, standing, true, wish(words[1]));
            assert_eq!(decided, read(word), "{standing:?}: {line}");
        }
    }
}

/// [23] What is told of a private room does not depend on whether it is there: nothing but its name is looked at.
#[test]
fn who_is_outside_learns_nothing_of_a_private_room() {
    let wishes = [
        "leave", "listen", "say", "topic", "empty", "order", "mark", "kick", "unproven",
    ];
    for (place, standing) in PRIVACIES
        .into_iter()
        .flat_map(|place| Standing::ALL.map(|standing| (place, standing)))
    {
        let (_, privacy, is_owned) = place;
        let expected = if privacy == Privacy::Public { "out" } else { "none" };
        for word in wishes {
            let decided = decided(place, standing, false, wish(word));
            assert_eq!(decided, read(expected), "{standing:?}, {word}");
            let who = Who {
                standing,
                has_key: false,
                is_in: false,
            };
            let without_key = decide(Place { privacy, is_owned }, who, wish(word));
            assert_eq!(without_key, Err(outside(privacy)), "the very same words");
        }
    }
    let stranger = may_join(Privacy::Private, Standing::Stranger);
    assert_eq!(stranger, may_join(Privacy::Private, Standing::Banned));
    assert_eq!(stranger, Err(outside(Privacy::Private)));
}

#[test]
fn operators_act_on_all_but_each_other_and_the_owner() {
    // The rows are acts, the columns what the target is: those of `Standing::ALL`. First for an owner.
    let table = "
        public  1 yes yes yes NO  yes yes
        public  2 yes yes yes NO  yes yes
        public  3 NO  NO  NO  NO  NO  yes
        public  4 yes yes yes NO  yes NO
        public  5 NO  NO  NO  NO  yes NO
        public  6 NO  NO  NO  NO  NO  NO
        public  7 yes yes NO  NO  NO  NO
        public  8 NO  NO  yes NO  NO  NO
        private 1 yes yes yes NO  yes yes
        private 2 yes yes yes NO  yes yes
        private 3 NO  NO  NO  NO  NO  yes
        private 4 NO  yes yes NO  yes NO
        private 5 NO  NO  NO  NO  yes NO
        private 6 yes NO  NO  NO  NO  NO
        private 7 NO  yes NO  NO  NO  NO
        private 8 NO  NO  yes NO  NO  NO";
    for line in table.lines().filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let place = if words[0] == "public" {
            PRIVACIES[1]
        } else {
            PRIVACIES[2]
        };
        let act = Act(words[1].parse().unwrap());
        for (target, word) in Standing::ALL.into_iter().zip(&words[2..]) {
            let wish = Wish::Act(act, Target::Key(target));
            assert_eq!(
                decided(place, Standing::Owner, true, wish),
                read(word),
                "{target:?}: {line}"
            );
            let names_operators = matches!(act, Act::PROMOTE | Act::DEMOTE);
            let by_operator = if target == Standing::Operator || names_operators {
                "NO"
            } else {
                word
            };
            let decided = decided(place, Standing::Operator, true, wish);
            assert_eq!(decided, read(by_operator), "{target:?}, by an operator: {line}");
        }
    }
}

#[test]
fn who_has_no_key_is_kicked_and_nothing_else() {
    for number in 2..=8 {
        let wish = Wish::Act(Act(number), Target::Unproven);
        let decided = decided(PRIVACIES[1], Standing::Owner, true, wish);
        assert_eq!(decided, Some(Code::KEY_NEEDED), "act {number}");
    }
}

#[test]
fn an_act_that_is_not_known_is_refused() {
    for number in [0, 9, u16::MAX] {
        let wish = Wish::Act(Act(number), Target::Key(Standing::Stranger));
        let decided = decided(PRIVACIES[1], Standing::Owner, true, wish);
        assert_eq!(decided, Some(Code::UNKNOWN_REQUEST), "act {number}");
    }
}

#[test]
fn what_was_read_is_kept_for_keys_alone() {
    let who = Who {
        standing: Standing::Stranger,
        has_key: false,
        is_in: true,
    };
    let place = Place {
        privacy: Privacy::Public,
        is_owned: false,
    };
    assert_eq!(code(decide(place, who, Wish::Mark)), Some(Code::KEY_NEEDED));
}

#[test]
fn what_has_ended_is_as_if_it_had_not_been() {
    use Standing::{Banned, Member, Muted, Stranger};
    for (standing, privacy, then) in [
        (Banned, Privacy::Public, Stranger),
        (Banned, Privacy::Private, Stranger),
        (Muted, Privacy::Public, Stranger),
        (Muted, Privacy::Private, Member),
    ] {
        assert_eq!(standing.at(9, 10, privacy), standing);
        assert_eq!(standing.at(10, 10, privacy), then);
        assert_eq!(standing.at(u64::MAX, 0, privacy), standing, "some have no end");
    }
}

#[test]
fn each_standing_is_read_as_it_is_kept() {
    for standing in Standing::ALL {
        assert_eq!(Standing::parse(standing.as_str()), Some(standing));
    }
    assert_eq!(Standing::parse("king"), None);
}
