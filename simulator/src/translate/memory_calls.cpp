// Implements memory_calls.hpp: the replacements, and a hash table of call sites.
#include "translate/memory_calls.hpp"

#include <dlfcn.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "translate/loaded_object.hpp"
#include "translate/thread_state.hpp"

// Compilers call these with _FORTIFY_SOURCE; they abort if there is not enough room.
extern "C" {
void* __memcpy_chk(void* to, const void* from, std::size_t bytes, std::size_t room);
void* __memmove_chk(void* to, const void* from, std::size_t bytes, std::size_t room);
void* __mempcpy_chk(void* to, const void* from, std::size_t bytes, std::size_t room);
void* __memset_chk(void* to, int value, std::size_t bytes, std::size_t room);
void __explicit_bzero_chk(void* to, std::size_t bytes, std::size_t room);
char* __strcpy_chk(char* to, const char* from, std::size_t room);
char* __stpcpy_chk(char* to, const char* from, std::size_t room);
char* __strncpy_chk(char* to, const char* from, std::size_t max, std::size_t room);
char* __strcat_chk(char* to, const char* from, std::size_t room);
char* __strncat_chk(char* to, const char* from, std::size_t max, std::size_t room);
int __vsnprintf_chk(char* to, std::size_t max, int flag, std::size_t room, const char* format,
                    va_list values);
int __vsprintf_chk(char* to, int flag, std::size_t room, const char* format, va_list values);
}

namespace surisim::translate {
namespace {

std::atomic<void (*)(const MemoryCall&)> g_memory_handler{nullptr};

// Reports what one call of a replacement accesses.
class Call {
 public:
  Call(const char* function, void* return_address, bool of_library)
      : call_{function, reinterpret_cast<std::uintptr_t>(return_address), of_library, 0, 0, false} {
  }
  static bool is_seen() {
    return thread_state.ring != nullptr && thread_state.saved_cursor == nullptr;
  }

  void reads(const void* begin, std::size_t bytes) { report(begin, bytes, false); }
  void writes(const void* begin, std::size_t bytes) { report(begin, bytes, true); }
  void reads_string(const char* text) { reads(text, std::strlen(text) + 1); }
  void reads_string(const char* text, std::size_t max) {
    reads(text, std::min(::strnlen(text, max) + 1, max));
  }
  // Reads both up to the first difference.
  template <class Equal>
  void compares(const char* a, const char* b, std::size_t max, Equal equal) {
    std::size_t bytes = 0;
    while (bytes < max && equal(a[bytes], b[bytes]) && a[bytes] != '\0') ++bytes;
    bytes = std::min(bytes + 1, max);
    reads(a, bytes);
    reads(b, bytes);
  }
  // Reads up to the byte that was found.
  void searches(const void* begin, const void* found, std::size_t max) {
    reads(begin, found == nullptr ? max
                                  : static_cast<std::size_t>(static_cast<const char*>(found) -
                                                             static_cast<const char*>(begin)) +
                                        1);
  }
  // `length`: what a printf function has returned, which does not count the terminating 0.
  void printed(const char* to, int length, std::size_t max) {
    if (length >= 0) writes(to, std::min(static_cast<std::size_t>(length) + 1, max));
  }

 private:
  void report(const void* begin, std::size_t bytes, bool writes) {
    const auto handler = g_memory_handler.load(std::memory_order_acquire);
    if (handler == nullptr || bytes == 0) return;
    call_.begin = reinterpret_cast<std::uintptr_t>(begin);
    call_.bytes = bytes;
    call_.writes = writes;
    const int error = errno;
    handler(call_);
    errno = error;
  }

