//! Nodes to test with.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use countersign_crypto::{PublicKey, SealingSecret, Seed, Signer, SigningKey};
use countersign_net::{
    Answer, Delivery, Link, LinkSettings, LocalNode, NodeUrl, Peer, Reachable, Receiver, Refusal, Route, Server,
    ServerSettings, Standing, TlsIdentity,
};
use countersign_types::{Code, Timestamp};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::time::sleep;

/// The time on a right clock, in seconds; it stands still.
pub const NOW: i64 = 1_800_000_000;

/// Keys, link and what it received.
pub struct Node {
    pub key: Arc<SigningKey>,
    pub local: Arc<LocalNode>,
    pub tls: TlsIdentity,
    pub link: Link,
    pub desk: Arc<Desk>,
    /// Seconds by which its clock is ahead.
    pub ahead: Arc<AtomicI64>,
}

/// A receiver that repeats, waits and refuses as the body asks.
#[derive(Default)]
pub struct Desk {
    pub records: Mutex<HashMap<[u8; 32], Peer>>,
    pub received: Mutex<Vec<Delivery>>,
    pub arrived: Notify,
    pub news: Notify,
    pub go: Notify,
}

/// How long a poll is held in tests.
pub const HOLD: Duration = Duration::from_secs(1);

impl Receiver for Desk {
    fn standing(&self, from: &PublicKey) -> Standing {
        if self.records.lock().unwrap().contains_key(&from.bytes()) { Standing::PEER } else { Standing::Stranger }
    }

    fn record(&self, from: &PublicKey) -> Option<Peer> {
        self.records.lock().unwrap().get(&from.bytes()).cloned()
    }

    fn receive(&self, delivery: Delivery) -> Answer<'_> {
        Box::pin(async move {
            self.received.lock().unwrap().push(delivery.clone());
            self.arrived.notify_one();
            match (delivery.route, delivery.body.as_slice()) {
                (Route::Poll, _) => tokio::select! {
                    () = self.news.notified() => Ok(b"news".to_vec()),
                    () = sleep(HOLD) => Ok(Vec::new()),
                },
                (Route::Exchange, b"wait") => {
                    self.go.notified().await;
                    Ok(b"waited".to_vec())
                }
                (Route::Exchange, b"refuse") => Err(Refusal::Other(Code::known("not_invited"))),
                (Route::Exchange, body) => Ok([b"re: ", body].concat()),
            }
        })
    }
}

impl Node {
    pub fn new(number: u8) -> Self {
        let key = Arc::new(SigningKey::new([number; 32]));
        let ahead = Arc::new(AtomicI64::new(0));
        let shared = Arc::clone(&ahead);
        let clock = move || Timestamp::from_millis((NOW + shared.load(Ordering::SeqCst)) * 1_000).unwrap();
        let sealing = SealingSecret::new([number + 100; 32]);
        let seed = Seed::new([number + 200 - 100; 32]);
        let local = Arc::new(LocalNode::new(key.clone(), sealing, Arc::new(clock), seed));
        let settings = LinkSettings {
            connect_timeout: Duration::from_secs(3),
            reply_timeout: Duration::from_secs(5),
            ..LinkSettings::default()
        };
        let link = Link::with_settings(Arc::clone(&local), settings);
        Self { key, local, tls: TlsIdentity::generate().unwrap(), link, desk: Arc::default(), ahead }
    }

    pub async fn serve(&self) -> Server {
        self.serve_with(ServerSettings::default()).await
    }

    pub async fn serve_with(&self, settings: ServerSettings) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        self.serve_on(listener, settings)
    }

    pub fn serve_on(&self, listener: TcpListener, settings: ServerSettings) -> Server {
        Server::start(listener, &self.tls, self.link.clone(), self.desk.clone(), settings).unwrap()
    }

    /// What others must know of this node.
    pub fn at(&self, addresses: &[SocketAddr]) -> Peer {
        Peer {
            node_key: self.key.public_key(),
            sealing_key: self.local.sealing_key(),
            urls: addresses.iter().copied().map(url).collect(),
            spki_hash: self.tls.spki_hash(),
        }
    }

    /// From now on a peer.
    pub fn knows(&self, other: Peer) {
        self.desk.records.lock().unwrap().insert(other.node_key.bytes(), other);
    }

    pub fn reachable(&self, address: SocketAddr) -> Reachable {
        Reachable { urls: vec![url(address)], spki_hash: self.tls.spki_hash() }
    }
}

pub fn url(address: SocketAddr) -> NodeUrl {
    format!("https://{address}").parse().unwrap()
}

/// A port on which nothing listens.
pub async fn closed_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

/// Two nodes that know each other, the second one serving.
pub async fn pair() -> (Node, Node, Server, Peer) {
    let (buyer, seller) = (Node::new(1), Node::new(2));
    let server = seller.serve().await;
    let peer = seller.at(&[server.address()]);
    seller.knows(buyer.at(&[]));
    buyer.knows(peer.clone());
    (buyer, seller, server, peer)
}
