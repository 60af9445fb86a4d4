// Opens a capture file with libpcap, through zlib if it is gzipped, and reads its records: before a
// run to check the file, and on the thread that captures.
#include "capture/pcap_reader.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <pcap/pcap.h>
#include <stdio_ext.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/user_input.hpp"

namespace surisim::engine {

namespace {

constexpr std::size_t kBuffer = std::size_t{1} << 18;  // bytes read at a time

// Times are counted in µs. Damaged files may claim any second; this one leaves room for additions.
constexpr std::int64_t kLastSecond = std::int64_t{1} << 42;

tl::unexpected<Error> refuse(const std::string& path, const std::string& what) {
  return fail(ErrorCode::invalid_option,
              fmt::format("capture file \"{}\" {}; expected a pcap or pcapng file, gzipped or not",
                          path, what));
}

// libpcap's link types have the numbers of LINKTYPE_, except raw IP, whose number is the system's.
int link_type_of(pcap_t* handle) {
  constexpr int kLinkTypeRaw = 101;
  const int type = pcap_datalink(handle);
  return type == DLT_RAW ? kLinkTypeRaw : type;
}

std::string link_type_name(pcap_t* handle) {
  const char* const name = pcap_datalink_val_to_name(pcap_datalink(handle));
  return fmt::format("{} ({})", pcap_datalink(handle), name == nullptr ? "unknown" : name);
}

}  // namespace

void PcapReader::ClosePcap::operator()(pcap* handle) const { pcap_close(handle); }

ssize_t PcapReader::read_gzip(void* cookie, char* to, std::size_t size) {
  Gzip& gzip = *static_cast<Gzip*>(cookie);
  gzFile const file = static_cast<gzFile>(gzip.file);
  const int got = gzread(file, to, static_cast<unsigned>(size));
  int error = Z_OK;
  std::string_view text = gzerror(file, &error);
  if (error != Z_OK && error != Z_STREAM_END) {
    if (const auto colon = text.rfind(": "); colon != text.npos) text.remove_prefix(colon + 2);
    gzip.damage = fmt::format("the gzip data is damaged before byte {} of the file: {}",
                              gzoffset(file), text);
  }
  return got;
}

int PcapReader::close_gzip(void* cookie) {
  return gzclose(static_cast<gzFile>(static_cast<Gzip*>(cookie)->file)) == Z_OK ? 0 : EOF;
}

PcapReader::File PcapReader::open_file(const std::string& path, Gzip* gzip) {
  if (gzip == nullptr) return File(std::fopen(path.c_str(), "rbe"));
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return nullptr;
  gzFile const opened = gzdopen(fd, "rb");
  if (opened == nullptr) {
    ::close(fd);
    return nullptr;
  }
  gzbuffer(opened, kBuffer);
  gzip->file = opened;
  cookie_io_functions_t functions{};
  functions.read = read_gzip;
  functions.close = close_gzip;
  File file(fopencookie(gzip, "rb", functions));
  if (file == nullptr) gzclose(opened);
  return file;
}

expected<PcapReader> PcapReader::open(const std::string& path, const std::string& directory) {
  const std::string file_name = base::in_directory(directory, path);
  struct stat status {};
  if (::stat(file_name.c_str(), &status) != 0)
    return refuse(path, fmt::format("cannot be opened: {}", std::strerror(errno)));
  if (!S_ISREG(status.st_mode)) return refuse(path, "is not a regular file");
  if (status.st_size == 0) return refuse(path, "is empty");

  std::array<unsigned char, 2> magic{};
  {
    const File plain = open_file(file_name, nullptr);
    if (plain == nullptr)
      return refuse(path, fmt::format("cannot be opened: {}", std::strerror(errno)));
    if (std::fread(magic.data(), 1, magic.size(), plain.get()) != magic.size())
      return refuse(path, "is too short");
  }
  PcapReader reader(path);
  reader.buffer_ = std::make_unique<char[]>(kBuffer);  // glibc ignores the size without a buffer
  if (magic[0] == 0x1f && magic[1] == 0x8b) reader.gzip_ = std::make_unique<Gzip>();
  File file = open_file(file_name, reader.gzip_.get());
  if (file == nullptr)
    return refuse(path, fmt::format("cannot be opened: {}", std::strerror(errno)));
  std::setvbuf(file.get(), reader.buffer_.get(), _IOFBF, kBuffer);
  __fsetlocking(file.get(), FSETLOCKING_BYCALLER);

  std::array<char, PCAP_ERRBUF_SIZE> error{};
  reader.handle_.reset(pcap_fopen_offline(file.get(), error.data()));
  if (reader.handle_ == nullptr)
    return refuse(path, fmt::format("cannot be read: {}", reader.why(error.data())));
  (void)file.release();
  reader.link_type_ = link_type_of(reader.handle_.get());
  if (!decode::knows_link_type(reader.link_type_)) {
    return fail(ErrorCode::invalid_option,
                fmt::format("capture file \"{}\" has link type {}; expected Ethernet, Linux cooked "
                            "(SLL, SLL2), raw IP, BSD null or loop, PPP or C-HDLC",
                            path, link_type_name(reader.handle_.get())));
  }
  return reader;
}

// libpcap knows of gzip only that nothing could be read.
std::string PcapReader::why(std::string_view libpcap) const {
  return gzip_ != nullptr && !gzip_->damage.empty() ? gzip_->damage : std::string(libpcap);
}

// A file that libpcap cannot read to its end need not be damaged: libpcap wants all interfaces of a
// pcapng file to have the same link type and snapshot length.
std::string PcapReader::why_early(std::string_view libpcap) const {
  const std::string after =
      fmt::format("after {} record{}: {}", records_, records_ == 1 ? "" : "s", why(libpcap));
  if (libpcap.find(" different from the ") != libpcap.npos)
    return fmt::format("capture file \"{}\" uses features that libpcap does not support, {}", path_,
                       after);
  return fmt::format("capture file \"{}\" is damaged {}", path_, after);
}

bool PcapReader::next(decode::Record& record) {
  pcap_pkthdr* header = nullptr;
  const u_char* bytes = nullptr;
  const int got = pcap_next_ex(handle_.get(), &header, &bytes);
  if (got != 1) {
    if (got != PCAP_ERROR_BREAK) {
      damage_ = why_early(pcap_geterr(handle_.get()));
    } else if (records_ == 0) {
      damage_ = fmt::format("capture file \"{}\" has no records; expected at least one", path_);
    }
    return false;
  }
  ++records_;
  record.link_type = link_type_;
  const std::int64_t seconds = std::clamp<std::int64_t>(header->ts.tv_sec, 0, kLastSecond);
  record.time = seconds * 1'000'000 + std::clamp<std::int64_t>(header->ts.tv_usec, 0, 999'999);
  record.bytes = {bytes, header->caplen};
  return true;
}

}  // namespace surisim::engine
