#include "abi/allocation_origin.hpp"

#include <link.h>
#include <unwind.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace surisim::abi {

namespace {

enum class Side : std::uint8_t {
  plugins,  // everything that is not named here: plugins, and the program with its Init
  own,      // this library
  linker,
  both,  // on which both stand: whose it is, the caller's caller says
};

// Code of one loaded file.
struct Range {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  Side side = Side::plugins;

  bool operator==(const Range&) const = default;
};

struct Table {
  std::vector<Range> ranges;
  const Table* replaced = nullptr;  // stays: another thread may still read it
};

// Read inside malloc, on any thread. Written when a run begins, where other libraries have been
// loaded since the last one.
std::atomic<const Table*> g_table{nullptr};

// The C and C++ runtime, and what this library is linked with.
constexpr std::array<std::string_view, 15> kBoth = {
    "libc.",      "libm.",       "libstdc++.", "libgcc_s.", "libc++.",
    "libc++abi.", "libpthread.", "libtbb",     "libfmt.",   "libyaml-cpp",
    "libdw.",     "libelf.",     "libpcap",    "libz.",     "libunwind"};

bool has(const dl_phdr_info& info, std::uintptr_t address) {
  for (int i = 0; i < info.dlpi_phnum; ++i) {
    const auto& header = info.dlpi_phdr[i];
    const std::uintptr_t begin = info.dlpi_addr + header.p_vaddr;
    if (header.p_type == PT_LOAD && address >= begin && address < begin + header.p_memsz)
      return true;
  }
  return false;
}

Side side_of_file(const dl_phdr_info& info) {
  if (has(info, reinterpret_cast<std::uintptr_t>(&side_of_file))) return Side::own;
  const std::string_view path = info.dlpi_name == nullptr ? "" : info.dlpi_name;
  const std::string_view file = path.substr(path.rfind('/') + 1);
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

Side side_of_code(std::uintptr_t address) {
  const Table* const table = g_table.load(std::memory_order_acquire);
  if (table == nullptr) return Side::plugins;
  for (const Range& range : table->ranges) {
    if (address >= range.begin && address < range.end) return range.side;
  }
  return Side::plugins;
}

struct Walk {
  std::uintptr_t caller = 0;
  bool reached = false;  // the frame that called malloc
  const void* origin = nullptr;
};

_Unwind_Reason_Code look_for_origin(_Unwind_Context* frame, void* data) {
  auto& walk = *static_cast<Walk*>(data);
  const std::uintptr_t at = _Unwind_GetIP(frame);
  walk.reached = walk.reached || at == walk.caller;
  if (!walk.reached) return _URC_NO_REASON;
  const Side side = side_of_code(at);
  if (side == Side::both) return _URC_NO_REASON;
  if (side == Side::plugins) walk.origin = reinterpret_cast<const void*>(at);
  return _URC_NORMAL_STOP;
}

}  // namespace

void map_libraries() {
  auto table = std::make_unique<Table>();
  ::dl_iterate_phdr(&add_code, table.get());
  table->replaced = g_table.load(std::memory_order_acquire);
  if (table->replaced == nullptr || table->replaced->ranges != table->ranges)
    g_table.store(table.release(), std::memory_order_release);
}

const void* allocation_origin(const void* caller) noexcept {
  Walk walk;
  walk.caller = reinterpret_cast<std::uintptr_t>(caller);
  switch (side_of_code(walk.caller)) {
    case Side::plugins:
      return caller;
    case Side::own:
    case Side::linker:
      return nullptr;
    case Side::both:
      break;
  }
  _Unwind_Backtrace(&look_for_origin, &walk);
  return walk.origin;
}

}  // namespace surisim::abi
