// C functions of util-*.c: memory for plugins, parsing numbers (with Suricata's peculiarities),
// bounded strings. Source: util-mem.c, util-byte.c, util-strlcpyu.c, util-strlcatu.c.
#include <suricata/suricata-common.h>
#include <suricata/util-byte.h>
#include <suricata/util-debug.h>
#include <suricata/util-mem.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <type_traits>

#include "abi/allocations.hpp"
#include "abi/faults.hpp"
#include "abi/host_function.hpp"
#include "abi/process_state.hpp"

namespace {

using namespace surisim::abi;

// Returns `memory`. Reports NULL while the engine starts, because Suricata would exit then.
template <class T>
T* checked(T* memory, const char* function, const void* caller) {
  if (memory != nullptr || !starting()) return memory;
  notify(FatalCall{function, "out of memory", true, caller});
  return memory;
}

// Runs `allocate` for the plugin's call, unless an injected fault makes it fail. No fault is
// injected while the engine starts, because Suricata would exit.
template <class Allocate>
auto allocate_for(const char* function, const void* caller, Allocate allocate)
    -> decltype(allocate(caller)) {
  if (!starting() && fails(FaultPoint::host_alloc, function, caller)) return nullptr;
  const UnfailingScope once;
  return checked(allocate(caller), function, caller);
}

char* copy_of(const char* text, std::size_t length, const void* caller) {
  auto* const copy = static_cast<char*>(malloc_for(length + 1, caller));
  if (copy == nullptr) return nullptr;
  std::memcpy(copy, text, length);
  copy[length] = '\0';
  return copy;
}

}  // namespace

SURISIM_ABI void* SCMallocFunc(const size_t sz) {
  return allocate_for(__func__, SURISIM_CALLER,
                      [sz](const void* caller) { return malloc_for(sz, caller); });
}

SURISIM_ABI void* SCCallocFunc(const size_t nm, const size_t sz) {
  return allocate_for(__func__, SURISIM_CALLER,
                      [nm, sz](const void* caller) { return calloc_for(nm, sz, caller); });
}

SURISIM_ABI void* SCReallocFunc(void* ptr, const size_t size) {
  return allocate_for(__func__, SURISIM_CALLER,
                      [ptr, size](const void* caller) { return realloc_for(ptr, size, caller); });
}

SURISIM_ABI char* SCStrdupFunc(const char* s) {
  return allocate_for(__func__, SURISIM_CALLER,
                      [s](const void* caller) { return copy_of(s, std::strlen(s), caller); });
}

SURISIM_ABI char* SCStrndupFunc(const char* s, size_t n) {
  return allocate_for(__func__, SURISIM_CALLER,
                      [s, n](const void* caller) { return copy_of(s, ::strnlen(s, n), caller); });
}

SURISIM_ABI void* SCMallocAlignedFunc(const size_t size, const size_t align) {
  return allocate_for(__func__, SURISIM_CALLER, [size, align](const void* caller) {
    return align % sizeof(void*) == 0 && std::has_single_bit(align)
               ? aligned_for(align, size, caller)
               : nullptr;
  });
}

SURISIM_ABI void SCFreeAlignedFunc(void* ptr) { std::free(ptr); }

// Parsing numbers.

namespace {

constexpr std::size_t kLongest = 23;

template <class... Arguments>
void log_error(const char* format, Arguments... arguments) {
  SCLogErr(SC_LOG_ERROR, __FILE__, __func__, __LINE__, "util-byte", format, arguments...);
}

// The first `len` bytes of a text, or all of it if `len` is 0, terminated by a NUL.
class Text {
 public:
  Text(const char* text, std::size_t len) : begin_(text) {
    if (len == 0 || len > kLongest) return;
    std::memcpy(copy_.data(), text, len);
    begin_ = copy_.data();
  }
  const char* begin() const { return begin_; }

