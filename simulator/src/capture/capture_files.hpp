// Capture files: which are given, as files and directories in which new ones may appear
// (CaptureFiles), and the records of one (PcapReader).
//
// When:    before a run, to check them, and on the capturing thread.
// Owner:   values.
// Threads: any.
// Source:  source-pcap-file.c (ReceivePcapFileThreadInit), source-pcap-file-directory-helper.c
//          (PcapDirectoryPopulateBuffer, PcapDirectoryDispatch).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <cstdio>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decode/decode.hpp"
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

// Reads a capture file record by record: pcap and pcapng, gzipped or not. The memory it needs does
// not depend on the file's size.
//
// When:    any time; the file is open from open() to destruction.
// Owner:   a record's bytes are the reader's, until next() is called again.
// Threads: one at a time for each reader.
// Source:  source-pcap-file.c, source-pcap-file-helper.c.

struct pcap;

namespace surisim::engine {

class PcapReader {
 public:
  // A relative path is in `directory`. The error names the file, what is wrong with it and what was
  // expected.
  static expected<PcapReader> open(const std::string& path, const std::string& directory = "");

  // Reads the next record. False: the end of the file, or damage().
  bool next(decode::Record& record);
  // A sentence that says why reading ended early; empty if it did not.
  const std::string& damage() const { return damage_; }

 private:
  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  struct ClosePcap {
    void operator()(pcap* handle) const;
  };
  using File = std::unique_ptr<std::FILE, CloseFile>;

  // A gzipped file while it is read; `damage`: what zlib says of it, and where.
  struct Gzip {
    void* file = nullptr;
    std::string damage;
  };

  explicit PcapReader(std::string path) : path_(std::move(path)) {}
  static ssize_t read_gzip(void* gzip, char* to, std::size_t size);
  static int close_gzip(void* gzip);
  // `gzip`: of a gzipped file; null: it is not.
  static File open_file(const std::string& path, Gzip* gzip);
  std::string why(std::string_view libpcap) const;
  std::string why_early(std::string_view libpcap) const;

  std::string path_;
  std::unique_ptr<char[]> buffer_;           // of the file
  std::unique_ptr<Gzip> gzip_;               // outlives the file
  std::unique_ptr<pcap, ClosePcap> handle_;  // owns the file
  int link_type_ = 0;
  std::uint64_t records_ = 0;
  std::string damage_;
};

}  // namespace surisim::engine
