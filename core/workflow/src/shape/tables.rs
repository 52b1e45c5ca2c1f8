//! The keys of every map of a scenario (page `scenario-v1.schema.json`).

use super::Rule::{Optional, Refused, Required};
use super::Shape::{
    ActionNames, Any, AnyMap, Bool, Constant, Duration, Effect, Expression, ExpressionOr, Integer, Keys, Label, Line,
    List, Name, Names, NamesOf, Path, Tag, Text, Transition, Word, WordOr,
};
use super::{Member, Record, Rule, Shape};
use crate::scenario::MEMBERS_MAX;
use crate::timer::REPETITIONS_MAX;
use countersign_rules::{HOLIDAYS_MAX, OFFSET_CHANGES_MAX};

/// Words that name nothing: words of the grammar, and the three of §2.
pub(crate) const RESERVED_NAMES: [&str; 16] = [
    "stay",
    "everyone",
    "none",
    "if",
    "then",
    "else",
    "and",
    "or",
    "not",
    "in",
    "is",
    "assigned",
    "unassigned",
    "otherwise",
    "true",
    "false",
];

/// Most characters of one text.
const TEXT_CHARACTERS_MAX: usize = 65_536;
/// Most characters of a date, a timestamp or an offset.
const DATE_CHARACTERS_MAX: usize = 30;
/// The days of a week.
const WEEK: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// Most bytes of one attachment: 1 GiB.
const ATTACHMENT_BYTES_MAX: i64 = 1 << 30;

const fn member(key: &'static str, shape: Shape, rule: Rule) -> Member {
    Member { key, shape, rule }
}

const UI: Member = member("ui", AnyMap(100), Optional);
const TITLE: Member = member("title", Text, Required);
const DESCRIPTION: Member = member("description", Text, Optional);
const CLAUSE: Member = member("clause", Line(64), Optional);
const DATA: Member = member("data", AnyMap(500), Optional);
const SCHEMA: Member = member("schema", AnyMap(TEXT_CHARACTERS_MAX), Optional);
const MANY: Member = member("many", Shape::Record(&COUNT), Optional);
const IF: Member = member("if", Expression, Optional);
const DO: Member = member("do", EFFECTS, Optional);
const ATTACHMENTS: Member = member("attachments", NamesOf(&ATTACHMENT_SHAPE, 0, 50, "attachments"), Optional);
const PROOF: Member = member("proof", Shape::Record(&PROVING), Optional);
const ATTACHMENT_SHAPE: Shape = Shape::Record(&ATTACHMENT);
const EFFECTS: Shape = List(&Effect, 0, 100, "effects");
const TRANSITIONS: Shape = List(&Transition, 0, 200, "transitions");
const LEAVING: Shape = List(&Transition, 1, 200, "transitions");
const NONE: &[&str] = &["none"];
const BALLOT_OR_NONE: Shape = WordOr(NONE, &BALLOT);
/// Most characters of the address of a request.
const ADDRESS_CHARACTERS_MAX: usize = 2_048;
const BODY: Shape = Keys(&Expression, 100, "members");
const MEDIA: Shape = List(&Line(127), 0, 32, "media types");

/// The document.
pub(crate) static SCENARIO: Record = Record {
    what: "the scenario",
    members: &[
        member("scenario", Constant("countersign/scenario/v1"), Required),
        member("name", Name, Required),
        TITLE,
        member("language", Tag, Required),
        member("version", Line(64), Optional),
        DESCRIPTION,
        UI,
        member("clauses", Keys(&Text, 1_000, "clauses"), Optional),
        member("types", NamesOf(&Any, 0, 500, "types"), Optional),
        member("imports", Any, Refused("an import (`imports`)")),
        member("actors", NamesOf(&Shape::Record(&ACTOR), 1, 100, "actors"), Required),
        member("assets", NamesOf(&Shape::Record(&ASSET), 0, 200, "assets"), Optional),
        member("vars", AnyMap(500), Optional),
        member("inputs", AnyMap(500), Optional),
        member("signals", SIGNALS, Optional),
        member("actions", NamesOf(&Shape::Record(&ACTION), 0, 2_000, "actions"), Optional),
        member("states", NamesOf(&Shape::Record(&STATE), 1, 2_000, "states"), Required),
        member("initial", Name, Required),
        member("everywhere", Shape::Record(&EVERYWHERE), Optional),
        member("scenarios", SCENARIOS, Optional),
        member("result", NamesOf(&Expression, 0, 100, "results"), Optional),
        member("data_classes", NamesOf(&Shape::Record(&DATA_CLASS), 0, 100, "data classes"), Optional),
        member("calendars", NamesOf(&Shape::Record(&CALENDAR), 0, 100, "calendars"), Optional),
        member("documents", Any, Refused("a document (`documents`)")),
        member("comments", WordOr(NONE, &COMMENTS), Optional),
        member("changes", WordOr(NONE, &CHANGES), Optional),
    ],
};

