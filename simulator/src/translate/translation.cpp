// Implements translation.hpp: the translated libraries, the threads' rings, and what to do when
// translated code stops or traps.
#include "translate/translation.hpp"

#include <dlfcn.h>
#include <pthread.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <utility>

#include "base/safe_read.hpp"
#include "translate/loaded_object.hpp"
#include "translate/memory_calls.hpp"
#include "translate/object.hpp"
#include "translate/signals.hpp"
#include "translate/thread_state.hpp"

namespace surisim::translate {

// Held while code is translated. Not a base::Mutex: a signal handler takes it too, and it must not
// become a scheduling point.
class TranslationLock {
 public:
  void lock() {
    while (taken_.test_and_set(std::memory_order_acquire)) __builtin_ia32_pause();
  }
  void unlock() { taken_.clear(std::memory_order_release); }

 private:
  std::atomic_flag taken_;
};

// Holds the lock, with all signals blocked, as a signal handler may take it.
class TranslationScope {
 public:
  explicit TranslationScope(TranslationLock& lock) : lock_(lock) {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    lock_.lock();
  }
  ~TranslationScope() {
    lock_.unlock();
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  TranslationScope(const TranslationScope&) = delete;
  TranslationScope& operator=(const TranslationScope&) = delete;

 private:
  TranslationLock& lock_;
  sigset_t before_;
};

namespace {

// A ring's memory: large enough to contain an aligned ring, and a page behind it.
constexpr std::size_t kRingMapping = 2 * kRingAlignment + kPage;

// Around a call of the Watcher. A signal handler may run translated code meanwhile: it must neither
// write into the ring that is being read, nor call the Watcher again.
class InWatcher {
 public:
  InWatcher() {
    thread_state.saved_cursor = thread_state.cursor;
    thread_state.cursor = discard_ring.data();
  }
  ~InWatcher() {
    thread_state.cursor = thread_state.saved_cursor;
    thread_state.saved_cursor = nullptr;
  }
  InWatcher(const InWatcher&) = delete;
  InWatcher& operator=(const InWatcher&) = delete;

  static bool is_possible() {
    return thread_state.ring != nullptr && thread_state.saved_cursor == nullptr;
  }
};

std::uintptr_t aligned_up(std::uintptr_t address) {
  return (address + kRingAlignment - 1) & ~(kRingAlignment - 1);
}

}  // namespace

class Translation::Impl {
 public:
  static constexpr std::size_t kMaxObjects = 64;

  Impl(Watcher& watcher, Settings settings) : watcher_(watcher), settings_(settings) {}
  ~Impl();

  static std::atomic<Impl*> running;

  expected<void> add(void* library);
  void remove(void* library);
  bool enter_thread();
  static void leave_thread();
  std::span<const Access> drain();
  void restart_spin_count() {
    if (thread_state.ring != nullptr) thread_state.backward_jumps_left = settings_.spin_limit;
  }
  bool set_point(std::uintptr_t instruction, bool on);
  std::span<const Site> sites() const { return {sites_.sites.data(), sites_.sites.size()}; }
  Stats stats();
  Origin original(std::uintptr_t address) const;

  static void on_stop(Stop& stop);
  static std::uintptr_t on_arrival(std::uintptr_t address);
  static Origin original_of(std::uintptr_t address);
  static std::size_t read_original(std::uintptr_t from, void* to, std::size_t size);
  static void on_memory_call(const MemoryCall& call);

 private:
  struct Translated {
    std::unique_ptr<Object> object;
    std::unique_ptr<ReplacedCalls> calls;
    void* handle = nullptr;  // of dlopen
  };

  void point(const Stop& stop, std::uint32_t site, bool split);
  void full();
  void spinning();
  void system_call(Stop& stop, std::uintptr_t place);
  void memory_call(const MemoryCall& call);
  bool is_text(std::uintptr_t address) const;
  std::uintptr_t function_for(std::string_view name) const;
  void replace_calls_of_library();

