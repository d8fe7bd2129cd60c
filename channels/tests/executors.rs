//! The same code on every executor: tasks that wait for each other in both directions, for each flavour.

#![cfg(not(channels_loom))]

mod support;

use std::future::Future;
use std::pin::Pin;
use std::sync::{OnceLock, mpsc as std_mpsc};
use std::thread;

use channels::{broadcast, mpmc, mpsc, oneshot, watch};
use embassy_executor::SendSpawner;
use futures_lite::StreamExt;

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Starts a task on the executor at hand.
type Spawn = fn(Task);

const TASKS: u64 = 3;
const VALUES: u64 = 50;

/// What [`TASKS`] tasks send in all, if each sends 1 to [`VALUES`].
const SUM: u64 = TASKS * VALUES * (VALUES + 1) / 2;

async fn every_flavour(spawn: Spawn) {
    mpsc_unbounded(spawn).await;
    mpsc_bounded(spawn).await;
    mpmc_unbounded(spawn).await;
    mpmc_bounded(spawn).await;
    oneshot(spawn).await;
    broadcast_lossless(spawn).await;
    broadcast_bounded(spawn).await;
    broadcast_overwriting(spawn).await;
    watching(spawn).await;
}

async fn mpsc_unbounded(spawn: Spawn) {
    let (sender, mut receiver) = mpsc::channel();
    let (done_sender, mut done) = mpsc::channel();
    for _ in 0..TASKS {
        let (sender, done) = (sender.clone(), done_sender.clone());
        spawn(Box::pin(async move {
            (1..=VALUES).for_each(|number| sender.send(number).expect("the receiver is there"));
            sender.closed().await;
            done.send(()).expect("the test waits");
        }));
    }
    drop((sender, done_sender));
    let mut sum = receiver.recv().await.expect("the tasks send");
    let mut buffer = Vec::new();
    while sum + buffer.iter().sum::<u64>() < SUM / 2 {
        receiver.recv_many(&mut buffer, 10).await;
    }
    sum += buffer.iter().sum::<u64>();
    while sum < SUM {
        sum += receiver.next().await.expect("there is more");
    }
    assert_eq!(sum, SUM);
    drop(receiver);
    assert_eq!((&mut done).count().await as u64, TASKS);
}

async fn mpsc_bounded(spawn: Spawn) {
    let (sender, mut receiver) = mpsc::bounded(2);
    let (done_sender, mut done) = mpsc::bounded(1);
    for _ in 0..TASKS {
        let (sender, done) = (sender.clone(), done_sender.clone());
        spawn(Box::pin(async move {
            for number in 1..=VALUES {
                sender.send(number).await.expect("the receiver is there");
            }
            sender.closed().await;
            done.send(()).await.expect("the test waits");
        }));
    }
    drop((sender, done_sender));
    let mut sum = receiver.recv().await.expect("the tasks send");
    let mut buffer = Vec::new();
    while sum + buffer.iter().sum::<u64>() < SUM / 2 {
        receiver.recv_many(&mut buffer, 10).await;
    }
    sum += buffer.iter().sum::<u64>();
    while sum < SUM {
        sum += receiver.next().await.expect("there is more");
    }
    assert_eq!(sum, SUM);
    drop(receiver);
    assert_eq!((&mut done).count().await as u64, TASKS);
}

async fn mpmc_unbounded(spawn: Spawn) {
    let (sender, receiver) = mpmc::channel();
    let (done_sender, done) = mpmc::channel();
    for _ in 0..TASKS {
        let (mut receiver, done) = (receiver.clone(), done_sender.clone());
        spawn(Box::pin(async move {
            let mut buffer = Vec::new();
            receiver.recv_many(&mut buffer, 10).await;
            buffer.extend(receiver.recv().await);
            let sum = (&mut receiver).fold(buffer.iter().sum(), |sum, number| sum + number);
            done.send(sum.await).expect("the test waits");
        }));
    }
    drop((receiver, done_sender));
    for _ in 0..TASKS {
        (1..=VALUES).for_each(|number| sender.send(number).expect("the tasks receive"));
    }
    drop(sender);
    assert_eq!(done.fold(0, |sum, number: u64| sum + number).await, SUM);
}

async fn mpmc_bounded(spawn: Spawn) {
    for capacity in [0, 2] {
        let (sender, receiver) = mpmc::bounded(capacity);
        let (done_sender, done) = mpmc::bounded(1);
        for _ in 0..TASKS {
            let (sender, receiver, done) = (sender.clone(), receiver.clone(), done_sender.clone());
            spawn(Box::pin(async move {
                for number in 1..=VALUES {
                    sender.send(number).await.expect("the tasks receive");
                }
            }));
            spawn(Box::pin(async move {
                let mut sum = 0;
                while let Some(number) = receiver.recv().await {
                    sum += number;
                }
                done.send(sum).await.expect("the test waits");
            }));
        }
        drop((sender, receiver, done_sender));
        assert_eq!(done.fold(0, |sum, number: u64| sum + number).await, SUM);
    }
}

async fn oneshot(spawn: Spawn) {
    let (sender, receiver) = oneshot::channel();
    let (mut waiting, refused) = oneshot::channel::<u64>();
    let (done_sender, done) = oneshot::channel();
    spawn(Box::pin(async move {
        sender.send(1).expect("the receiver is there");
        waiting.closed().await;
        done_sender.send(()).expect("the test waits");
    }));
    assert_eq!(receiver.await, Ok(1));
    drop(refused);
    assert_eq!(done.await, Ok(()));
}

