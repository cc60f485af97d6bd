//! Handlers that compute for long, for many clients.

use std::time::{Duration, Instant};

use fader_server::{HandlerError, LiveContext, LiveGroup, LiveOptions, Server};
use tokio::sync::mpsc;

use crate::client::{Client, serve, soon, until};

/// Works for so many milliseconds.
struct Heavy;

#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct Work {
    ms: u64,
}

impl LiveGroup for Heavy {
    const NAME: &'static str = "heavy";
    type Model = Work;
    type Result = u64;
}

async fn heavy(context: LiveContext, Work { ms }: Work) -> Result<u64, HandlerError> {
    let work = move |cancelled: &fader_server::CancellationToken| {
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(ms) && !cancelled.is_cancelled() {
            std::hint::spin_loop();
        }
        ms
    };
    Ok(context.blocking(work).await?)
}

fn live(group: u64, seq: u64, phase: u8, ms: u64) -> String {
    format!(r#"[[20,{group},"heavy",1,{seq},{phase},null,{{"ms":{ms}}}]]"#)
}

/// The times in an acknowledgement: of waiting and of work.
fn times(message: &str) -> (Duration, Duration) {
    let fields: Vec<_> = message.trim_start_matches("[[").split(',').collect();
    assert_eq!(fields[0], "21", "{message}");
    let micros = |field: &str| Duration::from_micros(field.parse().unwrap());
    (micros(fields[4]), micros(fields[5]))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nine_clients_of_a_heavy_handler_do_not_keep_a_light_one_waiting() {
    let builder = Server::builder().blocking_threads(1).live::<Heavy>(heavy);
    let (addr, _server) = serve(builder).await;
    let mut others = Vec::new();
    for _ in 0..9 {
        let mut client = Client::open(addr).await;
        for group in 1..=60 {
            client.say(&live(group, 1, 0, 20)).await;
        }
        others.push(client);
    }
    let mut light = Client::open(addr).await;
    let mut longest = Duration::ZERO;
    for seq in 1..=20 {
        light.say(&live(1, seq, 0, 0)).await;
        let (waited, _) = times(&light.hear().await);
        longest = longest.max(waited);
    }
    // All before it would be 10 s.
    assert!(longest < Duration::from_secs(2), "{longest:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_for_a_turn_is_told_as_waiting_and_not_as_work() {
    let builder = Server::builder().blocking_threads(1).live::<Heavy>(heavy);
    let (addr, _server) = serve(builder).await;
    let mut client = Client::open(addr).await;
    // Both in one message; whichever comes first, the other waits for all of its work.
    let both = format!("{},{}", live(1, 1, 0, 600), live(2, 1, 0, 600));
    client.say(&both.replace("]],[[", "],[")).await;
    let text = until(&mut client, &["[21,1,", "[21,2,"]).await;
    let of = |group: &str| times(&format!("[{}", &text[text.find(group).unwrap()..]));
    let later = of("[21,1,").max(of("[21,2,"));
    assert!(later.0 >= Duration::from_millis(500), "{later:?}");
    assert!(later.1 >= Duration::from_millis(600), "{later:?}");
    assert!(later.1 < Duration::from_millis(1100), "{later:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_call_leaves_the_queue_at_once_and_waiting_is_no_time_limit() {
    let options = LiveOptions { time_limit: Duration::from_secs(2), ..Default::default() };
    let builder = Server::builder().blocking_threads(1).live_with::<Heavy>(options, heavy);
    let (addr, _server) = serve(builder).await;
    let (mut busy, mut client) = (Client::open(addr).await, Client::open(addr).await);
    for group in 1..=4 {
        busy.say(&live(group, 1, 0, 700)).await;
    }
    busy.hear().await;
    // A preview waits and is cancelled by the commit, which is then the only one to wait.
    client.say(&live(1, 1, 0, 5)).await;
    client.say(&live(1, 2, 1, 6)).await;
    let ack = client.hear().await;
    assert!(ack.ends_with(",6]]"), "{ack}");
    // The last of the busy one's waited for longer than it may work.
    for _ in 2..=4 {
        let ack = busy.hear().await;
        assert!(ack.ends_with(",700]]"), "{ack}");
    }
}

#[tokio::test]
async fn only_so_many_calls_of_a_limited_handler_are_at_work() {
    let (begin, mut begun) = mpsc::unbounded_channel();
    let options = LiveOptions { concurrency: Some(2), ..LiveOptions::default() };
    let handler = move |context: LiveContext, Work { ms }: Work| {
        let begin = begin.clone();
        async move {
            begin.send(ms).unwrap();
            context.cancellation().cancelled().await;
            Ok::<_, HandlerError>(ms)
        }
    };
    let (addr, _server) = serve(Server::builder().live_with::<Heavy>(options, handler)).await;
    let mut client = Client::open(addr).await;
    for group in 1..=3 {
        client.say(&live(group, 1, 0, group)).await;
    }
    assert_eq!((soon(begun.recv()).await, soon(begun.recv()).await), (Some(1), Some(2)));
    client.say("[[2,1]]").await;
    assert_eq!(client.hear().await, "[[3,1]]");
    assert!(begun.try_recv().is_err());
    client.say("[[15,1]]").await;
    assert_eq!(soon(begun.recv()).await, Some(3));
}
