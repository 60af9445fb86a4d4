// Reads a plugin's ELF file like the dynamic loader, and says what is wrong with it.
#include "plugin/elf_file.hpp"

#include <elf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>

namespace surisim::engine {
namespace {

constexpr unsigned kMachine = EM_X86_64;
constexpr const char* kMachineName = "x86-64";

std::string machine_name(unsigned machine) {
  switch (machine) {
    case EM_386:
      return "x86";
    case EM_X86_64:
      return "x86-64";
    case EM_AARCH64:
      return "AArch64";
    case EM_ARM:
      return "ARM";
    case EM_PPC64:
      return "PowerPC64";
    case EM_S390:
      return "S/390";
    case EM_RISCV:
      return "RISC-V";
    default:
      return fmt::format("machine number {}", machine);
  }
}

// What a file seems to be, judging by its first bytes, if it is not an ELF file.
std::string_view guess(std::string_view head) {
  using namespace std::string_view_literals;
  if (head.starts_with("!<arch>\n")) return "a static archive (.a)";
  if (head.starts_with("!<thin>\n")) return "a thin static archive (.a)";
  if (head.starts_with("#!")) return "a script";
  if (head.starts_with("MZ")) return "a Windows program";
  if (head.starts_with("\xcf\xfa\xed\xfe"sv)) return "a macOS binary";
  if (head.starts_with("\x1f\x8b"sv) || head.starts_with("PK")) return "a compressed archive";
  const bool text = std::all_of(head.begin(), head.end(), [](unsigned char c) {
    return c >= 0x20 || c == '\n' || c == '\r' || c == '\t';
  });
  return text ? "a text file" : "not an ELF file";
}

class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { ::close(fd_); }

  void set_size(std::uint64_t size) { size_ = size; }
  std::uint64_t size() const { return size_; }
  bool holds(std::uint64_t offset, std::uint64_t length) const {
    return offset <= size_ && length <= size_ - offset;
  }

  bool read(std::uint64_t offset, void* to, std::uint64_t length) const {
    if (!holds(offset, length)) return false;
    auto* at = static_cast<char*>(to);
    while (length > 0) {
      const ssize_t n =
          ::pread(fd_, at, static_cast<std::size_t>(length), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return false;  // the file shrank, or a read error
      at += n;
      offset += static_cast<std::uint64_t>(n);
      length -= static_cast<std::uint64_t>(n);
    }
    return true;
  }

  template <class T>
  std::optional<std::vector<T>> read_table(std::uint64_t offset, std::uint64_t count) const {
    if (count > size_ / sizeof(T) || !holds(offset, count * sizeof(T))) return std::nullopt;
    std::vector<T> table(static_cast<std::size_t>(count));
    if (!read(offset, table.data(), count * sizeof(T))) return std::nullopt;
    return table;
  }

 private:
  int fd_;
  std::uint64_t size_ = 0;
};

// Walks from the file header to the dynamic symbols as the loader does: program headers, dynamic
// section, tables. A step that fails leaves its message in `error_`.
class Reader {
 public:
  Reader(const std::string& path, const File& file) : path_(path), file_(file) {}

  expected<ElfFile> run() {
    if (!header() || !program_headers() || !dynamic() || !strings() || !symbols())
      return fail(ErrorCode::load_failed, error_);
    return std::move(out_);
  }

 private:
  bool refuse(std::string_view what) {
    error_ = fmt::format("{}: {}", path_, what);
    return false;
  }
  bool damaged(std::string_view what) {
    return refuse(fmt::format("damaged or truncated ELF file of {} bytes: {}", file_.size(), what));
  }

  bool header() {
    std::array<char, 64> head{};
    const std::uint64_t n = std::min<std::uint64_t>(head.size(), file_.size());
    if (n == 0) return refuse("the file is empty; expected a plugin, a shared object (.so)");
    if (!file_.read(0, head.data(), n)) return refuse("cannot be read");
    const std::string_view seen(head.data(), n);
    if (!seen.starts_with(std::string_view(ELFMAG, SELFMAG))) {
      const std::string_view is = guess(seen);
      return refuse(is == "not an ELF file"
                        ? "not an ELF file; expected a plugin, a shared object (.so)"
                        : fmt::format("not an ELF file but {}; expected a plugin, a shared object "
                                      "(.so)",
                                      is));
    }
    if (n >= EI_NIDENT && head[EI_CLASS] == ELFCLASS32)
      return refuse(
          fmt::format("a 32-bit ELF file; expected a 64-bit {} shared object", kMachineName));
    if (n >= EI_NIDENT && head[EI_DATA] == ELFDATA2MSB)
      return refuse(fmt::format("a big-endian ELF file; expected a little-endian {} shared object",
                                kMachineName));
    if (!file_.read(0, &header_, sizeof header_)) return damaged("its header is cut off");
    if (head[EI_CLASS] != ELFCLASS64 || head[EI_DATA] != ELFDATA2LSB)
      return damaged("its header names no known class or byte order");
    if (header_.e_machine != kMachine)
      return refuse(fmt::format("built for {}; expected a shared object for {}",
                                machine_name(header_.e_machine), kMachineName));
    switch (header_.e_type) {
      case ET_DYN:
        return true;
      case ET_REL:
        return refuse(
            "an object file (.o), not linked yet; expected a shared object (link it with -shared)");
      case ET_EXEC:
        return refuse("an executable; expected a shared object (link it with -shared)");
      case ET_CORE:
        return refuse("a core dump; expected a shared object (.so)");
      default:
        return damaged(fmt::format("unknown file type {}", header_.e_type));
    }
  }

