//! How light the client is on a terminal: `cargo run --release -p chat-tests --bin chat-light`.
//!
//! It is started [`STARTS`] times on a pseudo-terminal of 80×24, beside a server on this machine. Timed is from before the
//! process is made until the first whole picture has come out of the terminal, and until it shows that it is connected.
//! Then one of them is left alone for [`IDLE`], and how often its threads were given a core is counted: the client pings
//! each half a minute, so nothing is due in that time.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "the program tells its figures on stdout")]

use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use chat_tests::{Program, Terminal, binary};

const STARTS: usize = 20;
/// After that: what is still on its way has come.
const CALM: Duration = Duration::from_secs(2);
const IDLE: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    match measure() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("chat-light: {error}; it needs Linux, which tells in /proc what a process does");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> Result<(), Box<dyn Error>> {
    let bytes = fs::metadata(binary("chat-client"))?.len();
    println!("chat-client: {bytes} bytes");
    let (_server, address) = Program::server();
    let address = address.to_string();
    let (mut painted, mut connected) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let began = Instant::now();
        let mut terminal = Terminal::start("chat-client", &["maria", "--server", &address]);
        terminal.await_screen("a picture", |screen| !screen.text().trim().is_empty());
        painted.push(began.elapsed());
        terminal.expect_on_screen("connected");
        connected.push(began.elapsed());
    }
    tell("first paint", painted);
    tell("connected", connected);

    let mut terminal = Terminal::start("chat-client", &["maria", "--server", &address]);
    terminal.expect_on_screen("connected");
    let process = PathBuf::from(format!("/proc/{}", terminal.id().as_raw_nonzero()));
    thread::sleep(CALM);
    let before = switches(&process)?;
    thread::sleep(IDLE);
    let after = switches(&process)?;
    println!("idle for {IDLE:?}: {} switches of all threads", after - before);
    println!("resident: {} KiB", number(&process.join("status"), "VmRSS:")?);
    Ok(())
}

fn tell(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let (median, worst) = (times[STARTS / 2], times[STARTS - 1]);
    println!("{what}: median {median:.1?}, worst of {STARTS} {worst:.1?}");
}

/// How often the threads of a process were given a core.
fn switches(process: &Path) -> io::Result<u64> {
    let mut sum = 0;
    for thread in fs::read_dir(process.join("task"))? {
        let status = thread?.path().join("status");
        sum += number(&status, "voluntary_ctxt_switches:")? + number(&status, "nonvoluntary_ctxt_switches:")?;
    }
    Ok(sum)
}

/// The number behind this word at the beginning of a line.
fn number(file: &Path, name: &str) -> io::Result<u64> {
    let told = fs::read_to_string(file)?;
    told.lines()
        .find_map(|line| {
            line.strip_prefix(name)?
                .split_ascii_whitespace()
                .next()?
                .parse()
                .ok()
        })
        .ok_or_else(|| io::Error::other(format!("{} does not tell {name}", file.display())))
}
