// Keeps C++ exceptions out of the host, which is written in C.
//
// When:    around everything of the plugin that the host calls.
// Owner:   nobody.
// Threads: any.
// Source:  a C++ exception that reaches Suricata's C code ends the process.
#pragma once

#include <exception>

#include "suricata_ffi/detail/abi.hpp"
#include "suricata_ffi/detail/config.hpp"
#include "suricata_ffi/detail/format.hpp"
#include "suricata_ffi/log.hpp"

namespace suricata_ffi::detail {

// `where` names what the host called. Written whatever the host's level is; surisim hears of it
// apart from the log.
inline void log_exception(const char* where, const char* what) noexcept {
  char buffer[1024];
  Writer message(buffer);
  write_message(message, "{} let an exception out: {}", where, what);
  log::write(log::Level::error, {__FILE__, __LINE__, __func__}, "suricata_ffi", message.c_str());
  if (suricata_ffi_surisim_caught != nullptr) suricata_ffi_surisim_caught(message.c_str());
}

// Runs `body`. An exception that it lets out is logged at error level, and the host goes on.
template <class Body>
void guarded([[maybe_unused]] const char* where, Body&& body) noexcept {
#if SURICATA_FFI_EXCEPTIONS
  try {
    body();
  } catch (const std::exception& exception) {
    log_exception(where, exception.what());
  } catch (...) {
    log_exception(where, "not a std::exception");
  }
#else
  body();
#endif
}

}  // namespace suricata_ffi::detail
