#include "check/faults.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "abi/allocations.hpp"
#include "abi/host_scope.hpp"
#include "base/source_line.hpp"
#include "check/who_asks.hpp"
#include "trace/context.hpp"

namespace surisim::check {

namespace {

using abi::FaultPoint;
using Kind = Fault::Kind;

// Set while this thread looks whose an allocation is.
thread_local bool looking __attribute__((tls_model("initial-exec"))) = false;

constexpr std::size_t index_of(FaultPoint point) { return static_cast<std::size_t>(point); }

// False: the kind is about threads.
bool point_of(Kind kind, FaultPoint* point) {
  switch (kind) {
    case Kind::plugin_alloc:
      *point = FaultPoint::plugin_alloc;
      return true;
    case Kind::host_alloc:
      *point = FaultPoint::host_alloc;
      return true;
    case Kind::slot_register:
      *point = FaultPoint::slot_register;
      return true;
    case Kind::value_set:
      *point = FaultPoint::value_set;
      return true;
    default:
      return false;
  }
}

// Constructors and destructors have nobody to tell.
bool can_cope(JournalCallback callback) {
  return callback != JournalCallback::none && callback != JournalCallback::open &&
         callback != JournalCallback::close;
}

// The plugin's call, if this allocation is one that its callback asks for.
const void* plugin_asks(const void* caller) noexcept {
  const engine::Context* const mine = engine::context();
  if (looking || mine == nullptr || !can_cope(mine->callback) || abi::host_depth > 0 ||
      abi::unfailing_depth > 0)
    return nullptr;
  looking = true;
  const void* const asks = who_asks(caller);
  looking = false;
  return asks;
}

template <std::size_t N>
void copy(std::array<char, N>& to, std::string_view from) {
  const std::size_t size = std::min(from.size(), N - 1);
  std::copy_n(from.data(), size, to.data());
  to[size] = '\0';
}

}  // namespace

Faults::Faults(const std::vector<Fault>& asked) {
  for (const Fault& fault : asked) {
    asked_.emplace_back(fault);
    FaultPoint point{};
    if (point_of(fault.kind, &point)) ++left_[index_of(point)];
  }
  const bool any_point =
      std::any_of(left_.begin(), left_.end(), [](const auto& left) { return left.load() > 0; });
  if (!any_point) return;
  learn_libraries();
  abi::g_faults.store(this, std::memory_order_release);
}

Faults::~Faults() {
  abi::FaultInjector* mine = this;
  abi::g_faults.compare_exchange_strong(mine, nullptr);
}

bool Faults::asked(Fault::Kind kind) const {
  return std::any_of(asked_.begin(), asked_.end(),
                     [kind](const Asked& asked) { return asked.fault.kind == kind; });
}

bool Faults::fails(Fault::Kind kind, const std::string& thread) {
  if (kind == Kind::thread_spawn) ++threads_spawned_;
  bool any = false;
  for (Asked& asked : asked_) {
    if (asked.fault.kind != kind || asked.hit.load(std::memory_order_relaxed)) continue;
    const bool nth = kind == Kind::thread_spawn && asked.fault.at == threads_spawned_;
    const bool all = kind == Kind::kill_while_paused;
    if (!nth && !all && asked.fault.thread != thread) continue;
    hit(asked, thread.c_str(), nullptr);
    any = true;
  }
  return any;
}

bool Faults::fails(FaultPoint point, const char* name, const void* caller) noexcept {
  if (left_[index_of(point)].load(std::memory_order_relaxed) == 0) return false;
  if (point == FaultPoint::plugin_alloc) {
    caller = plugin_asks(caller);
    if (caller == nullptr) return false;
  }
  const std::uint64_t n = seen_[index_of(point)].fetch_add(1, std::memory_order_relaxed) + 1;
  for (Asked& asked : asked_) {
    FaultPoint its{};
    if (!point_of(asked.fault.kind, &its) || its != point) continue;
    const bool named = !asked.fault.slot.empty() && name != nullptr && asked.fault.slot == name;
    if (asked.fault.at != n && !named) continue;
    if (asked.hit.load(std::memory_order_relaxed)) return true;  // a name, once more
    hit(asked, name, caller);
    if (!named) left_[index_of(point)].fetch_sub(1, std::memory_order_relaxed);
    return true;
  }
  return false;
}

void Faults::hit(Asked& asked, const char* what, const void* caller) noexcept {
  const engine::Context* const mine = engine::context();
  if (mine != nullptr) {
    copy(asked.thread, mine->os_name);
    asked.callback = mine->callback;
  }
  if (what != nullptr) copy(asked.what, what);
  asked.phase = phase_.load(std::memory_order_relaxed);
  asked.caller = caller;
  hits_.fetch_add(1, std::memory_order_relaxed);
  asked.hit.store(true, std::memory_order_release);
}

std::vector<FaultSummary> Faults::summary() const {
  std::vector<FaultSummary> all;
  for (const Asked& asked : asked_) {
    FaultSummary& out = all.emplace_back();
    out.fault = to_string(asked.fault);
    out.hit = asked.hit.load(std::memory_order_acquire);
    if (!out.hit) continue;
    out.what = asked.what.data();
    out.thread = asked.thread.data();
    out.phase = asked.phase;
    out.callback = to_string(asked.callback);
    out.call_site = base::describe_address(asked.caller);
    out.source = base::source_of(asked.caller);
  }
  return all;
}

}  // namespace surisim::check
