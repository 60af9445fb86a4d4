// Finds a plugin's variables in its program headers, and the functions it uses that change more
// than their caller's memory; watches the loading of plugins, and judges whether putting back their
// variables is enough.
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

// Program headers and base of the object whose dynamic section this is.
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
  // Written once, by the dynamic linker, and read-only in whole pages since.
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

// They have their first values until the thread uses them.
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

namespace surisim {

// Watches the loading of plugins, and judges whether putting back their variables is enough.

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
    // The first Runtime's own libraries have opened files that stay open.
    if (!after_first_)
      after_first_.emplace();
    else if (why_not_.empty())
      why_not_ = after_first_->change();
    for (const auto& [library, plugin] : plugins_) {
      // Their destructors are called for what they were, when the thread ends.
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
    plugin.destroys_thread_locals = imports && explore::has_thread_local_destructors(*imports);
    plugins_.emplace(library, std::move(plugin));
  }

  static std::string why_alone(const engine::ElfImports& imports,
                               const explore::PluginVariables& variables) {
    if (!abi::watched()) return "without checks it is not known what its constructors do";
    const engine::Context* const mine = engine::context();
    if (mine != nullptr && mine->constructor_did != nullptr)
      return fmt::format("a constructor of it {}", mine->constructor_did);
    constexpr std::size_t kCompilersOwn = 1;
    if (variables.destructors() > kCompilersOwn) return "its destructors run when the process ends";
    return explore::what_may_be_left(imports);
  }

  engine::LibraryWatcher* const before_;
  std::optional<explore::Process> after_first_;  // Runtime
  std::map<void*, Plugin> plugins_;              // by handle of dlopen
  std::string why_not_;                          // the first reason
};

FreshPlugins::FreshPlugins() : impl_(std::make_unique<Impl>()) {}
FreshPlugins::~FreshPlugins() = default;
std::string FreshPlugins::put_back() { return impl_->put_back(); }

}  // namespace surisim
