// Code that rustc generates.
use std::cell::Cell;
use std::collections::HashMap;
use std::panic;
use std::sync::{mpsc, Arc, Mutex};

trait Shape {
    fn area(&self, n: i64) -> i64;
}
struct Square;
struct Line(i64);
impl Shape for Square {
    fn area(&self, n: i64) -> i64 {
        n.wrapping_mul(n)
    }
}
impl Shape for Line {
    fn area(&self, n: i64) -> i64 {
        n + self.0
    }
}

extern "C" fn traits(n: i64) -> i64 {
    let shapes: Vec<Box<dyn Shape>> = vec![Box::new(Square), Box::new(Line(3)), Box::new(Square)];
    shapes.iter().map(|shape| shape.area(n)).sum()
}

extern "C" fn panics(n: i64) -> i64 {
    let values = vec![1, 2, 3];
    panic::set_hook(Box::new(|_| {}));
    let result = panic::catch_unwind(|| values[(n as usize) % 6]);
    let _ = panic::take_hook();
    result.unwrap_or(-5)
}

extern "C" fn maps(n: i64) -> i64 {
    let mut map = HashMap::new();
    for i in 0..100 {
        *map.entry((n + i) % 13).or_insert(0) += i;
    }
    let mut sorted: Vec<_> = map.into_iter().collect();
    sorted.sort_by_key(|(key, value)| (value % 7, *key));
    sorted.iter().fold(0, |sum: i64, (key, value)| sum.wrapping_mul(31) + key * value)
}

extern "C" fn texts(n: i64) -> i64 {
    let text = format!("{n:>8} {:?} {:.3}", Some(n), n as f64 / 7.0);
    text.bytes().fold(0, |sum: i64, byte| sum.wrapping_mul(31).wrapping_add(byte as i64))
}

thread_local!(static MINE: Cell<i64> = const { Cell::new(7) });

extern "C" fn threads(n: i64) -> i64 {
    let total = Arc::new(Mutex::new(0));
    let (sender, receiver) = mpsc::channel();
    let threads: Vec<_> = (0..3)
        .map(|i| {
            let total = Arc::clone(&total);
            let sender = sender.clone();
            std::thread::spawn(move || {
                MINE.with(|mine| mine.set(mine.get() + n + i));
                *total.lock().unwrap() += MINE.with(|mine| mine.get());
                sender.send(i).unwrap();
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    drop(sender);
    let sent: i64 = receiver.iter().sum();
    let sum = *total.lock().unwrap();
    sum * 10 + sent
}

#[repr(C)]
pub struct Case {
    name: *const u8,
    run: Option<extern "C" fn(i64) -> i64>,
}
unsafe impl Sync for Case {}

const fn case(name: &'static [u8], run: extern "C" fn(i64) -> i64) -> Case {
    Case { name: name.as_ptr(), run: Some(run) }
}

#[no_mangle]
#[allow(non_upper_case_globals)]
pub static cases: [Case; 6] = [
    case(b"traits\0", traits),
    case(b"panics\0", panics),
    case(b"maps\0", maps),
    case(b"texts\0", texts),
    case(b"threads\0", threads),
    Case { name: std::ptr::null(), run: None },
];
