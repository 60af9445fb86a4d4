// Code that C++ compilers generate.
#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <unordered_map>
#include <variant>
#include <vector>

#include "cases.h"

#if defined(__cpp_impl_coroutine) && !defined(__clang__)  // which lacks the header in 14
#include <coroutine>
#define WITH_COROUTINES 1
#endif

namespace {

#define NOINLINE __attribute__((noinline))

long destroyed = 0;
struct Counted {
  long value;
  explicit Counted(long v) : value(v) {}
  ~Counted() { destroyed += value; }
};

NOINLINE void throws(long n) {
  const Counted counted(n & 7);
  if (n % 3 == 0) throw std::runtime_error("runtime " + std::to_string(n));
  if (n % 3 == 1) throw n;
}

NOINLINE long passes(long n) {
  const Counted counted(1);
  throws(n);
  return 5;
}

long exceptions(long n) {
  destroyed = 0;
  long sum = 0;
  for (long i = 0; i < 6; ++i) {
    try {
      sum += passes(n + i);
    } catch (const std::exception& error) {
      sum += static_cast<long>(std::string(error.what()).size());
    } catch (long value) {
      sum += value * 2;
    }
  }
  return sum * 100 + destroyed;
}

NOINLINE long rethrows(long n) {
  try {
    return passes(n);
  } catch (...) {
    ++destroyed;
    throw;
  }
}

long rethrown(long n) {
  try {
    return rethrows(n);
  } catch (...) {
    try {
      return rethrows(n + 1) + 1000;
    } catch (...) {
      return -7;
    }
  }
}

// A small function may end with its landing pad, behind a return that has no room for a jump.
NOINLINE void catches(long n) {
  try {
    throws(n);
  } catch (...) {
    ++destroyed;
  }
}

long caught(long n) {
  destroyed = 0;
  for (long i = 0; i < 4; ++i) catches(n + i);
  return destroyed;
}

// Through frames of libc.
int throwing_compare(const void* a, const void* b) {
  if (*static_cast<const int*>(a) == 5) throw 17;
  return *static_cast<const int*>(a) - *static_cast<const int*>(b);
}

long through_libc(long n) {
  int values[] = {9, 1, static_cast<int>(n & 3), 7, 5, 2};
  try {
    std::qsort(values, 6, sizeof(int), throwing_compare);
  } catch (int value) {
    return value;
  }
  return 0;
}

struct Shape {
  virtual ~Shape() = default;
  virtual long area(long n) const = 0;
};
struct Square : Shape {
  long area(long n) const override { return n * n; }
};
struct Other {
  virtual ~Other() = default;
  long own = 3;
};
struct Both : Other, Square {
  long area(long n) const override { return n + own; }
};

long virtual_calls(long n) {
  std::vector<std::unique_ptr<Shape>> shapes;
  for (int i = 0; i < 6; ++i) {
    if (i % 2 == 0)
      shapes.push_back(std::make_unique<Square>());
    else
      shapes.push_back(std::make_unique<Both>());
  }
  long sum = 0;
  for (const auto& shape : shapes) {
    sum += shape->area(n);
    if (dynamic_cast<const Other*>(shape.get()) != nullptr) sum += 1000;
  }
  return sum;
}

long containers(long n) {
  std::map<std::string, long> names;
  std::unordered_map<long, std::string> numbers;
  for (long i = 0; i < 50; ++i) {
    names["name" + std::to_string((n + i) % 13)] += i;
    numbers[i * 17 % 23] += "x";
  }
  long sum = static_cast<long>(numbers.size());
  for (const auto& [name, value] : names) sum = sum * 3 + value + static_cast<long>(name.size());
  std::vector<long> values(100);
  std::iota(values.begin(), values.end(), n);
  std::sort(values.begin(), values.end(),
            [n](long a, long b) { return (a ^ n) % 17 < (b ^ n) % 17; });
  return sum + std::accumulate(values.begin(), values.begin() + 20, 0L);
}

struct PerThread {
  long value = 11;
  ~PerThread() { ++destroyed; }
};
thread_local PerThread per_thread;

long threads(long n) {
  destroyed = 0;
  long results[2] = {};
  std::thread one([&] { results[0] = per_thread.value += n; });
  one.join();
  std::thread two([&] { results[1] = per_thread.value * 2; });
  two.join();
  return results[0] * 10 + results[1] + destroyed * 1000;
}

const std::string& shared_name(long n) {
  static const std::string name = "made with " + std::to_string(n & 0);
  return name;
}

long static_locals(long n) { return static_cast<long>(shared_name(n).size()) + n; }

#ifdef WITH_COROUTINES
struct Numbers {
  struct promise_type {
    long current = 0;
    Numbers get_return_object() {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    std::suspend_always yield_value(long value) {
      current = value;
      return {};
    }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  std::coroutine_handle<promise_type> handle;
};

Numbers count_from(long n) {
  for (long i = n; i < n + 5; ++i) co_yield i* i;
}

long coroutines(long n) {
  const Numbers numbers = count_from(n);
  long sum = 0;
  while (numbers.handle.resume(), !numbers.handle.done()) sum += numbers.handle.promise().current;
  numbers.handle.destroy();
  return sum;
}
#else
long coroutines(long n) { return n; }
#endif

long function_objects(long n) {
  std::function<long(long)> power = [&power](long m) { return m <= 0 ? 1 : 2 * power(m - 1); };
  const std::variant<long, std::string> either =
      n % 2 == 0 ? std::variant<long, std::string>(n) : std::string("odd");
  return power(n % 10) + std::visit(
                             [](const auto& value) {
                               if constexpr (std::is_same_v<decltype(value), const long&>)
                                 return value;
                               else
                                 return static_cast<long>(value.size());
                             },
                             either);
}

}  // namespace

const Case cases[] = {{"exceptions", exceptions},
                      {"rethrown", rethrown},
                      {"caught", caught},
                      {"through_libc", through_libc},
                      {"virtual_calls", virtual_calls},
                      {"containers", containers},
                      {"threads", threads},
                      {"static_locals", static_locals},
                      {"coroutines", coroutines},
                      {"function_objects", function_objects},
                      {nullptr, nullptr}};
