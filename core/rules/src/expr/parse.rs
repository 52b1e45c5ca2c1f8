//! From surface text to the tree, by recursive descent with counted nesting (language §3.1).

use std::collections::BTreeMap;

use countersign_codec::INTEGER_MAX;

use super::functions::{Function, Parameter, parameter};
use super::lexer::{Lexer, Token, is_word};
use super::{Aggregate, Argument, Fold, Link, NESTING_MAX, Node, NodeKind, Place, SOURCE_CHARACTERS_MAX, Sign, Step};
use crate::decimal::Decimal;
use crate::finding::{Code, Finding, suggestion};
use crate::value::{Text, Value};

pub(super) fn parse(source: &str, place: Place) -> Result<Node, Finding> {
    // Bytes bound characters from above: the count is exact, and not made for a source of megabytes.
    if source.len() > SOURCE_CHARACTERS_MAX && source.chars().nth(SOURCE_CHARACTERS_MAX).is_some() {
        let message = format!("expression too long: at most {SOURCE_CHARACTERS_MAX} characters");
        return Err(Finding::new(Code::E406, 1, message));
    }
    let mut lexer = Lexer::new(source);
    let (token, column) = lexer.next()?;
    let mut parser = Parser { lexer, token, column, place, depth: 0, bound: Vec::new() };
    let node = parser.expr()?;
    match parser.token {
        Token::End => Ok(node),
        _ => Err(parser.expected("an operator or the end")),
    }
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    token: Token<'a>,
    column: u32,
    place: Place,
    depth: u32,
    bound: Vec<&'a str>,
}

