// Watches the loading of plugins, and judges whether putting back their variables is enough.
#include <fmt/format.h>

#include <dlfcn.h>
#include <link.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "abi/host_function.hpp"
#include "explore/left_behind.hpp"
#include "explore/plugin_variables.hpp"
#include "plugin/imports.hpp"
#include "plugin/plugin_loader.hpp"
#include "surisim/explore.hpp"
#include "trace/context.hpp"

namespace surisim {

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
