// Files that the command writes are no others' too.
#pragma once

#include <string>
#include <vector>

namespace surisim::cli {

struct NamedFile {
  std::string as;  // what it is to the command: "--output", "the plugin"
  std::string file;
};

// Throws UsageError where a file to be written is one that the run reads, or is written twice. What
// is no regular file, as /dev/null, may be anything to anybody; so may "-" and no name at all.
void require_own_files(const std::vector<NamedFile>& read, const std::vector<NamedFile>& written);

}  // namespace surisim::cli
