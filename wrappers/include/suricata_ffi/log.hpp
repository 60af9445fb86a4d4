// Suricata's log, with the file and line of the caller.
//
// When:    at any time from Init on. Messages above the host's level are dropped unformatted.
// Owner:   arguments are only read during the call; nothing is allocated.
// Threads: any.
// Source:  util-debug.c, SCLogMessage, SCLogGetLogLevel, SCFatalErrorOnInitStatic; debug.rs of the
//          Rust crate.
//
//   suricata_ffi::log::notice("worker {} saw {} flows", name, flows);
//
// {} accepts integers, bool, char, floating point, strings, pointers and suricata_ffi::Error; {:p}
// accepts only pointers; {{ and }} are braces. The compiler rejects a format that does not match
// its arguments. Messages are truncated to 2047 bytes.
#pragma once

#include <cstring>
#include <string_view>
#include <type_traits>

#include "suricata_ffi/detail/abi.hpp"
#include "suricata_ffi/detail/format.hpp"

namespace suricata_ffi::log {

// SCLogLevel
enum class Level : int {
  error = 1,
  warning = 2,
  notice = 3,
  info = 4,
  perf = 5,
  config = 6,
  debug = 7,
};

// Whether the host writes messages of this level now. [any thread]
inline bool enabled(Level level) noexcept {
  return detail::suricata_ffi_log_level() >= static_cast<int>(level);
}

// The source location of a message.
struct Source {
  const char* file;
  unsigned int line;
  const char* function;
};

// Writes a formatted message at any log level of the host, which prints `module` as the source of
// the message. [any thread]
inline void write(Level level, const Source& source, const char* module,
                  const char* message) noexcept {
  const char* slash = std::strrchr(source.file, '/');
  const char* file = slash != nullptr ? slash + 1 : source.file;
  detail::suricata_ffi_log_message(static_cast<int>(level), file, source.line, source.function,
                                   module, message);
}

// A format literal, checked at compile time against the types of its arguments, and its source
// location.
template <class... Args>
class Format {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): a literal is what callers write
  consteval Format(const char* text, const char* file = __builtin_FILE(),
                   unsigned int line = __builtin_LINE(),
                   const char* function = __builtin_FUNCTION())
      : text_(text), source_{file, line, function} {
    detail::check_format<Args...>(text);
  }

  void fatal_error_on_init(const Args&... args) const noexcept {
    char buffer[2048];
    detail::Writer message(buffer);
    detail::write_message(message, text_, args...);
    detail::suricata_ffi_fatal_error(message.c_str());
  }

  void log(Level level, const Args&... args) const noexcept {
    if (!enabled(level)) return;
    char buffer[2048];
    detail::Writer message(buffer);
    detail::write_message(message, text_, args...);
    char module[64];
    detail::Writer name(module);
    name.text(module_name());
    write(level, source_, name.c_str(), message.c_str());
  }

 private:
  // The file's name without directory and extension, as in the Rust crate.
  std::string_view module_name() const noexcept {
    std::string_view name = source_.file;
    name = name.substr(name.rfind('/') + 1);
    return name.substr(0, name.rfind('.'));
  }

  const char* text_;
  Source source_;
};

// An argument's type as it is passed: a pointer for a string literal.
template <class T>
using Passed = std::conditional_t<std::is_array_v<T>, const std::remove_extent_t<T>*, T>;

// Each writes one message at its level. [any thread]
template <class... Args>
void error(Format<Passed<Args>...> format, const Args&... args) noexcept {
  format.log(Level::error, args...);
}
template <class... Args>
void warning(Format<Passed<Args>...> format, const Args&... args) noexcept {
  format.log(Level::warning, args...);
}
template <class... Args>
void notice(Format<Passed<Args>...> format, const Args&... args) noexcept {
  format.log(Level::notice, args...);
}
template <class... Args>
void info(Format<Passed<Args>...> format, const Args&... args) noexcept {
  format.log(Level::info, args...);
}
template <class... Args>
void perf(Format<Passed<Args>...> format, const Args&... args) noexcept {
  format.log(Level::perf, args...);
}
template <class... Args>
void config(Format<Passed<Args>...> format, const Args&... args) noexcept {
  format.log(Level::config, args...);
}
template <class... Args>
void debug(Format<Passed<Args>...> format, const Args&... args) noexcept {
  format.log(Level::debug, args...);
}

// For an Init that cannot continue. If engine.init-failure-fatal is set, Suricata exits with status
// 1; otherwise it logs a warning, and this function returns. [main] in Init
template <class... Args>
void fatal_error_on_init(Format<Passed<Args>...> format, const Args&... args) noexcept {
  format.fatal_error_on_init(args...);
}

}  // namespace suricata_ffi::log
