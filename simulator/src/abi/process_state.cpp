// Registers slots, resets the state for a new engine, and sets the data symbols in which plugins
// see the engine's stage. Source: util-storage.c, suricata.c.
#include "abi/process_state.hpp"

#include <suricata/tm-modules.h>

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory_resource>
#include <new>
#include <string>
#include <string_view>
#include <unordered_map>

#include "abi/allocations.hpp"
#include "abi/faults.hpp"
#include "abi/host_function.hpp"
#include "base/poison.hpp"
#include "base/safe_read.hpp"
#include "trace/handover.hpp"

std::atomic<unsigned> engine_stage_sc_atomic__{SURICATA_INIT};
volatile uint8_t suricata_ctl_flags = 0;

namespace surisim::abi {

void set_stage(unsigned stage, bool stop_requested) {
  engine_stage_sc_atomic__.store(stage);
  // Plugins and their threads read it at any time.
  const std::uint8_t flags = stop_requested ? SURICATA_STOP : 0;
  __atomic_store_n(&suricata_ctl_flags, flags, __ATOMIC_RELEASE);
}

std::atomic<bool> g_watched{false};

// UBSan would report the load instead of letting it crash.
__attribute__((no_sanitize("null"))) void crash_on_null(const char* function,
                                                        const char* argument) noexcept {
  if (const engine::Context* const mine = engine::context();
      mine != nullptr && mine->journal != nullptr) {
    mine->journal->called(function);
    mine->journal->got_null(argument);
  }
  const volatile char* volatile nothing = nullptr;
  (void)*nothing;  // NOLINT(clang-analyzer-core.NullDereference): the crash is intended
  std::abort();    // not reached
}

ProcessState* const g_state = new ProcessState;

void ProcessState::reset() {
  storage.init();
  conf.reset();
  counters.close();  // they are still open if the last engine did not reach its shutdown
  keywords.reset();
  protocols.reset();
  capture = {};
  for (TmModule& module : tmm_modules) module = {};
  parser_registrations.reset();
  keyword_registrations.reset();
  thread_init.reset(left_behind_);
  flow_init.reset(left_behind_);
  flow_update.reset(left_behind_);
  flow_finish.reset(left_behind_);
  logging_ready.reset(left_behind_);
  eve.reset(left_behind_);
  eve_outputs.reset();
  iface.clear();
  packet_time.reset(0);
  pcap_filename.store(nullptr);
  ether_addresses_of = nullptr;
  plugin_threads.reset();
  eve_types.clear();
  forget_loggers();
  registered_loggers.reset();
  const MutexLock lock(held_back_mutex_);
  for (void* const tv : held_back_) std::free(tv);
  held_back_.clear();
}

void ProcessState::forget_loggers() { loggers.reset(left_behind_); }

RegisteredFileType* EveRegistrations::find(std::string_view name) {
  const auto found =
      std::find_if(file_types.begin(), file_types.end(),
                   [name](const RegisteredFileType& known) { return known.name == name; });
  return found == file_types.end() ? nullptr : &*found;
}

bool EveRegistrations::has_type(std::string_view type) const {
  return std::any_of(modules.begin(), modules.end(),
                     [type](const OutputModule& module) { return module.seen().eve_type == type; });
}

void EveRegistrations::reset() {
  file_types.clear();
  modules.clear();
  sensor_id.reset();
}

SCTime_t PacketTime::now() const noexcept {
  if (reached_.empty()) {
    const std::timespec clock = engine::wall_now();
    SCTime_t time{};
    time.secs = static_cast<std::uint64_t>(clock.tv_sec) & ((1ULL << 44) - 1);
    time.usecs = static_cast<std::uint64_t>(clock.tv_nsec / 1000) & ((1ULL << 20) - 1);
    return time;
  }
  SCTime_t first{};
  for (const Reached& worker : reached_) {
    const auto time = std::bit_cast<SCTime_t>(worker.time.load(std::memory_order_relaxed));
    if (time.secs == 0 && time.usecs == 0) continue;
    const bool none = first.secs == 0 && first.usecs == 0;
    if (none || time.secs < first.secs || (time.secs == first.secs && time.usecs < first.usecs))
      first = time;
  }
  return first;
}

void ProcessState::free_or_leave_behind(void* block, const Storage* values, unsigned slots) {
  const auto holds = [](const Storage& slot) { return slot.ptr != nullptr; };
  if (std::any_of(values, values + slots, holds)) {
    left_behind_.push_back(block);
  } else {
    std::free(block);
  }
}

void ProcessState::free_thread_vars(ThreadVars* tv) {
  if (tv == nullptr || !watched() || frees_at_once()) return std::free(tv);
  base::poison(tv, ::malloc_usable_size(tv));
  const MutexLock lock(held_back_mutex_);
  held_back_.push_back(tv);
  if (held_back_.size() <= kMostHeldBack) return;
  std::free(held_back_.front());
  held_back_.pop_front();
}

// Both tables map to an index in list_. Their memory, and that of the copied names, comes in large
// pieces, which are reused through `pieces`: allocating them takes longer than registering.
struct StorageRegistry::Index {
  struct OfType {
    explicit OfType(std::pmr::memory_resource* memory) : by_name(memory), by_pointer(memory) {}
    std::pmr::unordered_map<std::string_view, int> by_name;
    std::pmr::unordered_map<const char*, int> by_pointer;
  };
  std::pmr::monotonic_buffer_resource memory;
  std::deque<OfType> types;