async fn broadcast_lossless(spawn: Spawn) {
    let (sender, receiver) = broadcast::channel();
    let (done_sender, mut done) = broadcast::channel();
    for _ in 0..TASKS {
        let (mut receiver, done) = (receiver.clone(), done_sender.clone());
        spawn(Box::pin(async move {
            let mut buffer = vec![receiver.recv().await.expect("the test sends")];
            receiver.recv_many(&mut buffer, 10).await;
            let sum = receiver
                .fold(buffer.iter().sum(), |sum, number| sum + number)
                .await;
            done.send(sum).expect("the test waits");
        }));
    }
    drop((receiver, done_sender));
    (1..=VALUES).for_each(|number| sender.send(number).expect("the tasks listen"));
    drop(sender);
    assert_eq!((&mut done).fold(0, |sum, number: u64| sum + number).await, SUM);
}

async fn broadcast_bounded(spawn: Spawn) {
    let (sender, receiver) = broadcast::bounded(2);
    let (done_sender, mut done) = broadcast::bounded(1);
    for _ in 0..TASKS {
        let (receiver, done) = (receiver.clone(), done_sender.clone());
        spawn(Box::pin(async move {
            let sum = receiver.fold(0, |sum, number| sum + number).await;
            done.send(sum).await.expect("the test waits");
        }));
    }
    drop((receiver, done_sender));
    for number in 1..=VALUES {
        sender.send(number).await.expect("the tasks listen");
    }
    drop(sender);
    assert_eq!((&mut done).fold(0, |sum, number: u64| sum + number).await, SUM);
}

async fn broadcast_overwriting(spawn: Spawn) {
    let (sender, receiver) = broadcast::overwriting(4);
    let (done_sender, mut done) = broadcast::overwriting(4);
    for _ in 0..TASKS {
        let (receiver, done) = (receiver.clone(), done_sender.clone());
        spawn(Box::pin(async move {
            let seen = receiver
                .fold(0, |seen, item| seen + item.map_or_else(|lagged| lagged.0, |()| 1))
                .await;
            done.send(seen).expect("the test waits");
        }));
    }
    drop((receiver, done_sender));
    (0..VALUES).for_each(|_| sender.send(()).expect("the tasks listen"));
    drop(sender);
    for _ in 0..TASKS {
        assert_eq!(
            done.recv().await,
            Ok(VALUES),
            "each message is received or counted as missed"
        );
    }
}

async fn watching(spawn: Spawn) {
    let (sender, receiver) = watch::channel(0);
    let (done_sender, mut done) = mpsc::channel();
    for _ in 0..TASKS {
        let (mut receiver, done) = (receiver.clone(), done_sender.clone());
        spawn(Box::pin(async move {
            let newest = receiver.wait_for(|number| *number == VALUES).await;
            done.send(*newest.expect("the last value stays"))
                .expect("the test waits");
            receiver.changed().await.expect_err("the sender is dropped");
            done.send(0).expect("the test waits");
        }));
    }
    drop((receiver, done_sender));
    (1..=VALUES).for_each(|number| sender.send(number));
    for _ in 0..TASKS {
        assert_eq!(done.recv().await, Some(VALUES));
    }
    drop(sender);
    assert_eq!((&mut done).count().await as u64, TASKS);
}

#[test]
fn runs_on_smol() {
    smol::block_on(every_flavour(|task| smol::spawn(task).detach()));
}

#[test]
fn runs_on_async_std() {
    async_std::task::block_on(every_flavour(|task| drop(async_std::task::spawn(task))));
}

#[test]
fn runs_on_tokio_with_threads() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    runtime.block_on(every_flavour(|task| drop(tokio::spawn(task))));
}

#[test]
fn runs_on_tokio_in_one_thread() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(every_flavour(|task| drop(tokio::spawn(task))));
}

#[test]
fn runs_on_futures_executor() {
    futures_executor::block_on(every_flavour(|task| {
        drop(thread::spawn(|| futures_executor::block_on(task)));
    }));
}

#[test]
fn runs_on_pollster() {
    pollster::block_on(every_flavour(|task| {
        drop(thread::spawn(|| pollster::block_on(task)))
    }));
}

#[test]
fn runs_on_a_hand_written_block_on() {
    support::block_on(every_flavour(|task| {
        drop(thread::spawn(|| support::block_on(task)))
    }));
}

#[cfg(feature = "std")]
#[test]
fn runs_on_plain_threads() {
    use channels::blocking::wait;

    wait(every_flavour(|task| drop(thread::spawn(|| wait(task)))));
}

/// One of embassy's tasks, which live in a static pool: the test itself and all that it spawns, as if none ended before.
#[embassy_executor::task(pool_size = 64)]
async fn embassy_task(task: Task) {
    task.await;
}

/// For tasks that spawn tasks.
static EMBASSY: OnceLock<SendSpawner> = OnceLock::new();

fn spawn_on_embassy(task: Task) {
    let spawner = EMBASSY.get().expect("it is set before the executor runs");
    spawner.spawn(embassy_task(task).expect("the pool is large enough"));
}

#[test]
fn runs_on_embassy() {
    let (report, reported) = std_mpsc::channel();
    // Its executor never ends, and neither does the thread.
    thread::spawn(|| {
        let executor = Box::leak(Box::new(embassy_executor::Executor::new()));
        executor.run(|spawner| {
            EMBASSY.set(spawner.make_send()).ok().expect("it is set once");
            spawn_on_embassy(Box::pin(async move {
                every_flavour(spawn_on_embassy).await;
                report.send(()).expect("the test waits");
            }));
        });
    });
    // A panic of a task ends the thread, and the report with it.
    assert_eq!(reported.recv(), Ok(()));
}
