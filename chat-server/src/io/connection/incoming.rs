//! Towards the house: reads the socket, waits at the door, passes requests on to the hub.

use std::future::poll_fn;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_lite::future;

use super::{Connection, Gone};
use crate::io::door::Place;
use crate::io::register::News;
use crate::pure::hub::Request;
use crate::pure::session::Input;

/// Passes on what can't be passed on at once. It is on the heap: an idle connection should not carry the room for it.
type Waiting<'a> = Pin<Box<dyn Future<Output = Result<(), Gone>> + Send + 'a>>;

/// The state of `handle_incoming`.
#[derive(Default)]
pub(super) struct Incoming<'a> {
    /// What has to be done before anything is read.
    waiting: Option<Waiting<'a>>,
}

impl<'a> Incoming<'a> {
    /// Polls `handle_incoming`: reads and passes on, until the session is over and everything is passed on.
    pub(super) fn poll(
        &mut self,
        connection: &'a Connection,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Gone>> {
        loop {
            if let Some(waiting) = &mut self.waiting {
                ready!(waiting.as_mut().poll(cx))?;
                self.waiting = None;
            }
            let mut desk = connection.desk();
            if !desk.out.requests.is_empty() {
                let requests = mem::take(&mut desk.out.requests);
                drop(desk);
                self.waiting = connection.pass_all_on(requests);
                continue;
            }
            if desk.out.end {
                return Poll::Ready(Ok(()));
            }
            desk.incoming_waits = !desk.session.wants_bytes();
            if desk.incoming_waits {
                return Poll::Pending;
            }
            drop(desk);
            // Waited for first, so that nothing is tried in vain.
            ready!(connection.poll_readable(cx))?;
            connection.read()?;
        }
    }
}

impl Connection {
    fn read(&self) -> Result<(), Gone> {
        self.try_read(|bytes| {
            let input = if bytes.is_empty() {
                Input::HalfClosed
            } else {
                Input::Bytes(bytes)
            };
            drop(self.handle(input));
        })?;
        Ok(())
    }

    /// Passes requests on as far as that can be done at once; gives back the rest.
    fn pass_all_on(&self, requests: Vec<Request>) -> Option<Waiting<'_>> {
        let mut requests = requests.into_iter();
        let waiting = requests.find_map(|request| self.try_pass_on(request).err())?;
        Some(Box::pin(async move {
            self.pass_on(waiting).await?;
            for request in requests {
                self.pass_on(request).await?;
            }
            Ok(())
        }))
    }

    /// Passes a request on if nothing is to be waited for; otherwise gives it back.
    fn try_pass_on(&self, request: Request) -> Result<(), Request> {
        let is_ordinary = !matches!(request, Request::Arrive { .. } | Request::Depart);
        if !is_ordinary || !self.desk().is_present {
            return Err(request);
        }
        let sent = self.house.requests.try_send(self.letter(request));
        sent.map_err(|error| error.into_inner().request)
    }

    /// Passes a request on, when there is room for it. Who arrives goes through the door first; what comes from somebody
    /// who did not get in, or has departed, goes nowhere.
    async fn pass_on(&self, request: Request) -> Result<(), Gone> {
        if matches!(request, Request::Arrive { .. }) {
            let Some(place) = self.wait_at_door().await else {
                return Ok(());
            };
            let mut desk = self.desk();
            desk.place = Some(place);
            // Before the letter is sent: a departure too many is ignored by the hub, one that is missing is a ghost.
            desk.is_present = true;
            // It fails only if the register is gone, and this task with it.
            let _ = self.house.news.send(News::Inside(self.seat));
        }
        if !self.desk().is_present {
            return Ok(());
        }
        let is_last = matches!(request, Request::Depart);
        let letter = self.letter(request);
        self.house.requests.send(letter).await.map_err(|_| Gone)?;
        if is_last {
            self.desk().is_present = false;
        }
        Ok(())
    }

    /// Waits for a place; none if the session is over before there is one.
    async fn wait_at_door(&self) -> Option<Place> {
        let entered = async { Some(self.house.door.enter().await) };
        let over = poll_fn(|_| {
            // `handle_outgoing`, the only one who can end the session now, wakes the task when it does.
            if self.desk().out.end {
                Poll::Ready(None)
            } else {
                Poll::Pending
            }
        });
        future::or(over, entered).await
    }
}
