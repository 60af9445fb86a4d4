// The kinds of values that a slot must support; each counts its objects.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <thread>
#include <utility>

namespace test {

// Counts for all T since clear().
template <class T>
struct Census {
  static inline std::atomic<int> made{0};
  static inline std::atomic<int> moved{0};
  static inline std::atomic<int> destroyed{0};
  static inline std::atomic<int> made_or_destroyed_elsewhere{0};  // than on clear()'s thread
  static inline std::atomic<std::uint64_t> total{0};              // of destroyed counters
  static inline std::thread::id home;

  static void clear() {
    made = moved = destroyed = made_or_destroyed_elsewhere = 0;
    total = 0;
    home = std::this_thread::get_id();
  }
  static int alive() { return made - destroyed; }
  static void note(std::atomic<int>& what) {
    ++what;
    if (std::this_thread::get_id() != home) ++made_or_destroyed_elsewhere;
  }
};

// A base without data, so that it does not change the layout of the derived type.
template <class T>
class Counted {
 public:
  Counted() { Census<T>::note(Census<T>::made); }
  Counted(Counted&&) noexcept : Counted() { ++Census<T>::moved; }
  Counted& operator=(Counted&&) = delete;
  ~Counted() { Census<T>::note(Census<T>::destroyed); }
};

// A plain counter, accessed only by the thread that owns the value.
template <class T, class Number = std::uint64_t>
class Counter {
 public:
  Counter() = default;
  Counter(Counter&& other) noexcept : number_(std::exchange(other.number_, Number{})) {}
  Counter& operator=(Counter&&) = delete;
  ~Counter() { Census<T>::total += number_; }

  Number operator++() { return ++number_; }
  static constexpr bool kIsOneByte = sizeof(Number) == 1;

 private:
  Number number_{};
};

struct Small : Counted<Small> {
  Counter<Small> count;
};

struct OneByte : Counted<OneByte> {
  Counter<OneByte, std::uint8_t> count;
};
static_assert(sizeof(OneByte) == 1);

struct MoveOnly : Counted<MoveOnly> {
  std::unique_ptr<int> owned = std::make_unique<int>(7);
  Counter<MoveOnly> count;
};

struct Immovable : Counted<Immovable> {
  Immovable() = default;
  Immovable(Immovable&&) = delete;
  Counter<Immovable> count;
};

struct alignas(128) TwoLines : Counted<TwoLines> {
  Counter<TwoLines> count;
};

struct alignas(4096) Page : Counted<Page> {
  Counter<Page> count;
};

struct MiB : Counted<MiB> {
  MiB() { bytes.front() = bytes.back() = std::byte{1}; }
  Counter<MiB> count;
  std::array<std::byte, (1 << 20) - sizeof(count)> bytes;  // not initialised, to be fast
};
static_assert(sizeof(MiB) == 1 << 20);

struct ThrowingConstructor : Counted<ThrowingConstructor> {
  static inline std::atomic<int> throws_left{0};

  ThrowingConstructor() {
#if defined(__cpp_exceptions)
    if (throws_left > 0 && throws_left-- > 0) throw std::runtime_error("constructor");
#endif
  }
  Counter<ThrowingConstructor> count;
};

struct ThrowingDestructor : Counted<ThrowingDestructor> {
  ThrowingDestructor() = default;
  ThrowingDestructor(ThrowingDestructor&&) = default;
  ~ThrowingDestructor() noexcept(false) {
#if defined(__cpp_exceptions)
    throw std::runtime_error("destructor");
#endif
  }
  Counter<ThrowingDestructor> count;
};

}  // namespace test
