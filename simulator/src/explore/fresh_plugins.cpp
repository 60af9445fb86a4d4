// Implements fresh_plugins.hpp with the plugin's program headers and a list of functions that
// change state outside of its memory; and FreshPlugins.
#include "explore/fresh_plugins.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <link.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "abi/host_function.hpp"
#include "plugin/elf_file.hpp"
#include "plugin/plugin_loader.hpp"
#include "surisim/explore.hpp"
#include "trace/context.hpp"

namespace surisim::explore {
namespace {

// A loaded object, found by its dynamic section.
struct Object {
  const ElfW(Dyn) * dynamic;
  std::uintptr_t base = 0;
  const ElfW(Phdr) * headers = nullptr;
  std::size_t count = 0;
};

int find(dl_phdr_info* info, std::size_t, void* data) {
  Object& wanted = *static_cast<Object*>(data);
  for (std::size_t i = 0; i < info->dlpi_phnum; ++i) {
    const auto& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_DYNAMIC ||
        info->dlpi_addr + segment.p_vaddr != reinterpret_cast<std::uintptr_t>(wanted.dynamic))
      continue;
    wanted.base = info->dlpi_addr;
    wanted.headers = info->dlpi_phdr;
    wanted.count = info->dlpi_phnum;
    return 1;
  }
  return 0;
}

}  // namespace

PluginVariables::PluginVariables(void* library) : library_(library) {
  link_map* map = nullptr;
  if (::dlinfo(library, RTLD_DI_LINKMAP, &map) != 0) return;
  Object object{map->l_ld};
  if (::dl_iterate_phdr(find, &object) == 0) return;
  for (const auto* entry = map->l_ld; entry->d_tag != DT_NULL; ++entry)
    if (entry->d_tag == DT_FINI_ARRAYSZ) destructors_ = entry->d_un.d_val / sizeof(void*);
  // PT_GNU_RELRO: whole pages that are read-only since the dynamic linker has written them.
  std::uintptr_t constant = 0;
  std::uintptr_t constant_end = 0;
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  for (std::size_t i = 0; i < object.count; ++i) {
    const auto& segment = object.headers[i];
    if (segment.p_type != PT_GNU_RELRO) continue;
    constant = object.base + segment.p_vaddr;
    constant_end = (constant + segment.p_memsz) / page * page;
  }
  for (std::size_t i = 0; i < object.count; ++i) {
    const auto& segment = object.headers[i];
    if (segment.p_type == PT_TLS) copy_thread_locals(segment, object.base);
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) == 0) continue;
    const std::uintptr_t begin = object.base + segment.p_vaddr;
    const std::uintptr_t end = begin + segment.p_memsz;
    copy(begin, std::clamp(constant, begin, end));
    copy(std::clamp(constant_end, begin, end), end);
  }
}

void PluginVariables::copy(std::uintptr_t begin, std::uintptr_t end) {
  if (begin >= end) return;
  auto* const at = reinterpret_cast<std::uint8_t*>(begin);
  copies_.push_back({at, {at, at + (end - begin)}});
}

// If the thread has not used them yet, their initial values are copied.
void PluginVariables::copy_thread_locals(const ElfW(Phdr) & segment, std::uintptr_t base) {
  const std::uint8_t* const now = thread_locals();
  thread_locals_.resize(segment.p_memsz);
  if (now != nullptr)
    std::copy_n(now, segment.p_memsz, thread_locals_.begin());
  else
    std::copy_n(reinterpret_cast<const std::uint8_t*>(base + segment.p_vaddr), segment.p_filesz,
                thread_locals_.begin());
}

std::uint8_t* PluginVariables::thread_locals() const {
  void* at = nullptr;
  return ::dlinfo(library_, RTLD_DI_TLS_DATA, &at) == 0 ? static_cast<std::uint8_t*>(at) : nullptr;
}

bool PluginVariables::thread_locals_changed() const {
  const std::uint8_t* const now = thread_locals_.empty() ? nullptr : thread_locals();
  return now != nullptr && !std::equal(thread_locals_.begin(), thread_locals_.end(), now);
}

