//! The practical limit: one thread, one epoll, frames that are copied and nothing else.
//!
//! In each round what has come is read from each socket that has something, once; whole frames are appended to their room's
//! buffer; then each member of such a room gets that buffer with one `send`. What a socket does not take is kept for it, up
//! to a bound, beyond which its connection ends.

use std::collections::HashMap;
use std::io::{self, ErrorKind, Read, Write};
use std::mem;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, OwnedFd};

use chat_proto::limits::{FRAME_BYTES_MAX, LENGTH_BYTES};
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, EventData, EventFlags};

use super::super::Trouble;
use super::announce;

/// Bytes read from a socket in one go.
const READ_BYTES_MAX: usize = 128 * 1024;

/// Sockets that are told of in one round.
const EVENTS_MAX: usize = 1024;

/// What is kept for a peer that does not read.
const WAITING_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Connections that the kernel may hold until they are accepted, as our server has it.
const BACKLOG_CONNECTIONS: i32 = 1024;

/// What the listener's events are known by.
const LISTENER: u64 = u64::MAX;

const _: () = assert!(
    LENGTH_BYTES + FRAME_BYTES_MAX < READ_BYTES_MAX,
    "an unfinished frame leaves room to read"
);

#[derive(Debug)]
struct Member {
    stream: TcpStream,
    /// Nothing until it has said which.
    room: Option<u32>,
    /// The beginning of an unfinished frame.
    tail: Vec<u8>,
    /// What its socket did not take.
    waiting: Vec<u8>,
}

#[derive(Debug, Default)]
struct Room {
    members: Vec<usize>,
    /// The frames of this round.
    frames: Vec<u8>,
}

#[derive(Debug)]
struct House {
    epoll: OwnedFd,
    buffer: Box<[u8]>,
    members: Vec<Option<Member>>,
    /// Places of members that have gone.
    free: Vec<usize>,
    rooms: HashMap<u32, Room>,
    /// Rooms that have frames in this round.
    busy: Vec<u32>,
}

/// Serves for ever.
pub(super) fn serve(listen: SocketAddr) -> Result<(), Trouble> {
    let listener = TcpListener::bind(listen)?;
    rustix::net::listen(&listener, BACKLOG_CONNECTIONS)?;
    listener.set_nonblocking(true)?;
    let mut house = House {
        epoll: epoll::create(epoll::CreateFlags::CLOEXEC)?,
        buffer: vec![0; READ_BYTES_MAX].into(),
        members: Vec::new(),
        free: Vec::new(),
        rooms: HashMap::new(),
        busy: Vec::new(),
    };
    epoll::add(
        &house.epoll,
        &listener,
        EventData::new_u64(LISTENER),
        EventFlags::IN,
    )?;
    announce(listener.local_addr()?)?;
    let mut events = Vec::with_capacity(EVENTS_MAX);
    loop {
        events.clear();
        match epoll::wait(&house.epoll, spare_capacity(&mut events), None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        for event in &events {
            let (data, flags) = (event.data, event.flags);
            match usize::try_from(data.u64()) {
                _ if data.u64() == LISTENER => house.accept(&listener)?,
                Ok(member) => house.serve_member(member, flags)?,
                Err(_) => {}
            }
        }
        house.tell()?;
    }
}

impl House {
    fn accept(&mut self, listener: &TcpListener) -> io::Result<()> {
        loop {
            let stream = match listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                // Whoever it was has gone again.
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => continue,
                Err(error) => return Err(error),
            };
            stream.set_nonblocking(true)?;
            stream.set_nodelay(true)?;
            let number = self.free.pop().unwrap_or_else(|| {
                self.members.push(None);
                self.members.len() - 1
            });
            register(&self.epoll, &stream, number)?;
            self.members[number] = Some(Member {
                stream,
                room: None,
                tail: Vec::new(),
                waiting: Vec::new(),
            });
        }
    }

    fn serve_member(&mut self, number: usize, flags: EventFlags) -> io::Result<()> {
        let mut is_well = true;
        if flags.contains(EventFlags::OUT) {
            is_well = self.write_waiting(number)?;
        }
        if is_well && flags.intersects(EventFlags::IN | EventFlags::HUP | EventFlags::ERR) {
            is_well = self.read(number);
        }
        if !is_well {
            self.remove(number);
        }
        Ok(())
    }

    /// Reads once what has come; tells whether the connection goes on.
    fn read(&mut self, number: usize) -> bool {
        let Some(member) = &mut self.members[number] else {
            return true;
        };
        let kept = member.tail.len();
        self.buffer[..kept].copy_from_slice(&member.tail);
        let read = match member.stream.read(&mut self.buffer[kept..]) {
            Ok(0) => return false,
            Ok(read) => read,
            Err(error) => return matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted),
        };
        let mut input = &self.buffer[..kept + read];
        if member.room.is_none()
            && let Some((room, rest)) = split_join(input)
        {
            member.room = Some(room);
            // An empty frame says that the peer is in; a new socket takes it.
            if member.stream.write(&[0; LENGTH_BYTES]).is_err() {
                return false;
            }
            self.rooms.entry(room).or_default().members.push(number);
            input = rest;
        }
        let frames_end = whole_frames(input);
        if frames_end > 0
            && let Some(number) = member.room
            && let Some(room) = self.rooms.get_mut(&number)
        {
            if room.frames.is_empty() {
                self.busy.push(number);
            }
            room.frames.extend_from_slice(&input[..frames_end]);
        }
        member.tail.clear();
        member.tail.extend_from_slice(&input[frames_end..]);
        member.tail.len() <= LENGTH_BYTES + FRAME_BYTES_MAX
    }

    /// Tells each room what was said in it in this round.
    fn tell(&mut self) -> io::Result<()> {
        for number in mem::take(&mut self.busy) {
            let Some(room) = self.rooms.get_mut(&number) else {
                continue;
            };
            let mut gone = Vec::new();
            for number in &room.members {
                if let Some(member) = &mut self.members[*number]
                    && !send(&self.epoll, *number, member, &room.frames)?
                {
                    gone.push(*number);
                }
            }
            room.frames.clear();
            for number in gone {
                self.remove(number);
            }
        }
        Ok(())
    }

    fn write_waiting(&mut self, number: usize) -> io::Result<bool> {
        let Some(member) = &mut self.members[number] else {
            return Ok(true);
        };
        let waiting = mem::take(&mut member.waiting);
        // From now on only reading matters, unless something is left again.
        epoll::modify(
            &self.epoll,
            &member.stream,
            EventData::new_u64(number as u64),
            EventFlags::IN,
        )?;
        send(&self.epoll, number, member, &waiting)
    }

    fn remove(&mut self, number: usize) {
        let Some(member) = self.members[number].take() else {
            return;
        };
        self.free.push(number);
        let Some(room_number) = member.room else {
            return;
        };
        if let Some(room) = self.rooms.get_mut(&room_number) {
            room.members.retain(|member| *member != number);
            if room.members.is_empty() && room.frames.is_empty() {
                self.rooms.remove(&room_number);
            }
        }
    }
}

