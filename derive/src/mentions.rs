//! What the type of a field mentions, read from its tokens.
//!
//! Tokens also show what stands inside of macro invocations. A word that only
//! looks like the one sought costs a bound, or a constant that says less; it
//! does no harm.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Type;

/// The words and signs of a type, without the delimiters.
pub(crate) struct Mentions(Vec<String>);

impl Mentions {
    pub(crate) fn of(ty: &Type) -> Self {
        let mut words = Vec::new();
        flatten(ty.to_token_stream(), &mut words);
        Self(words)
    }

    /// Whether it says this name, or `Self`.
    pub(crate) fn own_name(&self, name: &Ident) -> bool {
        self.0.iter().any(|word| word == "Self" || name == word)
    }

    /// Whether it uses this type parameter.
    pub(crate) fn parameter(&self, name: &Ident) -> bool {
        (0..self.0.len()).any(|at| self.is_parameter(at, name))
    }

    /// Whether it has an associated type, as `P::Item` for one of these
    /// parameters or as `<.. as ..>::Item`.
    pub(crate) fn projects<'a>(&self, mut parameters: impl Iterator<Item = &'a Ident>) -> bool {
        let of = |name| {
            (0..self.0.len()).any(|at| self.is_parameter(at, name) && is_path(&self.0[at + 1..]))
        };
        self.0.iter().any(|word| word == "as") || parameters.any(of)
    }

    /// Behind `::` it is another item of that name.
    fn is_parameter(&self, at: usize, name: &Ident) -> bool {
        name == &self.0[at] && !(at >= 2 && is_path(&self.0[at - 2..]))
    }
}

/// Whether the next is `::`.
fn is_path(words: &[String]) -> bool {
    words.len() >= 2 && words[..2].iter().all(|word| word == ":")
}

fn flatten(tokens: TokenStream, words: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => flatten(group.stream(), words),
            other => words.push(other.to_string()),
        }
    }
}
