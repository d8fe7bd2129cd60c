//! The chat's own protocol.

use chat_proto::codec;
use chat_proto::frame::write_client;
use chat_proto::ids::{Instance, MessageId, Seq};
use chat_proto::limits::{VERSION_NEWEST, VERSION_OLDEST};
use chat_proto::list::Extra;
use chat_proto::message::{
    ClientMessage, EXTRA_UNPROVEN, From, Hello, Join, Kind, Ping, Record, Said, Say, ServerMessage, Stored,
};
use chat_proto::name::{RawName, RoomName, UserName};
use chat_proto::text::Text;

use super::{Seen, Who, message_before, trouble};

/// A request of each peer that is not a message.
const JOIN_REQUEST: u32 = 0;

/// The protocol, and what of it is recognized without decoding.
#[derive(Debug)]
pub(in crate::load) struct Chat {
    salt: u32,
    /// With what a `Said` begins.
    said: u8,
    /// With what a `Stored` begins.
    stored: u8,
    /// Bytes of a `Said` after its text.
    after_text_bytes: usize,
}

impl Chat {
    pub(super) fn new(salt: u32, is_secured: bool) -> Self {
        let said = payload(&ServerMessage::Said(Said {
            room: room_name(salt, 0),
            record: Record {
                seq: Seq(1),
                id: message_id(salt, 0),
                author: UserName::parse("somebody").expect("a name"),
                at_unix_ms: 0,
                kind: Kind::LINE,
                text: Text::new(MARK).expect("a text"),
                extra: extra(is_secured),
            },
        }));
        let stored = payload(&ServerMessage::Stored(Stored {
            request: 1,
            room: room_name(salt, 0),
            id: message_id(salt, 0),
            seq: Seq(1),
        }));
        let mark = said
            .windows(MARK.len())
            .position(|window| window == MARK.as_bytes());
        let mark = mark.expect("a text is told as it was said");
        Self {
            salt,
            said: said[0],
            stored: stored[0],
            after_text_bytes: said.len() - mark - MARK.len(),
        }
    }

    pub(super) fn hello(&self, who: Who, out: &mut Vec<u8>) {
        let mut instance = [0; 16];
        instance[..4].copy_from_slice(&self.salt.to_be_bytes());
        instance[8..].copy_from_slice(&(who.peer as u64).to_be_bytes());
        let hello = Hello {
            version_oldest: VERSION_OLDEST,
            version_newest: VERSION_NEWEST,
            name: RawName::new(&format!("{:x}-{}", self.salt, who.peer)).expect("a short name"),
            instance: Instance(instance),
            resume: None,
            extra: Extra::new(),
        };
        write_client(&ClientMessage::Hello(hello), out);
    }

    pub(super) fn join(&self, who: Who, out: &mut Vec<u8>) {
        let join = Join {
            request: JOIN_REQUEST,
            room: RawName::from(&room_name(self.salt, who.room)),
            from: From::Tail(0),
            extra: Extra::new(),
        };
        write_client(&ClientMessage::Join(join), out);
    }

    pub(super) fn say(&self, who: Who, number: u32, text: &str, out: &mut Vec<u8>) {
        let say = Say {
            request: number,
            room: room_name(self.salt, who.room),
            id: message_id(self.salt, number),
            kind: Kind::LINE,
            text: Text::new(text).expect("the command line bounds the length of texts"),
            extra: Extra::new(),
        };
        write_client(&ClientMessage::Say(say), out);
    }

    pub(super) fn pong(&self, request: u32, out: &mut Vec<u8>) {
        write_client(&ClientMessage::Pong(Ping { request }), out);
    }

    #[inline]
    pub(super) fn look(&self, frame: &[u8]) -> Seen {
        match frame.first() {
            Some(tag) if *tag == self.said => message_before(frame, self.after_text_bytes),
            Some(tag) if *tag == self.stored => Seen::Stored,
            Some(_) | None => decoded(frame),
        }
    }
}

/// What is rare is decoded.
fn decoded(frame: &[u8]) -> Seen {
    match codec::decode_server(frame) {
        Ok(ServerMessage::Welcome(_)) => Seen::Welcomed,
        Ok(ServerMessage::Joined(_)) => Seen::Joined,
        Ok(ServerMessage::Ping(Ping { request })) => Seen::Ping(request),
        Ok(ServerMessage::Refused(refused)) => trouble("refused", refused.text.as_str()),
        Ok(ServerMessage::Failed(failed)) => trouble("failed", failed.text.as_str()),
        Ok(ServerMessage::Goodbye(goodbye)) => trouble("goodbye", goodbye.text.as_str()),
        Ok(ServerMessage::Missed(missed)) => trouble(
            "missed",
            &format!("{} to {} are not kept any more", missed.from, missed.to),
        ),
        Ok(_) => Seen::Other,
        Err(error) => trouble("not understood", &error.to_string()),
    }
}

/// Without TLS the peers of a load have no keys, and so the server marks what they say.
fn extra(is_secured: bool) -> Extra {
    let mut extra = Extra::new();
    if !is_secured {
        assert!(extra.insert(EXTRA_UNPROVEN, b""), "an empty extra has room");
    }
    extra
}

const MARK: &str = "here the text ends";

fn payload(message: &ServerMessage) -> Vec<u8> {
    let mut payload = Vec::new();
    codec::encode_server(message, &mut payload);
    payload
}

fn room_name(salt: u32, room: usize) -> RoomName {
    RoomName::parse(&format!("{salt:x}-{room}")).expect("a short name")
}

fn message_id(salt: u32, number: u32) -> MessageId {
    let mut id = [0; 16];
    id[..4].copy_from_slice(&salt.to_be_bytes());
    id[12..].copy_from_slice(&number.to_be_bytes());
    // The id of nothing is all zeros.
    id[8] = 1;
    MessageId(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::wire::text;

    #[test]
    fn a_said_is_recognized_by_its_first_byte_and_its_end() {
        let messages = [0, 1, 0xdead_beef].into_iter();
        for (number, is_secured) in messages.flat_map(|number| [(number, false), (number, true)]) {
            let chat = Chat::new(77, is_secured);
            let said = Said {
                room: room_name(77, 12),
                record: Record {
                    seq: Seq(u64::MAX),
                    id: message_id(77, number),
                    author: UserName::parse("anybody").unwrap(),
                    at_unix_ms: u64::MAX,
                    kind: Kind::LINE,
                    text: Text::new(&text(number, 64)).unwrap(),
                    extra: extra(is_secured),
                },
            };
            let payload = payload(&ServerMessage::Said(said));
            assert_eq!(chat.look(&payload), Seen::Message(number));
        }
    }

    #[test]
    fn what_is_rare_is_decoded() {
        let chat = Chat::new(1, false);
        let ping = payload(&ServerMessage::Ping(Ping { request: 9 }));
        assert_eq!(chat.look(&ping), Seen::Ping(9));
        assert!(matches!(chat.look(&[0xff]), Seen::Trouble(_)));
        assert!(matches!(chat.look(&[]), Seen::Trouble(_)));
    }
}
