//! The memory of an object: where header and payload stand in their block, and
//! how the two end.

use std::alloc::{Layout, LayoutError, handle_alloc_error};
use std::mem::{ManuallyDrop, needs_drop};
use std::ptr::NonNull;

use crate::header::{Header, MergeRequest, OwnerId, Released};
use crate::owner::{self, Dead, Kind, Object};
use crate::sync::{alloc, alloc_zeroed, dealloc};

/// The header ends where the payload begins.
const HEADER_SIZE: usize = size_of::<Header>();

/// The alignment of a block with a payload of this alignment.
const fn block_align(align: usize) -> usize {
    if align > align_of::<Header>() { align } else { align_of::<Header>() }
}

/// Where in its block the payload begins: the header, padded *in front*.
const fn payload_offset(align: usize) -> usize {
    HEADER_SIZE.next_multiple_of(block_align(align))
}

/// The layout of a block with this payload. An error if it exceeds `isize::MAX`.
const fn block_layout(payload: Layout) -> Result<Layout, LayoutError> {
    // At least a byte, so that no other block begins at the payload's address.
    let size = if payload.size() == 0 { 1 } else { payload.size() };
    // No overflow: both are at most `isize::MAX` or so, and the sum is checked.
    let size = payload_offset(payload.align()) + size;
    Layout::from_size_align(size, block_align(payload.align()))
}

/// Allocates a block and writes its header. Returns where the payload goes.
///
/// # Panics
///
/// If the block's size exceeds `isize::MAX`.
#[inline]
pub(super) fn allocate(payload: Layout, header: Header) -> NonNull<u8> {
    allocate_with(payload, header, |layout| {
        // SAFETY: the layout's size is at least the header's.
        unsafe { alloc(layout) }
    })
}

/// As [`allocate`], with a payload of zero bytes.
pub(super) fn allocate_zeroed(payload: Layout, header: Header) -> NonNull<u8> {
    allocate_with(payload, header, |layout| {
        // SAFETY: the layout's size is at least the header's.
        unsafe { alloc_zeroed(layout) }
    })
}

#[inline]
fn allocate_with(
    payload: Layout,
    header: Header,
    alloc: impl FnOnce(Layout) -> *mut u8,
) -> NonNull<u8> {
    let Ok(layout) = block_layout(payload) else { capacity_overflow() };
    let Some(block) = NonNull::new(alloc(layout)) else { handle_alloc_error(layout) };
    // SAFETY: the offset is within the block.
    let payload = unsafe { block.add(payload_offset(payload.align())) };
    // SAFETY: the bytes of the header in front of the payload are in the block,
    // aligned (an offset of the payload's or the header's alignment, less the
    // header's size, which is a multiple of its alignment), and ours.
    let slot = unsafe { header_of(payload) };
    // SAFETY: as above.
    unsafe { slot.write(header) };
    payload
}

#[cold]
#[inline(never)]
pub(super) fn capacity_overflow() -> ! {
    panic!("capacity overflow: the object would be larger than isize::MAX bytes")
}

/// Where the header of an object stands.
///
/// # Safety
///
/// `payload` points at the payload of an object, alive or dead, and its
/// provenance covers the header.
#[inline]
pub(super) unsafe fn header_of<T: ?Sized>(payload: NonNull<T>) -> NonNull<Header> {
    // SAFETY: the header is `HEADER_SIZE` bytes in front, in the same block.
    unsafe { payload.cast::<Header>().sub(1) }
}

/// The header of an object.
///
/// # Safety
///
/// As for [`header_of`], and the memory is kept for `'a`.
#[inline]
pub(super) unsafe fn header<'a, T: ?Sized>(payload: NonNull<T>) -> &'a Header {
    // SAFETY: forwarded.
    let header = unsafe { header_of(payload) };
    // SAFETY: forwarded; the header is all atomics.
    unsafe { header.as_ref() }
}

/// Frees the block of a dead object.
///
/// # Safety
///
/// Nobody refers to the object any more, and its payload is destroyed or moved out.
#[inline]
pub(super) unsafe fn free<T: ?Sized>(payload: NonNull<T>) {
    // SAFETY: the bytes are still there, and nobody else uses them. A value
    // whose destructor ran may be looked at as `ManuallyDrop`, of which only
    // the metadata is used.
    let layout = Layout::for_value(unsafe { &*(payload.as_ptr() as *const ManuallyDrop<T>) });
    let Ok(block) = block_layout(layout) else { unreachable!("it was allocated") };
    #[cfg(loom)]
    {
        // SAFETY: an object's payload.
        let mut header = unsafe { header_of(payload) };
        // SAFETY: nobody refers to the object any more, so nobody uses its header.
        unsafe { header.as_mut() }.retire();
    }
    // SAFETY: the payload stands at this offset of its block.
    let start = unsafe { payload.cast::<u8>().sub(payload_offset(layout.align())) };
    // SAFETY: allocated by `allocate` with this very layout.
    unsafe { dealloc(start.as_ptr(), block) };
}

