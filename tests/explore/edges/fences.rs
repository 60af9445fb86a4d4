//! As fences.h, with Rust's own.

use crate::{both, fence_right, fence_wrong};
use std::sync::atomic::{fence, AtomicBool, Ordering::*};

fn reaches(flag: &AtomicBool) {
    while !flag.load(Relaxed) {}
    fence(Acquire);
}

pub fn right() {
    static FLAG: AtomicBool = AtomicBool::new(false);
    let first = || {
        unsafe { fence_right += 1 };
        fence(Release);
        FLAG.store(true, Relaxed);
    };
    both(first, || {
        reaches(&FLAG);
        unsafe { fence_right += 1 };
    });
}

pub fn wrong() {
    static FLAG: AtomicBool = AtomicBool::new(false);
    let first = || {
        fence(Release);
        FLAG.store(true, Relaxed);
        unsafe { fence_wrong += 1 };
    };
    both(first, || {
        reaches(&FLAG);
        unsafe { fence_wrong += 1 };
    });
}
