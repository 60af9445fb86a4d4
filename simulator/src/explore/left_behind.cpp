// Functions of the C and C++ libraries that change more than their caller's memory.
#include "explore/left_behind.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

namespace surisim::explore {
namespace {

struct Leaves {
  std::string_view function;
  std::string_view what;
};

constexpr std::string_view kHandler = "a signal handler or a timer stays";
constexpr std::string_view kEnvironment = "the environment stays changed";
constexpr std::string_view kDirectory = "the current directory or a limit stays changed";
constexpr std::string_view kAtEnd = "what it registers runs when the process ends";
constexpr std::string_view kNumbers = "the numbers that follow depend on those before";
constexpr std::string_view kLibrary = "a library that it loads stays";
constexpr std::string_view kProcess = "the process that it starts stays";
constexpr std::string_view kSetting = "a setting of the C or C++ library stays changed";

constexpr Leaves kLeaves[] = {
    {"sigaction", kHandler},
    {"signal", kHandler},
    {"__sysv_signal", kHandler},
    {"bsd_signal", kHandler},
    {"sigset", kHandler},
    {"sigignore", kHandler},
    {"siginterrupt", kHandler},
    {"setitimer", kHandler},
    {"alarm", kHandler},
    {"ualarm", kHandler},
    {"timer_create", kHandler},
    {"setenv", kEnvironment},
    {"unsetenv", kEnvironment},
    {"putenv", kEnvironment},
    {"clearenv", kEnvironment},
    {"environ", kEnvironment},
    {"__environ", kEnvironment},
    {"chdir", kDirectory},
    {"fchdir", kDirectory},
    {"chroot", kDirectory},
    {"umask", kDirectory},
    {"setrlimit", kDirectory},
    {"setrlimit64", kDirectory},
    {"prlimit", kDirectory},
    {"prlimit64", kDirectory},
    {"prctl", kDirectory},
    {"nice", kDirectory},
    {"setpriority", kDirectory},
    {"__cxa_atexit", kAtEnd},
    {"atexit", kAtEnd},
    {"on_exit", kAtEnd},
    {"__cxa_at_quick_exit", kAtEnd},
    {"at_quick_exit", kAtEnd},
    {"pthread_atfork", kAtEnd},
    {"__register_atfork", kAtEnd},
    {"rand", kNumbers},
    {"srand", kNumbers},
    {"random", kNumbers},
    {"srandom", kNumbers},
    {"initstate", kNumbers},
    {"setstate", kNumbers},
    {"drand48", kNumbers},
    {"lrand48", kNumbers},
    {"mrand48", kNumbers},
    {"srand48", kNumbers},
    {"seed48", kNumbers},
    {"lcong48", kNumbers},
    {"strtok", kNumbers},
    {"dlopen", kLibrary},
    {"dlmopen", kLibrary},
    {"fork", kProcess},
    {"vfork", kProcess},
    {"posix_spawn", kProcess},
    {"posix_spawnp", kProcess},
    {"popen", kProcess},
    {"system", kProcess},
    {"setlocale", kSetting},
    {"uselocale", kSetting},
    {"openlog", kSetting},
    {"setlogmask", kSetting},
    {"mallopt", kSetting},
    {"setvbuf", kSetting},
    {"setbuf", kSetting},
    {"freopen", kSetting},
    {"freopen64", kSetting},
    {"_ZNSt6locale6globalERKS_", kSetting},
    {"_ZSt13set_terminatePFvvE", kSetting},
    {"_ZSt15set_new_handlerPFvvE", kSetting},
};

// Those whose own state is of no consequence.
constexpr std::string_view kHarmless[] = {"libc.so.",      "libm.so.",           "libpthread.so.",
                                          "libdl.so.",     "librt.so.",          "libstdc++.so.",
                                          "libgcc_s.so.",  "libc++.so.",         "libc++abi.so.",
                                          "libunwind.so.", "ld-linux-x86-64.so."};

bool is_harmless(const std::string& library) {
  return std::any_of(std::begin(kHarmless), std::end(kHarmless),
                     [&library](std::string_view name) { return library.starts_with(name); });
}

}  // namespace

std::string what_may_be_left(const engine::ElfImports& plugin) {
  for (const std::string& library : plugin.needed)
    if (!is_harmless(library))
      return fmt::format("it needs {}, whose variables are not put back", library);
  for (const ImportedSymbol& symbol : plugin.imports) {
    const auto* const at =
        std::find_if(std::begin(kLeaves), std::end(kLeaves),
                     [&symbol](const Leaves& one) { return one.function == symbol.name; });
    if (at != std::end(kLeaves)) return fmt::format("it uses {}: {}", symbol.name, at->what);
  }
  return "";
}

bool has_thread_local_destructors(const engine::ElfImports& plugin) {
  return std::any_of(plugin.imports.begin(), plugin.imports.end(), [](const ImportedSymbol& one) {
    return one.name.starts_with("__cxa_thread_atexit");
  });
}

namespace {

int next_descriptor() {
  const int next = ::dup(STDERR_FILENO);
  if (next >= 0) ::close(next);
  return next;
}

unsigned next_key() {
  pthread_key_t next{};
  if (::pthread_key_create(&next, nullptr) != 0) return ~0U;
  ::pthread_key_delete(next);
  return next;
}

}  // namespace

Process::Process() : descriptor_(next_descriptor()), key_(next_key()) {}

std::string Process::change() const {
  if (next_descriptor() != descriptor_) return "it left a descriptor open, or closed one";
  if (next_key() != key_) return "it left a key for thread-specific values, or deleted one";
  return "";
}

}  // namespace surisim::explore
