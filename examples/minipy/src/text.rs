//! Text and number rules of Python that need none of the interpreter's objects: how values print, how
//! format strings read, how numerals parse and round, and what the string methods do.
//!
//! Everything here takes and gives plain Rust values, and its reference is CPython 3.11.

#![allow(dead_code, reason = "a library of its own, of which the interpreter calls what it needs")]

use std::fmt;

pub mod mt;
pub mod number;
pub mod percent;
pub mod repr;
pub mod spec;
pub mod strformat;
pub mod strings;
pub mod tables;

/// A failure of these helpers: which Python exception it becomes, and its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormatError {
    /// `ValueError`.
    Value(String),
    /// `TypeError`.
    Type(String),
    /// `OverflowError`.
    Overflow(String),
    /// `KeyError`.
    Key(String),
}

impl FormatError {
    /// A `ValueError` with this message.
    pub fn value(message: impl Into<String>) -> Self {
        FormatError::Value(message.into())
    }

    /// A `TypeError` with this message.
    pub fn type_error(message: impl Into<String>) -> Self {
        FormatError::Type(message.into())
    }

    /// An `OverflowError` with this message.
    pub fn overflow(message: impl Into<String>) -> Self {
        FormatError::Overflow(message.into())
    }

    /// The message alone, for the exception that is raised.
    pub fn message(&self) -> &str {
        match self {
            FormatError::Value(m)
            | FormatError::Type(m)
            | FormatError::Overflow(m)
            | FormatError::Key(m) => m,
        }
    }
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl std::error::Error for FormatError {}

/// What most helpers here answer.
pub type Result<T> = std::result::Result<T, FormatError>;

/// Whether `c` lies in one of the ranges of a table of [`tables`].
pub(crate) fn in_table(table: &[u32], c: char) -> bool {
    // Find the first range that does not end before `c`: only that one can hold it.
    let c = c as u32;
    let (mut low, mut high) = (0, table.len() / 2);
    while low < high {
        let middle = low.midpoint(high);
        if table[2 * middle + 1] < c {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    table.get(2 * low).is_some_and(|&first| first <= c)
}

/// The value of a decimal digit of any script, as `int` and format widths read it.
pub(crate) fn decimal_value(c: char) -> Option<u32> {
    if c.is_ascii() {
        return c.to_digit(10);
    }
    let code = c as u32;
    let ranges = tables::DECIMAL.chunks_exact(2);
    ranges.into_iter().find(|r| r[0] <= code && code <= r[1]).map(|r| (code - r[0]) % 10)
}
