//! What stands in front of a payload: the type record, the collector's scratch
//! and the words of the header.

use std::alloc::Layout;
use std::any::TypeId;
use std::mem;
use std::ptr::NonNull;

use super::Lifetime;
use super::word::{CANDIDATE, DEFERRED, ONE, State};
use crate::blocks;
use crate::stw::{Address, Mutator};
use crate::sync::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering::*};
use crate::trace::local::Local;
use crate::trace::{Trace, Tracer};

/// `ob_gc_bits`: the payload's type, or the value when it was made, reports nothing; never
/// traced, never a candidate.
pub(crate) const ACYCLIC: u8 = 1;
/// The owner's list of candidates has the object, and frees its memory if it dies.
pub(crate) const BUFFERED: u8 = 2;
/// The payload is destroyed.
pub(crate) const DEAD: u8 = 4;
/// The finalizer has run, or there is none, or the value did not need it when it was made.
pub(crate) const FINALIZED: u8 = 8;
/// The collector found it to be garbage. While this is set the collector has a
/// reference, and no drop finalizes, hands over or makes a candidate.
pub(crate) const CONDEMNED: u8 = 16;
/// It was deferred when the collector condemned it, and will be if it is given back.
pub(crate) const WAS_DEFERRED: u8 = 32;
/// A deferred object that a collection found alive.
pub(crate) const AGED: u8 = 64;
/// In a pause: a deferred object that an operand stack refers to.
pub(crate) const PINNED: u8 = 128;

/// The header of a heap object: 40 bytes, right in front of the payload.
///
/// | word            | read by                       | written by                                         |
/// |-----------------|-------------------------------|----------------------------------------------------|
/// | `ob_type`       | anyone                        | nobody, after it is made                           |
/// | `ob_scratch`    | who has stopped the world     | who has stopped the world                          |
/// | `ob_tid`        | anyone                        | the *owner's side*, once, to 0; a deferred object's id: who has stopped the world |
/// | `ob_ref_local`  | the owner's side; anyone, to compare it with [`IMMORTAL`] | the owner's side         |
/// | `ob_ref_shared` | anyone                        | anyone, by read-modify-write                       |
/// | `ob_weak`       | anyone                        | anyone, by read-modify-write                       |
/// | `ob_mutex`      | [`lock`](crate::lock)         | [`lock`](crate::lock)                              |
/// | `ob_gc_bits`    | anyone (unattached: ACYCLIC)  | the owner; once merged, who has the last reference; who has stopped the world |
/// | `ob_stamp`      | who has the last reference    | an attached thread with a reference, by read-modify-write; the destroyer |
///
/// The *owner's side* is the owner while it is attached; who holds its record
/// while it is not; or who has stopped the world.
#[repr(C)]
pub(crate) struct Head {
    ob_type: &'static Type,
    pub(crate) ob_scratch: AtomicU64,
    pub(crate) ob_tid: AtomicU32,
    pub(crate) ob_ref_local: AtomicU32,
    pub(crate) ob_ref_shared: AtomicUsize,
    pub(crate) ob_weak: AtomicU32,
    pub(crate) ob_mutex: AtomicU8,
    pub(crate) ob_gc_bits: AtomicU8,
    /// [`CALLBACKS`], and below it the object's stamp: see [`stamp`](super::stamp).
    pub(crate) ob_stamp: AtomicU16,
}

/// The local count of an immortal object.
pub(crate) const IMMORTAL: u32 = u32::MAX;
/// That of a deferred one. None counts that far.
pub(crate) const UNCOUNTED: u32 = IMMORTAL - 1;
/// In `ob_tid`: what is below is no mutator's id, but that of a deferred object.
pub(crate) const DEFERRED_ID: u32 = 1 << 31;
/// In `ob_stamp`: the table of weak callbacks has entries for the object.
pub(crate) const CALLBACKS: u16 = 1 << 15;

