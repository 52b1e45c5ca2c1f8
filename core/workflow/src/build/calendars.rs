//! Calendars: working days and clocks with fixed offsets (language §2.5).

use std::sync::Arc;

use countersign_codec::Json;
use countersign_rules::{Calendar, Text};

use super::{Builder, Members, data};
use crate::tree::Node;

/// What a calendar must have; the shape reports what is missing.
const REQUIRED: [&str; 4] = ["week", "holidays", "offset", "covers"];

impl Builder<'_> {
    /// Compiles the calendars of the document, which all bodies share; ascending by name.
    pub(super) fn shared_calendars(&mut self) {
        let doc = self.doc;
        let mut members = Members::new();
        let mut calendars: Vec<(Text, Calendar)> = Vec::new();
        let mut complete = true;
        for (key, node) in doc.get("calendars").and_then(Node::as_map).unwrap_or_default() {
            let mut own = Members::new();
            self.title(node, &mut own);
            data::copy(node, &["week", "holidays", "offset", "offset_changes", "covers"], &mut own);
            own.retain(|key, value| key != "offset_changes" || value.as_list().is_none_or(|items| !items.is_empty()));
            members.insert(key.text.clone(), Json::Map(own));
            let has_all = REQUIRED.iter().all(|key| node.get(key).is_some());
            match Calendar::parse(&node.to_json(), &format!("/calendars/{}", key.text)) {
                Ok(calendar) => calendars.push((Text::from(key.text.as_str()), calendar)),
                Err(faults) => {
                    complete = false;
                    if has_all {
                        self.add_faults(&faults);
                    }
                }
            }
        }
        calendars.sort_by(|(left, _), (right, _)| left.cmp(right));
        self.shared.calendars_written = members;
        self.shared.calendars = complete.then(|| Arc::new(calendars));
    }
}
