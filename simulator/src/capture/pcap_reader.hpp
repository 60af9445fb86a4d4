// Reads a capture file record by record: pcap and pcapng, gzipped or not. The memory it needs does
// not depend on the file's size.
//
// When:    any time; the file is open from open() to destruction.
// Owner:   a record's bytes are the reader's, until next() is called again.
// Threads: one at a time for each reader.
// Source:  source-pcap-file.c, source-pcap-file-helper.c.
#pragma once

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
  // The error names the file, what is wrong with it and what was expected.
  static expected<PcapReader> open(const std::string& path);

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

  explicit PcapReader(std::string path) : path_(std::move(path)) {}
  static File open_file(const std::string& path, bool gzipped);
  std::string why_early(std::string_view libpcap) const;

  std::string path_;
  std::unique_ptr<char[]> buffer_;           // of the file
  std::unique_ptr<pcap, ClosePcap> handle_;  // owns the file
  int link_type_ = 0;
  std::uint64_t records_ = 0;
  std::string damage_;
};

}  // namespace surisim::engine