/// What the heap must know of a payload's type. Constants: a type may have
/// several, so identity is `type_id`.
pub(crate) struct Type {
    pub(crate) name: fn() -> &'static str,
    pub(crate) type_id: fn() -> TypeId,
    /// From the start of the block to the payload.
    offset: usize,
    align: usize,
    /// The payload's size; `usize::MAX` if it is not that of the type.
    fixed: usize,
    /// The payload's size, where it is not fixed.
    size: unsafe fn(Object) -> usize,
    trace: unsafe fn(Object, &mut Tracer<'_>),
    drop: Option<unsafe fn(Object)>,
    finalize: Option<unsafe fn(Object, &Mutator)>,
    acyclic: bool,
}

/// Who counts an object, when it is made.
#[derive(Clone, Copy)]
pub(crate) enum Born {
    /// The mutator with this id.
    Owned(u32),
    Immortal,
    /// Nobody frees it by counting. It has this id, and a list of candidates has it.
    Deferred(u32),
}

/// A pointer to the payload of an object whose memory is not freed. No
/// reference is counted for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Object(NonNull<()>);

/// What the pointer to an unsized payload is kept in, in front of the header.
const WIDE: usize = 2 * size_of::<usize>();

/// Where something lies in front of the header, the block begins with a word
/// that says how far it is to the payload: the distance times two, plus one.
/// Else it begins with the header, whose first word is an aligned address.
const MARK: usize = size_of::<usize>();

/// The distance from the start of a block to a payload with this alignment.
const fn offset(align: usize, wide: bool) -> usize {
    let head = size_of::<Head>() + if wide { MARK + WIDE } else { 0 };
    head.next_multiple_of(if align > align_of::<Head>() { align } else { align_of::<Head>() })
}

/// The type record of a sized type, behind a pointer to `P`, which is the type
/// itself or a trait object made of it.
struct Sized_<T, P: ?Sized>(T, std::marker::PhantomData<P>);

/// Whether a pointer to `P` has more than one word.
pub(crate) const fn is_wide<P: ?Sized>() -> bool {
    size_of::<*const P>() > size_of::<usize>()
}

impl<T: Trace + 'static, P: ?Sized> Sized_<T, P> {
    const TYPE: Type = Type {
        name: std::any::type_name::<T>,
        type_id: TypeId::of::<T>,
        offset: offset(align_of::<T>(), is_wide::<P>()),
        align: align_of::<T>(),
        fixed: size_of::<T>(),
        size: |_| size_of::<T>(),
        // SAFETY: records are used with objects of their type, and the callers
        // of `trace`, `finalize` and `drop` have the payload alive.
        trace: |object, tracer| unsafe { object.0.cast::<T>().as_ref() }.trace(tracer),
        drop: if mem::needs_drop::<T>() {
            // SAFETY: as above; once.
            Some(|object| unsafe { object.0.cast::<T>().drop_in_place() })
        } else {
            None
        },
        finalize: if T::FINALIZE.is_some() {
            Some(|object, m| {
                if let Some(finalize) = T::FINALIZE {
                    // SAFETY: as above.
                    let payload = unsafe { object.0.cast::<T>().as_ref() };
                    // SAFETY: the payload is a `T`. `finalize`'s caller has a reference
                    // until after this call, for longer than which no `Local` lasts.
                    finalize(payload, unsafe { Local::at(object.0) }, m);
                }
            })
        } else {
            None
        },
        acyclic: T::ACYCLIC,
    };
}

/// The type record of a slice.
struct Slice<T>(T);

impl<T: Trace + 'static> Slice<T> {
    const TYPE: Type = Type {
        name: std::any::type_name::<[T]>,
        type_id: TypeId::of::<[T]>,
        offset: offset(align_of::<T>(), true),
        align: align_of::<T>(),
        fixed: usize::MAX,
        // SAFETY: as for sized types; the pointer was written when it was made.
        size: |object| unsafe { object.pointer::<[T]>() }.len() * size_of::<T>(),
        trace: |object, tracer| {
            // SAFETY: as above.
            let slice = unsafe { object.pointer::<[T]>() };
            // SAFETY: as above.
            unsafe { &*slice }.trace(tracer);
        },
        drop: if mem::needs_drop::<T>() {
            Some(|object| {
                // SAFETY: as above.
                let slice = unsafe { object.pointer::<[T]>() };
                // SAFETY: as above; once.
                unsafe { slice.cast_mut().drop_in_place() }
            })
        } else {
            None
        },
        finalize: None,
        acyclic: T::ACYCLIC,
    };
}

