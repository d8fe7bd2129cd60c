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

/// What is to be done next.
enum Errand {
    PassOn(Vec<Request>),
    Read,
    /// The session is over, and everything is passed on.
    Over,
}

impl Connection {
    pub(super) async fn handle_incoming(&self) -> Result<(), Gone> {
        loop {
            match poll_fn(|cx| self.poll_errand(cx)).await? {
                Errand::PassOn(requests) => {
                    if let Some(waiting) = self.pass_all_on(requests) {
                        waiting.await?;
                    }
                }
                Errand::Read => self.read()?,
                Errand::Over => return Ok(()),
            }
        }
    }

    fn poll_errand(&self, cx: &Context<'_>) -> Poll<Result<Errand, Gone>> {
        {
            let mut desk = self.desk();
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
        ready!(self.poll_readable(cx))?;
        Poll::Ready(Ok(Errand::Read))
    }

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

    /// Passes requests on as far as that can be done at once. What has to wait is done by the future, which is on the heap:
    /// an idle connection should not carry the room for it.
    fn pass_all_on(
        &self,
        requests: Vec<Request>,
    ) -> Option<Pin<Box<impl Future<Output = Result<(), Gone>>>>> {
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
