//! Who has only the public half of a key here, and the other in an ssh-agent: that of OpenSSH if it is on this machine, and
//! one of our own, which can also misbehave.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use chat_client::config::{Agent, IdentityFile};
use chat_client::pure::link::{Cause, Event};
use chat_client::{Client, Options};
use chat_proto::ids::PublicKey;
use chat_tests::client::user;
use chat_tests::{GUARD, TestClient, TestServer, binary, within};
use chat_tls::agent::ANSWER_BYTES_MAX;
use chat_tls::{Identity, fingerprint, key_file};
use futures_lite::future::or;
use ssh_key::public::{Ed25519PublicKey, KeyData};

use super::{expect_untrusted, strict_server, talk};

const FAILURE: u8 = 5;
const REQUEST_IDENTITIES: u8 = 11;
const IDENTITIES_ANSWER: u8 = 12;
const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;

/// A directory with both halves of a key, as `ssh-keygen` leaves them.
struct Home {
    directory: tempfile::TempDir,
    identity: Identity,
}

impl Home {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory for the test");
        let identity = key_file::read_or_make(&directory.path().join("id")).expect("a key");
        let home = Self { directory, identity };
        let public = openssh(&home.key()).to_openssh().expect("a short key");
        fs::write(home.public_half(), format!("{public} alice@home\n")).expect("a file for the test");
        let everybody = fs::Permissions::from_mode(0o644);
        fs::set_permissions(home.public_half(), everybody).expect("a mode of its own");
        home
    }

    fn key(&self) -> PublicKey {
        self.identity.public_key()
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn public_half(&self) -> PathBuf {
        self.path().join("id.pub")
    }

    fn socket(&self) -> PathBuf {
        self.path().join("agent")
    }

    /// Somebody with the public half, and whatever is at the agent's place.
    fn options(&self, server: &TestServer, name: &str) -> Options {
        let mut options = super::options(server.address(), name, self.path());
        let secure = options.secure.as_mut().expect("TLS is spoken");
        secure.identity = IdentityFile::Given(self.public_half());
        secure.agent = Agent {
            socket: Some(self.socket()),
            timeout: GUARD,
        };
        options
    }

    /// Runs an agent that does with each question what it is told.
    fn run_agent(&self, mut does: impl FnMut(&Identity, &[u8]) -> Does + Send + 'static) {
        let listener = UnixListener::bind(self.socket()).expect("a place for a socket");
        let identity = self.identity.clone();
        thread::spawn(move || {
            let mut kept = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.expect("somebody connects");
                let request = read_string(&mut stream);
                match does(&identity, &request) {
                    // Nobody may be there any more to take it.
                    Does::Send(bytes) => drop(stream.write_all(&bytes)),
                    Does::Stay => kept.push(stream),
                    Does::Leave => return,
                }
            }
        });
    }
}

/// What an agent does when it is asked.
enum Does {
    Send(Vec<u8>),
    /// It says nothing, for ever.
    Stay,
    /// It is gone.
    Leave,
}

/// What a good agent does.
fn answer(identity: &Identity, request: &[u8]) -> Does {
    let blob = openssh(&identity.public_key()).to_bytes().expect("a short key");
    let (kind, rest) = request.split_first().expect("a question");
    let answer = match *kind {
        REQUEST_IDENTITIES => {
            let one = [0, 0, 0, 1];
            [&[IDENTITIES_ANSWER], &one[..], &string(&blob), &string(b"")].concat()
        }
        SIGN_REQUEST => {
            let mut rest = rest;
            assert_eq!(read_string(&mut rest), blob);
            let signature = identity.sign(&read_string(&mut rest)).expect("it is here");
            let signature = [string(b"ssh-ed25519"), string(&signature)].concat();
            [&[SIGN_RESPONSE], &*string(&signature)].concat()
        }
        _ => vec![FAILURE],
    };
    Does::Send(string(&answer))
}

/// A good agent until it is to sign; then this.
fn answer_until_signing(then: impl Fn() -> Does + Send + 'static) -> impl FnMut(&Identity, &[u8]) -> Does {
    move |identity, request| match request.first() {
        Some(&SIGN_REQUEST) => then(),
        Some(_) | None => answer(identity, request),
    }
}

fn openssh(key: &PublicKey) -> ssh_key::PublicKey {
    KeyData::Ed25519(Ed25519PublicKey(key.0)).into()
}

fn string(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).expect("what is said is short");
    [&length.to_be_bytes(), bytes].concat()
}

fn read_string(from: &mut impl Read) -> Vec<u8> {
    let mut length = [0; 4];
    from.read_exact(&mut length).expect("a length");
    let mut bytes = vec![0; u32::from_be_bytes(length) as usize];
    from.read_exact(&mut bytes).expect("so many bytes");
    bytes
}

