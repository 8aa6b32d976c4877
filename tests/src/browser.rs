//! A headless Chromium, told what to do over a pipe (the DevTools protocol).

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// How long the browser may take for anything.
const PATIENCE: Duration = Duration::from_secs(60);
const NAMES: [&str; 5] =
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

/// A browser with one page.
#[derive(Debug)]
pub struct Browser {
    process: Child,
    orders: File,
    answers: Receiver<Value>,
    n_orders: u64,
    page: Option<String>,
    /// What the page said that nobody asked for.
    events: Vec<Value>,
    // Last, so that it goes when nobody writes to it any more.
    _profile: TempDir,
}

/// The Chromium of this machine: what `CHROME` names, or one of the usual names; nothing if there
/// is none.
pub fn chromium() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("CHROME") {
        return Some(PathBuf::from(named)).filter(|path| path.is_file());
    }
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let of = |name: &str| folders.iter().map(|f| f.join(name)).find(|path| path.is_file());
    NAMES.iter().find_map(|name| of(name))
}

impl Browser {
    /// Starts the browser with an empty page.
    ///
    /// # Errors
    ///
    /// When it cannot be started, or does not answer.
    pub fn start(program: &Path) -> io::Result<Self> {
        let profile = tempfile::tempdir()?;
        let [orders, answers] = ["orders", "answers"].map(|name| profile.path().join(name));
        let made = Command::new("mkfifo").args([&orders, &answers]).status()?;
        if !made.success() {
            return Err(io::Error::other("mkfifo failed"));
        }
        let flags = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--remote-debugging-pipe",
        ];
        // The shell hands the pipes over under the numbers that the browser expects.
        let process = Command::new("sh")
            .args(["-c", "in=$0; out=$1; shift; exec \"$@\" 3<\"$in\" 4>\"$out\""])
            .args([&orders, &answers])
            .arg(program)
            .args(flags)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let orders = OpenOptions::new().write(true).open(&orders)?;
        let answers = listen(File::open(&answers)?);
        let (page, events) = (None, Vec::new());
        let mut browser =
            Self { process, orders, answers, n_orders: 0, page, events, _profile: profile };
        browser.open_page()?;
        Ok(browser)
    }

    /// Goes to an address, seen through a window of this width, by day or by night, and waits
    /// until it is loaded.
    ///
    /// # Errors
    ///
    /// When the browser does not answer.
    pub fn visit(&mut self, address: &str, width: u32, scheme: &str) -> io::Result<()> {
        let size = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        self.order("Emulation.setDeviceMetricsOverride", size)?;
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.order("Emulation.setEmulatedMedia", features)?;
        self.events.clear();
        self.order("Page.navigate", json!({"url": address}))?;
        let loaded = |event: &Value| event["method"] == "Page.loadEventFired";
        self.wait(|browser| browser.events.iter().any(loaded))
    }

    /// The value of an expression in the page.
    ///
    /// # Errors
    ///
    /// When it throws, or the browser does not answer.
    pub fn evaluate(&mut self, expression: &str) -> io::Result<Value> {
        let wanted = json!({"expression": expression, "returnByValue": true});
        let mut answer = self.order("Runtime.evaluate", wanted)?;
        if answer["exceptionDetails"].is_object() {
            return Err(io::Error::other(format!("{expression}: {answer}")));
        }
        Ok(answer["result"]["value"].take())
    }

    /// Waits until an expression is true; it may throw until then.
    ///
    /// # Errors
    ///
    /// When that takes too long.
    pub fn wait_for(&mut self, expression: &str) -> io::Result<()> {
        let waited = self.wait(|browser| browser.evaluate(expression).is_ok_and(|is| is == true));
        waited.map_err(|error| io::Error::other(format!("{error}: {expression}")))
    }

    /// Presses a key, such as `Home`.
    ///
    /// # Errors
    ///
    /// When the browser does not answer.
    pub fn press(&mut self, key: &str, code: u32) -> io::Result<()> {
        for kind in ["rawKeyDown", "keyUp"] {
            let event = json!({
                "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code,
            });
            self.order("Input.dispatchKeyEvent", event)?;
        }
        Ok(())
    }

    /// What is seen where `selector` is, as a PNG in base 64.
    ///
    /// # Errors
    ///
    /// When there is nothing, or the browser does not answer.
    pub fn look_at(&mut self, selector: &str) -> io::Result<String> {
        let expression = format!(
            "(() => {{ const r = document.querySelector({selector:?}).getBoundingClientRect(); \
             return {{x: r.x + scrollX, y: r.y + scrollY, width: r.width, height: r.height, \
             scale: 1}}; }})()"
        );
        let clip = self.evaluate(&expression)?;
        let wanted = json!({"format": "png", "clip": clip, "captureBeyondViewport": true});
        let seen = self.order("Page.captureScreenshot", wanted)?;
        seen["data"].as_str().map(str::to_owned).ok_or_else(|| io::Error::other("no picture"))
    }

    /// Errors in the console, exceptions, and requests that leave the page's own address.
    pub fn complaints(&self, own: &str) -> Vec<String> {
        let complains = |event: &&Value| {
            let said = &event["params"];
            match event["method"].as_str() {
                Some("Runtime.exceptionThrown") => true,
                Some("Runtime.consoleAPICalled") => said["type"] == "error",
                Some("Log.entryAdded") => said["entry"]["level"] == "error",
                Some("Network.requestWillBeSent") => {
                    let url = said["request"]["url"].as_str().unwrap_or_default();
                    !url.starts_with("data:") && !url.starts_with(own)
                }
                _ => false,
            }
        };
        self.events.iter().filter(complains).map(Value::to_string).collect()
    }

    fn open_page(&mut self) -> io::Result<()> {
        let target = self.order("Target.createTarget", json!({"url": "about:blank"}))?;
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let session = self.order("Target.attachToTarget", attach)?;
        self.page = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Runtime", "Log", "Page", "Network"] {
            self.order(&format!("{domain}.enable"), json!({}))?;
        }
        Ok(())
    }

    fn order(&mut self, method: &str, params: Value) -> io::Result<Value> {
        self.n_orders += 1;
        let mut order = json!({"id": self.n_orders, "method": method, "params": params});
        if let Some(page) = &self.page {
            order["sessionId"] = page.as_str().into();
        }
        self.orders.write_all(format!("{order}\0").as_bytes())?;
        loop {
            let mut answer = self.hear()?;
            if answer["id"] != self.n_orders {
                self.events.push(answer);
            } else if answer["error"].is_object() {
                return Err(io::Error::other(format!("{method}: {answer}")));
            } else {
                return Ok(answer["result"].take());
            }
        }
    }

    fn hear(&mut self) -> io::Result<Value> {
        let silent = |_| io::Error::other("the browser does not answer");
        self.answers.recv_timeout(PATIENCE).map_err(silent)
    }

    fn wait(&mut self, mut done: impl FnMut(&mut Self) -> bool) -> io::Result<()> {
        let began = Instant::now();
        while !done(self) {
            if began.elapsed() > PATIENCE {
                return Err(io::Error::other("what was waited for did not come"));
            }
            std::thread::sleep(Duration::from_millis(20));
            self.events.extend(self.answers.try_iter());
        }
        Ok(())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        drop(self.order("Browser.close", json!({})));
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Reads the browser's messages, each ended by a zero byte.
fn listen(pipe: File) -> Receiver<Value> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for message in BufReader::new(pipe).split(0) {
            let Ok(message) = message else { return };
            let Ok(value) = serde_json::from_slice(&message) else { return };
            if sender.send(value).is_err() {
                return;
            }
        }
    });
    receiver
}