  MemoryCall call_;
};

constexpr std::size_t kNoEnd = SIZE_MAX;

bool same(char a, char b) { return a == b; }
bool same_letter(char a, char b) { return ::strncasecmp(&a, &b, 1) == 0; }

// For the functions below: `if (Call call…; it is to be reported)`.
#define SURISIM_SEEN(function)                                                                     \
  if (Call call(function, __builtin_extract_return_addr(__builtin_return_address(0)), kOfLibrary); \
      Call::is_seen()) [[unlikely]]

template <bool kOfLibrary>
struct Functions {
  static void* copy(void* to, const void* from, std::size_t bytes) {
    SURISIM_SEEN("memcpy") { call.reads(from, bytes), call.writes(to, bytes); }
    return std::memcpy(to, from, bytes);
  }
  static void* copy_checked(void* to, const void* from, std::size_t bytes, std::size_t room) {
    SURISIM_SEEN("memcpy") { call.reads(from, bytes), call.writes(to, bytes); }
    return ::__memcpy_chk(to, from, bytes, room);
  }
  static void* move(void* to, const void* from, std::size_t bytes) {
    SURISIM_SEEN("memmove") { call.reads(from, bytes), call.writes(to, bytes); }
    return std::memmove(to, from, bytes);
  }
  static void* move_checked(void* to, const void* from, std::size_t bytes, std::size_t room) {
    SURISIM_SEEN("memmove") { call.reads(from, bytes), call.writes(to, bytes); }
    return ::__memmove_chk(to, from, bytes, room);
  }
  static void* copy_to_end(void* to, const void* from, std::size_t bytes) {
    SURISIM_SEEN("mempcpy") { call.reads(from, bytes), call.writes(to, bytes); }
    return ::mempcpy(to, from, bytes);
  }
  static void* copy_to_end_checked(void* to, const void* from, std::size_t bytes,
                                   std::size_t room) {
    SURISIM_SEEN("mempcpy") { call.reads(from, bytes), call.writes(to, bytes); }
    return ::__mempcpy_chk(to, from, bytes, room);
  }
  static void copy_bytes(const void* from, void* to, std::size_t bytes) {
    SURISIM_SEEN("bcopy") { call.reads(from, bytes), call.writes(to, bytes); }
    std::memmove(to, from, bytes);
  }
  static void* set(void* to, int value, std::size_t bytes) {
    SURISIM_SEEN("memset") { call.writes(to, bytes); }
    return std::memset(to, value, bytes);
  }
  static void* set_checked(void* to, int value, std::size_t bytes, std::size_t room) {
    SURISIM_SEEN("memset") { call.writes(to, bytes); }
    return ::__memset_chk(to, value, bytes, room);
  }
  static void clear(void* to, std::size_t bytes) {
    SURISIM_SEEN("bzero") { call.writes(to, bytes); }
    std::memset(to, 0, bytes);
  }
  static void clear_explicitly(void* to, std::size_t bytes) {
    SURISIM_SEEN("explicit_bzero") { call.writes(to, bytes); }
    ::explicit_bzero(to, bytes);
  }
  static void clear_explicitly_checked(void* to, std::size_t bytes, std::size_t room) {
    SURISIM_SEEN("explicit_bzero") { call.writes(to, bytes); }
    ::__explicit_bzero_chk(to, bytes, room);
  }
  static int compare(const void* a, const void* b, std::size_t bytes) {
    SURISIM_SEEN("memcmp") { call.reads(a, bytes), call.reads(b, bytes); }
    return std::memcmp(a, b, bytes);
  }
  static const void* find(const void* in, int byte, std::size_t bytes) {
    const void* const found = std::memchr(in, byte, bytes);
    SURISIM_SEEN("memchr") { call.searches(in, found, bytes); }
    return found;
  }
  static const void* find_last(const void* in, int byte, std::size_t bytes) {
    SURISIM_SEEN("memrchr") { call.reads(in, bytes); }
    return ::memrchr(in, byte, bytes);
  }

