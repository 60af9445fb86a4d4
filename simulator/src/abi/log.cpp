// SCLog*: messages go to the observer, or to stderr when no engine runs.
#include <suricata/util-debug.h>

#include <climits>
#include <cstdarg>
#include <cstdio>
#include <iterator>

#include "abi/export.hpp"
#include "abi/note_call.hpp"
#include "abi/process_state.hpp"

using namespace surisim::abi;

namespace {

constexpr std::size_t kLongestMessage = 8192 + PATH_MAX + 512;  // the NUL included

void log_formatted(int level, const char* file, const char* func, int line, const char* module,
                   const char* format, va_list arguments) {
  if (state().log_level.load(std::memory_order_relaxed) < level) return;
  char message[kLongestMessage];
  std::vsnprintf(message, sizeof message, format, arguments);
  SCLogMessage(static_cast<SCLogLevel>(level), file, static_cast<unsigned>(line), func, module,
               message);
}

}  // namespace

SURISIM_ABI int SCLogMessage(const SCLogLevel level, const char* /*filename*/,
                             const unsigned int /*line*/, const char* /*function*/,
                             const char* module, const char* message) {
  note_call(__func__);
  const char* const from = module == nullptr ? "" : module;
  const char* const text = message == nullptr ? "" : message;
  if (Observer* const watcher = state().observer.load(std::memory_order_acquire)) {
    watcher->logged(level, from, text);
  } else if (level <= state().log_level.load(std::memory_order_relaxed)) {
    const char* const name = SCLogLevel2Name(level);
    std::fprintf(stderr, "%s: %s: %s\n", name == nullptr ? "?" : name, from, text);
  }
  return 0;
}

SURISIM_ABI SCLogLevel SCLogGetLogLevel(void) {
  return static_cast<SCLogLevel>(state().log_level.load(std::memory_order_relaxed));
}

SURISIM_ABI const char* SCLogLevel2Name(const SCLogLevel level) {
  static constexpr const char* kNames[] = {"Not set", "None", "Error",  "Warning", "Notice",
                                           "Info",    "Perf", "Config", "Debug"};
  const int index = static_cast<int>(level) + 1;
  if (index < 0 || index >= static_cast<int>(std::size(kNames))) return nullptr;
  return kNames[index];
}

SURISIM_ABI void SCLog(int level, const char* file, const char* func, const int line,
                       const char* module, const char* fmt, ...) {
  va_list arguments;
  va_start(arguments, fmt);
  log_formatted(level, file, func, line, module, fmt, arguments);
  va_end(arguments);
}

SURISIM_ABI void SCLogErr(int level, const char* file, const char* func, const int line,
                          const char* module, const char* fmt, ...) {
  va_list arguments;
  va_start(arguments, fmt);
  log_formatted(level, file, func, line, module, fmt, arguments);
  va_end(arguments);
}

SURISIM_ABI int SCLogDebugEnabled(void) { return 0; }
