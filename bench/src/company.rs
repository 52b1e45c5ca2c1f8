//! A company with a node in a process of its own.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use countersign_client::Client;
use countersign_crypto::{Seed, SigningKey};
use countersign_member::Member;
use countersign_node::{InitRequest, init};

use crate::{Failure, child, machine};

/// A company: its admin key, its member record and its node.
pub struct Company {
    /// The data directory of its node.
    pub data: PathBuf,
    /// What the others need.
    pub member: Member,
    /// Signs for it.
    pub admin: SigningKey,
    /// The secret of that key, for authors on other threads.
    pub secret: [u8; 32],
    node: Option<Child>,
}

impl Company {
    /// A company with a new data directory below `folder`; other nodes reach it if it has an open port.
    pub fn new(folder: &Path, name: &str, open_port: bool) -> Result<Self, Failure> {
        let mut chance = [0; 32];
        getrandom::fill(&mut chance)?;
        let secret = Seed::new(chance).array();
        let admin = SigningKey::new(secret);
        let listen = open_port.then(free_port).transpose()?;
        let request = InitRequest {
            data: folder.join(name),
            name: name.to_owned(),
            test: false,
            listen,
            urls: listen.iter().map(|address| format!("https://{address}")).collect(),
            api: free_port()?,
        };
        let member = init(&request, &child::passphrase()?, &admin)?;
        Ok(Self { data: request.data, member, admin, secret, node: None })
    }

    /// Starts its node and waits until it is ready; says how long that took.
    pub fn start(&mut self, processors: Option<&str>) -> Result<Duration, Failure> {
        // A node that was killed leaves the file behind.
        let _ = std::fs::remove_file(self.data.join(countersign_client::ADDRESS_FILE));
        let data = self.data.to_str().ok_or("the folder has no plain name")?;
        let began = Instant::now();
        self.node = Some(machine::again(processors, &["node", data])?.stdin(Stdio::piped()).spawn()?);
        let runtime = crate::http::runtime()?;
        loop {
            if let Ok(client) = self.client()
                && runtime.block_on(client.ready()).is_ok()
            {
                return Ok(began.elapsed());
            }
            if let Some(status) = self.node.as_mut().map(Child::try_wait).transpose()?.flatten() {
                return Err(format!("the node ended at once: {status}").into());
            }
            if began.elapsed() > Duration::from_secs(120) {
                return Err("the node is not ready after 120 s".into());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Stops its node in order.
    pub fn stop(&mut self) -> Result<(), Failure> {
        if let Some(mut node) = self.node.take() {
            drop(node.stdin.take());
            node.wait()?;
        }
        Ok(())
    }

    /// Kills its node: `kill -9`.
    pub fn kill(&mut self) -> Result<(), Failure> {
        if let Some(mut node) = self.node.take() {
            node.kill()?;
            node.wait()?;
        }
        Ok(())
    }

    /// The process of its node.
    pub fn process(&self) -> u32 {
        self.node.as_ref().map(Child::id).unwrap_or_default()
    }

    /// Its API.
    pub fn client(&self) -> Result<Client, Failure> {
        Ok(Client::of_folder(&self.data)?)
    }

    /// Where its API listens.
    pub fn address(&self) -> Result<SocketAddr, Failure> {
        Ok(std::fs::read_to_string(self.data.join(countersign_client::ADDRESS_FILE))?.trim().parse()?)
    }

    /// What opens its API.
    pub fn token(&self) -> Result<String, Failure> {
        Ok(std::fs::read_to_string(self.data.join(countersign_client::TOKEN_FILE))?.trim().to_owned())
    }
}

impl Drop for Company {
    fn drop(&mut self) {
        // A benchmark that failed leaves no process behind.
        let _ = self.kill();
    }
}

/// A port below those that the system gives to outgoing connections: one of theirs could take a port in between.
fn free_port() -> Result<SocketAddr, Failure> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let base = 15_000 + u16::try_from(std::process::id() % 10_000)?;
    (0..5_000_u16)
        .map(|_| SocketAddr::from(([127, 0, 0, 1], base + NEXT.fetch_add(1, Ordering::Relaxed) % 5_000)))
        .find(|address| TcpListener::bind(address).is_ok())
        .ok_or_else(|| "no port is free".into())
}
