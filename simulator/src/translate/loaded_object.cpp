// Implements loaded_object.hpp: reads program headers, .eh_frame and relocations in memory.
#include "translate/loaded_object.hpp"

#include <dlfcn.h>
#include <fmt/core.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <optional>

namespace surisim::translate {
namespace {

void note_segment(const ElfW(Phdr) & header, LoadedObject& object) {
  const std::uintptr_t begin = object.base + header.p_vaddr;
  if (header.p_type == PT_LOAD && (header.p_flags & PF_X) != 0 && object.text == 0) {
    object.text = begin;
    object.text_size = header.p_memsz;
  } else if (header.p_type == PT_GNU_EH_FRAME) {
    object.unwind_header = reinterpret_cast<const std::uint8_t*>(begin);
    object.unwind_header_size = header.p_memsz;
  } else if (header.p_type == PT_GNU_RELRO) {
    object.read_only = begin;
    object.read_only_size = header.p_memsz;
  }
}

struct Search {
  const link_map* map;
  LoadedObject* object;
};

int find_object(dl_phdr_info* info, std::size_t, void* data) {
  const auto& search = *static_cast<Search*>(data);
  if (info->dlpi_addr != search.map->l_addr || search.object->path != info->dlpi_name) return 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) note_segment(info->dlpi_phdr[i], *search.object);
  return 1;
}

}  // namespace

expected<LoadedObject> find_loaded_object(void* library) {
  link_map* map = nullptr;
  if (::dlinfo(library, RTLD_DI_LINKMAP, &map) != 0 || map == nullptr)
    return fail(ErrorCode::engine_refused,
                "this is not a handle of a loaded library; expected one that dlopen has returned");
  LoadedObject object;
  object.path = map->l_name;
  object.base = map->l_addr;
  object.dynamic = map->l_ld;
  Search search{map, &object};
  ::dl_iterate_phdr(find_object, &search);
  if (object.text == 0)
    return fail(ErrorCode::engine_refused,
                fmt::format("{} has no code; expected a plugin", object.path));
  return object;
}

// Unwind information: DWARF's call frame information, and the tables of the C++ ABI.

namespace {

// Pointer encodings: DW_EH_PE_*.
constexpr std::uint8_t kOmitted = 0xff;
constexpr std::uint8_t kFormat = 0x0f;
constexpr std::uint8_t kRelation = 0x70;
constexpr std::uint8_t kRelativeToPlace = 0x10;
constexpr std::uint8_t kIndirect = 0x80;
constexpr std::uint8_t kTableOfHeader = 0x3b;  // 4 bytes each, relative to the header

class Bytes {
 public:
  explicit Bytes(const std::uint8_t* at) : at_(at) {}
  const std::uint8_t* at() const { return at_; }
  bool is_good() const { return good_; }
  void skip(std::size_t bytes) { at_ += bytes; }

  template <class T>
  T fixed() {
    T value;
    std::memcpy(&value, at_, sizeof value);
    at_ += sizeof value;
    return value;
  }
  std::uint64_t leb() {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const std::uint8_t byte = *at_++;
      if (shift < 64) value |= std::uint64_t{byte & 0x7fU} << shift;
      if ((byte & 0x80) == 0) return value;
    }
  }
  std::uint64_t number(std::uint8_t encoding) {
    switch (encoding & kFormat) {
      case 0x00:
      case 0x04:
      case 0x0c:
        return fixed<std::uint64_t>();
      case 0x01:
        return leb();
      case 0x02:
        return fixed<std::uint16_t>();
      case 0x03:
        return fixed<std::uint32_t>();
      case 0x0a:
        return static_cast<std::uint64_t>(std::int64_t{fixed<std::int16_t>()});
      case 0x0b:
        return static_cast<std::uint64_t>(std::int64_t{fixed<std::int32_t>()});
      default:
        good_ = false;
        return 0;
    }
  }
  // 0: none.
  std::uintptr_t pointer(std::uint8_t encoding) {
    const auto place = reinterpret_cast<std::uintptr_t>(at_);
    const std::uint64_t value = number(encoding);
    if (value == 0) return 0;
    if ((encoding & kIndirect) != 0) good_ = false;
    if ((encoding & kRelation) == kRelativeToPlace) return place + value;
    if ((encoding & kRelation) != 0) good_ = false;
    return value;
  }