  static std::size_t length(const char* text) {
    const std::size_t bytes = std::strlen(text);
    SURISIM_SEEN("strlen") { call.reads(text, bytes + 1); }
    return bytes;
  }
  static std::size_t length_up_to(const char* text, std::size_t max) {
    SURISIM_SEEN("strnlen") { call.reads_string(text, max); }
    return ::strnlen(text, max);
  }
  static int compare_strings(const char* a, const char* b) {
    SURISIM_SEEN("strcmp") { call.compares(a, b, kNoEnd, same); }
    return std::strcmp(a, b);
  }
  static int compare_strings_up_to(const char* a, const char* b, std::size_t max) {
    SURISIM_SEEN("strncmp") { call.compares(a, b, max, same); }
    return std::strncmp(a, b, max);
  }
  static int compare_letters(const char* a, const char* b) {
    SURISIM_SEEN("strcasecmp") { call.compares(a, b, kNoEnd, same_letter); }
    return ::strcasecmp(a, b);
  }
  static int compare_letters_up_to(const char* a, const char* b, std::size_t max) {
    SURISIM_SEEN("strncasecmp") { call.compares(a, b, max, same_letter); }
    return ::strncasecmp(a, b, max);
  }
  static const char* find_char(const char* text, int wanted) {
    const char* const found = std::strchr(text, wanted);
    SURISIM_SEEN("strchr") {
      call.searches(text, found, found == nullptr ? std::strlen(text) + 1 : 0);
    }
    return found;
  }
  static const char* find_last_char(const char* text, int wanted) {
    SURISIM_SEEN("strrchr") { call.reads_string(text); }
    return std::strrchr(text, wanted);
  }
  static const char* find_string(const char* text, const char* wanted) {
    SURISIM_SEEN("strstr") { call.reads_string(text), call.reads_string(wanted); }
    return std::strstr(text, wanted);
  }
  static char* duplicate(const char* text) {
    SURISIM_SEEN("strdup") { call.reads_string(text); }
    return ::strdup(text);
  }
  static char* duplicate_up_to(const char* text, std::size_t max) {
    SURISIM_SEEN("strndup") { call.reads_string(text, max); }
    return ::strndup(text, max);
  }

  static void note_copy(Call& call, const char* to, const char* from) {
    const std::size_t bytes = std::strlen(from) + 1;
    call.reads(from, bytes);
    call.writes(to, bytes);
  }
  static void note_appending(Call& call, const char* to, const char* from, std::size_t max) {
    const std::size_t before = std::strlen(to);
    call.reads(to, before + 1);
    call.reads_string(from, max);
    call.writes(to + before, ::strnlen(from, max) + 1);
  }
  static char* copy_string(char* to, const char* from) {
    SURISIM_SEEN("strcpy") { note_copy(call, to, from); }
    return std::strcpy(to, from);  // NOLINT(clang-analyzer-security.insecureAPI.strcpy)
  }
  static char* copy_string_checked(char* to, const char* from, std::size_t room) {
    SURISIM_SEEN("strcpy") { note_copy(call, to, from); }
    return ::__strcpy_chk(to, from, room);  // NOLINT(clang-analyzer-security.insecureAPI.strcpy)
  }
  static char* copy_string_to_end(char* to, const char* from) {
    SURISIM_SEEN("stpcpy") { note_copy(call, to, from); }
    return ::stpcpy(to, from);
  }
  static char* copy_string_to_end_checked(char* to, const char* from, std::size_t room) {
    SURISIM_SEEN("stpcpy") { note_copy(call, to, from); }
    return ::__stpcpy_chk(to, from, room);
  }
  static char* copy_string_up_to(char* to, const char* from, std::size_t max) {
    SURISIM_SEEN("strncpy") { call.reads_string(from, max), call.writes(to, max); }
    return std::strncpy(to, from, max);
  }
  static char* copy_string_up_to_checked(char* to, const char* from, std::size_t max,
                                         std::size_t room) {
    SURISIM_SEEN("strncpy") { call.reads_string(from, max), call.writes(to, max); }
    return ::__strncpy_chk(to, from, max, room);
  }
  static char* append(char* to, const char* from) {
    SURISIM_SEEN("strcat") { note_appending(call, to, from, kNoEnd); }
    return std::strcat(to, from);  // NOLINT(clang-analyzer-security.insecureAPI.strcpy)
  }
  static char* append_checked(char* to, const char* from, std::size_t room) {
    SURISIM_SEEN("strcat") { note_appending(call, to, from, kNoEnd); }
    return ::__strcat_chk(to, from, room);  // NOLINT(clang-analyzer-security.insecureAPI.strcpy)
  }
  static char* append_up_to(char* to, const char* from, std::size_t max) {
    SURISIM_SEEN("strncat") { note_appending(call, to, from, max); }
    return std::strncat(to, from, max);
  }
  static char* append_up_to_checked(char* to, const char* from, std::size_t max, std::size_t room) {
    SURISIM_SEEN("strncat") { note_appending(call, to, from, max); }
    return ::__strncat_chk(to, from, max, room);
  }

