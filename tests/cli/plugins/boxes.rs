//! Loses boxes, or drops them in the wrong place, as the setting boxes.how says.

use std::cell::RefCell;
use std::ffi::{c_char, c_int, c_void, CStr};
use std::rc::Rc;

type OnFlow = extern "C" fn(*mut c_void, *mut c_void, *const c_void, *mut c_void);

#[repr(C)]
#[derive(Clone, Copy)]
struct StorageId {
    id: c_int,
}

extern "C" {
    fn SCFlowRegisterInitCallback(callback: OnFlow, user: *mut c_void) -> bool;
    fn SCFlowStorageRegister(name: *const c_char, free: extern "C" fn(*mut c_void)) -> StorageId;
    fn SCFlowSetStorageById(flow: *mut c_void, id: StorageId, value: *mut c_void) -> c_int;
    fn SCConfGet(name: *const c_char, value: *mut *const c_char) -> c_int;
}

static mut SLOT: StorageId = StorageId { id: -1 };

struct State {
    packets: [u64; 7],
}

struct Node {
    next: RefCell<Option<Rc<Node>>>,
}

fn how() -> String {
    let mut value: *const c_char = std::ptr::null();
    if unsafe { SCConfGet(c"boxes.how".as_ptr(), &mut value) } != 1 || value.is_null() {
        return String::new();
    }
    unsafe { CStr::from_ptr(value) }.to_string_lossy().into_owned()
}

#[inline(never)]
fn make() -> Box<State> {
    Box::new(State { packets: [7; 7] }) // made here
}

#[inline(never)]
fn free_again(state: *mut State) {
    drop(unsafe { Box::from_raw(state) });
}

extern "C" fn free_state(value: *mut c_void) {
    drop(unsafe { Box::from_raw(value.cast::<State>()) });
}

extern "C" fn on_flow_init(
    _tv: *mut c_void,
    flow: *mut c_void,
    _packet: *const c_void,
    _user: *mut c_void,
) {
    let how = how();
    if how == "cycle" {
        let node = Rc::new(Node { next: RefCell::new(None) });
        *node.next.borrow_mut() = Some(node.clone());
        return;
    }
    let state = Box::into_raw(make());
    if how == "forgotten" {
        println!("{}", unsafe { &*state }.packets[0]);
        return;
    }
    unsafe { SCFlowSetStorageById(flow, SLOT, state.cast()) };
    if how == "dropped" || how == "dropped-twice" {
        free_again(state);
    }
    if how == "dropped-twice" {
        free_again(state);
    }
}

extern "C" fn init() {
    unsafe {
        SLOT = SCFlowStorageRegister(c"boxes".as_ptr(), free_state);
        SCFlowRegisterInitCallback(on_flow_init, std::ptr::null_mut());
    }
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
        c"boxes".as_ptr(),
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