/// Gives up the weak reference of an object's strong handles, and frees the
/// block if it was the last.
///
/// # Safety
///
/// The object is dead, its payload destroyed or moved out, and this is called
/// once. `unshared` only if no weak handle was ever made.
#[inline]
pub(super) unsafe fn release_memory<T: ?Sized>(payload: NonNull<T>, unshared: bool) {
    // SAFETY: the block is there as long as we hold the weak reference.
    let header = unsafe { header(payload) };
    // SAFETY: as above; we give up the strong handles' weak reference.
    if unshared || unsafe { header.release_weak() } {
        // SAFETY: no weak reference is left, and the caller says the rest.
        unsafe { free(payload) };
    }
}

/// Destroys a dead object: the payload, then the memory if no weak handle needs it.
///
/// Too deep inside other destructions, it leaves that to the outermost one,
/// provided that the payload is known to be `'static`.
///
/// # Safety
///
/// The object is dead, and this is called once, on a thread that may destroy
/// the payload. `unshared` only if no weak handle was ever made.
#[inline]
pub(super) unsafe fn destroy<T: ?Sized>(payload: NonNull<T>, unshared: bool) {
    if needs_drop::<T>() {
        // SAFETY: forwarded.
        unsafe { destroy_payload(payload, unshared) };
    } else {
        // SAFETY: forwarded; there is nothing to destroy.
        unsafe { release_memory(payload, unshared) };
    }
}

/// # Safety
///
/// As for [`destroy`].
unsafe fn destroy_payload<T: ?Sized>(payload: NonNull<T>, unshared: bool) {
    /// Frees the memory also when the destructor panics.
    struct Memory<T: ?Sized>(NonNull<T>, bool);
    impl<T: ?Sized> Drop for Memory<T> {
        #[inline]
        fn drop(&mut self) {
            // SAFETY: forwarded from `destroy`; the destructor ran, once.
            unsafe { release_memory(self.0, self.1) };
        }
    }

    // SAFETY: the block is there until `Memory` lets go of it.
    let may_wait = unsafe { header(payload) }.is_static();
    let Some(_level) = owner::enter_destruction(may_wait) else {
        // SAFETY: the object is dead; `put_off_destruction` takes our duty.
        let object = unsafe { erase(payload) };
        // SAFETY: this thread may destroy it, and it may wait.
        unsafe { owner::put_off_destruction(Dead { object, unshared }) };
        return;
    };
    let _memory = Memory(payload, unshared);
    // SAFETY: nobody refers to the payload any more, and this happens once.
    unsafe { payload.drop_in_place() };
}

/// What the queues must know of `Brc<T>`.
struct KindOf<T: ?Sized>(std::marker::PhantomData<T>);

impl<T: ?Sized> KindOf<T> {
    const KIND: &'static Kind =
        &Kind { destroy: destroy_erased::<T>, type_id: typeid::of::<T>, inert: !needs_drop::<T>() };
}

/// # Safety
///
/// As for [`destroy`], and `object` is an erased `Brc<T>`.
unsafe fn destroy_erased<T: ?Sized>(object: &Object, unshared: bool) {
    // SAFETY: forwarded.
    let payload = unsafe { object.payload::<T>() };
    // SAFETY: forwarded.
    unsafe { destroy(payload, unshared) };
}

/// Erases a handle.
///
/// # Safety
///
/// As for [`Object::new`], whose second condition is met.
unsafe fn erase<T: ?Sized>(payload: NonNull<T>) -> Object {
    // SAFETY: an object's payload.
    let header = unsafe { header_of(payload) };
    // SAFETY: forwarded; `KIND` is of this type.
    unsafe { Object::new(header, payload, KindOf::<T>::KIND) }
}

/// Drops a reference of the owner that was its last local one: the end of an
/// object's life in most cases. Out of line, so that the drops which are not
/// the last stay small enough to be inlined.
///
/// # Safety
///
/// The calling thread owns the object, and its local count was just set to 0.
#[inline(never)]
pub(super) unsafe fn drop_last_local<T: ?Sized>(payload: NonNull<T>) {
    // SAFETY: the object is there until its destruction.
    let header = unsafe { header(payload) };
    // SAFETY: the owner is attached: it counts.
    if !needs_drop::<T>() && header.is_unshared() && !unsafe { owner::has_work() } {
        // The end of most plain objects, without a frame around it.
        // SAFETY: nobody else ever counted it, and there is nothing to destroy.
        unsafe { free(payload) };
    } else {
        // SAFETY: forwarded.
        unsafe { conclude_last_local(payload) };
    }
}

