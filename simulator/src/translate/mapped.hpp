// An array in its own mmap'ed pages. It never moves, and uses memory only where it has been
// written. It replaces std::vector because code is also translated in signal handlers, where malloc
// is unsafe.
//
// When:    at any time.
// Owner:   its elements, which need no destructor.
// Threads: one writer at a time; readers see the elements that were added before.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>
#include <type_traits>

namespace surisim::translate {

inline constexpr std::size_t kPage = 4096;

template <class T>
class Mapped {
  static_assert(std::is_trivially_destructible_v<T>);

 public:
  // Throws bad_alloc. All elements are zero.
  explicit Mapped(std::size_t capacity) : capacity_(capacity) {
    void* const pages = ::mmap(nullptr, capacity * sizeof(T), PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (pages == MAP_FAILED) throw std::bad_alloc();
    data_ = static_cast<T*>(pages);
  }
  ~Mapped() { ::munmap(data_, capacity_ * sizeof(T)); }
  Mapped(const Mapped&) = delete;
  Mapped& operator=(const Mapped&) = delete;

  T* data() { return data_; }
  const T* data() const { return data_; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  std::size_t capacity() const { return capacity_; }

  // The number of elements added. Others can be used as well, up to the capacity.
  std::size_t size() const { return size_; }
  bool is_full() const { return size_ == capacity_; }
  void add(const T& element) {
    if (is_full()) throw std::bad_alloc();
    data_[size_] = element;
    __atomic_store_n(&size_, size_ + 1, __ATOMIC_RELEASE);
  }
  void clear() { size_ = 0; }
  void shrink(std::size_t size) { size_ = size; }

 private:
  T* data_ = nullptr;
  std::size_t capacity_;
  std::size_t size_ = 0;
};

}  // namespace surisim::translate
