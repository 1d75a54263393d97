//! What the derive emits.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{
    Attribute, Data, DeriveInput, Error, Fields, Generics, Lifetime, Member, Path, Result, Type,
    TypeParam, WherePredicate, parse_quote,
};

use crate::attr;
use crate::mentions::Mentions;

/// A field that the collector looks into.
struct Field<'a> {
    member: Member,
    ty: &'a Type,
    mentions: Mentions,
}

/// A struct, or a variant of an enum.
struct Shape<'a> {
    path: TokenStream,
    fields: Vec<Field<'a>>,
}

pub(crate) fn trace(input: &DeriveInput) -> Result<TokenStream> {
    let inside = both(refuse_lifetimes(&input.generics), shapes(input));
    let (of_type, ((), shapes)) = both(attr::of_type(&input.attrs), inside)?;
    let fields: Vec<_> = shapes.iter().flat_map(|shape| &shape.fields).collect();
    let (name, brc) = (&input.ident, &of_type.brc);

    let asks_itself = || fields.iter().any(|field| field.mentions.own_name(name));
    let acyclic = if of_type.cyclic || asks_itself() {
        // Not one field may be asked: the answer might depend on this one.
        quote!(false)
    } else {
        acyclic(brc, fields.iter().copied())
    };
    let finalize = of_type.finalize.then(|| finalize(brc));
    let by_variant = matches!(input.data, Data::Enum(_)).then(|| by_variant(brc, &shapes));
    let body = body(brc, &shapes);

    let (parameters, arguments, bounds) = input.generics.split_for_impl();
    let mut traced = input.generics.clone();
    let more = of_type.bound.unwrap_or_else(|| derived_bounds(brc, &input.generics, &fields));
    let predicates = &mut traced.make_where_clause().predicates;
    predicates.extend(more);
    if of_type.finalize && input.generics.type_params().next().is_some() {
        // `finalize_object` asks for it, and nothing else is finalized.
        predicates.push(parse_quote!(Self: ::core::marker::Sized));
    }
    let traced_bounds = &traced.where_clause;
    // Where the type implements what it must not, these conflict with an impl for
    // all types that do. That for `Drop`, on which soundness depends, is emitted
    // too, so that it does not matter what `#[trace(crate = ..)]` leads to.
    let unmarked = (!of_type.finalize).then(|| quote!(#brc::__private::MustBeMarkedTraceFinalize));
    let refusals = [Some(quote!(MustNotImplementDrop)), unmarked].into_iter().flatten();
    let refusals = refusals.map(|refusal| {
        quote_spanned! {at(name)=>
            #[automatically_derived]
            impl #parameters #refusal for #name #arguments #bounds {}
        }
    });
    Ok(quote! {
        const _: () = {
            #[automatically_derived]
            #[allow(deprecated)]
            unsafe impl #parameters #brc::Trace for #name #arguments #traced_bounds {
                const ACYCLIC: ::core::primitive::bool = #acyclic;
                #finalize
                #by_variant
                fn trace(&self, __tracer: &mut #brc::Tracer<'_>) {
                    #body
                }
            }
            trait MustNotImplementDrop {}
            #[allow(drop_bounds)]
            impl<T: ::core::ops::Drop + ?::core::marker::Sized> MustNotImplementDrop for T {}
            #(#refusals)*
        };
    })
}

/// What both say, or the errors of both.
fn both<A, B>(a: Result<A>, b: Result<B>) -> Result<(A, B)> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (Err(mut a), Err(b)) => {
            a.combine(b);
            Err(a)
        }
        (Err(error), _) | (_, Err(error)) => Err(error),
    }
}

/// What all say, or the errors of all.
fn all<T>(results: impl Iterator<Item = Result<T>>) -> Result<Vec<T>> {
    let mut all = Ok(Vec::new());
    for one in results {
        all = both(all, one).map(|(mut all, one)| {
            all.push(one);
            all
        });
    }
    all
}

/// `'a: 'static` is let through: it has one value.
fn refuse_lifetimes(generics: &Generics) -> Result<()> {
    let outlives = |predicate: &WherePredicate, lifetime: &Lifetime| match predicate {
        WherePredicate::Lifetime(one) => {
            one.lifetime == *lifetime && one.bounds.iter().any(|bound| bound.ident == "static")
        }
        _ => false,
    };
    let predicates = || generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    let refused = generics.lifetimes().filter(|parameter| {
        !parameter.bounds.iter().any(|bound| bound.ident == "static")
            && !predicates().any(|predicate| outlives(predicate, &parameter.lifetime))
    });
    let message = "`Trace` cannot be derived for a type with a lifetime parameter: \
                   what the heap holds is `'static`";
    let errors = refused.map(|parameter| Err(Error::new(parameter.lifetime.span(), message)));
    all(errors).map(|_: Vec<()>| ())
}