  bool program_headers() {
    if (header_.e_phentsize != sizeof(Elf64_Phdr) || header_.e_phnum == 0)
      return damaged("it has no program headers");
    auto table = file_.read_table<Elf64_Phdr>(header_.e_phoff, header_.e_phnum);
    if (!table) return damaged("its program headers lie outside the file");
    headers_ = std::move(*table);
    for (const Elf64_Phdr& h : headers_) {
      // Memory that is mapped from beyond the file's end kills any process that touches it.
      if (h.p_type == PT_LOAD && !file_.holds(h.p_offset, h.p_filesz))
        return damaged(fmt::format("a segment of {} bytes at offset {} lies outside the file",
                                   h.p_filesz, h.p_offset));
      if (h.p_type == PT_INTERP) interpreter_ = true;
    }
    return true;
  }

  bool dynamic() {
    const auto at = std::find_if(headers_.begin(), headers_.end(),
                                 [](const Elf64_Phdr& h) { return h.p_type == PT_DYNAMIC; });
    if (at == headers_.end())
      return refuse(
          "statically linked, without a dynamic section; expected a shared object "
          "(link it with -shared)");
    auto table = file_.read_table<Elf64_Dyn>(at->p_offset, at->p_filesz / sizeof(Elf64_Dyn));
    if (!table) return damaged("its dynamic section lies outside the file");
    for (const Elf64_Dyn& entry : *table) {
      if (entry.d_tag == DT_NULL) break;
      dynamic_.push_back(entry);
    }
    const auto flags = value_of(DT_FLAGS_1);
    // Old linkers set no flags: then it is an executable if it has an interpreter and no name. The
    // dynamic loader and libc have an interpreter although they are shared objects.
    if (flags ? (*flags & DF_1_PIE) != 0 : interpreter_ && !value_of(DT_SONAME))
      return refuse("an executable; expected a shared object (link it with -shared)");
    return true;
  }

  std::optional<std::uint64_t> value_of(Elf64_Sxword tag) const {
    for (const Elf64_Dyn& entry : dynamic_)
      if (entry.d_tag == tag) return entry.d_un.d_val;
    return std::nullopt;
  }

  std::optional<std::uint64_t> offset_of(std::uint64_t address) const {
    for (const Elf64_Phdr& h : headers_)
      if (h.p_type == PT_LOAD && address >= h.p_vaddr && address - h.p_vaddr < h.p_filesz)
        return h.p_offset + (address - h.p_vaddr);
    return std::nullopt;
  }

  std::string_view string_at(std::uint64_t index) const {
    if (index >= strings_.size()) return {};
    const char* begin = strings_.data() + index;
    return {begin, ::strnlen(begin, strings_.size() - index)};
  }

  bool strings() {
    const auto address = value_of(DT_STRTAB);
    const auto size = value_of(DT_STRSZ);
    if (!address || !size) return damaged("its dynamic section names no string table");
    const auto offset = offset_of(*address);
    auto table = offset ? file_.read_table<char>(*offset, *size) : std::nullopt;
    if (!table) return damaged("its string table lies outside the file");
    strings_ = std::move(*table);
    for (const Elf64_Dyn& entry : dynamic_) {
      if (entry.d_tag == DT_NEEDED) out_.needed.emplace_back(string_at(entry.d_un.d_val));
      if (entry.d_tag == DT_RUNPATH || entry.d_tag == DT_RPATH)
        add_run_path(string_at(entry.d_un.d_val));
    }
    return true;
  }

  void add_run_path(std::string_view list) {
    const std::size_t slash = path_.rfind('/');
    const std::string origin = slash == std::string::npos ? "." : path_.substr(0, slash);
    while (!list.empty()) {
      const std::size_t colon = std::min(list.find(':'), list.size());
      std::string entry(list.substr(0, colon));
      for (const char* token : {"$ORIGIN", "${ORIGIN}"})
        if (const auto at = entry.find(token); at != std::string::npos)
          entry.replace(at, std::strlen(token), origin);
      if (!entry.empty()) out_.run_path.push_back(std::move(entry));
      list.remove_prefix(std::min(colon + 1, list.size()));
    }
  }

