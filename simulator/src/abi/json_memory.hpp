// An array that grows at its end, and says so when memory has run out: no exceptions.
//
// Owner:   its memory.
// Threads: one at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "abi/faults.hpp"
#include "abi/host_scope.hpp"

namespace surisim::abi {

template <class T>
class JsonMemory {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  const T* data() const { return data_.get(); }
  T& back() { return data_[size_ - 1]; }
  const T& back() const { return data_[size_ - 1]; }

  // Makes the capacity exactly `capacity`, which is not below size(). False: out of memory,
  // nothing has changed.
  bool set_capacity(std::size_t capacity) {
    const HostScope host;
    if (fails(FaultPoint::host_alloc, "a JSON builder", nullptr)) return false;
    std::unique_ptr<T[]> grown(new (std::nothrow) T[capacity]);
    if (grown == nullptr) return false;
    std::copy_n(data_.get(), size_, grown.get());
    data_ = std::move(grown);
    capacity_ = capacity;
    return true;
  }

  // `count` more elements, for the caller to fill. Grows by `step` at least, and by half of the
  // result at least. Null: out of memory, nothing has changed.
  T* extend(std::size_t count, std::size_t step) {
    if (capacity_ - size_ < count &&
        !set_capacity(std::max(2 * capacity_, size_ + std::max(count, step))))
      return nullptr;
    T* const fresh = data_.get() + size_;
    size_ += count;
    return fresh;
  }

  // `size` is not above size().
  void truncate(std::size_t size) { size_ = size; }

 private:
  std::unique_ptr<T[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace surisim::abi
