//! The exercise's shape: a broadcast for each room, two tasks for each connection, lines of JSON, a write for each line.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use ::tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use ::tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use ::tokio::net::{TcpListener, TcpStream};
use ::tokio::sync::broadcast::error::RecvError;
use ::tokio::sync::broadcast::{self, Receiver, Sender};
use serde_json::{Value, json};

use super::super::Trouble;
use super::announce;

/// Messages of a room that are kept for those who are behind; who is further behind loses some.
const ROOM_MESSAGES_MAX: usize = 1024;

/// A message on its way through a room.
#[derive(Clone, Debug)]
struct Line {
    from: String,
    text: String,
}

type Rooms = Arc<Mutex<HashMap<String, Sender<Line>>>>;

/// Serves for ever.
pub(super) fn serve(listen: SocketAddr) -> Result<(), Trouble> {
    let runtime = ::tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_io()
        .build()?;
    let rooms = Rooms::default();
    runtime.block_on(async {
        let listener = TcpListener::bind(listen).await?;
        announce(listener.local_addr()?)?;
        loop {
            let (stream, _) = listener.accept().await?;
            // A connection that fails concerns nobody else.
            ::tokio::spawn(serve_peer(stream, Arc::clone(&rooms)));
        }
    })
}

async fn serve_peer(stream: TcpStream, rooms: Rooms) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    let Some(join) = lines.next_line().await? else {
        return Ok(());
    };
    let room = {
        let mut rooms = rooms.lock().unwrap_or_else(PoisonError::into_inner);
        let name = serde_json::from_str::<Value>(&join)?["join"].to_string();
        let new_room = || broadcast::channel(ROOM_MESSAGES_MAX).0;
        rooms.entry(name).or_insert_with(new_room).clone()
    };
    let told = room.subscribe();
    writer.write_all(format!("{join}\n").as_bytes()).await?;
    let outgoing = ::tokio::spawn(handle_outgoing(writer, told));
    let incoming = handle_incoming(lines, room).await;
    outgoing.abort();
    incoming
}

async fn handle_incoming(mut lines: Lines<BufReader<OwnedReadHalf>>, room: Sender<Line>) -> io::Result<()> {
    while let Some(line) = lines.next_line().await? {
        let line: Value = serde_json::from_str(&line)?;
        let word = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        // It fails only if nobody listens.
        let _ = room.send(Line {
            from: word("from"),
            text: word("text"),
        });
    }
    Ok(())
}

async fn handle_outgoing(mut writer: OwnedWriteHalf, mut told: Receiver<Line>) -> io::Result<()> {
    loop {
        match told.recv().await {
            Ok(Line { from, text }) => {
                let mut line = json!({ "from": from, "text": text }).to_string();
                line.push('\n');
                writer.write_all(line.as_bytes()).await?;
            }
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return Ok(()),
        }
    }
}
