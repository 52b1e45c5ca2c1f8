//! Words, numbers, texts and signs of surface text, with their columns.

use std::borrow::Cow;

use crate::finding::{Code, Finding};

const WORDS: [&str; 13] =
    ["if", "then", "else", "or", "and", "not", "in", "is", "assigned", "unassigned", "otherwise", "true", "false"];

/// Longer signs first, so that `<=` is not read as `<`.
const SIGNS: [&str; 20] =
    ["==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "(", ")", "[", "]", "{", "}", ",", ".", ":", "_"];

/// Whether a name is a word of the grammar, which names nothing.
pub(crate) fn is_word(name: &str) -> bool {
    WORDS.contains(&name)
}

/// Whether a text can be written as a name: a letter, then letters, digits and `_`, and no word of the grammar.
pub(crate) fn is_name(text: &str) -> bool {
    let rest = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.bytes().all(rest) && !is_word(text)
}

/// One piece of a source.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token<'a> {
    /// A name or a word of the grammar.
    Name(&'a str),
    /// Digits.
    Integer(&'a str),
    /// Digits, a point, digits.
    Decimal(&'a str),
    Text(Cow<'a, str>),
    Sign(&'static str),
    End,
}

impl Token<'_> {
    /// The token as a message quotes it.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Name(text) | Self::Integer(text) | Self::Decimal(text) => format!("`{text}`"),
            Self::Text(text) => format!("the text \"{}\"", text.chars().take(32).collect::<String>()),
            Self::Sign(text) => format!("`{text}`"),
            Self::End => "the end".to_owned(),
        }
    }
}

/// Reads a source token by token.
#[derive(Clone, Debug)]
pub(crate) struct Lexer<'a> {
    rest: &'a str,
    column: u32,
}

impl<'a> Lexer<'a> {
    pub(crate) const fn new(source: &'a str) -> Self {
        Self { rest: source, column: 1 }
    }

    /// The next token and its column.
    pub(crate) fn next(&mut self) -> Result<(Token<'a>, u32), Finding> {
        while let Some(c) = self.rest.chars().next().filter(|c| matches!(c, ' ' | '\t' | '\n' | '\r')) {
            self.take(c.len_utf8());
        }
        let column = self.column;
        let Some(first) = self.rest.chars().next() else { return Ok((Token::End, column)) };
        let token = if first.is_ascii_alphabetic() {
            Token::Name(self.take_while(|c| c.is_ascii_alphanumeric() || c == '_'))
        } else if first.is_ascii_digit() {
            self.number()
        } else if first == '"' {
            Token::Text(self.text(column)?)
        } else {
            let Some(sign) = SIGNS.into_iter().find(|sign| self.rest.starts_with(sign)) else {
                return Err(Finding::new(Code::E401, column, format!("cannot read the expression: found `{first}`")));
            };
            self.take(sign.len());
            Token::Sign(sign)
        };
        Ok((token, column))
    }

    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        self.column = self.column.saturating_add(u32::try_from(taken.chars().count()).unwrap_or(u32::MAX));
        taken
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !wanted(c)).unwrap_or(self.rest.len());
        self.take(end)
    }

    /// A point belongs to a number only before a digit.
    fn number(&mut self) -> Token<'a> {
        let all = self.rest;
        let whole = self.take_while(|c| c.is_ascii_digit());
        let fraction = self.rest.strip_prefix('.').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        if fraction.is_none() {
            return Token::Integer(whole);
        }
        self.take(1);
        let fraction = self.take_while(|c| c.is_ascii_digit());
        let length = whole.len().saturating_add(1).saturating_add(fraction.len());
        Token::Decimal(all.get(..length).unwrap_or(whole))
    }

    /// A text in quotes, with the escapes of JSON.
    fn text(&mut self, column: u32) -> Result<Cow<'a, str>, Finding> {
        self.take(1);
        let plain = self.take_while(|c| c != '"' && c != '\\' && u32::from(c) >= 0x20);
        if self.rest.starts_with('"') {
            self.take(1);
            return Ok(Cow::Borrowed(plain));
        }
        let mut text = plain.to_owned();
        loop {
            text.push_str(self.take_while(|c| c != '"' && c != '\\' && u32::from(c) >= 0x20));
            let at = self.column;
            match self.rest.chars().next() {
                Some('"') => {
                    self.take(1);
                    return Ok(Cow::Owned(text));
                }
                Some('\\') => text.push(self.escape(at)?),
                Some(_) => {
                    return Err(Finding::new(
                        Code::E401,
                        at,
                        "cannot read the expression: control character in a text",
                    ));
                }
                None => {
                    return Err(Finding::new(Code::E401, column, "cannot read the expression: the text is not closed"));
                }
            }
        }
    }

    fn escape(&mut self, column: u32) -> Result<char, Finding> {
        let wrong = || Finding::new(Code::E401, column, "cannot read the expression: no such escape in a text");
        self.take(1);
        let c = self.take(1);
        Ok(match c {
            "\"" => '"',
            "\\" => '\\',
            "/" => '/',
            "b" => '\u{8}',
            "f" => '\u{c}',
            "n" => '\n',
            "r" => '\r',
            "t" => '\t',
            "u" => {
                let first = self.unit().ok_or_else(wrong)?;
                if !(0xD800..0xDC00).contains(&first) {
                    return char::from_u32(first).ok_or_else(wrong);
                }
                if !self.rest.starts_with("\\u") {
                    return Err(wrong());
                }
                self.take(2);
                let second = self.unit().filter(|unit| (0xDC00..0xE000).contains(unit)).ok_or_else(wrong)?;
                let pair = (first & 0x3FF) << 10 | second & 0x3FF;
                char::from_u32(pair.saturating_add(0x1_0000)).ok_or_else(wrong)?
            }
            _ => return Err(wrong()),
        })
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Option<u32> {
        let digits = self.rest.get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        self.take(4);
        u32::from_str_radix(digits, 16).ok()
    }
}
