//! The real binaries, with pipes around them.

use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::GUARD;

/// Where a binary of the workspace lies. The first call of a process builds them, optimised if the caller is.
///
/// # Panics
/// If they do not build, or none has this name.
#[must_use]
pub fn binary(name: &str) -> &'static Path {
    static BUILT: OnceLock<Vec<PathBuf>> = OnceLock::new();
    BUILT
        .get_or_init(build)
        .iter()
        .find(|path| path.file_stem().is_some_and(|stem| stem == name))
        .unwrap_or_else(|| panic!("the workspace has no binary {name}"))
}

fn build() -> Vec<PathBuf> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    // What the tests are told of their own package would have `ring`, which looks at it, built anew each time.
    for (name, _) in env::vars_os() {
        let bytes = name.as_encoded_bytes();
        if bytes.starts_with(b"CARGO_PKG_") || bytes.starts_with(b"CARGO_MANIFEST_") {
            command.env_remove(name);
        }
    }
    let optimised: &[&str] = if cfg!(debug_assertions) {
        &[]
    } else {
        &["--release"]
    };
    let output = command
        .args(["build", "-p", "chat-server", "-p", "chat-client", "--bins"])
        .args(optimised)
        .arg("--message-format=json")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .output()
        .expect("cargo can be run");
    assert!(
        output.status.success(),
        "the binaries do not build:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
        .collect()
}

/// A binary that runs, with pipes on its three streams. Dropping it kills it.
///
/// Its methods panic when the program does not do what they wait for, and show what it did; each wait is bounded by
/// [`GUARD`].
#[derive(Debug)]
pub struct Program {
    child: Child,
    input: Option<ChildStdin>,
    output: Lines,
    errors: Lines,
}

/// How a program ended, and what of its output nobody had asked for before.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// The rest of the lines of its output.
    pub output: Vec<String>,
    /// The rest of the lines of its error output.
    pub errors: Vec<String>,
}

impl Program {
    /// Starts a binary of the workspace.
    ///
    /// # Panics
    /// If it cannot be built or started.
    #[must_use]
    pub fn start(name: &str, arguments: &[&str]) -> Self {
        // Nobody's home: what the user of this machine knows is not what is tested.
        Self::start_at_home(
            name,
            arguments,
            &env::temp_dir().join("chat-tests-without-a-home"),
        )
    }

    /// Starts a binary of the workspace, for a user whose home this is.
    ///
    /// # Panics
    /// If it cannot be built or started.
    #[must_use]
    pub fn start_at_home(name: &str, arguments: &[&str], home: &Path) -> Self {
        Self::spawn(
            Command::new(binary(name))
                .args(arguments)
                .env("HOME", home)
                .env("XDG_DATA_HOME", home.join("data"))
                .env("XDG_CONFIG_HOME", home.join("config")),
        )
    }

    fn spawn(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        Self {
            input: child.stdin.take(),
            output: Lines::of(child.stdout.take().expect("it is piped")),
            errors: Lines::of(child.stderr.take().expect("it is piped")),
            child,
        }
    }

    /// Starts a server on a free port, waits until it listens, and says where.
    ///
    /// # Panics
    /// If it does not say so.
    #[must_use]
    pub fn server() -> (Self, SocketAddr) {
        Self::server_at("127.0.0.1:0")
    }

    /// Starts a server there, waits until it listens, and says where.
    ///
    /// # Panics
    /// If it does not say so.
    #[must_use]
    pub fn server_at(listen: &str) -> (Self, SocketAddr) {
        Self::server_with(&["--listen", listen, "--memory"])
    }

    /// Starts a server with these arguments, waits until it listens, and says where.
    ///
    /// # Panics
    /// If it does not say so.
    #[must_use]
    pub fn server_with(arguments: &[&str]) -> (Self, SocketAddr) {
        Self::start("chat-server", arguments).listening()
    }

    /// Starts a server with these arguments as what another program, such as `unshare`, becomes in the end. Waits until it
    /// listens, and says where.
    ///
    /// # Panics
    /// If it does not say so.
    #[must_use]
    pub fn server_under(other: &[&str], arguments: &[&str]) -> (Self, SocketAddr) {
        let (program, before) = other.split_first().expect("another program");
        let mut command = Command::new(program);
        command.args(before).arg(binary("chat-server")).args(arguments);
        Self::spawn(&mut command).listening()
    }

    fn listening(self) -> (Self, SocketAddr) {
        let mut server = self;
        let line = server.error_line_with("listening on ");
        let address = line
            .strip_prefix("listening on ")
            .and_then(|address| address.parse().ok())
            .unwrap_or_else(|| panic!("no address in: {line}"));
        (server, address)
    }

