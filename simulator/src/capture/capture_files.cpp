// Lists capture files, the oldest of a directory first, and reads their records with libpcap,
// through zlib if they are gzipped.
#include "capture/capture_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <pcap/pcap.h>
#include <stdio_ext.h>
#include <suricata/conf.h>
#include <suricata/util-debug.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <tuple>
#include <utility>

#include "base/user_input.hpp"
#include "trace/handover.hpp"

namespace surisim::engine {
namespace {

struct Found {
  std::string name;
  timespec changed{};

  auto order() const { return std::tie(changed.tv_sec, changed.tv_nsec, name); }
};

tl::unexpected<Error> refuse_directory(const std::string& name, const std::string& what) {
  return fail(ErrorCode::invalid_option, fmt::format("capture directory \"{}\" {}", name, what));
}

expected<std::vector<Found>> files_in(const std::string& name, const std::string& directory) {
  std::vector<Found> files;
  std::error_code error;
  const std::filesystem::path path = base::in_directory(directory, name);
  std::filesystem::directory_iterator at(path, error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    struct stat status {};
    if (::lstat(at->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    files.push_back(
        {(std::filesystem::path(name) / at->path().filename()).string(), status.st_mtim});
  }
  if (error) return refuse_directory(name, "cannot be read: " + error.message());
  std::sort(files.begin(), files.end(),
            [](const Found& a, const Found& b) { return a.order() < b.order(); });
  return files;
}

bool is_before(const timespec& a, const timespec& b) {
  return std::tie(a.tv_sec, a.tv_nsec) < std::tie(b.tv_sec, b.tv_nsec);
}

// A number that is out of range is logged, and the default used, as in Suricata.
std::int64_t seconds(const char* setting, std::int64_t otherwise) {
  std::intmax_t value = 0;
  if (SCConfGetInt(setting, &value) == 0) return otherwise;
  if (value > 0 && value < UINT_MAX) return value;
  SCLogErr(SC_LOG_ERROR, __FILE__, __func__, __LINE__, "pcap", "%s: out of range", setting);
  return otherwise;
}

}  // namespace

std::optional<Polling> Polling::configured() {
  int on = 0;
  if (SCConfGetBool("pcap-file.continuous", &on) == 0 || on == 0) return {};
  Polling polling;
  polling.poll_s = seconds("pcap-file.poll-interval", polling.poll_s);
  polling.delay_s = seconds("pcap-file.delay", polling.delay_s);
  return polling;
}

NewFiles::NewFiles(Polling polling, const std::vector<std::string>& pcaps,
                   const std::string& directory)
    : polling_(polling), directory_(directory) {
  for (const std::string& name : pcaps) {
    if (is_directory(name, directory)) directories_.push_back({name, {}});
  }
}

std::vector<std::string> NewFiles::take() {
  std::erase_if(directories_,
                [this](const Directory& one) { return !is_directory(one.name, directory_); });
  timespec old_enough = wall_now();
  old_enough.tv_sec -= polling_.delay_s;
  std::vector<std::string> taken;
  for (Directory& one : directories_) {
    const auto found = files_in(one.name, directory_);
    if (!found) continue;
    const timespec last = one.last;
    for (const Found& file : *found) {
      if (!is_before(last, file.changed) || !is_before(file.changed, old_enough)) continue;
      taken.push_back(file.name);
      one.last = file.changed;  // the oldest are first
    }
  }
  return taken;
}

bool is_directory(const std::string& name, const std::string& directory) {
  std::error_code ignored;
  return std::filesystem::is_directory(base::in_directory(directory, name), ignored);
}

expected<std::vector<std::string>> capture_files(const std::vector<std::string>& pcaps,
                                                 const std::string& directory) {
  std::vector<std::string> all;
  for (const std::string& name : pcaps) {
    if (!is_directory(name, directory)) {
      all.push_back(name);
      continue;
    }
    auto found = files_in(name, directory);
    if (!found) return tl::unexpected<Error>(std::move(found.error()));
    if (found->empty())
      return refuse_directory(name, "has no files; expected pcap or pcapng files");
    for (Found& file : *found) all.push_back(std::move(file.name));
  }
  return all;
}

namespace {

constexpr std::size_t kBuffer = std::size_t{1} << 18;  // bytes read at a time

// The latest time of a record. Damaged files may contain any; this one, in µs, leaves room for
// additions.
constexpr std::int64_t kLastSecond = std::int64_t{1} << 42;

tl::unexpected<Error> refuse(const std::string& path, const std::string& what) {
  return fail(ErrorCode::invalid_option,
              fmt::format("capture file \"{}\" {}; expected a pcap or pcapng file, gzipped or not",
                          path, what));
}

// libpcap's link types have the numbers of LINKTYPE_, except raw IP, whose number depends on the
// system.
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

// zlib's error if there is one: libpcap only knows that it could not read.
std::string PcapReader::why(std::string_view libpcap) const {
  return gzip_ != nullptr && !gzip_->damage.empty() ? gzip_->damage : std::string(libpcap);
}

// libpcap also fails on sound pcapng files: those whose interfaces differ in link type or snapshot
// length.
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
