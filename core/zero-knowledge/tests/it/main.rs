//! Larger tests: what is true can be proved, nothing else is believed, and the vectors.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests read files, and fail by panic")]

mod properties;
mod vectors;

use countersign_crypto::{Seed, SigningKey};
use countersign_zero_knowledge::{Challenge, Claim, Occasion, Opening, Proof, prove};

/// Ana's opening of a number in the contract of [`occasion`].
fn opening(value: i64) -> Opening {
    Opening::derive(&SigningKey::new([1; 32]), "ctr_lease", value, [7; 16])
}

fn occasion() -> Occasion<'static> {
    Occasion {
        contract: "ctr_lease",
        process: "main",
        action: "show_income",
        response: "ok",
        party: "idn_ana",
        challenge: Challenge::new([9; 32]),
    }
}

fn proof(claim: Claim, value: i64) -> Proof {
    prove(&occasion(), claim, &opening(value), Seed::new([3; 32])).unwrap()
}
