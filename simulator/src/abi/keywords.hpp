// Keywords and buffers of rules that plugins register: numbered and listed, never driven.
//
// Threads: main; registration has no lock, as in Suricata.
// Source:  detect-engine-register.c, detect-engine-helper.c, detect-engine.c.
#pragma once

#include <suricata/detect.h>

#include <map>
#include <string>

namespace surisim::abi {

// The numbers given out, and sigmatch_table, which plugins write to.
class Keywords {
 public:
  // As in a new process, before any plugin is loaded.
  void reset();
  // The next free id; -1 when out of memory. The table may move.
  int add();
  // The same name gets the same number.
  int buffer(const std::string& name);
  int thread_context(const std::string& name);

 private:
  std::map<std::string, int> buffers_;
  std::map<std::string, int> thread_contexts_;
};

// What the plugin has called the keyword: its pointer, not to be trusted. NULL: nothing yet.
const char* keyword_name(int id);

}  // namespace surisim::abi
