//! Many who come, and say nothing: those who stay, and those who leave at once.

use std::time::{Duration, Instant};

use clap::Args;
use serde_json::json;

use super::super::Trouble;
use super::super::process::{Choices, socket_buffer_bytes};
use super::super::report::Report;
use super::stage::{AT_ONCE, Patience, Stage, add_times};
use super::{Measuring, Run, float};

/// A ping interval that no run lives to see.
const HOUR_MS: u32 = 60 * 60 * 1000;

/// Those who stay.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Idle {
    /// How many come; each process can only have as many as it may open files
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub connections: usize,

    /// How many are in each room
    #[arg(long, value_name = "M", default_value_t = 10)]
    pub members: usize,
}

/// Those who leave.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Storm {
    /// How many come in all
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub connections: usize,

    /// How many are in each room: once all of them are there, they leave
    #[arg(long, value_name = "M", default_value_t = 10)]
    pub members: usize,
}

impl Idle {
    /// Before it is done under TLS it is done without, so that the same run tells what TLS adds.
    pub(super) fn run(&self, run: &Run<'_>) -> Result<Report, Trouble> {
        // What a server that runs already has used for one crowd it uses again for the next: there is no difference.
        let can_compare = run.measuring.tls && run.host.running.is_none();
        let plain = can_compare.then(|| self.measure_plain(run)).transpose()?;
        let mut report = self.measure(run)?;
        if let Some(plain) = plain {
            add_what_tls_adds(&mut report, &plain);
        }
        Ok(report)
    }

    fn measure_plain(&self, run: &Run<'_>) -> Result<Report, Trouble> {
        (run.progress)("first without TLS");
        let measuring = Measuring {
            tls: false,
            ..run.measuring.clone()
        };
        let plain = self.measure(&Run {
            measuring: &measuring,
            ..*run
        })?;
        (run.progress)("and now under TLS");
        Ok(plain)
    }

    fn measure(&self, run: &Run<'_>) -> Result<Report, Trouble> {
        let settings = vec![
            ("connections", json!(self.connections)),
            ("members", json!(self.members)),
        ];
        let mut report = Report::new("idle", run.kind, settings);
        let choices = Choices {
            ping_interval_ms: Some(HOUR_MS),
            ..Choices::default()
        };
        let mut stage = Stage::set(run, choices)?;
        stage.calm_down()?;
        let empty = stage.target.usage();
        let buffers_before = socket_buffer_bytes();
        let began = Instant::now();
        stage.gather(self.connections, self.members.max(1))?;
        let time = began.elapsed();
        stage.calm_down()?;
        let count = float(u64::try_from(self.connections)?);
        let full = stage.target.usage();
        let buffers = socket_buffer_bytes();
        (run.progress)("everybody is there and silent");
        stage.idle_for(run.measuring.seconds)?;
        stage.nobody_has_gone()?;
        let later = stage.target.usage();

        report.add("connections_per_second", count / time.as_secs_f64());
        if let (Some(empty), Some(full), Some(later)) = (empty, full, later) {
            let grown = full.since(&empty);
            report.add("cpu_us_per_connection", grown.cpu().as_secs_f64() * 1e6 / count);
            report.add("rss_empty_kib", float(empty.resident_bytes) / 1024.0);
            report.add(
                "rss_kib_per_connection",
                float(grown.resident_bytes) / 1024.0 / count,
            );
            let idle = later.since(&full).cpu().as_secs_f64() * 1e3;
            report.add(
                "idle_cpu_ms_per_second",
                idle / run.measuring.seconds.as_secs_f64(),
            );
        }
        if let (Some(before), Some(after)) = (buffers_before, buffers) {
            let grown = after.saturating_sub(before);
            report.add("socket_buffer_kib_per_connection", float(grown) / 1024.0 / count);
        }
        Ok(report)
    }
}

/// The same figures without TLS, and how much more they are.
fn add_what_tls_adds(report: &mut Report, plain: &Report) {
    for (figure, without, more) in [
        (
            "rss_kib_per_connection",
            "rss_without_tls_kib_per_connection",
            "rss_of_tls_kib_per_connection",
        ),
        (
            "cpu_us_per_connection",
            "cpu_without_tls_us_per_connection",
            "cpu_of_tls_us_per_connection",
        ),
    ] {
        if let Some((secured, plain)) = report.figure(figure).zip(plain.figure(figure)) {
            report.add(without, plain);
            report.add(more, secured - plain);
        }
    }
}

impl Storm {
    pub(super) fn run(&self, run: &Run<'_>) -> Result<Report, Trouble> {
        let settings = vec![
            ("connections", json!(self.connections)),
            ("members", json!(self.members)),
        ];
        let mut report = Report::new("storm", run.kind, settings);
        let mut stage = Stage::set(run, Choices::default())?;
        stage.calm_down()?;
        let before = stage.target.usage();
        let began = Instant::now();
        self.come_and_go(&mut stage)?;
        let time = began.elapsed();
        stage.calm_down()?;
        let count = float(u64::try_from(self.connections)?);
        report.add("connections_per_second", count / time.as_secs_f64());
        if let (Some(before), Some(after)) = (before, stage.target.usage()) {
            let used = after.since(&before);
            let each = |time: Duration| time.as_secs_f64() * 1e6 / count;
            report.add("cpu_us_per_connection", each(used.cpu()));
            report.add("cpu_user_us_per_connection", each(used.user));
            report.add("cpu_system_us_per_connection", each(used.system));
            report.add("rss_growth_kib", float(used.resident_bytes) / 1024.0);
        }
        add_times(&mut report, &stage.crowd.arrivals);
        Ok(report)
    }

    fn come_and_go(&self, stage: &mut Stage<'_>) -> Result<(), Trouble> {
        let room_size = self.members.clamp(1, self.connections.max(1));
        let mut in_room = vec![0; self.connections.div_ceil(room_size)];
        let mut left = 0;
        let mut patience = Patience::new("everybody has come and gone");
        while left < self.connections {
            // Whole rooms come, so that nobody waits for somebody who must not come yet.
            while stage.crowd.len() < self.connections
                && (stage.crowd.len() - left < AT_ONCE || !stage.crowd.len().is_multiple_of(room_size))
            {
                stage.crowd.add(stage.crowd.len() / room_size)?;
            }
            stage.crowd.turn(Duration::from_millis(50))?;
            stage.nobody_has_gone()?;
            let arrived = stage.crowd.take_arrived();
            patience.check(!arrived.is_empty())?;
            for peer in arrived {
                let room = peer / room_size;
                in_room[room] += 1;
                let members = room * room_size..((room + 1) * room_size).min(self.connections);
                if in_room[room] == members.len() {
                    left += members.len();
                    members.for_each(|member| stage.crowd.close(member));
                }
            }
            stage.tell(|| format!("{left} of {} have come and gone", self.connections));
        }
        Ok(())
    }
}
