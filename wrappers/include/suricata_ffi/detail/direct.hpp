// Reads a thread's value without a call: finds the offset of the values in a ThreadVars.
//
// When:    `slot_registered` in Init, `stored` after each value, `get` at any time after that.
// Owner:   the plugin: the state is hidden, so each shared library has its own.
// Threads: registration on main; the rest on any thread, for its own ThreadVars.
// Source:  thread-storage.c, util-storage.c, threadvars.h, facts L16, L18, L23.
//
// Three ways, chosen per translation unit, with the same results:
//   SeenLayout    Suricata's own threadvars.h was included before the wrappers: its offset is used
//                 if a trial confirms it when the slot is registered; otherwise reads use the API.
//   ProvedLayout  otherwise: reads use the API until the offset has been proved (class Proof).
//   ApiLayout     SURICATA_FFI_DIRECT is 0: reads use the API.
// The layout is a template argument, so units with different layouts share no function. surisim's
// threadvars.h does not count as Suricata's, because builds of one version differ in their layout.
//
// A host that must see every read (surisim's checks) says so when a slot is registered; that slot's
// handle is then negative, and all three ways use the API for it. The same happens if the header
// was wrong, that is from another build or version of Suricata.
#pragma once

#include <dlfcn.h>
#include <malloc.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>

#include "suricata_ffi/detail/abi.hpp"
#include "suricata_ffi/detail/config.hpp"
#include "suricata_ffi/detail/host.hpp"
#include "suricata_ffi/log.hpp"

#if defined(__SANITIZE_ADDRESS__)
#define SURICATA_FFI_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SURICATA_FFI_ASAN 1
#endif
#endif
#if defined(SURICATA_FFI_ASAN)
// As in <sanitizer/allocator_interface.h>, which gcc does not ship.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int __sanitizer_get_ownership(const volatile void* p);
#endif

namespace suricata_ffi::detail {

// The content of a handle: the slot's id, or a number so small that it is still negative with any
// offset added.
struct ThreadSlot {
  static constexpr int kUnregistered = INT_MIN / 2;
  static constexpr int kThroughApi = INT_MIN;  // with the id in the lower bits

  int bits = kUnregistered;

  static ThreadSlot direct(SlotId id) noexcept { return {id.id}; }
  static ThreadSlot through_api(SlotId id) noexcept { return {kThroughApi | id.id}; }
  bool reads_directly() const noexcept { return bits >= 0; }
  int id() const noexcept { return bits == kUnregistered ? -1 : bits & INT_MAX; }
};

// An element of an array of pointers, in an object of unknown type.
using StoredPointer [[gnu::may_alias]] = void*;
inline constexpr std::ptrdiff_t kStride = sizeof(StoredPointer);

inline StoredPointer* place_in(const ThreadVars_* tv, std::ptrdiff_t place) noexcept {
  return reinterpret_cast<StoredPointer*>(reinterpret_cast<std::uintptr_t>(tv) +
                                          static_cast<std::uintptr_t>(place));
}

inline void* get_through_api(const ThreadVars_* tv, ThreadSlot slot) noexcept {
  // The host would read out of bounds for an id that it never gave out (L18).
  if (slot.bits == ThreadSlot::kUnregistered) return nullptr;
  return suricata_ffi_thread_get(tv, {slot.bits & INT_MAX});
}

// No offset is known, perhaps never; still negative with any slot added.
inline constexpr std::ptrdiff_t kNoOffset = PTRDIFF_MIN / 2;
// Published by the proof. Separate from it, because it is read for every packet.
SURICATA_FFI_LOCAL inline std::atomic<std::ptrdiff_t> proved_offset{kNoOffset};

// Finds the offset of the values in a ThreadVars, without assumptions:
//   1. The plugin has stored a value through the API. Exactly one word of the ThreadVars' memory
//      block must hold it.
//   2. A different, new pointer is written to that word, and the API must return it; then the first
//      one again. This proves that the API reads that word and no other.
//   3. If a plugin has several slots, two of them must be proved to be in one array of pointers.
//   4. Every value stored later must be where the proof says.
// If any step fails, all reads use the API from then on.
class SURICATA_FFI_LOCAL Proof {
 public:
  // The offset, or kNoOffset, is stored in `published`.
  constexpr explicit Proof(std::atomic<std::ptrdiff_t>& published) noexcept
      : published_(published) {}

