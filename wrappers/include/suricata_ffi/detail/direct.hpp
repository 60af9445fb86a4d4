// Reading a thread's value without a call: where the values stand in a ThreadVars, and how that is
// known.
//
// When:    `slot_registered` in Init, `stored` after each value, `get` at any time after.
// Owner:   the plugin: the state is hidden, each shared library has its own.
// Threads: registration on main; the rest on any thread, for a ThreadVars that is its own.
// Source:  thread-storage.c, util-storage.c, threadvars.h, facts L16, L18, L23.
//
// Three ways, chosen per translation unit, with the same results:
//   SeenLayout    Suricata's own threadvars.h was included before the wrappers: its offset counts,
//                 and the first value that is not stored there ends the process.
//   ProvedLayout  otherwise: through the API, until the values have been found (see Proof).
//   ApiLayout     SURICATA_FFI_DIRECT is 0: through the API.
// The layout is a template argument, so units that differ in it share no function. surisim's own
// threadvars.h is none of Suricata's: builds of one version differ in their layout.
//
// A host that has to see every read (surisim's checks) says so when a slot is registered; that
// slot's handle is negative then, which takes the API in all three ways.
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
#include <mutex>

#include "suricata_ffi/detail/abi.hpp"
#include "suricata_ffi/detail/config.hpp"
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
extern "C" int __sanitizer_get_ownership(const volatile void* p);
#endif

namespace suricata_ffi::detail {

// A thread slot as a handle keeps it: its id, or a number so far below zero that no offset makes it
// a place in a ThreadVars.
struct ThreadSlot {
  static constexpr int kUnregistered = INT_MIN / 2;
  static constexpr int kThroughApi = INT_MIN;  // and the id in the lower bits

  int bits = kUnregistered;

  static ThreadSlot direct(SlotId id) noexcept { return {id.id}; }
  static ThreadSlot through_api(SlotId id) noexcept { return {kThroughApi | id.id}; }
  bool reads_directly() const noexcept { return bits >= 0; }
  int id() const noexcept { return bits == kUnregistered ? -1 : bits & INT_MAX; }
};

// A slot of an array of pointers, in an object whose type is not known.
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

// No offset yet, or none ever: negative whatever slot is added.
inline constexpr std::ptrdiff_t kNoOffset = PTRDIFF_MIN / 2;
// What the proof has published. Alone, because it is read on every packet.
SURICATA_FFI_LOCAL inline std::atomic<std::ptrdiff_t> proved_offset{kNoOffset};

// Finds out where a ThreadVars has its values. Nothing is assumed:
//   1. The plugin has stored a value through the API. Exactly one word of the ThreadVars' memory
//      block may hold it.
//   2. That word gets another pointer, never seen before, and the API must find it there; then the
//      first one again, likewise. So the API reads that word, and nothing beside it.
//   3. A plugin with several slots proves two of them: they must be one array of pointers.
//   4. Every value stored later must be where the proof says.
// Whatever else is found, in whichever step, sends all reads through the API for good.
class SURICATA_FFI_LOCAL Proof {
 public:
  // Publishes the offset, or kNoOffset, in `published`.
  constexpr explicit Proof(std::atomic<std::ptrdiff_t>& published) noexcept
      : published_(published) {}

  // A slot was registered, which the plugin may read from now on. [main]
  void slot_registered(int id) noexcept {
    const std::lock_guard lock(mutex_);
    if (first_slot_ < 0) first_slot_ = id;
    // An engine gives out an id once: the first one again is of a new engine, in the same process.
    several_ = id != first_slot_;
    if (id > highest_ || !several_) highest_ = id;
    publish();
  }

  // The API has just stored `value` in `tv`, which is the calling thread's to use.
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
  // A word of memory that may not be there. False: it is not, or the kernel refuses to look.
  static bool read_word(std::uintptr_t at, std::size_t& word) noexcept {
    const iovec here{&word, sizeof word};
    const iovec there{reinterpret_cast<void*>(at), sizeof word};
    return syscall(SYS_process_vm_readv, getpid(), &here, 1UL, &there, 1UL, 0UL) ==
           static_cast<long>(sizeof word);
  }

