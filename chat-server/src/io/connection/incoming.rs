//! Towards the house: reads the socket, waits at the door, passes requests on to the hub.

use std::future::poll_fn;
use std::mem;
use std::task::{Context, Poll, ready};

use futures_lite::future;

use super::{Connection, Gone};
use crate::io::door::Place;
use crate::io::hub::Letter;
use crate::io::mailbox::Mailbox;
use crate::io::register::News;
use crate::pure::hub::Request;
use crate::pure::session::Input;

/// The state of `handle_incoming`.
pub(super) struct Incoming<'a> {
    connection: &'a Connection,
    /// Goes to the hub with the arrival.
    answers_to: Option<Mailbox>,
}

/// What is to be done next.
enum Errand {
    PassOn(Vec<Request>),
    Read,
    /// The session is over, and everything is passed on.
    Over,
}

impl<'a> Incoming<'a> {
    pub(super) fn new(connection: &'a Connection, answers_to: Mailbox) -> Self {
        Self {
            connection,
            answers_to: Some(answers_to),
        }
    }

    pub(super) async fn handle_incoming(&mut self) -> Result<(), Gone> {
        loop {
            match poll_fn(|cx| self.poll_errand(cx)).await? {
                Errand::PassOn(requests) => {
                    for request in requests {
                        // On the heap for the moment: an idle connection should not carry the room for it.
                        Box::pin(self.pass_on(request)).await?;
                    }
                }
                Errand::Read => self.read()?,
                Errand::Over => return Ok(()),
            }
        }
    }

    fn poll_errand(&self, cx: &mut Context<'_>) -> Poll<Result<Errand, Gone>> {
        {
            let mut desk = self.connection.desk();
            if !desk.out.requests.is_empty() {
                return Poll::Ready(Ok(Errand::PassOn(mem::take(&mut desk.out.requests))));
            }
            if desk.out.end {
                return Poll::Ready(Ok(Errand::Over));
            }
            desk.incoming_waits = !desk.session.wants_bytes();
            if desk.incoming_waits {
                return Poll::Pending;
            }
        }
        // Waited for first, so that nothing is tried in vain.
        ready!(self.connection.poll_readable(cx))?;
        Poll::Ready(Ok(Errand::Read))
    }

    fn read(&self) -> Result<(), Gone> {
        self.connection.try_read(|bytes| {
            let input = if bytes.is_empty() {
                Input::HalfClosed
            } else {
                Input::Bytes(bytes)
            };
            drop(self.connection.handle(input));
        })?;
        Ok(())
    }

    /// Passes a request on, when there is room for it. Who arrives goes through the door first; what comes from somebody
    /// who did not get in, or has departed, goes nowhere.
    async fn pass_on(&mut self, request: Request) -> Result<(), Gone> {
        let Connection { house, peer, .. } = self.connection;
        let mut mailbox = None;
        if matches!(request, Request::Arrive { .. }) {
            let Some(place) = self.wait_at_door().await else {
                return Ok(());
            };
            mailbox = self.answers_to.take();
            let mut desk = self.connection.desk();
            desk.place = Some(place);
            // Before the letter is sent: a departure too many is ignored by the hub, one that is missing is a ghost.
            desk.is_present = true;
            // It fails only if the register is gone, and this task with it.
            let _ = house.news.send(News::Inside(*peer));
        }
        if !self.connection.desk().is_present {
            return Ok(());
        }
        let is_last = matches!(request, Request::Depart);
        let letter = Letter {
            from: *peer,
            request,
            mailbox,
        };
        house.requests.send(letter).await.map_err(|_| Gone)?;
        if is_last {
            self.connection.desk().is_present = false;
        }
        Ok(())
    }

    /// Waits for a place; none if the session is over before there is one.
    async fn wait_at_door(&self) -> Option<Place> {
        let entered = async { Some(self.connection.house.door.enter().await) };
        let over = poll_fn(|_| {
            // `handle_outgoing`, the only one who can end the session now, wakes the task when it does.
            if self.connection.desk().out.end {
                Poll::Ready(None)
            } else {
                Poll::Pending
            }
        });
        future::or(over, entered).await
    }
}