impl<'a> Parser<'a> {
    fn advance(&mut self) -> Result<Token<'a>, Finding> {
        let (token, column) = self.lexer.next()?;
        self.column = column;
        Ok(std::mem::replace(&mut self.token, token))
    }

    fn expected(&self, what: &str) -> Finding {
        let message = format!("cannot read the expression: expected {what}, found {}", self.token.describe());
        Finding::new(Code::E401, self.column, message)
    }

    fn is_sign(&self, sign: &str) -> bool {
        matches!(&self.token, Token::Sign(found) if *found == sign)
    }

    fn is_keyword(&self, word: &str) -> bool {
        matches!(&self.token, Token::Name(found) if *found == word)
    }

    fn take_sign(&mut self, sign: &str) -> Result<bool, Finding> {
        let found = self.is_sign(sign);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn expect_sign(&mut self, sign: &str) -> Result<(), Finding> {
        if self.take_sign(sign)? { Ok(()) } else { Err(self.expected(&format!("`{sign}`"))) }
    }

    fn expect_keyword(&mut self, word: &str) -> Result<(), Finding> {
        if !self.is_keyword(word) {
            return Err(self.expected(&format!("`{word}`")));
        }
        self.advance().map(drop)
    }

    /// A name that is no word of the grammar.
    fn name(&mut self) -> Result<(&'a str, u32), Finding> {
        match self.token {
            Token::Name(name) if !is_word(name) => {
                let column = self.column;
                self.advance()?;
                Ok((name, column))
            }
            _ => Err(self.expected("a name")),
        }
    }

    /// What `inner` reads, one level deeper.
    fn nested(&mut self, inner: fn(&mut Self) -> Result<Node, Finding>) -> Result<Node, Finding> {
        if self.depth >= NESTING_MAX {
            let message = format!("expression too deep: at most {NESTING_MAX} levels");
            return Err(Finding::new(Code::E406, self.column, message));
        }
        self.depth = self.depth.saturating_add(1);
        let node = inner(self);
        self.depth = self.depth.saturating_sub(1);
        node
    }

    fn expr(&mut self) -> Result<Node, Finding> {
        let column = self.column;
        if self.is_keyword("if") {
            self.advance()?;
            let condition = self.nested(Self::expr)?;
            self.expect_keyword("then")?;
            let yes = self.nested(Self::expr)?;
            self.expect_keyword("else")?;
            let no = self.nested(Self::expr)?;
            return Ok(Node::new(column, NodeKind::If(Box::new([condition, yes, no]))));
        }
        let left = self.or()?;
        if !self.is_keyword("otherwise") {
            return Ok(left);
        }
        let sign = self.column;
        self.advance()?;
        let right = self.nested(Self::expr)?;
        Ok(Node { start: left.start, column: sign, kind: NodeKind::Otherwise(Box::new(left), Box::new(right)) })
    }

    fn or(&mut self) -> Result<Node, Finding> {
        let first = self.and()?;
        self.junction(first, "or", Self::and, |kind| match kind {
            NodeKind::Or(parts) => Ok(parts),
            other => Err(other),
        })
    }

    fn and(&mut self) -> Result<Node, Finding> {
        let first = self.not()?;
        self.junction(first, "and", Self::not, |kind| match kind {
            NodeKind::And(parts) => Ok(parts),
            other => Err(other),
        })
    }

    /// `first` and everything joined to it by `word`; parts of the same kind in parentheses are flattened.
    fn junction(
        &mut self,
        first: Node,
        word: &str,
        next: fn(&mut Self) -> Result<Node, Finding>,
        parts: fn(NodeKind) -> Result<Vec<Node>, NodeKind>,
    ) -> Result<Node, Finding> {
        if !self.is_keyword(word) {
            return Ok(first);
        }
        let (start, column) = (first.start, self.column);
        let mut all = Vec::new();
        let mut add = |node: Node| match parts(node.kind) {
            Ok(inner) => all.extend(inner),
            Err(kind) => all.push(Node { kind, ..node }),
        };
        add(first);
        while self.is_keyword(word) {
            self.advance()?;
            add(next(self)?);
        }
        let kind = if word == "or" { NodeKind::Or(all) } else { NodeKind::And(all) };
        Ok(Node { start, column, kind })
    }

    fn not(&mut self) -> Result<Node, Finding> {
        let column = self.column;
        if !self.is_keyword("not") {
            return self.compare();
        }
        self.advance()?;
        let inner = self.nested(Self::not)?;
        Ok(Node::new(column, NodeKind::Not(Box::new(inner))))
    }

    fn compare(&mut self) -> Result<Node, Finding> {
        let left = self.sum()?;
        let (start, column) = (left.start, self.column);
        if self.is_keyword("is") {
            self.advance()?;
            let kind = match self.token {
                Token::Name("assigned") => NodeKind::IsAssigned(Box::new(left)),
                Token::Name("unassigned") => NodeKind::IsUnassigned(Box::new(left)),
                _ => return Err(self.expected("`assigned` or `unassigned`")),
            };
            self.advance()?;
            return Ok(Node { start, column, kind });
        }
        let sign = match self.token {
            Token::Sign(sign) => Sign::from_text(sign).filter(|sign| !sign.is_sum() && !sign.is_product()),
            Token::Name("in") => Some(Sign::In),
            _ => None,
        };
        let Some(sign) = sign else { return Ok(left) };
        self.advance()?;
        let right = self.sum()?;
        Ok(Node { start, column, kind: NodeKind::Compare(sign, Box::new(left), Box::new(right)) })
    }

    fn sum(&mut self) -> Result<Node, Finding> {
        let first = self.product()?;
        self.chain(first, Self::product, Sign::is_sum)
    }

    fn product(&mut self) -> Result<Node, Finding> {
        let first = self.unary()?;
        self.chain(first, Self::unary, Sign::is_product)
    }

    fn chain(
        &mut self,
        first: Node,
        next: fn(&mut Self) -> Result<Node, Finding>,
        wanted: fn(Sign) -> bool,
    ) -> Result<Node, Finding> {
        let mut found = first;
        while let Token::Sign(sign) = self.token {
            let Some(sign) = Sign::from_text(sign).filter(|sign| wanted(*sign)) else { break };
            let column = self.column;
            self.advance()?;
            let link = Link { sign, column, node: next(self)? };
            match &mut found.kind {
                // A chain of the same level on the left is the same chain, in parentheses or not.
                NodeKind::Chain(_, links) if links.first().is_some_and(|link| wanted(link.sign)) => links.push(link),
                _ => {
                    let start = found.start;
                    found = Node { start, column, kind: NodeKind::Chain(Box::new(found), vec![link]) };
                }
            }
        }
        Ok(found)
    }

    fn unary(&mut self) -> Result<Node, Finding> {
        let column = self.column;
        if !self.is_sign("-") {
            return self.postfix();
        }
        self.advance()?;
        // A minus before a number literal is part of the literal.
        if matches!(self.token, Token::Integer(_) | Token::Decimal(_)) {
            let literal = self.number(column, true)?;
            return self.lookups(literal);
        }
        let inner = self.nested(Self::unary)?;
        Ok(Node::new(column, NodeKind::Negate(Box::new(inner))))
    }

    fn postfix(&mut self) -> Result<Node, Finding> {
        let primary = self.primary()?;
        self.lookups(primary)
    }

    fn lookups(&mut self, base: Node) -> Result<Node, Finding> {
        let mut found = base;
        loop {
            let column = self.column;
            let key = if self.take_sign(".")? {
                let (name, at) = self.name()?;
                Node::new(at, NodeKind::Literal(Value::text(name)))
            } else if self.take_sign("[")? {
                let key = self.nested(Self::expr)?;
                self.expect_sign("]")?;
                key
            } else {
                return Ok(found);
            };
            match (&mut found.kind, &key.kind) {
                (NodeKind::Path(steps), NodeKind::Literal(Value::Text(name))) => {
                    steps.push(Step { name: Text::clone(name), column: key.column });
                }
                (NodeKind::Get(_, keys), _) => keys.push(Node { column, ..key }),
                _ => {
                    let key = Node { column, ..key };
                    found = Node { start: found.start, column, kind: NodeKind::Get(Box::new(found), vec![key]) };
                }
            }
        }
    }

    fn primary(&mut self) -> Result<Node, Finding> {
        let column = self.column;
        match &self.token {
            Token::Integer(_) | Token::Decimal(_) => self.number(column, false),
            Token::Text(_) => {
                let Token::Text(text) = self.advance()? else { return Err(self.expected("a text")) };
                Ok(Node::new(column, NodeKind::Literal(Value::text(&text))))
            }
            Token::Name(word) if is_word(word) => self.literal_word(column),
            Token::Name(name) => {
                let name = *name;
                self.advance()?;
                if self.take_sign("(")? {
                    return match Fold::from_text(name) {
                        Some(fold) => self.aggregate(fold, column),
                        None => self.call(name, column),
                    };
                }
                Ok(self.path(name, column))
            }
            Token::Sign("_") => {
                self.advance()?;
                Ok(Node::new(column, NodeKind::Path(vec![Step { name: "_".into(), column }])))
            }
            Token::Sign("(") => {
                self.advance()?;
                let inner = self.nested(Self::expr)?;
                self.expect_sign(")")?;
                Ok(inner)
            }
            Token::Sign("[") => self.list(column),
            Token::Sign("{") => self.map(column),
            _ => Err(self.expected("a value")),
        }
    }

    fn literal_word(&mut self, column: u32) -> Result<Node, Finding> {
        let value = match self.token {
            Token::Name("true") => Value::Bool(true),
            Token::Name("false") => Value::Bool(false),
            Token::Name("unassigned") => Value::Unassigned,
            _ => return Err(self.expected("a value")),
        };
        self.advance()?;
        Ok(Node::new(column, NodeKind::Literal(value)))
    }

    fn number(&mut self, column: u32, negative: bool) -> Result<Node, Finding> {
        let sign = if negative { "-" } else { "" };
        let token = self.advance()?;
        let (text, value) = match token {
            Token::Integer(digits) => {
                let value = format!("{sign}{digits}").parse::<i64>().ok();
                (digits, value.filter(|value| value.unsigned_abs() <= INTEGER_MAX.unsigned_abs()).map(Value::Int))
            }
            Token::Decimal(digits) => {
                let plain = digits.trim_start_matches('0');
                let zero = if plain.starts_with('.') { "0" } else { "" };
                (digits, Decimal::parse(&format!("{sign}{zero}{plain}")).map(Value::Decimal))
            }
            _ => return Err(self.expected("a number")),
        };
        let missing = || Finding::new(Code::E407, column, format!("`{sign}{text}` does not exist: out of range"));
        value.map(|value| Node::new(column, NodeKind::Literal(value))).ok_or_else(missing)
    }

    /// A bare name: a bound name, a local, or a member of the current block.
    fn path(&self, name: &str, column: u32) -> Node {
        let step = Step { name: name.into(), column };
        let steps = if self.bound.contains(&name) || self.place.locals().contains(&name) {
            vec![step]
        } else {
            vec![Step { name: self.place.block().into(), column }, step]
        };
        Node::new(column, NodeKind::Path(steps))
    }

    fn list(&mut self, column: u32) -> Result<Node, Finding> {
        self.advance()?;
        let mut items = Vec::new();
        if !self.take_sign("]")? {
            loop {
                items.push(self.nested(Self::expr)?);
                if !self.take_sign(",")? {
                    break;
                }
            }
            self.expect_sign("]")?;
        }
        Ok(Node::new(column, NodeKind::List(items)))
    }

    fn map(&mut self, column: u32) -> Result<Node, Finding> {
        self.advance()?;
        let mut members = BTreeMap::new();
        if !self.take_sign("}")? {
            loop {
                let (name, at) = self.name()?;
                self.expect_sign(":")?;
                let value = self.nested(Self::expr)?;
                if members.insert(Text::from(name), value).is_some() {
                    let message = format!("cannot read the expression: `{name}` appears twice");
                    return Err(Finding::new(Code::E401, at, message));
                }
                if !self.take_sign(",")? {
                    break;
                }
            }
            self.expect_sign("}")?;
        }
        Ok(Node::new(column, NodeKind::Map(members)))
    }

    /// After `all(` and its kin.
    fn aggregate(&mut self, kind: Fold, column: u32) -> Result<Node, Finding> {
        let binder = match self.token {
            Token::Name(name) if !is_word(name) && self.lexer.clone().next()?.0 == Token::Name("in") => Some(name),
            _ => None,
        };
        let Some(name) = binder else {
            let list = self.nested(Self::expr)?;
            self.expect_sign(")")?;
            return Ok(Node::new(column, NodeKind::Aggregate(Box::new(Aggregate { kind, list, body: None }))));
        };
        let step = Step { name: name.into(), column: self.column };
        self.advance()?;
        self.advance()?;
        let list = self.nested(Self::expr)?;
        self.expect_sign(",")?;
        self.bound.push(name);
        let body = self.nested(Self::expr);
        self.bound.pop();
        let body = Some((step, body?));
        self.expect_sign(")")?;
        Ok(Node::new(column, NodeKind::Aggregate(Box::new(Aggregate { kind, list, body }))))
    }

    /// After `name(`.
    fn call(&mut self, name: &'a str, column: u32) -> Result<Node, Finding> {
        if Function::from_text(name).is_none() {
            let near = suggestion(name, Function::names());
            return Err(Finding::new(Code::E403, column, format!("there is no function `{name}`{near}")));
        }
        let mut arguments = Vec::new();
        if !self.take_sign(")")? {
            loop {
                let argument = match (parameter(name, arguments.len()), &self.token) {
                    (Parameter::Value, _) => Argument::Node(self.nested(Self::expr)?),
                    (wanted, Token::Name(word)) if !is_word(word) => self.word(wanted)?,
                    _ => Argument::Node(self.nested(Self::expr)?),
                };
                arguments.push(argument);
                if !self.take_sign(",")? {
                    break;
                }
            }
            self.expect_sign(")")?;
        }
        if let [Argument::Node(Node { kind: NodeKind::Literal(Value::Text(text)), .. })] = arguments.as_slice()
            && matches!(name, "date" | "timestamp" | "duration" | "hash" | "party")
        {
            let missing = || Finding::new(Code::E407, column, format!("{name}(\"{text}\") does not exist"));
            return Ok(Node::new(column, NodeKind::Literal(Value::from_name(name, text).ok_or_else(missing)?)));
        }
        Ok(Node::new(column, NodeKind::Call(name.into(), arguments)))
    }

    /// A name that is not a value; an action may be followed by its response.
    fn word(&mut self, wanted: Parameter) -> Result<Argument, Finding> {
        let (name, column) = self.name()?;
        if wanted != Parameter::Action || !self.take_sign(".")? {
            return Ok(Argument::Word(name.into(), column));
        }
        let (response, _) = self.name()?;
        Ok(Argument::Word(format!("{name}.{response}").into(), column))
    }
}
