// Slots of thread and flow storage, and the memory of their values.
//
// When:    slots are registered in Init; a value is created by get_or_insert_with, and destroyed by
//          the slot's Free.
// Owner:   the slot owns its values once the host has stored them; the process owns slot names.
// Threads: registration on main; access on the thread that owns the object. A thread value is
//          created on one thread and destroyed on another (L26).
// Source:  util-storage.c and thread-storage.c, facts L16 to L21 and L26.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

#include "suricata_ffi/detail/abi.hpp"
#include "suricata_ffi/detail/callback.hpp"
#include "suricata_ffi/detail/config.hpp"
#include "suricata_ffi/expected.hpp"

namespace suricata_ffi::detail {

// The distance between values of different threads: two cache lines of 64 bytes, because a
// processor that fetches a line may also fetch its neighbour in the same 128 bytes. Not
// std::hardware_destructive_interference_size, which clang 14 lacks and g++ warns about.
inline constexpr std::size_t kLinePair = 128;

// Creates and destroys values of T in blocks of memory that start at a multiple of `Line` and are a
// multiple of `Line` long, so that no two values share a line of that size. `Line` 1: no padding.
template <class T, std::size_t Line>
class SURICATA_FFI_LOCAL ValueMemory {
  static_assert(std::is_object_v<T> && !std::is_array_v<T> && !std::is_const_v<T> &&
                    !std::is_volatile_v<T>,
                "a slot holds objects: no references, no arrays, not const");
  static_assert(std::is_destructible_v<T>, "the slot's Free must be able to destroy the value");

 public:
  static constexpr std::size_t kAlignment = alignof(T) > Line ? alignof(T) : Line;
  static constexpr std::size_t kSize = (sizeof(T) + Line - 1) / Line * Line;

  // The value that `make` returns, constructed in place, or nullptr if out of memory. If `make`
  // throws, the memory is freed and the exception passed on.
  template <class Make>
  static T* create(Make&& make) {
    Block block{allocate()};
    if (block.memory == nullptr) return nullptr;
    T* value = ::new (block.memory) T(std::forward<Make>(make)());
    block.memory = nullptr;
    return value;
  }

  // The memory is freed even if the destructor throws.
  static void destroy(T* value) {
    const Block block{value};
    value->~T();
  }

 private:
  struct Block {
    explicit Block(void* m) noexcept : memory(m) {}
    Block(const Block&) = delete;
    Block& operator=(const Block&) = delete;
    ~Block() { deallocate(memory); }
    void* memory;
  };

  static constexpr bool kOverAligned = kAlignment > __STDCPP_DEFAULT_NEW_ALIGNMENT__;

  static void* allocate() noexcept {
    if constexpr (kOverAligned) {
      return ::operator new (kSize, std::align_val_t{kAlignment}, std::nothrow);
    } else {
      return ::operator new(kSize, std::nothrow);
    }
  }

  static void deallocate(void* memory) noexcept {
    if constexpr (kOverAligned) {
      ::operator delete (memory, std::align_val_t{kAlignment});
    } else {
      ::operator delete(memory);
    }
  }
};

// A callable that get_or_insert_with accepts: it returns a T, or something from which a T can be
// constructed. A T that can be neither copied nor moved is fine if `Make` returns a T.
template <class Make, class T>
concept Makes = std::is_invocable_v<Make> &&
    (std::is_same_v<std::invoke_result_t<Make>, T> ||
     std::is_constructible_v<T, std::invoke_result_t<Make>>);

// A slot's name; the host keeps the pointer (L17).
struct KeptName : Kept {
  std::unique_ptr<char[]> text;
};

// Registers a slot under a copy of `name`. The host refuses the empty name itself.
inline expected<SlotId> register_slot(SlotId (*host_register)(const char*, FreeFn),
                                      std::string_view name, FreeFn free_value) {
  if (name.find('\0') != std::string_view::npos) return unexpected(Error::name_contains_nul);
  std::unique_ptr<KeptName> kept(new (std::nothrow) KeptName);
  if (kept == nullptr) return unexpected(Error::out_of_memory);
  kept->text.reset(new (std::nothrow) char[name.size() + 1]);
  if (kept->text == nullptr) return unexpected(Error::out_of_memory);
  *std::copy(name.begin(), name.end(), kept->text.get()) = '\0';

  const SlotId id = host_register(kept->text.get(), free_value);
  if (id.id < 0) return unexpected(Error::refused);
  keep(kept.release());
  return id;
}

// Access to a slot of `Host` (ThreadHost, FlowHost) with values of type T. `Handle` identifies the
// slot; for an unregistered one, `Host::get` returns nullptr. `Host::peek` is the same if that is
// cheap, and otherwise may return nullptr.
template <class T, class Host>
struct SURICATA_FFI_LOCAL Slot {
  using Memory = ValueMemory<T, Host::kLine>;
  using Object = typename Host::Object;
  using Handle = typename Host::Handle;

  // The slot's Free; the host never calls it with NULL (L21).
  static void free_value(void* value) noexcept {
    guarded(Host::kFreeName, [value] { Memory::destroy(static_cast<T*>(value)); });
  }

  static T* get(const Object* object, Handle slot) noexcept {
    return static_cast<T*>(Host::get(object, slot));
  }

  template <class Make>
  static Inserted<T> get_or_insert_with(Object* object, Handle slot, Make&& make) {
    if (void* value = Host::peek(object, slot)) [[likely]]
      return static_cast<T*>(value);
    return find_or_insert(object, slot, std::forward<Make>(make));
  }

 private:
  // Not inlined, so that a hit costs no more than get.
  template <class Make>
  [[gnu::noinline]] static Inserted<T> find_or_insert(Object* object, Handle slot, Make&& make) {
    if (T* value = get(object, slot)) return value;
    if (Host::id(slot) < 0) return unexpected(Error::unregistered);
    T* made = Memory::create(std::forward<Make>(make));
    if (made == nullptr) return unexpected(Error::out_of_memory);
    // `make` itself may have filled the slot, and the host would overwrite that value (L20).
    if (T* value = get(object, slot)) {
      Memory::destroy(made);
      return value;
    }
    if (Host::set(object, slot, made) != 0) {
      Memory::destroy(made);
      return unexpected(Error::set_failed);
    }
    return made;
  }
};

}  // namespace suricata_ffi::detail