void PluginVariables::put_back() const {
  for (const Copy& one : copies_) std::memcpy(one.at, one.bytes.data(), one.bytes.size());
  if (thread_locals_.empty()) return;
  if (std::uint8_t* const now = thread_locals())
    std::copy(thread_locals_.begin(), thread_locals_.end(), now);
}

// Functions of the C and C++ libraries that change more than their caller's memory.

namespace {

struct StateChanger {
  std::string_view function;
  std::string_view what;
};

constexpr std::string_view kHandler = "a signal handler or a timer stays";
constexpr std::string_view kEnvironment = "the environment stays changed";
constexpr std::string_view kProcessSetting = "the current directory or a limit stays changed";
constexpr std::string_view kAtExit = "what it registers runs when the process ends";
constexpr std::string_view kGenerator = "later results depend on earlier calls";
constexpr std::string_view kLibrary = "a library that it loads stays";
constexpr std::string_view kProcess = "the process that it starts stays";
constexpr std::string_view kLibrarySetting = "a setting of the C or C++ library stays changed";

constexpr StateChanger kStateChangers[] = {
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
    {"chdir", kProcessSetting},
    {"fchdir", kProcessSetting},
    {"chroot", kProcessSetting},
    {"umask", kProcessSetting},
    {"setrlimit", kProcessSetting},
    {"setrlimit64", kProcessSetting},
    {"prlimit", kProcessSetting},
    {"prlimit64", kProcessSetting},
    {"prctl", kProcessSetting},
    {"nice", kProcessSetting},
    {"setpriority", kProcessSetting},
    {"__cxa_atexit", kAtExit},
    {"atexit", kAtExit},
    {"on_exit", kAtExit},
    {"__cxa_at_quick_exit", kAtExit},
    {"at_quick_exit", kAtExit},
    {"pthread_atfork", kAtExit},
    {"__register_atfork", kAtExit},
    {"rand", kGenerator},
    {"srand", kGenerator},
    {"random", kGenerator},
    {"srandom", kGenerator},
    {"initstate", kGenerator},
    {"setstate", kGenerator},
    {"drand48", kGenerator},
    {"lrand48", kGenerator},
    {"mrand48", kGenerator},
    {"srand48", kGenerator},
    {"seed48", kGenerator},
    {"lcong48", kGenerator},
    {"strtok", kGenerator},
    {"dlopen", kLibrary},
    {"dlmopen", kLibrary},
    {"fork", kProcess},
    {"vfork", kProcess},
    {"posix_spawn", kProcess},
    {"posix_spawnp", kProcess},
    {"popen", kProcess},
    {"system", kProcess},
    {"setlocale", kLibrarySetting},
    {"uselocale", kLibrarySetting},
    {"openlog", kLibrarySetting},
    {"setlogmask", kLibrarySetting},
    {"mallopt", kLibrarySetting},
    {"setvbuf", kLibrarySetting},
    {"setbuf", kLibrarySetting},
    {"freopen", kLibrarySetting},
    {"freopen64", kLibrarySetting},
    {"_ZNSt6locale6globalERKS_", kLibrarySetting},
    {"_ZSt13set_terminatePFvvE", kLibrarySetting},
    {"_ZSt15set_new_handlerPFvvE", kLibrarySetting},
};

// Libraries whose state does not matter.
constexpr std::string_view kHarmless[] = {"libc.so.",      "libm.so.",           "libpthread.so.",
                                          "libdl.so.",     "librt.so.",          "libstdc++.so.",
                                          "libgcc_s.so.",  "libc++.so.",         "libc++abi.so.",
                                          "libunwind.so.", "ld-linux-x86-64.so."};

bool is_harmless(const std::string& library) {
  return std::any_of(std::begin(kHarmless), std::end(kHarmless),
                     [&library](std::string_view name) { return library.starts_with(name); });
}

}  // namespace

