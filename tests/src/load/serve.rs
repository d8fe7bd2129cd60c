//! The servers that are measured: ours, and two to measure it by.

mod epoll;
mod tokio;

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use chat_server::config::Config;
use chat_server::pure::crowd::CrowdLimits;
use chat_server::pure::session::SessionLimits;
use chat_server::{Server, stop_signal};
use clap::Args;
use rustix::process::{Resource, Rlimit, Signal, getrlimit, set_parent_process_death_signal, setrlimit};

use super::Trouble;
use super::process::pin_to;
use super::wire::{Kind, listening_line};

/// Which server, and how.
#[derive(Clone, Debug, Args)]
pub struct Serve {
    /// Which server
    #[arg(long, value_enum, default_value_t = Kind::Chat)]
    pub kind: Kind,

    /// Listen here; port 0 lets the machine choose
    #[arg(long, value_name = "ADDR:PORT", default_value_t = SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))]
    pub listen: SocketAddr,

    /// Run on this core alone
    #[arg(long, value_name = "CORE")]
    pub core: Option<usize>,

    /// chat: let in so many
    #[arg(long, value_name = "N", default_value_t = 19_000)]
    pub connections: usize,

    /// chat: keep history in this directory, not in memory
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,

    /// chat: let limits of what comes from one address hold for loopback too
    #[arg(long)]
    pub limit_loopback: bool,

    /// chat: ping a peer that was silent for so long
    #[arg(long, value_name = "MS", default_value_t = SessionLimits::default().ping_interval_ms)]
    pub ping_interval_ms: u32,
}

/// Serves until it is killed, or the process that started it ends.
///
/// # Errors
/// If it cannot listen.
pub fn serve(choices: &Serve) -> Result<(), Trouble> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    if let Some(core) = choices.core {
        pin_to(core)?;
    }
    raise_files_max()?;
    match choices.kind {
        Kind::Chat => serve_chat(choices),
        Kind::Tokio => tokio::serve(choices.listen),
        Kind::Epoll => epoll::serve(choices.listen),
    }
}

fn serve_chat(choices: &Serve) -> Result<(), Trouble> {
    smol::block_on(async {
        let stop = stop_signal()?;
        let server = Server::bind(chat_config(choices)).await?;
        announce(server.local_addr())?;
        server.run(stop).await;
        Ok(())
    })
}

/// Everything that is chosen about our server.
fn chat_config(choices: &Serve) -> Config {
    Config {
        listen: choices.listen,
        connections_max: choices.connections,
        data: choices.data.clone(),
        crowd: CrowdLimits {
            loopback: choices.limit_loopback,
            ..CrowdLimits::default()
        },
        session: SessionLimits {
            ping_interval_ms: choices.ping_interval_ms,
            idle_timeout_ms: choices.ping_interval_ms.saturating_mul(3),
            ..SessionLimits::default()
        },
        ..Config::default()
    }
}

/// Tells whoever started this process where the server listens.
fn announce(address: SocketAddr) -> io::Result<()> {
    let mut output = io::stdout();
    writeln!(output, "{}", listening_line(address))?;
    output.flush()
}

/// As many open files as the machine allows: the default is far below what is measured.
pub(super) fn raise_files_max() -> io::Result<()> {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(
        Resource::Nofile,
        Rlimit {
            current: maximum,
            maximum,
        },
    )?;
    Ok(())
}
