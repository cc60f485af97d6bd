//! A server whose process is stopped and goes on, as by a debugger, a container that is
//! frozen or a machine that is paused.
#![cfg(test)]
#![cfg(unix)]

use std::io::{BufRead, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use axum::Router;
use fader_server::session::Config;
use fader_server::{Principal, Server};
use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

type Client = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// All limits of the server. What happens before and after it is stopped takes much less.
const LIMIT: Duration = Duration::from_secs(4);

/// Says that this is the server's process.
const SERVES: &str = "FADER_TEST_SERVES";

/// Not a test: the server's process, which the test below starts.
#[test]
#[ignore = "serves until it is killed, for the other test"]
fn serve_until_killed() {
    if std::env::var_os(SERVES).is_none() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let config = Config {
            heartbeat: LIMIT / 3,
            silence: LIMIT,
            hello: LIMIT,
            keep: LIMIT,
            ..Config::default()
        };
        let check = async |credentials: Option<String>| {
            if credentials.is_some() {
                tokio::time::sleep(LIMIT / 4).await;
            }
            Ok::<_, String>(Principal::default())
        };
        let server = Server::builder().config(config).authenticate(check).build().unwrap();
        let app: Router = Router::new().route("/fader", server.route());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut stdout = std::io::stdout();
        writeln!(stdout, "\nserving {}", listener.local_addr().unwrap()).unwrap();
        axum::serve(listener, app).await.unwrap();
    });
}

struct Process(Child);

impl Process {
    fn start() -> (Self, String) {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture", "serve_until_killed"])
            .env(SERVES, "")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut lines = lines.map(Result::unwrap);
        let addr = lines.find_map(|line| line.strip_prefix("serving ").map(str::to_owned));
        (Self(child), addr.expect("a server"))
    }

    fn signal(&self, name: &str) {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn connect(addr: &str) -> Client {
    let mut request = format!("ws://{addr}/fader").into_client_request().unwrap();
    let headers = request.headers_mut();
    headers.insert("origin", format!("http://{addr}").parse().unwrap());
    headers.insert("sec-websocket-protocol", "fader.1.json".parse().unwrap());
    connect_async(request).await.unwrap().0
}

async fn say(client: &mut Client, text: &str) {
    client.send(Message::Text(text.into())).await.unwrap();
}

/// Waits for this; otherwise what came instead.
async fn hear(client: &mut Client, what: &str) -> Result<String, String> {
    loop {
        match tokio::time::timeout(Duration::from_secs(20), client.next()).await {
            Ok(Some(Ok(Message::Text(text)))) if text.contains(what) => return Ok(text.to_string()),
            Ok(Some(Ok(Message::Text(_)))) => {}
            other => return Err(format!("{other:?}")),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_was_stopped_believes_what_lies_unread_and_not_its_timers() {
    let (server, addr) = Process::start();
    let mut clients = Vec::new();
    for _ in 0..20 {
        let mut client = connect(&addr).await;
        say(&mut client, r#"[[0,{"version":1}]]"#).await;
        hear(&mut client, "[[1,").await.unwrap();
        clients.push(client);
    }
    // Some are about to say hello, others are being recognised, one is away.
    let mut greeting = Vec::new();
    for _ in 0..10 {
        greeting.push(connect(&addr).await);
    }
    let mut recognised = connect(&addr).await;
    say(&mut recognised, r#"[[0,{"version":1,"credentials":"slow"}]]"#).await;
    let mut away = connect(&addr).await;
    say(&mut away, r#"[[0,{"version":1}]]"#).await;
    let welcome = hear(&mut away, "[[1,").await.unwrap();
    let field = |name: &str| {
        let (_, rest) = welcome.split_once(&format!("\"{name}\":\"")).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let (session, secret) = (field("session"), field("secret"));
    drop(away);

    server.signal("-STOP");
    for client in &mut clients {
        say(client, "[[2,7]]").await;
    }
    for client in &mut greeting {
        say(client, r#"[[0,{"version":1}]]"#).await;
    }
    // Not a wait for something: this is how long the process does not run.
    tokio::time::sleep(LIMIT + Duration::from_secs(1)).await;
    server.signal("-CONT");

    let mut wrong = Vec::new();
    for client in &mut clients {
        wrong.extend(hear(client, "[3,7]").await.err());
    }
    for client in greeting.iter_mut().chain([&mut recognised]) {
        wrong.extend(hear(client, "[[1,").await.err());
    }
    let mut back = connect(&addr).await;
    let resume = format!(r#"{{"session":"{session}","secret":"{secret}","received":0}}"#);
    say(&mut back, &format!(r#"[[0,{{"version":1,"resume":{resume}}}]]"#)).await;
    wrong.extend(hear(&mut back, r#""resumed":true"#).await.err());
    assert!(wrong.is_empty(), "{} wrong, such as {}", wrong.len(), wrong[0]);
}