  explicit Index(std::pmr::memory_resource* pieces) : memory(pieces) {
    while (types.size() < STORAGE_MAX) types.emplace_back(&memory);
  }
  std::string_view copy(std::string_view name) {
    auto* const text = static_cast<char*>(memory.allocate(name.size() + 1, 1));
    text[name.copy(text, name.size())] = '\0';
    return {text, name.size()};
  }
};

StorageRegistry::StorageRegistry()
    : pieces_(std::make_unique<std::pmr::unsynchronized_pool_resource>(std::pmr::pool_options{
          .max_blocks_per_chunk = 1, .largest_required_pool_block = 4 << 20})),
      index_(std::make_unique<Index>(pieces_.get())) {}
StorageRegistry::~StorageRegistry() = default;

void StorageRegistry::forget() {
  for (auto& slots : list_) slots.clear();
  for (auto& slots : map_) slots.clear();
  index_.reset();
  index_ = std::make_unique<Index>(pieces_.get());
}

void StorageRegistry::init() {
  closed_ = false;
  count_ = {};
  for (auto& owners : owners_) owners.clear();
  forget();
}

void StorageRegistry::cleanup() { forget(); }

// Suricata compares with the current text behind every pointer that it keeps (L17). Here a table by
// name finds slots whose names have not changed; a table by pointer finds callers that use one
// buffer for all their names (refused, as the buffer equals itself); and a search of the latest
// slots finds those whose buffer has changed since. So registration is O(1), and misses only a
// buffer that was changed long ago to the very name that is being registered.
bool StorageRegistry::taken(StorageEnum type, const char* name) const {
  const std::vector<Slot>& slots = list_[type];
  const Index::OfType& index = index_->types[type];
  if (index.by_pointer.contains(name)) return true;
  if (const auto found = index.by_name.find(name); found != index.by_name.end()) {
    const auto at = static_cast<std::size_t>(found->second);
    if (at < slots.size() && std::strcmp(slots[at].name, name) == 0) return true;
  }
  constexpr std::size_t kLatest = 8;
  const std::size_t begin = slots.size() > kLatest ? slots.size() - kLatest : 0;
  return std::any_of(slots.begin() + static_cast<std::ptrdiff_t>(begin), slots.end(),
                     [name](const Slot& slot) { return std::strcmp(slot.name, name) == 0; });
}

int StorageRegistry::add(const Request& request, const void* caller, std::uint32_t owner,
                         Refusal* why) {
  const StorageEnum type = request.type;
  const char* const name = request.name;
  const auto refuse = [why](Refusal reason) {
    *why = reason;
    return -1;
  };
  if (closed_) return refuse(Refusal::closed);
  if (static_cast<unsigned>(type) >= STORAGE_MAX) return refuse(Refusal::bad_type);
  if (name == nullptr || *name == '\0') return refuse(Refusal::no_name);
  if (request.size == 0) return refuse(Refusal::no_size);
  if (request.size != sizeof(void*) && request.alloc == nullptr) return refuse(Refusal::no_alloc);
  if (request.free == nullptr) return refuse(Refusal::no_free);
  try {
    if (taken(type, name)) return refuse(Refusal::duplicate);
    if (caller != nullptr && (fails(FaultPoint::slot_register, name, caller) ||
                              fails(FaultPoint::host_alloc, "a slot", caller)))
      return refuse(Refusal::out_of_memory);
    const int at = static_cast<int>(list_[type].size());
    const std::string_view copy = index_->copy(name);
    index_->types[type].by_name.insert_or_assign(copy, at);
    const char* const shown = copy.size() <= base::kExtremeText
                                  ? copy.data()
                                  : index_->copy(base::cut_if_extreme(name)).data();
    list_[type].push_back(
        {name, request.free, static_cast<int>(count_[type]), shown, request.size, request.alloc});
    index_->types[type].by_pointer.emplace(name, at);
    owners_[type].push_back(owner);
  } catch (const std::bad_alloc&) {
    return refuse(Refusal::out_of_memory);
  }
  *why = Refusal::none;
  return static_cast<int>(count_[type]++);
}

// A second call finds an empty list and leaves the map without Free functions, as in Suricata
// (L18).
int StorageRegistry::finalize() {
  closed_ = true;
  if (std::all_of(count_.begin(), count_.end(), [](unsigned n) { return n == 0; })) return 0;
  for (std::size_t type = 0; type < STORAGE_MAX; ++type) {
    map_[type].swap(list_[type]);
    list_[type].clear();
  }
  return 0;
}

void (*StorageRegistry::free_of(StorageEnum type, int id) const)(void*) {
  const auto& slots = map_[type];
  if (id < 0 || static_cast<std::size_t>(id) >= slots.size()) return nullptr;
  return slots[static_cast<std::size_t>(id)].free;
}

const char* StorageRegistry::name_of(StorageEnum type, int id) const {
  if (static_cast<unsigned>(type) >= STORAGE_MAX || id < 0) return "";
  const auto& slots = closed_ ? map_[type] : list_[type];
  if (static_cast<std::size_t>(id) >= slots.size()) return "";
  return slots[static_cast<std::size_t>(id)].registered_name;
}

expected<int> StorageRegistry::find(StorageEnum type, std::string_view name) const {
  std::string known;
  for (int id = 0; id < static_cast<int>(count(type)); ++id) {
    const std::string_view its = name_of(type, id);
    if (its == name) return id;
    known += fmt::format("{}\"{}\"", known.empty() ? "; there is " : ", ", its);
  }
  return fail(ErrorCode::invalid_option,
              fmt::format("there is no {} slot \"{}\"{}",
                          type == STORAGE_THREAD ? "thread" : "flow", name, known));
}

expected<void> StorageRegistry::check(StorageEnum type, int id) const {
  if (id >= 0 && static_cast<unsigned>(id) < count(type)) return {};
  return fail(ErrorCode::invalid_option,
              fmt::format("there is no {} slot with id {}",
                          type == STORAGE_THREAD ? "thread" : "flow", id));
}

}  // namespace surisim::abi
