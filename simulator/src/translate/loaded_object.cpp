// Implements loaded_object.hpp by the dynamic linker's list of program headers.
#include "translate/loaded_object.hpp"

#include <dlfcn.h>
#include <fmt/core.h>

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

int look_at(dl_phdr_info* info, std::size_t, void* data) {
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
                "this is no handle of a loaded library; expected one that dlopen has returned");
  LoadedObject object;
  object.path = map->l_name;
  object.base = map->l_addr;
  object.dynamic = map->l_ld;
  Search search{map, &object};
  ::dl_iterate_phdr(look_at, &search);
  if (object.text == 0)
    return fail(ErrorCode::engine_refused,
                fmt::format("{} has no code; expected a plugin", object.path));
  return object;
}

}  // namespace surisim::translate
