use std::fmt;

use fader_server::{
    Drain, HandlerError, LiveContext, LiveGroup, Method, MethodContext, NoError, Phase, Server,
};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::client::{Client, serve, soon};

pub(crate) struct Echo;

impl Method for Echo {
    const NAME: &'static str = "echo";
    type Params = String;
    type Reply = String;
    type Error = NoError;
}

pub(crate) struct Hang;

impl Method for Hang {
    const NAME: &'static str = "hang";
    type Params = ();
    type Reply = ();
    type Error = NoError;
}

struct Divide;

impl Method for Divide {
    const NAME: &'static str = "divide";
    type Params = (f64, f64);
    type Reply = f64;
    type Error = ByZero;
}

#[derive(Debug, Serialize, Deserialize)]
struct ByZero {
    dividend: f64,
}

impl fmt::Display for ByZero {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cannot be divided by zero", self.dividend)
    }
}

pub(crate) struct Area;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Sides {
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl LiveGroup for Area {
    const NAME: &'static str = "area";
    type Model = Sides;
    type Result = f64;
}

pub(crate) struct Signal(mpsc::UnboundedSender<()>);

impl Drop for Signal {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

pub(crate) fn signal_when_dropped(sender: mpsc::UnboundedSender<()>) -> Signal {
    Signal(sender)
}

pub(crate) fn live(seq: u64, phase: u8, patch: &str) -> String {
    format!(r#"[[20,1,"area",1,{seq},{phase},null,{patch}]]"#)
}

/// A live acknowledgement without its times.
pub(crate) fn without_times(message: &str) -> String {
    let fields: Vec<_> = message.splitn(7, ',').collect();
    [fields[0], fields[1], fields[2], fields[3], fields[6]].join(",")
}

#[tokio::test]
async fn methods_answer_through_the_contract() {
    let builder = Server::builder().method::<Divide>(async |_, (a, b): (f64, f64)| {
        if b == 0.0 { Err(ByZero { dividend: a }) } else { Ok(a / b) }
    });
    let (addr, _server) = serve(builder).await;
    let mut client = Client::open(addr).await;
    client.say(r#"[[10,1,"divide",[3,2]]]"#).await;
    assert_eq!(client.hear().await, "[[11,1,1.5]]");
    client.say(r#"[[10,2,"divide",[3,0]]]"#).await;
    let error = r#"[[12,2,"failed","3 cannot be divided by zero",{"dividend":3.0}]]"#;
    assert_eq!(client.hear().await, error);
    for params in ["null", "[3]", "[3,\"2\"]", "{}"] {
        client.say(&format!(r#"[[10,3,"divide",{params}]]"#)).await;
        let error = client.hear().await;
        assert!(error.starts_with(r#"[[12,3,"bad-params",""#), "{error}");
    }
}

#[tokio::test]
async fn live_groups_answer_through_the_contract() {
    let builder = Server::builder().live::<Area>(async |_, sides: Sides| {
        if sides.width < 0.0 {
            return Err(HandlerError::new("negative", "no side is shorter than nothing"));
        }
        Ok(sides.width * sides.height)
    });
    let (addr, _server) = serve(builder).await;
    let mut client = Client::open(addr).await;
    client.say(&live(1, 0, r#"{"width":3,"height":2}"#)).await;
    assert_eq!(without_times(&client.hear().await), "[[21,1,1,1,6.0]]");
    client.say(&live(2, 0, r#"{"height":5}"#)).await;
    assert_eq!(without_times(&client.hear().await), "[[21,1,1,2,15.0]]");
    client.say(&live(3, 0, r#"{"width":-1}"#)).await;
    let error = r#"[[22,1,1,3,"negative","no side is shorter than nothing",null]]"#;
    assert_eq!(without_times(&client.hear().await), error);
    client.say(&live(4, 0, r#"{"width":null}"#)).await;
    let error = client.hear().await;
    assert!(without_times(&error).starts_with(r#"[[22,1,1,4,"bad-params",""#), "{error}");
}

#[tokio::test]
async fn a_commit_really_stops_the_running_preview() {
    let (started, mut start) = mpsc::unbounded_channel();
    let builder = Server::builder().live::<Area>(move |context: LiveContext, sides: Sides| {
        let started = started.clone();
        async move {
            if context.phase() == Phase::Preview {
                started.send(()).unwrap();
                // Nothing else ends it.
                context.cancellation().cancelled().await;
                return Ok(-1.0);
            }
            Ok::<_, HandlerError>(sides.width * sides.height)
        }
    });
    let (addr, _server) = serve(builder).await;
    let mut client = Client::open(addr).await;
    client.say(&live(1, 0, r#"{"width":3,"height":2}"#)).await;
    soon(start.recv()).await.unwrap();
    client.say(&live(2, 1, r#"{"height":5}"#)).await;
    assert_eq!(without_times(&client.hear().await), "[[21,1,1,2,15.0]]");
}

#[tokio::test]
async fn a_cancelled_request_really_stops() {
    let (ended, mut end) = mpsc::unbounded_channel();
    let (started, mut start) = mpsc::unbounded_channel();
    let builder = Server::builder()
        .method::<Hang>(move |context: MethodContext, ()| {
            let guard = signal_when_dropped(ended.clone());
            let started = started.clone();
            async move {
                let _guard = guard;
                started.send(context.cancellation()).unwrap();
                std::future::pending().await
            }
        })
        .method::<Echo>(async |_, text: String| Ok(text));
    let (addr, _server) = serve(builder).await;
    let mut client = Client::open(addr).await;
    client.say(r#"[[10,1,"hang",null]]"#).await;
    let token = soon(start.recv()).await.unwrap();
    client.say("[[13,1]]").await;
    soon(end.recv()).await.unwrap();
    assert!(token.is_cancelled());
    client.say(r#"[[10,2,"echo","still here"]]"#).await;
    assert_eq!(client.hear().await, r#"[[11,2,"still here"]]"#);
}

#[tokio::test]
async fn all_work_ends_with_the_session() {
    let (ended, mut end) = mpsc::unbounded_channel();
    let (started, mut start) = mpsc::unbounded_channel();
    let (live_ended, live_started) = (ended.clone(), started.clone());
    let builder = Server::builder()
        .method::<Hang>(move |context: MethodContext, ()| {
            let guard = signal_when_dropped(ended.clone());
            let started = started.clone();
            async move {
                let _guard = guard;
                started.send(context.cancellation()).unwrap();
                std::future::pending().await
            }
        })
        .live::<Area>(move |context: LiveContext, _: Sides| {
            let guard = signal_when_dropped(live_ended.clone());
            let started = live_started.clone();
            async move {
                let _guard = guard;
                started.send(context.cancellation()).unwrap();
                std::future::pending().await
            }
        });
    let (addr, server) = serve(builder).await;
    let mut client = Client::open(addr).await;
    client.say(r#"[[10,1,"hang",null],[20,1,"area",1,1,0,null,{"width":1,"height":1}]]"#).await;
    let tokens = [soon(start.recv()).await.unwrap(), soon(start.recv()).await.unwrap()];
    client.close(1000).await;
    soon(end.recv()).await.unwrap();
    soon(end.recv()).await.unwrap();
    assert!(tokens.iter().all(CancellationToken::is_cancelled));
    // Only a session or a connection could hold this up.
    soon(
        server.drain(Drain { after: std::time::Duration::ZERO, spread: std::time::Duration::ZERO }),
    )
    .await;
}

#[tokio::test]
async fn a_panic_is_an_error_without_details_and_the_connection_lives() {
    let builder = Server::builder()
        .method::<Echo>(async |_, text: String| {
            assert_ne!(text, "panic", "a secret");
            Ok(text)
        })
        .method::<Hang>(|_: MethodContext, ()| -> std::future::Ready<Result<(), NoError>> {
            panic!("a secret, before there is a future");
        })
        .live::<Area>(async |_, sides: Sides| {
            assert!(sides.width > 0.0, "a secret");
            Ok(sides.width * sides.height)
        });
    let (addr, _server) = serve(builder).await;
    let mut client = Client::open(addr).await;
    let broke = r#""internal","the handler broke down",null]]"#;
    client.say(r#"[[10,1,"echo","panic"]]"#).await;
    assert_eq!(client.hear().await, format!("[[12,1,{broke}"));
    client.say(r#"[[10,2,"hang",null]]"#).await;
    assert_eq!(client.hear().await, format!("[[12,2,{broke}"));
    client.say(&live(1, 0, r#"{"width":0,"height":2}"#)).await;
    assert_eq!(without_times(&client.hear().await), format!("[[22,1,1,1,{broke}"));
    client.say(&live(2, 0, r#"{"width":3}"#)).await;
    assert_eq!(without_times(&client.hear().await), "[[21,1,1,2,6.0]]");
    client.say(r#"[[10,3,"echo","still here"]]"#).await;
    assert_eq!(client.hear().await, r#"[[11,3,"still here"]]"#);
}