  // The dynamic section does not contain the number of symbols. The section headers do, but may be
  // stripped; the old hash table does; the GNU one only counts defined symbols.
  std::optional<std::uint64_t> symbol_count(std::uint64_t symtab) const {
    if (header_.e_shentsize == sizeof(Elf64_Shdr) && header_.e_shnum != 0) {
      if (const auto table = file_.read_table<Elf64_Shdr>(header_.e_shoff, header_.e_shnum))
        for (const Elf64_Shdr& h : *table)
          if (h.sh_type == SHT_DYNSYM && h.sh_addr == symtab) return h.sh_size / sizeof(Elf64_Sym);
    }
    if (const auto count = hash_count()) return count;
    return gnu_hash_count();
  }

  std::optional<std::uint64_t> hash_count() const {
    const auto address = value_of(DT_HASH);
    const auto offset = address ? offset_of(*address) : std::nullopt;
    std::array<std::uint32_t, 2> head{};  // nbucket, nchain
    if (!offset || !file_.read(*offset, head.data(), sizeof head)) return std::nullopt;
    return head[1];
  }

  std::optional<std::uint64_t> gnu_hash_count() const {
    const auto address = value_of(DT_GNU_HASH);
    const auto offset = address ? offset_of(*address) : std::nullopt;
    struct {
      std::uint32_t buckets, first, bloom_words, shift;
    } head{};
    if (!offset || !file_.read(*offset, &head, sizeof head)) return std::nullopt;
    const std::uint64_t bucket_at = *offset + sizeof head + std::uint64_t{8} * head.bloom_words;
    const auto buckets = file_.read_table<std::uint32_t>(bucket_at, head.buckets);
    if (!buckets) return std::nullopt;
    std::uint64_t last = head.first;
    for (const std::uint32_t b : *buckets) last = std::max<std::uint64_t>(last, b);
    const std::uint64_t chain_at = bucket_at + std::uint64_t{4} * head.buckets;
    for (std::uint32_t hash = 0; last >= head.first && (hash & 1) == 0; ++last)
      if (!file_.read(chain_at + 4 * (last - head.first), &hash, sizeof hash)) break;
    return last;
  }

  bool symbols() {
    const auto address = value_of(DT_SYMTAB);
    const auto offset = address ? offset_of(*address) : std::nullopt;
    if (!offset) return damaged("its dynamic section names no symbol table");
    const auto count = symbol_count(*address);
    if (!count) return damaged("it does not say how many symbols it has");
    const auto table = file_.read_table<Elf64_Sym>(*offset, *count);
    if (!table) return damaged("its symbol table lies outside the file");
    for (const Elf64_Sym& s : *table) {
      const unsigned bind = ELF64_ST_BIND(s.st_info);
      if (bind != STB_GLOBAL && bind != STB_WEAK && bind != STB_GNU_UNIQUE) continue;
      const std::string_view name = string_at(s.st_name);
      if (name.empty()) continue;
      const unsigned type = ELF64_ST_TYPE(s.st_info);
      const unsigned visibility = ELF64_ST_VISIBILITY(s.st_other);
      out_.symbols.push_back(
          {std::string(name),
           s.st_shndx != SHN_UNDEF && (visibility == STV_DEFAULT || visibility == STV_PROTECTED),
           bind == STB_WEAK, type == STT_FUNC || type == STT_GNU_IFUNC});
    }
    return true;
  }

  const std::string& path_;
  const File& file_;
  std::string error_;
  Elf64_Ehdr header_{};
  bool interpreter_ = false;
  std::vector<Elf64_Phdr> headers_;
  std::vector<Elf64_Dyn> dynamic_;
  std::vector<char> strings_;
  ElfFile out_;
};

}  // namespace

expected<ElfFile> read_elf_file(const std::string& path) {
  const auto refuse = [&](std::string_view what) {
    return fail(ErrorCode::load_failed, fmt::format("{}: {}", path, what));
  };
  if (path.find('\0') != std::string::npos)
    return fail(ErrorCode::load_failed, "a path with a NUL character; expected a plugin's path");
  if (path.empty())
    return fail(ErrorCode::load_failed, "\"\": an empty path; expected a plugin's path");
  // O_NONBLOCK: a FIFO without a writer must not block.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) {
    if (errno == ENOENT) return refuse("no such file; expected a plugin, a shared object (.so)");
    return refuse(fmt::format("cannot be opened: {}", std::strerror(errno)));
  }
  File file(fd);
  struct stat info {};
  if (::fstat(fd, &info) != 0)
    return refuse(fmt::format("cannot be read: {}", std::strerror(errno)));
  if (S_ISDIR(info.st_mode)) return refuse("a directory; expected a plugin, a shared object (.so)");
  if (!S_ISREG(info.st_mode))
    return refuse("not a regular file; expected a plugin, a shared object (.so)");
  file.set_size(static_cast<std::uint64_t>(info.st_size));
  return Reader(path, file).run();
}

}  // namespace surisim::engine
