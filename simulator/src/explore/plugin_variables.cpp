// Finds them in the program headers.
#include "explore/plugin_variables.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace surisim::explore {
namespace {

// Program headers and base of the object whose dynamic section this is.
struct Object {
  const ElfW(Dyn) * dynamic;
  std::uintptr_t base = 0;
  const ElfW(Phdr) * headers = nullptr;
  std::size_t count = 0;
};

int find(dl_phdr_info* info, std::size_t, void* data) {
  Object& wanted = *static_cast<Object*>(data);
  for (std::size_t i = 0; i < info->dlpi_phnum; ++i) {
    const auto& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_DYNAMIC ||
        info->dlpi_addr + segment.p_vaddr != reinterpret_cast<std::uintptr_t>(wanted.dynamic))
      continue;
    wanted.base = info->dlpi_addr;
    wanted.headers = info->dlpi_phdr;
    wanted.count = info->dlpi_phnum;
    return 1;
  }
  return 0;
}

}  // namespace

PluginVariables::PluginVariables(void* library) : library_(library) {
  link_map* map = nullptr;
  if (::dlinfo(library, RTLD_DI_LINKMAP, &map) != 0) return;
  Object object{map->l_ld};
  if (::dl_iterate_phdr(find, &object) == 0) return;
  for (const auto* entry = map->l_ld; entry->d_tag != DT_NULL; ++entry)
    if (entry->d_tag == DT_FINI_ARRAYSZ) destructors_ = entry->d_un.d_val / sizeof(void*);
  // Written once, by the dynamic linker, and read-only in whole pages since.
  std::uintptr_t constant = 0;
  std::uintptr_t constant_end = 0;
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  for (std::size_t i = 0; i < object.count; ++i) {
    const auto& segment = object.headers[i];
    if (segment.p_type != PT_GNU_RELRO) continue;
    constant = object.base + segment.p_vaddr;
    constant_end = (constant + segment.p_memsz) / page * page;
  }
  for (std::size_t i = 0; i < object.count; ++i) {
    const auto& segment = object.headers[i];
    if (segment.p_type == PT_TLS) copy_thread_locals(segment, object.base);
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) == 0) continue;
    const std::uintptr_t begin = object.base + segment.p_vaddr;
    const std::uintptr_t end = begin + segment.p_memsz;
    copy(begin, std::clamp(constant, begin, end));
    copy(std::clamp(constant_end, begin, end), end);
  }
}

void PluginVariables::copy(std::uintptr_t begin, std::uintptr_t end) {
  if (begin >= end) return;
  auto* const at = reinterpret_cast<std::uint8_t*>(begin);
  copies_.push_back({at, {at, at + (end - begin)}});
}

// They have their first values until the thread uses them.
void PluginVariables::copy_thread_locals(const ElfW(Phdr) & segment, std::uintptr_t base) {
  const std::uint8_t* const now = thread_locals();
  thread_locals_.resize(segment.p_memsz);
  if (now != nullptr)
    std::copy_n(now, segment.p_memsz, thread_locals_.begin());
  else
    std::copy_n(reinterpret_cast<const std::uint8_t*>(base + segment.p_vaddr), segment.p_filesz,
                thread_locals_.begin());
}

std::uint8_t* PluginVariables::thread_locals() const {
  void* at = nullptr;
  return ::dlinfo(library_, RTLD_DI_TLS_DATA, &at) == 0 ? static_cast<std::uint8_t*>(at) : nullptr;
}

bool PluginVariables::thread_locals_changed() const {
  const std::uint8_t* const now = thread_locals_.empty() ? nullptr : thread_locals();
  return now != nullptr && !std::equal(thread_locals_.begin(), thread_locals_.end(), now);
}

void PluginVariables::put_back() const {
  for (const Copy& one : copies_) std::memcpy(one.at, one.bytes.data(), one.bytes.size());
  if (thread_locals_.empty()) return;
  if (std::uint8_t* const now = thread_locals())
    std::copy(thread_locals_.begin(), thread_locals_.end(), now);
}

}  // namespace surisim::explore
