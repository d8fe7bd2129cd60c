//! What a peer is told of its rooms: turns, and from history what lies before them.

use std::collections::VecDeque;
use std::sync::Arc;

use chat_proto::frame::write_server;
use chat_proto::ids::{LogId, Seq};
use chat_proto::limits::{FRAME_BYTES_MAX, PAGE_HEADER_BYTES_MAX, PAGE_RECORDS_MAX};
use chat_proto::list::List;
use chat_proto::message::{
    Code, Found, History, Joined, Missed, Page, Removed, Said, Search, ServerMessage, Span,
};
use chat_proto::name::RoomName;

use super::requests::{fail, fail_outside};
use super::{Outputs, Session, TurnPart};
use crate::history::{NoSearch, PageAnswer, PageRequest, SearchAnswer, SearchRequest};
use crate::pure::turn::{Part, Turn};

/// Records that are told or shown at once take no more than one frame could.
const PAGE_BYTES_MAX: usize = FRAME_BYTES_MAX - PAGE_HEADER_BYTES_MAX;

/// How far a peer has been told of a room.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor {
    log: LogId,
    /// The first message that it has not been told.
    next: Seq,
    /// The last version of the presence that it has been told.
    presence_version: u64,
    /// How far it has read elsewhere, if it was not told so because it does not read what it is told.
    pub(super) mark_to_tell: Option<Seq>,
}

/// Something to look up in history.
#[derive(Debug)]
pub(super) enum Job {
    /// The peer is to be told everything before this number.
    CatchUp { room: RoomName, until: Seq },
    /// The peer wants to see a page.
    History(History),
    /// The peer looks for something.
    Search(Search),
    /// It was a job of one of these kinds, until its answer was not wanted any more.
    Abandoned,
}

/// A turn that waits until what lies before it was told.
#[derive(Debug)]
pub(super) struct Held {
    room: RoomName,
    turn: Arc<Turn>,
}

impl Session {
    pub(super) fn joined(&mut self, joined: Joined, out: &mut Outputs) {
        let cursor = Cursor {
            log: joined.position.log,
            next: joined.next,
            presence_version: joined.presence_version,
            mark_to_tell: None,
        };
        let room = joined.room.clone();
        let until = joined.position.seq.next();
        write_server(&ServerMessage::Joined(joined), &mut out.bytes);
        self.rooms.insert(room.clone(), cursor);
        self.jobs.push_back(Job::CatchUp { room, until });
    }

    /// The peer is in the room no more: nothing that it was still to be told is told.
    pub(super) fn forget_room(&mut self, room: &RoomName) {
        self.rooms.remove(room);
        for job in &mut self.jobs {
            if matches!(job, Job::CatchUp { room: catching_up, .. } if catching_up == room) {
                *job = Job::Abandoned;
            }
        }
        self.held.take_if(|held| held.room == *room);
    }

    /// The peer was put out of the room: it gets nothing more from there, neither what it asked for before.
    pub(super) fn removed(&mut self, removed: Removed, out: &mut Outputs) {
        self.forget_room(&removed.room);
        out.left.push(removed.room.clone());
        for job in &mut self.jobs {
            let request = match job {
                Job::History(History { request, room, .. }) | Job::Search(Search { request, room, .. })
                    if *room == removed.room =>
                {
                    *request
                }
                Job::History(_) | Job::Search(_) | Job::CatchUp { .. } | Job::Abandoned => continue,
            };
            *job = Job::Abandoned;
            self.unanswered -= 1;
            fail_outside(request, &removed.room, out);
        }
        write_server(&ServerMessage::Removed(removed), &mut out.bytes);
    }

    /// Nothing more is looked up; the requests for it stay without an answer.
    pub(super) fn abandon_jobs(&mut self) {
        let asked_for = self
            .jobs
            .iter()
            .filter(|job| matches!(job, Job::History(_) | Job::Search(_)))
            .count();
        self.unanswered -= u32::try_from(asked_for).expect("each was counted as unanswered");
        self.jobs.clear();
        if self.is_fetching {
            self.jobs.push_back(Job::Abandoned);
        }
        self.held = None;
    }

    pub(super) fn turn(&mut self, room: &RoomName, turn: &Arc<Turn>, out: &mut Outputs) {
        let Some(cursor) = self.rooms.get_mut(room) else {
            return;
        };
        let part = turn.part_for(cursor.next);
        if let Part::Gap { until, .. } = part {
            let (room, turn) = (room.clone(), Arc::clone(turn));
            self.held = Some(Box::new(Held {
                room: room.clone(),
                turn,
            }));
            self.jobs.push_back(Job::CatchUp { room, until });
            return;
        }
        if let Some(frame) = turn.lost_presence(cursor.presence_version) {
            out.bytes.extend_from_slice(frame);
        }
        cursor.presence_version = cursor.presence_version.max(turn.presence_version());
        cursor.next = cursor.next.max(turn.next_seq());
        if let Part::Bytes(range) = part {
            let turn = Arc::clone(turn);
            out.part = Some(TurnPart { turn, range });
        }
    }

    pub(super) fn is_catching_up(&self) -> bool {
        self.jobs.iter().any(|job| matches!(job, Job::CatchUp { .. }))
    }

