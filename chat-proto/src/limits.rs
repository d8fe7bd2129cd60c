//! Every bound of the wire, with its unit in its name.
//!
//! A peer is told in [`Welcome`](crate::message::Welcome) what it has to respect; the rest is fixed by the
//! version of the protocol. Bounds that only the server keeps live with the server.

/// The newest version of the protocol that this crate speaks.
pub const VERSION_NEWEST: u16 = 1;

/// The oldest version of the protocol that this crate speaks.
pub const VERSION_OLDEST: u16 = 1;

/// A frame's payload, in either direction. The four bytes of its length come on top.
pub const FRAME_BYTES_MAX: usize = 64 * 1024;

/// A frame's payload from a peer that has not been welcomed yet.
pub const HELLO_FRAME_BYTES_MAX: usize = 4 * 1024;

/// The length in front of each frame: a `u32`, big-endian.
pub const LENGTH_BYTES: usize = 4;

/// What one message says, as UTF-8.
pub const TEXT_BYTES_MAX: usize = 8 * 1024;

/// A sentence of the server for people, as UTF-8.
pub const NOTE_BYTES_MAX: usize = 512;

/// The name of a person or a room, as UTF-8.
pub const NAME_BYTES_MAX: usize = 96;

/// The name of a person or a room, in Unicode scalar values.
pub const NAME_CHARS_MAX: usize = 32;

/// Combining marks that follow each other in a name: enough for the spelling of living languages, too few to climb
/// into the line above.
pub const NAME_MARKS_IN_A_ROW_MAX: usize = 3;

/// A name as a stranger sent it, before anybody looked at it.
pub const RAW_NAME_BYTES_MAX: usize = 2 * 1024;

/// Entries of one `extra`.
pub const EXTRA_ENTRIES_MAX: usize = 8;

/// Values of one `extra`, all its entries together.
pub const EXTRA_BYTES_MAX: usize = 1024;

/// Records in one page of history; a page also ends where its frame is full.
pub const PAGE_RECORDS_MAX: usize = 256;

/// Names in one page of members, and in the first members that `Joined` brings.
pub const MEMBERS_PAGE_MAX: usize = 128;

/// Names that one `Presence` tells of those who arrived, and as many of those who left.
pub const PRESENCE_NAMES_MAX: usize = 16;

/// A [`Link`](crate::link::Link), which never crosses the wire.
pub const LINK_BYTES_MAX: usize = 512;

/// The name of a machine in a link, as the name system has it.
pub const HOST_BYTES_MAX: usize = 253;

/// What stands between two dots of such a name.
pub const HOST_LABEL_BYTES_MAX: usize = 63;
/// Rooms in one page of the list.
pub const ROOMS_PAGE_MAX: usize = 64;

/// What a record costs in a frame besides its author, text and extra: number, id, length of the author, time, kind,
/// length of the text, all at their longest.
pub(crate) const RECORD_NUMBERS_BYTES_MAX: usize = 9 + 16 + 3 + 9 + 3 + 3;

/// What a record costs in a frame besides its text, at its longest.
pub const RECORD_HEADER_BYTES_MAX: usize = RECORD_NUMBERS_BYTES_MAX + NAME_BYTES_MAX + EXTRA_WIRE_BYTES_MAX;

/// An `extra` on the wire: its count, then a key and a length for each entry, then the values.
const EXTRA_WIRE_BYTES_MAX: usize = 1 + EXTRA_ENTRIES_MAX * (3 + 3) + EXTRA_BYTES_MAX;

/// What a page costs besides its records: tag, request, room, counts and flags.
pub const PAGE_HEADER_BYTES_MAX: usize = 64 + NAME_BYTES_MAX;

const _: () = assert!(
    FRAME_BYTES_MAX < 1 << 24,
    "a frame's first byte is 0, a TLS record's is 0x16"
);
const _: () = assert!(
    7 + HOST_BYTES_MAX + 6 + 2 + (NAME_BYTES_MAX * 8).div_ceil(5) + 1 + 52 + 1 + 26 <= LINK_BYTES_MAX,
    "the longest name of a room must fit a link"
);
const _: () = assert!(HELLO_FRAME_BYTES_MAX <= FRAME_BYTES_MAX, "a hello is a frame");
const _: () = assert!(
    RAW_NAME_BYTES_MAX + EXTRA_WIRE_BYTES_MAX + 128 <= HELLO_FRAME_BYTES_MAX,
    "the longest hello must fit a hello's frame"
);
const _: () = assert!(
    PAGE_HEADER_BYTES_MAX + RECORD_HEADER_BYTES_MAX + TEXT_BYTES_MAX <= FRAME_BYTES_MAX,
    "the longest record must fit a page"
);
const _: () = assert!(
    2 * PRESENCE_NAMES_MAX * (3 + NAME_BYTES_MAX) + 128 + NAME_BYTES_MAX + EXTRA_WIRE_BYTES_MAX
        <= FRAME_BYTES_MAX,
    "the longest presence must fit a frame"
);
const _: () = assert!(
    MEMBERS_PAGE_MAX * (3 + NAME_BYTES_MAX) + 128 + NAME_BYTES_MAX + EXTRA_WIRE_BYTES_MAX <= FRAME_BYTES_MAX,
    "a full page of members must fit a frame"
);
const _: () = assert!(
    ROOMS_PAGE_MAX * (3 + NAME_BYTES_MAX + 1 + 3 + NAME_BYTES_MAX + 3 + 5 + 3 + NOTE_BYTES_MAX) + 128
        <= FRAME_BYTES_MAX,
    "a full page of rooms must fit a frame"
);
