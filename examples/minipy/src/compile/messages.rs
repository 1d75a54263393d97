//! What is wrong with a source, in CPython's words.
//!
//! The parser has words of its own, and other ideas of what to report first: CPython's tokenizer complains of
//! brackets, strings and indentation before anything else is looked at, or when nothing better
//! was found. So a source that does not parse is [scanned](scan) again, for that alone.

use ruff_python_ast::{self as ast, token::TokenKind};
use ruff_python_parser::{
    InterpolatedStringErrorType, LexicalErrorType, ParseError, ParseErrorType,
};
use ruff_text_size::TextSize;

use super::{SyntaxError, line_of};

/// What CPython says to a source that the parser did not like.
pub fn explain(source: &str, error: &ParseError) -> SyntaxError {
    let at = error.location.start().to_usize().min(source.len());
    let scanned = scan(source);
    // Before the parser gets there.
    if let Some(found) = &scanned.error
        && (found.offset.to_usize() <= at
            || line_of(source, found.offset) <= line_of(source, error.location.start()))
    {
        return SyntaxError { message: found.message.clone(), offset: found.offset };
    }
    let message = words(source, error, at);
    if message == INVALID || message.contains("comma") || message.contains("EOF") {
        if let Some(found) = scanned.error {
            return found;
        }
        // Something that was opened, on a line before.
        if let Some(&(bracket, open)) = scanned.open_at(at)
            && scanned.unclosed.contains(&(bracket, open))
            && line_at(source, open) < line_at(source, at)
        {
            return never_closed(bracket, open);
        }
        if let Some(&(bracket, open)) = scanned.unclosed.last()
            && (at >= source.trim_end().len() || line_at(source, open) < line_at(source, at))
        {
            return never_closed(bracket, open);
        }
    }
    SyntaxError { message, offset: TextSize::try_from(at).unwrap_or_default() }
}

/// Whether a source ends within brackets or a triple-quoted string.
pub fn is_open(source: &str) -> bool {
    let scanned = scan(source);
    match scanned.error {
        None => !scanned.unclosed.is_empty(),
        Some(error) => error.message.contains("triple-quoted"),
    }
}

const INVALID: &str = "invalid syntax";

fn never_closed(bracket: char, at: usize) -> SyntaxError {
    fail_at(format!("'{bracket}' was never closed"), at)
}

fn fail_at(message: impl Into<String>, at: usize) -> SyntaxError {
    SyntaxError { message: message.into(), offset: TextSize::try_from(at).unwrap_or_default() }
}

fn line_at(source: &str, at: usize) -> u32 {
    line_of(source, TextSize::try_from(at).unwrap_or_default())
}

/// The line that a place is in, up to there.
fn line_before(source: &str, at: usize) -> &str {
    let start = source[..at].rfind('\n').map_or(0, |i| i + 1);
    &source[start..at]
}