  Watcher& watcher_;
  const Settings settings_;
  TranslationLock lock_;
  SiteTable sites_;
  CalledSites called_;
  std::unique_ptr<ReplacedCalls> calls_of_library_;
  Stats stats_;
  std::array<Translated, kMaxObjects> objects_;  // by number; never moved
  std::atomic<std::uint32_t> count_{0};
};

std::atomic<Translation::Impl*> Translation::Impl::running{nullptr};

Translation::Impl::~Impl() {
  for (Translated& one : objects_) one = {};
  calls_of_library_.reset();
  set_memory_handler(nullptr);
  base::set_original_code(nullptr);
  restore_signal_handlers();
  set_stop_handler(nullptr);
  running.store(nullptr);
}

expected<void> Translation::Impl::add(void* library) {
  const TranslationScope scope(lock_);
  for (const Translated& one : objects_) {
    if (!one.object || one.handle != library) continue;
    one.calls->reapply();
    return {};
  }
  std::uint32_t number = 0;
  while (number < kMaxObjects && objects_[number].object) ++number;
  if (number == kMaxObjects)
    return fail(ErrorCode::engine_refused,
                "64 libraries are translated already; expected no more than that");
  auto object = Object::create(library, number, sites_, stats_, settings_.count);
  if (!object) return tl::make_unexpected(object.error());
  Translated& place = objects_[number];
  place.object = std::move(*object);
  place.calls = std::make_unique<ReplacedCalls>(
      place.object->loaded(), [this](std::string_view name) { return function_for(name); });
  place.handle = library;
  if (number >= count_) count_ = number + 1;
  if (!calls_of_library_ && !settings_.count) replace_calls_of_library();
  return {};
}

// The replacement of a function that a plugin calls.
std::uintptr_t Translation::Impl::function_for(std::string_view name) const {
  std::uintptr_t function = signal_function_for(name);
  if (function == 0 && !settings_.count) function = memory_function_for(name);
  if (function == 0 && settings_.function_for != nullptr) function = settings_.function_for(name);
  return function;
}

// libstdc++'s calls of memory functions: it copies a std::string for its caller.
void Translation::Impl::replace_calls_of_library() {
  void* const library = ::dlopen("libstdc++.so.6", RTLD_NOW | RTLD_NOLOAD);
  if (library == nullptr) return;
  if (const auto loaded = find_loaded_object(library))
    calls_of_library_ = std::make_unique<ReplacedCalls>(*loaded, memory_function_of_library_for);
  ::dlclose(library);  // it stays: this library needs it
}

void Translation::Impl::remove(void* library) {
  const TranslationScope scope(lock_);
  for (Translated& one : objects_) {
    if (!one.object || one.handle != library) continue;
    one.calls.reset();
    one.object.reset();
    one.handle = nullptr;
  }
}

bool Translation::Impl::enter_thread() {
  if (thread_state.ring != nullptr) return true;
  void* const pages = ::mmap(nullptr, kRingMapping, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (pages == MAP_FAILED) return false;
  // The mapping's begin is found again from the ring: it is kept in front of it.
  const std::uintptr_t begin = aligned_up(reinterpret_cast<std::uintptr_t>(pages));
  *reinterpret_cast<void**>(begin) = pages;
  thread_state.ring = reinterpret_cast<std::byte*>(begin + kRingMargin);
  thread_state.cursor = thread_state.ring;
  thread_state.backward_jumps_left = settings_.spin_limit;
  return true;
}

void Translation::Impl::leave_thread() {
  if (thread_state.ring == nullptr) return;
  void* const pages = *reinterpret_cast<void**>(thread_state.ring - kRingMargin);
  thread_state.ring = nullptr;
  thread_state.cursor = discard_ring.data();
  ::munmap(pages, kRingMapping);
}

std::span<const Access> Translation::Impl::drain() {
  ThreadState& mine = thread_state;
  if (mine.ring == nullptr) return {};
  const auto* const first = reinterpret_cast<const Access*>(mine.ring);
  std::byte*& cursor = mine.saved_cursor != nullptr ? mine.saved_cursor : mine.cursor;
  const auto* const last = reinterpret_cast<const Access*>(cursor);
  cursor = mine.ring;
  return {first, last};
}

bool Translation::Impl::set_point(std::uintptr_t instruction, bool on) {
  const TranslationScope scope(lock_);
  const bool is_call = called_.set_point(instruction, on);
  for (const Translated& one : objects_)
    if (one.object && one.object->is_text(instruction))
      return one.object->set_point(instruction, on) || is_call;
  return false;
}

bool Translation::Impl::is_text(std::uintptr_t address) const {
  return std::any_of(objects_.begin(), objects_.begin() + count_, [address](const Translated& one) {
    return one.object && one.object->is_text(address);
  });
}

Stats Translation::Impl::stats() {
  const TranslationScope scope(lock_);
  return stats_;
}

Origin Translation::Impl::original(std::uintptr_t address) const {
  for (std::uint32_t i = 0; i < count_; ++i) {
    const Object* const object = objects_[i].object.get();
    if (object != nullptr && object->is_code(address)) return object->original(address);
  }
  return {address, 0};
}

std::uintptr_t Translation::Impl::on_arrival(std::uintptr_t address) {
  Impl* const impl = running.load(std::memory_order_acquire);
  if (impl == nullptr) return 0;
  impl->lock_.lock();  // signals are blocked
  std::uintptr_t next = 0;
  for (std::uint32_t i = 0; i < impl->count_; ++i) {
    Object* const object = impl->objects_[i].object.get();
    if (object != nullptr && object->is_text(address)) next = object->arrive(address);
  }
  impl->lock_.unlock();
  return next;
}

Origin Translation::Impl::original_of(std::uintptr_t address) {
  const Impl* const impl = running.load(std::memory_order_acquire);
  return impl == nullptr ? Origin{address, 0} : impl->original(address);
}

std::size_t Translation::Impl::read_original(std::uintptr_t from, void* to, std::size_t size) {
  const Impl* const impl = running.load(std::memory_order_acquire);
  if (impl == nullptr) return 0;
  for (std::uint32_t i = 0; i < impl->count_; ++i) {
    const Object* const object = impl->objects_[i].object.get();
    if (object != nullptr && object->is_text(from)) return object->read_original(from, to, size);
  }
  return 0;
}

void Translation::Impl::on_stop(Stop& stop) {
  Impl* const impl = running.load(std::memory_order_acquire);
  if (impl == nullptr) return;
  const Reason reason = stop.reason();
  const std::uint32_t about = stop.about();
  const Origin origin = impl->original(stop.resume);
  stop.set_frame(origin.address,
                 stop.stack() - static_cast<std::uintptr_t>(std::intptr_t{origin.stack_moved}));
  switch (reason) {
    case Reason::point:
      return impl->point(stop, about, false);
    case Reason::split_point:
      return impl->point(stop, about, true);
    case Reason::full:
      return impl->full();
    case Reason::spin:
      return impl->spinning();
    case Reason::system_call:
      return impl->system_call(stop, origin.address);
    case Reason::first_entry: {
      const TranslationScope scope(impl->lock_);
      Object* const object = impl->objects_[about >> kFunctionBits].object.get();
      if (object != nullptr) object->first_entry(about & ((1U << kFunctionBits) - 1));
      return;
    }
  }
}

void Translation::Impl::point(const Stop& stop, std::uint32_t site, bool split) {
  restart_spin_count();
  if (!InWatcher::is_possible()) return;
  const SiteTable::Detail& detail = sites_.details[site];
  const MemoryOperand& operand = detail.operand;
  std::uintptr_t address = static_cast<std::uintptr_t>(operand.displacement);
  const auto value = [&stop](int number) {
    return stop.registers[static_cast<std::size_t>(number)];
  };
  if (operand.base >= 0) address += value(operand.base);
  if (operand.index >= 0) address += value(operand.index) * operand.scale;
  if (operand.address_32) address &= UINT32_MAX;
  if (split) address = value(detail.split_address);
  const InWatcher scope;
  watcher_.point(sites_.sites[site], address);
}

void Translation::Impl::full() {
  if (!InWatcher::is_possible()) {
    thread_state.cursor = discard_ring.data();
    return;
  }
  const InWatcher scope;
  watcher_.full(drain());
}

void Translation::Impl::spinning() {
  thread_state.backward_jumps_left = settings_.spin_limit;
  if (!InWatcher::is_possible()) return;
  const InWatcher scope;
  watcher_.spinning();
}

void Translation::Impl::system_call(Stop& stop, std::uintptr_t place) {
  restart_spin_count();
  if (!InWatcher::is_possible()) return;
  const auto value = [&stop](std::size_t number) {
    return static_cast<long>(stop.registers[number]);
  };
  const InWatcher scope;
  const auto result = watcher_.system_call(
      {place,
       value(kRax),
       {value(kRdi), value(kRsi), value(kRdx), value(10), value(kR8), value(9)}});
  if (!result) return;
  stop.registers[kRax] = static_cast<std::uint64_t>(*result);
  stop.registers[kRcx] = 0;
}

void Translation::Impl::on_memory_call(const MemoryCall& call) {
  if (Impl* const impl = running.load(std::memory_order_acquire)) impl->memory_call(call);
}

void Translation::Impl::memory_call(const MemoryCall& call) {
  std::uintptr_t returns = call.return_address;
  if (!is_text(returns)) {
    const InWatcher scope;
    returns = watcher_.enclosing_call(returns, call.of_library);
    if (!is_text(returns)) return;
  }
  const std::uintptr_t at = returns - 1;
  std::uint32_t site = called_.find(at, call.writes);
  if (site == CalledSites::kNone) {
    const TranslationScope scope(lock_);
    site = called_.add(sites_, {at, 1, !call.writes, call.writes, false, true, call.function});
    if (site == CalledSites::kNone) return;
  }
  if (called_.is_point(at)) {
    restart_spin_count();
    const InWatcher scope;
    watcher_.point(sites_.sites[site], call.begin);
  }
  // Reserves the entry in one instruction: a signal handler may run translated code at any time.
  std::uintptr_t cursor = sizeof(Access);
  __asm__("xadd %0, %1" : "+r"(cursor), "+m"(thread_state.cursor) : : "cc");
  constexpr std::size_t kMax = UINT32_MAX;
  *reinterpret_cast<Access*>(cursor) = {call.begin, site,
                                        static_cast<std::uint32_t>(std::min(call.bytes, kMax))};
  cursor += sizeof(Access);
  if ((cursor & (kRingMargin - 1) << 8) == 0) full();
}

Translation::Translation(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Translation::~Translation() = default;

expected<std::unique_ptr<Translation>> Translation::create(Watcher& watcher, Settings settings) {
  if (Impl::running.load() != nullptr)
    return fail(ErrorCode::engine_refused,
                "there is a Translation already; expected one at a time in a process");
  if (settings.spin_limit == 0)
    return fail(ErrorCode::invalid_option, "spin_limit is 0; expected at least 1");
  if (!prepare_stops())
    return fail(
        ErrorCode::engine_refused,
        "this processor has no xsave, which translation needs; expected one made after 2010");
  try {
    std::unique_ptr<Translation> made(new Translation(std::make_unique<Impl>(watcher, settings)));
    set_stop_handler(&Impl::on_stop);
    Impl::running.store(made->impl_.get());
    if (!install_signal_handlers({&Impl::on_arrival, &Impl::original_of}))
      return fail(ErrorCode::engine_refused,
                  "the system refuses a handler of SIGTRAP, which translation needs");
    base::set_original_code(&Impl::read_original);
    set_memory_handler(&Impl::on_memory_call);
    return made;
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::out_of_memory, "no memory for translating");
  }
}

expected<void> Translation::add(void* library) { return impl_->add(library); }
void Translation::remove(void* library) { impl_->remove(library); }
bool Translation::enter_thread() { return impl_->enter_thread(); }
void Translation::leave_thread() { Impl::leave_thread(); }
std::span<const Access> Translation::drain() { return impl_->drain(); }
void Translation::restart_spin_count() { impl_->restart_spin_count(); }
bool Translation::set_point(std::uintptr_t instruction, bool on) {
  return impl_->set_point(instruction, on);
}
std::uint64_t Translation::instructions() { return thread_state.instructions; }
std::span<const Site> Translation::sites() const { return impl_->sites(); }
Stats Translation::stats() const { return impl_->stats(); }
std::uintptr_t Translation::original(std::uintptr_t address) const {
  return impl_->original(address).address;
}

}  // namespace surisim::translate
