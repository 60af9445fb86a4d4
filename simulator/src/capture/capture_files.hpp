// Capture files: lists those to read, from files and directories (capture_files(), NewFiles), and
// reads the records of one (PcapReader).
//
// When:    before a run, to check the files, and on the capturing thread.
// Owner:   values.
// Threads: any, one at a time for each object.
// Source:  source-pcap-file.c (ReceivePcapFileThreadInit), source-pcap-file-helper.c,
//          source-pcap-file-directory-helper.c (PcapDirectoryPopulateBuffer,
//          PcapDirectoryDispatch).
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

struct pcap;

namespace surisim::engine {

// The files to read, in order. A directory stands for the regular files directly in it, the one
// that was changed the longest ago first, as in Suricata, and then by name. Relative names are
// resolved against `directory`, and stay relative in the result. The error names the directory that
// cannot be read or has no files.
expected<std::vector<std::string>> capture_files(const std::vector<std::string>& pcaps,
                                                 const std::string& directory);

// The setting pcap-file.continuous: directories are searched for new files every `poll_s` seconds,
// until the engine is to stop or the directories are gone. A file is read once it has not changed
// for `delay_s` seconds.
struct Polling {
  std::int64_t poll_s = 5;    // pcap-file.poll-interval
  std::int64_t delay_s = 30;  // pcap-file.delay
  // From the configuration, which must be complete. Nothing: the setting is off.
  static std::optional<Polling> configured();
};

// The files that appear in directories. [worker]
class NewFiles {
 public:
  NewFiles(Polling polling, const std::vector<std::string>& pcaps, const std::string& directory);
  // The files of each directory, oldest first, that are old enough and were changed after all files
  // that it has returned before. Drops directories that are gone.
  std::vector<std::string> take();
  bool any_directory() const { return !directories_.empty(); }

 private:
  struct Directory {
    std::string name;
    timespec last;  // the latest change of the files that were taken
  };
  const Polling polling_;
  const std::string directory_;
  std::vector<Directory> directories_;
};

// A relative name is resolved against `directory`.
bool is_directory(const std::string& name, const std::string& directory);

// Reads a capture file record by record: pcap or pcapng, gzipped or not. The memory it needs does
// not depend on the file's size.
class PcapReader {
 public:
  // A relative path is resolved against `directory`. The error names the file, what is wrong with
  // it and what was expected.
  static expected<PcapReader> open(const std::string& path, const std::string& directory = "");

  // Reads the next record, whose bytes are valid until the next call. False: the file has ended, or
  // damage() says why reading failed.
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

  // The cookie of a gzipped file.
  struct Gzip {
    void* file = nullptr;
    std::string damage;  // zlib's error and where it occurred
  };

  explicit PcapReader(std::string path) : path_(std::move(path)) {}
  static ssize_t read_gzip(void* gzip, char* to, std::size_t size);
  static int close_gzip(void* gzip);
  // `gzip` is null if the file is not gzipped.
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
