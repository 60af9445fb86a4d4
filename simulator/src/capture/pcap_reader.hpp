// Reads a capture file record by record: pcap and pcapng, gzipped or not. The memory it needs does
// not depend on the file's size.
//
// When:    any time; the file is open from open() to destruction.
// Owner:   a record's bytes are the reader's, until next() is called again.
// Threads: one at a time for each reader.
// Source:  source-pcap-file.c, source-pcap-file-helper.c.
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "decode/decode.hpp"
#include "surisim/error.hpp"

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