/// A partial scenario from existing states back into one.
pub(crate) static DEVIATION: Record = Record {
    what: "the deviation",
    members: &[
        member("scenario", Constant("countersign/deviation/v1"), Required),
        member("name", Name, Required),
        TITLE,
        member("language", Tag, Required),
        member("version", Line(64), Optional),
        DESCRIPTION,
        member("of", Name, Required),
        member("clauses", Keys(&Text, 1_000, "clauses"), Optional),
        member("vars", AnyMap(500), Optional),
        member("actions", NamesOf(&Shape::Record(&ACTION), 0, 2_000, "actions"), Optional),
        member("leaves", NamesOf(&LEAVING, 1, 50, "states"), Required),
        member("states", NamesOf(&Shape::Record(&STATE), 0, 2_000, "states"), Optional),
    ],
};

/// How a running process moves to another scenario.
pub(crate) static UPDATE: Record = Record {
    what: "the update",
    members: &[
        member("scenario", Constant("countersign/update/v1"), Required),
        member("name", Name, Required),
        TITLE,
        member("language", Tag, Required),
        member("version", Line(64), Optional),
        DESCRIPTION,
        member("of", Name, Required),
        member("to", Line(71), Required),
        member("states", NamesOf(&Name, 1, 2_000, "states"), Required),
        DO,
    ],
};

static CHANGES: Record = Record {
    what: "`changes`",
    members: &[
        member("deviation", BALLOT_OR_NONE, Optional),
        member("update", BALLOT_OR_NONE, Optional),
        member("dispute", BALLOT_OR_NONE, Optional),
        member("removal", WordOr(NONE, &REMOVAL), Optional),
    ],
};

static BALLOT: Record = Record {
    what: "a ballot",
    members: &[
        member("who", Names, Required),
        member("need", WordOr(&["all", "majority"], &SHARE), Required),
        member("within", Duration, Required),
    ],
};

static SHARE: Record = Record { what: "a share", members: &[member("share", Line(9), Required)] };

/// A ballot that this version does not hold.
static REMOVAL: Record = Record {
    what: "a ballot on removal",
    members: &[
        member("who", Any, Refused("the removal of a member by ballot (`removal`)")),
        member("need", Any, Refused("the removal of a member by ballot (`removal`)")),
        member("within", Any, Refused("the removal of a member by ballot (`removal`)")),
    ],
};

const SIGNALS: Shape = NamesOf(&Shape::Record(&SIGNAL), 0, 200, "signals");
const SCENARIOS: Shape = NamesOf(&Shape::Body, 0, 200, "scenarios");

/// A sub-scenario.
pub(crate) static SUB_SCENARIO: Record = Record {
    what: "a sub-scenario",
    members: &[
        TITLE,
        DESCRIPTION,
        UI,
        member("clauses", Keys(&Text, 1_000, "clauses"), Optional),
        member("types", NamesOf(&Any, 0, 500, "types"), Optional),
        member("import", Any, Refused("an import (`imports`)")),
        member("actors", NamesOf(&Shape::Record(&ACTOR), 1, 100, "actors"), Required),
        member("assets", NamesOf(&Shape::Record(&ASSET), 0, 200, "assets"), Optional),
        member("vars", AnyMap(500), Optional),
        member("inputs", AnyMap(500), Optional),
        member("signals", SIGNALS, Optional),
        member("actions", NamesOf(&Shape::Record(&ACTION), 0, 2_000, "actions"), Optional),
        member("states", NamesOf(&Shape::Record(&STATE), 1, 2_000, "states"), Required),
        member("initial", Name, Required),
        member("everywhere", Shape::Record(&EVERYWHERE), Optional),
        member("scenarios", SCENARIOS, Optional),
        member("result", NamesOf(&Expression, 0, 100, "results"), Optional),
    ],
};

static SIGNAL: Record = Record { what: "a signal", members: &[DATA, SCHEMA, member("hold", Bool, Optional)] };

/// An item of `start`.
static CHILD: Record = Record {
    what: "a child",
    members: &[
        member("child", Name, Required),
        member("scenario", Name, Required),
        member("with", NamesOf(&Expression, 0, 100, "inputs"), Optional),
        member("actors", NamesOf(&Name, 0, 100, "actors"), Optional),
        member("for", Shape::Record(&FOR), Optional),
        IF,
        member("own", Bool, Optional),
    ],
};

static FOR: Record = Record {
    what: "`for`",
    members: &[
        member("each", Name, Required),
        member("in", Expression, Required),
        member("order", Word(&["parallel", "sequential"]), Required),
    ],
};