/// # Safety
///
/// As for [`drop_last_local`].
#[inline(never)]
unsafe fn conclude_last_local<T: ?Sized>(payload: NonNull<T>) {
    // SAFETY: the object is there until its destruction.
    let header = unsafe { header(payload) };
    // SAFETY: forwarded.
    match unsafe { header.release_last_local() } {
        Released::DeadUnshared => {
            // SAFETY: the object is dead, and this thread dropped its last reference.
            unsafe { destroy(payload, true) };
            owner::after_destruction(typeid::of::<T>, !needs_drop::<T>());
        }
        // SAFETY: this thread dropped that reference.
        released => unsafe { conclude(payload, released) },
    }
}

/// Drops a reference that the owner's local count does not account for.
///
/// # Safety
///
/// The caller gives up a reference, and does not own the object, or is detached.
#[inline(never)]
pub(super) unsafe fn drop_shared<T: ?Sized>(payload: NonNull<T>) {
    // SAFETY: the reference keeps the object.
    let header = unsafe { header(payload) };
    if !header.is_merged() {
        // SAFETY: the reference is given up if the answer is yes.
        if !unsafe { header.release_only_counted() } {
            // SAFETY: forwarded.
            unsafe { drop_biased(payload) };
        }
        return;
    }
    // SAFETY: the reference is given up; a merged object stays merged.
    let released = unsafe { header.release_merged() };
    if released != Released::Alive {
        // SAFETY: this thread dropped that reference.
        unsafe { conclude(payload, released) };
    }
}

/// Drops a reference of an object that had an owner a moment ago.
///
/// # Safety
///
/// As for [`drop_shared`].
#[inline(never)]
unsafe fn drop_biased<T: ?Sized>(payload: NonNull<T>) {
    // SAFETY: the reference keeps the object.
    let header = unsafe { header(payload) };
    // SAFETY: the reference is given up; it is not this thread's to count.
    let released = unsafe { header.release(OwnerId::NOBODY) };
    if released != Released::Alive {
        // SAFETY: this thread dropped that reference.
        unsafe { conclude(payload, released) };
    }
}

/// Does what a dropped reference asks for.
///
/// # Safety
///
/// `released` was the outcome of dropping a reference on this thread.
#[cold]
#[inline(never)]
pub(super) unsafe fn conclude<T: ?Sized>(payload: NonNull<T>, released: Released) {
    let unshared = match released {
        Released::Alive => return,
        Released::DeadUnshared => true,
        Released::Dead => false,
        Released::Enqueue(owner) => {
            // SAFETY: the reference is now the queue's. The handle came from
            // another thread than the owner, so the payload may cross threads;
            // or from the owner itself, detached or gone, which then does not
            // queue it.
            let object = unsafe { erase(payload) };
            // SAFETY: that was the outcome.
            unsafe { owner::hand_over(object, owner) };
            return;
        }
    };
    // SAFETY: the object is dead, and this thread dropped its last reference.
    unsafe { destroy(payload, unshared) };
    owner::after_destruction(typeid::of::<T>, !needs_drop::<T>());
}

/// Asks the owner of an object that is not merged to merge it. Whether the
/// object is settled now, so that whoever needs the exact count may look again.
///
/// # Safety
///
/// The caller holds a reference, and does not own the object (a detached owner
/// is a stranger).
#[cold]
pub(super) unsafe fn request_merge<T: ?Sized>(payload: NonNull<T>) -> bool {
    // SAFETY: the reference keeps the object.
    let header = unsafe { header(payload) };
    // SAFETY: the caller holds a reference.
    match unsafe { header.request_merge() } {
        MergeRequest::Settled => {}
        MergeRequest::Release => {
            // SAFETY: the reference is the request's own; the object has no
            // owner any more, or is about to have none.
            let released = unsafe { header.release(OwnerId::NOBODY) };
            assert_eq!(released, Released::Alive, "brc: the caller holds a reference");
        }
        MergeRequest::Enqueue(owner) => {
            // SAFETY: the request's own reference is now the queue's; this
            // thread is not the owner, so the handle crossed threads, or it is
            // that owner, detached or gone, which then does not queue it.
            let object = unsafe { erase(payload) };
            // SAFETY: that was the outcome.
            unsafe { owner::hand_over_request(object, owner) };
        }
    }
    header.is_merged()
}