/// The agent of OpenSSH. Dropping it ends it.
struct OpenSshAgent(Child);

impl OpenSshAgent {
    /// It, with this key; `None` if it is not on this machine.
    fn run(home: &Home) -> Option<Self> {
        let mut command = Command::new("ssh-agent");
        command
            .args(["-D", "-a"])
            .arg(home.socket())
            .stdout(Stdio::piped());
        let mut child = match command.spawn() {
            Err(error) if error.kind() == ErrorKind::NotFound => return None,
            child => child.expect("it can be run"),
        };
        let output = child.stdout.take().expect("it is piped");
        let agent = Self(child);
        let mut line = String::new();
        // It says where it is once it is there.
        BufReader::new(output)
            .read_line(&mut line)
            .expect("its output can be read");
        assert!(line.contains("SSH_AUTH_SOCK"), "{line}");
        let added = Command::new("ssh-add")
            .arg("-q")
            .arg(home.path().join("id"))
            .env("SSH_AUTH_SOCK", home.socket())
            .status();
        assert!(added.expect("ssh-add can be run").success());
        Some(agent)
    }
}

impl Drop for OpenSshAgent {
    fn drop(&mut self) {
        // It may have ended by itself; what counts is that nothing of it is left.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs the agent of OpenSSH, or else a good one of our own.
fn run_best_agent(home: &Home) -> Option<OpenSshAgent> {
    let agent = OpenSshAgent::run(home);
    if agent.is_none() {
        home.run_agent(answer);
    }
    agent
}

/// Alice comes in with a key of the agent and talks, and the server knows her by it.
fn expect_alice_to_come_in(home: &Home) {
    let server = strict_server();
    smol::block_on(async {
        let bob = super::options(server.address(), "bob", home.path());
        talk(home.options(&server, "alice"), bob).await;
        let mut alice = TestClient::with(home.options(&server, "alice")).await;
        alice
            .client
            .whois(&user("alice"))
            .expect("the client takes commands");
        let key = alice.until("it is told who alice is", |event| match event {
            Event::Person { key, .. } => Some(key),
            _ => None,
        });
        assert_eq!(key.await, Some(home.key()));
        alice.finish().await;
    });
}

#[test]
fn an_agent_signs_for_who_has_the_public_half() {
    let home = Home::new();
    home.run_agent(answer);
    expect_alice_to_come_in(&home);
}

#[test]
fn the_agent_of_this_machine_does_so_too() {
    let home = Home::new();
    let _agent = run_best_agent(&home);
    expect_alice_to_come_in(&home);
}

#[test]
fn what_an_agent_can_not_do_is_told_in_one_sentence() {
    type Agents = Box<dyn FnMut(&Identity, &[u8]) -> Does + Send>;
    let other = Identity::generate().expect("the machine has random bytes");
    let too_long = u32::try_from(ANSWER_BYTES_MAX + 1).expect("it is not that long");
    let cases: [(Agents, &str); 6] = [
        (
            Box::new(move |_, request| answer(&other, request)),
            "is not in the ssh-agent: run ssh-add",
        ),
        (Box::new(|_, _| Does::Leave), "has not answered, and is gone"),
        (
            Box::new(answer_until_signing(|| Does::Leave)),
            "has not answered, and is gone",
        ),
        (
            Box::new(answer_until_signing(|| Does::Send(string(&[FAILURE])))),
            "refuses to sign",
        ),
        (
            Box::new(answer_until_signing(|| Does::Send(string(b"yes")))),
            "is no answer",
        ),
        (
            Box::new(answer_until_signing(move || {
                Does::Send(too_long.to_be_bytes().to_vec())
            })),
            "is no answer",
        ),
    ];
    let server = strict_server();
    for (agent, expected) in cases {
        let home = Home::new();
        home.run_agent(agent);
        let told = expect_untrusted(home.options(&server, "alice"));
        assert!(told.contains(expected) && !told.contains('\n'), "{told}");
    }
}

#[test]
fn the_key_that_is_missing_is_named_as_ssh_add_names_it() {
    let home = Home::new();
    let _agent = run_best_agent(&home);
    let other = Home::new();
    let server = strict_server();
    let mut options = home.options(&server, "alice");
    if let Some(secure) = &mut options.secure {
        secure.identity = IdentityFile::Given(other.public_half());
    }
    let told = expect_untrusted(options);
    assert!(told.contains(&fingerprint(&other.key())), "{told}");
}

#[test]
fn an_agent_that_is_not_there_is_told_of() {
    let home = Home::new();
    let server = strict_server();
    let told = expect_untrusted(home.options(&server, "alice"));
    let socket = home.socket();
    let expected = format!("cannot reach the ssh-agent at {}: ", socket.display());
    assert!(told.starts_with(&expected), "{told}");
    let mut options = home.options(&server, "alice");
    if let Some(secure) = &mut options.secure {
        secure.agent.socket = None;
    }
    let told = expect_untrusted(options);
    assert!(told.ends_with("SSH_AUTH_SOCK is not set"), "{told}");
}

#[test]
fn an_agent_that_says_nothing_is_asked_again_later() {
    let home = Home::new();
    let server = strict_server();
    home.run_agent(|_, _| Does::Stay);
    let mut options = home.options(&server, "alice");
    if let Some(secure) = &mut options.secure {
        secure.agent.timeout = Duration::from_millis(1);
    }
    let (_client, mut events) = Client::connect(options);
    smol::block_on(within("two losses", async {
        for _ in 0..2 {
            let event = events.next().await;
            let Some(Event::Lost {
                cause: Cause::Unsigned,
                why,
                ..
            }) = event
            else {
                panic!("not unsigned: {event:?}");
            };
            assert!(why.contains("has not answered within 1ms"), "{why}");
            events.retry_now();
        }
    }));
}

#[test]
fn while_the_agent_waits_for_a_person_everything_else_goes_on() {
    let home = Home::new();
    let server = strict_server();
    let (asked, is_asked) = smol::channel::bounded(8);
    let (touch, touched) = mpsc::channel();
    home.run_agent(move |identity, request| {
        if request.first() == Some(&SIGN_REQUEST) {
            asked.try_send(()).expect("the test listens");
            touched.recv_timeout(GUARD).expect("the person is there");
        }
        answer(identity, request)
    });
    let (_client, mut events) = Client::connect(home.options(&server, "alice"));
    smol::block_on(within("alice comes in", async {
        let nothing = async { panic!("{:?} before the key is touched", events.next().await) };
        // In one task: if the client held the thread, the question would not be seen before its answer.
        or(async { is_asked.recv().await.expect("it asks") }, nothing).await;
        touch.send(()).expect("the agent waits");
        while !matches!(events.next().await.expect("it goes on"), Event::Joined { .. }) {}
    }));
}

/// Runs the client with this input, for somebody whose agent is there.
fn run_client(home: &Home, agent: Option<&Path>, arguments: &[&str], input: &str) -> Output {
    let input_file = home.path().join("input");
    fs::write(&input_file, input).expect("a file for the test");
    let mut command = Command::new(binary("chat-client"));
    command
        .args(arguments)
        .arg("--identity")
        .arg(home.public_half())
        .env("HOME", home.path())
        .env("XDG_DATA_HOME", home.path().join("data"))
        .env("XDG_CONFIG_HOME", home.path().join("config"))
        .env_remove("SSH_AUTH_SOCK")
        .envs(agent.map(|agent| ("SSH_AUTH_SOCK", agent)))
        .stdin(File::open(&input_file).expect("it was just written"));
    command.output().expect("the client can be run")
}

#[test]
fn the_binary_finds_the_agent_by_its_variable() {
    let home = Home::new();
    let _agent = run_best_agent(&home);
    let server = strict_server();
    let address = server.address().to_string();
    let line = ["alice", "--server", &address, "--tls"];
    let said = run_client(&home, Some(&home.socket()), &line, "hello\n");
    let output = String::from_utf8_lossy(&said.stdout);
    assert!(output.contains("<alice>: hello\n"), "{said:?}");
    assert_eq!(said.status.code(), Some(0), "{said:?}");
    for nowhere in [None, Some(Path::new(""))] {
        let refused = run_client(&home, nowhere, &line, "hello\n");
        let told = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(5), "{refused:?}");
        assert!(told.contains("SSH_AUTH_SOCK is not set\n"), "{told}");
    }
}

#[test]
fn the_public_half_is_shown_without_an_agent() {
    let home = Home::new();
    let shown = run_client(&home, None, &["key"], "");
    let output = String::from_utf8_lossy(&shown.stdout);
    assert!(output.contains(&fingerprint(&home.key())), "{shown:?}");
    assert_eq!(shown.status.code(), Some(0), "{shown:?}");
}

#[test]
fn each_connection_has_a_signature_of_its_own() {
    let home = Home::new();
    let (signed, signatures) = mpsc::channel();
    home.run_agent(move |identity, request| {
        if request.first() == Some(&SIGN_REQUEST) {
            signed.send(()).expect("the test listens");
        }
        answer(identity, request)
    });
    let server = strict_server();
    smol::block_on(async {
        for _ in 0..2 {
            let alice = TestClient::with(home.options(&server, "alice")).await;
            alice.finish().await;
        }
    });
    assert_eq!(signatures.try_iter().count(), 2);
}