static ACTOR: Record = Record {
    what: "an actor",
    members: &[
        TITLE,
        DESCRIPTION,
        UI,
        DATA,
        SCHEMA,
        MANY,
        member("acts_for", Name, Optional),
        member("joins", Word(&["start", "invitation"]), Optional),
        member("proof", Any, Refused("a step of proof before joining (`proof`)")),
        member("priority", Integer(-100, 100), Optional),
    ],
};

static COUNT: Record = Record {
    what: "`many`",
    members: &[
        member("min", Integer(0, MEMBERS_MAX as i64), Required),
        member("max", Integer(1, MEMBERS_MAX as i64), Required),
    ],
};

static ASSET: Record =
    Record { what: "an asset", members: &[TITLE, DESCRIPTION, UI, DATA, SCHEMA, member("type", Name, Optional), MANY] };

static ATTACHMENT: Record = Record {
    what: "an attachment",
    members: &[
        TITLE,
        DESCRIPTION,
        member("media", List(&Line(127), 1, 32, "media types"), Optional),
        MANY,
        member("optional", Bool, Optional),
        member("max_bytes", Integer(1, ATTACHMENT_BYTES_MAX), Optional),
        member("personal", Name, Optional),
    ],
};

static PROVING: Record = Record {
    what: "`proof`",
    members: &[
        member("of", Path, Required),
        member("challenge", Path, Required),
        member("min", Expression, Optional),
        member("max", Expression, Optional),
        member("knows", Bool, Optional),
    ],
};

static RESPONSE: Record =
    Record { what: "a response", members: &[TITLE, DESCRIPTION, UI, DATA, SCHEMA, ATTACHMENTS, PROOF, DO] };

static ACTION: Record = Record {
    what: "an action",
    members: &[
        TITLE,
        DESCRIPTION,
        CLAUSE,
        UI,
        member("kind", Word(&["performative", "informative"]), Required),
        member("by", Names, Required),
        IF,
        member("seen", List(&Path, 1, 20, "paths"), Optional),
        DATA,
        SCHEMA,
        ATTACHMENTS,
        PROOF,
        DO,
        member("responses", NamesOf(&Shape::Record(&RESPONSE), 1, 50, "responses"), Optional),
        member("expect", Name, Optional),
        member("run", Shape::Record(&RUN), Optional),
        member("announce", Shape::Record(&ANNOUNCE), Optional),
        member("needs", Word(&["countersigned", "final"]), Optional),
        member("priority", Integer(-100, 100), Optional),
    ],
};

static ANNOUNCE: Record =
    Record { what: "`announce`", members: &[member("wait", Duration, Required), member("objectors", Names, Required)] };

static RUN: Record = Record {
    what: "a system action",
    members: &[
        member("http", Shape::Record(&HTTP), Optional),
        member("webhook", Shape::Record(&WEBHOOK), Optional),
        member("program", Shape::Record(&PROGRAM), Optional),
        member("contract", Shape::Record(&QUESTION), Optional),
        member("timeout", Duration, Required),
        member("retry", Shape::Record(&RETRY), Optional),
        member("poll", Shape::Record(&POLL), Optional),
    ],
};

static HTTP: Record = Record {
    what: "an HTTP request",
    members: &[
        member("method", Word(&["GET", "POST", "PUT", "PATCH", "DELETE"]), Required),
        member("url", Line(ADDRESS_CHARACTERS_MAX), Required),
        member("headers", Keys(&Expression, 50, "headers"), Optional),
        member("body", BODY, Optional),
        member("secret", Name, Optional),
    ],
};

static WEBHOOK: Record = Record {
    what: "a webhook",
    members: &[member("url", Line(ADDRESS_CHARACTERS_MAX), Required), member("body", BODY, Optional)],
};

static PROGRAM: Record =
    Record { what: "a program", members: &[member("name", Name, Required), member("input", BODY, Optional)] };

static QUESTION: Record = Record {
    what: "a question to another contract",
    members: &[
        member("of", Expression, Required),
        member("ask", Shape::Record(&ASK), Optional),
        member("answer", ActionNames, Optional),
    ],
};

static ASK: Record = Record {
    what: "what is said in another contract",
    members: &[
        member("actor", Name, Required),
        member("action", Name, Required),
        member("response", Name, Optional),
        member("data", BODY, Optional),
    ],
};

static RETRY: Record = Record {
    what: "`retry`",
    members: &[
        member("times", Integer(1, 100), Required),
        member("first", Duration, Required),
        member("factor", Integer(1, 10), Required),
        member("longest", Duration, Required),
    ],
};

static POLL: Record = Record {
    what: "`poll`",
    members: &[member("every", Duration, Required), member("times", Integer(1, 100_000), Required)],
};

