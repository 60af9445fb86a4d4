// A Rust wrapper around Suricata's call, with a typed handle and an Option like Suricata's crate; the
// measured code has the same instructions as with the crate (9.0.0-dev). Compiled to an object by
// rustc, using only Rust's core library.
#![no_std]
#![crate_type = "lib"]
#![allow(unknown_lints)]
#![allow(static_mut_refs)]

use core::ffi::c_void;
use core::marker::PhantomData;

/// Opaque: only the host knows where its values are.
#[repr(C)]
pub struct RawThreadVars {
    _opaque: [u8; 0],
}

#[repr(C)]
pub struct RawFlow {
    _opaque: [u8; 0],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct SlotId {
    id: i32,
}

extern "C" {
    fn SCThreadGetStorageById(tv: *const RawThreadVars, id: SlotId) -> *mut c_void;
}

struct ThreadVars<'a> {
    raw: *mut RawThreadVars,
    _borrowed: PhantomData<&'a mut RawThreadVars>,
}

#[derive(Clone, Copy)]
struct ThreadStorage<T> {
    slot: SlotId,
    _value: PhantomData<fn() -> T>,
}

impl<T> ThreadStorage<T> {
    fn get_mut<'t>(&self, tv: &'t mut ThreadVars<'_>) -> Option<&'t mut T> {
        unsafe { SCThreadGetStorageById(tv.raw, self.slot).cast::<T>().as_mut() }
    }
}

struct Value {
    count: u64,
}

// A plugin's handle has no value before its Init. [main]
static mut STORAGE: Option<ThreadStorage<Value>> = None;

/// The slot whose values are incremented; C++ has registered and filled it. [main, in Init]
#[no_mangle]
pub unsafe extern "C" fn bench_rust_use_slot(slot: SlotId) {
    STORAGE = Some(ThreadStorage { slot, _value: PhantomData });
}

#[inline(always)]
unsafe fn touch(raw: *mut RawThreadVars) {
    core::arch::asm!(""); // or the compiler adds up a whole loop
    let mut tv = ThreadVars { raw, _borrowed: PhantomData };
    if let Some(storage) = STORAGE.as_ref() {
        if let Some(value) = storage.get_mut(&mut tv) {
            value.count = value.count.wrapping_add(1);
        }
    }
}

#[no_mangle]
pub unsafe extern "C" fn bench_rust_callback(tv: *mut RawThreadVars, _flow: *mut RawFlow) {
    touch(tv);
}

#[no_mangle]
pub unsafe extern "C" fn bench_rust_loop(tv: *mut RawThreadVars, _flow: *mut RawFlow, repeats: u64) {
    for _ in 0..repeats {
        touch(tv);
    }
}