 private:
  const std::uint8_t* at_;
  bool good_ = true;
};

// What a CIE says about the entries that refer to it.
struct Encodings {
  std::uint8_t code = 0;            // absolute
  std::uint8_t landing = kOmitted;  // of the pointer to the table of landing pads
  bool has_data = false;
};

std::optional<Encodings> encodings_of(const std::uint8_t* cie) {
  Bytes in(cie);
  in.skip(8);  // length, id
  const auto version = in.fixed<std::uint8_t>();
  const auto* const augmentation = reinterpret_cast<const char*>(in.at());
  in.skip(std::strlen(augmentation) + 1);
  in.leb();
  in.leb();
  if (version == 1) {
    in.skip(1);
  } else {
    in.leb();
  }
  Encodings found;
  if (*augmentation == '\0') return found;
  if (*augmentation != 'z') return std::nullopt;
  found.has_data = true;
  in.leb();
  for (const char* letter = augmentation + 1; *letter != '\0'; ++letter) {
    if (*letter == 'R') found.code = in.fixed<std::uint8_t>();
    if (*letter == 'L') found.landing = in.fixed<std::uint8_t>();
    if (*letter == 'P') in.number(in.fixed<std::uint8_t>());
  }
  if (!in.is_good()) return std::nullopt;
  return found;
}

// False: the table has an unknown format.
bool read_landing_pads(const std::uint8_t* table, std::uintptr_t function,
                       std::vector<std::uintptr_t>& pads) {
  Bytes in(table);
  const auto base_encoding = in.fixed<std::uint8_t>();
  const std::uintptr_t base = base_encoding == kOmitted ? function : in.pointer(base_encoding);
  if (in.fixed<std::uint8_t>() != kOmitted) in.leb();  // types
  const auto encoding = in.fixed<std::uint8_t>();
  const std::uint64_t size = in.leb();
  const std::uint8_t* const end = in.at() + size;
  while (in.is_good() && in.at() < end) {
    in.number(encoding);
    in.number(encoding);
    const std::uint64_t pad = in.number(encoding);
    in.leb();
    if (pad != 0) pads.push_back(base + pad);
  }
  return in.is_good();
}

std::optional<Function> read_function(const std::uint8_t* entry,
                                      std::vector<std::uintptr_t>& pads) {
  Bytes in(entry);
  if (in.fixed<std::uint32_t>() == UINT32_MAX) return std::nullopt;  // 64-bit DWARF
  const std::uint8_t* const place = in.at();
  const auto encodings = encodings_of(place - in.fixed<std::uint32_t>());
  if (!encodings) return std::nullopt;
  Function function{in.pointer(encodings->code), 0, true};
  function.end = function.begin + in.number(encodings->code);
  if (encodings->has_data) in.leb();
  if (encodings->landing != kOmitted) {
    const std::uintptr_t table = in.pointer(encodings->landing);
    // Another language's personality could have another format, but none is known that does.
    if (table != 0)
      function.landing_pads_known =
          read_landing_pads(reinterpret_cast<const std::uint8_t*>(table), function.begin, pads);
  }
  if (!in.is_good() || function.end <= function.begin) return std::nullopt;
  return function;
}

}  // namespace

