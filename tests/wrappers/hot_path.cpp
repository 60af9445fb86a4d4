// Two functions for hot_path.sh, which compares their instructions.
#include <suricata_ffi/thread.hpp>

using suricata_ffi::thread::ThreadStorage;
using suricata_ffi::thread::ThreadVars;

extern "C" void* raw_call(ThreadVars_* tv, suricata_ffi::detail::SlotId id) {
  return suricata_ffi::detail::suricata_ffi_thread_get(tv, id);
}

extern "C" int* get_mut(ThreadVars_* raw, ThreadStorage<int> storage) {
  ThreadVars tv = ThreadVars::from_ptr(raw);
  int* value = storage.get_mut(tv);  // outlives the view, which clang cannot know
  return value;
}
