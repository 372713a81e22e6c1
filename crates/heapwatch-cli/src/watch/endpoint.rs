//! An endpoint that is scraped: `GET /metrics`, on loopback only.

use crate::failure::{Failure, Result};
use oxhttp::Server;
use oxhttp::model::header::CONTENT_TYPE;
use oxhttp::model::{Body, Method, Response, StatusCode};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long a client may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Clients at a time.
const CLIENTS: usize = 8;

/// What is shown, and replaced with every report. The server lives as long as the program.
pub(super) struct Endpoint(Arc<Mutex<String>>);

impl Endpoint {
    /// Listens from now on; before the first report there is nothing to show.
    pub(super) fn open(address: SocketAddr) -> Result<Self> {
        let refused = |allowed: String| Failure::Flag {
            flag: "--listen",
            value: address.to_string(),
            allowed,
        };
        if !address.ip().is_loopback() {
            let allowed = "allowed are addresses of this machine alone, such as 127.0.0.1:9101";
            return Err(refused(allowed.to_owned()));
        }
        let text = Arc::new(Mutex::new("# EOF\n".to_owned()));
        let shown = Arc::clone(&text);
        let answer = move |request: &mut oxhttp::model::Request<Body>| {
            let shown = shown.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let answer = |status, body| {
                const TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
                let answer =
                    Response::builder().status(status).header(CONTENT_TYPE, TYPE).body(body);
                // Status and header are constants that are allowed.
                answer.unwrap_or_else(|_| Response::new(Body::empty()))
            };
            match (request.method(), request.uri().path()) {
                (&Method::GET, "/metrics") => answer(StatusCode::OK, Body::from(shown)),
                (_, "/metrics") => answer(StatusCode::METHOD_NOT_ALLOWED, Body::empty()),
                _ => answer(StatusCode::NOT_FOUND, Body::empty()),
            }
        };
        Server::new(answer)
            .with_global_timeout(TIMEOUT)
            .with_max_concurrent_connections(CLIENTS)
            .bind(address)
            .spawn()
            .map_err(|error| refused(format!("it cannot be listened on: {error}")))?;
        Ok(Self(text))
    }

    pub(super) fn show(&self, text: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = text;
    }
}
