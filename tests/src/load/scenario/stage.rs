//! What all scenarios share: a server, a crowd, and a window in which is measured.

use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::super::Trouble;
use super::super::crowd::{Crowd, Ledger};
use super::super::histogram::Histogram;
use super::super::process::{Choices, Target, Usage, busy_time, pin_to, usage_of};
use super::super::report::Report;
use super::super::serve::raise_files_max;
use super::super::strace::Strace;
use super::super::wire::{Kind, Wire};
use super::{Run, float};

/// So many connect at once, so that none of them waits for another for long.
pub(super) const AT_ONCE: usize = 64;

/// After so long without anything that was waited for, a run has failed.
const PATIENCE: Duration = Duration::from_secs(15);

/// So long a turn of the crowd waits while there is nothing else to do.
const TURN: Duration = Duration::from_millis(50);

/// A server that uses less than this in such a time has nothing more to do.
const QUIET_CPU: Duration = Duration::from_micros(500);
const QUIET_TIME: Duration = Duration::from_millis(100);

/// A server and its crowd.
pub(super) struct Stage<'a> {
    pub(super) run: &'a Run<'a>,
    pub(super) target: Target,
    pub(super) crowd: Crowd,
    told_at: Instant,
    salt: u32,
}

impl<'a> Stage<'a> {
    /// A server, and nobody there yet.
    pub(super) fn set(run: &'a Run<'a>, choices: Choices<'_>) -> Result<Self, Trouble> {
        raise_files_max()?;
        if let Some(cores) = run.host.cores {
            pin_to(cores.load)?;
        }
        let target = run.host.start(run.kind, choices)?;
        let salt = salt();
        let is_secured = run.measuring.tls;
        let wire = Wire::new(run.kind, salt, is_secured);
        let text_bytes = usize::try_from(run.measuring.text_bytes)?;
        let crowd = Crowd::new(wire, target.address, text_bytes, is_secured)?;
        Ok(Self {
            run,
            target,
            crowd,
            told_at: Instant::now(),
            salt,
        })
    }

    /// The language of the crowd, for somebody else who comes to its rooms.
    pub(super) fn wire(&self) -> Wire {
        Wire::new(self.run.kind, self.salt, self.run.measuring.tls)
    }

    /// Lets so many come in, as many in each room, and waits until all are there.
    pub(super) fn gather(&mut self, count: usize, room_size: usize) -> Result<(), Trouble> {
        let mut inside = 0;
        let mut patience = Patience::new("everybody is in a room");
        while inside < count {
            while self.crowd.len() < count && self.crowd.len() - inside < AT_ONCE {
                self.crowd.add(self.crowd.len() / room_size)?;
            }
            self.crowd.turn(TURN)?;
            let arrived = self.crowd.take_arrived().len();
            inside += arrived;
            self.nobody_has_gone()?;
            patience.check(arrived > 0)?;
            self.tell(|| format!("{inside} of {count} are there"));
        }
        Ok(())
    }

    /// An error if a connection was ended by the server.
    pub(super) fn nobody_has_gone(&mut self) -> Result<(), Trouble> {
        let gone = self.crowd.take_gone().len();
        if gone == 0 {
            return Ok(());
        }
        let refusal = self.crowd.take_refusal();
        let reason = refusal.unwrap_or_else(|| "no reason told".to_owned());
        Err(format!("connections ended by the server: {gone} ({reason})").into())
    }

    /// Says what is going on, about once a second.
    pub(super) fn tell(&mut self, words: impl FnOnce() -> String) {
        if self.told_at.elapsed() > Duration::from_secs(1) {
            self.told_at = Instant::now();
            (self.run.progress)(&words());
        }
    }

    /// Who hears itself says the next message, so that each has as many in flight as before; for so long, and until
    /// something was delivered.
    pub(super) fn talk_for(&mut self, time: Duration) -> Result<(), Trouble> {
        let until = Instant::now() + time;
        let before = self.crowd.ledger.deliveries;
        let pause = Duration::from_micros(self.run.measuring.pause_us);
        let mut patience = Patience::new("anything is delivered");
        let mut echoes = Vec::new();
        loop {
            if !pause.is_zero() {
                // Not by waiting for the sockets: whoever does has to be woken by the server's `send`.
                thread::sleep(pause);
            }
            let left = until.saturating_duration_since(Instant::now());
            let deliveries = self.crowd.ledger.deliveries;
            if left.is_zero() && deliveries > before {
                return self.nobody_has_gone_of(self.run.kind);
            }
            self.crowd
                .turn(if left.is_zero() { TURN } else { left.min(TURN) })?;
            self.crowd.take_echoes(&mut echoes);
            for speaker in &echoes {
                self.crowd.say(*speaker);
            }
            patience.check(self.crowd.ledger.deliveries > deliveries)?;
            let said = self.crowd.ledger.said();
            self.tell(|| format!("{said} messages said, {deliveries} delivered"));
        }
    }

