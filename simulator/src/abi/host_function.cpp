// Finds callers: walks this thread's stack, and knows which code is whose.
#include "abi/host_function.hpp"

#include <link.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "abi/authors_code.hpp"
#include "abi/plugin_threads.hpp"
#include "base/source_line.hpp"

namespace surisim::abi {

namespace {

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool is_in_c_library(const void* return_address) {
  const std::string path = base::loaded_address(return_address).file;
  const std::string_view file = file_name(path);
  return file.starts_with("libc.so.") || file.starts_with("libstdc++.so.");
}

// The call around a C library's. A function that the library was given to call may end with a jump
// to the host, which then returns to the library. The place is the call around it, or the callback
// that called the library with a jump of its own; NULL if nothing called the library, as for the
// first function of a thread.
const void* call_of_library(const void* return_address) {
  const void* call = return_address;
  walk_stack(return_address, [&](const void* at) {
    const bool own = is_own_code(at);
    const bool in_library = !own && is_in_c_library(at);
    call = own ? running_function_or(nullptr) : in_library ? nullptr : at;
    return in_library;
  });
  return call;
}

}  // namespace

// Rarely needed, and never part of a hot path.
[[gnu::noinline, gnu::cold]] const void* running_function_or(const void* return_address) noexcept {
  if (answered_call != nullptr) return answered_call;
  const engine::Context* const mine = engine::context();
  const void* const function = mine == nullptr ? function_of_plugins_thread() : mine->function;
  if (function == nullptr) return return_address;
  if (is_own_code(function)) return nullptr;
  // A return address is looked up by the byte before it.
  return static_cast<const char*>(function) + 1;
}

const void* authors_call(const void* return_address) {
  if (return_address == nullptr) return nullptr;
  if (const void* const call = last_call_of(return_address); call != return_address) return call;
  if (is_in_c_library(return_address)) {
    const void* const call = call_of_library(return_address);
    return call == return_address ? return_address : authors_call(call);
  }
  if (!base::is_library_line(base::source_of(return_address))) return return_address;
  const void* found = return_address;
  walk_stack(return_address, [&](const void* at) {
    if (is_own_code(at)) return false;
    const std::string source = base::source_of(at);
    if (source.empty() || base::is_library_line(source)) return true;
    found = at;
    return false;
  });
  return found;
}

namespace {

enum class Side : std::uint8_t {
  plugins,  // everything that is not named here: plugins, and the program with its Init
  own,      // this library
  linker,
  both,  // used by both sides: the caller's caller decides
};

// Code of one loaded file.
struct Range {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  Side side = Side::plugins;

  bool operator==(const Range&) const = default;
};

struct Table {
  std::vector<Range> ranges;        // by begin
  const Table* replaced = nullptr;  // never freed: another thread may still read it
};

// Read inside malloc, on any thread. Written when a run begins and other libraries have been loaded
// since the last one.
std::atomic<const Table*> g_table{nullptr};

// The C and C++ runtime, and the libraries that this one is linked with.
constexpr std::array<std::string_view, 15> kBoth = {
    "libc.",      "libm.",       "libstdc++.", "libgcc_s.", "libc++.",
    "libc++abi.", "libpthread.", "libtbb",     "libfmt.",   "libyaml-cpp",
    "libdw.",     "libelf.",     "libpcap",    "libz.",     "libunwind"};

bool contains(const dl_phdr_info& info, std::uintptr_t address) {
  return std::any_of(info.dlpi_phdr, info.dlpi_phdr + info.dlpi_phnum, [&](const auto& header) {
    const std::uintptr_t begin = info.dlpi_addr + header.p_vaddr;
    return header.p_type == PT_LOAD && address >= begin && address < begin + header.p_memsz;
  });
}

Side side_of_file(const dl_phdr_info& info) {
  if (contains(info, reinterpret_cast<std::uintptr_t>(&side_of_file))) return Side::own;
  const std::string_view file = file_name(info.dlpi_name == nullptr ? "" : info.dlpi_name);
  if (file.starts_with("ld-linux")) return Side::linker;
  const bool both = std::any_of(kBoth.begin(), kBoth.end(),
                                [&](std::string_view name) { return file.starts_with(name); });
  return both ? Side::both : Side::plugins;
}

int add_code(dl_phdr_info* info, std::size_t, void* to) {
  const Side side = side_of_file(*info);
  if (side == Side::plugins) return 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& header = info->dlpi_phdr[i];
    if (header.p_type != PT_LOAD || (header.p_flags & PF_X) == 0) continue;
    const std::uintptr_t begin = info->dlpi_addr + header.p_vaddr;
    static_cast<Table*>(to)->ranges.push_back({begin, begin + header.p_memsz, side});
  }
  return 0;
}

Side side_of_code(const void* address) {
  const Table* const table = g_table.load(std::memory_order_acquire);
  if (table == nullptr) return Side::plugins;
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  const auto after = std::upper_bound(
      table->ranges.begin(), table->ranges.end(), at,
      [](std::uintptr_t wanted, const Range& range) { return wanted < range.begin; });
  if (after == table->ranges.begin() || at >= std::prev(after)->end) return Side::plugins;
  return std::prev(after)->side;
}

}  // namespace

std::vector<const void*> calls_from(const void* return_address, std::size_t most) {
  std::vector<const void*> calls;
  walk_stack(return_address, [&](const void* at) {
    if (is_own_code(at) || calls.size() == most) return false;
    calls.push_back(at);
    return true;
  });
  // What has started a thread.
  while (!calls.empty() && is_in_c_library(calls.back())) calls.pop_back();
  return calls;
}

// UBSan would report the load instead of letting it crash.
__attribute__((no_sanitize("null"))) void crash_on_null(const char* function,
                                                        const char* argument) noexcept {
  if (const engine::Context* const mine = engine::context();
      mine != nullptr && mine->journal != nullptr) {
    mine->journal->called(function);
    mine->journal->got_null(argument);
  }
  const volatile char* volatile nothing = nullptr;
  (void)*nothing;
  std::abort();  // not reached
}

void map_libraries() {
  auto table = std::make_unique<Table>();
  ::dl_iterate_phdr(&add_code, table.get());
  std::sort(table->ranges.begin(), table->ranges.end(),
            [](const Range& a, const Range& b) { return a.begin < b.begin; });
  table->replaced = g_table.load(std::memory_order_acquire);
  if (table->replaced == nullptr || table->replaced->ranges != table->ranges)
    g_table.store(table.release(), std::memory_order_release);
}

bool is_plugins_code(const void* address) noexcept {
  return side_of_code(address) == Side::plugins;
}

const void* allocation_origin(const void* caller) noexcept {
  const Side side = side_of_code(caller);
  if (side != Side::both) return side == Side::plugins ? caller : nullptr;
  const void* origin = nullptr;
  walk_stack(caller, [&](const void* at) {
    const Side its = side_of_code(at);
    if (its == Side::plugins) origin = at;
    return its == Side::both;
  });
  return origin;
}

}  // namespace surisim::abi
