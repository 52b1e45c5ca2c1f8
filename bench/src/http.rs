//! A load generator: connections that are kept, one request at a time on each.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};

use crate::Failure;

/// One thread is enough: what is measured is on the other processor.
pub fn runtime() -> Result<Runtime, Failure> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}

/// The bytes of a request.
pub fn post(address: SocketAddr, token: &str, path: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// The bytes of a question.
pub fn get(address: SocketAddr, token: &str, path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\r\n").into_bytes()
}

/// A connection that is kept.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(16 << 10) })
    }

    /// Sends a request and reads its answer: status and body.
    pub async fn exchange(&mut self, request: &[u8]) -> Result<(u16, &[u8]), Failure> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            if let Some((status, from, length)) = head(&self.buffer)?
                && self.buffer.len() >= from + length
            {
                return Ok((status, &self.buffer[from..from + length]));
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the node closed the connection".into());
            }
        }
    }
}

/// Status, begin of the body and its length, once the head is complete.
fn head(bytes: &[u8]) -> Result<Option<(u16, usize, usize)>, Failure> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let text = std::str::from_utf8(&bytes[..end])?;
    let status = text.get(9..12).ok_or("no status")?.parse()?;
    let lengths = text.lines().filter_map(|line| line.split_once(':'));
    let mut lengths = lengths.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length = lengths.next().map_or(Ok(0), |(_, value)| value.trim().parse())?;
    Ok(Some((status, end + 4, length)))
}

/// What came of a run.
#[derive(Debug, Default)]
pub struct Run {
    /// From the first request to the last answer.
    pub seconds: f64,
    /// Of every answer that was as wanted, in milliseconds.
    pub latencies: Vec<f64>,
}

impl Run {
    /// Answers as wanted per second.
    pub fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.seconds
    }
}

/// Sends the requests of each connection one after another, all connections at once. Every answer must have this status.
pub async fn drive(
    address: SocketAddr,
    work: Vec<Vec<Vec<u8>>>,
    wanted: u16,
    patience: Duration,
) -> Result<Run, Failure> {
    drive_checked(address, work, wanted, patience, |_| true).await
}

/// As [`drive`]; the body of every answer must be `good` as well.
pub async fn drive_checked(
    address: SocketAddr,
    work: Vec<Vec<Vec<u8>>>,
    wanted: u16,
    patience: Duration,
    good: fn(&[u8]) -> bool,
) -> Result<Run, Failure> {
    let mut connections = Vec::new();
    for requests in work {
        connections.push((Connection::open(address).await?, requests));
    }
    let began = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for (mut connection, requests) in connections {
        tasks.spawn(async move {
            let mut latencies = Vec::with_capacity(requests.len());
            for request in requests {
                let sent = Instant::now();
                let (status, body) = connection.exchange(&request).await?;
                if status != wanted || !good(body) {
                    return Err(Failure::from(format!("status {status}: {}", String::from_utf8_lossy(body))));
                }
                latencies.push(sent.elapsed().as_secs_f64() * 1e3);
            }
            Ok(latencies)
        });
    }
    let mut run = Run::default();
    let all = async {
        while let Some(done) = tasks.join_next().await {
            run.latencies.extend(done??);
        }
        Ok::<_, Failure>(())
    };
    tokio::time::timeout(patience, all).await.map_err(|_| "the run takes too long")??;
    run.seconds = began.elapsed().as_secs_f64();
    Ok(run)
}
