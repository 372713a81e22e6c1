//! A headless Chromium, told what to do over its protocol for tools
//! (<https://chromedevtools.github.io/devtools-protocol/>).

use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tungstenite::stream::MaybeTlsStream;
use tungstenite::{Message, WebSocket};

/// The names under which systems have it.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/// How long anything may take before the test fails: a bound, not a measurement.
const PATIENCE: Duration = Duration::from_mins(1);

/// A browser and one page in it.
pub(crate) struct Browser {
    process: Child,
    socket: WebSocket<MaybeTlsStream<TcpStream>>,
    session: String,
    calls: u64,
    /// What the page did, as the protocol tells it.
    pub(crate) events: Vec<Value>,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Starts one; nothing where there is none on a machine that need not have one.
    pub(crate) fn start() -> Option<Self> {
        let profile = tempfile::tempdir().expect("a folder");
        let started = NAMES.iter().find_map(|name| {
            Command::new(name)
                .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"])
                .args(["--no-first-run", "--disable-background-networking"])
                .args(["--disable-component-update", "--disable-sync", "--mute-audio"])
                .args(["--disable-dev-shm-usage", "--remote-debugging-port=0"])
                .arg(format!("--user-data-dir={}", profile.path().display()))
                .arg("about:blank")
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .ok()
        });
        let Some(mut process) = started else {
            assert!(std::env::var_os("CI").is_none(), "this test needs one of {NAMES:?}");
            eprintln!(
                "no browser is installed, so pages are not opened (apt-get install chromium)"
            );
            return None;
        };
        let mut said = BufReader::new(process.stderr.take().expect("piped"));
        let mut line = String::new();
        let address = loop {
            line.clear();
            assert!(said.read_line(&mut line).expect("text") > 0, "the browser ended");
            if let Some(address) = line.trim().strip_prefix("DevTools listening on ") {
                break address.to_owned();
            }
        };
        // What else it says must not fill the pipe.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        let (socket, _) = tungstenite::connect(&address).expect("a connection");
        if let MaybeTlsStream::Plain(stream) = socket.get_ref() {
            stream.set_read_timeout(Some(PATIENCE)).expect("a bound");
        }
        let session = String::new();
        let mut browser =
            Self { process, socket, session, calls: 0, events: vec![], _profile: profile };
        let target = browser.call("Target.createTarget", &json!({"url": "about:blank"}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let attached = browser.call("Target.attachToTarget", &attach);
        attached["sessionId"].as_str().expect("a session").clone_into(&mut browser.session);
        for domain in ["Page", "Runtime", "Log", "Network", "Accessibility"] {
            browser.call(&format!("{domain}.enable"), &json!({}));
        }
        Some(browser)
    }

    /// Calls a method of the protocol and returns its result; notes events on the way.
    pub(crate) fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.calls += 1;
        let id = self.calls;
        let mut call = json!({"id": id, "method": method, "params": parameters});
        if !self.session.is_empty() {
            call["sessionId"] = self.session.as_str().into();
        }
        self.socket.send(Message::text(call.to_string())).expect("sent");
        loop {
            let Message::Text(text) = self.socket.read().expect("an answer in time") else {
                continue;
            };
            let answer: Value = serde_json::from_str(&text).expect("JSON");
            if answer["id"] == id {
                assert!(answer.get("error").is_none(), "{method}: {answer}");
                return answer["result"].clone();
            }
            self.events.push(answer);
        }
    }

    /// The value of an expression in the page.
    pub(crate) fn value(&mut self, expression: &str) -> Value {
        let asked = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let answer = self.call("Runtime.evaluate", &asked);
        assert!(answer.get("exceptionDetails").is_none(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    /// Waits until an expression in the page is true.
    pub(crate) fn until(&mut self, expression: &str) {
        let began = Instant::now();
        while self.value(&format!("Boolean({expression})")) != true {
            assert!(
                began.elapsed() < PATIENCE,
                "never came: {expression}; {:?}",
                self.complaints()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Opens a file in a window of this width, forgetting what pages before it did.
    pub(crate) fn open(&mut self, file: &Path, width: u32) {
        let size = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", &size);
        self.events.clear();
        let file = file.canonicalize().expect("a file");
        self.call("Page.navigate", &json!({"url": format!("file://{}", file.display())}));
        self.until("document.readyState === 'complete'");
    }

    /// Everything that the page found wrong: exceptions, and what it wrote to its console.
    pub(crate) fn complaints(&self) -> Vec<&Value> {
        let wrong = ["Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"];
        let events = self.events.iter();
        events.filter(|event| wrong.iter().any(|name| event["method"] == *name)).collect()
    }

    /// Addresses that were asked for, other than what stands in the page itself.
    pub(crate) fn requests(&self) -> Vec<&str> {
        let events = self.events.iter().filter(|e| e["method"] == "Network.requestWillBeSent");
        let addresses = events.filter_map(|e| e["params"]["request"]["url"].as_str());
        addresses.filter(|url| !url.starts_with("data:") && !url.starts_with("blob:")).collect()
    }

    /// Presses the mouse at one place of the window and lets it go at another, in px.
    pub(crate) fn drag(&mut self, from: [f64; 2], to: [f64; 2]) {
        for (kind, at, buttons) in [
            ("mouseMoved", from, 0),
            ("mousePressed", from, 1),
            ("mouseMoved", to, 1),
            ("mouseReleased", to, 0),
        ] {
            let button = if kind == "mouseMoved" && buttons == 0 { "none" } else { "left" };
            self.call(
                "Input.dispatchMouseEvent",
                &json!({"type": kind, "x": at[0], "y": at[1], "button": button, "buttons": buttons,
                    "clickCount": 1}),
            );
        }
    }

    /// The whole page as PNG.
    pub(crate) fn picture(&mut self) -> Vec<u8> {
        use base64::Engine;
        let asked = json!({"format": "png", "captureBeyondViewport": true});
        let picture = self.call("Page.captureScreenshot", &asked);
        let text = picture["data"].as_str().expect("a picture");
        base64::engine::general_purpose::STANDARD.decode(text).expect("base64")
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
