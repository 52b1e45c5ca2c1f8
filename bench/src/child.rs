//! What this program does as a child of itself.

use std::io::Read;
use std::path::Path;

use countersign_keystore::Passphrase;
use countersign_node::Node;

use crate::{Failure, audit, hello, limits};

/// The passphrase of every node here.
pub fn passphrase() -> Result<Passphrase, Failure> {
    Ok(Passphrase::new("a benchmark has no secrets".to_owned())?)
}

/// Runs as `what`.
pub fn run(what: &str, words: &[&str]) -> Result<(), Failure> {
    match (what, words) {
        ("node", [data]) => node(Path::new(data)),
        ("hello", []) => hello::serve(),
        ("limits", [folder]) => limits::print(Path::new(folder)),
        ("audit", [data]) => audit::print(Path::new(data)),
        _ => Err(format!("no child is called {what}").into()),
    }
}

/// A node until its input ends; then it stops in order.
fn node(data: &Path) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let node = Node::start(data, &passphrase()?).await?;
        tokio::task::spawn_blocking(until_input_ends).await?;
        node.stop().await;
        Ok(())
    })
}

/// Returns when the parent closes the pipe, or is gone.
pub fn until_input_ends() {
    let mut rest = Vec::new();
    // An error is an end as well.
    let _ = std::io::stdin().read_to_end(&mut rest);
}