/// The type record of a string.
const STR: Type = Type {
    name: std::any::type_name::<str>,
    type_id: TypeId::of::<str>,
    offset: offset(1, true),
    align: 1,
    fixed: usize::MAX,
    // SAFETY: as for slices. A `*const str` counts bytes.
    size: |object| unsafe { object.pointer::<str>() as *const [u8] }.len(),
    trace: |_, _| (),
    drop: None,
    finalize: None,
    acyclic: true,
};

/// The bits that a value asks for, besides those that all of its type have: none, known
/// to the compiler, unless its type overrides a question. Calls user code.
#[inline]
pub(crate) fn bits_of<T: Trace>(value: &T) -> u8 {
    let acyclic = !T::ACYCLIC && T::is_acyclic(value);
    let finalized = T::FINALIZE.is_some() && !T::needs_finalizer(value);
    (if acyclic { ACYCLIC } else { 0 }) | if finalized { FINALIZED } else { 0 }
}

/// The record for payloads of type `T` that are reached through pointers to `P`.
pub(crate) const fn sized<T: Trace + 'static, P: ?Sized>() -> &'static Type {
    &const { Sized_::<T, P>::TYPE }
}

/// The record for slices of `T`.
pub(crate) const fn slice<T: Trace + 'static>() -> &'static Type {
    &const { Slice::<T>::TYPE }
}

/// The record for strings.
pub(crate) const fn string() -> &'static Type {
    &const { STR }
}

impl Type {
    /// The layout of a block whose payload has `size` bytes. `None`: too large.
    pub(crate) fn layout(&self, size: usize) -> Option<Layout> {
        let align = self.align.max(align_of::<Head>());
        Layout::from_size_align(self.offset.checked_add(size)?, align).ok()
    }
}

impl Object {
    /// The object whose payload is at `address`.
    ///
    /// # Safety
    ///
    /// There is one, and its memory stays for as long as the value is used.
    #[inline]
    pub(crate) unsafe fn at(address: Address) -> Self {
        Self(address.0)
    }

    #[inline]
    pub(crate) fn address(self) -> Address {
        Address(self.0)
    }

    #[inline]
    pub(crate) fn payload(self) -> NonNull<()> {
        self.0
    }

    /// Says that the header and the payload will be looked at soon.
    #[inline]
    pub(crate) fn prefetch(self) {
        let payload = self.0.cast::<u8>();
        // SAFETY: the header is in front of the payload.
        blocks::prefetch(unsafe { payload.sub(size_of::<Head>()) });
        blocks::prefetch(payload);
    }

    /// The object in a block that a visit of the source found.
    ///
    /// # Safety
    ///
    /// The block is one that [`write`](Self::write) filled.
    pub(crate) unsafe fn in_block(block: NonNull<u8>) -> Self {
        // SAFETY: a block has at least a header, which starts with a word.
        let first = unsafe { block.cast::<usize>().read() };
        let offset = if first & 1 == 1 { first >> 1 } else { size_of::<Head>() };
        // SAFETY: within the block.
        Self(unsafe { block.byte_add(offset) }.cast())
    }

    /// Makes a block the home of an object with one reference, whose payload is
    /// still to be written.
    ///
    /// # Safety
    ///
    /// The block has the layout that `ty` asks for, and belongs to the caller.
    #[inline]
    pub(crate) unsafe fn write(block: NonNull<u8>, ty: &'static Type, born: Born) -> Self {
        // SAFETY: the layout has that many bytes before the payload.
        let payload = unsafe { block.byte_add(ty.offset) };
        if ty.offset > size_of::<Head>() {
            // SAFETY: there is room before the header: see `MARK`, and where
            // alignment makes the distance, it is at least one word more.
            unsafe { block.cast::<usize>().write(ty.offset << 1 | 1) };
        }
        let (tid, local, shared) = match born {
            Born::Owned(tid) => (tid, 1, 0),
            Born::Immortal => (0, IMMORTAL, State::Merged as usize),
            Born::Deferred(id) => {
                let flags = DEFERRED | CANDIDATE | State::Merged as usize;
                (DEFERRED_ID | id, UNCOUNTED, ONE | flags)
            }
        };
        let is_deferred = matches!(born, Born::Deferred(_));
        // The collector must look at the deferred, whatever they may refer to.
        let mut bits = if ty.acyclic && !is_deferred { ACYCLIC } else { 0 };
        if ty.finalize.is_none() {
            bits |= FINALIZED;
        }
        let head = Head {
            ob_type: ty,
            ob_scratch: AtomicU64::new(0),
            ob_tid: AtomicU32::new(tid),
            ob_ref_local: AtomicU32::new(local),
            ob_ref_shared: AtomicUsize::new(shared),
            // All strong references together hold one weak reference; the entry
            // of a candidate holds one more.
            ob_weak: AtomicU32::new(if is_deferred { 2 } else { 1 }),
            ob_mutex: AtomicU8::new(0),
            ob_gc_bits: AtomicU8::new(bits),
            ob_stamp: AtomicU16::new(0),
        };
        // SAFETY: the header ends where the payload begins.
        let place = unsafe { payload.cast::<Head>().sub(1) };
        // SAFETY: within the block, and aligned since the distance is a multiple
        // of the header's alignment.
        unsafe { place.write(head) };
        Self(payload.cast())
    }

