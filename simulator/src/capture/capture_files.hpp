// The capture files that are given: files, and directories of them, in which new ones may appear.
//
// When:    before a run, to check them, and on the capturing thread.
// Owner:   values.
// Threads: any.
// Source:  source-pcap-file.c (ReceivePcapFileThreadInit), source-pcap-file-directory-helper.c
//          (PcapDirectoryPopulateBuffer, PcapDirectoryDispatch).
#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <vector>

#include "surisim/error.hpp"

namespace surisim::engine {

// The files to read, in order. A directory stands for the regular files in it, not for those of its
// directories: Suricata takes the one that was last changed first of all first, and of two that
// were changed at once any; here that is the first by name. Relative names are in `directory`, and
// stay relative. The error names the directory that cannot be read, or has no files.
expected<std::vector<std::string>> capture_files(const std::vector<std::string>& pcaps,
                                                 const std::string& directory);

// The setting pcap-file.continuous: a directory is looked at every `poll_s` seconds for new files,
// until the engine is to stop or the directory is gone. A file is read once nobody has changed it
// for `delay_s` seconds.
struct Polling {
  std::int64_t poll_s = 5;    // pcap-file.poll-interval
  std::int64_t delay_s = 30;  // pcap-file.delay
  // Nothing: the setting is off. The configuration is complete.
  static std::optional<Polling> configured();
};

// Files of directories, as they appear. [worker]
class NewFiles {
 public:
  NewFiles(Polling polling, const std::vector<std::string>& pcaps, const std::string& directory);
  // Those of all directories that were changed after any that it has returned before, and are old
  // enough: in each directory the oldest first. Directories that are gone are forgotten.
  std::vector<std::string> take();
  bool any_directory() const { return !directories_.empty(); }

 private:
  struct Directory {
    std::string name;
    timespec last;  // of the files that were taken, the latest change
  };
  const Polling polling_;
  const std::string directory_;
  std::vector<Directory> directories_;
};

// Whether the name is that of a directory. A relative one is in `directory`.
bool is_directory(const std::string& name, const std::string& directory);

}  // namespace surisim::engine
