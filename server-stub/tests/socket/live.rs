use std::sync::Arc;
use std::time::Duration;

use fader_server::{LiveContext, LiveGroup, LiveOptions, Method, NoError, PartialError, Server};
use tokio::sync::{Notify, mpsc};
use tokio::task::yield_now;

use crate::client::{Client, serve, soon};
use crate::handlers::{Area, Sides, live, signal_when_dropped, without_times};

#[tokio::test]
async fn a_coarse_result_arrives_while_the_handler_works() {
    let done = Arc::new(Notify::new());
    let wait = Arc::clone(&done);
    let builder = Server::builder().live::<Area>(move |context: LiveContext, _: Sides| {
        let wait = Arc::clone(&wait);
        async move {
            context.partial(&1.5)?;
            wait.notified().await;
            context.partial(&1.75)?;
            Ok(2.0)
        }
    });
    let (addr, _server) = serve(builder).await;
    let mut client = Client::open(addr).await;
    client.say(&live(1, 0, r#"{"width":1,"height":2}"#)).await;
    assert_eq!(client.hear().await, "[[24,1,1,1,1.5]]");
    done.notify_one();
    assert_eq!(without_times(&client.hear().await), "[[21,1,1,1,2.0]]", "instead of the 1.75");
}

#[tokio::test]
async fn a_coarse_result_that_cannot_be_one_is_an_error() {
    let builder = Server::builder().live::<Area>(async |context: LiveContext, sides: Sides| {
        match sides.width {
            1.0 => context.partial(&f64::NAN)?,
            2.0 => context.partial(&"two")?,
            _ => {
                let error = context.partial(&1_u32).unwrap_err();
                assert!(matches!(error, PartialError::Type { .. }));
                assert_eq!(error.to_string(), "a coarse result must be of type f64, not u32");
            }
        }
        Ok(0.0)
    });
    let (addr, _server) = serve(builder).await;
    let mut client = Client::open(addr).await;
    for (seq, width) in [(1, 1), (2, 2)] {
        client.say(&live(seq, 0, &format!(r#"{{"width":{width},"height":2}}"#))).await;
        let error = format!(r#"[[22,1,1,{seq},"internal","the handler broke down",null]]"#);
        assert_eq!(without_times(&client.hear().await), error);
    }
    client.say(&live(3, 0, r#"{"width":3}"#)).await;
    assert_eq!(without_times(&client.hear().await), "[[21,1,1,3,0.0]]");
}

#[tokio::test]
async fn a_handler_that_does_not_return_is_given_up_and_the_group_goes_on() {
    let (started, mut start) = mpsc::unbounded_channel();
    let (ended, mut end) = mpsc::unbounded_channel();
    let options = LiveOptions { time_limit: Duration::from_millis(50), ..LiveOptions::default() };
    let builder =
        Server::builder().live_with::<Area>(options, move |context: LiveContext, sides: Sides| {
            let guard = signal_when_dropped(ended.clone());
            let started = started.clone();
            async move {
                let _guard = guard;
                started.send(context.cancellation()).unwrap();
                if sides.width > 1.0 {
                    std::future::pending::<()>().await;
                }
                Ok(sides.width)
            }
        });
    let (addr, _server) = serve(builder).await;
    let mut client = Client::open(addr).await;
    // A commit too.
    for (seq, phase) in [(1, 0), (2, 1)] {
        client.say(&live(seq, phase, r#"{"width":2,"height":2}"#)).await;
        let error = without_times(&client.hear().await);
        let told = format!(r#"[[22,1,1,{seq},"timed-out","the handler was given up after "#);
        assert!(error.starts_with(&told), "{error}");
        assert!(error.ends_with(r#" ms: it may take 50ms",null]]"#), "{error}");
        assert!(soon(start.recv()).await.unwrap().is_cancelled());
        soon(end.recv()).await.unwrap();
    }
    client.say(&live(3, 0, r#"{"width":1}"#)).await;
    assert_eq!(without_times(&client.hear().await), "[[21,1,1,3,1.0]]");
    assert!(!soon(start.recv()).await.unwrap().is_cancelled());
}

#[tokio::test]
async fn a_preview_that_takes_too_long_makes_way_for_a_newer_one_if_asked_to() {
    let options =
        LiveOptions { preempt_after: Some(Duration::from_millis(1)), ..LiveOptions::default() };
    let builder =
        Server::builder().live_with::<Area>(options, async |context: LiveContext, sides: Sides| {
            if sides.width > 1.0 {
                context.cancellation().cancelled().await;
            }
            Ok(sides.width)
        });
    let (addr, _server) = serve(builder).await;
    let mut client = Client::open(addr).await;
    client.say(&live(1, 0, r#"{"width":2,"height":2}"#)).await;
    client.say(&live(2, 0, r#"{"width":1}"#)).await;
    assert_eq!(without_times(&client.hear().await), "[[21,1,1,2,1.0]]");
}

struct Picture;

impl LiveGroup for Picture {
    const NAME: &'static str = "picture";
    type Model = Sides;
    type Result = String;
}

#[tokio::test]
async fn a_client_that_reads_slowly_is_sent_few_coarse_results_and_the_answer() {
    let all_said = Arc::new(Notify::new());
    let told = Arc::clone(&all_said);
    let builder = Server::builder().live::<Picture>(move |context: LiveContext, _: Sides| {
        let told = Arc::clone(&told);
        async move {
            // More than the kernel's buffers and the queue hold.
            for i in 0..50 {
                context.partial(&format!("{i}{}", " ".repeat(500_000)))?;
                // The connection has something to do, and does it.
                for _ in 0..20 {
                    yield_now().await;
                }
            }
            told.notify_one();
            Ok("done".into())
        }
    });
    let (addr, _server) = serve(builder.queue_bytes(1024 * 1024)).await;
    let mut client = Client::open(addr).await;
    client.say(r#"[[20,1,"picture",1,1,0,null,{"width":1,"height":2}]]"#).await;
    soon(all_said.notified()).await;
    let mut coarse = 0;
    let answer = loop {
        let message = client.hear().await;
        match message.starts_with("[[24,") {
            true => coarse += 1,
            false => break message,
        }
    };
    assert_eq!(without_times(&answer), r#"[[21,1,1,1,"done"]]"#);
    assert!(0 < coarse && coarse < 50, "{coarse}");
}

struct Ratio;

impl Method for Ratio {
    const NAME: &'static str = "ratio";
    type Params = (f64, f64);
    type Reply = f64;
    type Error = NoError;
}

#[tokio::test]
async fn a_result_that_is_no_number_is_an_error_and_the_group_goes_on() {
    let builder = Server::builder()
        .live::<Area>(async |_, sides: Sides| Ok(sides.width / sides.height))
        .method::<Ratio>(async |_, (a, b): (f64, f64)| Ok(a / b));
    let (addr, _server) = serve(builder).await;
    let mut client = Client::open(addr).await;
    let error = r#""internal","the answer could not be written",null]]"#;
    for (seq, width) in [(1, 0), (2, 1)] {
        client.say(&live(seq, 0, &format!(r#"{{"width":{width},"height":0}}"#))).await;
        assert_eq!(without_times(&client.hear().await), format!("[[22,1,1,{seq},{error}"));
    }
    client.say(&live(3, 0, r#"{"height":2}"#)).await;
    assert_eq!(without_times(&client.hear().await), "[[21,1,1,3,0.5]]");
    client.say(r#"[[10,1,"ratio",[1,0]]]"#).await;
    assert_eq!(client.hear().await, format!("[[12,1,{error}"));
}

#[tokio::test]
async fn a_model_with_values_of_another_type_is_refused_and_the_group_goes_on() {
    let builder =
        Server::builder().live::<Area>(async |_, sides: Sides| Ok(sides.width * sides.height));
    let (addr, _server) = serve(builder).await;
    let mut client = Client::open(addr).await;
    let bad = [
        r#"{"width":1}"#,
        r#"{"width":1,"height":null}"#,
        r#"{"height":"2"}"#,
        r#"{"height":[2]}"#,
        r#"{"height":1e999}"#,
    ];
    for (seq, patch) in (1..).zip(bad) {
        client.say(&live(seq, 0, patch)).await;
        let error = client.hear().await;
        let expected = format!(r#"[[22,1,1,{seq},"bad-params","#);
        assert!(without_times(&error).starts_with(&expected), "{patch}: {error}");
    }
    client.say(&live(6, 0, r#"{"height":2,"unknown":[null]}"#)).await;
    assert_eq!(without_times(&client.hear().await), "[[21,1,1,6,2.0]]");
}
