//! The server over real sockets: what it gives, what it refuses, and whom it outlives.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use kiln_core::{Clock, SamplesSeen};
use kiln_train::{Event, Finish, Observer, Tick, Timing};
use serde_json::Value;

use super::*;

/// A served run in a folder of its own.
struct Served {
    folder: tempfile::TempDir,
    observer: LiveObserver,
    server: Server,
    address: SocketAddr,
}

fn serve(address: &str) -> Served {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    fs::create_dir_all(run.join("sheets")).unwrap();
    fs::write(run.join("config.json"), r#"{"recipe":{"name":"dcgan"},"seed":1}"#).unwrap();
    fs::write(run.join("sheets/fakes-000000000.png"), "a sheet").unwrap();
    fs::write(folder.path().join("secret.png"), "a secret").unwrap();
    let mut observer = LiveObserver::new(&run);
    let listener = Address::Given(address.into()).listen().unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server::start(listener, observer.feed()).unwrap();
    let (clock, until) = (clock(0), SamplesSeen(128));
    observer.observe(&Event::Started { clock, until, resumed: false }).unwrap();
    Served { folder, observer, server, address }
}

fn clock(samples: u64) -> Clock {
    Clock { samples: SamplesSeen(samples), ..Clock::default() }
}

fn tick(samples: u64, loss: f64) -> Event {
    Event::Tick(Tick {
        clock: clock(samples),
        means: [("critic/loss".to_owned(), loss)].into(),
        rates: [].into(),
        non_finite: 0,
        timing: Timing::default(),
    })
}

impl Served {
    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream
    }

    /// The whole answer to these bytes.
    fn send(&self, bytes: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(bytes.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn ask(&self, method: &str, path: &str, host: &str) -> String {
        self.send(&format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n\r\n"))
    }

    fn get(&self, path: &str) -> String {
        self.ask("GET", path, "localhost")
    }

    fn data(&self, since: &str) -> Value {
        let answer = self.get(&format!("/data?since={since}"));
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0)
}

#[test]
fn the_page_the_data_and_the_sheets_are_given() {
    let mut served = serve("127.0.0.1:0");
    let page = served.get("/");
    assert_eq!(status(&page), 200);
    for part in ["text/html", "nosniff", "default-src 'none'", "no-store", "\"live\":true"] {
        assert!(page.contains(part), "{part}");
    }
    assert!(served.get("/sheet/fakes-000000000.png?v=1").ends_with("\r\n\r\na sheet"));

    served.observer.observe(&tick(64, 0.5)).unwrap();
    let all = served.data("");
    assert_eq!(all["reset"], true);
    assert_eq!(all["run"]["curves"]["critic/loss"]["y"], serde_json::json!([0.5]));
    served.observer.observe(&tick(128, 0.25)).unwrap();
    let news = served.data(all["cursor"].as_str().unwrap());
    assert_eq!(news["reset"], false);
    assert_eq!(news["run"]["curves"]["critic/loss"]["x"], serde_json::json!([128]));
}

#[test]
fn a_head_request_gets_the_head() {
    let served = serve("127.0.0.1:0");
    let answer = served.ask("HEAD", "/", "localhost");
    assert_eq!(status(&answer), 200);
    assert!(answer.ends_with("\r\n\r\n"));
    assert!(!answer.contains("Content-Length: 0\r\n"));
}

#[test]
fn nothing_outside_the_runs_pictures_is_given() {
    let served = serve("127.0.0.1:0");
    let run = served.folder.path().join("run");
    link(&served.folder.path().join("secret.png"), &run.join("sheets/reals.png"));
    let paths = [
        "/config.json",
        "/sheet/",
        "/sheet/../config.json",
        "/sheet/../../secret.png",
        "/sheet/..%2f..%2fsecret.png",
        "/sheet/%2e%2e/%2e%2e/secret.png",
        "/sheet/....//secret.png",
        "/sheet//etc/passwd",
        "/sheet/..\\..\\secret.png",
        "/../secret.png",
        "//etc/passwd",
        "/sheet/reals.png",
        "/sheet/fakes-000000001.png",
        "/data/",
        "/Data",
    ];
    for path in paths {
        let answer = served.get(path);
        assert_eq!(status(&answer), 404, "{path}: {answer}");
        assert!(!answer.contains("secret\n") && !answer.contains("a secret"), "{path}");
    }
}

#[cfg(unix)]
fn link(target: &Path, at: &Path) {
    std::os::unix::fs::symlink(target, at).unwrap();
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) {}

#[test]
fn foreign_hosts_are_refused_unless_others_are_served() {
    let served = serve("127.0.0.1:0");
    for host in ["evil.example", "evil.example:7860", "192.168.0.7"] {
        for path in ["/", "/data", "/sheet/fakes-000000000.png"] {
            assert_eq!(status(&served.ask("GET", path, host)), 403, "{host}{path}");
        }
    }
    assert_eq!(status(&served.send("GET / HTTP/1.1\r\n\r\n")), 403);
    let open = serve("0.0.0.0:0");
    assert!(open.server.is_open() && !served.server.is_open());
    assert_eq!(status(&open.ask("GET", "/", "box.example")), 200);
}

#[test]
fn only_whole_requests_to_read_are_answered() {
    let served = serve("127.0.0.1:0");
    let posted = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello";
    let answer = served.send(posted);
    assert_eq!(status(&answer), 405);
    assert!(answer.contains("Allow: GET, HEAD"));
    for method in ["PUT", "DELETE", "OPTIONS", "CONNECT"] {
        assert_eq!(status(&served.ask(method, "/", "localhost")), 405, "{method}");
    }
    assert_eq!(status(&served.send("hello\r\n\r\n")), 400);
    let long = format!("GET / HTTP/1.1\r\nHost: localhost\r\nA: {}", "a".repeat(8100));
    assert_eq!(status(&served.send(&format!("{long}{}", "b".repeat(2000)))), 431);
}

#[test]
fn clients_that_vanish_or_dawdle_leave_the_others_served() {
    let served = serve("127.0.0.1:0");
    for bytes in ["", "GET", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"] {
        for _ in 0..20 {
            let mut stream = served.connect();
            stream.write_all(bytes.as_bytes()).unwrap();
        }
    }
    // Fewer than the workers: they say nothing and stay.
    let dawdlers: Vec<TcpStream> = (0..6).map(|_| served.connect()).collect();
    let began = Instant::now();
    assert_eq!(status(&patiently(&served)), 200);
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    drop(dawdlers);
}

/// Asks again while those who vanished are being noticed.
fn patiently(served: &Served) -> String {
    for _ in 0..50 {
        let mut stream = served.connect();
        let mut answer = Vec::new();
        let asked = stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        if asked.and_then(|()| stream.read_to_end(&mut answer)).is_ok() && !answer.is_empty() {
            return String::from_utf8_lossy(&answer).into_owned();
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    String::new()
}

#[test]
fn training_does_not_wait_for_a_reader() {
    let mut served = serve("127.0.0.1:0");
    // One that asks for the page and reads none of it.
    let mut stream = served.connect();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let began = Instant::now();
    for samples in 1..1000 {
        served.observer.observe(&tick(samples, 1.0)).unwrap();
    }
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert_eq!(served.data("")["run"]["state"]["samples"], 999);
}

#[test]
fn a_reader_has_the_end_before_the_server_goes() {
    let mut served = serve("127.0.0.1:0");
    let cursor = served.data("")["cursor"].as_str().unwrap().to_owned();
    served
        .observer
        .observe(&Event::Finished { clock: clock(128), finish: Finish::Budget })
        .unwrap();
    std::thread::scope(|scope| {
        let server = &served.server;
        let farewell = scope.spawn(move || server.say_farewell());
        std::thread::sleep(Duration::from_millis(150));
        assert!(!farewell.is_finished());
        let ending = &served.data(&cursor)["run"]["state"]["ending"];
        assert_eq!(ending, "all samples were shown");
        farewell.join().unwrap();
    });
    let address = served.address;
    drop(served);
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn before_the_run_begins_the_page_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let observer = LiveObserver::new(folder.path());
    let listener = Address::Given("127.0.0.1:0".into()).listen().unwrap();
    let address = listener.local_addr().unwrap();
    let _server = Server::start(listener, observer.feed()).unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert_eq!(status(&answer), 200);
    assert!(answer.contains("about to begin") && answer.contains("refresh"));
}
