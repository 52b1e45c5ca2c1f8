//! What an evaluation reads from the process or record around it.

use crate::calendar::Calendar;
use crate::value::{Text, Value};

/// The facts around an expression. Each is asked for only when the expression needs it.
///
/// The defaults say that there is nothing.
pub trait Environment {
    /// The value of a path below `_`, unassigned if there is none. (The empty path is the whole root.)
    fn root(&self, path: &[Text]) -> Value {
        let _ = path;
        Value::Unassigned
    }

    /// The value of a path below the current block of a record.
    fn block(&self, path: &[Text]) -> Value {
        let _ = path;
        Value::Unassigned
    }

    /// The value of a path below a local.
    fn local(&self, name: &str, path: &[Text]) -> Value {
        let _ = (name, path);
        Value::Unassigned
    }

    /// Whether an actor (`actor`: the one of the step) gave that response since the state was entered.
    fn did(&self, who: &str, action: &str, response: Option<&str>) -> bool {
        let _ = (who, action, response);
        false
    }

    /// Whether every actor in `by` of the action did it since the state was entered.
    fn everyone_did(&self, action: &str, response: Option<&str>) -> bool {
        let _ = (action, response);
        false
    }

    /// How many actors did it since the state was entered.
    fn how_many_did(&self, action: &str, response: Option<&str>) -> i64 {
        let _ = (action, response);
        0
    }

    /// Whether the children that the state started are finished; true if there are none.
    fn all_finished(&self) -> bool {
        true
    }

    /// The calendar of that name.
    fn calendar(&self, name: &str) -> Option<&Calendar> {
        let _ = name;
        None
    }
}
