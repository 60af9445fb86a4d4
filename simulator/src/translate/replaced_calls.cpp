// Implements replaced_calls.hpp: reads the library's relocations.
#include "translate/replaced_calls.hpp"

#include <sys/mman.h>

namespace surisim::translate {
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
    if (tables[i] != nullptr) look_through(tables[i], sizes[i], find);
}

ReplacedCalls::~ReplacedCalls() {
  for (const Slot& slot : slots_) write(slot.place, slot.before);
}

void ReplacedCalls::renew() {
  for (const Slot& slot : slots_)
    if (*slot.place != slot.function) write(slot.place, slot.function);
}

void ReplacedCalls::look_through(const ElfW(Rela) * first, std::size_t bytes, const Find& find) {
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

// The table may have become read-only when it was complete.
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
