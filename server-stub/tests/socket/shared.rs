//! Values from elsewhere, between real connections.

use std::collections::BTreeMap;

use fader_server::session::Config;
use fader_server::{LiveContext, LiveGroup, LiveOptions, MessageLimits, PushError, Server};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::task::yield_now;

use crate::client::{Client, serve};
use crate::handlers::{Area, Sides, live, without_times};

const OPEN: &str = r#"{"width":1,"height":1}"#;

/// Opens group 1 and waits for its first answer.
async fn open_group(client: &mut Client) {
    client.say(&live(1, 0, OPEN)).await;
    assert_eq!(without_times(&client.hear().await), "[[21,1,1,1,1.0]]");
}

#[tokio::test]
async fn one_moves_a_slider_and_it_moves_for_the_other() {
    let builder = Server::builder().live::<Area>(async |context: LiveContext, sides: Sides| {
        context.push_to_others(&sides)?;
        Ok(sides.width * sides.height)
    });
    let (addr, _server) = serve(builder).await;
    let mut one = Client::open(addr).await;
    let mut other = Client::open(addr).await;
    open_group(&mut one).await;
    open_group(&mut other).await;

    one.say(&live(2, 0, r#"{"width":3}"#)).await;
    assert_eq!(without_times(&one.hear().await), "[[21,1,1,2,3.0]]");
    assert_eq!(other.hear().await, r#"[[25,1,1,1,{"width":3.0}]]"#);
    other.say(&live(2, 0, "{}")).await;
    assert_eq!(without_times(&other.hear().await), "[[21,1,1,2,3.0]]");

    // The call for that result told nobody anything.
    other.say(&live(3, 1, r#"{"height":2}"#)).await;
    assert_eq!(without_times(&other.hear().await), "[[21,1,1,3,6.0]]");
    assert_eq!(one.hear().await, r#"[[25,1,1,2,{"height":2.0}]]"#);

    // Who has left, and who has not opened the group, are no hindrance.
    drop(other);
    let mut stranger = Client::open(addr).await;
    one.say(&live(3, 1, r#"{"height":3}"#)).await;
    assert_eq!(without_times(&one.hear().await), "[[21,1,1,3,9.0]]");
    stranger.say("[[2,1]]").await;
    assert_eq!(stranger.hear().await, "[[3,1]]");
}

/// The values from elsewhere that a client is told after its first patch. The
/// answer to that comes before or after.
async fn told(client: &mut Client) -> String {
    let (mut pushed, mut answered) = (None, false);
    while pushed.is_none() || !answered {
        let frames: Vec<Box<RawValue>> = serde_json::from_str(&client.hear().await).unwrap();
        for frame in frames {
            answered |= frame.get().starts_with("[21,");
            pushed = pushed.or(Some(frame.to_string()).filter(|frame| frame.starts_with("[25,")));
        }
    }
    pushed.unwrap()
}

#[tokio::test]
async fn who_comes_later_starts_with_the_values_that_the_others_have() {
    let options = LiveOptions { keep_pushed: true, ..LiveOptions::default() };
    let handler = async |context: LiveContext, sides: Sides| {
        context.push_to_others(&sides)?;
        Ok(sides.width * sides.height)
    };
    let (addr, _server) = serve(Server::builder().live_with::<Area>(options, handler)).await;
    let mut one = Client::open(addr).await;
    let mut other = Client::open(addr).await;
    // The first page's values are everybody's, until somebody moves something.
    one.say(&live(1, 0, r#"{"width":5,"height":6}"#)).await;
    assert_eq!(without_times(&one.hear().await), "[[21,1,1,1,30.0]]");
    other.say(&live(1, 0, OPEN)).await;
    assert_eq!(told(&mut other).await, r#"[25,1,1,1,{"height":6.0,"width":5.0}]"#);
    other.say(&live(2, 1, r#"{"width":7}"#)).await;
    assert!(without_times(&other.hear().await).ends_with(",42.0]]"));
    assert_eq!(one.hear().await, r#"[[25,1,1,1,{"width":7.0}]]"#);

    // As does another group of the same page.
    one.say("[[23,1]]").await;
    one.say(&live(1, 0, OPEN).replace("[[20,1,", "[[20,2,")).await;
    assert_eq!(told(&mut one).await, r#"[25,2,1,1,{"height":6.0,"width":7.0}]"#);
}

#[tokio::test]
async fn the_server_itself_moves_a_slider() {
    let builder =
        Server::builder().live::<Area>(async |_, sides: Sides| Ok(sides.width * sides.height));
    let (addr, server) = serve(builder).await;
    server.push::<Area>(&Sides { width: 9.0, height: 9.0 }).unwrap();
    let mut clients = [Client::open(addr).await, Client::open(addr).await];
    for client in &mut clients {
        open_group(client).await;
    }
    server.push::<Area>(&BTreeMap::from([("height", 4)])).unwrap();
    for client in &mut clients {
        assert_eq!(client.hear().await, r#"[[25,1,1,1,{"height":4}]]"#);
        client.say(&live(2, 0, "{}")).await;
        assert_eq!(without_times(&client.hear().await), "[[21,1,1,2,4.0]]");
    }
}

#[tokio::test]
async fn a_slider_that_moves_while_a_page_is_away_has_moved_when_it_is_back() {
    let builder =
        Server::builder().live::<Area>(async |_, sides: Sides| Ok(sides.width * sides.height));
    let (addr, server) = serve(builder).await;
    let (mut client, welcome) = Client::begin(addr).await;
    open_group(&mut client).await;
    drop(client);
    server.push::<Area>(&BTreeMap::from([("height", 4)])).unwrap();
    let (mut client, again, _) = Client::greet(addr, &welcome.hello(0)).await;
    assert!(again.resumed);
    client.say(&format!(r#"[[20,1,"area",2,1,0,null,{OPEN}]]"#)).await;
    assert_eq!(client.hear().await, r#"[[25,1,2,1,{"height":4}]]"#);
    assert_eq!(without_times(&client.hear().await), "[[21,1,2,1,4.0]]");
}

struct Nobody;

impl LiveGroup for Nobody {
    const NAME: &'static str = "nobody";
    type Model = Sides;
    type Result = f64;
}

#[tokio::test]
async fn what_is_no_value_of_the_model_is_a_clear_error() {
    let builder = Server::builder().live::<Area>(async |context: LiveContext, sides: Sides| {
        context.push_to_others(&BTreeMap::from([("depth", sides.width)]))?;
        Ok(1.0)
    });
    let (addr, server) = serve(builder).await;
    let mut client = Client::open(addr).await;
    client.say(&live(1, 0, OPEN)).await;
    let error = r#"[[22,1,1,1,"internal","the handler broke down",null]]"#;
    assert_eq!(without_times(&client.hear().await), error);

    let error = |result: Result<(), PushError>| result.unwrap_err().to_string();
    let values = |key: &'static str| BTreeMap::from([(key, f64::NAN)]);
    assert_eq!(error(server.push::<Area>(&values("depth"))), r#"the model has no key "depth""#);
    let nan = error(server.push::<Area>(&values("width")));
    assert!(nan.starts_with(r#"the model does not take the value of "width": "#), "{nan}");
    let number = error(server.push::<Area>(&1));
    assert_eq!(number, "the values do not serialize to an object");
    let unknown = error(server.push::<Nobody>(&Sides { width: 1.0, height: 1.0 }));
    assert_eq!(unknown, r#"no live group is registered under the name "nobody""#);
    client.say("[[2,1]]").await;
    assert_eq!(client.hear().await, "[[3,1]]", "nothing of it was sent");
}

struct Notes;

#[derive(Clone, Serialize, Deserialize)]
struct Page {
    number: u32,
    text: String,
}

impl LiveGroup for Notes {
    const NAME: &'static str = "notes";
    type Model = Page;
    type Result = ();
}

#[tokio::test]
async fn a_client_that_reads_slowly_is_told_the_newest_values() {
    let accepts = MessageLimits { message_bytes: 600_000, ..MessageLimits::default() };
    let builder = Server::builder()
        .live::<Notes>(async |_, _: Page| Ok(()))
        .config(Config { accepts, ..Config::default() })
        .queue_bytes(1024 * 1024);
    let (addr, server) = serve(builder).await;
    let mut client = Client::open(addr).await;
    client.say(r#"[[20,1,"notes",1,1,0,null,{"number":0,"text":""}]]"#).await;
    assert_eq!(without_times(&client.hear().await), "[[21,1,1,1,null]]");
    // More than the kernel's buffers and the queue hold.
    for number in 1..=50 {
        server.push::<Notes>(&Page { number, text: number.to_string().repeat(250_000) }).unwrap();
        // The connection has something to do, and does it.
        for _ in 0..20 {
            yield_now().await;
        }
    }
    while !client.hear().await.contains(r#""number":50"#) {}
    // Nothing is left to say.
    client.say("[[2,1]]").await;
    assert_eq!(client.hear().await, "[[3,1]]");
}

#[tokio::test]
async fn a_handler_that_has_returned_is_not_heard_any_more() {
    let (kept, mut keep) = tokio::sync::mpsc::unbounded_channel();
    let builder = Server::builder().live::<Area>(move |context: LiveContext, _: Sides| {
        kept.send(context).unwrap();
        async { Ok(1.0) }
    });
    let (addr, _server) = serve(builder).await;
    let mut clients = [Client::open(addr).await, Client::open(addr).await];
    for client in &mut clients {
        open_group(client).await;
        client.say(&live(2, 0, r#"{"width":2}"#)).await;
        client.hear().await;
    }
    while let Ok(context) = keep.try_recv() {
        context.partial(&5.0).unwrap();
        context.push_to_others(&Sides { width: 5.0, height: 5.0 }).unwrap();
    }
    for client in &mut clients {
        client.say("[[2,1]]").await;
        assert_eq!(client.hear().await, "[[3,1]]");
    }
}