/// The parser's error in CPython's words.
fn words(source: &str, error: &ParseError, at: usize) -> String {
    use ParseErrorType as E;
    let text = source.get(at..error.location.end().to_usize()).unwrap_or_default();
    match &error.error {
        E::UnexpectedIndentation => "unexpected indent".into(),
        E::OtherError(message) => other(source, message, at),
        E::InvalidAssignmentTarget | E::InvalidAnnotatedAssignmentTarget => {
            target(source, at, text)
        }
        E::InvalidNamedAssignmentTarget => {
            format!("cannot use assignment expressions with {}", kind_of(text))
        }
        E::InvalidAugmentedAssignmentTarget => {
            format!("'{}' is an illegal expression for augmented assignment", kind_of(text))
        }
        E::InvalidDeleteTarget => format!("cannot delete {}", kind_of(text)),
        E::PositionalAfterKeywordArgument => "positional argument follows keyword argument".into(),
        E::PositionalAfterKeywordUnpacking => {
            "positional argument follows keyword argument unpacking".into()
        }
        E::InvalidArgumentUnpackingOrder => {
            "iterable argument unpacking follows keyword argument unpacking".into()
        }
        E::IterableUnpackingInComprehension => {
            "iterable unpacking cannot be used in comprehension".into()
        }
        E::UnparenthesizedGeneratorExpression => {
            "Generator expression must be parenthesized".into()
        }
        E::NonDefaultParamAfterDefaultParam => {
            "non-default argument follows default argument".into()
        }
        E::ParamAfterVarKeywordParam => "arguments cannot follow var-keyword argument".into(),
        E::VarParameterWithDefault => "var-positional argument cannot have default value".into(),
        E::ExpectedKeywordParam => "named arguments must follow bare *".into(),
        E::InvalidStarredExpressionUsage => "can't use starred expression here".into(),
        E::SimpleStatementsOnSameLine => same_line(source, at),
        E::ExpectedExpression if source[..at].ends_with('{') && in_f_string(source, at) => {
            let empty = source[at..].starts_with('}');
            let what = if empty { "empty expression not allowed" } else { "expecting '}'" };
            format!("f-string: {what}")
        }
        E::ExpectedToken { expected, found } => expected_token(source, *expected, *found, at),
        E::FStringError(e) | E::Lexical(LexicalErrorType::FStringError(e)) => f_string(e),
        E::Lexical(e) => lexical(e),
        _ => INVALID.into(),
    }
}

/// Messages of the parser that have no kind of their own.
fn other(source: &str, message: &str, at: usize) -> String {
    if let Some(what) = message.strip_prefix("Expected an indented block after ") {
        let what = match what.trim_matches('`') {
            "function definition" | "class definition" => what.to_owned(),
            _ => match what.split('`').nth(1).unwrap_or(what) {
                "class" => "class definition".to_owned(),
                word => format!("'{word}' statement"),
            },
        };
        // The statement is on the last line with something on it.
        let before = source[..at].trim_end();
        let line = line_at(source, before.len());
        return format!("expected an indented block after {what} on line {line}");
    }
    if message.starts_with("Expected `except` or `finally`") {
        return "expected 'except' or 'finally' block".into();
    }
    if message.starts_with("unindent") {
        return message.into();
    }
    if message.contains("mix") && message.contains("bytes") {
        return "cannot mix bytes and nonbytes literals".into();
    }
    INVALID.into()
}

/// Two statements on a line, or what looks like that.
fn same_line(source: &str, at: usize) -> String {
    let line = line_before(source, at).trim_start();
    let first = line.split_whitespace().next().unwrap_or_default();
    match first {
        "print" | "exec" if line.trim() == first => {
            format!("Missing parentheses in call to '{first}'. Did you mean {first}(...)?")
        }
        _ => INVALID.into(),
    }
}

fn expected_token(source: &str, expected: TokenKind, found: TokenKind, at: usize) -> String {
    match (expected, found) {
        (TokenKind::Colon, TokenKind::Equal) => {
            let line = line_before(source, at).trim_start();
            let name = line.split_once(' ').map_or(line, |(_, rest)| rest).trim();
            if is_name(name) {
                "invalid syntax. Maybe you meant '==' or ':=' instead of '='?".into()
            } else {
                let what = kind_of(name);
                format!("cannot assign to {what} here. Maybe you meant '==' instead of '='?")
            }
        }
        (TokenKind::Colon, TokenKind::Newline | TokenKind::EndOfFile) => "expected ':'".into(),
        (TokenKind::Colon, _) => INVALID.into(),
        (TokenKind::Lpar, _) if line_before(source, at).trim_start().starts_with("def ") => {
            "expected '('".into()
        }
        (TokenKind::Comma | TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace, found)
            if starts_expression(found) =>
        {
            "invalid syntax. Perhaps you forgot a comma?".into()
        }
        (TokenKind::In, _) => INVALID.into(),
        _ => INVALID.into(),
    }
}

/// Whether the line looks like it.
fn in_f_string(source: &str, at: usize) -> bool {
    let line = line_before(source, at);
    ["f'", "f\"", "F'", "F\""].iter().any(|f| line.contains(f))
}

