// SCLog*: send messages to the observer, or to stderr if no engine runs. Also
// SCFatalErrorOnInitStatic, PrintInet, and the function behind a plugin's assertions. Source:
// util-debug.c, util-print.c.
#include <arpa/inet.h>
#include <fmt/core.h>
#include <suricata/conf.h>
#include <suricata/util-debug.h>
#include <suricata/util-print.h>

#include <climits>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <string>

#include "abi/host_function.hpp"
#include "abi/process_state.hpp"
#include "surisim/assert.h"

using namespace surisim::abi;

namespace {

constexpr std::size_t kLongestMessage = 8192 + PATH_MAX + 512;  // including the NUL

void log_formatted(int level, const char* file, const char* func, int line, const char* module,
                   const char* format, va_list arguments) {
  if (state().log_level.load(std::memory_order_relaxed) < level) return;
  char message[kLongestMessage];
  std::vsnprintf(message, sizeof message, format, arguments);
  SCLogMessage(static_cast<SCLogLevel>(level), file, static_cast<unsigned>(line), func, module,
               message);
}

constexpr socklen_t kIpv6Text = 40;  // eight groups of four, seven colons, NUL

const char* print_ipv6(const void* src, char* dst, socklen_t size) {
  if (size < kIpv6Text) {
    SCLogErr(SC_LOG_WARNING, __FILE__, "PrintInet", __LINE__, "print",
             "no room for an IPv6 address: %u bytes, %u are needed", size, kIpv6Text);
    return nullptr;
  }
  std::uint8_t b[16];
  std::memcpy(b, src, sizeof b);
  std::memset(dst, 0, size);
  for (std::size_t group = 0; group < 8; ++group)
    std::snprintf(dst + 5 * group, 6, group < 7 ? "%02x%02x:" : "%02x%02x", b[2 * group],
                  b[2 * group + 1]);
  return dst;
}

}  // namespace

SURISIM_ABI int SCLogMessage(const SCLogLevel level, const char* /*filename*/,
                             const unsigned int /*line*/, const char* /*function*/,
                             const char* module, const char* message) {
  note_call(__func__);
  const char* const from = module == nullptr ? "" : module;
  const char* const text = message == nullptr ? "" : message;
  if (Observer* const watcher = observer()) {
    watcher->happened(LogMessage{level, from, text});
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

SURISIM_ABI int SCLogDebugEnabled(void) { return SCLogGetLogLevel() == SC_LOG_DEBUG ? 1 : 0; }

SURISIM_ABI const char* PrintInet(int af, const void* src, char* dst, socklen_t size) {
  if (af == AF_INET) return ::inet_ntop(AF_INET, src, dst, size);
  if (af == AF_INET6) return print_ipv6(src, dst, size);
  SCLogErr(SC_LOG_ERROR, __FILE__, __func__, __LINE__, "print", "no address family: %d", af);
  return nullptr;
}

// Fatal if the engine is starting and the configuration says so; otherwise a warning.
SURISIM_ABI void SCFatalErrorOnInitStatic(const char* message) {
  const char* const text = message == nullptr ? "(null)" : message;
  int fatal = 0;
  (void)SCConfGetBool("engine.init-failure-fatal", &fatal);
  const bool init = starting();
  const bool ends = init && fatal != 0;
  SCLogErr(ends ? SC_LOG_ERROR : SC_LOG_WARNING, __FILE__, __func__, __LINE__, "util-debug", "%s",
           text);
  if (init) notify(FatalCall{__func__, text, ends, SURISIM_CALLER});
}

// The function that a plugin's assertions call, if it exists (surisim/assert.h).
SURISIM_ABI void surisim_assert_failed(const char* condition, const char* file, int line) {
  const void* const caller = SURISIM_CALLER;
  const HostScope host;
  const std::string message = fmt::format("`{}` does not hold ({}:{})", condition, file, line);
  notify(AssertionFailed{message.c_str(), caller});
}
