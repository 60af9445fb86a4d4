// The capture files that are given: files, and directories of them.
//
// When:    before a run, to check them, and when the capturing thread begins.
// Owner:   values.
// Threads: any.
// Source:  source-pcap-file-directory-helper.c (PcapDirectoryPopulateBuffer).
#pragma once

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

// Whether the name is that of a directory. A relative one is in `directory`.
bool is_directory(const std::string& name, const std::string& directory);

}  // namespace surisim::engine
