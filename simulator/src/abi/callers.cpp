// Walks the thread's stack, tells whose code an address is in, and finds tail calls in machine
// code.
#include "abi/callers.hpp"

#include <link.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "abi/plugin_threads.hpp"
#include "base/mutex.hpp"
#include "base/safe_read.hpp"
#include "base/source_line.hpp"
#include "trace/context.hpp"

namespace surisim::abi {
namespace {

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool is_in_c_library(const void* return_address) {
  const std::string path = base::loaded_address(return_address).file;
  const std::string_view file = file_name(path);
  return file.starts_with("libc.so.") || file.starts_with("libstdc++.so.");
}

// A function that the C library calls, such as one passed to qsort, may tail-call the host, which
// then returns to the library. This is the call of the library, or the callback if that tail-called
// the library; NULL if nothing called the library, as for the first function of a thread.
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

// Not on a hot path.
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
  if (const void* const call = tail_call_of(return_address); call != return_address) return call;
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

// Whose code it is.
enum class Side : std::uint8_t {
  plugins,  // everything that is not one of the others: plugins, and a program with an Init
  own,      // this library's
  linker,   // the dynamic linker's
  both,     // a library's that both sides use: the caller's caller decides
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

// Read inside malloc, on any thread. Replaced when a run begins, if other libraries have been
// loaded since the last one.
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
  // The C library's functions that start a thread.
  while (!calls.empty() && is_in_c_library(calls.back())) calls.pop_back();
  return calls;
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

namespace {

bool is_in_rust_library(const void* return_address) {
  const base::LoadedAddress at = base::loaded_address(return_address);
  if (at.file.empty() || !base::has_symbol(at.file, "rust_eh_personality")) return false;
  const base::CodePlace place = base::call_place(at.file, at.address);
  return place.source.empty() ? base::is_library_function(place.function)
                              : base::is_library_line(place.source);
}

// Caches is_in_rust_library(), without a lock, because it is asked for each allocation. An address
// may displace another one, which is then looked up again.
class RustLibraryCode {
 public:
  bool contains(const void* return_address) {
    const auto address = reinterpret_cast<std::uintptr_t>(return_address);
    std::atomic<std::uintptr_t>& entry = entries_[(address ^ address >> 12) % entries_.size()];
    const std::uintptr_t known = entry.load(std::memory_order_relaxed);
    if (known >> 1 == address) return (known & 1) != 0;
    const bool is = is_in_rust_library(return_address);
    entry.store(address << 1 | (is ? 1 : 0), std::memory_order_relaxed);
    return is;
  }

 private:
  std::array<std::atomic<std::uintptr_t>, 4096> entries_{};
};

// Caches rust_call_of(), because walking the stack takes far longer than allocating. A call usually
// leads to an allocation through the same functions each time: then its return address is as far up
// the stack as when it was found.
class KnownCalls {
 public:
  // The author's call that led to the call `inner`; NULL: not known. `limit`: the stack may be read
  // up to there.
  __attribute__((no_sanitize("address", "thread"))) const void* find(const void* inner,
                                                                     std::uintptr_t here,
                                                                     std::uintptr_t limit) const {
    for (const Entry& entry : row_of(inner)) {
      const std::uintptr_t at = here + entry.up.load(std::memory_order_relaxed);
      const std::uintptr_t author = entry.author.load(std::memory_order_relaxed);
      if (at > here && at + sizeof author <= limit &&
          *reinterpret_cast<const std::uintptr_t*>(at) == author)
        return reinterpret_cast<const void*>(author);
    }
    return nullptr;
  }
  void add(const void* inner, const void* author, std::uintptr_t up) {
    Entry& entry = const_cast<Row&>(row_of(inner))[next_.fetch_add(1) % kEntries];
    entry.up.store(0, std::memory_order_relaxed);
    entry.author.store(reinterpret_cast<std::uintptr_t>(author), std::memory_order_relaxed);
    entry.up.store(up, std::memory_order_relaxed);
  }

 private:
  struct Entry {
    std::atomic<std::uintptr_t> up{0};  // bytes; 0: an empty entry
    std::atomic<std::uintptr_t> author{0};
  };
  static constexpr std::size_t kEntries = 16;
  using Row = std::array<Entry, kEntries>;

