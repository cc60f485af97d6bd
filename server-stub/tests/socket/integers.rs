//! Integers that a page's numbers do not hold.

use fader_server::session::Config;
use fader_server::{LiveGroup, MessageLimits, Method, NoError, PushError, Server, ServerBuilder};
use fader_server::{PublishError, StreamMethod, Topic, TopicHandler};

use crate::client::{Client, serve, until};

macro_rules! contract {
    ($name:ident: $trait:ident, $text:literal { $($item:item)* }) => {
        struct $name;
        impl $trait for $name {
            const NAME: &'static str = $text;
            $($item)*
        }
    };
}

contract!(Echo: Method, "echo" { type Params = u64; type Reply = u64; type Error = NoError; });
contract!(Count: StreamMethod, "count" { type Params = u64; type Item = u64; type Error = NoError; });
contract!(Ids: Topic, "ids" { type Event = u64; type Member = u64; });
contract!(Area: LiveGroup, "area" { type Model = Sides; type Result = u64; });

#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct Sides {
    width: u64,
}

/// 2^53 + 1, which JavaScript reads as 2^53.
const LARGE: u64 = 9_007_199_254_740_993;
const WHY: &str = "has the integer 9007199254740993, which a page reads as 9007199254740992: \
                   send it as a string";

fn builder() -> ServerBuilder {
    Server::builder()
        .method::<Echo>(async |_, number| Ok(number))
        .stream::<Count>(async |_, from, items| {
            let _ = items.send(from).await;
            Ok(())
        })
        .topic(TopicHandler::<Ids>::new(async |_| Ok(LARGE)))
        .live::<Area>(async |_, sides| Ok(sides.width + 1))
}

#[tokio::test]
async fn an_integer_that_a_page_would_read_as_another_is_refused_with_the_recipe() {
    let (addr, server) = serve(builder()).await;
    let mut client = Client::open(addr).await;
    client.say(&format!(r#"[[10,1,"echo",{LARGE}],[30,2,"count",9,{LARGE}]]"#)).await;
    client.say(r#"[[40,1,"ids",{"presence":true}]]"#).await;
    client.say(r#"[[20,1,"area",1,1,1,1,{"width":9007199254740992}]]"#).await;
    let refused = [r#"[12,1,"#, r#"[12,2,"#, r#"[45,1,"#, r#"[22,1,1,1,"#];
    let heard = until(&mut client, &refused).await;
    for what in ["answer", "item"] {
        assert!(heard.contains(&format!("the {what} {WHY}")), "{heard}");
    }
    assert_eq!(heard.matches(WHY).count(), 4, "{heard}");

    let error = server.publish::<Ids>(&LARGE).unwrap_err();
    assert!(matches!(&error, PublishError::TooLarge(why) if why.contains(WHY)), "{error}");
    let error = server.push::<Area>(&Sides { width: LARGE }).unwrap_err();
    assert!(matches!(&error, PushError::Value { why, .. } if why.contains(WHY)), "{error}");

    // What JavaScript's numbers hold travels as ever.
    client.say(&format!(r#"[[10,3,"echo",{}]]"#, LARGE + 1)).await;
    until(&mut client, &["[11,3,9007199254740994]"]).await;
}

#[tokio::test]
async fn a_server_whose_clients_read_integers_exactly_may_send_them() {
    let sends = MessageLimits { inexact_integers: true, ..MessageLimits::of_client() };
    let (addr, server) = serve(builder().config(Config { sends, ..Config::default() })).await;
    let mut client = Client::open(addr).await;
    client.say(&format!(r#"[[10,1,"echo",{LARGE}],[30,2,"count",9,{LARGE}]]"#)).await;
    until(&mut client, &["[11,1,9007199254740993]", "[32,2,9007199254740993]"]).await;
    server.publish::<Ids>(&LARGE).unwrap();
    server.push::<Area>(&Sides { width: LARGE }).unwrap();
}
