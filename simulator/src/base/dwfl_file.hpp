// An ELF file opened with libdw. Addresses are those in the file, not in memory.
//
// When:    at any time. Separate debug information is used if it is installed; nothing is fetched
//          from a network.
// Owner:   everything read from the file lives as long as its DwflFile.
// Threads: one at a time.
#pragma once

#include <elfutils/libdwfl.h>

#include <string>

namespace surisim::base {

class DwflFile {
 public:
  explicit DwflFile(const std::string& path) : dwfl_(dwfl_begin(&kCallbacks)) {
    if (dwfl_ == nullptr) return;
    module_ = dwfl_report_elf(dwfl_, path.c_str(), path.c_str(), -1, 0, true);
    dwfl_report_end(dwfl_, nullptr, nullptr);
  }
  DwflFile(const DwflFile&) = delete;
  DwflFile& operator=(const DwflFile&) = delete;
  ~DwflFile() { dwfl_end(dwfl_); }

  // Null: the file cannot be read.
  Dwfl_Module* module() const { return module_; }

 private:
  // The standard callback would also ask a debuginfod server, but a run must not depend on a
  // network.
  static constexpr Dwfl_Callbacks kCallbacks = {
      .find_elf = nullptr,
      .find_debuginfo = dwfl_build_id_find_debuginfo,
      .section_address = nullptr,
      .debuginfo_path = nullptr,
  };
  Dwfl* dwfl_;
  Dwfl_Module* module_ = nullptr;
};

}  // namespace surisim::base
