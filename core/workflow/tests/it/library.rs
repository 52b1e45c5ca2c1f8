//! The ready scenarios in `examples/`: each with its golden flow and ways in which it goes wrong.

use countersign_codec::Json;
use countersign_workflow::{Play, Scenario, report, run};

use crate::process::{json, time};

const PURCHASE: &str = include_str!("../../../../examples/purchase_to_pay.yaml");

/// Plays steps from 1 April 2026 on.
fn play(document: &str, steps: &str) -> Json {
    let (scenario, _) =
        Scenario::load(document.as_bytes()).unwrap_or_else(|findings| panic!("{}", report("the example", &findings)));
    let Json::List(steps) = json(steps) else { panic!("steps are a list") };
    let play = Play { inputs: Json::Null, steps, start: time("2026-04-01T09:00:00.000Z"), timers: false };
    let (output, refused) = run(&scenario, "scn_x", &play).unwrap();
    assert_eq!(refused, []);
    output
}

/// The state of each process that is alive.
fn states(output: &Json) -> Vec<String> {
    let states = output.get("states").and_then(Json::as_list).unwrap();
    let word = |state: &Json, key: &str| state.get(key).and_then(Json::as_text).unwrap().to_owned();
    states.iter().map(|state| format!("{}:{}", word(state, "process"), word(state, "state"))).collect()
}

const ORDER: &str = r#"{"actor":"buyer","action":"order","data":{"order":{"goods":"Pump","price":"12500.00","due":"2026-05-01"}}},
  {"actor":"supplier","action":"confirm"}"#;

#[test]
fn goods_and_invoice_come_in_any_order_and_the_delay_costs() {
    let output = play(
        PURCHASE,
        &format!(
            r#"[{ORDER},
            {{"actor":"supplier","action":"invoice","data":{{"amount":"13000"}}}},
            {{"actor":"supplier","action":"ship"}},
            {{"actor":"supplier","action":"invoice","data":{{"amount":"12500"}}}},
            {{"actor":"buyer","action":"receive","data":{{"day":"2026-05-08"}},"time":"2026-05-08T10:00:00.000Z"}},
            {{"actor":"buyer","action":"pay"}}]"#
        ),
    );
    assert_eq!(states(&output), ["main:settled"]);
    assert_eq!(output.get("markers").unwrap(), &json(r#"["too_high"]"#));
    assert_eq!(output.get("result").unwrap(), &json(r#"{"paid":"12062.5","penalty":"437.5"}"#));
    let previous = json(r#"["order.ok","confirm.accept","pay.ok"]"#);
    assert_eq!(output.get("previous").unwrap(), &previous, "a process has its own steps");
}

#[test]
fn refused_goods_call_off_the_order_and_end_the_invoice() {
    let shipped = format!(r#"{ORDER}, {{"actor":"supplier","action":"ship","process":"main/goods"}}"#);
    let under_way = play(PURCHASE, &format!("[{shipped}]"));
    assert_eq!(states(&under_way), ["main:fulfilling", "main/goods:under_way", "main/invoice:waiting"]);
    let output = play(PURCHASE, &format!(r#"[{shipped}, {{"actor":"buyer","action":"receive","response":"refuse"}}]"#));
    assert_eq!(states(&output), ["main:called_off"]);
    assert_eq!(output.get("outcome").unwrap(), &Json::text("cancelled"));
    assert_eq!(output.get("open").unwrap(), &json("{}"));
}

#[test]
fn goods_that_never_come_count_as_refused_and_a_late_payment_is_marked() {
    let output = play(PURCHASE, &format!(r#"[{ORDER}, {{"wait":"P90D"}}]"#));
    assert_eq!(states(&output), ["main:called_off"]);
    assert_eq!(output.get("markers").unwrap(), &json(r#"["never_shipped"]"#));
    let late = play(
        PURCHASE,
        &format!(
            r#"[{ORDER}, {{"actor":"supplier","action":"ship"}},
            {{"actor":"buyer","action":"receive","data":{{"day":"2026-04-20"}}}},
            {{"actor":"supplier","action":"invoice","data":{{"amount":"12500"}}}}, {{"wait":"P31D"}}]"#
        ),
    );
    assert_eq!(states(&late), ["main:settling"]);
    assert_eq!(late.get("markers").unwrap(), &json(r#"["overdue"]"#));
    assert_eq!(late.get("vars").unwrap(), &json(r#"{"late_days":0,"payable":"12500","penalty":"0"}"#));
}