std::string state_left_by(const engine::ElfImports& plugin) {
  for (const std::string& library : plugin.needed)
    if (!is_harmless(library))
      return fmt::format("it needs {}, whose variables are not put back", library);
  for (const ImportedSymbol& symbol : plugin.imports) {
    const auto* const at =
        std::find_if(std::begin(kStateChangers), std::end(kStateChangers),
                     [&symbol](const StateChanger& one) { return one.function == symbol.name; });
    if (at != std::end(kStateChangers)) return fmt::format("it uses {}: {}", symbol.name, at->what);
  }
  return "";
}

bool may_destroy_thread_locals(const engine::ElfImports& plugin) {
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

ProcessSnapshot::ProcessSnapshot() : descriptor_(next_descriptor()), key_(next_key()) {}

std::string ProcessSnapshot::change() const {
  if (next_descriptor() != descriptor_) return "it left a descriptor open, or closed one";
  if (next_key() != key_) return "it left a key for thread-specific values, or deleted one";
  return "";
}

}  // namespace surisim::explore

namespace surisim {

// Is notified when plugins are loaded, and decides whether putting back their variables is enough.
class FreshPlugins::Impl : public engine::LibraryWatcher {
 public:
  Impl() : before_(engine::watch_libraries(this)) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() override { engine::watch_libraries(before_); }

  void opened(void* library) override {
    if (!plugins_.contains(library)) add(library);
    if (before_ != nullptr) before_->opened(library);
  }
  void closing(void* library) override {
    if (before_ != nullptr) before_->closing(library);
    plugins_.erase(library);
    why_not_ = "Suricata refuses a plugin, and closes its library";
  }

  std::string put_back() {
    // Compared with the state after the first Runtime, as our own libraries keep files open.
    if (!after_first_)
      after_first_.emplace();
    else if (why_not_.empty())
      why_not_ = after_first_->change();
    for (const auto& [library, plugin] : plugins_) {
      // Their destructors would run on values put back, when the thread ends.
      if (why_not_.empty() && plugin.destroys_thread_locals &&
          plugin.variables.thread_locals_changed())
        why_not_ = "its thread_local variables of the main thread have destructors";
    }
    if (!why_not_.empty()) return why_not_;
    for (const auto& [library, plugin] : plugins_) plugin.variables.put_back();
    return "";
  }

 private:
  struct Plugin {
    explore::PluginVariables variables;
    bool destroys_thread_locals = false;
  };

  void add(void* library) {
    Plugin plugin{explore::PluginVariables(library)};
    link_map* map = nullptr;
    const bool known = ::dlinfo(library, RTLD_DI_LINKMAP, &map) == 0;
    const auto imports = engine::read_imports(known ? map->l_name : "");
    if (why_not_.empty())
      why_not_ = imports ? why_alone(*imports, plugin.variables) : "its file cannot be read";
    plugin.destroys_thread_locals = imports && explore::may_destroy_thread_locals(*imports);
    plugins_.emplace(library, std::move(plugin));
  }

  static std::string why_alone(const engine::ElfImports& imports,
                               const explore::PluginVariables& variables) {
    if (!abi::watched()) return "without checks it is not known what its constructors do";
    const engine::Context* const mine = engine::context();
    if (mine != nullptr && mine->constructor_did != nullptr)
      return fmt::format("one of its constructors {}", mine->constructor_did);
    constexpr std::size_t kCompilersOwn = 1;
    if (variables.destructors() > kCompilersOwn) return "its destructors run when the process ends";
    return explore::state_left_by(imports);
  }

  engine::LibraryWatcher* const before_;
  std::optional<explore::ProcessSnapshot> after_first_;  // after the first Runtime
  std::map<void*, Plugin> plugins_;                      // by handle of dlopen
  std::string why_not_;                                  // the first reason
};

FreshPlugins::FreshPlugins() : impl_(std::make_unique<Impl>()) {}
FreshPlugins::~FreshPlugins() = default;
std::string FreshPlugins::put_back() { return impl_->put_back(); }

}  // namespace surisim