fn starts_expression(found: TokenKind) -> bool {
    matches!(
        found,
        TokenKind::Name
            | TokenKind::Int
            | TokenKind::Float
            | TokenKind::String
            | TokenKind::FStringStart
    )
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

fn lexical(error: &LexicalErrorType) -> String {
    use LexicalErrorType as L;
    match error {
        L::IndentationError => "unindent does not match any outer indentation level".into(),
        L::InvalidByteLiteral => "bytes can only contain ASCII literal characters".into(),
        L::LineContinuationError => "unexpected character after line continuation character".into(),
        L::Eof => "unexpected EOF while parsing".into(),
        // The scan has found all others.
        L::UnclosedStringError => "f-string: expecting '}'".into(),
        L::UnrecognizedToken { tok } if tok.is_ascii() => INVALID.into(),
        L::UnrecognizedToken { tok } => {
            format!("invalid character '{tok}' (U+{:04X})", u32::from(*tok))
        }
        _ => INVALID.into(),
    }
}

fn f_string(error: &InterpolatedStringErrorType) -> String {
    use InterpolatedStringErrorType as F;
    let what = match error {
        F::UnclosedLbrace => "expecting '}'",
        F::SingleRbrace => "single '}' is not allowed",
        F::InvalidConversionFlag => "invalid conversion character: expected 's', 'r', or 'a'",
        F::LambdaWithoutParentheses => "invalid syntax",
        F::UnterminatedString | F::UnterminatedTripleQuotedString => "expecting '}'",
        _ => "invalid syntax",
    };
    format!("f-string: {what}")
}

/// Something that cannot be assigned to.
fn target(source: &str, at: usize, text: &str) -> String {
    let what = kind_of(text);
    // `a = 1 = b` is beyond guessing.
    let rest = source[at + text.len()..].lines().next().unwrap_or_default();
    let simple = !line_before(source, at).contains('=') && rest.trim_start().starts_with('=');
    if what == "yield expression" && !simple {
        return "assignment to yield expression not possible".into();
    }
    let loose = ["comparison", "lambda", "conditional expression", "generator expression"];
    let simple = simple && !loose.contains(&what.as_str()) && !is_boolean(text);
    let fixed = ["True", "False", "None", "__debug__", "ellipsis"].contains(&what.as_str());
    let in_for = line_before(source, at).trim_start().starts_with("for ")
        || line_before(source, at).trim_start().starts_with("with ");
    if !simple || in_for || (fixed && what != "ellipsis") {
        return format!("cannot assign to {what}");
    }
    format!("cannot assign to {what} here. Maybe you meant '==' instead of '='?")
}

/// Whether it is `and`, `or` or `not` of something.
fn is_boolean(text: &str) -> bool {
    ruff_python_parser::parse_expression(text).is_ok_and(|parsed| match parsed.expr() {
        ast::Expr::BoolOp(_) => true,
        ast::Expr::UnaryOp(u) => u.op == ast::UnaryOp::Not,
        _ => false,
    })
}

/// What an expression is called.
fn kind_of(text: &str) -> String {
    use ast::Expr as X;
    if text.starts_with("yield") {
        return "yield expression".into();
    }
    if text == "__debug__" {
        return text.into();
    }
    let Ok(parsed) = ruff_python_parser::parse_expression(text) else { return "expression".into() };
    let kind = match parsed.expr() {
        X::Call(_) => "function call",
        X::NumberLiteral(_) | X::StringLiteral(_) | X::BytesLiteral(_) => "literal",
        X::FString(_) => "f-string expression",
        X::BooleanLiteral(b) => return if b.value { "True".into() } else { "False".into() },
        X::NoneLiteral(_) => "None",
        X::EllipsisLiteral(_) => "ellipsis",
        X::Compare(_) => "comparison",
        X::Lambda(_) => "lambda",
        X::If(_) => "conditional expression",
        X::Dict(_) => "dict literal",
        X::Set(_) => "set display",
        X::List(_) => "list",
        X::Tuple(_) => "tuple",
        X::ListComp(_) => "list comprehension",
        X::SetComp(_) => "set comprehension",
        X::DictComp(_) => "dict comprehension",
        X::Generator(_) => "generator expression",
        X::Yield(_) | X::YieldFrom(_) => "yield expression",
        X::Await(_) => "await expression",
        X::Named(_) => "named expression",
        X::Starred(_) => "starred",
        X::Attribute(_) => "attribute",
        X::Subscript(_) => "subscript",
        _ => "expression",
    };
    kind.into()
}

/// What a tokenizer finds.
#[derive(Default)]
struct Scanned {
    error: Option<SyntaxError>,
    /// Brackets that are open at the end.
    unclosed: Vec<(char, usize)>,
}

impl Scanned {
    /// The innermost bracket that is open at a place.
    fn open_at(&self, at: usize) -> Option<&(char, usize)> {
        self.unclosed.iter().rev().find(|(_, open)| *open < at)
    }
}

/// Goes through a source, looking only for brackets, strings and indentation.
fn scan(source: &str) -> Scanned {
    let mut all = Scanned::default();
    let bytes = source.as_bytes();
    let mut indents = vec![0];
    let mut i = 0;
    let mut line_start = true;
    while i < bytes.len() {
        if line_start && all.unclosed.is_empty() {
            let (width, next) = indentation(bytes, i);
            i = next;
            line_start = false;
            if matches!(bytes.get(i), None | Some(b'\n' | b'\r' | b'#')) {
                // An empty line.
            } else if width > *indents.last().expect("never empty") {
                indents.push(width);
            } else {
                while width < *indents.last().expect("never empty") {
                    indents.pop();
                }
                if width != *indents.last().expect("never empty") {
                    let message = "unindent does not match any outer indentation level";
                    all.error = Some(fail_at(message, i));
                    return all;
                }
            }
            continue;
        }
        match bytes[i] {
            b'\n' => {
                line_start = true;
                i += 1;
            }
            b'#' => {
                while i < bytes.len() && bytes[i] != b'\n' {
                    i += 1;
                }
            }
            b'\\' => i += if bytes.get(i + 1) == Some(&b'\r') { 3 } else { 2 },
            b'(' | b'[' | b'{' => {
                all.unclosed.push((bytes[i] as char, i));
                i += 1;
            }
            close @ (b')' | b']' | b'}') => {
                let opening = match close {
                    b')' => '(',
                    b']' => '[',
                    _ => '{',
                };
                match all.unclosed.pop() {
                    None => {
                        all.error = Some(fail_at(format!("unmatched '{}'", close as char), i));
                        return all;
                    }
                    Some((open, at)) if open != opening => {
                        let mut message = format!(
                            "closing parenthesis '{}' does not match opening parenthesis '{open}'",
                            close as char
                        );
                        let (here, there) = (line_at(source, i), line_at(source, at));
                        if here != there {
                            message.push_str(&format!(" on line {there}"));
                        }
                        all.error = Some(fail_at(message, i));
                        return all;
                    }
                    Some(_) => {}
                }
                i += 1;
            }
            b'0'..=b'9' => match number_end(source, i) {
                Ok(end) => i = end,
                Err(message) => {
                    all.error = Some(fail_at(message, i));
                    return all;
                }
            },
            b if b == b'_' || b.is_ascii_alphabetic() || !b.is_ascii() => {
                let is_word = |b: &u8| *b == b'_' || b.is_ascii_alphanumeric() || !b.is_ascii();
                i += bytes[i..].iter().take_while(|b| is_word(b)).count();
            }
            quote @ (b'"' | b'\'') => match string_end(bytes, i, quote) {
                Ok(end) => i = end,
                Err(triple) => {
                    let what = if triple { "triple-quoted string" } else { "string" };
                    let end =
                        if triple { source.strip_suffix('\n').unwrap_or(source).len() } else { i };
                    let line = line_at(source, end);
                    let message = format!("unterminated {what} literal (detected at line {line})");
                    all.error = Some(fail_at(message, i));
                    return all;
                }
            },
            _ => i += 1,
        }
    }
    all
}

/// How far a line is indented, and where its text begins.
fn indentation(bytes: &[u8], mut i: usize) -> (usize, usize) {
    let mut width = 0;
    while let Some(b) = bytes.get(i) {
        width = match b {
            b' ' => width + 1,
            b'\t' => (width / 8 + 1) * 8,
            0x0c => 0,
            _ => break,
        };
        i += 1;
    }
    (width, i)
}

/// Behind a number that starts here, or what is wrong with it.
fn number_end(source: &str, start: usize) -> Result<usize, String> {
    let bytes = source.as_bytes();
    let second = bytes.get(start + 1).map(u8::to_ascii_lowercase);
    let (kind, radix) = match (bytes[start], second) {
        (b'0', Some(b'x')) => ("hexadecimal", 16),
        (b'0', Some(b'o')) => ("octal", 8),
        (b'0', Some(b'b')) => ("binary", 2),
        _ => ("decimal", 10),
    };
    let invalid = || Err(format!("invalid {kind} literal"));
    let mut i = start + if radix == 10 { 0 } else { 2 };
    if radix != 10 && bytes.get(i) == Some(&b'_') {
        i += 1;
    }
    let digits = |mut i: usize| -> Option<usize> {
        let begin = i;
        while bytes.get(i).is_some_and(|b| char::from(*b).is_digit(radix)) {
            i += 1;
            if bytes.get(i) == Some(&b'_') {
                i += 1;
                bytes.get(i).filter(|b| char::from(**b).is_digit(radix))?;
            }
        }
        (i > begin).then_some(i)
    };
    let Some(mut end) = digits(i) else {
        let digit = bytes.get(i).filter(|b| radix != 10 && b.is_ascii_digit());
        return match digit {
            Some(d) => Err(format!("invalid digit '{}' in {kind} literal", *d as char)),
            None => invalid(),
        };
    };
    if radix == 10 {
        let mut float = false;
        if bytes.get(end) == Some(&b'.') {
            float = true;
            end += 1;
            if bytes.get(end).is_some_and(u8::is_ascii_digit) {
                end = match digits(end) {
                    Some(end) => end,
                    None => return invalid(),
                };
            }
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            if bytes.get(end + 1 + sign).is_some_and(u8::is_ascii_digit) {
                float = true;
                end = match digits(end + 1 + sign) {
                    Some(end) => end,
                    None => return invalid(),
                };
            }
        }
        if matches!(bytes.get(end), Some(b'j' | b'J')) {
            float = true;
            end += 1;
        }
        let text = &source[start..end];
        if !float && text.starts_with('0') && text.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
            return Err("leading zeros in decimal integer literals are not permitted; \
                        use an 0o prefix for octal integers"
                .into());
        }
    }
    let rest = &source[end..];
    let next = rest.chars().next();
    let words = ["and", "else", "for", "if", "in", "is", "or", "not"];
    match next {
        Some(d) if radix != 10 && d.is_ascii_digit() => {
            Err(format!("invalid digit '{d}' in {kind} literal"))
        }
        Some(c)
            if (c.is_alphanumeric() || c == '_') && !words.iter().any(|w| rest.starts_with(w)) =>
        {
            invalid()
        }
        _ => Ok(end),
    }
}

/// Behind a string that starts here, or whether it is a triple-quoted one that never ends.
fn string_end(bytes: &[u8], start: usize, quote: u8) -> Result<usize, bool> {
    let triple = bytes[start..].starts_with(&[quote; 3]);
    let mut i = start + if triple { 3 } else { 1 };
    while i < bytes.len() {
        match bytes[i] {
            b'\\' => i += 2,
            b'\n' if !triple => return Err(false),
            b if b == quote => {
                if !triple {
                    return Ok(i + 1);
                }
                if bytes[i..].starts_with(&[quote; 3]) {
                    return Ok(i + 3);
                }
                i += 1;
            }
            _ => i += 1,
        }
    }
    Err(triple)
}
