//! The demo's server: the page, the equaliser that it drags, and a small example
//! of everything else.

mod chat;
mod countdown;
mod equaliser;
mod hosts;
mod log;
mod page;
mod shutdown;
mod ticks;

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use fader_demo_contract::{Addends, Countdown, Eq, Presets, SharedEq, Sum, Ticks, presets};
use fader_server::{Drain, LiveOptions, Server, TopicHandler};
use hosts::Hosts;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

/// Serves the Fader demo: the page, and the server that it talks to.
#[derive(Debug, Parser)]
struct Args {
    /// The address to listen at; port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:8080")]
    addr: String,
    /// The folder of the built page.
    #[arg(long, default_value = "dist")]
    dir: PathBuf,
    #[command(flatten)]
    hosts: Hosts,
}

/// When clients shall come back after the server went away: soon, for it is
/// being restarted, but not all at once.
const AFTER: Duration = Duration::from_millis(500);
const SPREAD: Duration = Duration::from_millis(500);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let log = log::init(filter)?;
    let served = serve(args).await;
    log.finish();
    served
}

async fn serve(args: Args) -> anyhow::Result<()> {
    let shared = LiveOptions { keep_pushed: true, ..LiveOptions::default() };
    let addr = &args.addr;
    let listener = TcpListener::bind(addr).await.with_context(|| {
        format!("cannot listen at {addr}: choose another address with --addr IP:PORT")
    })?;
    let addr = listener.local_addr()?;
    args.hosts.check(addr)?;
    let server = args
        .hosts
        .apply(Server::builder())
        .live::<Eq>(equaliser::respond)
        .live_with::<SharedEq>(shared, equaliser::respond_to_all)
        .method::<Presets>(async |_, ()| Ok(presets()))
        .method::<Sum>(async |_, Addends { a, b }| Ok(a + b))
        .stream::<Countdown>(countdown::count)
        .topic(TopicHandler::<Ticks>::public())
        .topic(chat::options())
        .build()?;
    tokio::spawn(ticks::publish(server.clone()));
    if !args.dir.join("index.html").is_file() {
        tracing::warn!(dir = %args.dir.display(), "there is no page in --dir, only /fader is served");
    }
    let app = page::router(&args.dir).route("/fader", server.route());

    let requested = shutdown::requested()?;
    if let Err(error) = writeln!(std::io::stdout(), "Fader demo: http://{addr}/") {
        tracing::warn!(%error, %addr, "serving, which could not be printed");
    }

    tokio::select! {
        served = axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>())
            .into_future() => served?,
        () = requested => {}
    }
    // Nobody is accepted any more. Who is connected is sent off.
    tracing::info!("going away");
    server.drain(Drain { after: AFTER, spread: SPREAD }).await;
    Ok(())
}
