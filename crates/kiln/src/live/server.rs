//! One thread that takes connections and a few that answer them.

use std::io::{self, Read};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::feed::Feed;
use super::guard::Guard;
use super::{request, routes};

/// Threads that answer: a browser asks by up to six connections.
const WORKERS: usize = 8;
/// Connections that may wait for one of them; any more are closed.
const WAITING: usize = 32;
/// How long the last news are kept for a reader, at most.
const FAREWELL: Duration = Duration::from_secs(4);
/// How long a client may take to say goodbye.
const LINGER: Duration = Duration::from_millis(200);
/// A pause after the system refused a connection, as when files run out.
const BREATH: Duration = Duration::from_millis(100);

/// The live page's server; it ends when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    feed: Arc<Feed>,
    ends: Arc<AtomicBool>,
    taker: Option<JoinHandle<()>>,
}

/// What every worker knows.
#[derive(Debug)]
struct Desk {
    waiting: Mutex<Receiver<TcpStream>>,
    feed: Arc<Feed>,
    guard: Guard,
}

impl Server {
    /// Serves at a port that was taken before.
    ///
    /// # Errors
    ///
    /// When the system gives no thread.
    pub(crate) fn start(listener: TcpListener, feed: Arc<Feed>) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let ends = Arc::new(AtomicBool::new(false));
        let (sender, receiver) = sync_channel(WAITING);
        let (waiting, guard) = (Mutex::new(receiver), Guard::of(address));
        let desk = Arc::new(Desk { waiting, feed: feed.clone(), guard });
        for _ in 0..WORKERS {
            let desk = desk.clone();
            thread::Builder::new().name("kiln-page".into()).spawn(move || desk.work())?;
        }
        let stop = ends.clone();
        let taker = thread::Builder::new().name("kiln-serve".into());
        let taker = taker.spawn(move || take(&listener, &sender, &stop))?;
        Ok(Self { address, feed, ends, taker: Some(taker) })
    }

    /// Where the page is, for a browser on this machine.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.here())
    }

    /// Whether other machines can reach it.
    pub(crate) fn is_open(&self) -> bool {
        Guard::of(self.address) == Guard::Open
    }

    /// Its address as seen from this machine: one at every address is here, too.
    fn here(&self) -> SocketAddr {
        let (ip, port) = (self.address.ip(), self.address.port());
        match ip {
            IpAddr::V4(ip) if ip.is_unspecified() => (Ipv4Addr::LOCALHOST, port).into(),
            IpAddr::V6(ip) if ip.is_unspecified() => (Ipv6Addr::LOCALHOST, port).into(),
            ip => (ip, port).into(),
        }
    }

    /// Waits, for seconds at most, until a reader that is there has the last news.
    pub(crate) fn say_farewell(&self) {
        let began = Instant::now();
        while self.feed.is_awaited() && began.elapsed() < FAREWELL {
            thread::sleep(Duration::from_millis(50));
        }
        // What was handed to a worker is on its way.
        if began.elapsed() > Duration::from_millis(50) {
            thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Release);
        // The taker sleeps until somebody comes.
        let woken = TcpStream::connect_timeout(&self.here(), Duration::from_secs(1)).is_ok();
        if let (true, Some(taker)) = (woken, self.taker.take()) {
            drop(taker.join());
        }
    }
}

/// Takes connections until the server ends; with it goes the sender, and so do the workers.
fn take(listener: &TcpListener, sender: &SyncSender<TcpStream>, ends: &AtomicBool) {
    for stream in listener.incoming() {
        if ends.load(Ordering::Acquire) {
            return;
        }
        match stream {
            // Closed at once: who comes when all are busy may come again.
            Ok(stream) => match sender.try_send(stream) {
                Ok(()) | Err(TrySendError::Full(_)) => {}
                Err(TrySendError::Disconnected(_)) => return,
            },
            Err(_) => thread::sleep(BREATH),
        }
    }
}

impl Desk {
    fn work(&self) {
        loop {
            let next = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(mut stream) = next else {
                return;
            };
            // A client that vanishes is no error of ours.
            drop(self.serve(&mut stream));
        }
    }

    fn serve(&self, stream: &mut TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        match request::read(stream) {
            Ok(request) => {
                let answer = routes::answer(&request, self.guard, &self.feed);
                answer.write(stream, request.method != "HEAD")?;
            }
            Err(unread) => {
                if let Some(answer) = routes::refusal(&unread) {
                    answer.write(stream, true)?;
                }
            }
        }
        stream.shutdown(Shutdown::Write)?;
        linger(stream)
    }
}

/// Reads what the client still sends, for a moment: closing before it has read the answer would
/// take that away from it.
fn linger(stream: &mut TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(LINGER))?;
    let mut rest = [0; 4096];
    for _ in 0..16 {
        if stream.read(&mut rest)? == 0 {
            break;
        }
    }
    Ok(())
}
