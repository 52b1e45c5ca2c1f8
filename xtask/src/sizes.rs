//! The largest source files, for people to look at.

use crate::{Findings, tree};

const SHOWN: usize = 20;

/// Prints lines and path of the largest files.
pub fn print() -> Findings {
    let root = tree::root();
    let mut sizes = Vec::new();
    for file in tree::files(root, &["rs", "ts", "tsx", "css", "md"])? {
        sizes.push((tree::read(&root.join(&file))?.lines().count(), file));
    }
    sizes.sort_by(|left, right| right.cmp(left));
    println!("{} files, {} lines", sizes.len(), sizes.iter().map(|(lines, _)| lines).sum::<usize>());
    sizes.iter().take(SHOWN).for_each(|(lines, file)| println!("{lines:>6}  {}", file.display()));
    Ok(Vec::new())
}
