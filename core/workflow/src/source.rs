//! Reading YAML 1.2 restricted to JSON values, and JSON, into a placed tree.

use std::borrow::Cow;
use std::collections::BTreeSet;

use countersign_codec::{INTEGER_MAX, Json, JsonLimits};
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, StrInput};

use crate::finding::{Finding, Place};
use crate::tree::{Key, Kind, Node};

/// Most bytes of a document: 1 MiB (language §2).
pub const DOCUMENT_BYTES_MAX: usize = 1 << 20;
/// Deepest nesting of lists and maps in YAML; the parser of YAML itself ends at 255.
pub const DOCUMENT_DEPTH_MAX: usize = 200;
/// Most values and keys of a document.
pub const DOCUMENT_VALUES_MAX: usize = 200_000;

/// Limits of a document as JSON. In canonical form a sum of 500 numbers is a tree 1,000 deep.
pub(crate) const JSON_LIMITS: JsonLimits = JsonLimits { bytes_max: DOCUMENT_BYTES_MAX, depth_max: 1_200 };

/// Reads one document.
///
/// # Errors
/// E101 not YAML or not UTF-8, E102 a key twice, E103 a float, E107 too long or too deep, E108 anchors and tags.
pub(crate) fn read(bytes: &[u8]) -> Result<Node, Finding> {
    if bytes.len() > DOCUMENT_BYTES_MAX {
        return Err(too_many("bytes", bytes.len(), DOCUMENT_BYTES_MAX, Place::START));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        not_yaml(place_after(&String::from_utf8_lossy(before)), "this is not UTF-8")
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let placed = Builder::new(text).run();
    // What is JSON is read by the rules of JSON; YAML then only tells the places.
    if text.trim_start().starts_with('{')
        && let Ok(json) = Json::parse(text.as_bytes(), JSON_LIMITS)
    {
        return Ok(match placed {
            Ok(node) if node.to_json() == json => node,
            _ => Node::from_json(&json, Place::START),
        });
    }
    placed
}

fn not_yaml(place: Place, reason: impl std::fmt::Display) -> Finding {
    Finding::new("E101", place, format!("not YAML 1.2: {reason}"))
}

fn too_many(things: &str, count: usize, max: usize, place: Place) -> Finding {
    Finding::new("E107", place, format!("too many {things}: {count}, at most {max}"))
}

fn place_after(text: &str) -> Place {
    let line = text.matches('\n').count().saturating_add(1);
    let column = text.rsplit('\n').next().unwrap_or_default().chars().count().saturating_add(1);
    Place { line: narrow(line), column: narrow(column) }
}

fn narrow(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

fn place_of(marker: Marker) -> Place {
    Place { line: narrow(marker.line()).max(1), column: narrow(marker.col()).saturating_add(1) }
}

/// A list or map that is not closed yet.
enum Open {
    List(Vec<Node>),
    Map { members: Vec<(Key, Node)>, seen: BTreeSet<String>, key: Option<Key> },
}

/// Builds the tree from the events of the parser, without recursion.
struct Builder<'a> {
    text: &'a str,
    open: Vec<(Place, Open)>,
    root: Option<Node>,
    values: usize,
}

impl<'a> Builder<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, open: Vec::new(), root: None, values: 0 }
    }

    fn run(mut self) -> Result<Node, Finding> {
        let mut parser: Parser<'a, StrInput<'a>> = Parser::new_from_str(self.text);
        let mut documents = 0_u32;
        while let Some(next) = parser.next_event() {
            let (event, span) = next.map_err(|error| self.scan_error(&error))?;
            let place = place_of(span.start);
            match event {
                Event::DocumentStart(_) => {
                    documents = documents.saturating_add(1);
                    if documents > 1 {
                        return Err(not_yaml(place, "several documents, one is expected"));
                    }
                }
                Event::StreamEnd => break,
                other => self.event(other, place, span.start)?,
            }
        }
        self.root.ok_or_else(|| not_yaml(Place::START, "the document is empty"))
    }

    fn event(&mut self, event: Event<'a>, place: Place, start: Marker) -> Result<(), Finding> {
        match event {
            Event::Alias(_) => Err(not_used(place)),
            Event::Scalar(text, style, anchor, tag) => {
                if anchor > 0 || tag.is_some() {
                    return Err(not_used(self.sign_before(start)));
                }
                self.scalar(text, style, place)
            }
            Event::SequenceStart(anchor, tag) | Event::MappingStart(anchor, tag) if anchor > 0 || tag.is_some() => {
                Err(not_used(self.sign_before(start)))
            }
            Event::SequenceStart(..) => self.begin(place, Open::List(Vec::new())),
            Event::MappingStart(..) => {
                self.begin(place, Open::Map { members: Vec::new(), seen: BTreeSet::new(), key: None })
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some((place, Open::List(items))) => self.place_value(Node { place, kind: Kind::List(items) }),
                Some((place, Open::Map { members, .. })) => self.place_value(Node { place, kind: Kind::Map(members) }),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn begin(&mut self, place: Place, open: Open) -> Result<(), Finding> {
        if self.expects_key() {
            return Err(not_yaml(place, "a key is a word, not a list or map"));
        }
        if self.open.len() >= DOCUMENT_DEPTH_MAX {
            let found = self.open.len().saturating_add(1);
            return Err(too_many("nested lists and maps", found, DOCUMENT_DEPTH_MAX, place));
        }
        self.open.push((place, open));
        Ok(())
    }

    fn expects_key(&self) -> bool {
        matches!(self.open.last(), Some((_, Open::Map { key: None, .. })))
    }

    fn scalar(&mut self, text: Cow<'a, str>, style: ScalarStyle, place: Place) -> Result<(), Finding> {
        if self.expects_key() {
            return self.key(text.into_owned(), style, place);
        }
        let kind = if style == ScalarStyle::Plain {
            plain(&text, place)?
        } else {
            let quoted = matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted);
            Kind::Text { offset: (quoted && !text.contains('\n')).then_some(1), text: text.into_owned() }
        };
        self.place_value(Node { place, kind })
    }

    fn key(&mut self, text: String, style: ScalarStyle, place: Place) -> Result<(), Finding> {
        if style == ScalarStyle::Plain && text == "<<" {
            return Err(not_used(place));
        }
        self.count(place)?;
        let Some((_, Open::Map { seen, key, .. })) = self.open.last_mut() else { return Ok(()) };
        if !seen.insert(text.clone()) {
            return Err(Finding::new("E102", place, format!("key `{text}` appears twice")));
        }
        *key = Some(Key { place, text });
        Ok(())
    }

    fn count(&mut self, place: Place) -> Result<(), Finding> {
        self.values = self.values.saturating_add(1);
        if self.values > DOCUMENT_VALUES_MAX {
            return Err(too_many("values", self.values, DOCUMENT_VALUES_MAX, place));
        }
        Ok(())
    }

    fn place_value(&mut self, node: Node) -> Result<(), Finding> {
        self.count(node.place)?;
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some((_, Open::List(items))) => items.push(node),
            Some((_, Open::Map { members, key, .. })) => match key.take() {
                Some(key) => members.push((key, node)),
                None => return Err(not_yaml(node.place, "a key is missing")),
            },
        }
        Ok(())
    }

    /// The place of the last `&` or `!` up to `start`: events tell where a value begins, not its anchor or tag.
    fn sign_before(&self, start: Marker) -> Place {
        let end = self.text.char_indices().nth(start.index().saturating_add(1)).map_or(self.text.len(), |(at, _)| at);
        let before = self.text.get(..end).unwrap_or(self.text);
        let mut at = before.rfind(['&', '!']).unwrap_or(0);
        // A tag may begin with more than one: `!!str`.
        while before.get(..at).is_some_and(|rest| rest.ends_with('!')) {
            at = at.saturating_sub(1);
        }
        place_after(before.get(..at).unwrap_or_default())
    }

    fn scan_error(&self, error: &ScanError) -> Finding {
        let place = place_of(*error.marker());
        let reason = error.info();
        if reason.contains("unknown anchor") {
            return not_used(place);
        }
        if reason.contains("recursion") {
            return too_many("nested lists and maps", DOCUMENT_DEPTH_MAX.saturating_add(1), DOCUMENT_DEPTH_MAX, place);
        }
        let lines = self.text.lines().enumerate().take(place.line.saturating_add(1) as usize);
        for (index, line) in lines {
            let indent = line.chars().take_while(|c| *c == ' ').count();
            if line.get(indent..).is_some_and(|rest| rest.starts_with('\t') && !rest.trim().is_empty()) {
                let place = Place { line: narrow(index).saturating_add(1), column: narrow(indent).saturating_add(1) };
                return not_yaml(place, "a tab as indent");
            }
        }
        not_yaml(place, reason)
    }
}