    /// Adds what [`bits_of`] the payload says, to an object that nobody else knows of yet.
    #[inline]
    pub(crate) fn add_bits(self, bits: u8, life: Lifetime) {
        // As in `write`.
        let not = if matches!(life, Lifetime::Deferred) { ACYCLIC } else { 0 };
        if bits & !not != 0 {
            self.set(bits & !not, 0);
        }
    }

    /// Keeps the pointer to an unsized payload, for [`pointer`](Self::pointer).
    ///
    /// # Safety
    ///
    /// The object was made for pointers to `P`, and is still the caller's own.
    #[inline]
    pub(crate) unsafe fn write_pointer<P: ?Sized>(self, pointer: *const P) {
        const { assert!(size_of::<*const P>() <= WIDE) };
        debug_assert!(is_wide::<P>());
        // SAFETY: the offset of such types leaves room in front of the header.
        let place = unsafe { self.0.byte_sub(size_of::<Head>() + WIDE) };
        // SAFETY: as above; aligned as the header.
        unsafe { place.cast::<*const P>().write(pointer) };
    }

    /// The pointer to the payload.
    ///
    /// # Safety
    ///
    /// The object was made for pointers to `P`.
    #[inline]
    pub(crate) unsafe fn pointer<P: ?Sized>(self) -> *const P {
        if is_wide::<P>() {
            // SAFETY: as in `write_pointer`, which wrote it.
            let place = unsafe { self.0.byte_sub(size_of::<Head>() + WIDE) };
            // SAFETY: as above.
            unsafe { place.cast::<*const P>().read() }
        } else {
            // SAFETY: `P` is sized, so its pointer is the address.
            unsafe { mem::transmute_copy::<NonNull<()>, *const P>(&self.0) }
        }
    }

    #[inline]
    pub(crate) fn head<'a>(self) -> &'a Head {
        // SAFETY: the header ends where the payload begins.
        let head = unsafe { self.0.cast::<Head>().sub(1) };
        // SAFETY: `at`, `write`: the memory stays for as long as this is used;
        // every word is atomic or constant.
        unsafe { head.as_ref() }
    }

