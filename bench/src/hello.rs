//! The limit of HTTP: a server that does nothing else.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Duration;

use axum::Router;
use axum::routing::post;

use crate::{Failure, child, http, machine};

/// Serves until the input ends; prints its address first.
pub fn serve() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?);
        let app = Router::new().route("/", post(async |body: String| body.len().to_string()));
        let server = tokio::spawn(async move { axum::serve(listener, app).await });
        tokio::task::spawn_blocking(child::until_input_ends).await?;
        server.abort();
        Ok(())
    })
}

/// Requests of 1 KB a second that a server on `processors` answers, over 32 connections.
pub fn limit(processors: &str) -> Result<f64, Failure> {
    let mut child =
        machine::again(Some(processors), &["hello"])?.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
    let address = line.trim().parse()?;
    let request = http::post(address, "", "/", &"x".repeat(1_000));
    let work = vec![vec![request; 2_000]; 32];
    let run = http::runtime()?.block_on(http::drive(address, work, 200, Duration::from_secs(30)))?;
    drop(child.stdin.take());
    child.wait()?;
    Ok(run.rate())
}
