//! Keys on disk: ours can be read by `ssh-keygen`, its own by us, and nobody else's is used.

use std::fs;
use std::path::{Path, PathBuf};

use chat_tls::key_file::{read, read_half, read_or_make};
use chat_tls::{KeyFile, KeyFileError, fingerprint};
use tempfile::TempDir;

/// `ssh-keygen -t ed25519 -N ''`, and what `ssh-keygen -lf` says of it.
const PLAIN: &str = include_str!("keys/plain");
const PLAIN_FINGERPRINT: &str = include_str!("keys/plain.fingerprint");
/// The same with a passphrase.
const ENCRYPTED: &str = include_str!("keys/encrypted");
/// `ssh-keygen -t ecdsa -N ''`.
const OTHER_KIND: &str = include_str!("keys/ecdsa");

/// Their public halves, as `ssh-keygen -y` prints them.
const PLAIN_PUBLIC: &str = include_str!("keys/plain.pub");
const OTHER_KIND_PUBLIC: &str = include_str!("keys/ecdsa.pub");

fn file(text: &str) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory for the test");
    let path = directory.path().join("key");
    chat_tls::private_file::create(&path, text.as_bytes()).expect("a file for the test");
    (directory, path)
}

fn refusal(text: &str) -> (KeyFileError, String) {
    let (_directory, path) = file(text);
    let error = read(&path).expect_err("it is no key for us");
    let told = error.to_string().replace(&path.display().to_string(), "FILE");
    assert!(
        !told.contains('\n') && !told.ends_with('.'),
        "one sentence: {told}"
    );
    (error, told)
}

#[test]
fn a_key_of_openssh_is_read_and_has_the_fingerprint_that_openssh_prints() {
    let (_directory, path) = file(PLAIN);
    let key = read(&path).unwrap().public_key();
    assert_eq!(fingerprint(&key), PLAIN_FINGERPRINT.trim());
}

#[test]
fn a_key_is_made_once_and_is_the_same_from_then_on() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a/b/key");
    let made = read_or_make(&path).unwrap().public_key();
    assert_eq!(read_or_make(&path).unwrap().public_key(), made);
    assert_eq!(read(&path).unwrap().public_key(), made);
    assert!(
        fs::read_to_string(&path)
            .unwrap()
            .starts_with("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    );
}

#[test]
fn many_who_make_a_key_at_once_all_get_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let path = &directory.path().join("key");
    let keys = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| read_or_make(path).unwrap().public_key()))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect::<Vec<_>>()
    });
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
}

#[test]
fn a_key_with_a_passphrase_is_refused_with_what_to_do() {
    let (error, told) = refusal(ENCRYPTED);
    assert!(matches!(error, KeyFileError::Encrypted { .. }));
    assert!(told.contains("ssh-keygen -p"), "{told}");
}

#[test]
fn a_key_of_another_kind_is_refused_with_what_to_do() {
    let (error, told) = refusal(OTHER_KIND);
    assert!(matches!(error, KeyFileError::OtherKind { .. }));
    assert!(told.contains("ssh-keygen -t ed25519"), "{told}");
}

#[test]
fn what_is_no_key_is_refused_and_not_repeated() {
    let damaged = PLAIN.replacen("AAAA", "AAAB", 1);
    for text in ["", "hello", &damaged, &PLAIN[..100], &"x".repeat(100_000)] {
        let (error, told) = refusal(text);
        assert!(
            matches!(
                error,
                KeyFileError::NotAKey { .. } | KeyFileError::NotReadable { .. }
            ),
            "{told}"
        );
        assert!(told.len() < 100, "{told}");
    }
}

#[test]
fn a_key_that_is_not_there_is_not_made_by_reading() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("key");
    assert!(matches!(read(&path), Err(KeyFileError::NotReadable { .. })));
    assert!(!path.exists());
    let nowhere = Path::new("/dev/null/key");
    assert!(read_or_make(nowhere).is_err());
}

#[cfg(unix)]
fn open_to_others(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).expect("a file of the test");
}

#[cfg(unix)]
#[test]
fn a_key_that_others_can_read_is_refused_with_what_to_do() {
    let (_directory, path) = file(PLAIN);
    open_to_others(&path);
    for refused in [read(&path), read_or_make(&path)] {
        let told = refused.unwrap_err().to_string();
        let expected = format!(
            "the key {path} is open to others (mode 0644): if nobody else has it, run chmod 600 {path}",
            path = path.display()
        );
        assert_eq!(told, expected);
    }
}

#[cfg(unix)]
#[test]
fn a_public_half_is_read_with_any_mode_and_a_private_one_only_with_its_own() {
    let (_directory, path) = file(PLAIN_PUBLIC);
    open_to_others(&path);
    let half = read_half(&path).unwrap();
    assert!(matches!(half, KeyFile::Public(_)));
    assert_eq!(fingerprint(&half.public_key()), PLAIN_FINGERPRINT.trim());
    let (_directory, path) = file(PLAIN);
    let whole = read_half(&path).unwrap();
    assert!(matches!(whole, KeyFile::Private(_)));
    assert_eq!(whole.public_key(), half.public_key());
    open_to_others(&path);
    let refused = read_half(&path).unwrap_err();
    assert!(matches!(refused, KeyFileError::OpenToOthers { .. }), "{refused}");
}

#[test]
fn a_public_half_is_no_private_key() {
    let (error, told) = refusal(PLAIN_PUBLIC);
    assert!(matches!(error, KeyFileError::NotAKey { .. }), "{told}");
}

#[test]
fn a_public_half_of_another_kind_or_a_damaged_one_is_refused() {
    let (_directory, path) = file(OTHER_KIND_PUBLIC);
    let refused = read_half(&path).unwrap_err();
    assert!(matches!(refused, KeyFileError::OtherKind { .. }), "{refused}");
    for damaged in [&PLAIN_PUBLIC[..40], "ssh-ed25519", "ssh-ed25519 AAAA", ""] {
        let (_directory, path) = file(damaged);
        let refused = read_half(&path).unwrap_err();
        assert!(matches!(refused, KeyFileError::NotAKey { .. }), "{refused}");
    }
}
