// What thread and flow storage have in common.
//
// When:    see thread.hpp and flow.hpp.
// Owner:   the slot owns its values; the process owns slot names.
// Threads: register on main; the rest on the thread that the object belongs to.
// Source:  util-storage.c, facts L16 to L21.
#pragma once

#include <algorithm>
#include <memory>
#include <new>
#include <string_view>
#include <utility>

#include "suricata_ffi/detail/abi.hpp"
#include "suricata_ffi/detail/config.hpp"
#include "suricata_ffi/detail/guard.hpp"
#include "suricata_ffi/detail/keep.hpp"
#include "suricata_ffi/detail/value.hpp"
#include "suricata_ffi/expected.hpp"

namespace suricata_ffi::detail {

// A slot's name; the host keeps the pointer (L17).
struct KeptName : Kept {
  std::unique_ptr<char[]> text;
};

// Registers a slot under a copy of `name`. The host refuses the empty name itself.
inline expected<SlotId> register_slot(SlotId (*host_register)(const char*, FreeFn),
                                      std::string_view name, FreeFn free_value) {
  if (name.find('\0') != std::string_view::npos) return unexpected(Error::name_contains_nul);
  std::unique_ptr<KeptName> kept(new (std::nothrow) KeptName);
  if (kept == nullptr) return unexpected(Error::out_of_memory);
  kept->text.reset(new (std::nothrow) char[name.size() + 1]);
  if (kept->text == nullptr) return unexpected(Error::out_of_memory);
  *std::copy(name.begin(), name.end(), kept->text.get()) = '\0';

  const SlotId id = host_register(kept->text.get(), free_value);
  if (id.id < 0) return unexpected(Error::refused);
  keep(kept.release());
  return id;
}

// What a slot of `Host` (ThreadHost, FlowHost) does with values of type T. A `Handle` is what
// thread.hpp or flow.hpp keep of a slot; the host gives nullptr for one that is unregistered.
// `peek` is `get` where that costs little, and may give nullptr where it does not.
template <class T, class Host>
struct SURICATA_FFI_LOCAL Slot {
  using Memory = ValueMemory<T, Host::kLine>;
  using Object = typename Host::Object;
  using Handle = typename Host::Handle;

  // The slot's Free; the host never calls it with NULL (L21).
  static void free_value(void* value) noexcept {
    guarded(Host::kFreeName, [value] { Memory::destroy(static_cast<T*>(value)); });
  }

  static T* get(const Object* object, Handle slot) noexcept {
    return static_cast<T*>(Host::get(object, slot));
  }

  template <class Make>
  static Inserted<T> get_or_insert_with(Object* object, Handle slot, Make&& make) {
    if (void* value = Host::peek(object, slot)) [[likely]]
      return static_cast<T*>(value);
    return find_or_insert(object, slot, std::forward<Make>(make));
  }

 private:
  // Apart, so that a hit costs no more than get.
  template <class Make>
  [[gnu::noinline]] static Inserted<T> find_or_insert(Object* object, Handle slot, Make&& make) {
    if (T* value = get(object, slot)) return value;
    if (Host::id(slot) < 0) return unexpected(Error::unregistered);
    T* made = Memory::create(std::forward<Make>(make));
    if (made == nullptr) return unexpected(Error::out_of_memory);
    // `make` itself may have filled the slot, and the host would overwrite that value (L20).
    if (T* value = get(object, slot)) {
      Memory::destroy(made);
      return value;
    }
    if (Host::set(object, slot, made) != 0) {
      Memory::destroy(made);
      return unexpected(Error::set_failed);
    }
    return made;
  }
};

}  // namespace suricata_ffi::detail
