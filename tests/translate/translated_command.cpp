// Linked into the surisim command: each plugin that it loads runs translated, with every thread
// that enters it watched. For sweeps: the command must report the same about a plugin.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "plugin/plugin_loader.hpp"
#include "schedule/controller.hpp"
#include "translate/translation.hpp"

namespace surisim::test {
namespace {

class Nobody : public translate::Watcher {
 public:
  void point(const translate::Site&, std::uintptr_t) override {}
  void full(std::span<const translate::Access>) override {}
  void spinning() override {}
};

class Translates : public engine::LibraryWatcher {
 public:
  void opened(void* library) override {
    if (schedule::t_me != nullptr) return;  // the engine translates it
    if (!translation_) translation_ = start();
    if (const auto added = translation_->add(library); !added)
      std::fprintf(stderr, "%s\n", added.error().message.c_str());
    translation_->enter_thread();
  }
  void closing(void* library) override {
    if (translation_) translation_->remove(library);
  }

 private:
  std::unique_ptr<translate::Translation> start() {
    // The place of a spinning thread is read while it runs translated code, not while it reports.
    auto made = translate::Translation::create(nobody_, {.spin_limit = UINT32_MAX});
    if (made) return std::move(*made);
    std::fprintf(stderr, "%s\n", made.error().message.c_str());
    std::abort();
  }

  Nobody nobody_;
  std::unique_ptr<translate::Translation> translation_;
};

// Never destroyed: what plugins do when the process exits is translated too.
const bool watching = [] {
  engine::watch_libraries(new Translates);
  return true;
}();

}  // namespace
}  // namespace surisim::test