/// Sends bytes, or keeps what the socket does not take; tells whether the connection goes on.
fn send(epoll: &OwnedFd, number: usize, member: &mut Member, bytes: &[u8]) -> io::Result<bool> {
    if !member.waiting.is_empty() {
        member.waiting.extend_from_slice(bytes);
        return Ok(member.waiting.len() <= WAITING_BYTES_MAX);
    }
    let sent = match member.stream.write(bytes) {
        Ok(sent) => sent,
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => 0,
        Err(_) => return Ok(false),
    };
    if sent < bytes.len() {
        member.waiting.extend_from_slice(&bytes[sent..]);
        let both = EventFlags::IN | EventFlags::OUT;
        epoll::modify(epoll, &member.stream, EventData::new_u64(number as u64), both)?;
    }
    Ok(true)
}

fn register(epoll: &OwnedFd, socket: impl AsFd, number: usize) -> io::Result<()> {
    epoll::add(epoll, socket, EventData::new_u64(number as u64), EventFlags::IN)?;
    Ok(())
}

/// The room's number that a connection begins with, and what follows it.
fn split_join(input: &[u8]) -> Option<(u32, &[u8])> {
    const JOIN_BYTES: usize = LENGTH_BYTES + size_of::<u32>();
    let join = input.first_chunk::<JOIN_BYTES>()?;
    let room = *join.last_chunk()?;
    Some((u32::from_be_bytes(room), &input[JOIN_BYTES..]))
}

/// Where the last whole frame ends.
fn whole_frames(input: &[u8]) -> usize {
    let mut end = 0;
    while let Some(length) = input[end..].first_chunk() {
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        let next = end.saturating_add(LENGTH_BYTES).saturating_add(length);
        if next > input.len() {
            break;
        }
        end = next;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_frames_are_passed_on() {
        let input = [0, 0, 0, 1, 7, 0, 0, 0, 0, 0, 0, 0, 2, 8];
        let ends: Vec<usize> = (0..=input.len())
            .map(|length| whole_frames(&input[..length]))
            .collect();
        assert_eq!(ends, [0, 0, 0, 0, 0, 5, 5, 5, 5, 9, 9, 9, 9, 9, 9]);
    }

    #[test]
    fn a_connection_begins_with_the_number_of_its_room() {
        let input = [0, 0, 0, 4, 0, 0, 1, 2, 9];
        assert_eq!(split_join(&input), Some((0x102, &[9][..])));
        assert_eq!(split_join(&input[..7]), None);
    }
}
