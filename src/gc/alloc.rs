//! Making objects.

use std::alloc::{Layout, handle_alloc_error};
use std::error::Error;
use std::fmt;
use std::mem::ManuallyDrop;
use std::ptr::{self, NonNull};

use super::object::{self, Born, Object, Type};
use super::{Gc, Lifetime, deaths, deferral, lifetime};
use crate::blocks::{BlockSource, Blocks};
use crate::stw::Mutator;
use crate::trace::Trace;

/// There was no memory for an object.
///
/// Gives back what was to become one. Drop something, or collect, and try again.
pub struct AllocError<T> {
    value: T,
    layout: Layout,
}

impl<T> AllocError<T> {
    /// The value.
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T> fmt::Debug for AllocError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AllocError").field("bytes", &self.layout.size()).finish_non_exhaustive()
    }
}

impl<T> fmt::Display for AllocError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.layout.size();
        write!(
            f,
            "no memory for an object of {bytes} bytes: drop objects or collect, and try again"
        )
    }
}

impl<T> Error for AllocError<T> {}

/// For tests: after `n` more allocations of this thread, all its further ones
/// fail. `None` ends that.
#[doc(hidden)]
pub fn __fail_after(n: Option<usize>) {
    crate::blocks::fail_after(n);
}

/// Puts an object that is complete on the lists of its kind.
#[inline]
fn enlist(object: Object, life: Lifetime) {
    match life {
        Lifetime::Counted | Lifetime::Immortal => {}
        Lifetime::Deferred => {
            if let Some(id) = object.deferred_id() {
                deferral::set_object(id, object);
            }
            // It was born a candidate.
            deaths::shelve_candidate(object);
        }
        Lifetime::ImmortalOnceThreaded => {
            if !object.is_immortal() {
                lifetime::note_once(object);
            }
        }
    }
}

impl Mutator {
    /// A block made the home of an object of this type, without its payload.
    #[inline]
    fn home(&self, ty: &'static Type, size: usize, life: Lifetime) -> Result<Object, Layout> {
        let Some(layout) = ty.layout(size) else { return Err(Layout::new::<()>()) };
        let Some(block) = Blocks::alloc(layout) else { return Err(layout) };
        let local = &self.record().local;
        let born = match life {
            Lifetime::Counted => Born::Owned(self.record().id),
            Lifetime::ImmortalOnceThreaded if !lifetime::is_threaded() => {
                Born::Owned(self.record().id)
            }
            Lifetime::Immortal | Lifetime::ImmortalOnceThreaded => {
                local.immortal.add(layout.size());
                Born::Immortal
            }
            Lifetime::Deferred => Born::Deferred(deferral::take_id()),
        };
        local.allocated.add(layout.size());
        // SAFETY: the block has this layout and is ours.
        Ok(unsafe { Object::write(block, ty, born) })
    }

