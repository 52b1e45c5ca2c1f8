//! Long polls and the end of a server.

use std::time::{Duration, Instant};

use countersign_net::{Alias, NetError};

use crate::setup::{HOLD, pair};

#[tokio::test]
async fn a_poll_wakes_when_there_is_news() {
    let (buyer, seller, _server, peer) = pair().await;
    let desk = seller.desk.clone();
    tokio::spawn(async move {
        desk.arrived.notified().await;
        desk.news.notify_one();
    });
    let start = Instant::now();
    assert_eq!(buyer.link.poll(&peer, Alias::NODE, b"").await.as_deref(), Ok(b"news".as_slice()));
    assert!(start.elapsed() < HOLD, "it came before the time was over");
}

#[tokio::test]
async fn a_poll_without_news_ends_empty() {
    let (buyer, _seller, _server, peer) = pair().await;
    let start = Instant::now();
    assert_eq!(buyer.link.poll(&peer, Alias::NODE, b"").await.as_deref(), Ok(b"".as_slice()));
    assert!(start.elapsed() >= HOLD);
}

#[tokio::test]
async fn a_held_poll_blocks_no_exchange() {
    let (buyer, _seller, _server, peer) = pair().await;
    let (link, at) = (buyer.link.clone(), peer.clone());
    let poll = tokio::spawn(async move { link.poll(&at, Alias::NODE, b"").await });
    for _ in 0..3 {
        buyer.link.exchange(&peer, Alias::NODE, b"offer").await.unwrap();
    }
    assert!(!poll.is_finished());
    assert_eq!(poll.await.unwrap().as_deref(), Ok(b"".as_slice()));
}

#[tokio::test]
async fn stopping_ends_polls_and_lets_exchanges_finish() {
    let (buyer, seller, server, peer) = pair().await;
    let (link, at) = (buyer.link.clone(), peer.clone());
    let exchange = tokio::spawn(async move { link.exchange(&at, Alias::NODE, b"wait").await });
    seller.desk.arrived.notified().await;
    let (link, at) = (buyer.link.clone(), peer.clone());
    let poll = tokio::spawn(async move { link.poll(&at, Alias::NODE, b"").await });
    seller.desk.arrived.notified().await;

    let start = Instant::now();
    let stop = tokio::spawn(server.stop(Duration::from_secs(10)));
    let ended = poll.await.unwrap();
    assert!(matches!(ended, Err(NetError::Busy { .. })), "{ended:?}");
    assert!(!exchange.is_finished() && !stop.is_finished());
    assert_eq!(buyer.link.exchange(&peer, Alias::NODE, b"late").await, Err(NetError::Refused));
    seller.desk.go.notify_one();
    assert_eq!(exchange.await.unwrap().as_deref(), Ok(b"waited".as_slice()));
    stop.await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(5), "nobody waited for the grace to end");
}

#[tokio::test]
async fn what_outlasts_the_grace_is_cut() {
    let (buyer, seller, server, peer) = pair().await;
    let (link, at) = (buyer.link.clone(), peer.clone());
    let exchange = tokio::spawn(async move { link.exchange(&at, Alias::NODE, b"wait").await });
    seller.desk.arrived.notified().await;
    server.stop(Duration::from_millis(50)).await;
    assert_eq!(exchange.await.unwrap(), Err(NetError::Closed));
}
