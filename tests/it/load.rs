//! The load tool: each scenario, tiny, against each kind of server; and its program.
//!
//! Nothing here looks at how long anything took: only at whether everything was delivered, and everything reported.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{self, Command, Output};

use chat_tests::load::arguments::{Arguments, Command as LoadCommand};
use chat_tests::load::verify::{Lines, verify};
use chat_tests::load::{Host, Kind, Measuring, Report, Run, compare};
use chat_tests::{Program, TestServer};
use clap::Parser;
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_chat-load");

/// Long enough for a few messages.
const BRIEFLY: [&str; 4] = ["--seconds", "0.1", "--warm-up", "0.02"];

fn host() -> Host {
    Host {
        program: PathBuf::from(PROGRAM),
        // Other tests run at the same time.
        cores: None,
        running: None,
        on_disk: None,
    }
}

fn parsed(words: &[&str]) -> (LoadCommand, Measuring) {
    let words = [&["chat-load"], words, &BRIEFLY].concat();
    let arguments = Arguments::try_parse_from(words).expect("the words make sense");
    (arguments.command, arguments.choices.measuring)
}

/// What this scenario finds about a server of this kind.
fn reported(kind: Kind, host: &Host, words: &[&str]) -> Report {
    let (command, measuring) = parsed(words);
    let LoadCommand::Run(scenario) = command else {
        panic!("a scenario was asked for");
    };
    let run = Run {
        host,
        kind,
        measuring: &measuring,
        progress: &|_| (),
    };
    let report = scenario.run(&run);
    report.unwrap_or_else(|trouble| panic!("{words:?} against {kind:?}: {trouble}"))
}

/// The scenario runs against each kind of server, nothing is lost, and these figures are told.
fn assert_runs(words: &[&str], figures: &[&str]) {
    for kind in Kind::ALL {
        let report = reported(kind, &host(), words);
        assert!(report.is_faultless(), "{}", report.to_table());
        for name in figures {
            let figure = report.figure(name);
            assert!(
                figure.is_some_and(f64::is_finite),
                "{name}: {}",
                report.to_table()
            );
        }
    }
}

/// What every scenario tells in which somebody talks.
const OF_DELIVERIES: [&str; 5] = ["deliveries_per_second", "p50_us", "p99_us", "p999_us", "lost"];

#[test]
fn a_large_room_hears_everything_from_each_kind_of_server() {
    assert_runs(
        &["fanout", "--members", "10", "--senders", "3", "--in-flight", "4"],
        &OF_DELIVERIES,
    );
    assert_runs(
        &["fanout", "--members", "10", "--shallow", "--pause-us", "100"],
        &["cpu_s_per_million", "lost"],
    );
}

#[test]
fn small_rooms_hear_everything_from_each_kind_of_server() {
    assert_runs(&["rooms", "--rooms", "3", "--members", "4"], &OF_DELIVERIES);
}

#[test]
fn those_who_talk_at_a_steady_rate_are_heard_by_each_kind_of_server() {
    assert_runs(&["echo", "--rate", "500"], &OF_DELIVERIES);
    assert_runs(&["latency", "--members", "10", "--rate", "2000"], &OF_DELIVERIES);
}

#[test]
fn a_silent_crowd_stays_with_each_kind_of_server() {
    let figures = [
        "rss_kib_per_connection",
        "idle_cpu_ms_per_second",
        "cpu_us_per_connection",
    ];
    assert_runs(&["idle", "--connections", "10", "--members", "5"], &figures);
}

#[test]
fn what_tls_adds_to_a_silent_crowd_is_told_beside_what_it_costs_without() {
    let words = ["idle", "--connections", "10", "--members", "5", "--tls"];
    let report = reported(Kind::Chat, &host(), &words);
    for [of_tls, with, without] in [
        [
            "rss_of_tls_kib_per_connection",
            "rss_kib_per_connection",
            "rss_without_tls_kib_per_connection",
        ],
        [
            "cpu_of_tls_us_per_connection",
            "cpu_us_per_connection",
            "cpu_without_tls_us_per_connection",
        ],
    ] {
        let figure = |name| report.figure(name).unwrap_or_else(|| panic!("{name} is told"));
        assert_eq!(figure(of_tls), figure(with) - figure(without));
    }
    // A server that runs already has used for one crowd what the next one needs.
    let server = TestServer::start();
    let aimed = Host {
        running: Some((server.address(), Some(process::id()))),
        ..host()
    };
    let report = reported(Kind::Chat, &aimed, &words);
    assert!(report.figure("rss_kib_per_connection").is_some());
    assert_eq!(report.figure("rss_of_tls_kib_per_connection"), None);
    server.stop();
}