    #[inline]
    fn make<T: Trace + Send + Sync + 'static, P: ?Sized>(
        &self,
        value: T,
        life: Lifetime,
    ) -> Result<Object, AllocError<T>> {
        // First: it may panic.
        let bits = object::bits_of(&value);
        match self.home(object::sized::<T, P>(), size_of::<T>(), life) {
            Ok(object) => {
                object.add_bits(bits, life);
                // SAFETY: the payload's place, which is ours and fits a `T`.
                unsafe { object.payload().cast::<T>().write(value) };
                enlist(object, life);
                Ok(object)
            }
            Err(layout) => Err(AllocError { value, layout }),
        }
    }

    /// Puts a value into the heap.
    ///
    /// The object is counted by this thread, by plain instructions. Never
    /// collects: at most it asks for a collection at the next safepoint.
    ///
    /// Cost: an allocation and a header of 40 bytes.
    ///
    /// # Aborts
    ///
    /// If there is no memory, as `Box::new`. [`try_alloc`](Self::try_alloc)
    /// gives an error.
    #[inline]
    pub fn alloc<T: Trace + Send + Sync + 'static>(&self, value: T) -> Gc<T> {
        self.try_alloc(value).unwrap_or_else(|error| handle_alloc_error(error.layout))
    }

    /// As [`alloc`](Self::alloc), but gives an error if there is no memory.
    ///
    /// # Errors
    ///
    /// [`AllocError`], with the value.
    #[inline]
    pub fn try_alloc<T: Trace + Send + Sync + 'static>(
        &self,
        value: T,
    ) -> Result<Gc<T>, AllocError<T>> {
        let object = self.make::<T, T>(value, Lifetime::Counted)?;
        // SAFETY: a fresh object, with one reference, for pointers to `T`.
        Ok(unsafe { Gc::from_object(object) })
    }

    /// Puts a value into the heap for good: it is never counted, never dies, and
    /// keeps alive what it refers to.
    ///
    /// For constants and interned names. Cloning and dropping a handle writes
    /// nothing, so any number of threads can do it.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::{Gc, heap};
    ///
    /// heap::attach(|m| {
    ///     let none = m.alloc_immortal(());
    ///     assert!(Gc::is_immortal(&none.clone()));
    /// })
    /// .unwrap();
    /// ```
    pub fn alloc_immortal<T: Trace + Send + Sync + 'static>(&self, value: T) -> Gc<T> {
        self.alloc_with(value, Lifetime::Immortal)
    }

    /// Puts a value into the heap that many threads will have handles to: only the
    /// collector frees it, and each attached thread counts its own handles, so
    /// threads that clone and drop them do not disturb each other.
    ///
    /// Cost: as [`alloc`](Self::alloc), and two locks. See [`deferred`](crate::deferred).
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::heap;
    ///
    /// heap::attach(|m| {
    ///     let function = m.alloc_deferred("print".to_owned());
    ///     let witness = function.downgrade(m);
    ///     drop(function);
    ///     assert!(witness.upgrade(m).is_some());
    ///     m.collect();
    ///     assert!(witness.upgrade(m).is_none());
    /// })
    /// .unwrap();
    /// ```
    pub fn alloc_deferred<T: Trace + Send + Sync + 'static>(&self, value: T) -> Gc<T> {
        self.alloc_with(value, Lifetime::Deferred)
    }

    /// Puts a value into the heap, to live as long as `lifetime` says.
    ///
    /// # Aborts
    ///
    /// If there is no memory.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::{Gc, Lifetime, heap};
    ///
    /// heap::attach(|m| {
    ///     let class = m.alloc_with("int".to_owned(), Lifetime::ImmortalOnceThreaded);
    ///     assert!(!Gc::is_immortal(&class));
    ///     m.detach(|| {
    ///         std::thread::spawn(|| heap::attach(|_| ()).unwrap()).join().unwrap();
    ///     });
    ///     assert!(Gc::is_immortal(&class));
    /// })
    /// .unwrap();
    /// ```
    #[inline]
    pub fn alloc_with<T: Trace + Send + Sync + 'static>(
        &self,
        value: T,
        lifetime: Lifetime,
    ) -> Gc<T> {
        match self.make::<T, T>(value, lifetime) {
            // SAFETY: as in `try_alloc`.
            Ok(object) => unsafe { Gc::from_object(object) },
            Err(error) => handle_alloc_error(error.layout),
        }
    }

    /// Puts a value into the heap, to be reached as `D`, a trait object or
    /// whatever else `coerce` makes of a reference to it.
    ///
    /// Costs three words more than [`alloc`](Self::alloc). [`Gc::get_mut`] of such
    /// a handle gives nothing: what `coerce` shows may be less than what `D` could
    /// change.
    ///
    /// # Panics
    ///
    /// If `coerce` gives a reference to something else than its argument, or a
    /// part at another address.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::any::Any;
    /// use brc::{Gc, heap};
    ///
    /// heap::attach(|m| {
    ///     let any: Gc<dyn Any + Send + Sync> = m.alloc_dyn(5_u8, |n| n);
    ///     assert!(any.get(m).is::<u8>());
    /// })
    /// .unwrap();
    /// ```
    pub fn alloc_dyn<T, D>(&self, value: T, coerce: for<'a> fn(&'a T) -> &'a D) -> Gc<D>
    where
        T: Trace + Send + Sync + 'static,
        D: ?Sized + 'static,
    {
        self.alloc_dyn_with(value, coerce, Lifetime::Counted)
    }

    /// As [`alloc_dyn`](Self::alloc_dyn), to live as long as `lifetime` says.
    ///
    /// # Panics
    ///
    /// As [`alloc_dyn`](Self::alloc_dyn).
    pub fn alloc_dyn_with<T, D>(
        &self,
        value: T,
        coerce: for<'a> fn(&'a T) -> &'a D,
        lifetime: Lifetime,
    ) -> Gc<D>
    where
        T: Trace + Send + Sync + 'static,
        D: ?Sized + 'static,
    {
        let object = match self.make::<T, D>(value, lifetime) {
            Ok(object) => object,
            Err(error) => handle_alloc_error(error.layout),
        };
        // SAFETY: a fresh object with one reference. If `coerce` panics it is
        // dropped, for which its own type is enough.
        let whole = unsafe { Gc::<T>::from_object(object) };
        let place = object.payload().cast::<T>();
        // SAFETY: just written, and only this thread knows of it.
        let coerced = ptr::from_ref(coerce(unsafe { place.as_ref() }));
        assert!(
            ptr::addr_eq(coerced, place.as_ptr()),
            "alloc_dyn: the reference that `coerce` gave is not to the value itself"
        );
        if object::is_wide::<D>() {
            // SAFETY: made for pointers to `D`, and still ours.
            unsafe { object.write_pointer(coerced) };
        }
        let whole = ManuallyDrop::new(whole);
        // SAFETY: as above; the reference changes hands.
        unsafe { Gc::from_object(whole.object()) }
    }

    /// Puts a slice into the heap, of as many values as the iterator says.
    ///
    /// # Panics
    ///
    /// If the iterator gives fewer values than its length says.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::heap;
    ///
    /// heap::attach(|m| {
    ///     let squares = m.alloc_slice((0..4).map(|n| n * n));
    ///     assert_eq!(*squares.get(m), [0, 1, 4, 9]);
    /// })
    /// .unwrap();
    /// ```
    pub fn alloc_slice<T, I>(&self, values: I) -> Gc<[T]>
    where
        T: Trace + Send + Sync + 'static,
        I: IntoIterator<Item = T, IntoIter: ExactSizeIterator>,
    {
        self.alloc_slice_with(values, Lifetime::Counted)
    }

    /// As [`alloc_slice`](Self::alloc_slice), to live as long as `lifetime` says.
    ///
    /// # Panics
    ///
    /// As [`alloc_slice`](Self::alloc_slice).
    pub fn alloc_slice_with<T, I>(&self, values: I, lifetime: Lifetime) -> Gc<[T]>
    where
        T: Trace + Send + Sync + 'static,
        I: IntoIterator<Item = T, IntoIter: ExactSizeIterator>,
    {
        // Collected first: the iterator is the caller's code, and may do with
        // the heap what it likes.
        let mut values: Vec<T> = {
            let values = values.into_iter();
            let length = values.len();
            let values: Vec<T> = values.take(length).collect();
            assert!(
                values.len() == length,
                "alloc_slice: the iterator gave fewer values than it said"
            );
            values
        };
        let ty = object::slice::<T>();
        let object = match self.home(ty, size_of_val(&*values), lifetime) {
            Ok(object) => object,
            Err(layout) => handle_alloc_error(layout),
        };
        let place = object.payload().cast::<T>();
        // SAFETY: the place has room for as many, and does not overlap.
        unsafe { place.as_ptr().copy_from_nonoverlapping(values.as_ptr(), values.len()) };
        let slice = NonNull::slice_from_raw_parts(place, values.len());
        // SAFETY: the values have moved.
        unsafe { values.set_len(0) };
        // SAFETY: made for pointers to slices, and still ours.
        unsafe { object.write_pointer(slice.as_ptr().cast_const()) };
        enlist(object, lifetime);
        // SAFETY: a fresh object, with one reference.
        unsafe { Gc::from_object(object) }
    }

    /// Puts a string into the heap.
    ///
    /// # Examples
    ///
    /// ```
    /// use brc::heap;
    ///
    /// heap::attach(|m| assert_eq!(m.alloc_str("name").get(m), "name")).unwrap();
    /// ```
    pub fn alloc_str(&self, text: &str) -> Gc<str> {
        self.alloc_str_with(text, Lifetime::Counted)
    }

    /// As [`alloc_str`](Self::alloc_str), to live as long as `lifetime` says.
    pub fn alloc_str_with(&self, text: &str, lifetime: Lifetime) -> Gc<str> {
        let object = match self.home(object::string(), text.len(), lifetime) {
            Ok(object) => object,
            Err(layout) => handle_alloc_error(layout),
        };
        let place = object.payload().cast::<u8>();
        // SAFETY: the place has room for as many bytes, and is ours.
        unsafe { place.as_ptr().copy_from_nonoverlapping(text.as_ptr(), text.len()) };
        let bytes = NonNull::slice_from_raw_parts(place, text.len());
        // SAFETY: made for pointers to strings, and still ours; the bytes are UTF-8.
        unsafe { object.write_pointer(bytes.as_ptr() as *const str) };
        enlist(object, lifetime);
        // SAFETY: a fresh object, with one reference.
        unsafe { Gc::from_object(object) }
    }
}