    pub(crate) fn ty(self) -> &'static Type {
        self.head().ob_type
    }

    /// The block, and its layout.
    pub(crate) fn block(self) -> (NonNull<u8>, Layout) {
        let ty = self.ty();
        let size = match ty.fixed {
            // SAFETY: the record is the object's own.
            usize::MAX => unsafe { (ty.size)(self) },
            size => size,
        };
        let layout = ty.layout(size).expect("the block was allocated with this layout");
        // SAFETY: the block begins there.
        (unsafe { self.0.byte_sub(ty.offset) }.cast(), layout)
    }

    /// Bytes of the block.
    pub(crate) fn bytes(self) -> usize {
        let ty = self.ty();
        match ty.fixed {
            usize::MAX => self.block().1.size(),
            size => ty.offset + size,
        }
    }

    /// Reports the edges of the payload.
    ///
    /// # Safety
    ///
    /// The payload is alive, and nobody has `&mut` to it.
    #[inline]
    pub(crate) unsafe fn trace(self, tracer: &mut Tracer<'_>) {
        // SAFETY: the caller's.
        unsafe { (self.ty().trace)(self, tracer) }
    }

    /// Runs the finalizer, which may make references.
    ///
    /// # Safety
    ///
    /// The payload is alive; the caller has a reference, which it keeps meanwhile, and
    /// does not go by what it knew of the count before.
    pub(crate) unsafe fn finalize(self, m: &Mutator) {
        if let Some(finalize) = self.ty().finalize {
            // SAFETY: the caller's.
            unsafe { finalize(self, m) }
        }
    }

    /// Whether the payload is reached as something else than its own type.
    #[inline]
    pub(crate) fn is_coerced<P: ?Sized>(self) -> bool {
        (self.ty().type_id)() != typeid::of::<P>()
    }

    /// Whether the payload has a destructor.
    #[inline]
    pub(crate) fn needs_drop(self) -> bool {
        self.ty().drop.is_some()
    }

    /// Whether somebody wants to be called when it dies.
    #[inline]
    pub(crate) fn has_callbacks(self) -> bool {
        // Relaxed: who destroys the object has seen all others' references go.
        self.head().ob_stamp.load(Relaxed) & CALLBACKS != 0
    }

    /// Destroys the payload.
    ///
    /// # Safety
    ///
    /// Once, and nobody uses the payload any more.
    #[inline]
    pub(crate) unsafe fn drop_payload(self) {
        if let Some(drop) = self.ty().drop {
            // SAFETY: the caller's.
            unsafe { drop(self) }
        }
    }

    /// Tells loom that the memory goes away: all uses of these words must have
    /// come before.
    #[cfg(loom)]
    pub(crate) fn retire(self) {
        // SAFETY: the header ends where the payload begins.
        let mut head = unsafe { self.0.cast::<Head>().sub(1) };
        // SAFETY: nobody refers to the object any more.
        let head = unsafe { head.as_mut() };
        head.ob_scratch.with_mut(|_| ());
        head.ob_tid.with_mut(|_| ());
        head.ob_ref_local.with_mut(|_| ());
        head.ob_ref_shared.with_mut(|_| ());
        head.ob_weak.with_mut(|_| ());
        head.ob_mutex.with_mut(|_| ());
        head.ob_gc_bits.with_mut(|_| ());
        head.ob_stamp.with_mut(|_| ());
    }

    /// Whether nothing but the memory is left. (What is CONDEMNED too is still being
    /// destroyed by its collector.) By anyone who keeps the memory.
    #[inline]
    pub(crate) fn is_dead(self) -> bool {
        // Acquire: pairs with the `Release` of who destroyed it.
        self.head().ob_gc_bits.load(Acquire) & (DEAD | CONDEMNED) == DEAD
    }

    /// Whether one of the bits is set.
    #[inline]
    pub(crate) fn has(self, bits: u8) -> bool {
        // Relaxed: written by who has the exclusive right, see `Head`; what
        // makes that right change hands orders it.
        self.head().ob_gc_bits.load(Relaxed) & bits != 0
    }

    /// Sets and clears bits.
    ///
    /// The caller is one of those who may write them; see [`Head`].
    #[inline]
    pub(crate) fn set(self, on: u8, off: u8) {
        let bits = &self.head().ob_gc_bits;
        // Relaxed: as in `has`.
        bits.store(bits.load(Relaxed) & !off | on, Relaxed);
    }

    /// The id of a deferred object. For an attached thread.
    #[inline]
    pub(crate) fn deferred_id(self) -> Option<u32> {
        let head = self.head();
        // Relaxed: changes in pauses only.
        if head.ob_ref_local.load(Relaxed) != UNCOUNTED {
            return None;
        }
        Some(head.ob_tid.load(Relaxed) & !DEFERRED_ID)
    }

    /// Whether the object is deferred or immortal, so that it is not counted while it is
    /// looked at. For an attached thread.
    #[inline]
    pub(crate) fn is_uncounted(self) -> bool {
        // Relaxed: changes in pauses only.
        self.head().ob_ref_local.load(Relaxed) >= UNCOUNTED
    }

    #[inline]
    pub(crate) fn is_immortal(self) -> bool {
        // Relaxed: objects are born immortal, or made so while merged; who
        // takes one for mortal a little longer only changes a count.
        self.head().ob_ref_local.load(Relaxed) == IMMORTAL
    }
}
