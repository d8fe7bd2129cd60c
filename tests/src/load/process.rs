//! The server that is measured: a process of its own, what it uses, and where it runs.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::available_parallelism;
use std::time::Duration;

use rustix::param::{clock_ticks_per_second, page_size};
use rustix::thread::{CpuSet, sched_setaffinity};

use super::Trouble;
use super::wire::{Kind, listening_address};

/// How servers are started, or which one is measured instead.
#[derive(Clone, Debug)]
pub struct Host {
    /// The load tool itself, which also is each of the servers.
    pub program: PathBuf,
    /// The core of the server, and that of the load; nothing if the machine may choose.
    pub cores: Option<Cores>,
    /// A server that runs already, and its process if what it uses is to be told.
    pub running: Option<(SocketAddr, Option<u32>)>,
    /// Where our servers keep history, each in a new directory; in memory if nowhere.
    pub on_disk: Option<PathBuf>,
}

/// Two cores, so that server and load do not take time from each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cores {
    /// The server's.
    pub server: usize,
    /// The load's.
    pub load: usize,
}

impl Cores {
    /// These two, if the machine has two.
    #[must_use]
    pub fn if_there(self) -> Option<Self> {
        let count = available_parallelism().map_or(1, usize::from);
        (count > 1).then_some(self)
    }
}

/// Keeps the calling thread, and those that it starts, on one core.
///
/// # Errors
/// If the machine has no such core.
pub fn pin_to(core: usize) -> Result<(), Trouble> {
    if core >= CpuSet::MAX_CPU {
        return Err(format!("there is no core {core}").into());
    }
    let mut cores = CpuSet::new();
    cores.set(core);
    sched_setaffinity(None, &cores).map_err(|error| format!("cannot run on core {core}: {error}").into())
}

/// What a scenario asks of the server that it starts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Choices<'a> {
    /// Where to listen; any free port if nothing is said.
    pub(super) listen: Option<SocketAddr>,
    /// The chat's pings come after so long.
    pub(super) ping_interval_ms: Option<u32>,
    /// Where the chat's history is; a new directory if nothing is said and history is to be on disk.
    pub(super) data: Option<&'a Path>,
}

/// A server. Dropping it ends it, if it was started here.
#[derive(Debug)]
pub(super) struct Target {
    child: Option<Child>,
    pub(super) address: SocketAddr,
    /// Whose use is told.
    pub(super) process: Option<u32>,
}

impl Host {
    /// The server of this kind: a new process, or the one that runs already.
    pub(super) fn start(&self, kind: Kind, choices: Choices<'_>) -> Result<Target, Trouble> {
        if let Some((address, process)) = self.running {
            return Ok(Target {
                child: None,
                address,
                process,
            });
        }
        let mut command = Command::new(&self.program);
        command.args(["serve", "--kind", kind.name()]);
        if let Some(cores) = self.cores {
            command.arg("--core").arg(cores.server.to_string());
        }
        if let Some(listen) = choices.listen {
            command.arg("--listen").arg(listen.to_string());
        }
        if let Some(ping_interval_ms) = choices.ping_interval_ms {
            command
                .arg("--ping-interval-ms")
                .arg(ping_interval_ms.to_string());
        }
        let on_disk = || self.on_disk.as_deref().map(new_directory);
        let data = choices.data.map(Path::to_owned).or_else(on_disk);
        if let (Kind::Chat, Some(data)) = (kind, data) {
            command.arg("--data").arg(data);
        }
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let child = child.map_err(|error| format!("cannot start {}: {error}", self.program.display()))?;
        Target::of(child)
    }
}

/// A directory that no server of this process, or of another that runs now, has had.
fn new_directory(parent: &Path) -> PathBuf {
    static STARTED: AtomicU32 = AtomicU32::new(0);
    let number = STARTED.fetch_add(1, Ordering::Relaxed);
    parent.join(format!("server-{}-{number}", std::process::id()))
}

impl Target {
    fn of(mut child: Child) -> Result<Self, Trouble> {
        let output = child.stdout.take().expect("it is piped");
        let process = child.id();
        // From here on the child is ended whatever happens.
        let mut target = Self {
            child: Some(child),
            address: ([127, 0, 0, 1], 0).into(),
            process: Some(process),
        };
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        target.address = listening_address(&line).ok_or("the server ended before it listened")?;
        Ok(target)
    }

    /// What the process has used until now; nothing if it is not known which it is.
    pub(super) fn usage(&self) -> Option<Usage> {
        usage_of(self.process?)
    }
}

impl Target {
    /// Ends the server as a power cut would, if it was started here.
    pub(super) fn end(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself; what counts is that nothing of it is left.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        self.end();
    }
}

