//! The server that the tests of the npm package talk to: files, and `/fader`.
//!
//! It says on its standard output where it listens, and then `ran <id>` for each
//! [`Run`]. It ends in order when its standard input is closed.

mod contract;

use std::future::IntoFuture as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderValue, header};
use clap::Parser;
use fader_server::{
    Bytes, Drain, HandlerError, ItemSender, MethodContext, Position, Principal, Server,
    TopicConfig, TopicContext, TopicHandler,
};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

use contract::{
    Area, Cancelled, Countdown, Counted, CountedDown, Counts, Echo, Fail, Files, Person, Product,
    Reached, Reverse, Room, Run, Sent, Slow, Sum, Task, Tick, Ticks, TooSmall,
};

/// The strictest policy under which the package works.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; \
    script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'";
/// The same, for pages that have their script in them.
const WITH_SCRIPTS_IN_PAGES: &str = "default-src 'none'; \
    script-src 'self' 'wasm-unsafe-eval' 'unsafe-inline'; connect-src 'self'";

#[derive(Debug, Parser)]
struct Args {
    /// The address to listen at; port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    addr: String,
    /// The folder to serve. Without one, the contract is printed as TypeScript.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Let only clients in that give `{"token":…}` with this token as credentials.
    #[arg(long)]
    token: Option<String>,
    /// Let pages have their script in them.
    #[arg(long)]
    inline_scripts: bool,
    /// Let pages of this origin in, and no others.
    #[arg(long)]
    allow_origin: Option<String>,
    /// Count on each so many milliseconds.
    #[arg(long, default_value_t = 20)]
    count_ms: u64,
}

/// How many of the last counts are kept for those who come back.
const KEPT_COUNTS: usize = 100;
/// When clients shall come back after the server went away, and over how long they spread.
const AFTER: Duration = Duration::from_millis(200);
const SPREAD: Duration = Duration::from_millis(200);

#[derive(Default)]
struct Counters {
    begun: AtomicU64,
    cancelled: AtomicU64,
    items: AtomicU64,
    streams_ended: AtomicU64,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let Some(dir) = args.dir else {
        write!(std::io::stdout(), "{}", contract::typescript())?;
        return Ok(());
    };
    let counters = Arc::new(Counters::default());
    let (slow, cancelled) = (counters.clone(), counters.clone());
    let (countdown, counted_down) = (counters.clone(), counters);
    let (counts, counted) = watch::channel(None);
    let wanted = args.token.map(|token| format!("{{\"token\":\"{token}\"}}"));
    let builder = match args.allow_origin {
        Some(origin) => Server::builder().allow_origins([origin]),
        None => Server::builder(),
    };
    let server = builder
        .authenticate(move |given| {
            let is_known = wanted.is_none() || given == wanted;
            async move { if is_known { Ok(Principal::new("page")) } else { Err("a wrong token") } }
        })
        // Node sends no origin.
        .allow_missing_origin(true)
        .method::<Sum>(async |_, terms| Ok(terms.a + terms.b))
        .method::<Echo>(async |_, value| Ok(value))
        .method::<Reverse>(async |_, Bytes(mut bytes)| {
            bytes.reverse();
            Ok(Bytes(bytes))
        })
        .method::<Slow>(move |_: MethodContext, ms| {
            let begun = slow.begun.fetch_add(1, Ordering::Relaxed) + 1;
            let call = Call(Some(slow.clone()));
            async move {
                tokio::time::sleep(Duration::from_millis(ms)).await;
                call.finish();
                Ok(begun)
            }
        })
        .method::<Cancelled>(move |_: MethodContext, ()| {
            let count = cancelled.cancelled.load(Ordering::Relaxed);
            async move { Ok(count) }
        })
        .method::<Fail>(async |_, ()| Err(TooSmall { min: 3 }))
        .method::<Run>(async |_, Task { id, ms }| {
            say(format_args!("ran {id}"));
            tokio::time::sleep(Duration::from_millis(ms)).await;
            Ok(id)
        })
        .method::<Counted>(move |_: MethodContext, ()| {
            let position = counted.borrow().clone();
            async move { Ok(position) }
        })
        .topic(
            TopicHandler::<Counts>::public()
                .keep(TopicConfig { events: KEPT_COUNTS, ..TopicConfig::default() }),
        )
        .topic(TopicHandler::<Ticks>::public().publish(async |_, tick: Tick| {
            if tick.price < 0.0 {
                return Err(HandlerError::new("too-cheap", "a price must not be negative"));
            }
            Ok(tick)
        }))
        .stream::<Countdown>(move |_: MethodContext, from, items: ItemSender<i64>| {
            let stream = Stream(countdown.clone());
            async move {
                if from < 0 {
                    return Err(TooSmall { min: 0 });
                }
                for number in (0..=from).rev() {
                    if items.send(number).await.is_err() {
                        break;
                    }
                    stream.0.items.fetch_add(1, Ordering::Relaxed);
                }
                Ok(())
            }
        })
        .method::<CountedDown>(move |_: MethodContext, ()| {
            let items = counted_down.items.load(Ordering::Relaxed);
            let ended = counted_down.streams_ended.load(Ordering::Relaxed);
            async move { Ok(Sent { items, ended }) }
        })
        .topic(
            TopicHandler::<Room>::new(async |context: TopicContext| {
                Ok(Person { name: format!("guest {}", &context.session()[..4]) })
            })
            .publish(async |_, said| Ok(said)),
        )
        .topic(TopicHandler::<Files>::public().publish(async |_, file| Ok(file)))
        .live::<Area>(async |_, sides| {
            if sides.width < 0.0 {
                return Err(HandlerError::new("too-narrow", "width must not be negative"));
            }
            Ok(Product { area: sides.width * sides.height })
        })
        .build()?;
    tokio::spawn(count(server.clone(), counts, Duration::from_millis(args.count_ms)));
    let policy = if args.inline_scripts { WITH_SCRIPTS_IN_PAGES } else { CONTENT_SECURITY_POLICY };
    let policy = HeaderValue::from_static(policy);
    let app = Router::new()
        .fallback_service(ServeDir::new(&dir))
        .layer(SetResponseHeaderLayer::overriding(header::CONTENT_SECURITY_POLICY, policy))
        .route("/fader", server.route());
    let listener = TcpListener::bind(&args.addr).await?;
    say(format_args!("http://{}/", listener.local_addr()?));
    tokio::select! {
        served = axum::serve(listener, app).into_future() => served?,
        () = end_of_input() => {}
    }
    server.drain(Drain { after: AFTER, spread: SPREAD }).await;
    Ok(())
}

async fn end_of_input() {
    let _ = tokio::io::copy(&mut tokio::io::stdin(), &mut tokio::io::sink()).await;
}

/// Says it to the tests, if they still listen.
fn say(line: std::fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

async fn count(server: Server, counts: watch::Sender<Option<Reached>>, every: Duration) {
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    for n in 1.. {
        ticks.tick().await;
        if let Ok(Position { epoch, offset }) = server.publish::<Counts>(&n) {
            counts.send_replace(Some(Reached { epoch, offset }));
        }
    }
}

/// A call of [`Slow`]; the future of one that is cancelled is dropped.
struct Call(Option<Arc<Counters>>);

impl Call {
    fn finish(mut self) {
        self.0 = None;
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if let Some(counters) = &self.0 {
            counters.cancelled.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A call of [`Countdown`]; the future of one that is cancelled is dropped.
struct Stream(Arc<Counters>);

impl Drop for Stream {
    fn drop(&mut self) {
        self.0.streams_ended.fetch_add(1, Ordering::Relaxed);
    }
}
