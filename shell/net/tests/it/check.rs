//! The two-sided self-check names each fault.

use std::sync::atomic::Ordering;

use countersign_crypto::{SealingSecret, Signer, SigningKey};
use countersign_net::{
    CallBack, CheckReport, Finding, NodeUrl, Peer, Reachable, RecordMatch, Server, Side, TlsIdentity,
};

use crate::setup::{Node, closed_port, url};

/// Two nodes that serve and know each other.
struct Both {
    buyer: Node,
    seller: Node,
    servers: (Server, Server),
}

impl Both {
    async fn new() -> Self {
        let (buyer, seller) = (Node::new(1), Node::new(2));
        let servers = (buyer.serve().await, seller.serve().await);
        buyer.knows(seller.at(&[servers.1.address()]));
        seller.knows(buyer.at(&[servers.0.address()]));
        Self { buyer, seller, servers }
    }

    fn peer(&self) -> Peer {
        self.seller.at(&[self.servers.1.address()])
    }

    fn me(&self) -> Reachable {
        self.buyer.reachable(self.servers.0.address())
    }

    async fn check(&self, peer: &Peer, me: &Reachable) -> CheckReport {
        self.buyer.link.check(peer, Some(me)).await
    }

    /// Codes and sides of the faults found.
    async fn faults(&self, peer: &Peer, me: &Reachable) -> Vec<(String, Side)> {
        let findings = self.check(peer, me).await.findings(Some(me));
        let faults = findings.into_iter().filter(Finding::is_fault);
        faults
            .map(|finding| {
                assert!(!finding.sentence.is_empty() && !finding.suggestion.is_empty(), "{finding:?}");
                (finding.code.as_str().to_owned(), finding.side)
            })
            .collect()
    }
}

fn one(code: &str, side: Side) -> Vec<(String, Side)> {
    vec![(code.to_owned(), side)]
}

#[tokio::test]
async fn nothing_is_found_where_nothing_is_wrong() {
    let both = Both::new().await;
    let (peer, me) = (both.peer(), both.me());
    let report = both.check(&peer, &me).await;
    assert!(report.is_good(Some(&me)), "{report:?}");
    let seen = report.urls[0].outcome.as_ref().unwrap();
    assert_eq!(seen.clock_ahead_ms, 0);
    assert!(seen.address.starts_with("127.0.0.1:"));
    assert_eq!(seen.record, RecordMatch::Known { urls: true, certificate: true, sealing_key: true });
    let CallBack::Tried(tries) = &seen.call_back else { panic!("{seen:?}") };
    assert_eq!((tries.len(), tries[0].fault.clone()), (1, None));
    let codes: Vec<_> = report.findings(Some(&me)).into_iter().map(|finding| finding.code.to_string()).collect();
    assert_eq!(codes, ["answered", "reached"]);
}

#[tokio::test]
async fn a_wrong_clock_is_named_in_both_directions() {
    let both = Both::new().await;
    for (ahead, word) in [(-400, "400 s ahead of"), (400, "400 s behind")] {
        both.buyer.ahead.store(ahead, Ordering::SeqCst);
        let findings = both.check(&both.peer(), &both.me()).await.findings(None);
        let [finding] = findings.as_slice() else { panic!("{findings:?}") };
        assert_eq!((finding.code.as_str(), finding.side), ("clock_off", Side::Either));
        assert!(finding.sentence.contains(word), "{}", finding.sentence);
    }
}

#[tokio::test]
async fn a_drifting_clock_is_named_before_it_hurts() {
    let both = Both::new().await;
    both.seller.ahead.store(60, Ordering::SeqCst);
    assert_eq!(both.faults(&both.peer(), &both.me()).await, one("clock_drift", Side::Either));
}

#[tokio::test]
async fn a_wrong_port_of_the_peer_is_named() {
    let both = Both::new().await;
    let peer = Peer { urls: vec![url(closed_port().await)], ..both.peer() };
    assert_eq!(both.faults(&peer, &both.me()).await, one("refused", Side::Theirs));
}