#[test]
fn whoever_talks_under_tls_is_heard_by_all() {
    let scenarios: [&[&str]; 5] = [
        &["fanout", "--members", "10", "--senders", "3", "--tls"],
        &["echo", "--rate", "500", "--tls"],
        &["storm", "--connections", "25", "--members", "10", "--tls"],
        // The server that comes next has another key.
        &["herd", "--connections", "10", "--members", "5", "--tls"],
        &[
            "slow",
            "--members",
            "10",
            "--sleep",
            "0.1",
            "--pairs",
            "1",
            "--tls",
        ],
    ];
    for words in scenarios {
        let report = reported(Kind::Chat, &host(), words);
        assert!(report.is_faultless(), "{}", report.to_table());
        assert!(report.settings.contains(&("tls", true.into())), "{words:?}");
    }
}

#[test]
fn nobody_is_told_of_tls_who_was_spoken_to_in_the_clear() {
    for words in [
        ["echo", "--tls", "--target", "epoll"],
        ["million", "--tls", "--messages", "1"],
    ] {
        let (code, output, errors) = chat_load(&[&words[..], &["--no-pin"]].concat());
        assert_eq!((code, output.as_str()), (Some(1), ""), "{words:?}");
        assert_eq!(errors.lines().count(), 1, "{errors}");
    }
}

#[test]
fn a_storm_of_newcomers_passes_over_each_kind_of_server() {
    // The last room is not full.
    let words = ["storm", "--connections", "25", "--members", "10"];
    assert_runs(
        &words,
        &["cpu_us_per_connection", "connections_per_second", "p99_us"],
    );
}

#[test]
fn a_herd_comes_back_to_each_kind_of_server() {
    assert_runs(
        &["herd", "--connections", "10", "--members", "5"],
        &["all_back_ms", "p99_us"],
    );
}

#[test]
fn a_long_history_is_joined_read_searched_and_prolonged() {
    let words = ["million", "--messages", "2500", "--times", "3"];
    let report = reported(Kind::Chat, &host(), &words);
    for figure in [
        "join_p50_us",
        "last_50_p99_us",
        "middle_page_p50_us",
        "search_one_p50_us",
        "stored_p50_us",
        "sync_p50_us",
    ] {
        assert!(report.figure(figure).is_some_and(f64::is_finite), "{figure}");
    }
}

#[test]
fn a_sleeper_catches_up_with_each_kind_of_server() {
    let words = [
        "slow",
        "--members",
        "10",
        "--rate",
        "100",
        "--sleep",
        "0.1",
        "--pairs",
        "1",
    ];
    assert_runs(
        &words,
        &[
            "p50_ratio",
            "p99_ratio",
            "greatest_stall_ms",
            "rss_growth_kib",
            "lost",
        ],
    );
}

#[test]
fn a_conversation_outlives_an_attack() {
    let words = [
        "attack",
        "--members",
        "4",
        "--time",
        "1",
        "--tricklers",
        "50",
        "--openers",
        "10",
        "--openings",
        "200",
        "--babblers",
        "5",
        "--deaf",
        "2",
        "--pairs",
        "1",
    ];
    let report = reported(Kind::Chat, &host(), &words);
    assert!(report.is_faultless());
    for figure in [
        "p99_ratio",
        "p99_without_us",
        "rss_growth_kib",
        "rss_of_attack_kib",
    ] {
        assert!(report.figure(figure).is_some_and(f64::is_finite), "{figure}");
    }
    assert!(
        report
            .figure("attempts_per_second")
            .is_some_and(|tried| tried > 0.0)
    );
}

#[test]
fn a_comparison_has_the_figures_of_all_kinds_and_their_ratios() {
    let (command, measuring) = parsed(&["compare", "--rounds", "2", "fanout", "--members", "10"]);
    let LoadCommand::Compare { rounds, scenario } = command else {
        panic!("a comparison was asked for");
    };
    let host = host();
    let run = Run {
        host: &host,
        kind: Kind::Chat,
        measuring: &measuring,
        progress: &|_| (),
    };
    let comparison = compare(&run, &scenario, rounds).unwrap();
    assert!(comparison.is_faultless(), "{}", comparison.to_table());
    let order: Vec<Kind> = comparison.reports().iter().map(|report| report.kind).collect();
    assert_eq!(order, [Kind::ALL, Kind::ALL].concat(), "they take turns");
    let found: Value = serde_json::from_str(&comparison.to_json()).unwrap();
    let rate = &found["figures"]["deliveries_per_second"];
    for cell in ["chat", "tokio", "epoll", "chat_to_epoll", "tokio_to_epoll"] {
        assert!(rate[cell].is_f64(), "{cell}: {found}");
    }
}

#[test]
fn the_load_can_be_aimed_at_a_server_that_runs_already() {
    let server = TestServer::start();
    let aimed = |process| Host {
        running: Some((server.address(), process)),
        on_disk: None,
        ..host()
    };
    let words = ["fanout", "--members", "5"];
    let report = reported(Kind::Chat, &aimed(None), &words);
    assert!(report.is_faultless(), "{}", report.to_table());
    assert_eq!(
        report.figure("cpu_s_per_million"),
        None,
        "nobody knows the process"
    );
    // And again, with what was said before in the server's memory.
    let report = reported(Kind::Chat, &aimed(Some(process::id())), &words);
    assert!(report.is_faultless(), "{}", report.to_table());
    assert!(report.figure("cpu_s_per_million").is_some());
    server.stop();
}

