// Implements WatchedCode of scheduled_run.hpp: where plugins' libraries are loaded, and what their
// translated code reports.
#include "engine/scheduled_run.hpp"

#include <dlfcn.h>
#include <fmt/core.h>
#include <link.h>

#include <algorithm>
#include <utility>

#include "abi/host_function.hpp"
#include "base/host_scope.hpp"
#include "schedule/c_library.hpp"
#include "schedule/controller.hpp"
#include "trace/context.hpp"

namespace surisim::engine {
namespace {

// The first address after the library that has this base.
std::uintptr_t end_of(std::uintptr_t base) {
  struct Search {
    std::uintptr_t base, end;
  } search{base, base};
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* given) {
        auto& to = *static_cast<Search*>(given);
        if (info->dlpi_addr != to.base) return 0;
        for (int i = 0; i < info->dlpi_phnum; ++i)
          to.end = std::max(
              to.end, info->dlpi_addr + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz);
        return 1;
      },
      &search);
  return search.end;
}

// The plugin's function, running on this thread, whose accesses are not wanted; NULL: there is
// none.
thread_local const void* t_unwatched = nullptr;

bool is_unwatched() {
  const Context* const mine = context();
  if (mine == nullptr || mine->function != t_unwatched) t_unwatched = nullptr;
  return t_unwatched != nullptr;
}

}  // namespace

WatchedCode& WatchedCode::of_process() {
  static WatchedCode& code = *new WatchedCode;
  return code;
}

void WatchedCode::begin(CodeListener& listener, bool translate, bool count) {
  listener_ = &listener;
  translate_ = translate;
  count_ = count;
  libraries_.clear();
  not_watched_.clear();
  before_ = watch_libraries(this);
}

void WatchedCode::end() {
  for (const std::uintptr_t point : std::exchange(points_, {}))
    (void)translation_->set_point(point, false);
  if (translation_) translation_->leave_thread();
  listener_ = nullptr;
  watch_libraries(std::exchange(before_, nullptr));
}

void WatchedCode::opened(void* library) {
  if (before_ != nullptr) before_->opened(library);
  const link_map* map = nullptr;
  if (::dlinfo(library, RTLD_DI_LINKMAP, static_cast<void*>(&map)) != 0) return;
  const auto known = std::find_if(libraries_.begin(), libraries_.end(),
                                  [library](const Library& one) { return one.handle == library; });
  if (known == libraries_.end()) libraries_.push_back({library, map->l_addr, end_of(map->l_addr)});
  if (translate_) translate(library, map->l_name);
  listener_->loaded();
}

void WatchedCode::translate(void* library, const char* name) {
  if (!translation_) {
    auto made = translate::Translation::create(
        *this, {.count = count_, .function_for = schedule::message_function_for});
    if (!made) {
      not_watched_ = made.error().message;
      return;
    }
    translation_ = *std::move(made);
    counts_ = count_;
  }
  if (counts_ != count_) {
    not_watched_ = fmt::format("the plugins of this process were translated to {}; expected {}",
                               counts_ ? "count their instructions" : "watch their accesses",
                               "a process of its own for each of the two");
    return;
  }
  if (const auto added = translation_->add(library); !added)
    not_watched_ = fmt::format("{}: {}", name, added.error().message);
  translation_->enter_thread();
}

void WatchedCode::closing(void* library) {
  if (translation_) translation_->remove(library);
  if (before_ != nullptr) before_->closing(library);
}

std::optional<schedule::Place> WatchedCode::place_of(const CodeSite& site) const {
  if (site.plugin >= libraries_.size()) return std::nullopt;
  return schedule::Place{reinterpret_cast<const void*>(libraries_[site.plugin].base + site.offset),
                         site.is_call};
}

std::optional<CodeSite> WatchedCode::site_of(const schedule::Place& place) const {
  const auto address = reinterpret_cast<std::uintptr_t>(place.address);
  for (std::size_t i = 0; i < libraries_.size(); ++i)
    if (address >= libraries_[i].base && address < libraries_[i].end)
      return CodeSite{static_cast<std::uint32_t>(i), address - libraries_[i].base, place.is_call};
  return std::nullopt;
}

bool WatchedCode::set_point(const CodeSite& site) {
  const auto place = place_of(site);
  if (!place || place->is_call || !translate_ || !translation_) return false;
  const auto address = reinterpret_cast<std::uintptr_t>(place->address);
  points_.push_back(address);
  return translation_->set_point(address, true);
}

void WatchedCode::enter_thread() {
  if (translate_ && translation_) translation_->enter_thread();
}
void WatchedCode::leave_thread() {
  if (translation_) translation_->leave_thread();
}
std::span<const translate::Access> WatchedCode::drain() {
  if (!translation_) return {};
  const auto accesses = translation_->drain();
  return is_unwatched() ? std::span<const translate::Access>() : accesses;
}
void WatchedCode::leave_function() {
  const Context* const mine = context();
  if (!translation_ || mine == nullptr || mine->function == nullptr) return;
  full(drain());
  t_unwatched = mine->function;
}
std::span<const translate::Site> WatchedCode::sites() const {
  if (!translation_) return {};
  return translation_->sites();
}
translate::Stats WatchedCode::stats() const {
  return translation_ ? translation_->stats() : translate::Stats{};
}
void WatchedCode::restart_spin_count() {
  if (translation_) translation_->restart_spin_count();
}

void WatchedCode::point(const translate::Site& site, std::uintptr_t address) {
  if (listener_ == nullptr || !schedule::controlled()) return;
  listener_->comes_to(site);
  schedule::point({schedule::Act::access, reinterpret_cast<const void*>(address),
                   reinterpret_cast<const void*>(site.address)});
}

void WatchedCode::full(std::span<const translate::Access> accesses) {
  if (listener_ == nullptr || schedule::t_me == nullptr || is_unwatched()) return;
  listener_->has_accessed(accesses);
}

std::optional<long> WatchedCode::system_call(const translate::SystemCall& call) {
  if (listener_ == nullptr || !schedule::controlled()) return std::nullopt;
  return listener_->calls_system(call);
}

// The last call of a callback, or of a thread's function, is compiled to a jump; libstdc++ is
// called by us, too.
std::uintptr_t WatchedCode::enclosing_call(std::uintptr_t return_address, bool of_library) {
  const Context* const mine = context();
  if ((mine != nullptr && mine->function == nullptr) || base::host_depth != 0) return 0;
  const auto* const at = reinterpret_cast<const void*>(return_address);
  return reinterpret_cast<std::uintptr_t>(of_library ? abi::allocation_origin(at)
                                                     : abi::running_function_or(nullptr));
}

// Another thread has to change what this one waits for.
void WatchedCode::spinning() {
  if (schedule::controlled()) schedule::yield();
}

}  // namespace surisim::engine

namespace surisim {

void stop_watching_callback() { engine::WatchedCode::of_process().leave_function(); }

}  // namespace surisim
