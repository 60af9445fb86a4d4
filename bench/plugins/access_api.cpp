// The wrappers with the direct path switched off: a plain C++ wrapper around Suricata's function.
#define SURICATA_FFI_DIRECT 0
#include "ways.hpp"

namespace bench {

namespace {

struct ApiGetMut : GetMut {
  static constexpr const char* kName = "get_mut_api";
};
struct ApiGetOrInsertWith : GetOrInsertWith {
  static constexpr const char* kName = "get_or_insert_with_api";
};

}  // namespace

void add_api(std::vector<Access>& to) { add_wrapped<ApiGetMut, ApiGetOrInsertWith>(to); }

}  // namespace bench