    /// Of the speakers one after the other says something each time that an interval has passed, whatever is answered; for
    /// so long, and until something was delivered.
    pub(super) fn pace_for(
        &mut self,
        time: Duration,
        interval: Duration,
        speakers: &[usize],
    ) -> Result<(), Trouble> {
        let mut speakers = speakers.iter().cycle();
        let mut next = Instant::now();
        let until = next + time;
        let before = self.crowd.ledger.deliveries;
        let mut patience = Patience::new("anything is delivered");
        let mut echoes = Vec::new();
        loop {
            let now = Instant::now();
            let deliveries = self.crowd.ledger.deliveries;
            if now >= until && deliveries > before {
                return self.nobody_has_gone_of(self.run.kind);
            }
            while next <= now && next < until {
                self.crowd.say(*speakers.next().ok_or("somebody has to speak")?);
                next += interval;
            }
            let wait = if now < until { next.min(until) - now } else { TURN };
            self.crowd.turn(wait.min(TURN))?;
            self.crowd.take_echoes(&mut echoes);
            patience.check(self.crowd.ledger.deliveries > deliveries)?;
            let said = self.crowd.ledger.said();
            self.tell(|| format!("{said} messages said"));
        }
    }

    /// Our server ends nobody's connection; what the others do is shown by what is lost.
    fn nobody_has_gone_of(&mut self, kind: Kind) -> Result<(), Trouble> {
        match kind {
            Kind::Chat => self.nobody_has_gone(),
            Kind::Tokio | Kind::Epoll => Ok(()),
        }
    }

    /// Waits until everybody has heard everything, or nothing more comes, and ends the account.
    pub(super) fn drain(&mut self) -> Result<(), Trouble> {
        let mut patience = Patience::new("everybody has heard everything");
        while !(self.crowd.is_heard_by_all() && self.is_acknowledged()) {
            let arrived = |ledger: &Ledger| ledger.deliveries + ledger.stored;
            let before = arrived(&self.crowd.ledger);
            self.crowd.turn(TURN)?;
            if patience.check(arrived(&self.crowd.ledger) > before).is_err() {
                break;
            }
            self.tell(|| "waiting until everybody has heard everything".to_owned());
        }
        self.crowd.close_ledger();
        Ok(())
    }

    fn is_acknowledged(&self) -> bool {
        self.run.kind != Kind::Chat || self.crowd.ledger.stored == self.crowd.ledger.said() as u64
    }

    /// Waits until the server has nothing more to do.
    pub(super) fn calm_down(&mut self) -> Result<(), Trouble> {
        let mut patience = Patience::new("the server is quiet");
        loop {
            let before = self.target.usage();
            self.idle_for(QUIET_TIME)?;
            let (Some(before), Some(after)) = (before, self.target.usage()) else {
                return Ok(());
            };
            if after.since(&before).cpu() < QUIET_CPU {
                return Ok(());
            }
            patience.check(false)?;
        }
    }

    /// Says nothing, but hears what there is.
    pub(super) fn idle_for(&mut self, time: Duration) -> Result<(), Trouble> {
        let until = Instant::now() + time;
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            self.crowd.turn(left)?;
        }
        Ok(())
    }

    /// What was lost and doubled, as figures.
    pub(super) fn add_faults(&self, report: &mut Report) {
        let ledger = &self.crowd.ledger;
        report.add("lost", float(ledger.lost));
        report.add("doubled", float(ledger.doubled));
        report.add("strange", float(ledger.strange));
        if self.run.kind == Kind::Chat {
            let said = ledger.said() as u64;
            report.add("unacknowledged", float(said.saturating_sub(ledger.stored)));
        }
    }
}

/// Another number for each run, so that a server that outlives one takes its messages and names for new ones.
fn salt() -> u32 {
    static RUNS: AtomicU32 = AtomicU32::new(0);
    let run = RUNS.fetch_add(1, Ordering::Relaxed);
    process::id().wrapping_shl(10).wrapping_add(run)
}

