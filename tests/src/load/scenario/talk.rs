//! Talking without a pause: one large room, or many small ones.

use clap::Args;
use serde_json::{Value, json};

use super::super::Trouble;
use super::super::process::Choices;
use super::super::report::Report;
use super::Run;
use super::stage::{Stage, Window};

/// One room; deep is the default.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Fanout {
    /// How many are in the room
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub members: usize,

    /// How many of them talk
    #[arg(long, value_name = "S", default_value_t = 10)]
    pub senders: usize,

    /// Messages that each of those has said and not heard yet
    #[arg(long, value_name = "F", default_value_t = 16)]
    pub in_flight: usize,

    /// One message at a time: one sender with one message in flight
    #[arg(long, conflicts_with_all = ["senders", "in_flight"])]
    pub shallow: bool,
}

/// Many rooms.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Rooms {
    /// How many rooms
    #[arg(long, value_name = "R", default_value_t = 100)]
    pub rooms: usize,

    /// How many are in each, and all of them talk
    #[arg(long, value_name = "M", default_value_t = 10)]
    pub members: usize,

    /// Messages that each of them has said and not heard yet
    #[arg(long, value_name = "F", default_value_t = 1)]
    pub in_flight: usize,
}

impl Fanout {
    pub(super) fn run(&self, run: &Run<'_>) -> Result<Report, Trouble> {
        let (senders, in_flight) = if self.shallow {
            (1, 1)
        } else {
            (self.senders, self.in_flight)
        };
        let settings = vec![
            ("members", json!(self.members)),
            ("senders", json!(senders)),
            ("in_flight", json!(in_flight)),
        ];
        let speakers = spread(senders, self.members);
        talk(
            run,
            "fanout",
            settings,
            (self.members, self.members),
            &speakers,
            in_flight,
        )
    }
}

impl Rooms {
    pub(super) fn run(&self, run: &Run<'_>) -> Result<Report, Trouble> {
        let settings = vec![
            ("rooms", json!(self.rooms)),
            ("members", json!(self.members)),
            ("in_flight", json!(self.in_flight)),
        ];
        let count = self.rooms * self.members;
        let speakers = spread(count, count);
        talk(
            run,
            "rooms",
            settings,
            (count, self.members),
            &speakers,
            self.in_flight,
        )
    }
}

/// So many of a crowd, far from each other: the first of a room is told first, perhaps, and the last one last.
pub(super) fn spread(speakers: usize, members: usize) -> Vec<usize> {
    let speakers = speakers.min(members);
    (0..speakers)
        .map(|speaker| speaker * members / speakers)
        .collect()
}

fn talk(
    run: &Run<'_>,
    name: &'static str,
    settings: Vec<(&'static str, Value)>,
    (count, room_size): (usize, usize),
    speakers: &[usize],
    in_flight: usize,
) -> Result<Report, Trouble> {
    let mut report = Report::new(name, run.kind, settings);
    let mut stage = Stage::set(run, Choices::default())?;
    stage.gather(count, room_size)?;
    stage.calm_down()?;
    for speaker in speakers {
        for _ in 0..in_flight {
            stage.crowd.say(*speaker);
        }
    }
    stage.talk_for(run.measuring.warm_up)?;
    let window = Window::open(&mut stage)?;
    stage.talk_for(run.measuring.seconds)?;
    window.close(&stage, &mut report)?;
    stage.drain()?;
    stage.add_faults(&mut report);
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speakers_are_spread_over_the_room() {
        assert_eq!(spread(4, 1000), [0, 250, 500, 750]);
        assert_eq!(spread(5, 3), [0, 1, 2]);
        assert_eq!(spread(0, 3), [0_usize; 0]);
    }
}
