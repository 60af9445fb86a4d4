// Memory and life of one stored value.
//
// When:    made by get_or_insert_with, destroyed by the slot's Free.
// Owner:   the slot, once the host has taken the pointer.
// Threads: made on one thread, destroyed on another (L26).
// Source:  thread-storage.c, facts L20, L21, L26.
#pragma once

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

#include "suricata_ffi/detail/config.hpp"

namespace suricata_ffi::detail {

// What one thread's values are kept apart by: two cache lines of 64 bytes, because a processor that
// fetches a line may fetch its neighbour in the same 128 bytes too. Not
// std::hardware_destructive_interference_size, which clang 14 lacks and g++ warns about.
inline constexpr std::size_t kLinePair = 128;

// Makes and destroys values of T in blocks of memory that start at a multiple of `Line` and are a
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

  // The value that `make` returns, constructed in place, or nullptr when out of memory. What `make`
  // throws goes on to the caller, and the memory is given back.
  template <class Make>
  static T* create(Make&& make) {
    Block block{allocate()};
    if (block.memory == nullptr) return nullptr;
    T* value = ::new (block.memory) T(std::forward<Make>(make)());
    block.memory = nullptr;
    return value;
  }

  // The memory is given back even if the destructor throws.
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

// What get_or_insert_with accepts: makes a T, or something a T can be constructed from. A T that
// can neither be copied nor moved is fine if `Make` returns a T.
template <class Make, class T>
concept Makes = std::is_invocable_v<Make> &&
    (std::is_same_v<std::invoke_result_t<Make>, T> ||
     std::is_constructible_v<T, std::invoke_result_t<Make>>);

}  // namespace suricata_ffi::detail
