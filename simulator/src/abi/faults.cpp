// Parses the names of faults, decides at each fault point whether one hits, and notes where.
#include "abi/faults.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <string_view>
#include <utility>

#include "abi/allocations.hpp"
#include "abi/host_function.hpp"
#include "base/source_line.hpp"
#include "base/user_input.hpp"
#include "trace/context.hpp"

namespace surisim {

namespace {

using Kind = Fault::Kind;

constexpr std::array<std::pair<std::string_view, Kind>, 11> kKinds = {{
    {"create", Kind::thread_create},
    {"init", Kind::thread_init},
    {"start", Kind::thread_start},
    {"run", Kind::thread_run},
    {"paused", Kind::kill_while_paused},
    {"signal", Kind::stop_signal},
    {"spawn", Kind::thread_spawn},
    {"alloc", Kind::plugin_alloc},
    {"host-alloc", Kind::host_alloc},
    {"register", Kind::slot_register},
    {"set", Kind::value_set},
}};

bool is_number(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// True if the fault hits all threads.
bool has_no_object(Kind kind) {
  return kind == Kind::kill_while_paused || kind == Kind::stop_signal;
}

// A number from 1; 0: not such a number.
std::uint64_t number(std::string_view text) {
  std::uint64_t n = 0;
  if (!is_number(text)) return 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  return error == std::errc{} ? n : 0;
}

// Reads the part after the colon. False: not valid for this kind.
bool read(std::string_view what, Fault& fault) {
  switch (fault.kind) {
    case Kind::thread_create:
    case Kind::thread_init:
    case Kind::thread_start:
    case Kind::thread_run:
      fault.thread = what;
      return !what.empty() && what != "*";
    case Kind::kill_while_paused:
    case Kind::stop_signal:
      return false;
    case Kind::thread_spawn:
      fault.at = number(what);
      if (!is_number(what)) fault.thread = what;
      return fault.at > 0 || !fault.thread.empty();
    case Kind::slot_register:
      fault.at = number(what);
      if (!is_number(what)) fault.slot = what;
      return fault.at > 0 || !fault.slot.empty();
    case Kind::plugin_alloc:
    case Kind::host_alloc:
    case Kind::value_set:
      fault.at = number(what);
      return fault.at > 0;
  }
  return false;
}

}  // namespace

const char* to_string(Fault::Kind kind) {
  for (const auto& [word, of] : kKinds) {
    if (of == kind) return word.data();
  }
  return "";
}

std::string to_string(const Fault& fault) {
  std::string out = to_string(fault.kind);
  if (fault.at > 0) return out + ":" + std::to_string(fault.at);
  const std::string& name = fault.slot.empty() ? fault.thread : fault.slot;
  return name.empty() ? out : out + ":" + name;
}

bool can_fail_allocations() { return !abi::frees_at_once(); }

expected<Fault> parse_fault(std::string_view text) {
  const std::size_t colon = text.find(':');
  for (const auto& [word, kind] : kKinds) {
    if (text.substr(0, colon) != word) continue;
    Fault fault{kind};
    const bool fits =
        colon == std::string_view::npos ? has_no_object(kind) : read(text.substr(colon + 1), fault);
    if (fits) return fault;
  }
  return fail(ErrorCode::invalid_option,
              fmt::format("expected init:THREAD, start:THREAD, run:THREAD, create:THREAD or "
                          "spawn:THREAD (as in init:W#02), paused, signal, alloc:K, host-alloc:K, "
                          "set:K, register:K or "
                          "register:SLOT, with K from 1; got \"{}\"",
                          base::shown(text)));
}

namespace abi {

namespace {

// True while this thread searches for the origin of an allocation.
thread_local bool searching __attribute__((tls_model("initial-exec"))) = false;

constexpr std::size_t index_of(Kind kind) { return static_cast<std::size_t>(kind); }

// Constructors and destructors cannot report a failure.
bool can_report_failure(JournalCallback callback) {
  return callback != JournalCallback::none && callback != JournalCallback::open &&
         callback != JournalCallback::close;
}

// The plugin's call that leads to this allocation, if it may be made to fail; otherwise NULL.
const void* plugin_allocation(const void* caller) noexcept {
  const engine::Context* const mine = engine::context();
  if (searching || mine == nullptr || !can_report_failure(mine->callback) || host_depth > 0 ||
      unfailing_depth > 0)
    return nullptr;
  searching = true;
  const void* const origin = allocation_origin(caller);
  searching = false;
  return origin;
}

template <std::size_t N>
void copy(std::array<char, N>& to, std::string_view from) {
  const std::size_t size = std::min(from.size(), N - 1);
  std::copy_n(from.data(), size, to.data());
  to[size] = '\0';
}

}  // namespace

Faults::Faults(const std::vector<Fault>& asked) {
  bool hits_calls = false;
  for (const Fault& fault : asked) {
    asked_.emplace_back(fault);
    ++left_[index_of(fault.kind)];
    hits_calls = hits_calls || fault.kind >= Kind::plugin_alloc;
  }
  if (!hits_calls) return;
  map_libraries();
  g_faults.store(this, std::memory_order_release);
}

Faults::~Faults() {
  FaultInjector* mine = this;
  g_faults.compare_exchange_strong(mine, nullptr);
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
    if (!nth && !has_no_object(kind) && asked.fault.thread != thread) continue;
    hit(asked, thread.c_str(), nullptr);
    any = true;
  }
  return any;
}

bool Faults::fails(FaultPoint point, const char* name, const void* caller) noexcept {
  if (left_[index_of(point)].load(std::memory_order_relaxed) == 0) return false;
  if (point == FaultPoint::plugin_alloc) {
    caller = plugin_allocation(caller);
    if (caller == nullptr) return false;
  }
  const std::uint64_t n = seen_[index_of(point)].fetch_add(1, std::memory_order_relaxed) + 1;
  for (Asked& asked : asked_) {
    if (asked.fault.kind != point) continue;
    const bool named = !asked.fault.slot.empty() && name != nullptr && asked.fault.slot == name;
    if (asked.fault.at != n && !named) continue;
    if (asked.hit.load(std::memory_order_relaxed)) return true;  // the same slot again
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

}  // namespace abi
}  // namespace surisim
