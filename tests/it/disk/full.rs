//! A disk that is full, and has room again: a real one, small and in memory.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use chat_client::pure::link::Event;
use chat_tests::{Program, TestClient};
use rustix::process::Signal;

/// Mounts the disk where only the server sees it, and becomes the server. (The kernel unmounts it when the server has ended.)
const ON_A_SMALL_DISK: &str = r#"mount -t tmpfs -o size=2m chat-tests "$1" && shift && exec "$@""#;

/// Whether this process may mount a disk.
fn may_mount(at: &Path) -> bool {
    let mount = Command::new("unshare")
        .args(["--mount", "sh", "-c", ON_A_SMALL_DISK, "sh"])
        .arg(at)
        .arg("true")
        .stderr(Stdio::null())
        .status();
    mount.is_ok_and(|status| status.success())
}

/// Takes all room that is left.
fn fill(file: &Path) {
    let mut file = File::create(file).expect("a file on the small disk");
    let error = loop {
        if let Err(error) = file.write_all(&[0; 4096]) {
            break error;
        }
    };
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
}

#[test]
#[expect(
    clippy::print_stdout,
    reason = "who runs the tests should know what was not tried"
)]
fn a_full_disk_refuses_what_is_said_until_it_has_room_again() {
    let directory = tempfile::tempdir().expect("a directory for a test");
    let data = directory.path();
    if !may_mount(data) {
        println!("not tried: only root may mount a small disk, with unshare");
        return;
    }
    let path = data.to_str().expect("a path of a test");
    let (mut server, address) = Program::server_under(
        &["unshare", "--mount", "sh", "-c", ON_A_SMALL_DISK, "sh", path],
        &["--listen", "127.0.0.1:0", "--data", path],
    );
    // As the server sees it.
    let disk = PathBuf::from(format!("/proc/{}/root{path}", server.id()));
    smol::block_on(async {
        let mut alice = TestClient::connect(address, "alice").await;
        alice.say("there is room");
        alice.texts(1).await;
        let filler = disk.join("filler");
        fill(&filler);
        // What it has set aside for its files takes a few messages more.
        let mut said = 0;
        let refused = loop {
            let id = alice.say(&"x".repeat(2000));
            said += 1;
            let is_stored = alice
                .until("the message is stored or refused", |event| match event {
                    Event::Stored { id: stored, .. } if stored == id => Some(true),
                    Event::Failed { .. } => Some(false),
                    _ => None,
                })
                .await;
            if !is_stored {
                break id;
            }
        };
        server.error_line_with("nothing can be stored");
        let mut bob = TestClient::connect(address, "bob").await;
        alice.expect_arrival("bob").await;
        fs::remove_file(filler).expect("the filler can go");
        let seq = alice
            .until("what was refused is stored", |event| match event {
                Event::Stored { id, seq, .. } if id == refused => Some(seq),
                _ => None,
            })
            .await;
        assert_eq!(seq.0, 1 + said, "what was refused has used no number");
        assert_eq!(bob.heard().await.seq, seq);
    });
    server.error_line_with("stored again");
    server.signal(Signal::TERM);
    assert_eq!(server.ended().code, Some(0));
}