fn not_used(place: Place) -> Finding {
    Finding::new("E108", place, "anchors, tags and merge keys are not used")
}

/// The value of a word without quotes: the core schema of YAML 1.2 without floats and other spellings.
fn plain(text: &str, place: Place) -> Result<Kind, Finding> {
    Ok(match text {
        "" | "~" | "null" => Kind::Null,
        "true" => Kind::Bool(true),
        "false" => Kind::Bool(false),
        _ => match text.parse::<i64>() {
            Ok(value) if value.to_string() == text && value.abs() <= INTEGER_MAX => Kind::Int(value),
            _ if looks_like_number(text) => {
                return Err(Finding::new("E103", place, format!("write {text} in quotes, floats are not exact")));
            }
            _ => Kind::Text { offset: (!text.contains('\n')).then_some(0), text: text.to_owned() },
        },
    })
}

/// Whether another reader of YAML could take the word for a number.
fn looks_like_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if let Some(digits) = unsigned.strip_prefix("0x") {
        return !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    if let Some(digits) = unsigned.strip_prefix("0o") {
        return !digits.is_empty() && digits.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
    }
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    !(whole.is_empty() && fraction.is_empty())
        && digits(whole)
        && digits(fraction)
        && !exponent.is_empty()
        && digits(exponent)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn finding(text: &str) -> (&'static str, u32, u32) {
        let finding = read(text.as_bytes()).unwrap_err();
        (finding.code, finding.place.line, finding.place.column)
    }

    #[test]
    fn what_is_not_json_is_refused_at_its_place() {
        assert_eq!(finding("a: 1\n\tb: 2\n"), ("E101", 2, 1));
        assert_eq!(finding("a: {b: 1\n").0, "E101");
        assert_eq!(finding("a: 1\n---\nb: 2\n").0, "E101");
        assert_eq!(finding("a: 1\nb: 2\na: 3\n"), ("E102", 3, 1));
        for float in ["1.5", ".5", "1e3", "-0", "007", "+1", "0x1F", ".inf", "9007199254740992"] {
            assert_eq!(finding(&format!("a: {float}\n")), ("E103", 1, 4), "{float}");
        }
        assert_eq!(finding("a: &x {b: 1}\n"), ("E108", 1, 4));
        assert_eq!(finding("a: [*x]\n").0, "E108");
        assert_eq!(finding("a: !!str 1\n"), ("E108", 1, 4));
        assert_eq!(finding("<<: {a: 1}\n"), ("E108", 1, 1));
        assert_eq!(finding(&"[".repeat(300)).0, "E107");
        assert_eq!(finding("").0, "E101");
    }

    #[test]
    fn words_are_words_and_places_are_kept() {
        let node = read("on: yes\nlist: [\"a\", 'b', 3, true, ~]\n".as_bytes()).unwrap();
        assert_eq!(node.to_json().to_string(), r#"{"list":["a","b",3,true,null],"on":"yes"}"#);
        let (key, list) = node.member("list").unwrap();
        assert_eq!((key.place.line, key.place.column), (2, 1));
        let second = &list.as_list().unwrap()[1];
        assert_eq!((second.place.line, second.place.column), (2, 13));
    }

    #[test]
    fn json_is_read_by_the_rules_of_json() {
        let node = read(br#"{"a":"\ud83d\ude00","b":[1,2]}"#).unwrap();
        assert_eq!(node.get("a").unwrap().as_text(), Some("\u{1f600}"));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            let _ = read(&bytes);
        }

        #[test]
        fn arbitrary_signs_never_panic(text in "[-a1:,&*!|> {}\\[\\]\"'\n\t#%@?~<.\\\\]{0,60}") {
            let _ = read(text.as_bytes());
        }
    }
}
