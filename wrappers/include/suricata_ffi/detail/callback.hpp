// What all callbacks have in common.
//
// When:    registered on main, in Init.
// Owner:   the process, once the host has accepted a callback; the wrapper before that.
// Threads: called on the thread that the host says, several at once.
// Source:  thread-callbacks.c and flow-callbacks.c, fact L8.
#pragma once

#include <functional>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "suricata_ffi/detail/config.hpp"
#include "suricata_ffi/detail/guard.hpp"
#include "suricata_ffi/detail/keep.hpp"
#include "suricata_ffi/expected.hpp"

namespace suricata_ffi::detail {

// The callable behind the host's `user` pointer.
template <class F>
struct SURICATA_FFI_LOCAL KeptCallback : Kept {
  template <class G>
  explicit KeptCallback(G&& g) : call(std::forward<G>(g)) {}
  F call;
};

// The host does not look (L8), and calling a null callback would crash at the first thread or flow.
template <class F>
bool is_null(const F& callback) noexcept {
  if constexpr (std::is_pointer_v<F> || std::is_member_pointer_v<F>) {
    return callback == nullptr;
  } else if constexpr (requires { callback.operator bool(); }) {  // std::function and its like
    return !callback.operator bool();
  } else {
    return false;
  }
}

// Hands `fn` and a copy of `callback` to the host. If the host refuses, the copy is destroyed.
template <class F, class Fn, class G>
SURICATA_FFI_LOCAL expected<void> register_callback(bool (*host_register)(Fn, void*),
                                                    std::type_identity_t<Fn> fn, G&& callback) {
  if (is_null<F>(callback)) return unexpected(Error::null_callback);
  std::unique_ptr<KeptCallback<F>> kept(new (std::nothrow)
                                            KeptCallback<F>(std::forward<G>(callback)));
  if (kept == nullptr) return unexpected(Error::out_of_memory);
  if (!host_register(fn, kept.get())) return unexpected(Error::refused);
  keep(kept.release());
  return {};
}

// Runs the callable behind `user`. What it returns is dropped.
template <class F, class... Args>
SURICATA_FFI_LOCAL void call(const char* where, void* user, Args&... args) noexcept {
  guarded(where, [&] {
    static_cast<void>(std::invoke(static_cast<KeptCallback<F>*>(user)->call, args...));
  });
}

}  // namespace suricata_ffi::detail
