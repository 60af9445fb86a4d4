//! Panics as the setting panics.how says, in a flow init callback.

use std::ffi::{c_char, c_int, c_void, CStr};

type OnFlowInit = extern "C-unwind" fn(*mut c_void, *mut c_void, *const c_void, *mut c_void);

extern "C" {
    fn SCFlowRegisterInitCallback(callback: OnFlowInit, user: *mut c_void) -> bool;
    fn SCConfGet(name: *const c_char, value: *mut *const c_char) -> c_int;
}

fn how() -> String {
    let mut value: *const c_char = std::ptr::null();
    if unsafe { SCConfGet(c"panics.how".as_ptr(), &mut value) } != 1 || value.is_null() {
        return String::new();
    }
    unsafe { CStr::from_ptr(value) }.to_string_lossy().into_owned()
}

#[inline(never)]
fn lookup<T: Copy>(values: &[T], index: usize) -> T {
    values[index]
}

#[inline(never)]
fn fail(how: &str) {
    match how {
        "index" => drop(lookup(&[1u32, 2, 3], how.len() + 2)),
        "unwrap" => drop(how.parse::<u32>().unwrap()),
        _ => panic!("on purpose: {how}"),
    }
}

// Cannot unwind: the process ends here.
extern "C" fn fail_in_c(how: *const c_void) {
    fail(unsafe { &*how.cast::<String>() })
}

extern "C-unwind" fn on_flow_init(
    _tv: *mut c_void,
    _flow: *mut c_void,
    _packet: *const c_void,
    _user: *mut c_void,
) {
    let how = how();
    match how.strip_prefix("unwind-") {
        Some(rest) => fail(rest),
        None => fail_in_c((&raw const how).cast()),
    }
}

extern "C" fn init() {
    unsafe { SCFlowRegisterInitCallback(on_flow_init, std::ptr::null_mut()) };
}

#[repr(C)]
pub struct Plugin {
    version: u64,
    texts: [*const c_char; 5],
    init: extern "C" fn(),
}
unsafe impl Sync for Plugin {}

static PLUGIN: Plugin = Plugin {
    version: 0x0900,
    texts: [
        c"9.0.0-dev".as_ptr(),
        c"panics".as_ptr(),
        c"1.0.0".as_ptr(),
        c"MIT".as_ptr(),
        c"A. Tester".as_ptr(),
    ],
    init,
};

#[no_mangle]
pub extern "C" fn SCPluginRegister() -> *const Plugin {
    &PLUGIN
}