  const Row& row_of(const void* inner) const {
    const auto address = reinterpret_cast<std::uintptr_t>(inner);
    return rows_[(address ^ address >> 12) % rows_.size()];
  }
  std::array<Row, 256> rows_{};
  std::atomic<std::uint32_t> next_{0};
};

struct Known {
  RustLibraryCode rust_code;
  KnownCalls calls;
  Mutex mutex;
  // By the author's call: the library's call inside it.
  std::map<const void*, const void*> inner SURISIM_GUARDED_BY(mutex);
};

// Never destroyed: plugins' destructors may still allocate after ours have run.
Known& known() {
  static Known& all = *new Known;
  return all;
}

}  // namespace

const void* rust_call_of(const void* return_address) noexcept {
  Known& all = known();
  if (return_address == nullptr || !all.rust_code.contains(return_address)) return return_address;
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  const engine::Context* const mine = engine::context();
  const auto limit = mine == nullptr ? 0 : reinterpret_cast<std::uintptr_t>(mine->callback_frame);
  if (const void* const known_call = all.calls.find(return_address, here, limit)) return known_call;
  const void* inner = return_address;
  const void* author = nullptr;
  std::uintptr_t author_at = 0;  // the address of its return address
  walk_stack(return_address, [&](const void* at, std::uintptr_t top) {
    if (is_own_code(at)) return false;
    const bool in_library = all.rust_code.contains(at);
    (in_library ? inner : author) = at;
    author_at = top - sizeof(void*);
    return in_library;
  });
  if (author == nullptr) return return_address;
  if (author_at > here && author_at < limit)
    all.calls.add(return_address, author, author_at - here);
  const MutexLock lock(all.mutex);
  all.inner.try_emplace(author, inner);
  return author;
}

std::string rust_function_called(const void* return_address) {
  const base::LoadedAddress at = base::loaded_address(return_address);
  if (at.file.empty() || !base::has_symbol(at.file, "rust_eh_personality")) return "";
  // Box::new itself is always inlined, and calls others.
  if (std::string name = base::call_place(at.file, at.address).inlined; !name.empty()) return name;
  const void* inner = nullptr;
  {
    Known& all = known();
    const MutexLock lock(all.mutex);
    const auto found = all.inner.find(return_address);
    if (found != all.inner.end()) inner = found->second;
  }
  if (inner == nullptr) return "";
  const base::LoadedAddress in = base::loaded_address(inner);
  const base::CodePlace place = base::call_place(in.file, in.address);
  return place.inlined.empty() ? place.function : place.inlined;
}

namespace {

// A jump from one function to another, as a tail call is: "jmp *slot(%rip)" or "jmp target".
struct Jump {
  const unsigned char* next;  // the address after it
  const unsigned char* target;
};

std::int32_t read32(const unsigned char* from) {
  std::int32_t value = 0;
  std::memcpy(&value, from, sizeof value);
  return value;
}

// A jump through a slot that the dynamic linker has filled.
std::optional<Jump> jump_through_slot(const unsigned char* at, const unsigned char* code) {
  if (code[0] != 0xff || code[1] != 0x25) return std::nullopt;
  const unsigned char* const next = at + 6;
  const unsigned char* target = nullptr;
  if (base::read_memory(next + read32(code + 2), &target, sizeof target) != sizeof target)
    return std::nullopt;
  return Jump{next, target};
}

// The function that the linkage table's code at this address jumps to, or the address itself if it
// is no such code. "endbr64" and "bnd" may precede the jump.
const unsigned char* through_linkage_table(const unsigned char* at) {
  std::array<unsigned char, 16> code{};
  if (base::read_code(at, code.data(), code.size()) != code.size()) return at;
  std::size_t skip = read32(code.data()) == std::int32_t{-0x05e1f00d} ? 4 : 0;  // f3 0f 1e fa
  if (code[skip] == 0xf2) ++skip;
  const auto jump = jump_through_slot(at + skip, code.data() + skip);
  return jump ? jump->target : at;
}

constexpr int kMostJumps = 3;  // in a chain of tail calls

// The addresses after this function's jumps that lead to the host. Other bytes that look like a
// jump do not lead there.
std::set<const void*> jumps_to_host(const unsigned char* function, std::size_t size, int left) {
  constexpr std::size_t kLargest = std::size_t{1} << 20;
  std::set<const void*> found;
  if (size > kLargest) return found;
  std::vector<unsigned char> code(size);
  if (base::read_code(function, code.data(), size) != size) return found;
  for (std::size_t i = 0; i + 5 <= size; ++i) {
    std::optional<Jump> jump;
    if (code[i] == 0xe9) {
      const unsigned char* const next = function + i + 5;
      const unsigned char* const target = next + read32(&code[i + 1]);
      if (target < function || target >= function + size)
        jump = Jump{next, through_linkage_table(target)};
    } else if (i + 6 <= size) {
      jump = jump_through_slot(function + i, &code[i]);
    }
    if (!jump) continue;
    if (is_own_code(jump->target)) {
      found.insert(jump->next);
    } else if (left > 1) {
      const base::FunctionAt next = base::function_at(jump->target);
      if (next.start == jump->target &&
          !jumps_to_host(static_cast<const unsigned char*>(next.start), next.size, left - 1)
               .empty())
        found.insert(jump->next);
    }
  }
  return found;
}

}  // namespace

const void* tail_call_of(const void* place) {
  if (place == nullptr || is_own_code(place)) return place;
  const auto* const start = static_cast<const unsigned char*>(place) - 1;
  const base::FunctionAt function = base::function_at(start);
  if (function.start != start) return place;
  const std::set<const void*> jumps = jumps_to_host(start, function.size, kMostJumps);
  return jumps.size() == 1 ? *jumps.begin() : place;
}

}  // namespace surisim::abi