static STATE: Record = Record {
    what: "a state",
    members: &[
        TITLE,
        DESCRIPTION,
        CLAUSE,
        UI,
        member("instructions", NamesOf(&Text, 0, 100, "instructions"), Optional),
        DO,
        member("start", List(&Shape::Record(&CHILD), 1, 100, "children"), Optional),
        member("acknowledge", Names, Optional),
        member("transitions", TRANSITIONS, Optional),
        member("final", Word(&["success", "failure", "cancelled"]), Optional),
    ],
};

static EVERYWHERE: Record = Record {
    what: "`everywhere`",
    members: &[
        member("except", List(&Name, 0, 2_000, "states"), Optional),
        member("transitions", TRANSITIONS, Required),
    ],
};

static COMMENTS: Record = Record {
    what: "`comments`",
    members: &[
        member("by", Names, Required),
        member("media", MEDIA, Optional),
        member("max_bytes", Integer(1, ATTACHMENT_BYTES_MAX), Optional),
    ],
};

/// `subject` and `keep` are missed by E502, which says why they matter.
static DATA_CLASS: Record = Record {
    what: "a data class",
    members: &[
        TITLE,
        member("subject", Name, Optional),
        member("purpose", Text, Required),
        member("keep", Duration, Optional),
        member("from", Word(&["end", "entry"]), Required),
        member("holders", Names, Optional),
    ],
};

static CALENDAR: Record = Record {
    what: "a calendar",
    members: &[
        TITLE,
        member("week", List(&Word(&WEEK), 1, 7, "days of the week"), Required),
        member("holidays", List(&Line(DATE_CHARACTERS_MAX), 0, HOLIDAYS_MAX, "holidays"), Required),
        member("offset", Line(DATE_CHARACTERS_MAX), Required),
        member(
            "offset_changes",
            List(&Shape::Record(&OFFSET_CHANGE), 0, OFFSET_CHANGES_MAX, "changes of the offset"),
            Optional,
        ),
        member("covers", Shape::Record(&COVERS), Required),
    ],
};

static OFFSET_CHANGE: Record = Record {
    what: "a change of the offset",
    members: &[
        member("from", Line(DATE_CHARACTERS_MAX), Required),
        member("offset", Line(DATE_CHARACTERS_MAX), Required),
    ],
};

static COVERS: Record = Record {
    what: "`covers`",
    members: &[member("from", Line(DATE_CHARACTERS_MAX), Required), member("to", Line(DATE_CHARACTERS_MAX), Required)],
};

static BUSINESS_DAYS: Record = Record {
    what: "a delay in business days",
    members: &[member("business_days", Expression, Required), member("calendar", Name, Required)],
};

/// A transition without its trigger.
pub(crate) static TRANSITION: Record = Record {
    what: "a transition",
    members: &[
        member("on", ActionNames, Optional),
        member("when", Expression, Optional),
        member("after", ExpressionOr(&BUSINESS_DAYS), Optional),
        member("at", Expression, Optional),
        member("every", Duration, Optional),
        member("times", Integer(1, REPETITIONS_MAX as i64), Optional),
        member("signal", Name, Optional),
        member("by", Names, Optional),
        IF,
        DO,
        member("goto", Name, Required),
        member("title", Text, Optional),
        CLAUSE,
    ],
};

/// The keys of which a transition has exactly one.
pub(crate) const TRIGGERS: [&str; 6] = ["on", "when", "after", "at", "every", "signal"];

/// The effects by their first key.
pub(crate) static EFFECT_KINDS: [(&str, Record); 10] = [
    ("set", effect(&[member("set", Path, Required), member("to", Expression, Required), IF])),
    ("append", effect(&[member("append", Path, Required), member("item", Expression, Required), IF])),
    ("merge", effect(&[member("merge", Path, Required), member("from", Expression, Required), IF])),
    ("mark", effect(&[member("mark", Label, Required), IF])),
    (
        "signal",
        effect(&[
            member("signal", Name, Required),
            member("to", Word(&["parent", "children", "contract"]), Required),
            member("with", NamesOf(&Expression, 0, 100, "fields"), Optional),
            IF,
        ]),
    ),
    ("start", effect(&[member("start", Shape::Record(&CHILD), Required), IF])),
    ("cancel", effect(&[member("cancel", Name, Required), IF])),
    ("invite", effect(&[member("invite", Name, Required), member("as", Expression, Optional), IF])),
    ("remove", effect(&[member("remove", Name, Required), IF])),
    ("document", effect(&[member("document", Any, Refused("a document (`document`)"))])),
];

const fn effect(members: &'static [Member]) -> Record {
    Record { what: "an effect", members }
}
