//! English: articles, plurals and lists.

use countersign_workflow::lower_first;

/// `a, b and c`.
pub(crate) fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Whether a name stands for more than one thing, by its last letters.
pub(crate) fn is_plural(words: &str) -> bool {
    words.ends_with('s') && !["ss", "us", "is"].iter().any(|end| words.ends_with(end))
}

/// A title with its article: `the rent`; words that ask have none.
pub(crate) fn the(title: &str) -> String {
    let title = lower_first(title);
    let first = title.split(' ').next().unwrap_or_default();
    match first {
        "the" | "a" | "an" | "what" | "who" | "when" | "where" | "why" | "how" | "which" => title,
        _ => format!("the {title}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_agree() {
        assert!(is_plural("Terms") && !is_plural("address") && !is_plural("status") && !is_plural("rent"));
        assert_eq!(the("Monthly rent"), "the monthly rent");
        assert_eq!(the("The lease"), "the lease");
        assert_eq!(the("what"), "what");
    }
}
