// Suricata's threads: a callback when one is created, and a plugin's value on each.
//
// When:    register in the plugin's Init, before storage is finalized (L2); use from the first
//          thread init callback on.
// Owner:   the host owns stored values and frees them with their thread; the process owns names and
//          callbacks. ThreadVars is borrowed for the duration of a callback.
// Threads: registration on main. [creator]: the thread that creates and frees the others: main, or
//          in unix-socket mode `US` (L5). [owner]: the thread that the ThreadVars belongs to.
// Source:  thread-storage.c, thread-callbacks.c; thread.rs of the Rust crate, same names.
//
//   namespace thread = suricata_ffi::thread;
//   auto storage = thread::ThreadStorage<Counters>::register_slot("my-plugin");
//   if (!storage) return;
//   auto done = thread::register_init_callback([slot = *storage](thread::ThreadVars& tv) {
//     (void)slot.get_or_insert_with(tv, [] { return Counters{}; });
//   });
#pragma once

#include <string_view>
#include <type_traits>
#include <utility>

#include "suricata_ffi/detail/abi.hpp"
#include "suricata_ffi/detail/callback.hpp"
#include "suricata_ffi/detail/config.hpp"
#include "suricata_ffi/detail/direct.hpp"
#include "suricata_ffi/detail/host.hpp"
#include "suricata_ffi/detail/storage.hpp"
#include "suricata_ffi/expected.hpp"

namespace suricata_ffi::thread {

// A borrowed ThreadVars, valid during the callback that it was passed to. It can be neither copied
// nor moved, so it cannot be kept by accident.
class ThreadVars {
 public:
  // `tv` was passed to a C callback by the host, and is not NULL. [any thread]
  static ThreadVars from_ptr(ThreadVars_* tv) noexcept { return ThreadVars(tv); }

  ThreadVars(const ThreadVars&) = delete;
  ThreadVars& operator=(const ThreadVars&) = delete;

  // For identity, logs, and C functions. Its fields differ from build to build of Suricata.
  const ThreadVars_* as_ptr() const noexcept { return tv_; }
  ThreadVars_* as_mut_ptr() noexcept { return tv_; }

 private:
  explicit ThreadVars(ThreadVars_* tv) noexcept : tv_(tv) {}

  ThreadVars_* tv_;
};

}  // namespace suricata_ffi::thread

namespace suricata_ffi::detail {

// `Layout`: how a value is read, see direct.hpp. The API is used to store and to register.
template <class Layout>
struct ThreadHost {
  using Object = ThreadVars_;
  using Handle = ThreadSlot;
  // Values of different threads never share a pair of cache lines that are fetched together.
  static constexpr std::size_t kLine = kLinePair;
  static constexpr const char* kFreeName = "Free of a thread value";
  static int id(ThreadSlot slot) noexcept { return slot.id(); }
  static void* get(const Object* tv, ThreadSlot slot) noexcept { return Layout::get(tv, slot); }
  static void* peek(const Object* tv, ThreadSlot slot) noexcept { return Layout::peek(tv, slot); }
  static int set(Object* tv, ThreadSlot slot, void* value) noexcept {
    const int result = suricata_ffi_thread_set(tv, {slot.id()}, value);
    if (result == 0) Layout::stored(tv, slot, value);
    return result;
  }
};

template <class F>
SURICATA_FFI_LOCAL void on_thread_init(ThreadVars_* raw, void* user) noexcept {
  thread::ThreadVars tv = thread::ThreadVars::from_ptr(raw);
  call<F>("thread init callback", user, tv);
}

}  // namespace suricata_ffi::detail