  // surisim's malloc, which stands before glibc's, is that one too; a sanitizer's is not.
  static bool malloc_is_glibcs() noexcept {
    Dl_info owner;
    Dl_info surisim;
    if (dladdr(dlsym(RTLD_DEFAULT, "malloc"), &owner) == 0) return false;
    if (std::strstr(owner.dli_fname, "libc.so") != nullptr) return true;
    return suricata_ffi_surisim_offset != nullptr &&
           dladdr(reinterpret_cast<void*>(suricata_ffi_surisim_offset), &surisim) != 0 &&
           owner.dli_fbase == surisim.dli_fbase;
  }

  // malloc may be asked about what it has given only: glibc's reads the word before a block, which
  // has its size, and the one before the next block, which says that this one is in use. So do we
  // first, with care. Another malloc is asked at once.
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

  // Bytes of the memory block that starts at `tv`; 0 when it is none of malloc's. Hosts allocate
  // each ThreadVars alone (L23), a test's own may stand elsewhere.
  static std::size_t block_size(ThreadVars_* tv) noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(tv);
    const auto frame = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    constexpr std::uintptr_t kStack = 64u << 10;  // what a test's frames take
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

  // The one word of the block that holds `value`; where it would be slot 0's is `offset_`.
  bool search(ThreadVars_* tv, int id, void* value) noexcept {
    const auto size = static_cast<std::ptrdiff_t>(block_size(tv));
    for (std::ptrdiff_t at = 0; at + kStride <= size; at += kStride) {
      // Atomic, as the host's threads may be busy with other words.
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

  std::atomic<std::ptrdiff_t>& published_;
  std::mutex mutex_;
  bool failed_ = false;
  std::ptrdiff_t offset_ = kNoOffset;
  int highest_ = -1;  // of the plugin's slots
  int first_slot_ = -1;
  int first_proved_ = -1;
  bool several_ = false;
  bool two_proved_ = false;
};

SURICATA_FFI_LOCAL inline Proof proof{proved_offset};

// What Suricata's threadvars.h said, wherever in the plugin it was seen before the wrappers.
SURICATA_FFI_LOCAL inline std::atomic<std::ptrdiff_t> seen_offset{kNoOffset};
// Two units saw different layouts: the plugin was compiled against two Suricatas.
inline constexpr std::ptrdiff_t kSeveralOffsets = -1;

// Before Init, while the plugin is being loaded.
inline bool announce_seen_offset(std::ptrdiff_t offset) noexcept {
  std::ptrdiff_t before = kNoOffset;
  if (!seen_offset.compare_exchange_strong(before, offset) && before != offset)
    seen_offset.store(kSeveralOffsets);
  return true;
}

// The handle for a slot that the host has just given out. [main] in Init
inline ThreadSlot thread_slot(SlotId id) noexcept {
  proof.slot_registered(id.id);
  const std::ptrdiff_t seen = seen_offset.load();
  if (seen == kSeveralOffsets) return ThreadSlot::through_api(id);
  if (suricata_ffi_surisim_offset == nullptr) return ThreadSlot::direct(id);
  // surisim may watch, and its layout may differ from that of the Suricata one compiles against.
  const std::ptrdiff_t here = suricata_ffi_surisim_offset();
  const bool trusted = here >= 0 && (seen == kNoOffset || seen == here);
  return trusted ? ThreadSlot::direct(id) : ThreadSlot::through_api(id);
}

// What was seen at compile time is not so: reads would give other memory. Better no plugin than
// that.
[[noreturn, gnu::cold]] inline void wrong_layout() noexcept {
  log::write(log::Level::error, {__FILE__, __LINE__, __func__}, "suricata_ffi",
             "a thread's values are not where the threadvars.h has them that this plugin was "
             "compiled with: it is of another build of Suricata. Compile the plugin with this "
             "one's, or with SURICATA_FFI_DIRECT=0");
  std::abort();
}

// In each: `get`, the value or nullptr; `peek`, the same where no call is needed, and nullptr where
// one is; `stored`, to be told of each value that the API has just stored in a `tv` that is the
// calling thread's to use. Through the API there is nothing cheaper than the call.
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
  // Negative without a proof, and for a handle that is to take the API.
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
    announce_seen_offset(offsetof(ThreadVars_, storage));
#else
using UnitLayout = ProvedLayout;
#endif

}  // namespace suricata_ffi::detail
