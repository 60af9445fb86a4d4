// Accesses that libstdc++ and code generated from its templates make for a plugin: on one side of
// each case, with a lock if it is right.
#include <algorithm>
#include <mutex>
#include <string>

#define CASES(X) X(assigned) X(inserted) X(read) X(compared) X(copied) X(filled)
#include "edges.h"

namespace {

std::mutex one_at_a_time;
const volatile std::size_t n = 12;  // so short that a std::string stores it inside the object
const std::string other(n, 'b');
struct Bytes {
  char all[100];
};

template <class What>
void with_lock(What what) {
  const std::lock_guard hold(one_at_a_time);
  what();
}

}  // namespace

// The first thread changes a byte, the second makes the call under test.
#define CASE(name, Type, change, what)                                          \
  extern "C" {                                                                  \
  Type name##_right, name##_wrong;                                              \
  }                                                                             \
  static void __attribute__((noinline)) change_##name(Type& shared) { change; } \
  static void __attribute__((noinline)) do_##name(Type& shared) { what; }       \
  DOES(name##_right_a) {                                                        \
    with_lock([] { change_##name(name##_right); });                             \
    return unused;                                                              \
  }                                                                             \
  DOES(name##_right_b) {                                                        \
    with_lock([] { do_##name(name##_right); });                                 \
    return unused;                                                              \
  }                                                                             \
  DOES(name##_wrong_a) {                                                        \
    with_lock([] { change_##name(name##_wrong); });                             \
    return unused;                                                              \
  }                                                                             \
  DOES(name##_wrong_b) {                                                        \
    do_##name(name##_wrong);                                                    \
    return unused;                                                              \
  }

#define TEXT(name, what) CASE(name, std::string, shared[3] = #name[0], what)
TEXT(assigned, shared = other)
TEXT(inserted, shared.insert(0, other, 0, 3))
TEXT(read, static std::string copy; copy = shared)
TEXT(compared, if (shared == other) shared.clear())
#define BYTES(name, what) CASE(name, Bytes, shared.all[3] = #name[0], what)
BYTES(copied, std::copy_n(other.data(), n, shared.all))
BYTES(filled, std::fill_n(shared.all, n, 'z'))

static void prepare() {
  for (std::string* const text :
       {&assigned_right, &assigned_wrong, &inserted_right, &inserted_wrong, &read_right,
        &read_wrong, &compared_right, &compared_wrong})
    text->assign(n, 'a');
}
EDGES("memory in C++", prepare)