#[tokio::test]
async fn wrong_keys_of_the_peer_are_named() {
    let both = Both::new().await;
    let me = both.me();
    let peer = Peer { spki_hash: TlsIdentity::generate().unwrap().spki_hash(), ..both.peer() };
    assert_eq!(both.faults(&peer, &me).await, one("wrong_certificate", Side::Either));
    let peer = Peer { node_key: SigningKey::new([9; 32]).public_key(), ..both.peer() };
    assert_eq!(both.faults(&peer, &me).await, one("wrong_key", Side::Either));
    let peer = Peer { sealing_key: SealingSecret::new([9; 32]).public_key(), ..both.peer() };
    assert_eq!(both.faults(&peer, &me).await, one("wrong_sealing_key", Side::Either));
}

#[tokio::test]
async fn a_wrong_port_of_ours_is_named() {
    let both = Both::new().await;
    let me = both.buyer.reachable(closed_port().await);
    both.seller.knows(Peer { urls: me.urls.clone(), ..both.buyer.at(&[]) });
    assert_eq!(both.faults(&both.peer(), &me).await, one("refused", Side::Ours));
}

#[tokio::test]
async fn a_wrong_certificate_of_ours_is_named() {
    let both = Both::new().await;
    let me = Reachable { spki_hash: TlsIdentity::generate().unwrap().spki_hash(), ..both.me() };
    both.seller.knows(Peer { spki_hash: me.spki_hash, ..both.buyer.at(&[both.servers.0.address()]) });
    assert_eq!(both.faults(&both.peer(), &me).await, one("wrong_certificate", Side::Ours));
}

#[tokio::test]
async fn another_node_at_our_address_is_named() {
    let both = Both::new().await;
    // The TLS key is ours, as behind a balancer that two nodes share, but the node is not.
    let other = Node { tls: TlsIdentity::from_secret(&both.buyer.tls.secret()).unwrap(), ..Node::new(7) };
    let server = other.serve().await;
    let me = both.buyer.reachable(server.address());
    both.seller.knows(both.buyer.at(&[server.address()]));
    assert_eq!(both.faults(&both.peer(), &me).await, one("wrong_key", Side::Ours));
}

#[tokio::test]
async fn an_old_record_of_us_is_named() {
    let both = Both::new().await;
    both.seller.knows(Peer {
        node_key: both.buyer.key.public_key(),
        sealing_key: SealingSecret::new([9; 32]).public_key(),
        urls: vec!["https://old.example".parse::<NodeUrl>().unwrap()],
        spki_hash: TlsIdentity::generate().unwrap().spki_hash(),
    });
    let found = both.faults(&both.peer(), &both.me()).await;
    let codes: Vec<_> = found.iter().map(|(code, side)| (code.as_str(), *side)).collect();
    let expected = ["record_urls", "record_certificate", "record_sealing_key"].map(|code| (code, Side::Ours));
    assert_eq!(codes, expected);
}

#[tokio::test]
async fn nobody_calls_back_for_a_stranger() {
    let both = Both::new().await;
    both.seller.desk.records.lock().unwrap().clear();
    let report = both.check(&both.peer(), &both.me()).await;
    let seen = report.urls[0].outcome.as_ref().unwrap();
    assert_eq!((seen.record, &seen.call_back), (RecordMatch::Unknown, &CallBack::NotAllowed));
    assert_eq!(both.faults(&both.peer(), &both.me()).await, one("not_called_back", Side::Theirs));
}

#[tokio::test]
async fn a_peer_without_an_address_is_no_fault() {
    let both = Both::new().await;
    let peer = both.seller.at(&[]);
    let report = both.check(&peer, &both.me()).await;
    assert!(report.is_good(Some(&both.me())));
    assert_eq!(report.findings(None)[0].code.as_str(), "no_url");
}