/// A time in which is measured.
#[derive(Debug)]
pub(super) struct Window {
    usage: Option<Usage>,
    /// The load's own.
    own_usage: Option<Usage>,
    /// How long the server's core was busy, for whomever.
    core_time: Option<Duration>,
    deliveries: u64,
    began: Instant,
    strace: Option<Strace>,
}

impl Window {
    /// From now on it counts.
    pub(super) fn open(stage: &mut Stage<'_>) -> Result<Self, Trouble> {
        let strace = match stage.target.process {
            Some(process) if stage.run.measuring.strace => Some(Strace::attach(process)?),
            Some(_) | None => None,
        };
        stage.crowd.ledger.latencies = Histogram::default();
        Ok(Self {
            usage: stage.target.usage(),
            own_usage: usage_of(process::id()),
            core_time: server_core_time(stage),
            deliveries: stage.crowd.ledger.deliveries,
            began: Instant::now(),
            strace,
        })
    }

    /// What was delivered since, and what that cost.
    pub(super) fn close(self, stage: &Stage<'_>, report: &mut Report) -> Result<(), Trouble> {
        let time = self.began.elapsed();
        let after = stage.target.usage();
        let own_after = usage_of(process::id());
        let deliveries = stage.crowd.ledger.deliveries - self.deliveries;
        if deliveries == 0 {
            return Err("nothing was delivered in the time that was measured".into());
        }
        let deliveries = float(deliveries);
        let per_million = |time: Duration| time.as_secs_f64() * 1e6 / deliveries;
        let busy = |used: &Usage| used.cpu().as_secs_f64() / time.as_secs_f64();
        report.add("deliveries_per_second", deliveries / time.as_secs_f64());
        if let Some((before, after)) = self.usage.zip(after) {
            let used = after.since(&before);
            report.add("cpu_s_per_million", per_million(used.cpu()));
            report.add("cpu_user_s_per_million", per_million(used.user));
            report.add("cpu_system_s_per_million", per_million(used.system));
            report.add("server_busy", busy(&used));
            if let Some((before, after)) = self.core_time.zip(server_core_time(stage)) {
                let others = after.saturating_sub(before).saturating_sub(used.cpu());
                report.add("foreign_load", others.as_secs_f64() / time.as_secs_f64());
            }
            report.add("rss_mib", float(after.resident_bytes) / 1024.0 / 1024.0);
        }
        if let Some((before, after)) = self.own_usage.zip(own_after) {
            let used = after.since(&before);
            report.add("load_cpu_s_per_million", per_million(used.cpu()));
            report.add("load_busy", busy(&used));
        }
        add_times(report, &stage.crowd.ledger.latencies);
        if let Some(strace) = self.strace {
            report.system_calls = strace.detach()?;
            let calls = report.system_calls.iter().map(|(_, count)| *count).sum();
            report.add("system_calls_per_delivery", float(calls) / deliveries);
        }
        Ok(())
    }
}

fn server_core_time(stage: &Stage<'_>) -> Option<Duration> {
    busy_time(stage.run.host.cores?.server)
}

/// How long deliveries took.
pub(super) fn add_times(report: &mut Report, times: &Histogram) {
    for (name, per_mille) in [("p50_us", 500), ("p99_us", 990), ("p999_us", 999)] {
        let time = times.quantile_ns(per_mille);
        report.add_if_known(name, time.map(|ns| float(ns) / 1e3));
    }
    if times.count() > 0 {
        report.add("max_us", float(times.max_ns()) / 1e3);
    }
}

/// Gives up on what does not come.
pub(super) struct Patience {
    what: &'static str,
    waited: Duration,
    checked_at: Instant,
}

impl Patience {
    pub(super) fn new(what: &'static str) -> Self {
        Self {
            what,
            waited: Duration::ZERO,
            checked_at: Instant::now(),
        }
    }

    /// An error if nothing has come for too long. A machine that stood still meanwhile has not been waited for: of the
    /// time between two checks no more counts than a few turns take.
    pub(super) fn check(&mut self, has_come: bool) -> Result<(), Trouble> {
        let now = Instant::now();
        self.waited = if has_come {
            Duration::ZERO
        } else {
            self.waited + (now - self.checked_at).min(4 * TURN)
        };
        self.checked_at = now;
        if self.waited > PATIENCE {
            return Err(format!("waited {PATIENCE:?} in vain until {}", self.what).into());
        }
        Ok(())
    }
}
