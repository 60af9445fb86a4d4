// Stand-ins for Suricata's functions that are not modelled: they do nothing but report the call. A
// definition of the same name elsewhere in the library comes before these, which are weak.
//
// No header is included: the real declarations would contradict these.
struct StandInResult {  // 0, NULL or false, whichever is expected: zero in both result registers
  long low;
  long high;
};

// unmodelled.cpp
extern "C" __attribute__((visibility("hidden"))) StandInResult surisim_stand_in_called(
    const char* function, const void* return_address);

#define FUNCTION(name, versions)                                                        \
  extern "C" __attribute__((visibility("default"), weak, section("surisim_stand_ins"))) \
  StandInResult                                                                         \
  name() {                                                                              \
    return surisim_stand_in_called(#name, __builtin_return_address(0));                 \
  }
#define SYMBOL(name, versions)
#include "abi/suricata_symbols.def"
