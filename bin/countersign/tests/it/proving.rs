//! An income that is proved to be enough and never shown, by commands alone: the story of the guide.

use countersign_api_model::{ContractView, Outcome, Submitted};
use serde_json::Value;

use crate::lease::{join, party, refused};
use crate::place::Place;

#[test]
fn a_tenant_proves_the_income_by_commands_alone() {
    let place = Place::new();
    let scenario = Place::repository("examples/income_check.yaml").display().to_string();
    let _nodes = [party(&place, "landlord"), party(&place, "tenant")];
    let found = ["contract", "new", "--scenario", &scenario, "--member", "landlord=self"];
    let founded: ContractView =
        place.json("landlord", &[&found as &[&str], &["--member", "tenant=@tenant.card"]].concat());
    let contract = founded.contract.as_str();
    join_as(&place, contract);

    let does = |home: &'static str, action: &'static str, data: &'static [&'static str]| {
        [&["action", "do", contract, action, "--by", home, "--wait", "countersigned"] as &[&str], data].concat()
    };
    place.json::<Submitted>("landlord", &does("landlord", "offer", &["--data", "rent=950"]));
    place.json::<Submitted>("tenant", &does("tenant", "commit", &["--data", "income=3500.00"]));
    place.json::<Submitted>("landlord", &does("landlord", "ask", &[]));
    let asked: ContractView = place.json("tenant", &["contract", "show", contract]);
    let process = asked.process.unwrap();
    let demand = process.open["tenant"].iter().find(|open| open.action == "show").unwrap().forms[0].proof.clone();
    assert_eq!(demand.unwrap().min.as_deref(), Some("2850.00"));

    refused(&place, "tenant", &does("tenant", "show", &["--data", "proof=3600.00"]), "invalid_proof", "");
    let shown: Submitted = place.json("tenant", &does("tenant", "show", &["--data", "proof=3500.00"]));
    assert_eq!(shown.outcome, Outcome::Applied);
    let log: Value = place.json("landlord", &["contract", "log", contract]);
    let view: Value = place.json("landlord", &["contract", "show", contract]);
    for said in [log.to_string(), view.to_string()] {
        assert!(!said.contains("3500") && !said.contains("350000"), "the number is told: {said}");
    }
    place.json::<Submitted>("landlord", &does("landlord", "accept", &[]));
}

fn join_as(place: &Place, contract: &str) {
    join(place, "tenant", contract);
}