/// The program's exit code and output.
fn chat_load(words: &[&str]) -> (Option<i32>, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(PROGRAM).args(words).output().expect("it can be run");
    let text = |bytes| String::from_utf8(bytes).expect("it writes text");
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn the_program_prints_one_json_object_for_each_result() {
    let words = [&["fanout", "--members", "5", "--no-pin", "--json"], &BRIEFLY[..]].concat();
    let (code, output, errors) = chat_load(&words);
    assert_eq!(code, Some(0), "{errors}");
    assert_eq!(output.lines().count(), 1);
    let report: Value = serde_json::from_str(&output).unwrap();
    assert_eq!(
        (&report["scenario"], &report["members"]),
        (&"fanout".into(), &5.into())
    );

    let words = [
        "compare",
        "--rounds",
        "1",
        "fanout",
        "--members",
        "5",
        "--no-pin",
        "--json",
    ];
    let (code, output, errors) = chat_load(&[&words[..], &BRIEFLY].concat());
    assert_eq!(code, Some(0), "{errors}");
    assert_eq!(
        output.lines().count(),
        4,
        "a run of each kind, and the comparison"
    );
}

#[test]
fn the_program_says_in_one_line_why_it_cannot_measure() {
    let nobody = SocketAddr::from(([127, 0, 0, 1], 1)).to_string();
    let (code, _, errors) = chat_load(&["echo", "--no-pin", "--server", &nobody]);
    assert_eq!(code, Some(1));
    assert_eq!(errors.lines().count(), 1, "{errors}");
    let (code, _, _) = chat_load(&["fanout", "--text-bytes", "3"]);
    assert_eq!(code, Some(2));
}

#[test]
fn the_program_finds_planted_faults_in_journals() {
    let folder = std::env::temp_dir().join(format!("chat-load-{}", process::id()));
    fs::create_dir_all(&folder).unwrap();
    let file = |name: &str, seqs: &[u64]| {
        let line = |seq: &u64| {
            format!(
                "{{\"event\":\"said\",\"room\":\"lobby\",\"seq\":{seq},\"id\":\"{seq:032x}\",\
                 \"from\":\"ann\",\"at\":1,\"kind\":0,\"text\":\"line {seq}\"}}\n"
            )
        };
        let path = folder.join(name);
        fs::write(&path, seqs.iter().map(line).collect::<String>()).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let log = file("log", &[1, 2, 3, 4]);
    let good = file("good", &[1, 2, 3, 4]);
    let check = |journal: &str| chat_load(&["verify", "--log", &log, &good, journal]);
    assert_eq!(check(&good), (Some(0), String::new(), String::new()));
    let planted: [(&str, &[u64], usize); 4] = [
        ("dropped", &[1, 2, 4], 1),
        ("cut", &[1, 2, 3], 1),
        ("doubled", &[1, 2, 2, 3, 4], 1),
        ("swapped", &[1, 3, 2, 4], 2),
    ];
    for (name, seqs, count) in planted {
        let (code, findings, _) = check(&file(name, seqs));
        assert_eq!(code, Some(1), "{name}");
        assert_eq!(findings.lines().count(), count, "{findings}");
        assert!(findings.lines().all(|line| line.contains(name)), "{findings}");
    }
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn what_a_real_client_writes_is_a_journal() {
    let server = TestServer::start();
    let mut client = Program::client(server.address(), &["ann", "--json"]);
    for line in ["one", "two", "three"] {
        client.write_line(&format!(
            "{{\"do\":\"say\",\"room\":\"lobby\",\"text\":\"{line}\"}}"
        ));
    }
    let mut journal = Vec::new();
    while lines_of(&journal, "said").len() < 3 || lines_of(&journal, "stored").len() < 3 {
        journal.push(client.line());
    }
    // What she was shown of her own lines is all that was said: it serves as the log.
    let log = lines_of(&journal, "said");
    let findings = |log: &[&str]| {
        let (log, journal) = (log.join("\n"), journal.join("\n"));
        let file = |name, text| Lines { name, text };
        verify(file("log", &log), false, &[file("ann", &journal)])
    };
    assert_eq!(findings(&log), []);
    // Without the last one, she was shown what is not there, and told that it is stored.
    assert_eq!(findings(&log[..2]).len(), 2);
    server.stop();
}

fn lines_of<'a>(journal: &'a [String], event: &str) -> Vec<&'a str> {
    let name = format!("\"event\":\"{event}\"");
    let lines = journal.iter().map(String::as_str);
    lines.filter(|line| line.contains(&name)).collect()
}
