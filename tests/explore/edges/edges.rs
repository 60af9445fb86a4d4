//! Edges of Rust's library. Init runs each case twice: once right, when something orders what two
//! threads do to NAME_right, and once wrong, when nothing orders what they do to NAME_wrong.
#![allow(non_upper_case_globals)]

use std::ffi::c_char;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::*};
use std::sync::{mpsc, Arc, Barrier, Condvar, Mutex, Once, OnceLock, RwLock};
use std::thread;

mod fences;

macro_rules! counters {
    ($($name:ident)*) => { $(#[no_mangle] pub static mut $name: i64 = 0;)* };
}
counters!(mutex_right mutex_wrong rwlock_right rwlock_wrong condvar_right condvar_wrong);
counters!(barrier_right barrier_wrong once_right once_wrong once_lock_right once_lock_wrong);
counters!(channel_right channel_wrong join_right join_wrong scope_right scope_wrong);
counters!(park_right park_wrong acquire_right acquire_wrong seq_cst_right seq_cst_wrong);
counters!(exchange_right exchange_wrong arc_right arc_wrong thread_local_right thread_local_wrong);
counters!(fence_right fence_wrong);

macro_rules! look_at {
    ($name:ident) => {
        std::hint::black_box(unsafe { $name })
    };
}

pub fn both(a: impl FnOnce() + Send + 'static, b: impl FnOnce() + Send + 'static) {
    let first = thread::spawn(a);
    let second = thread::spawn(b);
    let _ = first.join();
    let _ = second.join();
}

fn mutex() {
    static ONE: Mutex<()> = Mutex::new(());
    static ANOTHER: Mutex<()> = Mutex::new(());
    fn adds() {
        let _hold = ONE.lock();
        unsafe { mutex_right += 1 };
    }
    both(adds, adds);
    let first = || {
        let _hold = ONE.lock();
        unsafe { mutex_wrong += 1 };
    };
    both(first, || {
        let _hold = ANOTHER.lock();
        unsafe { mutex_wrong += 1 };
    });
}

fn rwlock() {
    static LOCK: RwLock<()> = RwLock::new(());
    let first = || {
        let _hold = LOCK.write();
        unsafe { rwlock_right += 1 };
    };
    both(first, || {
        let _hold = LOCK.read();
        look_at!(rwlock_right);
    });
    let first = || {
        let _hold = LOCK.read();
        unsafe { rwlock_wrong += 1 };
    };
    both(first, || unsafe { rwlock_wrong += 1 });
}

struct Event(Mutex<bool>, Condvar);
impl Event {
    const fn new() -> Event {
        Event(Mutex::new(false), Condvar::new())
    }
    fn signal(&self) {
        *self.0.lock().unwrap() = true;
        self.1.notify_one();
    }
    fn wait(&self) {
        let mut happened = self.0.lock().unwrap();
        while !*happened {
            happened = self.1.wait(happened).unwrap();
        }
    }
}

fn condvar() {
    static EVENTS: [Event; 2] = [Event::new(), Event::new()];
    let first = || {
        unsafe { condvar_right += 1 };
        EVENTS[0].signal();
    };
    both(first, || {
        EVENTS[0].wait();
        unsafe { condvar_right += 1 };
    });
    let first = || {
        EVENTS[1].signal();
        unsafe { condvar_wrong += 1 };
    };
    both(first, || {
        EVENTS[1].wait();
        unsafe { condvar_wrong += 1 };
    });
}

fn barrier() {
    let right = Arc::new(Barrier::new(2));
    let other = right.clone();
    let first = move || {
        unsafe { barrier_right += 1 };
        right.wait();
    };
    both(first, move || {
        other.wait();
        unsafe { barrier_right += 1 };
    });
    let wrong = Arc::new(Barrier::new(2));
    let other = wrong.clone();
    let first = move || {
        wrong.wait();
        unsafe { barrier_wrong += 1 };
    };
    both(first, move || {
        other.wait();
        unsafe { barrier_wrong += 1 };
    });
}

fn once() {
    static ONCE: [Once; 2] = [Once::new(), Once::new()];
    fn looks() {
        ONCE[0].call_once(|| unsafe { once_right += 1 });
        look_at!(once_right);
    }
    both(looks, looks);
    let first = || ONCE[1].call_once(|| unsafe { once_wrong += 1 });
    both(first, || {
        look_at!(once_wrong);
    });
}

fn once_lock() {
    static VALUES: [OnceLock<i64>; 2] = [OnceLock::new(), OnceLock::new()];
    fn looks() {
        VALUES[0].get_or_init(|| {
            unsafe { once_lock_right += 1 };
            1
        });
        look_at!(once_lock_right);
    }
    both(looks, looks);
    let first = || {
        VALUES[1].get_or_init(|| {
            unsafe { once_lock_wrong += 1 };
            1
        });
    };
    both(first, || {
        look_at!(once_lock_wrong);
    });
}

fn channel() {
    let (sender, receiver) = mpsc::channel();
    let first = move || {
        unsafe { channel_right += 1 };
        let _ = sender.send(1);
    };
    both(first, move || {
        let _ = receiver.recv();
        unsafe { channel_right += 1 };
    });
    let (sender, receiver) = mpsc::channel();
    let _kept = sender.clone(); // else the receiver sees that there is no sender left
    let first = move || {
        let _ = sender.send(1);
        unsafe { channel_wrong += 1 };
    };
    both(first, move || {
        let _ = receiver.recv();
        unsafe { channel_wrong += 1 };
    });
}

fn join() {
    unsafe { join_right += 1 };
    let _ = thread::spawn(|| unsafe { join_right += 1 }).join();
    unsafe { join_right += 1 };
    let other = thread::spawn(|| unsafe { join_wrong += 1 });
    unsafe { join_wrong += 1 };
    let _ = other.join();
}

fn scope() {
    thread::scope(|all| {
        all.spawn(|| unsafe { scope_right += 1 });
    });
    unsafe { scope_right += 1 };
    thread::scope(|all| {
        all.spawn(|| unsafe { scope_wrong += 1 });
        unsafe { scope_wrong += 1 };
    });
}

fn park() {
    let other = thread::spawn(|| {
        thread::park();
        unsafe { park_right += 1 };
    });
    unsafe { park_right += 1 };
    other.thread().unpark();
    let _ = other.join();
    let other = thread::spawn(|| {
        thread::park();
        unsafe { park_wrong += 1 };
    });
    other.thread().unpark();
    unsafe { park_wrong += 1 };
    let _ = other.join();
}

fn acquire() {
    static FLAGS: [AtomicBool; 2] = [AtomicBool::new(false), AtomicBool::new(false)];
    let first = || {
        unsafe { acquire_right += 1 };
        FLAGS[0].store(true, Release);
    };
    both(first, || {
        while !FLAGS[0].load(Acquire) {}
        unsafe { acquire_right += 1 };
    });
    let first = || {
        unsafe { acquire_wrong += 1 };
        FLAGS[1].store(true, Relaxed);
    };
    both(first, || {
        while !FLAGS[1].load(Relaxed) {}
        unsafe { acquire_wrong += 1 };
    });
}

fn seq_cst() {
    static FLAGS: [AtomicBool; 2] = [AtomicBool::new(false), AtomicBool::new(false)];
    let first = || {
        unsafe { seq_cst_right += 1 };
        FLAGS[0].store(true, SeqCst);
    };
    both(first, || {
        while !FLAGS[0].load(SeqCst) {}
        unsafe { seq_cst_right += 1 };
    });
    let first = || {
        FLAGS[1].store(true, SeqCst);
        unsafe { seq_cst_wrong += 1 };
    };
    both(first, || {
        while !FLAGS[1].load(SeqCst) {}
        unsafe { seq_cst_wrong += 1 };
    });
}

fn exchange() {
    static COUNTS: [AtomicUsize; 2] = [AtomicUsize::new(0), AtomicUsize::new(0)];
    let first = || {
        unsafe { exchange_right += 1 };
        COUNTS[0].fetch_add(1, AcqRel);
    };
    both(first, || {
        while COUNTS[0].compare_exchange(1, 2, AcqRel, Relaxed).is_err() {}
        unsafe { exchange_right += 1 };
    });
    let first = || {
        unsafe { exchange_wrong += 1 };
        COUNTS[1].fetch_add(1, Relaxed);
    };
    both(first, || {
        while COUNTS[1].swap(0, Relaxed) == 0 {}
        unsafe { exchange_wrong += 1 };
    });
}

/// The last owner drops it, after everything that others did with it.
struct DropRight;
impl Drop for DropRight {
    fn drop(&mut self) {
        unsafe { arc_right += 1 };
    }
}
struct DropWrong;
impl Drop for DropWrong {
    fn drop(&mut self) {
        unsafe { arc_wrong += 1 };
    }
}

fn arc() {
    let shared = Arc::new(DropRight);
    let other = shared.clone();
    let first = move || {
        unsafe { arc_right += 1 };
        drop(shared);
    };
    both(first, move || drop(other));
    let shared = Arc::new(DropWrong);
    let other = shared.clone();
    let first = move || {
        drop(shared);
        unsafe { arc_wrong += 1 };
    };
    both(first, move || drop(other));
}

struct EndRight;
impl Drop for EndRight {
    fn drop(&mut self) {
        unsafe { thread_local_right += 1 };
    }
}
struct EndWrong;
impl Drop for EndWrong {
    fn drop(&mut self) {
        unsafe { thread_local_wrong += 1 };
    }
}

fn thread_local() {
    thread_local!(static RIGHT: EndRight = EndRight);
    thread_local!(static WRONG: EndWrong = EndWrong);
    let _ = thread::spawn(|| RIGHT.with(|_| ())).join();
    unsafe { thread_local_right += 1 };
    let other = thread::spawn(|| WRONG.with(|_| ()));
    unsafe { thread_local_wrong += 1 };
    let _ = other.join();
}

extern "C" fn init() {
    mutex();
    rwlock();
    condvar();
    barrier();
    once();
    once_lock();
    channel();
    join();
    scope();
    park();
    acquire();
    seq_cst();
    exchange();
    arc();
    thread_local();
    fences::right();
    fences::wrong();
}

#[repr(C)]
pub struct Plugin {
    version: u64,
    suricata_version: *const c_char,
    name: *const c_char,
    plugin_version: *const c_char,
    license: *const c_char,
    author: *const c_char,
    init: extern "C" fn(),
}

// The pointers are to constants.
unsafe impl Sync for Plugin {}

static PLUGIN: Plugin = Plugin {
    version: 0x0900,
    suricata_version: c"9.0.0-dev".as_ptr(),
    name: c"edges in Rust".as_ptr(),
    plugin_version: c"1.0.0".as_ptr(),
    license: c"MIT".as_ptr(),
    author: c"the surisim authors".as_ptr(),
    init,
};

#[no_mangle]
pub extern "C" fn SCPluginRegister() -> *const Plugin {
    &PLUGIN
}