  // Suricata's functions, or the C library's if it has them.
  using Bounded = std::size_t(char*, const char*, std::size_t);
  static Bounded* defined(const char* name) {
    return reinterpret_cast<Bounded*>(::dlsym(RTLD_DEFAULT, name));
  }
  static std::size_t copy_string_bounded(char* to, const char* from, std::size_t room) {
    static Bounded* const real = defined("strlcpy");
    SURISIM_SEEN("strlcpy") {
      call.reads_string(from);
      call.writes(to, std::min(std::strlen(from) + 1, room));
    }
    return real(to, from, room);
  }
  static std::size_t append_bounded(char* to, const char* from, std::size_t room) {
    static Bounded* const real = defined("strlcat");
    SURISIM_SEEN("strlcat") {
      const std::size_t before = ::strnlen(to, room);
      call.reads_string(to, room);
      call.reads_string(from);
      call.writes(to + before, std::min(std::strlen(from) + 1, room - before));
    }
    return real(to, from, room);
  }

  static int print_list_up_to(char* to, std::size_t max, const char* format, va_list values) {
    const int length = std::vsnprintf(to, max, format, values);
    SURISIM_SEEN("vsnprintf") { call.printed(to, length, max); }
    return length;
  }
  static int print_list_up_to_checked(char* to, std::size_t max, int flag, std::size_t room,
                                      const char* format, va_list values) {
    const int length = ::__vsnprintf_chk(to, max, flag, room, format, values);
    SURISIM_SEEN("vsnprintf") { call.printed(to, length, max); }
    return length;
  }
  static int print_up_to(char* to, std::size_t max, const char* format, ...) {
    va_list values;
    va_start(values, format);
    const int length = std::vsnprintf(to, max, format, values);
    va_end(values);
    SURISIM_SEEN("snprintf") { call.printed(to, length, max); }
    return length;
  }
  static int print_up_to_checked(char* to, std::size_t max, int flag, std::size_t room,
                                 const char* format, ...) {
    va_list values;
    va_start(values, format);
    const int length = ::__vsnprintf_chk(to, max, flag, room, format, values);
    va_end(values);
    SURISIM_SEEN("snprintf") { call.printed(to, length, max); }
    return length;
  }
  static int print(char* to, const char* format, ...) {
    va_list values;
    va_start(values, format);
    const int length = std::vsprintf(to, format, values);
    va_end(values);
    SURISIM_SEEN("sprintf") { call.printed(to, length, kNoEnd); }
    return length;
  }
  static int print_checked(char* to, int flag, std::size_t room, const char* format, ...) {
    va_list values;
    va_start(values, format);
    const int length = ::__vsprintf_chk(to, flag, room, format, values);
    va_end(values);
    SURISIM_SEEN("sprintf") { call.printed(to, length, kNoEnd); }
    return length;
  }

