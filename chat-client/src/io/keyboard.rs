//! What the terminal tells, which can only be read by a thread that waits for it.
//!
//! crossterm is built with `use-dev-tty`: its other source asks epoll for edges and returns at the first event, so what
//! was typed while the window changed its size, or typed faster than it was read, waited for the next key. Neither tells
//! that the terminal is gone; a second thread waits for that.

use std::io;
use std::os::fd::AsFd;
use std::thread;
use std::time::Duration;

use channels::blocking;
use channels::mpsc::{self, BoundedReceiver, BoundedSender};
use crossterm::event::{Event, poll, read};
use rustix::event::{PollFd, PollFlags, poll as poll_for};
use rustix::io::Errno;

/// So much is read ahead.
const EVENTS_MAX: usize = 1024;

/// What the terminal tells; it ends with an error, which may be that it is gone.
///
/// One for as long as the program runs: the threads can't be called back from waiting.
///
/// # Errors
/// If the terminal can't be read, or no threads can be had.
pub(crate) fn events() -> io::Result<BoundedReceiver<io::Result<Event>>> {
    // From here on it is told when the terminal changes its size.
    poll(Duration::ZERO)?;
    let (events, receiver) = mpsc::bounded(EVENTS_MAX);
    let last = events.clone();
    thread::Builder::new()
        .name("keyboard".into())
        .spawn(move || carry(read, &events))?;
    thread::Builder::new().name("hang-up".into()).spawn(move || {
        if await_end(io::stdin()) {
            // Nobody listens any more if the program ends.
            let _ = blocking::wait(last.send(Err(io::Error::other("the terminal is gone"))));
        }
    })?;
    Ok(receiver)
}

fn carry(mut read: impl FnMut() -> io::Result<Event>, events: &BoundedSender<io::Result<Event>>) {
    loop {
        let event = read();
        let is_last = event.is_err();
        if blocking::wait(events.send(event)).is_err() || is_last {
            return;
        }
    }
}

/// Waits until nobody is at the other end, whatever comes from there; `false` at once if the system can't tell.
fn await_end(terminal: impl AsFd) -> bool {
    let mut asked = [PollFd::new(&terminal, PollFlags::empty())];
    loop {
        match poll_for(&mut asked, None) {
            Ok(_) => return asked[0].revents().intersects(PollFlags::HUP | PollFlags::ERR),
            Err(Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn its_end_is_told_and_nothing_else() {
        let (mut other_end, terminal) = UnixStream::pair().expect("there are sockets");
        other_end.write_all(b"typed").expect("there is room");
        let waiting = thread::spawn(|| await_end(terminal));
        thread::yield_now();
        assert!(!waiting.is_finished(), "what is typed is no end");
        drop(other_end);
        assert!(waiting.join().expect("it does not panic"));
    }

    #[test]
    fn an_error_is_told_and_is_the_end() {
        let (sender, mut receiver) = mpsc::bounded(3);
        let mut told = vec![Ok(Event::FocusGained), Err(io::ErrorKind::Other.into())].into_iter();
        carry(|| told.next().expect("nothing is read after an error"), &sender);
        drop(sender);
        assert!(matches!(receiver.try_recv(), Ok(Ok(Event::FocusGained))));
        assert!(matches!(receiver.try_recv(), Ok(Err(_))));
        assert!(receiver.try_recv().is_err());
    }

    #[test]
    fn nothing_more_is_read_once_nobody_wants_it() {
        let (sender, receiver) = mpsc::bounded(1);
        drop(receiver);
        let mut told = vec![Ok(Event::FocusGained)].into_iter();
        carry(|| told.next().expect("one event is read"), &sender);
    }
}
