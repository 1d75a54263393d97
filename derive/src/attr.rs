//! The attributes: `#[trace(..)]`, on a type and in it.

use syn::meta::ParseNestedMeta;
use syn::punctuated::Punctuated;
use syn::{Attribute, LitStr, Path, Result, Token, WherePredicate, parse_quote};

/// What `#[trace(..)]` says on a type.
pub(crate) struct OfType {
    pub(crate) finalize: bool,
    pub(crate) cyclic: bool,
    pub(crate) bound: Option<Vec<WherePredicate>>,
    pub(crate) brc: Path,
}

const ON_TYPES: [&str; 4] = ["finalize", "cyclic", "bound", "crate"];

pub(crate) fn of_type(attributes: &[Attribute]) -> Result<OfType> {
    let (mut finalize, mut cyclic, mut bound, mut brc) = (None, None, None, None);
    each(attributes, |meta| match name(meta).as_str() {
        "finalize" => set(&mut finalize, meta, ()),
        "cyclic" => set(&mut cyclic, meta, ()),
        "bound" => {
            let text: LitStr = meta.value()?.parse()?;
            let parser = Punctuated::<WherePredicate, Token![,]>::parse_terminated;
            set(&mut bound, meta, text.parse_with(parser)?.into_iter().collect())
        }
        "crate" => {
            let text: LitStr = meta.value()?.parse()?;
            set(&mut brc, meta, text.parse_with(Path::parse_mod_style)?)
        }
        "skip" => Err(meta.error("`skip` belongs on a field or a variant")),
        _ => Err(meta.error(
            "unknown attribute; a type may have `#[trace(bound = \"..\")]`, \
             `#[trace(crate = \"..\")]`, `#[trace(cyclic)]`, `#[trace(finalize)]`",
        )),
    })?;
    Ok(OfType {
        finalize: finalize.is_some(),
        cyclic: cyclic.is_some(),
        bound,
        brc: brc.unwrap_or_else(|| parse_quote!(::brc)),
    })
}

/// Whether a field or a variant has `#[trace(skip)]`, the only attribute it may
/// have.
pub(crate) fn skips(attributes: &[Attribute]) -> Result<bool> {
    let mut skip = None;
    each(attributes, |meta| match name(meta).as_str() {
        "skip" => set(&mut skip, meta, ()),
        other if ON_TYPES.contains(&other) => {
            Err(meta.error(format_args!("`{other}` belongs on the type")))
        }
        _ => Err(meta.error("unknown attribute; fields and variants may have `#[trace(skip)]`")),
    })?;
    Ok(skip.is_some())
}

fn each(
    attributes: &[Attribute],
    mut f: impl FnMut(&ParseNestedMeta<'_>) -> Result<()>,
) -> Result<()> {
    let ours = attributes.iter().filter(|attribute| attribute.path().is_ident("trace"));
    ours.into_iter().try_for_each(|attribute| attribute.parse_nested_meta(|meta| f(&meta)))
}

/// Empty for a path of several segments.
fn name(meta: &ParseNestedMeta<'_>) -> String {
    meta.path.get_ident().map(ToString::to_string).unwrap_or_default()
}

fn set<T>(slot: &mut Option<T>, meta: &ParseNestedMeta<'_>, value: T) -> Result<()> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(meta.error(format_args!("`{}` is said twice", name(meta)))),
    }
}
