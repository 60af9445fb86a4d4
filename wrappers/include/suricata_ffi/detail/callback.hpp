// Callbacks for the host: they are kept until the process ends, and let no C++ exception reach the
// host, which is written in C.
//
// When:    registered on main, in Init.
// Owner:   the process, once the host has accepted a callback: there is no way to unregister one
//          (L8). Kept memory is never freed, but always reachable, so leak checkers do not report
//          it.
// Threads: called on the threads that the host chooses, on several at once.
// Source:  thread-callbacks.c, flow-callbacks.c and util-storage.c, facts L8 and L17.
#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "suricata_ffi/detail/abi.hpp"
#include "suricata_ffi/detail/config.hpp"
#include "suricata_ffi/detail/format.hpp"
#include "suricata_ffi/detail/host.hpp"
#include "suricata_ffi/expected.hpp"
#include "suricata_ffi/log.hpp"

namespace suricata_ffi::detail {

// Memory that the host may read until the process ends: slot names and callbacks.
struct Kept {
  Kept* next = nullptr;
};

// Hidden, because an exported inline variable would prevent the plugin from being unloaded, even if
// the host rejects it (L39).
SURICATA_FFI_LOCAL inline std::atomic<Kept*> kept_head{nullptr};

inline void keep(Kept* kept) noexcept {
  kept->next = kept_head.load(std::memory_order_relaxed);
  while (!kept_head.compare_exchange_weak(kept->next, kept, std::memory_order_release,
                                          std::memory_order_relaxed)) {
  }
}

// `where` names the function that the host called. The message is written at any log level; surisim
// also gets it directly.
inline void log_exception(const char* where, const char* what) noexcept {
  char buffer[1024];
  Writer message(buffer);
  write_message(message, "{} threw an exception: {}", where, what);
  log::write(log::Level::error, {__FILE__, __LINE__, __func__}, "suricata_ffi", message.c_str());
  if (suricata_ffi_surisim_caught != nullptr) suricata_ffi_surisim_caught(message.c_str());
}

// Runs `body`. If it throws, the exception is logged at error level and dropped.
template <class Body>
void guarded([[maybe_unused]] const char* where, Body&& body) noexcept {
#if SURICATA_FFI_EXCEPTIONS
  try {
    body();
  } catch (const std::exception& exception) {
    log_exception(where, exception.what());
  } catch (...) {
    log_exception(where, "not derived from std::exception");
  }
#else
  body();
#endif
}

// The callable behind the host's `user` pointer.
template <class F>
struct SURICATA_FFI_LOCAL KeptCallback : Kept {
  template <class G>
  explicit KeptCallback(G&& g) : call(std::forward<G>(g)) {}
  F call;
};

// The host does not check this (L8); a null callback would crash at the first thread or flow.
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

// Registers `fn` with the host, with a copy of `callback`. If the host refuses, the copy is
// destroyed.
template <class F, class Fn, class G>
SURICATA_FFI_LOCAL expected<void> register_callback(bool (*host_register)(Fn, void*),
                                                    std::type_identity_t<Fn> fn, G&& callback) {
  if (is_null<F>(callback)) return unexpected(Error::null_callback);
  std::unique_ptr<KeptCallback<F>> kept(new (std::nothrow)
                                            KeptCallback<F>(std::forward<G>(callback)));
  if (kept == nullptr) return unexpected(Error::out_of_memory);
  bind_host();
  if (!host_register(fn, kept.get())) return unexpected(Error::refused);
  keep(kept.release());
  return {};
}

// Calls the callable behind `user` and ignores its result.
template <class F, class... Args>
SURICATA_FFI_LOCAL void call(const char* where, void* user, Args&... args) noexcept {
  guarded(where, [&] {
    static_cast<void>(std::invoke(static_cast<KeptCallback<F>*>(user)->call, args...));
  });
}

}  // namespace suricata_ffi::detail