namespace suricata_ffi::thread {

// A slot that holds one T on each thread. A handle is an id that can be copied and captured in
// callbacks. A default-constructed handle is unregistered, and makes no calls to the host.
//
// T may be move-only, immovable, over-aligned, of any size. A value's memory starts at a multiple
// of 128 bytes (of alignof(T), if that is more) and is a multiple of 128 bytes long, so threads
// that write their values do not slow each other, whatever T, allocator and order of creation. An
// int therefore takes 128 bytes on each thread, and at most 272 with what the allocator needs for
// the alignment. A value is destroyed on [creator], after its thread has been joined (L25); on a
// command thread (`US`, `DL`) never (L27). If its destructor throws, the exception is logged at
// error level and dropped.
template <class T>
class ThreadStorage {
 public:
  ThreadStorage() noexcept = default;

  // Registers a slot with a copy of `name`, which no other thread slot may have.
  // Errors: name_contains_nul; refused: empty name, name already used, storage finalized (L16);
  // out_of_memory. [main] in Init
  [[nodiscard]] SURICATA_FFI_LOCAL static expected<ThreadStorage> register_slot(
      std::string_view name) {
    const auto id = detail::register_slot(detail::suricata_ffi_thread_register, name,
                                          &Slot<detail::ApiLayout>::free_value);
    if (!id) return unexpected(id.error());
    return ThreadStorage(detail::thread_slot(*id));
  }

  // The thread's value, or nullptr if it has none. Do not set `Layout`; the wrappers do.
  // [owner], or [creator] in the init callback
  template <class Layout = detail::UnitLayout>
  [[nodiscard]] const T* get(const ThreadVars& tv SURICATA_FFI_LIFETIMEBOUND) const noexcept {
    return Slot<Layout>::get(tv.as_ptr(), slot_);
  }
  template <class Layout = detail::UnitLayout>
  [[nodiscard]] T* get_mut(ThreadVars& tv SURICATA_FFI_LIFETIMEBOUND) const noexcept {
    return Slot<Layout>::get(tv.as_ptr(), slot_);
  }

  // The thread's value; if it has none, stores the result of `make()`, constructed in place. `make`
  // is not called otherwise. Errors: unregistered, out_of_memory, set_failed. If `make` or T's
  // constructor throws, the exception is passed on, the slot stays empty, and nothing leaks.
  // [owner], or [creator] in the init callback
  template <detail::Makes<T> Make, class Layout = detail::UnitLayout>
  [[nodiscard]] Inserted<T> get_or_insert_with(ThreadVars& tv SURICATA_FFI_LIFETIMEBOUND,
                                               Make&& make) const {
    return Slot<Layout>::get_or_insert_with(tv.as_mut_ptr(), slot_, std::forward<Make>(make));
  }

  // The host's id of the slot; -1 if unregistered.
  int id() const noexcept { return slot_.id(); }

 private:
  template <class Layout>
  using Slot = detail::Slot<T, detail::ThreadHost<Layout>>;

  explicit ThreadStorage(detail::ThreadSlot slot) noexcept : slot_(slot) {}

  detail::ThreadSlot slot_;
};

// Registers `callback(ThreadVars&)`, which is called once for every thread created from now on, of
// every kind: packet, management and command threads (L8). It runs on [creator], before the thread
// exists (L5): a thread_local set in it is not that thread's.
//
// Any callable is accepted, including move-only ones and function pointers. It is kept until the
// process ends; if this function returns an error, it has been destroyed. If it throws, the
// exception is logged at error level and dropped. Errors: null_callback, refused (out of memory in
// the host), out_of_memory. [main] in Init
template <class F>
[[nodiscard]] SURICATA_FFI_LOCAL expected<void> register_init_callback(F&& callback) {
  using Callback = std::decay_t<F>;
  static_assert(std::is_invocable_v<Callback&, ThreadVars&>,
                "a thread init callback is called as callback(ThreadVars&)");
  return detail::register_callback<Callback>(detail::suricata_ffi_thread_on_init,
                                             &detail::on_thread_init<Callback>,
                                             std::forward<F>(callback));
}

}  // namespace suricata_ffi::thread
