// Defines all of Suricata's functions as weak stand-ins that only report the call. A function that
// is modelled elsewhere in the library overrides its stand-in.
//
// No header is included, because real declarations would contradict these.
struct StandInResult {  // zero in both result registers: 0, NULL or false, whatever is expected
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
