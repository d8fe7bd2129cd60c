use super::*;

const ALICES: PublicKey = PublicKey([1; 32]);
const BOBS: PublicKey = PublicKey([2; 32]);

struct Folder {
    _directory: tempfile::TempDir,
    path: PathBuf,
    known: KnownServers,
}

fn folder() -> Folder {
    let directory = tempfile::tempdir().expect("a directory for the test");
    let path = directory.path().join("a/known_servers");
    Folder {
        known: KnownServers::at(&path),
        path,
        _directory: directory,
    }
}

/// A file that says this.
fn file(text: &str) -> Folder {
    let folder = folder();
    fs::create_dir(folder.path.parent().unwrap()).unwrap();
    fs::write(&folder.path, text).unwrap();
    folder
}

fn name(text: &str) -> ServerName {
    ServerName::parse(text).unwrap()
}

#[test]
fn a_server_is_known_by_its_first_key_from_then_on() {
    let Folder { known, .. } = &folder();
    assert_eq!(known.key_of("h:1").unwrap(), None);
    assert_eq!(known.add("h:1", ALICES).unwrap(), ALICES);
    assert_eq!(known.add("h:1", BOBS).unwrap(), ALICES);
    assert_eq!(known.key_of("H:1").unwrap(), Some(ALICES));
    assert_eq!(known.key_of("h:2").unwrap(), None);
}

#[test]
fn comments_and_what_people_wrote_are_kept() {
    let mine = format!("# the one at work\n\n  h:1   {ALICES}");
    let Folder { known, path, .. } = &file(&mine);
    known.add("h:2", BOBS).unwrap();
    known.add("h:3", BOBS).unwrap();
    known.name("h:3", &name("three")).unwrap();
    known.forget("h:2").unwrap();
    let text = fs::read_to_string(path).unwrap();
    let rest = text.strip_prefix(&format!("{mine}\nh:3 {BOBS} ")).unwrap();
    assert!(rest.ends_with(" three\n"), "{rest}");
    assert_eq!(known.key_of("h:1").unwrap(), Some(ALICES));
}

#[test]
fn a_line_that_can_not_be_read_is_told_and_not_passed_over() {
    for line in [
        "h:1".to_owned(),
        "h:1 key".into(),
        "h:1 SHA256:abc 17".into(),
        format!("h:1 {ALICES} yesterday"),
        format!("h:1 {ALICES} 17 two words"),
        format!("h:1 {ALICES} 17 a:b"),
    ] {
        let Folder { known, .. } = &file(&format!("# one\n{line}\n"));
        let error = known.key_of("h:1").unwrap_err().to_string();
        assert!(error.starts_with("line 2 of "), "{error}");
        assert!(known.add("h:1", BOBS).is_err() && known.forget("h:1").is_err());
    }
}

#[test]
fn servers_that_are_added_at_once_are_all_kept() {
    let Folder { path, known, .. } = &folder();
    std::thread::scope(|scope| {
        for port in 0..16 {
            scope.spawn(move || KnownServers::at(path).add(&format!("h:{port}"), ALICES).unwrap());
        }
    });
    for port in 0..16 {
        let key = known.key_of(&format!("h:{port}")).unwrap();
        assert_eq!(key, Some(ALICES), "{port}");
    }
    let named = known
        .list()
        .unwrap()
        .into_iter()
        .filter(|server| server.name.is_some());
    assert_eq!(named.count(), 1, "only one can be h");
}

#[test]
fn a_server_is_found_by_the_first_label_of_its_host_that_is_free() {
    let Folder { known, .. } = &folder();
    for (address, expected) in [
        ("Chat.example.org:8000", Some("chat")),
        ("chat.example.net:8000", None),
        ("127.0.0.1:8000", None),
        ("[::1]:8000", None),
        ("localhost:8000", Some("localhost")),
    ] {
        known.add(address, ALICES).unwrap();
        let server = known.find(address).unwrap();
        assert_eq!(
            server.name.map(|name| name.to_string()).as_deref(),
            expected,
            "{address}"
        );
    }
    assert_eq!(known.find("CHAT").unwrap().address, "chat.example.org:8000");
}

#[test]
fn a_server_can_be_given_another_short_name_that_no_other_one_has() {
    let Folder { known, .. } = &folder();
    known.add("chat.example.org:8000", ALICES).unwrap();
    known.add("127.0.0.1:8000", BOBS).unwrap();
    let named = known.name("chat", &name("Work")).unwrap();
    assert_eq!(
        (named.address.as_str(), named.key),
        ("chat.example.org:8000", ALICES)
    );
    assert_eq!(known.find("work").unwrap(), named);
    assert!(known.find("chat").is_err(), "it has one name");
    known.name("work", &name("work")).unwrap();
    let error = known
        .name("127.0.0.1:8000", &name("work"))
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "work is chat.example.org:8000 already: give that one another name, or forget it"
    );
    known.name("127.0.0.1:8000", &name("home")).unwrap();
    assert_eq!(known.list().unwrap().len(), 2);
}

#[test]
fn a_server_that_is_forgotten_is_met_anew() {
    let line = format!("h:1 {ALICES}\nH:1 {BOBS}\nk:1 {BOBS}\n");
    let Folder { known, .. } = &file(&line);
    assert_eq!(known.forget("h:1").unwrap().key, ALICES);
    assert_eq!(known.key_of("h:1").unwrap(), None, "also what stood there twice");
    assert_eq!(known.add("h:1", BOBS).unwrap(), BOBS);
    assert_eq!(known.forget("h").unwrap().key, BOBS, "by its short name");
    assert_eq!(known.list().unwrap().len(), 1);
}

#[test]
fn who_is_not_known_is_told_of_who_may_be_meant() {
    let Folder { known, .. } = &folder();
    assert_eq!(
        known.find("work").unwrap_err().to_string(),
        "you have met no server called work; `chat-client servers` lists those that you have met; one that you have not met is written as work:8000"
    );
    known.add("work.example.org:8000", ALICES).unwrap();
    for mistyped in ["wrok", "work.example.org:800", "works"] {
        let error = known.forget(mistyped).unwrap_err().to_string();
        assert!(error.contains("; did you mean work"), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn the_file_and_its_lock_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let Folder { known, path, .. } = &folder();
    known.add("h:1", ALICES).unwrap();
    let entries = fs::read_dir(path.parent().unwrap()).unwrap();
    let modes: Vec<u32> = entries
        .map(|entry| entry.unwrap().metadata().unwrap().permissions().mode() & 0o777)
        .collect();
    assert_eq!(modes, [0o600, 0o600]);
}
