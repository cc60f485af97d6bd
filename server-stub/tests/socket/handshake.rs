use fader_server::Server;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::http::HeaderValue;

use crate::client::{Client, handshake, serve};

fn status(result: Result<(Client, impl Sized), Error>) -> u16 {
    match result {
        Ok(_) => 101,
        Err(Error::Http(response)) => response.status().as_u16(),
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_page_of_the_own_origin_is_welcome() {
    let (addr, _server) = serve(Server::builder()).await;
    let mut request = handshake(addr);
    let offers = HeaderValue::from_static("fader.9.json, fader.1.json");
    request.headers_mut().insert("sec-websocket-protocol", offers);
    let (mut client, response) = Client::with(request).await.unwrap();
    assert_eq!(response.headers()["sec-websocket-protocol"], "fader.1.json");

    client.say(r#"[[0,{"version":1,"agent":"test"}],[2,1]]"#).await;
    let welcome = client.hear().await;
    let session = welcome.strip_prefix(r#"[[1,{"session":""#).unwrap();
    let (session, secret) = session.split_once(r#"","secret":""#).unwrap();
    let (secret, rest) = secret.split_once('"').unwrap();
    for random in [session, secret] {
        assert!(random.len() == 32 && random.bytes().all(|b| b.is_ascii_hexdigit()), "{random}");
    }
    assert_ne!(session, secret);
    let rest = rest.strip_prefix(r#","resumed":false,"received":0,"heartbeat_ms":25000,"#).unwrap();
    let (limit, rest) = rest.split_once(r#","window":{"id":""#).unwrap();
    assert_eq!(limit, r#""message_bytes":65536"#);
    assert!(rest.ends_with(r#"","ms":600000}}],[3,1]]"#), "{rest}");
}

#[tokio::test]
async fn each_session_has_its_own_id() {
    let (addr, _server) = serve(Server::builder()).await;
    let mut ids = std::collections::BTreeSet::new();
    for _ in 0..8 {
        let (mut client, _) = Client::with(handshake(addr)).await.unwrap();
        client.say(r#"[[0,{"version":1}]]"#).await;
        ids.insert(client.hear().await);
    }
    assert_eq!(ids.len(), 8);
}

#[tokio::test]
async fn who_speaks_another_protocol_is_told() {
    let (addr, _server) = serve(Server::builder()).await;
    let refused = (4406, "this server speaks fader.1.json".to_owned());

    let mut request = handshake(addr);
    request.headers_mut().insert("sec-websocket-protocol", "fader.2.json".parse().unwrap());
    let (mut client, response) = Client::with(request).await.unwrap();
    assert_eq!(response.headers()["sec-websocket-protocol"], "fader.2.json");
    assert_eq!(client.closed().await, refused);

    let mut request = handshake(addr);
    request.headers_mut().remove("sec-websocket-protocol");
    let (mut client, response) = Client::with(request).await.unwrap();
    assert!(!response.headers().contains_key("sec-websocket-protocol"));
    assert_eq!(client.closed().await, refused);
}

#[tokio::test]
async fn pages_of_other_origins_are_refused() {
    let (addr, _server) = serve(Server::builder()).await;
    for origin in ["https://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1.evil"] {
        let mut request = handshake(addr);
        request.headers_mut().insert("origin", origin.parse().unwrap());
        let (mut client, response) = Client::with(request).await.unwrap();
        // Otherwise a browser would not let the page read the reason.
        assert_eq!(response.headers()["sec-websocket-protocol"], "fader.1.json");
        let reason = format!("the page's origin {origin} is not allowed at host {addr}");
        assert_eq!(client.closed().await, (4403, reason));
    }
}

#[tokio::test]
async fn only_listed_origins_are_allowed_if_there_is_a_list() {
    let (addr, _server) = serve(Server::builder().allow_origins(["https://a.example"])).await;
    let (mut client, _) = Client::with(handshake(addr)).await.unwrap();
    assert_eq!(client.closed().await.0, 4403);
    let mut request = handshake(addr);
    request.headers_mut().insert("origin", "https://a.example".parse().unwrap());
    let (mut client, _) = Client::with(request).await.unwrap();
    client.say(r#"[[0,{"version":1}]]"#).await;
    assert!(client.hear().await.starts_with("[[1,"));
}

#[tokio::test]
async fn a_client_without_an_origin_is_refused_unless_allowed() {
    for (allow, expected) in [(false, 403), (true, 101)] {
        let (addr, _server) = serve(Server::builder().allow_missing_origin(allow)).await;
        let mut request = handshake(addr);
        request.headers_mut().remove("origin");
        assert_eq!(status(Client::with(request).await), expected);
    }
}

#[tokio::test]
async fn a_plain_request_is_told_to_upgrade() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let (addr, _server) = serve(Server::builder()).await;
    let mut stream = tokio::net::TcpStream::connect(addr).await.unwrap();
    let request = format!("GET /fader HTTP/1.1\r\nhost: {addr}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}