    /// Starts a client of this server.
    ///
    /// # Panics
    /// If it cannot be built or started.
    #[must_use]
    pub fn client(server: SocketAddr, arguments: &[&str]) -> Self {
        let server = server.to_string();
        let mut all = vec!["--server", &server];
        all.extend(arguments);
        Self::start("chat-client", &all)
    }

    /// Starts a client of this server, and waits until it is in its room: it says something there, and hears it.
    ///
    /// # Panics
    /// If it does not get that far.
    #[must_use]
    pub fn client_in_room(server: SocketAddr, name: &str) -> Self {
        let mut client = Self::client(server, &[name]);
        client.write_line("ready");
        client.expect_line(&format!("<{name}>: ready"));
        client
    }

    /// Writes to its input, a line break at the end.
    ///
    /// # Panics
    /// If it does not take input any more.
    pub fn write_line(&mut self, line: &str) {
        self.write(format!("{line}\n").as_bytes());
    }

    /// Writes bytes to its input, whatever they are.
    ///
    /// # Panics
    /// If it does not take input any more.
    pub fn write(&mut self, bytes: &[u8]) {
        self.input
            .as_mut()
            .and_then(|input| input.write_all(bytes).ok())
            .unwrap_or_else(|| panic!("the program takes no input any more: {:?}", self.errors.rest()));
    }

    /// Ends its input.
    pub fn close_input(&mut self) {
        self.input = None;
    }

    /// The next line of its output.
    ///
    /// # Panics
    /// If there is none.
    pub fn line(&mut self) -> String {
        match self.output.next() {
            Some(line) => line,
            None => panic!("the output ended; the errors: {:?}", self.errors.rest()),
        }
    }

    /// The next line of its output is this one.
    ///
    /// # Panics
    /// If it is another.
    pub fn expect_line(&mut self, wanted: &str) {
        assert_eq!(self.line(), wanted);
    }

    /// Waits for this line of its output, whatever comes before.
    ///
    /// # Panics
    /// If it never comes.
    pub fn await_line(&mut self, wanted: &str) {
        while self.line() != wanted {}
    }

    /// The next line of its error output that contains `part`.
    ///
    /// # Panics
    /// If there is none.
    pub fn error_line_with(&mut self, part: &str) -> String {
        let mut others = Vec::new();
        while let Some(line) = self.errors.next() {
            if line.contains(part) {
                return line;
            }
            others.push(line);
        }
        panic!("no line with {part:?} among the errors: {others:?}")
    }

    /// Its process's number.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal.
    ///
    /// # Panics
    /// If it has ended already.
    pub fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id())
            .ok()
            .and_then(Pid::from_raw)
            .expect("a child has a process number");
        kill_process(id, signal).expect("a child can be sent a signal");
    }

    /// Waits until it has ended.
    ///
    /// # Panics
    /// If it does not.
    #[must_use]
    pub fn ended(mut self) -> Ended {
        self.close_input();
        let output = self.output.rest();
        let errors = self.errors.rest();
        // Both streams are at their end, so the process is too, or about to be.
        let status: ExitStatus = self.child.wait().expect("a child can be waited for");
        Ended {
            code: status.code(),
            output,
            errors,
        }
    }

    /// Ends it as a power cut would, and waits until it has ended.
    ///
    /// # Panics
    /// If it cannot be ended.
    pub fn kill(mut self) {
        self.child.kill().expect("a child can be killed");
        self.child.wait().expect("a child can be waited for");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself; what counts is that nothing of it is left.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The lines of a stream, read by a thread of their own so that waiting for one has a bound.
#[derive(Debug)]
struct Lines(Receiver<String>);

impl Lines {
    fn of(stream: impl Read + Send + 'static) -> Self {
        let (lines, receiver) = mpsc::channel();
        thread::spawn(move || {
            let mut stream = BufReader::new(stream);
            let mut line = Vec::new();
            while stream.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                let text = String::from_utf8_lossy(&line);
                if lines.send(text.trim_end_matches('\n').to_owned()).is_err() {
                    return;
                }
                line.clear();
            }
        });
        Self(receiver)
    }

    /// The next line; `None` at the end of the stream.
    fn next(&self) -> Option<String> {
        match self.0.recv_timeout(GUARD) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("neither a line nor an end within {GUARD:?}"),
        }
    }

    fn rest(&self) -> Vec<String> {
        std::iter::from_fn(|| self.next()).collect()
    }
}
