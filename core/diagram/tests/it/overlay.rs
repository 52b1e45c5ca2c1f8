//! What a run adds to a diagram.

use countersign_diagram::{Diagram, Next, Overlay, Standing, Taken};
use countersign_workflow::Outline;

/// A run in a state, with everything that an overlay may hold.
pub fn busy(diagram: &Diagram, current: &str) -> Overlay {
    let here = diagram.state(current).unwrap();
    let steps = diagram.edges.iter().filter(|edge| edge.source == here || edge.target == here);
    let taken = steps.enumerate().map(|(index, edge)| Taken {
        state: diagram.states[edge.target].name.clone(),
        cause: "sign.ok".to_owned(),
        number: Some(1_000 + index as u64),
    });
    let acting = diagram.states[here].roles.iter().map(|role| diagram.roles[*role].name.clone());
    let named = diagram.edges.iter().filter(|edge| edge.source == here).flat_map(|edge| edge.actions.clone());
    let next = acting.flat_map(|actor| named.clone().map(move |action| Next { actor: actor.clone(), action }));
    Overlay {
        current: Some(current.to_owned()),
        taken: taken.collect(),
        next: next.map(|next| Next { action: next.action.split('.').next().unwrap().to_owned(), ..next }).collect(),
        you: Vec::new(),
        monograms: [("a".to_owned(), "WWW".to_owned())].into(),
        counterexample: diagram.states.iter().map(|state| state.name.clone()).collect(),
    }
}

fn lease() -> Diagram {
    let bytes = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/lease.yaml")).unwrap();
    Diagram::of(&Outline::read(&bytes).unwrap(), "en")
}

fn step(state: &str, cause: &str, number: u64) -> Taken {
    Taken { state: state.to_owned(), cause: cause.to_owned(), number: Some(number) }
}

#[test]
fn a_run_is_told_by_its_lines() {
    let diagram = lease();
    let overlay = Overlay {
        current: Some("guaranteeing".to_owned()),
        taken: vec![
            step("reviewing", "draft.ok", 6),
            step("drafting", "review.reject", 7),
            step("reviewing", "draft.ok", 8),
            step("signing", "review.approve", 9),
            step("signing", "sign.ok", 10),
            step("guaranteeing", "sign.ok", 11),
        ],
        next: vec![Next { actor: "bank".to_owned(), action: "guarantee".to_owned() }],
        you: vec!["bank".to_owned()],
        ..Overlay::default()
    };
    let drawing = diagram.draw(&overlay);
    let said = |source: &str, target: &str| {
        let (source, target) = (diagram.state(source).unwrap(), diagram.state(target).unwrap());
        let line = drawing.wide.lines.iter().find(|line| line.source == source && line.target == target).unwrap();
        let texts: Vec<&str> = line.texts.iter().map(|text| text.text.as_str()).collect();
        (line.standing, texts.join(" / "))
    };
    assert_eq!(said("drafting", "reviewing"), (Standing::Taken, "Draft the lease / No. 6, 8".to_owned()));
    assert_eq!(said("reviewing", "drafting"), (Standing::Taken, "Send back / No. 7".to_owned()));
    assert_eq!(said("signing", "signing"), (Standing::Taken, "Sign the lease / No. 10".to_owned()));
    assert_eq!(said("guaranteeing", "in_force"), (Standing::Next, "Guarantee the rent / by Guarantor bank".to_owned()));
    assert_eq!(said("guaranteeing", "lapsed"), (Standing::Next, "after 14 days".to_owned()));
    assert_eq!(said("signing", "lapsed"), (Standing::Rest, "after 30 days".to_owned()));
    let current = &drawing.wide.boxes[diagram.state("guaranteeing").unwrap()];
    assert_eq!(current.standing, Standing::Current);
    assert_eq!(current.badge.as_ref().unwrap().text, "Now: your turn");
    assert_eq!(drawing.words.first().unwrap(), "It begins with “The lease is being drafted”.");
    assert_eq!(drawing.words.last().unwrap(), "Now: “The bank guarantees”.");
}

#[test]
fn the_main_way_of_the_lease_is_one_line() {
    let diagram = lease();
    let drawing = diagram.draw(&Overlay::default());
    let middle = |state: &str| {
        let area = drawing.wide.boxes[diagram.state(state).unwrap()].area;
        drawing
            .wide
            .lines
            .iter()
            .find(|line| line.points[0].x == area.right() && line.points.len() == 2)
            .map(|line| line.points[0].y)
    };
    let heights: Vec<_> = ["drafting", "reviewing", "signing", "guaranteeing"].into_iter().map(middle).collect();
    assert!(heights.iter().all(|height| height.is_some() && *height == heights[0]), "{heights:?}");
    // A window of 1,440 pixels, less its frame, shows all of it with nine tenths of the size.
    assert!(drawing.wide.width.0 * 9 <= 1_086 * 10, "{}", drawing.wide.width);
    // A telephone of 360 pixels, less the margins of the page.
    assert!(drawing.narrow.width.0 <= 320, "{}", drawing.narrow.width);
}

#[test]
fn a_counterexample_is_numbered() {
    let diagram = lease();
    let counterexample = ["drafting", "reviewing", "drafting", "reviewing"].map(str::to_owned).to_vec();
    let drawing = diagram.draw(&Overlay { counterexample, ..Overlay::default() });
    let marks = |layout: &countersign_diagram::Layout| {
        let marks = layout.lines.iter().flat_map(|line| &line.marks).map(|mark| mark.text.clone());
        marks.collect::<Vec<_>>()
    };
    assert_eq!(marks(&drawing.wide), ["1,3", "2"]);
    assert_eq!(marks(&drawing.narrow), ["1,3", "2"]);
    let standing = |state: &str| drawing.wide.boxes[diagram.state(state).unwrap()].standing;
    assert_eq!((standing("drafting"), standing("reviewing")), (Standing::Counterexample, Standing::Stuck));
}