/// What a process has used.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Usage {
    /// On a core, in the program itself.
    pub(super) user: Duration,
    /// On a core, in the kernel.
    pub(super) system: Duration,
    /// Memory that is resident.
    pub(super) resident_bytes: u64,
}

impl Usage {
    pub(super) fn cpu(&self) -> Duration {
        self.user + self.system
    }

    /// What was used since then; of memory, how much more it is.
    pub(super) fn since(&self, before: &Self) -> Self {
        Self {
            user: self.user.saturating_sub(before.user),
            system: self.system.saturating_sub(before.system),
            resident_bytes: self.resident_bytes.saturating_sub(before.resident_bytes),
        }
    }
}

/// What a process has used until now; nothing if there is none of this number.
pub(super) fn usage_of(process: u32) -> Option<Usage> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name in parentheses may hold anything; the fields that follow it are numbers, the state (number 3) first.
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(14 - 3);
    let mut next_ticks = || fields.next()?.parse::<u64>().ok();
    let (user, system) = (next_ticks()?, next_ticks()?);
    let pages = fs::read_to_string(format!("/proc/{process}/statm")).ok()?;
    let pages: u64 = pages.split_ascii_whitespace().nth(1)?.parse().ok()?;
    let (user, system) = split(user, system, on_core_ns(process));
    Some(Usage {
        user,
        system,
        resident_bytes: pages * page_size() as u64,
    })
}

/// The time on a core, of all threads, to the nanosecond; nothing if this kernel does not tell.
fn on_core_ns(process: u32) -> Option<u64> {
    let mut sum_ns = 0;
    for thread in fs::read_dir(format!("/proc/{process}/task")).ok()? {
        // A thread that has just ended does not count any more.
        let Ok(told) = fs::read_to_string(thread.ok()?.path().join("schedstat")) else {
            continue;
        };
        sum_ns += told.split_ascii_whitespace().next()?.parse::<u64>().ok()?;
    }
    Some(sum_ns)
}

/// The time in the program and in the kernel: their sum as exact as it is known, their shares by the ticks.
fn split(user_ticks: u64, system_ticks: u64, on_core_ns: Option<u64>) -> (Duration, Duration) {
    let ticks = user_ticks + system_ticks;
    let sum_ns = on_core_ns.unwrap_or(ticks * tick_ns());
    let user_ns = u128::from(sum_ns) * u128::from(user_ticks) / u128::from(ticks.max(1));
    let user_ns = u64::try_from(user_ns).unwrap_or(sum_ns);
    (
        Duration::from_nanos(user_ns),
        Duration::from_nanos(sum_ns - user_ns),
    )
}

/// How long a core was busy until now, for whomever; nothing if the kernel does not tell.
pub(super) fn busy_time(core: usize) -> Option<Duration> {
    let told = fs::read_to_string("/proc/stat").ok()?;
    let core = told
        .lines()
        .find_map(|line| line.strip_prefix(&format!("cpu{core} ")))?;
    let ticks: Vec<u64> = core
        .split_ascii_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect();
    // user, nice, system, idle, waiting for a disk, two sorts of interrupts, stolen; what follows is counted in these.
    let busy: u64 = [0, 1, 2, 5, 6, 7]
        .iter()
        .filter_map(|place| ticks.get(*place))
        .sum();
    Some(Duration::from_nanos(busy * tick_ns()))
}

fn tick_ns() -> u64 {
    1_000_000_000 / clock_ticks_per_second().max(1)
}

/// What the kernel keeps for all TCP sockets of the machine, in bytes of their buffers; nothing if it does not tell.
pub(super) fn socket_buffer_bytes() -> Option<u64> {
    let told = fs::read_to_string("/proc/net/sockstat").ok()?;
    let tcp = told.lines().find_map(|line| line.strip_prefix("TCP:"))?;
    let mut words = tcp.split_ascii_whitespace();
    words.find(|word| *word == "mem")?;
    let pages: u64 = words.next()?.parse().ok()?;
    Some(pages * page_size() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_works_uses_more_and_more() {
        let before = usage_of(std::process::id()).unwrap();
        assert!(before.resident_bytes > 0);
        loop {
            let used = usage_of(std::process::id()).unwrap().since(&before);
            if used.cpu() > Duration::from_millis(2) {
                break;
            }
        }
        assert_eq!(usage_of(u32::MAX), None, "nobody has this number");
    }

    #[test]
    fn shares_are_those_of_the_ticks_and_the_sum_is_exact() {
        let (user, system) = split(1, 3, Some(1000));
        assert_eq!((user.as_nanos(), system.as_nanos()), (250, 750));
        assert_eq!(split(0, 0, Some(5)).1.as_nanos(), 5);
        assert_eq!(split(0, 0, None), (Duration::ZERO, Duration::ZERO));
    }
}