fn shapes(input: &DeriveInput) -> Result<Vec<Shape<'_>>> {
    match &input.data {
        Data::Struct(data) => {
            let fields = fields(&data.fields)?;
            Ok(vec![Shape { path: quote!(Self), fields }])
        }
        Data::Enum(data) => all(data.variants.iter().map(|variant| {
            let name = &variant.ident;
            let skip = attr::skips(&variant.attrs)?;
            let fields = if skip { skipped(&variant.fields) } else { fields(&variant.fields) };
            Ok(Shape { path: quote!(Self::#name), fields: fields? })
        })),
        Data::Union(data) => Err(Error::new(
            data.union_token.span,
            "`Trace` cannot be derived for a union: which of its fields is alive is not known",
        )),
    }
}

fn fields(fields: &Fields) -> Result<Vec<Field<'_>>> {
    let seen = all(fields.iter().zip(fields.members()).map(|(field, member)| {
        let (skip, ty) = (attr::skips(&field.attrs)?, &field.ty);
        let seen = !skip && !owns_nothing(ty);
        Ok(seen.then(|| Field { member, ty, mentions: Mentions::of(ty) }))
    }));
    Ok(seen?.into_iter().flatten().collect())
}

/// The fields of a skipped variant, which can say no more about themselves.
fn skipped(fields: &Fields) -> Result<Vec<Field<'_>>> {
    let ours = |attribute: &&Attribute| attribute.path().is_ident("trace");
    let attributes = fields.iter().flat_map(|field| &field.attrs).filter(ours);
    all(attributes.map(|one| Err(Error::new_spanned(one, "the variant is skipped already"))))
}

/// Whether there can be nothing in it, as its form tells: a function pointer of
/// whatever signature, or `PhantomData`.
fn owns_nothing(ty: &Type) -> bool {
    match ty {
        Type::BareFn(_) => true,
        Type::Group(group) => owns_nothing(&group.elem),
        Type::Paren(paren) => owns_nothing(&paren.elem),
        Type::Path(path) => {
            path.path.segments.last().is_some_and(|last| last.ident == "PhantomData")
        }
        _ => false,
    }
}

/// The parameters that the fields use, and the fields' types with associated
/// types, which no bound on a parameter says anything about.
fn derived_bounds(brc: &Path, generics: &Generics, fields: &[&Field<'_>]) -> Vec<WherePredicate> {
    let names = || generics.type_params().map(|TypeParam { ident, .. }| ident);
    let (whole, by_parameter): (Vec<&Field<'_>>, Vec<_>) =
        fields.iter().partition(|field| field.mentions.projects(names()));
    let used = |name: &&Ident| by_parameter.iter().any(|field| field.mentions.parameter(name));
    let parameters = names().filter(used).map(|name| parse_quote!(#name: #brc::Trace));
    let whole = whole.iter().filter(|field| names().any(|name| field.mentions.parameter(name)));
    let whole = whole.map(|Field { ty, .. }| parse_quote!(#ty: #brc::Trace));
    parameters.chain(whole).collect()
}

fn acyclic<'a>(brc: &Path, fields: impl Iterator<Item = &'a Field<'a>>) -> TokenStream {
    let each = fields.map(|field| {
        let ty = field.ty;
        quote_spanned!(at(ty)=> <#ty as #brc::Trace>::ACYCLIC)
    });
    quote!(true #(&& #each)*)
}

fn finalize(brc: &Path) -> TokenStream {
    quote! {
        const FINALIZE: ::core::option::Option<
            fn(&Self, #brc::Local<'_, Self>, &#brc::Mutator),
        > = ::core::option::Option::Some(<Self as #brc::Finalize>::finalize_object);
        #[inline]
        fn needs_finalizer(&self) -> ::core::primitive::bool {
            <Self as #brc::Finalize>::is_needed(self)
        }
    }
}

/// `is_acyclic` of an enum. Here all fields may be asked: no constant depends on it, and
/// the chain of those of the fields' types ends at this type's own.
fn by_variant(brc: &Path, shapes: &[Shape<'_>]) -> TokenStream {
    let arms = shapes.iter().map(|Shape { path, fields }| {
        let acyclic = acyclic(brc, fields.iter());
        quote!(#path { .. } => #acyclic,)
    });
    let answer = match shapes {
        [] => quote!(match *self {}),
        _ => quote!(match self { #(#arms)* }),
    };
    quote! {
        #[inline]
        fn is_acyclic(&self) -> ::core::primitive::bool {
            #answer
        }
    }
}

fn body(brc: &Path, shapes: &[Shape<'_>]) -> TokenStream {
    if shapes.is_empty() {
        return quote!(match *self {});
    }
    let arms = shapes.iter().map(|Shape { path, fields }| {
        let (patterns, calls): (Vec<_>, Vec<_>) = fields
            .iter()
            .enumerate()
            .map(|(n, Field { member, ty, .. })| {
                let part = format_ident!("__part{n}");
                let call = quote_spanned! {at(*ty)=>
                    <#ty as #brc::Trace>::trace(#part, __tracer);
                };
                (quote!(#member: #part), call)
            })
            .unzip();
        quote!(#path { #(#patterns,)* .. } => { #(#calls)* })
    });
    quote!(match self { #(#arms)* })
}

/// Errors point there; what is emitted is still the macro's own.
fn at(place: &impl Spanned) -> Span {
    Span::call_site().located_at(place.span())
}