  static std::uintptr_t find_replacement(std::string_view name) {
    const std::array replacements = {
        Replacement{"memcpy", address_of_function(copy)},
        Replacement{"__memcpy_chk", address_of_function(copy_checked)},
        Replacement{"memmove", address_of_function(move)},
        Replacement{"__memmove_chk", address_of_function(move_checked)},
        Replacement{"mempcpy", address_of_function(copy_to_end)},
        Replacement{"__mempcpy", address_of_function(copy_to_end)},
        Replacement{"__mempcpy_chk", address_of_function(copy_to_end_checked)},
        Replacement{"bcopy", address_of_function(copy_bytes)},
        Replacement{"memset", address_of_function(set)},
        Replacement{"__memset_chk", address_of_function(set_checked)},
        Replacement{"bzero", address_of_function(clear)},
        Replacement{"explicit_bzero", address_of_function(clear_explicitly)},
        Replacement{"__explicit_bzero_chk", address_of_function(clear_explicitly_checked)},
        Replacement{"memcmp", address_of_function(compare)},
        Replacement{"__memcmpeq", address_of_function(compare)},
        Replacement{"bcmp", address_of_function(compare)},
        Replacement{"memchr", address_of_function(find)},
        Replacement{"memrchr", address_of_function(find_last)},
        Replacement{"strlen", address_of_function(length)},
        Replacement{"strnlen", address_of_function(length_up_to)},
        Replacement{"strcmp", address_of_function(compare_strings)},
        Replacement{"strncmp", address_of_function(compare_strings_up_to)},
        Replacement{"strcasecmp", address_of_function(compare_letters)},
        Replacement{"strncasecmp", address_of_function(compare_letters_up_to)},
        Replacement{"strchr", address_of_function(find_char)},
        Replacement{"index", address_of_function(find_char)},
        Replacement{"strrchr", address_of_function(find_last_char)},
        Replacement{"strstr", address_of_function(find_string)},
        Replacement{"strdup", address_of_function(duplicate)},
        Replacement{"__strdup", address_of_function(duplicate)},
        Replacement{"strndup", address_of_function(duplicate_up_to)},
        Replacement{"strcpy", address_of_function(copy_string)},
        Replacement{"__strcpy_chk", address_of_function(copy_string_checked)},
        Replacement{"stpcpy", address_of_function(copy_string_to_end)},
        Replacement{"__stpcpy_chk", address_of_function(copy_string_to_end_checked)},
        Replacement{"strncpy", address_of_function(copy_string_up_to)},
        Replacement{"__strncpy_chk", address_of_function(copy_string_up_to_checked)},
        Replacement{"strcat", address_of_function(append)},
        Replacement{"__strcat_chk", address_of_function(append_checked)},
        Replacement{"strncat", address_of_function(append_up_to)},
        Replacement{"__strncat_chk", address_of_function(append_up_to_checked)},
        Replacement{"strlcpy", address_of_function(copy_string_bounded)},
        Replacement{"strlcat", address_of_function(append_bounded)},
        Replacement{"vsnprintf", address_of_function(print_list_up_to)},
        Replacement{"__vsnprintf_chk", address_of_function(print_list_up_to_checked)},
        Replacement{"snprintf", address_of_function(print_up_to)},
        Replacement{"__snprintf_chk", address_of_function(print_up_to_checked)},
        Replacement{"sprintf", address_of_function(print)},
        Replacement{"__sprintf_chk", address_of_function(print_checked)},
    };
    const auto* const found =
        std::find_if(replacements.begin(), replacements.end(),
                     [name](const Replacement& one) { return one.name == name; });
    return found == replacements.end() ? 0 : found->function;
  }
};

#undef SURISIM_SEEN

}  // namespace

void set_memory_handler(void (*handler)(const MemoryCall& call)) {
  g_memory_handler.store(handler);
}

std::uintptr_t memory_function_for(std::string_view name) {
  return Functions<false>::find_replacement(name);
}
std::uintptr_t memory_function_of_library_for(std::string_view name) {
  return Functions<true>::find_replacement(name);
}

std::size_t CalledSites::place_of(std::uintptr_t key) const {
  constexpr std::uintptr_t kSpread = 0x9e3779b97f4a7c15;
  std::size_t place = key * kSpread >> 50;  // 14 bits
  for (;; place = (place + 1) % kPlaces) {
    const std::uintptr_t there = __atomic_load_n(&places_[place].key, __ATOMIC_ACQUIRE);
    if (there == key || there == 0) return place;
  }
}

std::uint32_t CalledSites::find(std::uintptr_t at, bool writes) const {
  const Place& place = places_[place_of(key_of(at, writes))];
  return __atomic_load_n(&place.key, __ATOMIC_ACQUIRE) == 0 ? kNone : place.site;
}

std::uint32_t CalledSites::add(SiteTable& sites, const Site& site) {
  const std::uintptr_t key = key_of(site.address, site.writes);
  Place& place = places_[place_of(key)];
  if (place.key == key) return place.site;
  if (used_ == kPlaces / 2 || sites.sites.is_full()) return kNone;
  ++used_;
  place.site = static_cast<std::uint32_t>(sites.sites.size());
  sites.details.add({});
  sites.sites.add(site);
  __atomic_store_n(&place.key, key, __ATOMIC_RELEASE);
  return place.site;
}

bool CalledSites::set_point(std::uintptr_t at, bool on) {
  std::uintptr_t* const known = std::find(points_.begin(), points_.end(), at);
  if (!on && known != points_.end()) *known = 0;
  if (on && known == points_.end()) {
    std::uintptr_t* const free = std::find(points_.begin(), points_.end(), std::uintptr_t{0});
    if (free != points_.end())
      *free = at;
    else if (!points_.is_full())
      points_.add(at);
  }
  return find(at, false) != kNone || find(at, true) != kNone;
}

bool CalledSites::is_point(std::uintptr_t at) const {
  return std::find(points_.begin(), points_.end(), at) != points_.end();
}

}  // namespace surisim::translate