  // A slot has been registered. [main]
  void slot_registered(int id) noexcept {
    const std::lock_guard lock(mutex_);
    // Ids ascend. If not, there is a new engine in this process, perhaps of another version.
    if (id <= highest_ || host_version != version_) forget();
    several_ = highest_ >= 0;
    highest_ = id;
    publish();
  }

  // The API has just stored `value` in `tv`, which the calling thread may access.
  void value_stored(ThreadVars_* tv, int id, void* value) noexcept {
    const std::lock_guard lock(mutex_);
    if (failed_) return;
    failed_ = !holds(tv, id, value);
    if (!failed_) {
      if (first_proved_ < 0) first_proved_ = id;
      if (id != first_proved_) two_proved_ = true;
    }
    publish();
  }

 private:
  // Reads a word that may not be mapped. False: it is not mapped, or the kernel refuses to read.
  static bool read_word(std::uintptr_t at, std::size_t& word) noexcept {
    const iovec here{&word, sizeof word};
    const iovec there{reinterpret_cast<void*>(at), sizeof word};
    return syscall(SYS_process_vm_readv, getpid(), &here, 1UL, &there, 1UL, 0UL) ==
           static_cast<long>(sizeof word);
  }

  // True also for surisim's malloc, which wraps glibc's; false for a sanitizer's.
  static bool malloc_is_glibcs() noexcept {
    Dl_info owner;
    Dl_info surisim;
    if (dladdr(dlsym(RTLD_DEFAULT, "malloc"), &owner) == 0) return false;
    if (std::strstr(owner.dli_fname, "libc.so") != nullptr) return true;
    return suricata_ffi_surisim_offset != nullptr &&
           dladdr(reinterpret_cast<void*>(suricata_ffi_surisim_offset), &surisim) != 0 &&
           owner.dli_fbase == surisim.dli_fbase;
  }

  // malloc_usable_size may be called only for blocks of malloc. glibc's reads the word before the
  // block, which has its size, and the word before the next block, which says whether this one is
  // in use. This function reads both safely first. For any other malloc it returns true.
  static bool may_be_a_block(std::uintptr_t address) noexcept {
    constexpr std::size_t kWord = sizeof(std::size_t);
    constexpr std::size_t kFlags = 7;  // of a size
    constexpr std::size_t kMapped = 2;
    constexpr std::size_t kLeast = 4 * kWord;
    constexpr std::size_t kMost = 16u << 20;
    constexpr std::uintptr_t kPage = 4096;
    if (!malloc_is_glibcs()) return true;
    std::size_t size = 0;
    if (!read_word(address - kWord, size)) return false;
    const bool mapped = (size & kMapped) != 0;
    size &= ~kFlags;
    if (size < kLeast || size > kMost || size % (2 * kWord) != 0) return false;
    if (mapped) return address % kPage == 2 * kWord && size % kPage == 0;
    std::size_t next = 0;
    return read_word(address + size - kWord, next) && (next & 1) != 0;
  }

  // Size of the memory block that starts at `tv`; 0 if it is not from malloc. Hosts allocate each
  // ThreadVars separately (L23), but a test's may be elsewhere.
  static std::size_t block_size(ThreadVars_* tv) noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(tv);
    const auto frame = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    constexpr std::uintptr_t kStack = 64u << 10;  // more than a test's frames
    Dl_info object;
    if (address % alignof(std::max_align_t) != 0 || address - frame < kStack ||
        dladdr(tv, &object) != 0)
      return 0;
#if defined(SURICATA_FFI_ASAN)
    if (__sanitizer_get_ownership(tv) == 0) return 0;
#else
    if (!may_be_a_block(address)) return 0;
#endif
    return malloc_usable_size(tv);
  }

  // Finds the only word of the block that holds `value`; sets `offset_` to where slot 0 would be.
  bool search(ThreadVars_* tv, int id, void* value) noexcept {
    const auto size = static_cast<std::ptrdiff_t>(block_size(tv));
    for (std::ptrdiff_t at = 0; at + kStride <= size; at += kStride) {
      // Atomic, because other threads of the host may access other words.
      if (__atomic_load_n(place_in(tv, at), __ATOMIC_RELAXED) != value) continue;
      if (offset_ != kNoOffset) return false;
      offset_ = at - id * kStride;
    }
    return offset_ > 0 && offset_ + (highest_ + 1) * kStride <= size;
  }

