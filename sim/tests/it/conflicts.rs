//! How often parties add at once (the LTO paper, section 11.1). `countersign-sim conflicts` measures 2 to 25 parties.
use countersign_sim::{Conflicts, conflicts, formula};

/// The formula against values worked out by hand.
#[test]
fn the_formula_is_that_of_the_paper() {
    assert!((formula(2) - 0.01).abs() < 1e-12, "0.1 · 0.1");
    assert!((formula(3) - (3.0 * 0.2_f64.powi(2) / 9.0 * (1.0 - 0.2 / 3.0) + (0.2_f64 / 3.0).powi(3))).abs() < 1e-12);
    assert!(formula(25) < 0.02, "less than 2 %");
}

/// The number of conflicts is binomial: within four standard deviations of what the formula says.
#[test]
fn conflicts_are_as_rare_as_the_formula_says() {
    for (parties, windows) in [(2, 1_000), (5, 500)] {
        let runs = (0..windows / 125).map(|seed| conflicts(seed, parties, 125).unwrap());
        let total = runs.fold(Conflicts::default(), Conflicts::and);
        let expected = formula(parties) * windows as f64;
        let spread = 4.0 * (expected * (1.0 - formula(parties))).sqrt();
        assert!(
            (total.conflicts as f64 - expected).abs() < spread,
            "{parties} parties: {total:?}, expected {expected}"
        );
        assert!(total.forks > total.conflicts, "some fork with what was added in the window before: {total:?}");
    }
}
