// The numbers and names of application-layer protocols. Source: app-layer-protos.c, app-layer.c.
//
// Threads: main; registration has no lock, as in Suricata.
#pragma once

#include <suricata/app-layer-protos.h>

#include <vector>

namespace surisim::abi {

class Protocols {
 public:
  // As in a new process.
  void reset();
  // NULL: the number is nobody's.
  const char* name_of(AppProto protocol) const;
  // ALPROTO_UNKNOWN: the name is nobody's.
  AppProto find(const char* name) const;
  // Names a protocol anew, or the next free number. False: a number beyond that one.
  bool set(AppProto protocol, const char* name);

 private:
  std::vector<const char*> names_;  // callers' pointers, by number
};

}  // namespace surisim::abi