UnwindInfo read_unwind_info(const std::uint8_t* header, std::size_t size) {
  UnwindInfo info;
  if (size < 12) return info;
  Bytes in(header);
  in.skip(1);  // version
  const auto frame = in.fixed<std::uint8_t>();
  const auto count_encoding = in.fixed<std::uint8_t>();
  const auto table = in.fixed<std::uint8_t>();
  if (table != kTableOfHeader) return info;
  in.number(frame);
  const std::uint64_t count = in.number(count_encoding);
  if (!in.is_good() || count > size / 8) return info;
  for (std::uint64_t i = 0; i < count; ++i) {
    in.skip(4);
    const auto entry = in.fixed<std::int32_t>();
    const auto function = read_function(header + entry, info.landing_pads);
    if (function && (info.functions.empty() || info.functions.back().end <= function->begin))
      info.functions.push_back(*function);
  }
  std::sort(info.landing_pads.begin(), info.landing_pads.end());
  return info;
}

// Replaced calls: reads the library's relocations.

namespace {

bool is_link(std::uint64_t type) {
  return type == R_X86_64_JUMP_SLOT || type == R_X86_64_GLOB_DAT || type == R_X86_64_64;
}

}  // namespace

ReplacedCalls::ReplacedCalls(const LoadedObject& object, const Find& find) : object_(object) {
  const ElfW(Rela) * tables[2] = {};
  std::size_t sizes[2] = {};
  for (const ElfW(Dyn)* entry = object.dynamic; entry->d_tag != DT_NULL; ++entry) {
    const std::uintptr_t value = entry->d_un.d_ptr;
    switch (entry->d_tag) {
      case DT_SYMTAB:
        symbols_ = reinterpret_cast<const ElfW(Sym)*>(value);
        break;
      case DT_STRTAB:
        names_ = reinterpret_cast<const char*>(value);
        break;
      case DT_RELA:
        tables[0] = reinterpret_cast<const ElfW(Rela)*>(value);
        break;
      case DT_RELASZ:
        sizes[0] = value;
        break;
      case DT_JMPREL:
        tables[1] = reinterpret_cast<const ElfW(Rela)*>(value);
        break;
      case DT_PLTRELSZ:
        sizes[1] = value;
        break;
      default:
        break;
    }
  }
  if (symbols_ == nullptr || names_ == nullptr) return;
  for (int i = 0; i < 2; ++i)
    if (tables[i] != nullptr) replace_in(tables[i], sizes[i], find);
}

ReplacedCalls::~ReplacedCalls() {
  for (const Slot& slot : slots_) write(slot.place, slot.before);
}

void ReplacedCalls::reapply() {
  for (const Slot& slot : slots_)
    if (*slot.place != slot.function) write(slot.place, slot.function);
}

void ReplacedCalls::replace_in(const ElfW(Rela) * first, std::size_t bytes, const Find& find) {
  const ElfW(Rela)* const last = first + bytes / sizeof *first;
  for (const ElfW(Rela)* one = first; one != last; ++one) {
    if (!is_link(ELF64_R_TYPE(one->r_info))) continue;
    const ElfW(Sym)& symbol = symbols_[ELF64_R_SYM(one->r_info)];
    if (symbol.st_shndx != SHN_UNDEF || slots_.is_full()) continue;
    const std::uintptr_t function = find(names_ + symbol.st_name);
    if (function == 0) continue;
    auto* const place = reinterpret_cast<std::uintptr_t*>(object_.base + one->r_offset);
    slots_.add({place, *place, function});
    write(place, function);
  }
}

// The table may be read-only since the dynamic linker has filled it.
void ReplacedCalls::write(std::uintptr_t* place, std::uintptr_t value) const {
  const auto at = reinterpret_cast<std::uintptr_t>(place);
  const bool read_only =
      at >= object_.read_only && at < ((object_.read_only + object_.read_only_size) & ~(kPage - 1));
  void* const page = reinterpret_cast<void*>(at & ~(kPage - 1));
  if (read_only && ::mprotect(page, kPage, PROT_READ | PROT_WRITE) != 0) return;
  __atomic_store_n(place, value, __ATOMIC_RELEASE);
  if (read_only) ::mprotect(page, kPage, PROT_READ);
}

}  // namespace surisim::translate