  bool holds(ThreadVars_* tv, int id, void* value) noexcept {
    if (offset_ == kNoOffset && !search(tv, id, value)) return false;
    if (*place_in(tv, offset_ + id * kStride) != value) return false;
    return id == first_proved_ || two_proved_ || read_by_the_api(tv, id, value);
  }

  bool read_by_the_api(ThreadVars_* tv, int id, void* value) noexcept {
    StoredPointer* const place = place_in(tv, offset_ + id * kStride);
    *place = this;
    const bool second = suricata_ffi_thread_get(tv, {id}) == this;
    *place = value;
    return second && suricata_ffi_thread_get(tv, {id}) == value;
  }

  void publish() noexcept {
    const bool proved = !failed_ && (several_ ? two_proved_ : first_proved_ >= 0);
    published_.store(proved ? offset_ : kNoOffset, std::memory_order_relaxed);
  }

  void forget() noexcept {
    version_ = host_version;
    failed_ = several_ = two_proved_ = false;
    offset_ = kNoOffset;
    highest_ = first_proved_ = -1;
  }

  std::atomic<std::ptrdiff_t>& published_;
  std::mutex mutex_;
  std::uint64_t version_ = 0;  // of the host
  bool failed_ = false;
  std::ptrdiff_t offset_ = kNoOffset;
  int highest_ = -1;  // of the plugin's slots
  int first_proved_ = -1;
  bool several_ = false;
  bool two_proved_ = false;
};

SURICATA_FFI_LOCAL inline Proof proof{proved_offset};

// The offset in Suricata's threadvars.h, if any unit of the plugin included it before the wrappers.
SURICATA_FFI_LOCAL inline std::atomic<std::ptrdiff_t> seen_offset{kNoOffset};
// Units of the plugin have different layouts: they were compiled with two versions of Suricata.
inline constexpr std::ptrdiff_t kSeveralOffsets = -1;
// The version of Suricata that the header belongs to.
SURICATA_FFI_LOCAL inline std::atomic<std::uint64_t> seen_version{0};

// Called before Init, while the plugin is loaded.
inline bool announce_seen_offset(std::ptrdiff_t offset, std::uint64_t version) noexcept {
  std::ptrdiff_t before = kNoOffset;
  if (!seen_offset.compare_exchange_strong(before, offset) && before != offset)
    seen_offset.store(kSeveralOffsets);
  seen_version.store(version);
  return true;
}

// Suricata's header does not say its version, but only 8.0's ThreadVars has this field (E42).
template <class Tv>
concept HasGroupName = requires(Tv& tv) {
  tv.thread_group_name;
};
template <class Tv>
constexpr std::uint64_t version_of_header() noexcept {
  return HasGroupName<Tv> ? kApiVersion80 : kApiVersion;
}

// A trial: true if the host keeps a thread's value at this offset. Suricata's functions only add
// their offset to the ThreadVars and store (E18, L18), so the trial stores values in a new block,
// which no other thread can see, and looks for them at the offset. False in a debug build of
// Suricata, which does not allow these calls yet.
inline bool stores_at(std::ptrdiff_t offset, SlotId id) noexcept {
  constexpr std::ptrdiff_t kMost = 64 << 10;  // more than any ThreadVars
  if (suricata_ffi_debug_build != nullptr || offset < 0 || offset >= kMost || offset % kStride != 0)
    return false;
  const auto words = static_cast<std::size_t>(kMost / kStride + id.id + 1);
  const std::unique_ptr<void, void (*)(void*)> block(std::calloc(words, sizeof(void*)), std::free);
  if (block == nullptr) return false;
  auto* const tv = static_cast<ThreadVars_*>(block.get());
  const StoredPointer& place = *place_in(tv, offset + id.id * kStride);
  int one = 0;
  void* const values[] = {block.get(), &one, nullptr};
  bool found = true;
  for (void* const value : values)
    found = suricata_ffi_thread_set(tv, id, value) == 0 && place == value &&
            suricata_ffi_thread_get(tv, id) == value && found;
  return found;
}

SURICATA_FFI_LOCAL inline std::atomic<bool> wrong_header_reported{false};

inline constexpr const char* kWrongHeader =
    "a thread's values are not where the threadvars.h that this plugin was compiled with has them: "
    "it is from a different build of Suricata. Compile the plugin with the one of this build, or "
    "with SURICATA_FFI_DIRECT=0";

