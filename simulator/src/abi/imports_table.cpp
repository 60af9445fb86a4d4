// Rewrites the imported addresses of loaded objects, in their tables (GOT) and constants.
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstring>

#include "abi/answers.hpp"
#include "abi/host.hpp"
#include "abi/host_function.hpp"
#include "abi/suricata_symbols.hpp"

namespace surisim::abi {

namespace {

struct Wanted {
  const char* name;
  std::uintptr_t target;
};

// The parts of an object that say what it imports.
class Imports {
 public:
  explicit Imports(const dl_phdr_info& object) : base_(object.dlpi_addr) {
    for (int i = 0; i < object.dlpi_phnum; ++i) {
      const ElfW(Phdr)& segment = object.dlpi_phdr[i];
      if (segment.p_type == PT_GNU_RELRO) {
        read_only_ = base_ + segment.p_vaddr;
        read_only_end_ = read_only_ + segment.p_memsz;
      } else if (segment.p_type == PT_DYNAMIC) {
        read(reinterpret_cast<const ElfW(Dyn)*>(base_ + segment.p_vaddr));
      }
    }
  }

  void point(const Wanted& wanted) const {
    each([&](const ElfW(Sym) & symbol, std::uintptr_t slot) {
      if (std::strcmp(strings_ + symbol.st_name, wanted.name) == 0) write(slot, wanted.target);
    });
  }

  void hide_other_versions(Suricata version) const {
    each([&](const ElfW(Sym) & symbol, std::uintptr_t slot) {
      if (ELF64_ST_BIND(symbol.st_info) != STB_WEAK || symbol.st_shndx != SHN_UNDEF) return;
      const char* const name = strings_ + symbol.st_name;
      const auto only = only_version_with(name);
      if (!only) return;
      void* const found = *only == version ? ::dlsym(RTLD_DEFAULT, name) : nullptr;
      write(slot, reinterpret_cast<std::uintptr_t>(found));
    });
  }

 private:
  // Calls `visit` with each imported symbol, and the slot that holds its address, in the table or
  // in a constant.
  template <class Visit>
  void each(Visit visit) const {
    if (symbols_ == nullptr || strings_ == nullptr) return;
    for (const Table& table : {calls_, others_}) {
      for (std::size_t i = 0; i < table.size / sizeof(ElfW(Rela)); ++i) {
        const ElfW(Rela)& one = table.first[i];
        const auto type = ELF64_R_TYPE(one.r_info);
        const std::uintptr_t slot = base_ + one.r_offset;
        const bool is_constant = type == R_X86_64_64 && one.r_addend == 0 && is_read_only(slot);
        if (type != R_X86_64_JUMP_SLOT && type != R_X86_64_GLOB_DAT && !is_constant) continue;
        visit(symbols_[ELF64_R_SYM(one.r_info)], slot);
      }
    }
  }

  struct Table {
    const ElfW(Rela) * first = nullptr;
    std::size_t size = 0;
  };

  void read(const ElfW(Dyn) * entry) {
    for (; entry->d_tag != DT_NULL; ++entry) {
      switch (entry->d_tag) {
        case DT_SYMTAB:
          symbols_ = reinterpret_cast<const ElfW(Sym)*>(address(*entry));
          break;
        case DT_STRTAB:
          strings_ = reinterpret_cast<const char*>(address(*entry));
          break;
        case DT_JMPREL:
          calls_.first = reinterpret_cast<const ElfW(Rela)*>(address(*entry));
          break;
        case DT_PLTRELSZ:
          calls_.size = entry->d_un.d_val;
          break;
        case DT_RELA:
          others_.first = reinterpret_cast<const ElfW(Rela)*>(address(*entry));
          break;
        case DT_RELASZ:
          others_.size = entry->d_un.d_val;
          break;
        default:
          break;
      }
    }
  }

  // The dynamic linker adds the base to most objects' entries.
  std::uintptr_t address(const ElfW(Dyn) & entry) const {
    return entry.d_un.d_ptr < base_ ? base_ + entry.d_un.d_ptr : entry.d_un.d_ptr;
  }

  bool is_read_only(std::uintptr_t slot) const {
    return slot >= read_only_ && slot < read_only_end_;
  }

  void write(std::uintptr_t slot, std::uintptr_t target) const {
    auto& word = *reinterpret_cast<std::uintptr_t*>(slot);
    if (std::atomic_ref(word).load(std::memory_order_relaxed) == target) return;
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    auto* const start = reinterpret_cast<void*>(slot / page * page);
    const bool read_only = is_read_only(slot);
    if (read_only && ::mprotect(start, page, PROT_READ | PROT_WRITE) != 0) return;
    std::atomic_ref(word).store(target, std::memory_order_release);
    if (read_only) ::mprotect(start, page, PROT_READ);
  }

  std::uintptr_t base_;
  std::uintptr_t read_only_ = 0;  // made read-only after relocation
  std::uintptr_t read_only_end_ = 0;
  const ElfW(Sym) * symbols_ = nullptr;
  const char* strings_ = nullptr;
  Table calls_;
  Table others_;
};

int point_in(dl_phdr_info* object, std::size_t, void* data) {
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object->dlpi_phdr[i];
    const std::uintptr_t begin = object->dlpi_addr + segment.p_vaddr;
    const auto own = reinterpret_cast<std::uintptr_t>(&base::kOwnBegin);
    if (segment.p_type == PT_LOAD && own >= begin && own < begin + segment.p_memsz) return 0;
  }
  Imports(*object).point(*static_cast<const Wanted*>(data));
  return 0;
}

int hide_in(dl_phdr_info* object, std::size_t, void* data) {
  if (object->dlpi_addr != static_cast<const link_map*>(data)->l_addr) return 0;
  Imports(*object).hide_other_versions(host().version);
  return 1;
}

}  // namespace

void point_imports(const char* name, void (*target)()) {
  Wanted wanted{name, reinterpret_cast<std::uintptr_t>(target)};
  ::dl_iterate_phdr(point_in, &wanted);
}

void hide_other_versions(void* library) {
  link_map* map = nullptr;
  if (::dlinfo(library, RTLD_DI_LINKMAP, &map) == 0) ::dl_iterate_phdr(hide_in, map);
}

}  // namespace surisim::abi