 private:
  std::array<char, kLongest + 1> copy_{};
  const char* begin_;
};

int extract(std::uint64_t* res, int base, std::size_t len, const char* str, bool whole) {
  if (len > kLongest) return -1;
  const Text text(str, len);
  char* end = nullptr;
  errno = 0;
  *res = std::strtoull(text.begin(), &end, base);
  if (errno == ERANGE || end == text.begin()) return -1;
  if (whole && *end != '\0') {
    log_error("extra characters after the number in \"%s\"", text.begin());
    return -1;
  }
  return static_cast<int>(end - text.begin());
}

// Differs from the function for unsigned numbers: with a length, a text without a number gives 0,
// read from 0 characters; without a length, characters after the number are ignored.
int extract(std::int64_t* res, int base, std::size_t len, const char* str, bool whole) {
  if (len > kLongest) {
    log_error("a number of %zu characters, the most is %zu", len, kLongest);
    return -1;
  }
  const Text text(str, len);
  char* end = nullptr;
  errno = 0;
  *res = std::strtoll(text.begin(), &end, base);
  if (errno == ERANGE || end == str) {
    log_error("\"%s\": %s", text.begin(), end == str ? "not a number" : "out of range");
    return -1;
  }
  if (whole && len != 0 && *end != '\0') {
    log_error("extra characters after the number in \"%s\"", text.begin());
    return -1;
  }
  return static_cast<int>(end - text.begin());
}

template <class Number>
int number(Number* res, int base, std::size_t len, const char* str, bool whole) {
  using Wide = std::conditional_t<std::is_signed_v<Number>, std::int64_t, std::uint64_t>;
  Wide value = 0;
  const int length = extract(&value, base, len, str, whole);
  if constexpr (sizeof(Number) == sizeof(Wide)) {
    *res = value;
    return length;
  }
  if (length <= 0) return length;
  if (value < std::numeric_limits<Number>::min() || value > std::numeric_limits<Number>::max())
    return -1;
  *res = static_cast<Number>(value);
  return length;
}

template <class Number>
int number_within(Number* res, int base, std::size_t len, const char* str, Number min, Number max) {
  Number value = 0;
  const int length = number(&value, base, len, str, true);
  if (length <= 0) return length;
  *res = value;
  return value < min || value > max ? -1 : length;
}

}  // namespace

// NOLINTBEGIN(bugprone-macro-parentheses): a type
#define SURISIM_NUMBER(type, extracts, parses, in_range)                                           \
  SURISIM_ABI int extracts(type* res, int base, size_t len, const char* str) {                     \
    SURISIM_NOT_NULL(res);                                                                         \
    SURISIM_NOT_NULL(str);                                                                         \
    return number(res, base, len, str, false);                                                     \
  }                                                                                                \
  SURISIM_ABI int parses(type* res, int base, size_t len, const char* str) {                       \
    SURISIM_NOT_NULL(res);                                                                         \
    SURISIM_NOT_NULL(str);                                                                         \
    return number(res, base, len, str, true);                                                      \
  }                                                                                                \
  SURISIM_ABI int in_range(type* res, int base, size_t len, const char* str, type min, type max) { \
    SURISIM_NOT_NULL(res);                                                                         \
    SURISIM_NOT_NULL(str);                                                                         \
    return number_within(res, base, len, str, min, max);                                           \
  }
// NOLINTEND(bugprone-macro-parentheses)
SURISIM_NUMBER(uint64_t, ByteExtractStringUint64, StringParseUint64, StringParseU64RangeCheck)
SURISIM_NUMBER(uint32_t, ByteExtractStringUint32, StringParseUint32, StringParseU32RangeCheck)
SURISIM_NUMBER(uint16_t, ByteExtractStringUint16, StringParseUint16, StringParseU16RangeCheck)
SURISIM_NUMBER(uint8_t, ByteExtractStringUint8, StringParseUint8, StringParseU8RangeCheck)
SURISIM_NUMBER(int64_t, ByteExtractStringInt64, StringParseInt64, StringParseI64RangeCheck)
SURISIM_NUMBER(int32_t, ByteExtractStringInt32, StringParseInt32, StringParseI32RangeCheck)
SURISIM_NUMBER(int16_t, ByteExtractStringInt16, StringParseInt16, StringParseI16RangeCheck)
SURISIM_NUMBER(int8_t, ByteExtractStringInt8, StringParseInt8, StringParseI8RangeCheck)
#undef SURISIM_NUMBER

// Suricata exports strlcpy and strlcat if the C library has none.

#if !__GLIBC_PREREQ(2, 38)

SURISIM_ABI size_t strlcpy(char* dst, const char* src, size_t siz) {
  SURISIM_NOT_NULL(src);
  const std::size_t length = std::strlen(src);
  if (siz == 0) return length;
  SURISIM_NOT_NULL(dst);
  const std::size_t copied = std::min(length, siz - 1);
  std::memcpy(dst, src, copied);
  dst[copied] = '\0';
  return length;
}

SURISIM_ABI size_t strlcat(char* dst, const char* src, size_t siz) {
  SURISIM_NOT_NULL(src);
  if (siz == 0) return std::strlen(src);
  SURISIM_NOT_NULL(dst);
  const std::size_t before = ::strnlen(dst, siz);
  if (before == siz) return before + std::strlen(src);
  return before + strlcpy(dst + before, src, siz - before);
}

#endif
