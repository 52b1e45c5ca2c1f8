//! Timers, and clocks that are wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use countersign_chain::Settings;
use countersign_node::StartOptions;
use countersign_types::{Interval, Timestamp};

use crate::invite::APPRAISAL;
use crate::lease::{nothing, response};
use crate::party::{Party, agree, eventually, now, told};

const OFFER: &str = r#"
scenario: countersign/scenario/v1
name: offer
title: An offer that lapses
language: en
comments: none
actors:
  seller: {title: Seller}
  buyer: {title: Buyer}
actions:
  buy: {title: Buy, kind: performative, by: buyer}
initial: offered
states:
  offered: {title: Offered, transitions: [{on: buy, goto: sold}, {after: PT2S, goto: lapsed}]}
  sold: {title: Sold, final: success}
  lapsed: {title: Lapsed, final: failure}
"#;

fn quick() -> Settings {
    Settings { retry: Interval::from_secs(1), ..Settings::default() }
}

/// Ticks in the log of a party.
async fn ticks(party: &Party, contract: &str) -> usize {
    let log = party.client().whole_log(contract, None).await.unwrap();
    log.iter().filter(|entry| entry.kind == "tick").count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadline_passes_by_itself() {
    let seller = Party::start("seller", 41, true).await;
    let buyer = Party::start("buyer", 42, true).await;
    let actors = [("seller", &seller), ("buyer", &buyer)];
    let offer = seller.found_as(OFFER, &[&buyer], &actors, [6; 32], quick()).await;
    buyer.accept(&offer).await;
    assert_eq!(seller.state(&offer).await, "offered");
    eventually("the offer lapses", async || seller.state(&offer).await == "lapsed").await;
    agree(&offer, &[&seller, &buyer]).await;
    assert_eq!(buyer.state(&offer).await, "lapsed");
    // One node speaks in time, the other hears it before its turn.
    assert_eq!(ticks(&buyer, &offer).await, 1);
}

/// One statement fires 1,000 timers, and then another one is due: three states, so that it is never the same.
const RESTLESS: &str = r#"
scenario: countersign/scenario/v1
name: restless
title: Timers that are due again at once
language: en
comments: none
actors:
  seller: {title: Seller}
  buyer: {title: Buyer}
actions:
  stop: {title: Stop, kind: informative, by: everyone}
everywhere: {transitions: [{on: stop, goto: stopped}]}
initial: one
states:
  one: {title: One, transitions: [{at: 'date("2020-01-01")', goto: two}]}
  two: {title: Two, transitions: [{at: 'date("2020-01-02")', goto: three}]}
  three: {title: Three, transitions: [{at: 'date("2020-01-03")', goto: one}]}
  stopped: {title: Stopped, final: cancelled}
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn timers_that_never_rest_do_not_fill_the_log() {
    let seller = Party::start("seller", 49, true).await;
    let buyer = Party::start("buyer", 50, true).await;
    let actors = [("seller", &seller), ("buyer", &buyer)];
    let begun = tokio::time::Instant::now();
    let contract = seller.found_as(RESTLESS, &[&buyer], &actors, [11; 32], quick()).await;
    buyer.accept(&contract).await;
    eventually("a node says that timers are due", async || ticks(&seller, &contract).await > 0).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    // Each of the two once in an interval of a second.
    let count = ticks(&seller, &contract).await;
    let most = 2 * usize::try_from(begun.elapsed().as_secs()).unwrap() + 4;
    assert!(count <= most, "{count} ticks, at most {most}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_rank_speaks_when_the_first_is_away() {
    let seller = Party::start("seller", 43, true).await;
    let buyer = Party::start("buyer", 44, true).await;
    // The first rank is the smallest id.
    let (mut first, second) = if seller.id() < buyer.id() { (seller, buyer) } else { (buyer, seller) };
    let offer = first.found_as(OFFER, &[&second], &[("seller", &first), ("buyer", &second)], [7; 32], quick()).await;
    second.accept(&offer).await;
    eventually("the second knows the offer", async || second.state(&offer).await == "offered").await;
    first.stop().await;
    eventually("the offer lapses", async || second.state(&offer).await == "lapsed").await;
    assert_eq!(ticks(&second, &offer).await, 1);
    first.restart().await;
    agree(&offer, &[&first, &second]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_set_back_stops_nothing() {
    let mut seller = Party::make("seller", 45, true);
    let buyer = Party::start("buyer", 46, true).await;
    let offset = Arc::new(AtomicI64::new(0));
    let read = Arc::clone(&offset);
    let clock = move || Timestamp::from_millis(now().millis() - read.load(Ordering::Relaxed)).unwrap();
    seller.restart_with(StartOptions { clock: Arc::new(clock), ..StartOptions::default() }).await;
    let contract = seller.found_as(APPRAISAL, &[&buyer], &[("owner", &seller)], [8; 32], quick()).await;
    buyer.accept(&contract).await;
    seller.mandate(&contract, &["owner"]).await;
    agree(&contract, &[&seller, &buyer]).await;
    // Within the window of the transport: what lies outside is refused there, with both clocks named.
    offset.store(200_000, Ordering::Relaxed);
    let before = tokio::time::Instant::now();
    let ask = response("owner", "ask", None, nothing());
    seller.act(&contract, ask, &[]).await.unwrap();
    agree(&contract, &[&seller, &buyer]).await;
    assert!(before.elapsed() < Duration::from_secs(15), "a delay waited for the clock");
    assert_eq!(buyer.state(&contract).await, "assessing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_genesis_from_the_future_waits_for_its_time() {
    let seller = Party::start("seller", 47, true).await;
    let mut buyer = Party::make("buyer", 48, true);
    let offset = Arc::new(AtomicI64::new(200_000));
    let read = Arc::clone(&offset);
    let clock = move || Timestamp::from_millis(now().millis() - read.load(Ordering::Relaxed)).unwrap();
    buyer.restart_with(StartOptions { clock: Arc::new(clock), ..StartOptions::default() }).await;
    let strict = Settings { skew: Interval::from_secs(60), ..quick() };

    let request = buyer.founding(APPRAISAL, &[&seller], &[("owner", &buyer)], [9; 32], strict);
    let refused = told(buyer.client().found(&request).await.unwrap_err());
    assert!(refused.starts_with("time_ahead: "), "{refused}");
    assert!(buyer.client().all_contracts().await.unwrap().is_empty());

    let contract = seller.found_as(APPRAISAL, &[&buyer], &[("owner", &seller)], [10; 32], strict).await;
    eventually("the offer arrives", async || buyer.client().contract(&contract).await.is_ok()).await;
    let refused = told(buyer.client().accept(&contract).await.unwrap_err());
    assert!(refused.starts_with("time_ahead: "), "{refused}");
    offset.store(0, Ordering::Relaxed);
    buyer.accept(&contract).await;
    agree(&contract, &[&seller, &buyer]).await;
}
