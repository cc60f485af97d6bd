use std::sync::Mutex;

use fader_server::{
    HandlerError, LiveContext, Method, MethodContext, NoError, PartialError, Phase, Server, Topic,
    TopicContext, TopicHandler,
};

use crate::client::{Client, serve, until};
use crate::handlers::{Area, Sides, live, without_times};

/// What an app keeps beside its handlers.
#[derive(Default)]
struct App {
    seen: Mutex<Vec<String>>,
}

impl App {
    fn note(&self, what: String) {
        self.seen.lock().unwrap().push(what);
    }
}

/// Says something to everybody, and answers what was seen so far.
struct Say;

impl Method for Say {
    const NAME: &'static str = "say";
    type Params = String;
    type Reply = Vec<String>;
    type Error = NoError;
}

struct News;

impl Topic for News {
    const NAME: &'static str = "news";
    type Event = String;
    type Member = ();
}

async fn say(context: MethodContext<App>, text: String) -> Result<Vec<String>, NoError> {
    context.state().note(format!("say by {:?}", context.principal()));
    context.server().publish::<News>(&text).expect("the topic is there");
    Ok(context.state().seen.lock().unwrap().clone())
}

async fn area(context: LiveContext<App>, sides: Sides) -> Result<f64, HandlerError> {
    context.state().note("area".into());
    context.partial(&0.0)?;
    // An ordinary error, as of a database.
    let factor: f64 = if sides.width < 0.0 { "none".parse()? } else { 1.0 };
    Ok(sides.width * sides.height * factor)
}

async fn subscribe(context: TopicContext<App>) -> Result<(), HandlerError> {
    context.state().note("subscribe".into());
    Ok(())
}

#[tokio::test]
async fn all_handlers_share_the_state_and_reach_the_server() {
    let builder = Server::builder()
        .with_state(App::default())
        .method::<Say>(say)
        .live::<Area>(area)
        .topic(TopicHandler::<News, _>::new(subscribe));
    let (addr, _server) = serve(builder).await;
    let mut client = Client::open(addr).await;
    client.say(r#"[[40,1,"news",{}]]"#).await;
    until(&mut client, &[r#""epoch""#]).await;
    client.say(&live(1, 0, r#"{"width":3,"height":2}"#)).await;
    until(&mut client, &["6.0"]).await;
    client.say(r#"[[10,1,"say","hello"]]"#).await;
    let heard = until(&mut client, &[r#""hello""#, "[11,1,"]).await;
    assert!(heard.contains(r#"[11,1,["subscribe","area","say by \"\""]]"#), "{heard}");
}

#[tokio::test]
async fn an_ordinary_error_of_a_live_handler_is_internal_without_details() {
    let builder = Server::builder().with_state(App::default()).live::<Area>(area);
    let (addr, _server) = serve(builder).await;
    let mut client = Client::open(addr).await;
    client.say(&live(1, 0, r#"{"width":-3,"height":2}"#)).await;
    let mut heard = client.hear().await;
    while heard.starts_with("[[23,") {
        heard = client.hear().await;
    }
    let told = r#"[[22,1,1,1,"internal","the handler broke down",null]]"#;
    assert_eq!(without_times(&heard), told);
}

#[tokio::test]
async fn handlers_can_be_called_by_a_test_of_the_app() {
    let server = Server::builder().topic(TopicHandler::<News>::public()).build().unwrap();
    let context = MethodContext::new(&server, App::default()).as_principal("ann");
    assert_eq!(say(context, "hello".into()).await, Ok(vec![r#"say by "ann""#.into()]));

    let context = LiveContext::new::<Area>(&server, App::default(), Phase::Commit);
    let result = area(context.clone(), Sides { width: 3.0, height: 2.0 }).await;
    assert_eq!(result, Ok(6.0));
    // What it sends ahead is checked as it always is.
    assert!(matches!(context.partial(&"six"), Err(PartialError::Type { .. })));

    let context = TopicContext::new(&server, App::default()).in_session("s1");
    assert_eq!(context.session(), "s1");
    assert_eq!(subscribe(context).await, Ok(()));
}
