//! `#[derive(Trace)]` for [`brc`](https://docs.rs/brc)'s heap.
//!
//! Use it as `brc::Trace`: it has the name of the trait that it implements, and
//! what it emits names items of `brc` only.

mod attr;
mod expand;
mod mentions;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Implements `Trace` for a struct or an enum, so that the heap can hold its
/// values and the collector finds the handles in them.
///
/// The collector sees every field, so every field's type must be `Trace`; a type
/// parameter gets the bound `T: Trace` if a field that is seen mentions it. A
/// field of type `PhantomData` or `fn(..)` has nothing to be seen and needs
/// neither.
///
/// | attribute | on | what it does |
/// |---|---|---|
/// | `#[trace(skip)]` | a field, a variant | The collector does not look there, and any type will do. Memory-safe: what a skipped handle points at counts as held from outside, so a cycle through it is never collected. |
/// | `#[trace(finalize)]` | the type | Its `Finalize` runs once before a value dies that needs it. |
/// | `#[trace(cyclic)]` | the type | `Trace::ACYCLIC` is `false` without asking the fields. For types that contain each other by value (through `Box`, `Vec`, a type alias), where the answer would depend on itself: needed on one of them, if the compiler reports a cycle in `ACYCLIC`. A field that names its own type needs no help. |
/// | `#[trace(bound = "T: Trace")]` | the type | These bounds instead of those above. |
/// | `#[trace(crate = "path")]` | the type | Where `brc` is, if not at `::brc`. |
///
/// For an enum `Trace::is_acyclic` asks the fields of the value's variant, so that a
/// variant without handles costs what a type without handles does; with
/// `#[trace(finalize)]` `Trace::needs_finalizer` asks `Finalize::is_needed`.
///
/// # What it refuses
///
/// * A type with a `Drop` impl: when the collector destroys a cycle, destructors
///   run in no order and could reach what is destroyed already. `Finalize` runs
///   before that.
/// * A type with `Finalize` but without `#[trace(finalize)]`: it would never run.
/// * A union, since which field is alive is not known, and a type with a lifetime
///   parameter, since what the heap holds is `'static`.
#[proc_macro_derive(Trace, attributes(trace))]
pub fn derive_trace(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::trace(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}