// Warns, once, that values are read through the API, which is slower. Does not warn in another
// version of Suricata than the header's: a plugin for both versions can have only one of their
// headers.
inline void warn_about_wrong_header() noexcept {
  if (seen_version.load() != host_version || suricata_ffi_debug_build != nullptr ||
      wrong_header_reported.exchange(true))
    return;
  log::write(log::Level::warning, {__FILE__, __LINE__, __func__}, "suricata_ffi", kWrongHeader);
}

// The handle for a slot that the host has just registered. [main] in Init
inline ThreadSlot thread_slot(SlotId id) noexcept {
  proof.slot_registered(id.id);
  const std::ptrdiff_t seen = seen_offset.load();
  if (seen == kSeveralOffsets) return ThreadSlot::through_api(id);
  if (suricata_ffi_surisim_offset != nullptr) {
    // surisim may need to see reads, and its layout may differ from the Suricata headers'.
    const std::ptrdiff_t here = suricata_ffi_surisim_offset();
    const bool trusted = here >= 0 && (seen == kNoOffset || seen == here);
    return trusted ? ThreadSlot::direct(id) : ThreadSlot::through_api(id);
  }
  if (seen == kNoOffset || stores_at(seen, id)) return ThreadSlot::direct(id);
  warn_about_wrong_header();
  return ThreadSlot::through_api(id);
}

// Ends the process, because a stored value is not at the offset although the trial succeeded: reads
// would return other memory.
[[noreturn, gnu::cold]] inline void wrong_layout() noexcept {
  log::write(log::Level::error, {__FILE__, __LINE__, __func__}, "suricata_ffi", kWrongHeader);
  std::abort();
}

// Each layout has `get`, which returns the value or nullptr; `peek`, the same if no call is needed,
// otherwise nullptr (with ApiLayout it makes the call, as nothing is cheaper); and `stored`, called
// after the API has stored a value in a `tv` that the calling thread may access.
struct ApiLayout {
  static void* get(const ThreadVars_* tv, ThreadSlot slot) noexcept {
    if (!slot.reads_directly()) [[unlikely]]
      return get_through_api(tv, slot);
    return suricata_ffi_thread_get(tv, {slot.bits});
  }
  static void* peek(const ThreadVars_* tv, ThreadSlot slot) noexcept { return get(tv, slot); }
  static void stored(ThreadVars_*, ThreadSlot, void*) noexcept {}
};

struct ProvedLayout {
  static void* get(const ThreadVars_* tv, ThreadSlot slot) noexcept {
    const std::ptrdiff_t place = place_of(slot);
    if (place < 0) [[unlikely]]
      return get_through_api(tv, slot);
    return *place_in(tv, place);
  }
  static void* peek(const ThreadVars_* tv, ThreadSlot slot) noexcept {
    const std::ptrdiff_t place = place_of(slot);
    return place < 0 ? nullptr : *place_in(tv, place);
  }
  static void stored(ThreadVars_* tv, ThreadSlot slot, void* value) noexcept {
    if (slot.reads_directly()) proof.value_stored(tv, slot.id(), value);
  }

 private:
  // Negative without a proof, and for a handle that must use the API.
  static std::ptrdiff_t place_of(ThreadSlot slot) noexcept {
    return proved_offset.load(std::memory_order_relaxed) + slot.bits * kStride;
  }
};

template <std::ptrdiff_t Offset>
struct SeenLayout {
  static void* get(const ThreadVars_* tv, ThreadSlot slot) noexcept {
    if (!slot.reads_directly()) [[unlikely]]
      return get_through_api(tv, slot);
    return *place_in(tv, Offset + slot.bits * kStride);
  }
  static void* peek(const ThreadVars_* tv, ThreadSlot slot) noexcept {
    return slot.reads_directly() ? *place_in(tv, Offset + slot.bits * kStride) : nullptr;
  }
  static void stored(ThreadVars_* tv, ThreadSlot slot, void* value) noexcept {
    if (slot.reads_directly() && get(tv, slot) != value) wrong_layout();
  }
};

#if !SURICATA_FFI_DIRECT
using UnitLayout = ApiLayout;
#elif defined(SURICATA_THREADVARS_H) && !defined(SURISIM_OWN_THREADVARS)
using UnitLayout = SeenLayout<offsetof(ThreadVars_, storage)>;
static_assert(sizeof(ThreadVars_::storage[0]) == sizeof(void*));
[[maybe_unused]] static const bool seen_offset_announced =
    announce_seen_offset(offsetof(ThreadVars_, storage), version_of_header<ThreadVars_>());
#else
using UnitLayout = ProvedLayout;
#endif

}  // namespace suricata_ffi::detail