    /// Goes on with the jobs: asks for the next page if none is in flight, and tells the held turn when nothing lies
    /// before it any more.
    pub(super) fn work(&mut self, out: &mut Outputs) {
        while !self.is_fetching && out.bytes.len() < self.rules.limits.output_bytes_max {
            let Some(job) = self.jobs.front() else {
                // The memory is given back: most of the time there are none.
                self.jobs = VecDeque::new();
                break;
            };
            match job {
                Job::CatchUp { .. } | Job::History(_) => out.fetch = self.page_request(job).map(Box::new),
                Job::Search(search) => out.search = Some(Box::new(search_request(search))),
                Job::Abandoned => {}
            }
            self.is_fetching = out.fetch.is_some() || out.search.is_some();
            if !self.is_fetching {
                self.jobs.pop_front();
            }
        }
        if !self.is_catching_up()
            && let Some(held) = self.held.take()
        {
            let Held { room, turn } = *held;
            self.turn(&room, &turn, out);
        }
    }

    /// What has to be looked up for a job; nothing if it is done.
    fn page_request(&self, job: &Job) -> Option<PageRequest> {
        let (room, span, records) = match job {
            Job::CatchUp { room, until } => {
                let next = self.rooms.get(room)?.next;
                let records = until.0.checked_sub(next.0).filter(|records| *records > 0)?;
                (room, Span::After(Seq(next.0 - 1)), records)
            }
            Job::History(history) => (&history.room, history.span, u64::from(history.limit)),
            Job::Search(_) | Job::Abandoned => return None,
        };
        Some(PageRequest {
            room: room.clone(),
            span,
            records_max: usize::try_from(records)
                .map_or(PAGE_RECORDS_MAX, |records| records.min(PAGE_RECORDS_MAX)),
            bytes_max: PAGE_BYTES_MAX,
        })
    }

    /// The page came that the first job waits for.
    pub(super) fn page(&mut self, page: Option<PageAnswer>, out: &mut Outputs) {
        self.is_fetching = false;
        match self.jobs.pop_front() {
            Some(Job::CatchUp { room, until }) => {
                self.tell_page(&room, until, page, out);
                // If that was all, the job is found to be done.
                self.jobs.push_front(Job::CatchUp { room, until });
            }
            Some(Job::History(history)) => {
                self.unanswered -= 1;
                show_page(history, page, out);
            }
            Some(Job::Search(_) | Job::Abandoned) | None => {}
        }
    }

    /// What the first job looked for came.
    pub(super) fn found(&mut self, found: Result<SearchAnswer, NoSearch>, out: &mut Outputs) {
        self.is_fetching = false;
        if let Some(Job::Search(search)) = self.jobs.pop_front() {
            self.unanswered -= 1;
            show_found(search, found, out);
        }
    }

    /// Tells what the page brings, and first what is missing before it.
    fn tell_page(&mut self, room: &RoomName, until: Seq, page: Option<PageAnswer>, out: &mut Outputs) {
        let Some(cursor) = self.rooms.get_mut(room) else {
            return;
        };
        let records = match page {
            Some(page) if page.log == cursor.log => page.records,
            // Another log has taken the place of the room's: its records are not those that are wanted.
            Some(_) | None => Vec::new(),
        };
        let first = records.first().map_or(until, |record| record.seq);
        if cursor.next < first {
            let missed = Missed {
                room: room.clone(),
                from: cursor.next,
                to: Seq(first.0 - 1),
            };
            write_server(&ServerMessage::Missed(missed), &mut out.bytes);
            cursor.next = first;
        }
        for record in records {
            cursor.next = record.seq.next();
            let room = room.clone();
            write_server(&ServerMessage::Said(Said { room, record }), &mut out.bytes);
        }
    }
}

fn search_request(search: &Search) -> SearchRequest {
    SearchRequest {
        room: search.room.clone(),
        words: search.words.clone(),
        author: search.author.clone(),
        since_unix_ms: search.since_unix_ms,
        until_unix_ms: search.until_unix_ms,
        before: search.before,
        records_max: usize::try_from(search.limit)
            .map_or(PAGE_RECORDS_MAX, |limit| limit.min(PAGE_RECORDS_MAX)),
        bytes_max: PAGE_BYTES_MAX,
    }
}

fn show_found(search: Search, found: Result<SearchAnswer, NoSearch>, out: &mut Outputs) {
    let Search { request, room, .. } = search;
    match found {
        Ok(SearchAnswer {
            log,
            searched,
            last,
            records,
        }) => {
            let found = Found {
                request,
                room,
                log,
                searched,
                last,
                records: List::from_first(records),
            };
            write_server(&ServerMessage::Found(found), &mut out.bytes);
        }
        Err(NoSearch::NoIndex) => fail(request, Code::NO_SEARCH, "this server keeps no index", out),
        Err(NoSearch::TooMuch) => fail(
            request,
            Code::SEARCH_TOO_BROAD,
            "nothing was found among the newest messages, and there are too many: name another time",
            out,
        ),
        Err(NoSearch::Unavailable) => fail(
            request,
            Code::STORE_UNAVAILABLE,
            "nothing can be looked for now: try again later",
            out,
        ),
    }
}

fn show_page(history: History, page: Option<PageAnswer>, out: &mut Outputs) {
    let History { request, room, .. } = history;
    let Some(PageAnswer {
        log,
        first_kept,
        last,
        records,
    }) = page
    else {
        return fail(
            request,
            Code::STORE_UNAVAILABLE,
            "nothing can be looked up for now: try again later",
            out,
        );
    };
    let page = Page {
        request,
        room,
        log,
        first_kept,
        last,
        records: List::from_first(records),
    };
    write_server(&ServerMessage::Page(page), &mut out.bytes);
}
