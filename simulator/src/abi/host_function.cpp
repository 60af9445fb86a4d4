#include "abi/host_function.hpp"

#include <unwind.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/source_line.hpp"
#include "trace/context.hpp"

namespace surisim::abi {

const void* running_function_or(const void* return_address) noexcept {
  const engine::Context* const mine = engine::context();
  if (mine == nullptr || mine->function == nullptr) return return_address;
  if (is_own_code(mine->function)) return nullptr;
  // A return address is looked up by the byte before it.
  return static_cast<const char*>(mine->function) + 1;
}

namespace {

// The frames of a stack, from that of a call on.
struct StackWalk {
  const void* from = nullptr;
  bool reached = false;
  const void* found = nullptr;
};

_Unwind_Reason_Code look_for_author(_Unwind_Context* frame, void* data) {
  auto& walk = *static_cast<StackWalk*>(data);
  const auto* const at = reinterpret_cast<const void*>(_Unwind_GetIP(frame));
  walk.reached = walk.reached || at == walk.from;
  if (!walk.reached) return _URC_NO_REASON;
  if (is_own_code(at)) return _URC_NORMAL_STOP;
  const std::string source = base::source_of(at);
  if (source.empty() || base::is_library_line(source)) return _URC_NO_REASON;
  walk.found = at;
  return _URC_NORMAL_STOP;
}

bool is_in_c_library(const void* return_address) {
  const std::string path = base::loaded_address(return_address).file;
  const std::string_view file = std::string_view(path).substr(path.rfind('/') + 1);
  return file.starts_with("libc.so.") || file.starts_with("libstdc++.so.");
}

// What a C library was given to call may end with a jump to the host, which then returns to the
// library. The place is the call around it, or the callback that called the library with a jump of
// its own; NULL where nobody has called the library, as for the first function of a thread.
struct OutOfLibrary {
  const void* from = nullptr;
  const void* call = nullptr;  // `from` while it has not been reached
};

_Unwind_Reason_Code look_out_of_library(_Unwind_Context* frame, void* data) {
  auto& walk = *static_cast<OutOfLibrary*>(data);
  const auto* const at = reinterpret_cast<const void*>(_Unwind_GetIP(frame));
  if (walk.call == walk.from && at != walk.from) return _URC_NO_REASON;
  const bool own = is_own_code(at);
  const bool in_library = !own && is_in_c_library(at);
  walk.call = own ? running_function_or(nullptr) : in_library ? nullptr : at;
  return in_library ? _URC_NO_REASON : _URC_NORMAL_STOP;
}

}  // namespace

const void* authors_call(const void* return_address) {
  if (return_address == nullptr) return nullptr;
  if (is_in_c_library(return_address)) {
    OutOfLibrary walk{.from = return_address, .call = return_address};
    _Unwind_Backtrace(look_out_of_library, &walk);
    return walk.call == return_address ? return_address : authors_call(walk.call);
  }
  if (!base::is_library_line(base::source_of(return_address))) return return_address;
  StackWalk walk{.from = return_address};
  _Unwind_Backtrace(look_for_author, &walk);
  return walk.found == nullptr ? return_address : walk.found;
}

}  // namespace surisim::abi
